//! mqtt-proto: `Packet::decode(&[u8])`, `Packet::encode()` (a new `Vec`).

use mqtt_proto::{v3, v5};

use crate::cell::Peer;
use crate::visit::Visit;

pub struct V3;

impl Peer for V3 {
    const NAME: &'static str = "mqtt-proto";
    const VERSIONS: &'static [u8] = &[3];
    type Packet = v3::Packet;

    fn new(_: u8) -> Self {
        Self
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        match &v3::Packet::decode(frame) {
            Ok(Some(v3::Packet::Publish(publish))) => {
                v.number(publish.qos_pid.qos() as u64);
                v.number(publish.qos_pid.pid().map_or(0, |id| id.value().into()));
                v.text(&publish.topic_name);
                v.bytes(&publish.payload);
            }
            Ok(Some(v3::Packet::Connect(connect))) => {
                v.number(connect.keep_alive.into());
                v.number(connect.clean_session.into());
                v.text(&connect.client_id);
                v.text(connect.username.as_ref().unwrap());
                v.bytes(connect.password.as_ref().unwrap());
            }
            Ok(Some(v3::Packet::Subscribe(subscribe))) => {
                v.number(subscribe.pid.value().into());
                for (filter, qos) in &subscribe.topics {
                    v.text(filter);
                    v.number(*qos as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> v3::Packet {
        v3::Packet::decode(frame).unwrap().unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &v3::Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        then(packet.encode().unwrap().as_ref())
    }
}

pub struct V5;

impl Peer for V5 {
    const NAME: &'static str = "mqtt-proto";
    const VERSIONS: &'static [u8] = &[5];
    type Packet = v5::Packet;

    fn new(_: u8) -> Self {
        Self
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        match &v5::Packet::decode(frame) {
            Ok(Some(v5::Packet::Publish(publish))) => {
                v.number(publish.qos_pid.qos() as u64);
                v.number(publish.qos_pid.pid().map_or(0, |id| id.value().into()));
                v.text(&publish.topic_name);
                v.bytes(&publish.payload);
                if PROPERTIES {
                    let properties = &publish.properties;
                    v.number(properties.payload_is_utf8.unwrap().into());
                    v.number(properties.message_expiry_interval.unwrap().into());
                    v.text(properties.content_type.as_ref().unwrap());
                    v.text(properties.response_topic.as_ref().unwrap());
                    for property in &properties.user_properties {
                        v.text(&property.name);
                        v.text(&property.value);
                    }
                }
            }
            Ok(Some(v5::Packet::Connect(connect))) => {
                v.number(connect.keep_alive.into());
                v.number(connect.clean_start.into());
                v.number(connect.properties.session_expiry_interval.unwrap().into());
                v.number(connect.properties.receive_max.unwrap().into());
                v.text(&connect.client_id);
                v.text(connect.username.as_ref().unwrap());
                v.bytes(connect.password.as_ref().unwrap());
            }
            Ok(Some(v5::Packet::Subscribe(subscribe))) => {
                v.number(subscribe.pid.value().into());
                for (filter, options) in &subscribe.topics {
                    v.text(filter);
                    v.number(options.max_qos as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> v5::Packet {
        v5::Packet::decode(frame).unwrap().unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &v5::Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        then(packet.encode().unwrap().as_ref())
    }
}
