//! mountain-mqtt: `MqttBufReader::get::<PacketGeneric<8, 8, 8>>()`, `Write::write`. The texts of its
//! CONNECT and SUBSCRIBE are private, so they are decoded but not visited.

use std::hint::black_box;

use mountain_mqtt::codec::mqtt_reader::{MqttBufReader, MqttReader};
use mountain_mqtt::codec::mqtt_writer::MqttBufWriter;
use mountain_mqtt::codec::write::Write;
use mountain_mqtt::data::packet_identifier::PublishPacketIdentifier;
use mountain_mqtt::data::property::{ConnectProperty, Property, PublishProperty};
use mountain_mqtt::packets::packet_generic::PacketGeneric;

use crate::cell::Peer;
use crate::visit::Visit;

type Packet = PacketGeneric<'static, 8, 8, 8>;

pub struct Mountain {
    out: [u8; 512],
}

impl Peer for Mountain {
    const NAME: &'static str = "mountain-mqtt";
    const VERSIONS: &'static [u8] = &[5];
    const HIDES_FIELDS: bool = true;
    type Packet = Packet;

    fn new(_: u8) -> Self {
        Self { out: [0; 512] }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        match &MqttBufReader::new(frame).get::<Packet>() {
            Ok(PacketGeneric::Publish(publish)) => {
                v.number(publish.qos() as u64);
                v.number(match publish.publish_packet_identifier() {
                    PublishPacketIdentifier::None => 0,
                    PublishPacketIdentifier::Qos1(id) | PublishPacketIdentifier::Qos2(id) => {
                        id.0.into()
                    }
                });
                v.text(publish.topic_name());
                v.bytes(publish.payload());
                if PROPERTIES {
                    for property in publish.properties() {
                        match property {
                            PublishProperty::PayloadFormatIndicator(p) => {
                                v.number(p.value().into());
                            }
                            PublishProperty::MessageExpiryInterval(p) => {
                                v.number(p.value().into());
                            }
                            PublishProperty::ContentType(p) => v.text(p.value()),
                            PublishProperty::ResponseTopic(p) => v.text(p.value()),
                            PublishProperty::UserProperty(p) => {
                                v.text(p.value().name());
                                v.text(p.value().value());
                            }
                            other => panic!("{other:?}"),
                        }
                    }
                }
            }
            Ok(PacketGeneric::Connect(connect)) => {
                black_box(connect);
                v.number(connect.keep_alive().into());
                v.number(connect.clean_start().into());
                for property in &connect.properties {
                    match property {
                        ConnectProperty::SessionExpiryInterval(p) => v.number(p.value().into()),
                        ConnectProperty::ReceiveMaximum(p) => v.number(p.value().into()),
                        other => panic!("{other:?}"),
                    }
                }
            }
            Ok(PacketGeneric::Subscribe(subscribe)) => {
                black_box(subscribe);
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> Packet {
        MqttBufReader::new(frame).get().unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Packet, then: impl FnOnce(&[u8]) -> R) -> R {
        let mut writer = MqttBufWriter::new(&mut self.out);
        match packet {
            PacketGeneric::Publish(publish) => publish.write(&mut writer),
            PacketGeneric::Connect(connect) => connect.write(&mut writer),
            PacketGeneric::Subscribe(subscribe) => subscribe.write(&mut writer),
            other => panic!("{other:?}"),
        }
        .unwrap();
        let len = writer.position();
        then(&self.out[..len])
    }
}
