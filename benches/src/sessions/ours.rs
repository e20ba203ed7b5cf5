//! mqtt-codec: `session::Client` and `session::Server`, called as their documentation says: input until
//! it is taken, then `poll_transmit` until there is nothing, then `poll_event`.

use mqtt_codec::session::{self, Event, Message, Session, Settings, Side};
use mqtt_codec::{Connack, Connect, Properties, QoS, ReasonCode, Text, TopicName, Version};

use super::{CONNACK, CONNECT, Peer, ServerPeer, of_version};
use crate::fixture::{PAYLOAD, TOPIC};
use crate::visit::{Sum, Visit};

const NAME: TopicName<'_> = TopicName::from_static(TOPIC);
const ROOM: usize = 16;
const NOW_MS: u64 = 1000;

pub struct Both<S> {
    session: Session<'static, S, ROOM>,
    out: [u8; 2048],
    len: usize,
}

pub type Client = Both<session::ClientSide>;

impl ServerPeer for Client {
    type Server = Both<session::ServerSide>;

    fn server(version: u8) -> Self::Server {
        let mut session = session::Server::new(Settings::DEFAULT, NOW_MS);
        session.handle_input(of_version(CONNECT, version), NOW_MS).unwrap();
        let announcements = session.announcements();
        let mut connack = Connack::new(false, ReasonCode::SUCCESS);
        if version == 5 {
            connack.properties = Properties::new(&announcements);
        }
        let mut out = [0; 2048];
        session.accept(&connack, NOW_MS, &mut out).unwrap();
        Both { session, out, len: 0 }
    }
}

impl Peer for Client {
    const NAME: &'static str = "mqtt-codec";
    const VERSIONS: &'static [u8] = &[3, 5];

    fn client(version: u8) -> Self {
        let spoken = if version == 3 { Version::V3 } else { Version::V5 };
        let mut session = session::Client::new(spoken, Settings::DEFAULT);
        let announcements = session.announcements();
        let mut connect = Connect::new(spoken, Text::from_static("c"));
        connect.keep_alive = 60;
        if version == 5 {
            connect.properties = Properties::new(&announcements);
        }
        let mut out = [0; 2048];
        session.connect(&connect, NOW_MS, &mut out).unwrap();
        let mut client = Self { session, out, len: 0 };
        client.take(of_version(CONNACK, version), &mut Sum(0));
        client
    }

    #[inline(always)]
    fn publish(&mut self, qos: u8, handle: u32) {
        let qos = match qos {
            0 => QoS::AtMostOnce,
            1 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        };
        let message = Message::new(NAME, qos, PAYLOAD);
        let out = &mut self.out[self.len..];
        self.len += self.session.publish(&message, handle, NOW_MS, out).unwrap();
    }

    #[inline(always)]
    fn take<V: Visit>(&mut self, input: &[u8], v: &mut V) {
        take(self, input, v);
    }

    #[inline(always)]
    fn written(&self) -> &[u8] {
        &self.out[..self.len]
    }

    #[inline(always)]
    fn sent(&mut self) {
        self.len = 0;
    }
}

impl Peer for Both<session::ServerSide> {
    const NAME: &'static str = "mqtt-codec";
    const VERSIONS: &'static [u8] = &[3, 5];

    fn client(_: u8) -> Self {
        unreachable!("a server")
    }

    fn publish(&mut self, _: u8, _: u32) {
        unreachable!("a server that receives")
    }

    #[inline(always)]
    fn take<V: Visit>(&mut self, input: &[u8], v: &mut V) {
        take(self, input, v);
    }

    #[inline(always)]
    fn written(&self) -> &[u8] {
        &self.out[..self.len]
    }

    #[inline(always)]
    fn sent(&mut self) {
        self.len = 0;
    }
}

#[inline(always)]
fn take<S: Side, V: Visit>(both: &mut Both<S>, mut input: &[u8], v: &mut V) {
    let Both { session, out, len } = both;
    loop {
        let (taken, event) = session.handle_input(input, NOW_MS).unwrap();
        input = &input[taken..];
        match event {
            Some(Event::Publish { publish, receipt }) => {
                v.number(publish.delivery.qos() as u64);
                v.bytes(publish.topic.as_bytes());
                v.bytes(publish.payload);
                if let Some(receipt) = receipt {
                    session.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
                }
            }
            Some(Event::Done { .. }) => v.number(1),
            Some(_) => {}
            None if taken == 0 => break,
            None => {}
        }
    }
    while let Some(written) = session.poll_transmit(NOW_MS, &mut out[*len..]).unwrap() {
        *len += written;
    }
    assert!(input.is_empty() && session.poll_event().is_none());
}
