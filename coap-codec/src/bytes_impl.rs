//! Feature `bytes`: messages of a TCP stream out of a `BytesMut`, messages into a `BufMut`.

use bytes::{BufMut, Bytes, BytesMut};

use crate::codec::Codec;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::message::{Message, ReliableMessage};
use crate::writer::Writer;
use crate::{tcp, ws};

impl tcp::Codec {
    /// Takes the message at the start of `buffer` out of it, without a copy; `None` if it is not
    /// complete. It is not decoded yet: [`decode`](Self::decode) it wherever it goes.
    ///
    /// ```
    /// # #[cfg(feature = "bytes")] {
    /// use bytes::BytesMut;
    /// use coap_codec::tcp;
    ///
    /// let mut buffer = BytesMut::from(&[0x00, 0xE1, 0x01, 0xE2][..]); // CSM, half a Ping
    /// let csm = tcp::Codec::new().split_frame(&mut buffer)?.unwrap();
    /// assert_eq!((&csm[..], &buffer[..]), (&[0x00, 0xE1][..], &[0x01, 0xE2][..]));
    /// assert_eq!(tcp::Codec::new().split_frame(&mut buffer)?, None);
    /// # }
    /// # Ok::<(), coap_codec::DecodeError>(())
    /// ```
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

    /// Appends `message` to `out` and returns its length. What is not payload goes through the
    /// stack, or from 129 bytes on through memory that is allocated for it.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(
        &self,
        message: &ReliableMessage<'_>,
        out: &mut impl BufMut,
    ) -> Result<usize, EncodeError> {
        let plan = self.plan(message).map_err(EncodeError::Invalid)?;
        put(plan.len, message.payload, out, |w| plan.write(message, w))
    }
}

impl ws::Codec {
    /// Appends `message` to `out` and returns its length, as [`tcp::Codec::encode_buf`].
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(
        &self,
        message: &ReliableMessage<'_>,
        out: &mut impl BufMut,
    ) -> Result<usize, EncodeError> {
        put(self.encoded_len(message)?, message.payload, out, |w| self.write(message, w))
    }
}

impl Codec {
    /// Appends `message` to `out` and returns its length, as [`tcp::Codec::encode_buf`].
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(
        &self,
        message: &Message<'_>,
        out: &mut impl BufMut,
    ) -> Result<usize, EncodeError> {
        put(self.encoded_len(message)?, message.payload, out, |w| self.write(message, w))
    }
}

/// Appends the `needed` bytes that `write` writes; the last of them are the payload.
fn put(
    needed: usize,
    payload: &[u8],
    out: &mut impl BufMut,
    write: impl FnOnce(&mut Writer<'_>) -> Result<(), ErrorKind>,
) -> Result<usize, EncodeError> {
    if needed > out.remaining_mut() {
        return Err(EncodeError::BufferTooSmall { needed });
    }
    let head = needed.saturating_sub(payload.len());
    let (mut small, mut large) = ([0; 128], BytesMut::new());
    let window = match small.get_mut(..head) {
        Some(window) => window,
        None => {
            large.resize(head, 0);
            &mut large[..]
        }
    };
    // All fits but the payload.
    write(&mut Writer::new(window)).map_err(EncodeError::Invalid)?;
    out.put_slice(window);
    out.put_slice(payload);
    Ok(needed)
}
