//! mqtt-protocol-core: `Publish::parse(flags, Arc<[u8]>)` (the body is copied into the `Arc`),
//! `Connect::parse(&[u8])`, `Subscribe::parse(&[u8])`, `to_continuous_buffer()` (a new `Vec`). Its
//! parsers begin behind the fixed header, which is read with its `VariableByteInteger`.

use std::sync::Arc;

use mqtt_protocol_core::mqtt::packet::{DecodeResult, Property, VariableByteInteger, v3_1_1, v5_0};

use crate::cell::Peer;
use crate::visit::Visit;

pub struct V3;

pub enum Packet3 {
    Publish(v3_1_1::Publish),
    Connect(v3_1_1::Connect),
    Subscribe(v3_1_1::Subscribe),
}

/// Type, flags, and what is behind the fixed header.
#[inline(always)]
fn split(frame: &[u8]) -> (u8, u8, &[u8]) {
    match VariableByteInteger::decode_stream(&frame[1..]) {
        DecodeResult::Ok(len, used) => {
            let start = 1 + used;
            (frame[0] >> 4, frame[0] & 0x0F, &frame[start..start + len.to_u32() as usize])
        }
        _ => panic!("not a frame"),
    }
}

impl Peer for V3 {
    const NAME: &'static str = "mqtt-protocol-core";
    const VERSIONS: &'static [u8] = &[3];
    type Packet = Packet3;

    fn new(_: u8) -> Self {
        Self
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        let (packet_type, flags, body) = split(frame);
        match packet_type {
            3 => {
                let (publish, _) = &v3_1_1::Publish::parse(flags, Arc::from(body)).unwrap();
                v.number(publish.qos() as u64);
                v.number(publish.packet_id().unwrap().into());
                v.text(publish.topic_name());
                v.bytes(publish.payload().as_slice());
            }
            1 => {
                let (connect, _) = &v3_1_1::Connect::parse(body).unwrap();
                v.number(connect.keep_alive().into());
                v.number(connect.clean_session().into());
                v.text(connect.client_id());
                v.text(connect.user_name().unwrap());
                v.bytes(connect.password().unwrap());
            }
            8 => {
                let (subscribe, _) = &v3_1_1::Subscribe::parse(body).unwrap();
                v.number(subscribe.packet_id().into());
                for entry in subscribe.entries() {
                    v.text(entry.topic_filter());
                    v.number(entry.sub_opts().qos() as u64);
                }
            }
            other => panic!("{other}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> Packet3 {
        let (packet_type, flags, body) = split(frame);
        match packet_type {
            3 => Packet3::Publish(v3_1_1::Publish::parse(flags, Arc::from(body)).unwrap().0),
            1 => Packet3::Connect(v3_1_1::Connect::parse(body).unwrap().0),
            _ => Packet3::Subscribe(v3_1_1::Subscribe::parse(body).unwrap().0),
        }
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Packet3, then: impl FnOnce(&[u8]) -> R) -> R {
        then(&match packet {
            Packet3::Publish(publish) => publish.to_continuous_buffer(),
            Packet3::Connect(connect) => connect.to_continuous_buffer(),
            Packet3::Subscribe(subscribe) => subscribe.to_continuous_buffer(),
        })
    }
}

pub struct V5;

pub enum Packet5 {
    Publish(v5_0::Publish),
    Connect(v5_0::Connect),
    Subscribe(v5_0::Subscribe),
}

impl Peer for V5 {
    const NAME: &'static str = "mqtt-protocol-core";
    const VERSIONS: &'static [u8] = &[5];
    type Packet = Packet5;

    fn new(_: u8) -> Self {
        Self
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        let (packet_type, flags, body) = split(frame);
        match packet_type {
            3 => {
                let (publish, _) = &v5_0::Publish::parse(flags, Arc::from(body)).unwrap();
                v.number(publish.qos() as u64);
                v.number(publish.packet_id().unwrap().into());
                v.text(publish.topic_name());
                v.bytes(publish.payload().as_slice());
                if PROPERTIES {
                    visit_properties(publish.props(), v);
                }
            }
            1 => {
                let (connect, _) = &v5_0::Connect::parse(body).unwrap();
                v.number(connect.keep_alive().into());
                v.number(connect.clean_start().into());
                visit_properties(connect.props(), v);
                v.text(connect.client_id());
                v.text(connect.user_name().unwrap());
                v.bytes(connect.password().unwrap());
            }
            8 => {
                let (subscribe, _) = &v5_0::Subscribe::parse(body).unwrap();
                v.number(subscribe.packet_id().into());
                for entry in subscribe.entries() {
                    v.text(entry.topic_filter());
                    v.number(entry.sub_opts().qos() as u64);
                }
            }
            other => panic!("{other}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> Packet5 {
        let (packet_type, flags, body) = split(frame);
        match packet_type {
            3 => Packet5::Publish(v5_0::Publish::parse(flags, Arc::from(body)).unwrap().0),
            1 => Packet5::Connect(v5_0::Connect::parse(body).unwrap().0),
            _ => Packet5::Subscribe(v5_0::Subscribe::parse(body).unwrap().0),
        }
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Packet5, then: impl FnOnce(&[u8]) -> R) -> R {
        then(&match packet {
            Packet5::Publish(publish) => publish.to_continuous_buffer(),
            Packet5::Connect(connect) => connect.to_continuous_buffer(),
            Packet5::Subscribe(subscribe) => subscribe.to_continuous_buffer(),
        })
    }
}

#[inline(always)]
fn visit_properties<V: Visit>(properties: &[Property], v: &mut V) {
    for property in properties {
        match property {
            Property::PayloadFormatIndicator(p) => v.number(p.val().into()),
            Property::MessageExpiryInterval(p) => v.number(p.val().into()),
            Property::ContentType(p) => v.text(p.val()),
            Property::ResponseTopic(p) => v.text(p.val()),
            Property::UserProperty(p) => {
                v.text(p.key());
                v.text(p.val());
            }
            Property::SessionExpiryInterval(p) => v.number(p.val().into()),
            Property::ReceiveMaximum(p) => v.number(p.val().into()),
            other => panic!("{other:?}"),
        }
    }
}
