//! edge-ws: `FrameHeader::deserialize(&[u8])` and `FrameHeader::mask_with(&mut [u8], key, offset)`.

use edge_ws::{FrameHeader, FrameType};

use super::{Decode, Unmask};
use crate::visit::Visit;

pub struct Edge {
    bytes: Vec<u8>,
}

impl Unmask for Edge {
    const NAME: &'static str = "edge-ws";

    fn new(_: &'static [u8]) -> Self {
        Self { bytes: Vec::new() }
    }

    #[inline(always)]
    fn unmask(&mut self, data: &mut [u8], key: [u8; 4], position: usize) {
        FrameHeader::mask_with(data, Some(u32::from_be_bytes(key)), position);
    }
}

impl Decode for Edge {
    const NAME: &'static str = "edge-ws";

    fn new(wire: &'static [u8]) -> Self {
        Self { bytes: wire.to_vec() }
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut rest = &mut self.bytes[..];
        while !rest.is_empty() {
            let (header, len) = FrameHeader::deserialize(rest).unwrap();
            let (payload, behind) = rest[len..].split_at_mut(header.payload_len as usize);
            header.mask(payload, 0);
            match header.frame_type {
                FrameType::Binary(false) => v.number(2),
                other => panic!("{other}"),
            }
            v.bytes(payload);
            rest = behind;
        }
    }
}
