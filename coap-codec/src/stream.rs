//! Messages out of a byte stream that arrives in pieces of any size.

use core::fmt;

use crate::error::{DecodeError, ErrorKind};
use crate::message::ReliableMessage;
use crate::tcp::Codec;
use crate::writer::{copy, move_within};

/// Collects the bytes of a connection in a buffer that you lend, and gives messages out of it.
///
/// ```text
///            start              end
/// +---------+------------------+----------+
/// | given   | held             | space    |   read into `space`, say how much was `filled`,
/// +---------+------------------+----------+   take the `next` until there is none
/// ```
///
/// A message larger than the buffer is refused as one larger than the codec's maximum message size:
/// lend a buffer of the size that your CSM announces. After an error the stream stays where it is and
/// gives the same error again.
///
/// ```
/// use coap_codec::{Code, tcp};
///
/// let mut buffer = [0; 64];
/// let mut stream = tcp::Stream::new(&mut buffer);
/// let mut codes = Vec::new();
/// // CSM and Ping, two bytes at a time.
/// for piece in [0x00, 0xE1, 0x01, 0xE2, 0x42].chunks(2) {
///     assert_eq!(stream.push(piece), piece.len());
///     while let Some(message) = stream.next(&tcp::Codec::new())? {
///         codes.push(message.code);
///     }
/// }
/// assert_eq!(codes, [Code::CSM, Code::PING]);
/// # Ok::<(), coap_codec::DecodeError>(())
/// ```
pub struct Stream<'b> {
    buffer: &'b mut [u8],
    start: usize,
    end: usize,
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("capacity", &self.buffer.len())
            .field("held", &self.held().len())
            .finish()
    }
}

impl<'b> Stream<'b> {
    /// An empty stream over `buffer`.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, start: 0, end: 0 }
    }

    /// Room to read into. It is empty if the buffer is full of what [`next`](Self::next) has not
    /// given yet: call `next` until it gives `None`, then read.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > self.buffer.len().saturating_sub(self.end) {
            // More room before what is held than behind it. Who takes every message before reading
            // on moves a byte at most once, because then only a part of one message is held.
            let held = self.end.saturating_sub(self.start);
            move_within(self.buffer, self.start, held, 0);
            (self.start, self.end) = (0, held);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that `len` bytes were read into [`space`](Self::space).
    pub fn filled(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.buffer.len());
    }

    /// Copies from `bytes` what there is room for; how many bytes that was.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let space = self.space();
        let len = bytes.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..len), bytes.get(..len)) {
            copy(to, from);
        }
        self.filled(len);
        len
    }

    /// The bytes that were read and not given yet: after the connection has ended, what was cut
    /// off.
    pub fn held(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// True if [`next`](Self::next) gives a message, or an error, without more bytes.
    pub fn has_next(&self, codec: &Codec) -> bool {
        let held = self.held();
        match codec.frame_len(held) {
            Ok(Some(len)) => len <= held.len() || len > self.buffer.len(),
            Ok(None) => held.len() == self.buffer.len(),
            Err(_) => true,
        }
    }

    /// The next message; `None` if more bytes must be read.
    ///
    /// # Errors
    ///
    /// Those of [`Codec::decode`], and [`ErrorKind::MessageTooLarge`] for a message that the buffer
    /// cannot hold.
    pub fn next(&mut self, codec: &Codec) -> Result<Option<ReliableMessage<'_>>, DecodeError> {
        let held = self.buffer.get(self.start..self.end).unwrap_or_default();
        match codec.decode(held)? {
            Some((message, len)) => {
                self.start = self.start.saturating_add(len);
                Ok(Some(message))
            }
            None => match codec.frame_len(held)? {
                // Also a buffer too small for a header: it could wait for ever.
                Some(len) if len > self.buffer.len() => Err(too_large()),
                None if held.len() == self.buffer.len() => Err(too_large()),
                _ => Ok(None),
            },
        }
    }
}

#[cold]
const fn too_large() -> DecodeError {
    let kind = ErrorKind::MessageTooLarge;
    DecodeError { kind, offset: 0, message_type: None, message_id: 0 }
}
