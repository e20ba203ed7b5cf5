//! http-lite: a frame's header and its mask, in both directions.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use http_lite::websocket::{FrameHeader, Mask, Opcode, Role};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 14]);
    loop {
        baseline();
        let len = bytes(&mut input).len();
        let frame = input.get_mut(..len).unwrap_or_default();
        match FrameHeader::decode(frame, Role::Client) {
            Ok(Some((header, len))) => {
                put_number(header.opcode as u32);
                put_number(header.is_final.into());
                put_number(header.len as u32);
                let payload = frame.get_mut(len..).unwrap_or_default();
                if let Some(mask) = header.mask {
                    mask.apply(payload, 0);
                }
                put_bytes(payload);
            }
            Ok(None) => put_number(1),
            Err(error) => put_number(error.kind as u32),
        }
        let data = bytes(&mut input).len();
        let mask = Mask::new(number());
        let header =
            FrameHeader { mask: Some(mask), ..FrameHeader::new(Opcode::Binary, data as u64) };
        if let Ok(len) = header.encode(&mut output) {
            put_bytes(output.get(..len).unwrap_or_default());
        }
        let payload = input.get_mut(..data).unwrap_or_default();
        mask.apply(payload, 0);
        put_bytes(payload);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
