//! The board's first UART, a PL011, polled. Under QEMU a TCP connection is its line.
//!
//! QEMU's model needs neither clocks, pins nor a baud rate. A line does not tell when a peer goes and
//! another comes.

use core::ptr::{read_volatile, write_volatile};

use embedded_io::{Error, ErrorKind, ErrorType, Read, Write};

use crate::semihosting::now_ms;

/// Registers: data, flags, line control, control.
const DATA: *mut u32 = 0x4000_C000 as *mut u32;
const FLAGS: *mut u32 = 0x4000_C018 as *mut u32;
const LINE_CONTROL: *mut u32 = 0x4000_C02C as *mut u32;
const CONTROL: *mut u32 = 0x4000_C030 as *mut u32;

const BUSY: u32 = 1 << 3;
const NOTHING_RECEIVED: u32 = 1 << 4;
const NO_ROOM: u32 = 1 << 5;
/// In `DATA`: framing, parity, break, overrun.
const LINE_ERRORS: u32 = 0xF00;
/// Eight bits, no parity, one stop bit, and the FIFOs of 16 bytes.
const EIGHT_BITS_WITH_FIFO: u32 = 0x70;
/// The UART, its transmitter and its receiver.
const ENABLED: u32 = 0x301;

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
        write(CONTROL, 0);
        write(LINE_CONTROL, EIGHT_BITS_WITH_FIFO);
        write(CONTROL, ENABLED);
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
        while is(NOTHING_RECEIVED) {
            if now_ms() - start_ms >= self.limit_ms {
                return Err(UartError::TimedOut);
            }
        }
        let mut len = 0;
        for byte in buffer {
            if is(NOTHING_RECEIVED) {
                break;
            }
            let data = read(DATA);
            if data & LINE_ERRORS != 0 {
                return Err(UartError::Line);
            }
            *byte = data as u8;
            len += 1;
        }
        Ok(len)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, UartError> {
        for &byte in bytes {
            while is(NO_ROOM) {}
            write(DATA, u32::from(byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), UartError> {
        while is(BUSY) {}
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

fn is(flag: u32) -> bool {
    read(FLAGS) & flag != 0
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: one of the registers above, apart from all memory that Rust knows.
    unsafe { read_volatile(register) }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: as in `read`.
    unsafe { write_volatile(register, value) }
}
