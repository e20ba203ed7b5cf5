//! The peer mqttrs: decodes and encodes all packets of MQTT 3.1.1.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, put_bytes, put_number};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        match mqttrs::decode_slice(bytes(&mut input)) {
            Ok(Some(packet)) => match mqttrs::encode_slice(&packet, &mut output) {
                Ok(len) => put_bytes(output.get(..len).unwrap_or(&[])),
                Err(_) => put_number(1),
            },
            Ok(None) => put_number(2),
            Err(_) => put_number(3),
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
