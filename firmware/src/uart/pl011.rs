//! A PL011, as the Cortex-M3 board has it.

use core::ptr::{read_volatile, write_volatile};

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

pub fn switch_on() {
    write(CONTROL, 0);
    write(LINE_CONTROL, EIGHT_BITS_WITH_FIFO);
    write(CONTROL, ENABLED);
}

pub fn has_received() -> bool {
    read(FLAGS) & NOTHING_RECEIVED == 0
}

/// The next byte, unless it was damaged or one before it was lost.
pub fn received() -> Option<u8> {
    let data = read(DATA);
    (data & LINE_ERRORS == 0).then_some(data as u8)
}

pub fn has_room() -> bool {
    read(FLAGS) & NO_ROOM == 0
}

pub fn send(byte: u8) {
    write(DATA, u32::from(byte));
}

pub fn is_sending() -> bool {
    read(FLAGS) & BUSY != 0
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: one of the registers above, apart from all memory that Rust knows.
    unsafe { read_volatile(register) }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: as in `read`.
    unsafe { write_volatile(register, value) }
}
