//! The peer httparse: parses request heads and looks at everything in them. How long the body is, it
//! leaves to others.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use firmware::{baseline, bytes, put_bytes, put_number};
use httparse::{Request, Status};

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    loop {
        baseline();
        let mut headers = [const { MaybeUninit::uninit() }; 16];
        let mut request = Request::new(&mut []);
        match request.parse_with_uninit_headers(bytes(&mut input), &mut headers) {
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
        put_bytes(request.method.unwrap_or("").as_bytes());
        put_bytes(request.path.unwrap_or("").as_bytes());
        put_number(request.version.unwrap_or(0).into());
        for field in request.headers {
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
