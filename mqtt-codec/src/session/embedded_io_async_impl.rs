//! Feature `embedded-io-async`: a session over an asynchronous transport.

use embedded_io_async::{Read, Write};

use super::Side;
use super::driver::{Driver, Input};
use super::embedded_io_impl::TransportError;

impl<S: Side, const N: usize, const R: usize> Driver<'_, '_, S, N, R> {
    /// Writes and flushes what is there to write; if nothing is, waits for bytes and reads them. Call it
    /// whenever [`poll`](Self::poll) gives `None`, and then `poll` again.
    ///
    /// **Time.** Wait for this and for a timer at [`poll_timeout`](Self::poll_timeout), and drop this
    /// when the timer is first. With `embassy_time`:
    ///
    /// ```text
    /// let exchange = driver.exchange_async(&mut input, &mut socket);
    /// let result = match deadline {
    ///     Some(ms) => with_deadline(Instant::from_millis(ms), exchange).await.unwrap_or(Ok(())),
    ///     None => exchange.await,
    /// };
    /// ```
    ///
    /// Drop it at any await: what was read is held, what was written is known, and the next call goes
    /// on, if the transport's own `read` and `write` lose nothing when they are dropped;
    /// `embedded-io-async` advises that and does not demand it.
    ///
    /// # Errors
    ///
    /// [`TransportError`].
    pub async fn exchange_async<T: Read + Write>(
        &mut self,
        input: &mut Input<'_>,
        transport: &mut T,
    ) -> Result<(), TransportError<T::Error>> {
        if self.wants_write() {
            while !self.unsent().is_empty() {
                let len = transport.write(self.unsent()).await.map_err(TransportError::Io)?;
                self.wrote(len)?;
            }
            transport.flush().await.map_err(TransportError::Io)?;
            self.unflushed = false;
            Ok(())
        } else if input.eof {
            Ok(())
        } else {
            let result = transport.read(input.room()?).await;
            input.read(result)
        }
    }
}
