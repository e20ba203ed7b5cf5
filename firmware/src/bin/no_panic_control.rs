//! The control of the other no-panic images: it indexes with an unknown number, so it must not link.

#![no_std]
#![no_main]

use firmware::{number, put_number};

#[unsafe(no_mangle)]
fn image() -> ! {
    let table = [number(), number()];
    loop {
        put_number(table[number() as usize]);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
