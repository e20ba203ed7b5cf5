//! coap-codec: decodes messages over UDP and looks at everything in them.

#![no_std]
#![no_main]

use coap_codec::Codec;
use firmware::{baseline, bytes, put_bytes, put_number};

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    loop {
        baseline();
        let message = match Codec::new().decode(bytes(&mut input)) {
            Ok(message) => message,
            Err(error) => {
                put_number(error.kind as u32);
                continue;
            }
        };
        put_number(message.message_type as u32);
        put_number(message.code.0.into());
        put_number(message.message_id.into());
        put_bytes(message.token.as_bytes());
        for option in message.options {
            put_number(option.number.0.into());
            put_bytes(option.value);
        }
        put_bytes(message.payload);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
