//! A transport that gives little and takes little.

use core::cell::Cell;
use std::rc::Rc;

use embedded_io::{ErrorKind as Io, ErrorType, Read, Write};

/// Gives and takes at most `piece` bytes at a time.
pub(crate) struct Transport<'a> {
    pub(crate) input: &'a [u8],
    pub(crate) output: Vec<u8>,
    pub(crate) piece: usize,
    /// Bytes that it takes in all.
    pub(crate) room: usize,
    /// Each other read and write fails.
    pub(crate) fails: bool,
    /// Without input, a read fails. Otherwise it is the end.
    pub(crate) open: bool,
    /// Polls in vain before each asynchronous call does something.
    #[allow(dead_code, reason = "there may be none")]
    pub(crate) busy: usize,
    /// From this read on, each lasts 40 ms.
    pub(crate) slow_from: usize,
    pub(crate) now_ms: Rc<Cell<u64>>,
    reads: usize,
    calls: usize,
    flushed: usize,
}

impl<'a> Transport<'a> {
    pub(crate) fn new(input: &'a [u8], piece: usize) -> Self {
        Self {
            input,
            output: Vec::new(),
            piece,
            room: usize::MAX,
            fails: false,
            open: false,
            busy: 0,
            slow_from: usize::MAX,
            now_ms: Rc::default(),
            reads: 0,
            calls: 0,
            flushed: 0,
        }
    }

    fn read_now(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        assert!(!out.is_empty(), "a read into nothing looks like the end");
        assert_eq!(self.flushed, self.output.len(), "who reads waits for an answer");
        self.calls += 1;
        if self.fails && self.calls % 2 == 1 || self.open && self.input.is_empty() {
            return Err(Io::TimedOut);
        }
        if self.reads >= self.slow_from {
            self.now_ms.set(self.now_ms.get() + 40);
        }
        self.reads += 1;
        let len = self.piece.min(out.len()).min(self.input.len());
        out[..len].copy_from_slice(&self.input[..len]);
        self.input = &self.input[len..];
        Ok(len)
    }

    fn write_now(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        assert!(!bytes.is_empty());
        self.calls += 1;
        if self.fails && self.calls % 2 == 1 {
            return Err(Io::Interrupted);
        }
        let len = self.piece.min(bytes.len()).min(self.room - self.output.len());
        self.output.extend(&bytes[..len]);
        Ok(len)
    }

    fn flush_now(&mut self) {
        self.flushed = self.output.len();
    }
}

impl ErrorType for Transport<'_> {
    type Error = Io;
}

impl Read for Transport<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        self.read_now(out)
    }
}

impl Write for Transport<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        self.write_now(bytes)
    }

    fn flush(&mut self) -> Result<(), Io> {
        self.flush_now();
        Ok(())
    }
}

#[cfg(feature = "embedded-io-async")]
mod asynchronous {
    use core::future::poll_fn;
    use core::task::Poll;

    use super::{Io, Transport};

    impl Transport<'_> {
        /// What is polled in vain has done nothing.
        async fn ready(&mut self) {
            let mut waits = self.calls % (self.busy + 1);
            poll_fn(|_| {
                self.calls += 1;
                if waits == 0 {
                    return Poll::Ready(());
                }
                waits -= 1;
                Poll::Pending
            })
            .await;
        }
    }

    impl embedded_io_async::Read for Transport<'_> {
        async fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
            self.ready().await;
            self.read_now(out)
        }
    }

    impl embedded_io_async::Write for Transport<'_> {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
            self.ready().await;
            self.write_now(bytes)
        }

        async fn flush(&mut self) -> Result<(), Io> {
            self.ready().await;
            self.flush_now();
            Ok(())
        }
    }
}
