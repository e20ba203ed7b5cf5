//! http-lite: parses response heads, decides how long the body is, and looks at everything in them.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, put_bytes, put_number};
use http_lite::HeadParser;
use http_lite::framing::{Asked, Framing, Message, decide};

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    loop {
        baseline();
        let mut parser = HeadParser::new();
        let head = match parser.parse_response(bytes(&mut input)) {
            Ok(Some((head, len))) => {
                put_number(len as u32);
                head
            }
            Ok(None) => {
                put_number(1);
                continue;
            }
            Err(error) => {
                put_number(error.kind as u32);
                continue;
            }
        };
        match decide(Message::Response(Asked::Other, head.status), parser.facts()) {
            Ok(Framing::Length(length)) => put_number(length as u32),
            Ok(Framing::Chunked) => put_number(2),
            Ok(Framing::UntilClose) => put_number(3),
            Ok(_) => put_number(4),
            Err(kind) => put_number(kind as u32),
        }
        put_number(head.version as u32);
        put_number(head.status.get().into());
        put_bytes(head.reason.as_bytes());
        for field in head.fields.iter() {
            put_bytes(field.name.as_bytes());
            put_bytes(field.value.as_bytes());
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
