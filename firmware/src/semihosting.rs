//! Text and an exit code for the host through QEMU's semihosting, and how much stack a call takes.

use core::arch::asm;
use core::fmt;
use core::ptr::{read_volatile, write_volatile};

use crate::keep;

const SYS_WRITE0: usize = 0x04;
const SYS_GET_CMDLINE: usize = 0x15;
const SYS_EXIT: usize = 0x18;
const SYS_ELAPSED: usize = 0x30;
const APPLICATION_EXIT: usize = 0x2_0026;
const RUN_TIME_ERROR: usize = 0x2_0023;
const PAINT: u32 = 0xA5A5_5A5A;

/// Writes to the host's console.
pub struct Host;

impl fmt::Write for Host {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for chunk in text.as_bytes().chunks(63) {
            let mut line = [0; 64]; // ends with a null character
            line[..chunk.len()].copy_from_slice(chunk);
            call(SYS_WRITE0, line.as_ptr() as usize);
        }
        Ok(())
    }
}

/// Ends QEMU: exit code 0 or 1.
pub fn exit(success: bool) -> ! {
    call(SYS_EXIT, if success { APPLICATION_EXIT } else { RUN_TIME_ERROR });
    loop {
        core::hint::spin_loop();
    }
}

/// Milliseconds since QEMU began.
pub fn now_ms() -> u64 {
    now_ns() / 1_000_000
}

/// Nanoseconds since QEMU began.
pub fn now_ns() -> u64 {
    let mut elapsed_ns = 0u64;
    call(SYS_ELAPSED, &raw mut elapsed_ns as usize);
    elapsed_ns
}

/// The words that QEMU was given for the image (`arg=` of its `-semihosting-config`), or the name of its
/// file; `None` if they do not fit.
pub fn arguments(buffer: &mut [u8]) -> Option<&str> {
    let mut place = [buffer.as_mut_ptr() as usize, buffer.len()];
    if call(SYS_GET_CMDLINE, &raw mut place as usize) != 0 {
        return None;
    }
    core::str::from_utf8(buffer.split(|byte| *byte == 0).next()?).ok()
}

/// Bytes of stack that `work` takes: what it overwrites of a painted stack.
#[inline(never)]
pub fn stack_of(work: fn()) -> usize {
    unsafe extern "C" {
        static bss_end: u32;
    }
    let top: usize;
    // SAFETY: reads a register. What lies between the end of `.bss` and the stack pointer is unused.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) top, options(nomem, nostack));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) top, options(nomem, nostack));
        let bottom = &raw const bss_end as usize;
        for address in (bottom..top).step_by(4) {
            write_volatile(address as *mut u32, PAINT);
        }
        keep(work)(); // not inlined: its frame would stand above `top`
        let untouched = |address: &usize| read_volatile(*address as *const u32) == PAINT;
        top - (bottom..top).step_by(4).find(|address| !untouched(address)).unwrap_or(top)
    }
}

fn call(operation: usize, argument: usize) -> usize {
    let result;
    // SAFETY: the operations above read the memory that the argument points to; two of them also write
    // there: eight bytes, or a command line into a buffer whose length stands beside its address.
    #[cfg(target_arch = "arm")]
    unsafe {
        asm!("bkpt 0xAB", inout("r0") operation => result, in("r1") argument, options(nostack));
    }
    // SAFETY: as above. The three instructions, in this form and in one page, are the call.
    #[cfg(target_arch = "riscv32")]
    unsafe {
        asm!(
            ".balign 16",
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") operation => result,
            in("a1") argument,
            options(nostack)
        );
    }
    result
}
