//! Feature `embedded-io-async`: asynchronous reads and writes that may be cancelled at any await, if
//! the transport's `read` and `write` may be.

use embedded_io_async::{Read, Write};

use crate::codec::Codec;
use crate::embedded_io_impl::{ReadError, WriteError};
use crate::sending::Sending;
use crate::stream::{Item, Stream};

impl Stream<'_> {
    /// Reads until there is something to give; `None` once the connection has ended between two
    /// packets.
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
    ) -> Result<Option<Item<'_>>, ReadError<R::Error>> {
        while !self.has_next(codec) {
            let len = reader.read(self.space()).await.map_err(ReadError::Io)?;
            if len == 0 {
                return self.end();
            }
            self.filled(len);
        }
        self.next(codec).map_err(ReadError::Packet)
    }
}

impl Sending<'_> {
    /// Writes what is left of the packet, in as many writes as `writer` wants; it is not flushed.
    ///
    /// Cancel it at any await: the value knows what was sent, and the next call goes on, if the
    /// transport's own `write` may be cancelled.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn write_async<W: Write>(
        &mut self,
        codec: &Codec,
        writer: &mut W,
    ) -> Result<(), WriteError<W::Error>> {
        let mut window = [0; 64];
        loop {
            let bytes = self.bytes(codec, &mut window).map_err(WriteError::Packet)?;
            if bytes.is_empty() {
                return Ok(());
            }
            match writer.write(bytes).await.map_err(WriteError::Io)? {
                0 => return Err(WriteError::WriteZero),
                len => self.advance(len),
            }
        }
    }
}
