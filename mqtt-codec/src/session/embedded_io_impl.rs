//! Feature `embedded-io`: a session over a blocking transport.

use embedded_io::{Error, ErrorKind, Read, Write};

use super::Side;
use super::driver::{Driver, Input};

/// Why nothing more goes through a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError<E> {
    /// It failed. What was read, and what it did not take, is not lost: if its error says no more than
    /// that it is not ready, go on.
    #[error("the transport failed: {0:?}")]
    Io(E),
    /// It took no byte.
    #[error("the transport takes no more bytes")]
    WriteZero,
    /// The receive buffer is full of what the session does not take: acknowledge messages. If there are
    /// none, the buffer is shorter than the session's settings say.
    #[error("the receive buffer is full")]
    Full,
}

impl<S: Side, const N: usize, const R: usize> Driver<'_, '_, S, N, R> {
    /// Writes and flushes what is there to write; if nothing is, reads once. Call it whenever
    /// [`poll`](Self::poll) gives `None`, and then `poll` again.
    ///
    /// **Time.** A read must come back when nothing arrives, with an error of the kind `TimedOut`, which
    /// is none here. If the limit of a read can be set, let it wait until
    /// [`poll_timeout`](Self::poll_timeout); if it is fixed, deadlines are met that much later. A
    /// transport that waits without a limit but can be asked (`ReadReady`, the flag of a FIFO) is asked
    /// first: call `exchange` if it is ready, or if something is [`unsent`](Self::unsent).
    ///
    /// # Errors
    ///
    /// [`TransportError`].
    pub fn exchange<T: Read + Write>(
        &mut self,
        input: &mut Input<'_>,
        transport: &mut T,
    ) -> Result<(), TransportError<T::Error>> {
        if self.wants_write() {
            while !self.unsent().is_empty() {
                let len = transport.write(self.unsent()).map_err(TransportError::Io)?;
                self.wrote(len)?;
            }
            transport.flush().map_err(TransportError::Io)?;
            self.unflushed = false;
            Ok(())
        } else if input.eof {
            Ok(())
        } else {
            let result = transport.read(input.room()?);
            input.read(result)
        }
    }

    pub(super) fn wants_write(&self) -> bool {
        self.unflushed || !self.unsent().is_empty()
    }

    pub(super) fn wrote<E>(&mut self, len: usize) -> Result<(), TransportError<E>> {
        self.sent(len);
        self.unflushed = true;
        if len == 0 { Err(TransportError::WriteZero) } else { Ok(()) }
    }
}

impl Input<'_> {
    /// Where to read to: a read into nothing would look like the end.
    pub(super) fn room<E>(&mut self) -> Result<&mut [u8], TransportError<E>> {
        let space = self.space();
        if space.is_empty() { Err(TransportError::Full) } else { Ok(space) }
    }

    pub(super) fn read<E: Error>(
        &mut self,
        result: Result<usize, E>,
    ) -> Result<(), TransportError<E>> {
        match result {
            Ok(0) => self.handle_eof(),
            Ok(len) => self.filled(len),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(error) => return Err(TransportError::Io(error)),
        }
        Ok(())
    }
}
