//! link-format: renders a block of a directory that lies in flash.

#![no_std]
#![no_main]

use firmware::{baseline, number, put_bytes, put_number};
use link_format::{Attribute, Link, Links};

static LINKS: [Link<'static>; 2] = [
    Link::from_static(
        "/sensors/temp",
        &const {
            [
                Attribute::from_static("rt", "temperature-c"),
                Attribute::from_static("if", "sensor"),
                Attribute::flag_from_static("obs"),
            ]
        },
    ),
    Link::from_static(
        "/sensors/light",
        &const { [Attribute::from_static("title", "The \"light\"")] },
    ),
];

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut output = [0; 64];
    loop {
        baseline();
        let part = Links::new(&LINKS).encode_part(number() as usize, &mut output);
        put_bytes(output.get(..part.len).unwrap_or(&[]));
        put_number(u32::from(part.has_more()));
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
