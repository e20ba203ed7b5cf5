//! Feature `bytes`: frames out of a `BytesMut`, packets into a `BufMut`.

use bytes::{BufMut, Bytes, BytesMut};

use crate::codec::Codec;
use crate::error::{DecodeError, EncodeError};
use crate::packet::Packet;

impl Codec {
    /// Takes the packet at the start of `buffer` out of it, without a copy; `None` if it is not
    /// complete. It is not decoded yet: [`decode`](Self::decode) it wherever it goes.
    ///
    /// # Errors
    ///
    /// As [`frame_len`](Self::frame_len); then `buffer` is as it was.
    pub fn split_frame(&self, buffer: &mut BytesMut) -> Result<Option<Bytes>, DecodeError> {
        Ok(match self.frame_len(buffer)? {
            Some(len) if len <= buffer.len() => Some(buffer.split_to(len).freeze()),
            _ => None,
        })
    }

    /// Appends `packet` to `out` and returns its length. What is not payload goes through the stack,
    /// or from 129 bytes on through memory that is allocated for it.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(
        &self,
        packet: &Packet<'_>,
        out: &mut impl BufMut,
    ) -> Result<usize, EncodeError> {
        let needed = self.encoded_len(packet)?;
        if needed > out.remaining_mut() {
            return Err(EncodeError::BufferTooSmall { needed });
        }
        let payload = match packet {
            Packet::Publish(publish) => publish.payload,
            _ => &[],
        };
        let head = needed.saturating_sub(payload.len());
        let (mut small, mut large) = ([0; 128], BytesMut::new());
        let window = match small.get_mut(..head) {
            Some(window) => window,
            None => {
                large.resize(head, 0);
                &mut large[..]
            }
        };
        self.encode_part(packet, 0, window)?;
        out.put_slice(window);
        out.put_slice(payload);
        Ok(needed)
    }
}
