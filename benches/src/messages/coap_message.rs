//! coap-message-implementations: `Message::new_from_slice(code, &[u8])`,
//! `MessageMut::new_in_slice(&mut code, &mut [u8])`, both behind header and token, which are read and
//! written here.

use coap_message::{MessageOption, MinimalWritableMessage, ReadableMessage};
use coap_message_implementations::inmemory::{Message, MessageMut};

use super::{Fixture, Peer};
use crate::visit::Visit;

pub struct InMemory {
    out: [u8; 256],
}

impl Peer for InMemory {
    const NAME: &'static str = "coap-message-implementations";
    type Message = &'static Fixture;

    fn new() -> Self {
        Self { out: [0; 256] }
    }

    #[inline(always)]
    fn decode<V: Visit>(&mut self, datagram: &'static [u8], v: &mut V) {
        let ([first, code, high, low], rest) = datagram.split_first_chunk().unwrap();
        let (token, tail) = rest.split_at((first & 0x0F).into());
        let message = Message::new_from_slice(*code, tail);
        v.number((first >> 4 & 3).into());
        v.number(message.code().into());
        v.number(u16::from_be_bytes([*high, *low]).into());
        v.bytes(token);
        for option in message.options() {
            v.number(option.number().into());
            v.bytes(option.value());
        }
        v.bytes(message.payload());
    }

    fn message(&mut self, fixture: &'static Fixture) -> &'static Fixture {
        fixture
    }

    /// It has no message that is not in a buffer: encoding is building.
    #[inline(always)]
    fn encode<R>(&mut self, message: &&'static Fixture, then: impl FnOnce(&[u8]) -> R) -> R {
        self.build(message, then)
    }

    #[inline(always)]
    fn build<R>(&mut self, fixture: &'static Fixture, then: impl FnOnce(&[u8]) -> R) -> R {
        let token_end = 4 + fixture.token.len();
        let (head, tail) = self.out.split_at_mut(token_end);
        let (header, token) = head.split_first_chunk_mut::<4>().unwrap();
        token.copy_from_slice(fixture.token);
        let [first, code, id @ ..] = header;
        *first = 1 << 6 | fixture.message_type << 4 | fixture.token.len() as u8;
        *id = fixture.message_id.to_be_bytes();
        let mut message = MessageMut::new_in_slice(code, tail);
        message.set_code(fixture.code);
        for (number, value) in fixture.options {
            message.add_option(*number, value).unwrap();
        }
        if !fixture.payload.is_empty() {
            message.set_payload(fixture.payload).unwrap();
        }
        let (len, _) = message.finish();
        then(&self.out[..token_end + len])
    }
}
