//! The bytes of a connection between a transport and a machine, in buffers that are lent.

use core::fmt;

use crate::body::move_within;

/// Received bytes that were not taken yet, in a buffer that you lend.
///
/// ```text
///            start              end
/// +---------+------------------+----------+
/// | taken   | held             | space    |
/// +---------+------------------+----------+
/// ```
///
/// ```
/// # #[cfg(feature = "embedded-io")] {
/// use http_lite::HeadParser;
/// use http_lite::io::ReadBuffer;
///
/// let mut transport = &b"GET / HTTP/1.1\r\nHost: x\r\n\r\nmore"[..];
/// let mut bytes = [0; 256];
/// let mut buffer = ReadBuffer::new(&mut bytes);
/// let head = buffer.read_request(&mut HeadParser::new(), &mut transport).unwrap().unwrap();
/// assert_eq!(head.method, "GET");
/// assert_eq!(buffer.held(), b"more");
/// # }
/// ```
pub struct ReadBuffer<'b> {
    buffer: &'b mut [u8],
    start: usize,
    end: usize,
}

impl<'b> ReadBuffer<'b> {
    /// Over `buffer`, which must be as long as the longest head and trailer section:
    /// [`Settings::with_buffer`](crate::connection::Settings::with_buffer),
    /// [`HeadParser::with_limits`](crate::HeadParser::with_limits).
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, start: 0, end: 0 }
    }

    /// The bytes that were received and not taken. Behind a change of protocol they belong to the
    /// other one.
    pub fn held(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Room to receive into; empty if the buffer is full of what is held.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > self.buffer.len().saturating_sub(self.end) {
            // More room before what is held than behind it: it is moved once at most.
            let held = self.end.saturating_sub(self.start);
            move_within(self.buffer, self.start, self.end, 0);
            (self.start, self.end) = (0, held);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that `len` bytes were received into [`space`](Self::space).
    pub fn filled(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.buffer.len());
    }

    /// Takes the first `len` of the bytes that are held.
    pub fn take(&mut self, len: usize) -> &[u8] {
        let from = self.start;
        self.start = from.saturating_add(len).min(self.end);
        self.buffer.get(from..self.start).unwrap_or_default()
    }
}

/// Bytes to be sent, in a buffer that is lent.
pub(crate) struct WriteBuffer<'b> {
    buffer: &'b mut [u8],
    /// What was sent of it.
    start: usize,
    end: usize,
    /// The transport was not told to flush behind the last bytes.
    unflushed: bool,
}

impl<'b> WriteBuffer<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, start: 0, end: 0, unflushed: false }
    }

    /// What is still to be sent.
    pub(crate) fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Says that `len` bytes were sent; false if that is none.
    pub(crate) fn sent(&mut self, len: usize) -> bool {
        self.start = self.start.saturating_add(len).min(self.end);
        self.unflushed |= len > 0;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        len > 0
    }

    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    pub(crate) fn filled(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.buffer.len());
    }

    pub(crate) const fn wants_flush(&self) -> bool {
        self.unflushed
    }

    pub(crate) const fn flushed(&mut self) {
        self.unflushed = false;
    }
}

/// Never what is held: it may be a password.
impl fmt::Debug for ReadBuffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (held, capacity) = (self.held().len(), self.buffer.len());
        f.debug_struct("ReadBuffer").field("held", &held).field("capacity", &capacity).finish()
    }
}

/// Never what is to be sent.
impl fmt::Debug for WriteBuffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pending, capacity) = (self.pending().len(), self.buffer.len());
        f.debug_struct("WriteBuffer")
            .field("pending", &pending)
            .field("capacity", &capacity)
            .finish()
    }
}
