//! Feature `embedded-io-async`: WebSocket as a stream of bytes over a transport that waits.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;

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
            let unsent = match given.await {
                Ok(Some(len)) => return Ok(len),
                Ok(None) => None,
                Err(error @ (WebSocketError::Write(_) | WebSocketError::WriteZero)) => {
                    Some(self.stuck(error)?)
                }
                Err(error) => return Err(error),
            };
            let is_late = self.is_late();
            let read = poll_once_if(is_late, pin!(self.transport.read(buffer))).await;
            match read {
                Some(Ok(len)) => match self.received(buffer, len) {
                    0 => {}
                    len => return Ok(len),
                },
                _ if self.fails_late() => {} // it is told, if it can be
                Some(Err(error)) => return Err(unsent.unwrap_or(WebSocketError::Read(error))),
                None => {}
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
        self.owe_unless_closed();
        self.send_until(|_| Ok(core::mem::replace(&mut is_done, true).then_some(()))).await
    }
}

/// What a future gives; `None` if it is not to wait and would have to. No `async fn`, whose end could panic.
fn poll_once_if<F: Future>(
    once: bool,
    mut future: Pin<&mut F>,
) -> impl Future<Output = Option<F::Output>> {
    poll_fn(move |cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if once => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
}
