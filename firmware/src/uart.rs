//! The board's first UART, polled. Under QEMU a TCP connection is its line.
//!
//! QEMU's models need neither clocks, pins nor a baud rate. A line does not tell when a peer goes and
//! another comes.

#[cfg_attr(target_arch = "arm", path = "uart/pl011.rs")]
#[cfg_attr(target_arch = "riscv32", path = "uart/ns16550.rs")]
mod registers;

use embedded_io::{Error, ErrorKind, ErrorType, Read, Write};

use crate::semihosting::now_ms;

/// The UART.
pub struct Uart {
    limit_ms: u64,
}

/// Why nothing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UartError {
    /// Nothing came in time.
    TimedOut,
    /// A byte was damaged or lost.
    Line,
}

impl Uart {
    /// Switches it on. A read waits `limit_ms` for its first byte.
    pub fn new(limit_ms: u64) -> Self {
        registers::switch_on();
        Self { limit_ms }
    }

    /// Drops what comes until nothing has come for the time that a read waits.
    pub fn drop_input(&mut self) {
        while self.read(&mut [0; 16]) != Err(UartError::TimedOut) {}
    }
}

impl ErrorType for Uart {
    type Error = UartError;
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UartError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let start_ms = now_ms();
        while !registers::has_received() {
            if now_ms() - start_ms >= self.limit_ms {
                return Err(UartError::TimedOut);
            }
        }
        let mut len = 0;
        for byte in buffer {
            if !registers::has_received() {
                break;
            }
            *byte = registers::received().ok_or(UartError::Line)?;
            len += 1;
        }
        Ok(len)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, UartError> {
        for &byte in bytes {
            while !registers::has_room() {}
            registers::send(byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), UartError> {
        while registers::is_sending() {}
        Ok(())
    }
}

impl Error for UartError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Line => ErrorKind::Other,
        }
    }
}

impl core::fmt::Display for UartError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "nothing came in time",
            Self::Line => "a byte was damaged or lost",
        })
    }
}

impl core::error::Error for UartError {}
