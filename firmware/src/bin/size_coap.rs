//! coap-codec: decodes messages over UDP and encodes messages with a list of options.

#![no_std]
#![no_main]

use coap_codec::{CoapOption, Code, Codec, EncodeError, OptionNumber, Options};
use firmware::{baseline, bytes, number, put_bytes, put_number};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        let request = match Codec::new().decode(bytes(&mut input)) {
            Ok(message) => message,
            Err(error) => {
                put_number(error.kind as u32);
                continue;
            }
        };
        let mut options = [CoapOption::new(OptionNumber::ETAG, b""); 4];
        for (place, option) in options.iter_mut().zip(request.options) {
            *place = CoapOption::new(OptionNumber(number() as u16), option.value);
        }
        let response = request
            .response(Code(number() as u8), number() as u16)
            .with_options(Options::new(&options))
            .with_payload(request.payload);
        match Codec::new().encode(&response, &mut output) {
            Ok(len) => put_bytes(output.get(..len).unwrap_or(&[])),
            Err(EncodeError::Invalid(kind)) => put_number(kind as u32),
            Err(_) => put_number(1),
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
