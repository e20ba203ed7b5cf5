//! Feature `embedded-io-async`: WebSocket as a stream of bytes over a transport that waits.

use embedded_io_async::{Read, Write};

use super::Close;
use super::embedded_io_impl::{Next, WebSocket, WebSocketError};

impl<T: Write, C: FnMut() -> u64, R: FnMut() -> u32> WebSocket<'_, T, C, R> {
    /// As [`close`](Self::close).
    ///
    /// # Errors
    ///
    /// [`WebSocketError`]; what was not written is still held.
    pub async fn close_async(&mut self, close: Close<'_>) -> Result<(), WebSocketError<T::Error>> {
        while !self.put_close(close)? {
            self.send_async().await?;
        }
        self.send_async().await
    }

    async fn send_async(&mut self) -> Result<(), WebSocketError<T::Error>> {
        while !self.output.pending().is_empty() {
            let written = self.transport.write(self.output.pending()).await;
            self.wrote(written.map_err(WebSocketError::Write)?)?;
        }
        if self.output.wants_flush() {
            self.transport.flush().await.map_err(WebSocketError::Write)?;
            self.output.flushed();
        }
        Ok(())
    }
}

impl<T: Read + Write, C: FnMut() -> u64, R: FnMut() -> u32> Read for WebSocket<'_, T, C, R> {
    /// The end of the stream, 0, is the peer's Close.
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.next(buffer)? {
                Next::Given(len) => return Ok(len),
                Next::Send => self.send_async().await?,
                Next::Read => {
                    let len = self.transport.read(buffer).await.map_err(WebSocketError::Read)?;
                    let len = self.received(buffer, len);
                    if len > 0 {
                        return Ok(len);
                    }
                }
            }
        }
    }
}

impl<T: Write, C: FnMut() -> u64, R: FnMut() -> u32> Write for WebSocket<'_, T, C, R> {
    async fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        if data.is_empty() {
            return Ok(0);
        }
        loop {
            match self.put(data)? {
                Some(len) => return Ok(len),
                None => self.send_async().await?,
            }
        }
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.send_async().await
    }
}
