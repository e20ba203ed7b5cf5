//! What every image shares: start-up, and input and output that the optimiser cannot see through.

#![no_std]

pub mod device;
#[cfg(all(target_arch = "arm", feature = "tcp"))]
pub mod ethernet;
#[cfg(target_arch = "arm")]
pub mod random;
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
pub mod semihosting;
#[cfg(all(target_arch = "arm", feature = "tcp"))]
pub mod tcp;
#[cfg(target_arch = "arm")]
pub mod transport;
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
pub mod uart;

use core::pin::pin;
use core::ptr::{addr_of, addr_of_mut, read_volatile, write_volatile};
use core::task::{Context, Poll, Waker};

/// A word-wide device register that nobody models: reading it gives an unknown number.
const REGISTER: *mut u32 = 0x4000_0000 as *mut u32;

/// An unknown number.
pub fn number() -> u32 {
    // SAFETY: the address is that of a peripheral, apart from all memory that Rust knows.
    unsafe { read_volatile(REGISTER) }
}

/// Fills `buffer` with unknown bytes and gives an unknown part of it.
pub fn bytes(buffer: &mut [u8]) -> &[u8] {
    for byte in buffer.iter_mut() {
        *byte = number() as u8;
    }
    buffer.get(..number() as usize).unwrap_or(buffer)
}

/// Passes a value on as one that the optimiser knows nothing of: what made it must happen.
#[inline(always)]
pub fn keep<T>(value: T) -> T {
    core::hint::black_box(value)
}

/// Polls a future once.
pub fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// What nearly every program has already: memcpy, memmove, memset, memcmp, division, UTF-8. All
/// images that are weighed have it, so that the difference to the empty one is a crate's alone.
///
/// To fill with zeros is a function of its own for bytes, for words and for pairs of words, and UTF-8 is
/// looked at twice, for it is not to be inlined here and once more in an image.
#[inline(never)]
pub fn baseline() {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    put_number(keep([0_u64; 32]).len() as u32);
    clear(&mut input);
    let input = bytes(&mut input);
    if let Some(part) = output.get_mut(..input.len()) {
        part.copy_from_slice(input);
        part.fill(number() as u8);
    }
    output.copy_within(number() as usize % 256.., 0);
    put_number(u32::from(keep(input) == keep(&output[..])));
    put_number(number() / number().max(1));
    put_number(number() % number().max(1));
    match core::str::from_utf8(input) {
        Ok(text) => put_bytes(text.as_bytes()),
        Err(error) => put_number(error.valid_up_to() as u32),
    }
    put_number(u32::from(core::str::from_utf8(&output).is_ok()));
    put_bytes(&output);
}

#[inline(never)]
fn clear(bytes: &mut [u8]) {
    bytes.fill(0);
}

/// Sends a number to the outside.
pub fn put_number(value: u32) {
    // SAFETY: as in `number`.
    unsafe { write_volatile(REGISTER, value) }
}

/// Sends bytes to the outside.
pub fn put_bytes(bytes: &[u8]) {
    for &byte in bytes {
        put_number(u32::from(byte));
    }
}

unsafe extern "C" {
    static mut data_start: u32;
    static data_end: u32;
    static data_load: u32;
    static mut bss_start: u32;
    static bss_end: u32;
}

unsafe extern "Rust" {
    /// What an image does after start-up.
    safe fn image() -> !;
}

/// The first Rust code after reset.
#[cfg_attr(target_arch = "arm", unsafe(export_name = "start"))]
#[cfg_attr(not(target_arch = "arm"), unsafe(no_mangle))]
extern "C" fn start_in_rust() -> ! {
    // SAFETY: the linker script aligns these addresses to words, and nothing in RAM is used before.
    unsafe {
        let (mut from, mut to) = (addr_of!(data_load), addr_of_mut!(data_start));
        while to.cast_const() < addr_of!(data_end) {
            write_volatile(to, read_volatile(from));
            (from, to) = (from.add(1), to.add(1));
        }
        let mut to = addr_of_mut!(bss_start);
        while to.cast_const() < addr_of!(bss_end) {
            write_volatile(to, 0);
            to = to.add(1);
        }
    }
    image()
}

#[cfg(target_arch = "riscv32")]
core::arch::global_asm!(
    ".section .text.start, \"ax\"",
    ".global start",
    "start:",
    "la sp, stack_top",
    "j start_in_rust",
);

/// Takes text and hashed bytes to the outside.
pub struct Sink;

impl core::fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        put_bytes(text.as_bytes());
        // The device may refuse.
        if number() == 0 { Err(core::fmt::Error) } else { Ok(()) }
    }
}

impl core::hash::Hasher for Sink {
    fn write(&mut self, bytes: &[u8]) {
        put_bytes(bytes);
    }

    fn finish(&self) -> u64 {
        u64::from(number())
    }
}
