//! mqtt-codec: `Codec::decode(&[u8])`, `Codec::encode(&Packet, &mut [u8])`. The codec is a value
//! that is not known when the program is built, as in a broker.

use std::hint::black_box;

use mqtt_codec::{Codec, Connect, List, Packet, Properties, Property, Publish, Subscribe, Version};

use crate::cell::Peer;
use crate::visit::Visit;

pub struct Ours {
    receiver: Codec,
    sender: Codec,
    out: [u8; 512],
}

impl Peer for Ours {
    const NAME: &'static str = "mqtt-codec";
    const VERSIONS: &'static [u8] = &[3, 5];
    type Packet = Packet<'static>;

    fn new(version: u8) -> Self {
        let version = if version == 3 { Version::V3 } else { Version::V5 };
        Self {
            receiver: black_box(Codec::server().with_version(version)),
            sender: black_box(Codec::client(version)),
            out: [0; 512],
        }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        match &self.receiver.decode(frame) {
            Ok(Some((Packet::Publish(publish), _))) => visit_publish::<V, PROPERTIES>(publish, v),
            Ok(Some((Packet::Connect(connect), _))) => visit_connect(connect, v),
            Ok(Some((Packet::Subscribe(subscribe), _))) => visit_subscribe(subscribe, v),
            other => panic!("{other:?}"),
        }
    }

    /// From values, as somebody writes it: what was decoded would be copied in one piece.
    fn packet(&mut self, frame: &'static [u8]) -> Packet<'static> {
        match self.receiver.decode(frame) {
            Ok(Some((Packet::Publish(publish), _))) => {
                Packet::Publish(Publish { properties: values(publish.properties), ..publish })
            }
            Ok(Some((Packet::Connect(connect), _))) => {
                Packet::Connect(Connect { properties: values(connect.properties), ..connect })
            }
            Ok(Some((Packet::Subscribe(subscribe), _))) => {
                let subscriptions: Vec<_> = subscribe.subscriptions.iter().collect();
                let subscriptions = List::new(subscriptions.leak());
                Packet::Subscribe(Subscribe { subscriptions, ..subscribe })
            }
            other => panic!("{other:?}"),
        }
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Packet<'static>, then: impl FnOnce(&[u8]) -> R) -> R {
        let len = self.sender.encode(packet, &mut self.out).unwrap();
        then(&self.out[..len])
    }
}

fn values(properties: Properties<'static>) -> Properties<'static> {
    let values: Vec<_> = properties.iter().collect();
    List::new(values.leak())
}

#[inline(always)]
fn visit_publish<V: Visit, const PROPERTIES: bool>(publish: &Publish<'_>, v: &mut V) {
    v.number(publish.delivery.qos() as u64);
    v.number(publish.delivery.packet_id().map_or(0, |id| id.get().into()));
    v.bytes(publish.topic.as_bytes());
    v.bytes(publish.payload);
    if PROPERTIES {
        for property in &publish.properties {
            match property {
                Property::PayloadFormatIndicator(is_text) => v.number(is_text.into()),
                Property::MessageExpiryInterval(secs) => v.number(secs.into()),
                Property::ContentType(text) => v.text(text.to_str()),
                Property::ResponseTopic(topic) => v.text(topic.to_str()),
                Property::UserProperty(name, value) => {
                    v.text(name.to_str());
                    v.text(value.to_str());
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[inline(always)]
fn visit_connect<V: Visit>(connect: &Connect<'_>, v: &mut V) {
    v.number(connect.keep_alive.into());
    v.number(connect.clean_start.into());
    for property in &connect.properties {
        match property {
            Property::SessionExpiryInterval(secs) => v.number(secs.into()),
            Property::ReceiveMaximum(n) => v.number(n.get().into()),
            other => panic!("{other:?}"),
        }
    }
    v.bytes(connect.client_id.as_bytes());
    v.bytes(connect.user_name.unwrap().as_bytes());
    v.bytes(connect.password.unwrap());
}

#[inline(always)]
fn visit_subscribe<V: Visit>(subscribe: &Subscribe<'_>, v: &mut V) {
    v.number(subscribe.id.get().into());
    for subscription in &subscribe.subscriptions {
        v.bytes(subscription.filter.as_bytes());
        v.number(subscription.options.qos as u64);
    }
}
