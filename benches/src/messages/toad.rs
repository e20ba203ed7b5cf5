//! toad-msg: `alloc::Message::try_from_bytes(&[u8])`, `try_into_bytes()` of a clone, since it takes the
//! message; built with `add`.

use toad_msg::alloc::Message;
use toad_msg::{
    Code, Id, MessageOptions, OptNumber, OptValue, Payload, Token, TryFromBytes, TryIntoBytes, Type,
};

use super::{Fixture, Peer};
use crate::visit::Visit;

pub struct Toad;

impl Peer for Toad {
    const NAME: &'static str = "toad-msg";
    type Message = Message;

    fn new() -> Self {
        Self
    }

    #[inline(always)]
    fn decode<V: Visit>(&mut self, datagram: &'static [u8], v: &mut V) {
        let message = Message::try_from_bytes(datagram).unwrap();
        v.number(match message.ty {
            Type::Con => 0,
            Type::Non => 1,
            Type::Ack => 2,
            Type::Reset => 3,
        });
        v.number(u8::from(message.code).into());
        v.number(message.id.0.into());
        v.bytes(&message.token.0);
        for (number, values) in &message.opts {
            for value in values {
                v.number(number.0.into());
                v.bytes(&value.0);
            }
        }
        v.bytes(&message.payload.0);
    }

    #[inline(always)]
    fn message(&mut self, fixture: &'static Fixture) -> Message {
        let message_type = match fixture.message_type {
            0 => Type::Con,
            1 => Type::Non,
            2 => Type::Ack,
            _ => Type::Reset,
        };
        let token = Token(fixture.token.try_into().unwrap());
        let mut message =
            Message::new(message_type, Code::from(fixture.code), Id(fixture.message_id), token);
        for (number, value) in fixture.options {
            let value = OptValue(value.to_vec());
            message = message.add(OptNumber((*number).into()), value).unwrap();
        }
        message.set_payload(Payload(fixture.payload.to_vec()));
        message
    }

    #[inline(always)]
    fn encode<R>(&mut self, message: &Message, then: impl FnOnce(&[u8]) -> R) -> R {
        then(&message.clone().try_into_bytes::<Vec<u8>>().unwrap())
    }

    #[inline(always)]
    fn build<R>(&mut self, fixture: &'static Fixture, then: impl FnOnce(&[u8]) -> R) -> R {
        then(&self.message(fixture).try_into_bytes::<Vec<u8>>().unwrap())
    }
}
