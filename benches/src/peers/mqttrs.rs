//! mqttrs: `decode_slice(&[u8])`, `encode_slice(&Packet, &mut [u8])`.

use mqttrs::{Packet, decode_slice, encode_slice};

use crate::cell::Peer;
use crate::visit::Visit;

pub struct Mqttrs {
    out: [u8; 512],
}

impl Peer for Mqttrs {
    const NAME: &'static str = "mqttrs";
    const VERSIONS: &'static [u8] = &[3];
    type Packet = Packet<'static>;

    fn new(_: u8) -> Self {
        Self { out: [0; 512] }
    }

    #[inline(always)]
    fn decode<V: Visit, const PROPERTIES: bool>(&mut self, frame: &'static [u8], v: &mut V) {
        match &decode_slice(frame) {
            Ok(Some(Packet::Publish(publish))) => {
                v.number(publish.qospid.qos() as u64);
                v.number(publish.qospid.pid().map_or(0, |id| id.get().into()));
                v.text(publish.topic_name);
                v.bytes(publish.payload);
            }
            Ok(Some(Packet::Connect(connect))) => {
                v.number(connect.keep_alive.into());
                v.number(connect.clean_session.into());
                v.text(connect.client_id);
                v.text(connect.username.unwrap());
                v.bytes(connect.password.unwrap());
            }
            Ok(Some(Packet::Subscribe(subscribe))) => {
                v.number(subscribe.pid.get().into());
                for topic in &subscribe.topics {
                    v.text(&topic.topic_path);
                    v.number(topic.qos as u64);
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn packet(&mut self, frame: &'static [u8]) -> Packet<'static> {
        decode_slice(frame).unwrap().unwrap()
    }

    #[inline(always)]
    fn encode<R>(&mut self, packet: &Packet<'static>, then: impl FnOnce(&[u8]) -> R) -> R {
        let len = encode_slice(packet, &mut self.out).unwrap();
        then(&self.out[..len])
    }
}
