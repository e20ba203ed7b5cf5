//! mqtt-codec-kit: `VariablePacket::decode(&mut &[u8])`, `Encodable::encode(&mut Vec<u8>)` into a
//! `Vec` that is used again.

use mqtt_codec_kit::common::qos::QoSWithPacketIdentifier;
use mqtt_codec_kit::common::{Decodable, Encodable};
use mqtt_codec_kit::{v4, v5};

use crate::cell::Peer;
use crate::visit::Visit;

pub struct V4 {
    out: Vec<u8>,
}

#[inline(always)]
fn split(qos: QoSWithPacketIdentifier) -> (u64, u64) {
    match qos {
        QoSWithPacketIdentifier::Level0 => (0, 0),
        QoSWithPacketIdentifier::Level1(id) => (1, id.into()),
        QoSWithPacketIdentifier::Level2(id) => (2, id.into()),
    }
}

impl Peer for V4 {
    const NAME: &'static str = "mqtt-codec-kit";
    const VERSIONS: &'static [u8] = &[3];
    type Packet = v4::packet::VariablePacket;

    fn new(_: u8) -> Self {
        Self { out: Vec::with_capacity(512) }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, mut frame: &'static [u8], v: &mut V) {
        use v4::packet::VariablePacket as Packet;
        match &Packet::decode(&mut frame) {
            Ok(Packet::PublishPacket(publish)) => {
                let (qos, id) = split(publish.qos());
                v.number(qos);
                v.number(id);
                v.text(publish.topic_name());
                v.bytes(publish.payload());
            }
            Ok(Packet::ConnectPacket(connect)) => {
                v.number(connect.keep_alive().into());
                v.number(connect.clean_session().into());
                v.text(connect.client_identifier());
                v.text(connect.username().unwrap());
                v.text(connect.password().unwrap());
            }
            Ok(Packet::SubscribePacket(subscribe)) => {
                v.number(subscribe.packet_identifier().into());
                for (filter, qos) in subscribe.subscribes() {
                    v.text(filter);
                    v.number(*qos as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, mut frame: &'static [u8]) -> Self::Packet {
        v4::packet::VariablePacket::decode(&mut frame).unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Self::Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        self.out.clear();
        packet.encode(&mut self.out).unwrap();
        then(&self.out)
    }
}

pub struct V5 {
    out: Vec<u8>,
}

impl Peer for V5 {
    const NAME: &'static str = "mqtt-codec-kit";
    const VERSIONS: &'static [u8] = &[5];
    type Packet = v5::packet::VariablePacket;

    fn new(_: u8) -> Self {
        Self { out: Vec::with_capacity(512) }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, mut frame: &'static [u8], v: &mut V) {
        use v5::packet::VariablePacket as Packet;
        match &Packet::decode(&mut frame) {
            Ok(Packet::PublishPacket(publish)) => {
                let (qos, id) = split(publish.qos());
                v.number(qos);
                v.number(id);
                v.text(publish.topic_name());
                v.bytes(publish.payload());
                if PROPERTIES {
                    let properties = publish.properties();
                    v.number(properties.payload_format_indicator().unwrap().into());
                    v.number(properties.message_expiry_interval().unwrap().into());
                    v.text(properties.content_type().as_ref().unwrap());
                    v.text(properties.response_topic().as_ref().unwrap());
                    for (name, value) in properties.user_properties() {
                        v.text(name);
                        v.text(value);
                    }
                }
            }
            Ok(Packet::ConnectPacket(connect)) => {
                v.number(connect.keep_alive().into());
                v.number(connect.clean_session().into());
                let properties = connect.properties();
                v.number(properties.session_expiry_interval().unwrap().into());
                v.number(properties.receive_maximum().unwrap().into());
                v.text(connect.client_identifier());
                v.text(connect.username().unwrap());
                v.text(connect.password().unwrap());
            }
            Ok(Packet::SubscribePacket(subscribe)) => {
                v.number(subscribe.packet_identifier().into());
                for (filter, options) in subscribe.subscribes() {
                    v.text(filter);
                    v.number(options.qos() as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, mut frame: &'static [u8]) -> Self::Packet {
        v5::packet::VariablePacket::decode(&mut frame).unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Self::Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        self.out.clear();
        packet.encode(&mut self.out).unwrap();
        then(&self.out)
    }
}
