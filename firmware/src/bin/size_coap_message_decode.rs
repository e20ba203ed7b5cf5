//! The peer coap-message-implementations: reads messages over UDP and looks at everything in them.
//! Header and token, which it leaves to others, are read here.

#![no_std]
#![no_main]

use coap_message::{MessageOption, ReadableMessage};
use coap_message_implementations::inmemory::Message;
use firmware::{baseline, bytes, put_bytes, put_number};

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    loop {
        baseline();
        let Some(([first, code, high, low], rest)) = bytes(&mut input).split_first_chunk() else {
            put_number(1);
            continue;
        };
        let Some((token, tail)) = rest.split_at_checked((first & 0x0F).into()) else {
            put_number(2);
            continue;
        };
        let message = Message::new_from_slice(*code, tail);
        put_number((first >> 4 & 3).into());
        put_number(message.code().into());
        put_number(u16::from_be_bytes([*high, *low]).into());
        put_bytes(token);
        for option in message.options() {
            put_number(option.number().into());
            put_bytes(option.value());
        }
        put_bytes(message.payload());
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
