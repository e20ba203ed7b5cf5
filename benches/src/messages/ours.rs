//! coap-codec: `Codec::decode(&[u8])`, `Codec::encode(&Message, &mut [u8])` with a list of options;
//! built with `MessageMut`. The codec is a value that is not known when the program is built.

use std::hint::black_box;

use coap_codec::{
    CoapOption, Code, Codec, Message, MessageMut, OptionNumber, Options, Token, Type,
};

use super::{Fixture, Peer};
use crate::visit::Visit;

pub struct Ours {
    codec: Codec,
    out: [u8; 256],
}

impl Peer for Ours {
    const NAME: &'static str = "coap-codec";
    type Message = Message<'static>;

    fn new() -> Self {
        Self { codec: black_box(Codec::new()), out: [0; 256] }
    }

    #[inline(always)]
    fn decode<V: Visit>(&mut self, datagram: &'static [u8], v: &mut V) {
        let message = match &self.codec.decode(datagram) {
            Ok(message) => *message,
            Err(error) => panic!("{error}"),
        };
        v.number(message.message_type as u64);
        v.number(message.code.0.into());
        v.number(message.message_id.into());
        v.bytes(message.token.as_bytes());
        for option in message.options {
            v.number(option.number.0.into());
            v.bytes(option.value);
        }
        v.bytes(message.payload);
    }

    fn message(&mut self, fixture: &'static Fixture) -> Message<'static> {
        let options: Vec<_> = fixture
            .options
            .iter()
            .map(|(number, value)| CoapOption::new(OptionNumber(*number), value))
            .collect();
        Message::new(message_type(fixture), Code(fixture.code), fixture.message_id)
            .with_token(Token::new(fixture.token).unwrap())
            .with_options(Options::new(options.leak()))
            .with_payload(fixture.payload)
    }

    #[inline(always)]
    fn encode<R>(&mut self, message: &Message<'static>, then: impl FnOnce(&[u8]) -> R) -> R {
        let len = self.codec.encode(message, &mut self.out).unwrap();
        then(&self.out[..len])
    }

    #[inline(always)]
    fn build<R>(&mut self, fixture: &'static Fixture, then: impl FnOnce(&[u8]) -> R) -> R {
        let token = Token::new(fixture.token).unwrap();
        let code = Code(fixture.code);
        let mut message =
            MessageMut::new(&mut self.out, message_type(fixture), code, fixture.message_id, token)
                .unwrap();
        for (number, value) in fixture.options {
            message.insert(OptionNumber(*number), value).unwrap();
        }
        message.set_payload(fixture.payload).unwrap();
        then(message.as_bytes())
    }
}

#[inline(always)]
fn message_type(fixture: &Fixture) -> Type {
    match fixture.message_type {
        0 => Type::Confirmable,
        1 => Type::NonConfirmable,
        2 => Type::Acknowledgement,
        _ => Type::Reset,
    }
}
