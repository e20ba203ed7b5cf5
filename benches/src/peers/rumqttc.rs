//! rumqttc: `Packet::read(&mut BytesMut, max)`, `Packet::write(&mut BytesMut, max)` of its two
//! codecs. The frame is copied as for mqttbytes.

use bytes::BytesMut;
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;

use crate::cell::Peer;
use crate::visit::Visit;

pub struct V4 {
    input: BytesMut,
    out: BytesMut,
}

impl Peer for V4 {
    const NAME: &'static str = "rumqttc";
    const VERSIONS: &'static [u8] = &[3];
    type Packet = v4::Packet;

    fn new(_: u8) -> Self {
        Self { input: BytesMut::with_capacity(8192), out: BytesMut::with_capacity(512) }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        self.input.extend_from_slice(frame);
        match &v4::Packet::read(&mut self.input, 1 << 20) {
            Ok(v4::Packet::Publish(publish)) => {
                v.number(publish.qos as u64);
                v.number(publish.pkid.into());
                v.text(&publish.topic);
                v.bytes(&publish.payload);
            }
            Ok(v4::Packet::Connect(connect)) => {
                v.number(connect.keep_alive.into());
                v.number(connect.clean_session.into());
                v.text(&connect.client_id);
                let login = connect.login.as_ref().unwrap();
                v.text(&login.username);
                v.text(&login.password);
            }
            Ok(v4::Packet::Subscribe(subscribe)) => {
                v.number(subscribe.pkid.into());
                for filter in &subscribe.filters {
                    v.text(&filter.path);
                    v.number(filter.qos as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> v4::Packet {
        v4::Packet::read(&mut BytesMut::from(frame), 1 << 20).unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &v4::Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        self.out.clear();
        packet.write(&mut self.out, 1 << 20).unwrap();
        then(&self.out)
    }
}

pub struct V5 {
    input: BytesMut,
    out: BytesMut,
}

impl Peer for V5 {
    const NAME: &'static str = "rumqttc";
    const VERSIONS: &'static [u8] = &[5];
    type Packet = v5::Packet;

    fn new(_: u8) -> Self {
        Self { input: BytesMut::with_capacity(8192), out: BytesMut::with_capacity(512) }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        self.input.extend_from_slice(frame);
        match &v5::Packet::read(&mut self.input, Some(1 << 20)) {
            Ok(v5::Packet::Publish(publish)) => {
                v.number(publish.qos as u64);
                v.number(publish.pkid.into());
                v.bytes(&publish.topic);
                v.bytes(&publish.payload);
                if PROPERTIES {
                    let properties = publish.properties.as_ref().unwrap();
                    v.number(properties.payload_format_indicator.unwrap().into());
                    v.number(properties.message_expiry_interval.unwrap().into());
                    v.text(properties.content_type.as_ref().unwrap());
                    v.text(properties.response_topic.as_ref().unwrap());
                    for (name, value) in &properties.user_properties {
                        v.text(name);
                        v.text(value);
                    }
                }
            }
            Ok(v5::Packet::Connect(connect, _, login)) => {
                v.number(connect.keep_alive.into());
                v.number(connect.clean_start.into());
                let properties = connect.properties.as_ref().unwrap();
                v.number(properties.session_expiry_interval.unwrap().into());
                v.number(properties.receive_maximum.unwrap().into());
                v.text(&connect.client_id);
                let login = login.as_ref().unwrap();
                v.text(&login.username);
                v.text(&login.password);
            }
            Ok(v5::Packet::Subscribe(subscribe)) => {
                v.number(subscribe.pkid.into());
                for filter in &subscribe.filters {
                    v.text(&filter.path);
                    v.number(filter.qos as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> v5::Packet {
        v5::Packet::read(&mut BytesMut::from(frame), Some(1 << 20)).unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &v5::Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        self.out.clear();
        packet.write(&mut self.out, Some(1 << 20)).unwrap();
        then(&self.out)
    }
}
