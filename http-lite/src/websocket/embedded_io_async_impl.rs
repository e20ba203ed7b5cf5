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
        let mut is_put = false;
        self.send_until(|link| {
            let is_done = is_put;
            is_put = is_done || link.put_close(close)?;
            Ok(is_done.then_some(()))
        })
        .await
    }

    /// Sends what waits until `step` has a result. For each step this is a function of its own, so that
    /// it can be inlined: where it is not, the compiler keeps a panic behind the end of the future.
    async fn send_until<O>(
        &mut self,
        mut step: impl FnMut(&mut Self) -> Result<Option<O>, WebSocketError<T::Error>>,
    ) -> Result<O, WebSocketError<T::Error>> {
        loop {
            if let Some(result) = step(self)? {
                return Ok(result);
            }
            while !self.output.pending().is_empty() {
                let written = self.transport.write(self.output.pending()).await;
                self.wrote(written.map_err(WebSocketError::Write)?)?;
            }
            if self.output.wants_flush() {
                self.transport.flush().await.map_err(WebSocketError::Write)?;
                self.output.flushed();
            }
        }
    }
}

impl<T: Read + Write, C: FnMut() -> u64, R: FnMut() -> u32> Read for WebSocket<'_, T, C, R> {
    /// The end of the stream, 0, is the peer's Close.
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let given = self.send_until(|link| {
                Ok(match link.next(buffer)? {
                    Next::Send => None,
                    Next::Given(len) => Some(Some(len)),
                    Next::Read => Some(None),
                })
            });
            if let Some(len) = given.await? {
                return Ok(len);
            }
            let len = self.transport.read(buffer).await.map_err(WebSocketError::Read)?;
            let len = self.received(buffer, len);
            if len > 0 {
                return Ok(len);
            }
        }
    }
}

impl<T: Write, C: FnMut() -> u64, R: FnMut() -> u32> Write for WebSocket<'_, T, C, R> {
    async fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        if data.is_empty() {
            return Ok(0);
        }
        self.send_until(|link| link.put(data)).await
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        let mut is_done = false;
        self.send_until(|_| Ok(core::mem::replace(&mut is_done, true).then_some(()))).await
    }
}
