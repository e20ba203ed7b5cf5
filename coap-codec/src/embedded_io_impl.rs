//! Feature `embedded-io`: blocking reads and writes of messages over TCP.

use embedded_io::{Read, Write};

use crate::error::{DecodeError, EncodeError};
use crate::message::ReliableMessage;
use crate::stream::Stream;
use crate::tcp::Codec;
use crate::writer::Writer;

/// Why nothing more comes from a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError<E> {
    /// The reader failed.
    #[error("the transport failed: {0:?}")]
    Io(E),
    /// The connection ended within a message.
    #[error("the connection ended within a message")]
    UnexpectedEof,
    /// The peer sent what is not to be accepted: send an Abort and close.
    #[error(transparent)]
    Message(DecodeError),
}

/// Why a message was not sent, or not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// The writer failed.
    #[error("the transport failed: {0:?}")]
    Io(E),
    /// The writer took no byte.
    #[error("the transport takes no more bytes")]
    WriteZero,
}

impl Stream<'_> {
    /// Reads until there is a message; `None` once the connection has ended between two messages.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn read_next<R: Read>(
        &mut self,
        codec: &Codec,
        reader: &mut R,
    ) -> Result<Option<ReliableMessage<'_>>, ReadError<R::Error>> {
        while !self.has_next(codec) {
            let len = reader.read(self.space()).map_err(ReadError::Io)?;
            if len == 0 {
                return self.end();
            }
            self.filled(len);
        }
        self.next(codec).map_err(ReadError::Message)
    }

    /// What a reader that has nothing more means here.
    pub(crate) fn end<E>(&self) -> Result<Option<ReliableMessage<'_>>, ReadError<E>> {
        if self.held().is_empty() { Ok(None) } else { Err(ReadError::UnexpectedEof) }
    }
}

/// A message on its way out through a transport that takes as many bytes as it likes.
///
/// It knows how far it has come. So a write that fails, or an asynchronous one that is cancelled,
/// loses nothing: go on with the same value.
///
/// ```
/// # #[cfg(feature = "embedded-io")] {
/// use coap_codec::{Code, ReliableMessage, tcp};
///
/// let content = ReliableMessage::new(Code::CONTENT).with_payload(b"21.5");
/// let (mut buffer, mut wire) = ([0; 16], [0; 16]);
/// let mut sending = tcp::Sending::new(&tcp::Codec::new(), &content, &mut buffer).unwrap();
/// sending.write(&mut &mut wire[..]).unwrap();
/// assert_eq!(wire[..7], *b"\x50\x45\xFF21.5");
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending<'a> {
    /// What was not sent yet of all that comes before the payload.
    head: &'a [u8],
    /// What was not sent yet of the payload.
    payload: &'a [u8],
}

impl<'a> Sending<'a> {
    /// Encodes `message` up to its payload into `buffer`; the payload is sent from where it lies.
    ///
    /// # Errors
    ///
    /// As [`Codec::encode`]; `needed` is the length without the payload.
    pub fn new(
        codec: &Codec,
        message: &ReliableMessage<'a>,
        buffer: &'a mut [u8],
    ) -> Result<Self, EncodeError> {
        let plan = codec.plan(message).map_err(EncodeError::Invalid)?;
        let needed = plan.len.saturating_sub(message.payload.len());
        let Some((head, _)) = buffer.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        // All fits but the payload.
        plan.write(message, &mut Writer::new(head)).map_err(EncodeError::Invalid)?;
        Ok(Self { head, payload: message.payload })
    }

    /// The next bytes to send; empty once everything was sent.
    pub const fn bytes(&self) -> &'a [u8] {
        if self.head.is_empty() { self.payload } else { self.head }
    }

    /// Says that `len` of these bytes were sent.
    pub fn advance(&mut self, len: usize) {
        let part = if self.head.is_empty() { &mut self.payload } else { &mut self.head };
        *part = part.get(len..).unwrap_or_default();
    }

    /// Writes what is left of the message, in as many writes as `writer` wants; it is not flushed.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub fn write<W: Write>(&mut self, writer: &mut W) -> Result<(), WriteError<W::Error>> {
        while !self.bytes().is_empty() {
            match writer.write(self.bytes()).map_err(WriteError::Io)? {
                0 => return Err(WriteError::WriteZero),
                len => self.advance(len),
            }
        }
        Ok(())
    }
}
