//! coap-lite: `Packet::from_bytes(&[u8])`, `Packet::to_bytes()`; built with `add_option`.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};

use super::{Fixture, Peer};
use crate::visit::Visit;

pub struct CoapLite;

impl Peer for CoapLite {
    const NAME: &'static str = "coap-lite";
    type Message = Packet;

    fn new() -> Self {
        Self
    }

    #[inline(always)]
    fn decode<V: Visit>(&mut self, datagram: &'static [u8], v: &mut V) {
        let packet = Packet::from_bytes(datagram).unwrap();
        v.number(match packet.header.get_type() {
            MessageType::Confirmable => 0,
            MessageType::NonConfirmable => 1,
            MessageType::Acknowledgement => 2,
            MessageType::Reset => 3,
        });
        v.number(u8::from(packet.header.code).into());
        v.number(packet.header.message_id.into());
        v.bytes(packet.get_token());
        for (number, values) in packet.options() {
            for value in values {
                v.number((*number).into());
                v.bytes(value);
            }
        }
        v.bytes(&packet.payload);
    }

    #[inline(always)]
    fn message(&mut self, fixture: &'static Fixture) -> Packet {
        let mut packet = Packet::new();
        packet.header.set_type(match fixture.message_type {
            0 => MessageType::Confirmable,
            1 => MessageType::NonConfirmable,
            2 => MessageType::Acknowledgement,
            _ => MessageType::Reset,
        });
        packet.header.code = MessageClass::from(fixture.code);
        packet.header.message_id = fixture.message_id;
        packet.set_token(fixture.token.to_vec());
        for (number, value) in fixture.options {
            packet.add_option(CoapOption::from(*number), value.to_vec());
        }
        packet.payload = fixture.payload.to_vec();
        packet
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        then(&packet.to_bytes().unwrap())
    }

    #[inline(always)]
    fn build<R>(&mut self, fixture: &'static Fixture, then: impl FnOnce(&[u8]) -> R) -> R {
        then(&self.message(fixture).to_bytes().unwrap())
    }
}
