//! A device of which nothing is known: it may fail, and says how much it takes as it likes.

use core::future::poll_fn;
use core::task::Poll;

use embedded_io::{ErrorKind, ErrorType, Read, Write};

use crate::{bytes, number, put_bytes};

/// The device.
pub struct Device;

impl ErrorType for Device {
    type Error = ErrorKind;
}

impl Read for Device {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if number() == 0 { Err(ErrorKind::Other) } else { Ok(bytes(buffer).len()) }
    }
}

impl Write for Device {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        put_bytes(bytes);
        if number() == 0 { Err(ErrorKind::Other) } else { Ok(number() as usize) }
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        if number() == 0 { Err(ErrorKind::Other) } else { Ok(()) }
    }
}

// Without `async`: a future that is not inlined keeps the panic of who polls it behind its end.
impl embedded_io_async::Read for Device {
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(|_| Poll::Ready(Read::read(self, buffer)))
    }
}

impl embedded_io_async::Write for Device {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(|_| Poll::Ready(Write::write(self, bytes)))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(|_| Poll::Ready(Write::flush(self)))
    }
}
