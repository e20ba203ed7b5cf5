//! http-lite: `Mask::apply`; `FrameHeader::decode` and `Mask::apply`; `Utf8::check`; and
//! `Session::handle_input`, which keeps all the rules of a connection.

use std::hint::black_box;

use http_lite::websocket::{
    Event, FrameHeader, Mask, Message, Opcode, Role, Session, Settings, Utf8,
};

use super::{Collect, Decode, Judge, Unmask};
use crate::visit::Visit;

pub struct Frames {
    bytes: Vec<u8>,
}

impl Unmask for Frames {
    const NAME: &'static str = "http-lite";

    fn new(_: &'static [u8]) -> Self {
        Self { bytes: Vec::new() }
    }

    #[inline(always)]
    fn unmask(&mut self, data: &mut [u8], key: [u8; 4], position: usize) {
        Mask::new(u32::from_be_bytes(key)).apply(data, position as u64);
    }
}

impl Decode for Frames {
    const NAME: &'static str = "http-lite";

    fn new(wire: &'static [u8]) -> Self {
        Self { bytes: wire.to_vec() }
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut rest = &mut self.bytes[..];
        while let Some((header, len)) = FrameHeader::decode(rest, Role::Client).unwrap() {
            let (payload, behind) = rest[len..].split_at_mut(header.len as usize);
            if let Some(mask) = header.mask {
                mask.apply(payload, 0);
            }
            v.number(header.opcode as u64);
            v.bytes(payload);
            rest = behind;
        }
    }
}

impl Judge for Frames {
    const NAME: &'static str = "http-lite";

    fn new(text: &'static [u8]) -> Self {
        Self { bytes: text.to_vec() }
    }

    #[inline(always)]
    fn is_text(&mut self) -> bool {
        let mut text = Utf8::new();
        text.check(&self.bytes).is_ok() && text.is_complete()
    }
}

impl Collect for Frames {
    const NAME: &'static str = "http-lite";

    fn new(wire: &'static [u8]) -> Self {
        Self { bytes: wire.to_vec() }
    }

    #[inline(always)]
    fn text<V: Visit>(&mut self, v: &mut V) {
        let (mut rest, mut text) = (&self.bytes[..], Utf8::new());
        loop {
            let (header, len) = FrameHeader::decode(rest, Role::Server).unwrap().unwrap();
            let (payload, behind) = rest[len..].split_at(header.len as usize);
            text.check(payload).unwrap();
            v.bytes(payload);
            if header.is_final {
                return assert!(text.is_complete() && behind.is_empty());
            }
            rest = behind;
        }
    }
}

pub struct Sessions {
    bytes: Vec<u8>,
    session: Session,
}

impl Decode for Sessions {
    const NAME: &'static str = "http-lite, Session";

    fn new(wire: &'static [u8]) -> Self {
        let session = black_box(Session::new(Role::Server, Settings::DEFAULT));
        Self { bytes: wire.to_vec(), session }
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut rest = &mut self.bytes[..];
        while !rest.is_empty() {
            let (taken, event) = self.session.handle_input(rest, 0).unwrap();
            match event {
                Some(Event::Data { message: Message::Binary, data, is_last: true, .. }) => {
                    v.number(Opcode::Binary as u64);
                    v.bytes(data);
                }
                event => panic!("{event:?}"),
            }
            rest = &mut rest[taken..];
        }
    }
}

impl Collect for Sessions {
    const NAME: &'static str = "http-lite, Session";

    fn new(wire: &'static [u8]) -> Self {
        let session = black_box(Session::new(Role::Client, Settings::DEFAULT));
        Self { bytes: wire.to_vec(), session }
    }

    #[inline(always)]
    fn text<V: Visit>(&mut self, v: &mut V) {
        let mut rest = &mut self.bytes[..];
        loop {
            let (taken, event) = self.session.handle_input(rest, 0).unwrap();
            let Some(Event::Data { message: Message::Text, data, is_last, .. }) = event else {
                panic!("{event:?}")
            };
            v.bytes(data);
            rest = &mut rest[taken..];
            if is_last {
                return assert!(rest.is_empty());
            }
        }
    }
}
