//! link-format: reads a document and looks at everything in it.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, put_bytes, put_number};
use link_format::Links;

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    loop {
        baseline();
        let links = match Links::decode(bytes(&mut input)) {
            Ok(links) => links,
            Err(error) => {
                put_number(error.kind as u32);
                continue;
            }
        };
        for link in links {
            put_bytes(link.target().as_str().as_bytes());
            for attribute in link.attributes().iter() {
                put_bytes(attribute.name().as_bytes());
                for piece in attribute.value().iter().flat_map(|value| value.pieces()) {
                    put_bytes(piece.as_bytes());
                }
            }
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
