//! mqtt-codec: decodes and encodes all packets of MQTT 3.1.1 and 5.0, in both directions.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use mqtt_codec::{Codec, EncodeError, Version};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        let codec = Codec::either(if number() == 0 { Version::V3 } else { Version::V5 });
        match codec.decode(bytes(&mut input)) {
            Ok(Some((packet, _))) => match codec.encode(&packet, &mut output) {
                Ok(len) => put_bytes(output.get(..len).unwrap_or(&[])),
                Err(EncodeError::Invalid(kind)) => put_number(kind as u32),
                Err(_) => put_number(1),
            },
            Ok(None) => put_number(2),
            Err(error) => put_number(error.kind as u32),
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
