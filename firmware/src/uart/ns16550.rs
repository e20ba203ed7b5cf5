//! An NS16550, as the RISC-V machine has it.

use core::ptr::{read_volatile, write_volatile};

/// Registers: data, FIFO control, line control, line status.
const DATA: *mut u8 = 0x1000_0000 as *mut u8;
const FIFO_CONTROL: *mut u8 = 0x1000_0002 as *mut u8;
const LINE_CONTROL: *mut u8 = 0x1000_0003 as *mut u8;
const LINE_STATUS: *mut u8 = 0x1000_0005 as *mut u8;

const RECEIVED: u8 = 1 << 0;
/// Overrun, parity, framing, break.
const LINE_ERRORS: u8 = 0x1E;
const ROOM: u8 = 1 << 5;
const IDLE: u8 = 1 << 6;
/// The FIFOs of 16 bytes, empty.
const EMPTY_FIFO: u8 = 0x07;
/// Eight bits, no parity, one stop bit.
const EIGHT_BITS: u8 = 0x03;

pub fn switch_on() {
    write(LINE_CONTROL, EIGHT_BITS);
    write(FIFO_CONTROL, EMPTY_FIFO);
}

pub fn has_received() -> bool {
    read(LINE_STATUS) & RECEIVED != 0
}

/// The next byte, unless it was damaged or one before it was lost.
pub fn received() -> Option<u8> {
    let status = read(LINE_STATUS);
    let data = read(DATA);
    (status & LINE_ERRORS == 0).then_some(data)
}

pub fn has_room() -> bool {
    read(LINE_STATUS) & ROOM != 0
}

pub fn send(byte: u8) {
    write(DATA, byte);
}

pub fn is_sending() -> bool {
    read(LINE_STATUS) & IDLE == 0
}

fn read(register: *mut u8) -> u8 {
    // SAFETY: one of the registers above, apart from all memory that Rust knows.
    unsafe { read_volatile(register) }
}

fn write(register: *mut u8, value: u8) {
    // SAFETY: as in `read`.
    unsafe { write_volatile(register, value) }
}
