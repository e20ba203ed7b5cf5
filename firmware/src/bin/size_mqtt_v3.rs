//! mqtt-codec: decodes and encodes all packets of MQTT 3.1.1, in both directions. The version is a
//! constant, so that the linker drops all of 5.0.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, put_bytes, put_number};
use mqtt_codec::{Codec, EncodeError, Version};

const CODEC: Codec = Codec::either(Version::V3);

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        match CODEC.decode(bytes(&mut input)) {
            Ok(Some((packet, _))) => match CODEC.encode(&packet, &mut output) {
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
