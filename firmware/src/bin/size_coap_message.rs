//! The peer coap-message-implementations: reads messages over UDP and builds messages option by
//! option. Header and token, which it leaves to others, are read and written here.

#![no_std]
#![no_main]

use coap_message::{MessageOption, MinimalWritableMessage, ReadableMessage};
use coap_message_implementations::inmemory::{Message, MessageMut};
use firmware::{baseline, bytes, number, put_bytes, put_number};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        if let Some(len) = answer(bytes(&mut input), &mut output) {
            put_bytes(output.get(..len).unwrap_or(&[]));
        } else {
            put_number(1);
        }
    }
}

fn answer(input: &[u8], output: &mut [u8]) -> Option<usize> {
    let ([first, code, ..], rest) = input.split_first_chunk::<4>()?;
    let (token, tail) = rest.split_at_checked((first & 0x0F).into())?;
    let request = Message::new_from_slice(*code, tail);

    let (head, tail) = output.split_at_mut_checked(4 + token.len())?;
    let (header, place) = head.split_first_chunk_mut::<4>()?;
    place.copy_from_slice(token);
    let [first, code, id @ ..] = header;
    *first = 1 << 6 | (number() as u8 & 3) << 4 | token.len() as u8;
    *id = (number() as u16).to_be_bytes();
    let mut response = MessageMut::new_in_slice(code, tail);
    response.set_code(number() as u8);
    for option in request.options() {
        response.add_option(number() as u16, option.value()).ok()?;
    }
    response.set_payload(request.payload()).ok()?;
    let (len, _) = response.finish();
    Some(4 + token.len() + len)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
