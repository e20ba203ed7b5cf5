//! The peer websocket-sans-io: frames in both directions. They may be cut anywhere; what a frame may be
//! is left to others.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use websocket_sans_io::{
    FrameInfo, Opcode, WebsocketFrameDecoder, WebsocketFrameEncoder, WebsocketFrameEvent,
};

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut input = [0; 256];
    let mut decoder = WebsocketFrameDecoder::new();
    let mut encoder = WebsocketFrameEncoder::new();
    loop {
        baseline();
        let len = bytes(&mut input).len();
        let piece = input.get_mut(..len).unwrap_or_default();
        match decoder.add_data(piece) {
            Ok(given) => {
                match given.event {
                    Some(WebsocketFrameEvent::Start { frame_info, .. }) => {
                        put_number(frame_info.opcode as u32);
                        put_number(frame_info.fin.into());
                        put_number(frame_info.payload_length as u32);
                    }
                    Some(WebsocketFrameEvent::PayloadChunk { .. }) => {
                        put_bytes(piece.get(..given.consumed_bytes).unwrap_or_default());
                    }
                    Some(WebsocketFrameEvent::End { .. }) => put_number(1),
                    None => {}
                }
                put_number(given.consumed_bytes as u32);
            }
            Err(_) => decoder = WebsocketFrameDecoder::new(),
        }
        let len = bytes(&mut input).len();
        let info = FrameInfo {
            opcode: Opcode::Binary,
            payload_length: len as u64,
            mask: Some(number().to_be_bytes()),
            fin: true,
            reserved: 0,
        };
        put_bytes(&encoder.start_frame(&info));
        let payload = input.get_mut(..len).unwrap_or_default();
        encoder.transform_frame_payload(payload);
        put_bytes(payload);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
