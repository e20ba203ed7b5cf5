//! The peer httparse: parses response heads and looks at everything in them. How long the body is, it
//! leaves to others.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use firmware::{baseline, bytes, put_bytes, put_number};
use httparse::{ParserConfig, Response, Status};

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    loop {
        baseline();
        let mut headers = [const { MaybeUninit::uninit() }; 16];
        let mut response = Response::new(&mut []);
        let input = bytes(&mut input);
        match ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            input,
            &mut headers,
        ) {
            Ok(Status::Complete(len)) => put_number(len as u32),
            Ok(Status::Partial) => {
                put_number(1);
                continue;
            }
            Err(error) => {
                put_number(error as u32);
                continue;
            }
        }
        put_number(response.version.unwrap_or(0).into());
        put_number(response.code.unwrap_or(0).into());
        put_bytes(response.reason.unwrap_or("").as_bytes());
        for field in response.headers {
            put_bytes(field.name.as_bytes());
            put_bytes(field.value);
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
