//! websocket-sans-io: `apply_mask`; `WebsocketFrameDecoder::add_data(&mut [u8])`, which is called for
//! header, payload and end of a frame.

use websocket_sans_io::{WebsocketFrameDecoder, WebsocketFrameEvent, apply_mask};

use super::{Decode, Unmask};
use crate::visit::Visit;

pub struct SansIo {
    bytes: Vec<u8>,
    decoder: WebsocketFrameDecoder,
}

impl Unmask for SansIo {
    const NAME: &'static str = "websocket-sans-io";

    fn new(_: &'static [u8]) -> Self {
        Self { bytes: Vec::new(), decoder: WebsocketFrameDecoder::new() }
    }

    #[inline(always)]
    fn unmask(&mut self, data: &mut [u8], key: [u8; 4], position: usize) {
        apply_mask(key, data, position as u8 & 3);
    }
}

impl Decode for SansIo {
    const NAME: &'static str = "websocket-sans-io";

    fn new(wire: &'static [u8]) -> Self {
        Self { bytes: wire.to_vec(), decoder: WebsocketFrameDecoder::new() }
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut rest = &mut self.bytes[..];
        loop {
            let given = self.decoder.add_data(rest).unwrap();
            let (taken, behind) = rest.split_at_mut(given.consumed_bytes);
            match given.event {
                Some(WebsocketFrameEvent::Start { original_opcode, .. }) => {
                    v.number(original_opcode as u64);
                }
                Some(WebsocketFrameEvent::PayloadChunk { .. }) => v.bytes(taken),
                Some(WebsocketFrameEvent::End { .. }) if behind.is_empty() => return,
                _ => {}
            }
            rest = behind;
        }
    }
}
