//! The empty image: what every weighed image has beside its crate.

#![no_std]
#![no_main]

#[unsafe(no_mangle)]
fn image() -> ! {
    loop {
        firmware::baseline();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
