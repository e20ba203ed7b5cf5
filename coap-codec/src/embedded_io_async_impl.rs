//! Feature `embedded-io-async`: asynchronous reads and writes that may be cancelled at any await, if
//! the transport's `read` and `write` may be.

use embedded_io_async::{Read, Write};

use crate::embedded_io_impl::{ReadError, Sending, WriteError};
use crate::message::ReliableMessage;
use crate::stream::Stream;
use crate::tcp::Codec;

impl Stream<'_> {
    /// Reads until there is a message; `None` once the connection has ended between two messages.
    ///
    /// Cancel it at any await: what was read is held, and the next call goes on. That is as true as
    /// of the transport's own `read`; `embedded-io-async` advises it and does not demand it.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn read_next_async<R: Read>(
        &mut self,
        codec: &Codec,
        reader: &mut R,
    ) -> Result<Option<ReliableMessage<'_>>, ReadError<R::Error>> {
        while !self.has_next(codec) {
            let len = reader.read(self.space()).await.map_err(ReadError::Io)?;
            if len == 0 {
                return self.end();
            }
            self.filled(len);
        }
        self.next(codec).map_err(ReadError::Message)
    }
}

impl Sending<'_> {
    /// Writes what is left of the message, in as many writes as `writer` wants; it is not flushed.
    ///
    /// Cancel it at any await: the value knows what was sent, and the next call goes on, if the
    /// transport's own `write` may be cancelled.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn write_async<W: Write>(
        &mut self,
        writer: &mut W,
    ) -> Result<(), WriteError<W::Error>> {
        while !self.bytes().is_empty() {
            match writer.write(self.bytes()).await.map_err(WriteError::Io)? {
                0 => return Err(WriteError::WriteZero),
                len => self.advance(len),
            }
        }
        Ok(())
    }
}
