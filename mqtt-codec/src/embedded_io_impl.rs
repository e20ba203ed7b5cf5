//! Feature `embedded-io`: blocking reads and writes.

use embedded_io::{Read, Write};

use crate::codec::Codec;
use crate::error::{DecodeError, EncodeError};
use crate::packet::Packet;
use crate::sending::Sending;
use crate::stream::{Item, Stream};

/// Why nothing more comes from a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError<E> {
    /// The reader failed.
    #[error("the transport failed: {0:?}")]
    Io(E),
    /// The connection ended within a packet.
    #[error("the connection ended within a packet")]
    UnexpectedEof,
    /// The peer sent what is not to be accepted.
    #[error(transparent)]
    Packet(DecodeError),
}

/// Why a packet was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// The writer failed.
    #[error("the transport failed: {0:?}")]
    Io(E),
    /// The writer took no byte.
    #[error("the transport takes no more bytes")]
    WriteZero,
    /// The packet is not one that may be sent.
    #[error(transparent)]
    Packet(EncodeError),
}

impl Stream<'_> {
    /// Reads until there is something to give; `None` once the connection has ended between two
    /// packets.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn read_next<R: Read>(
        &mut self,
        codec: &Codec,
        reader: &mut R,
    ) -> Result<Option<Item<'_>>, ReadError<R::Error>> {
        while !self.has_next(codec) {
            let len = reader.read(self.space()).map_err(ReadError::Io)?;
            if len == 0 {
                return self.end();
            }
            self.filled(len);
        }
        self.next(codec).map_err(ReadError::Packet)
    }

    /// What a reader that has nothing more means here.
    pub(crate) fn end<E>(&self) -> Result<Option<Item<'_>>, ReadError<E>> {
        if self.is_between_packets() { Ok(None) } else { Err(ReadError::UnexpectedEof) }
    }
}

impl Codec {
    /// Writes `packet`, in as many writes as `writer` wants; it is not flushed.
    ///
    /// It goes through a window of 64 bytes, and through lists from their start for each: the time
    /// grows with the square of a list's length. A SUBACK is as long as the peer's SUBSCRIBE, which
    /// [`max_packet_size`](Codec::max_packet_size) limits.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub fn write<W: Write>(
        &self,
        packet: &Packet<'_>,
        writer: &mut W,
    ) -> Result<(), WriteError<W::Error>> {
        let mut sending = Sending::new(*packet);
        let mut window = [0; 64];
        loop {
            let bytes = sending.bytes(self, &mut window).map_err(WriteError::Packet)?;
            if bytes.is_empty() {
                return Ok(());
            }
            match writer.write(bytes).map_err(WriteError::Io)? {
                0 => return Err(WriteError::WriteZero),
                len => sending.advance(len),
            }
        }
    }
}
