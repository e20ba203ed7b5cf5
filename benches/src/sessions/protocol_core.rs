//! mqtt-protocol-core: `Connection::recv(&mut Cursor<&[u8]>)`, `Connection::send`, each of which gives
//! a new `Vec` of events; what they ask to send is written with `to_continuous_buffer()`. It
//! acknowledges by itself, and asks to store nothing, since the session ends with the connection.

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::role::{self, RoleType};
use mqtt_protocol_core::mqtt::connection::{Connection, Event};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, Qos, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, ConnectReturnCode};
use mqtt_protocol_core::mqtt::{Arc, Version};

use super::{CONNACK, CONNECT, Peer, ServerPeer, of_version};
use crate::fixture::{PAYLOAD, TOPIC};
use crate::visit::{Sum, Visit};

pub struct Both<R: RoleType> {
    connection: Connection<R>,
    version: u8,
    payload: Arc<[u8]>,
    out: Vec<u8>,
}

pub type Client = Both<role::Client>;

impl<R: RoleType> Both<R> {
    fn new(version: u8) -> Self {
        let spoken = if version == 3 { Version::V3_1_1 } else { Version::V5_0 };
        let mut connection = Connection::new(spoken);
        connection.set_auto_pub_response(true);
        let out = Vec::with_capacity(2048);
        Self { connection, version, payload: Arc::from(&PAYLOAD[..]), out }
    }

    #[inline(always)]
    fn send(&mut self, packet: Packet) {
        let events = self.connection.send(packet);
        self.happened(events, &mut Sum(0));
    }

    #[inline(always)]
    fn happened<V: Visit>(&mut self, events: Vec<Event>, v: &mut V) {
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => {
                    self.out.extend_from_slice(&packet.to_continuous_buffer());
                }
                Event::NotifyPacketReceived(Packet::V3_1_1Publish(publish)) => {
                    v.number(publish.qos() as u64);
                    v.text(publish.topic_name());
                    v.bytes(publish.payload().as_slice());
                }
                Event::NotifyPacketReceived(Packet::V5_0Publish(publish)) => {
                    v.number(publish.qos() as u64);
                    v.text(publish.topic_name());
                    v.bytes(publish.payload().as_slice());
                }
                Event::NotifyPacketIdReleased(_) => v.number(1),
                Event::NotifyError(error) => panic!("{error:?}"),
                _ => {}
            }
        }
    }
}

impl ServerPeer for Client {
    type Server = Both<role::Server>;

    fn server(version: u8) -> Self::Server {
        let mut server = Both::new(version);
        server.take(of_version(CONNECT, version), &mut Sum(0));
        server.send(match version {
            3 => {
                let connack = v3_1_1::Connack::builder().session_present(false);
                connack.return_code(ConnectReturnCode::Accepted).build().unwrap().into()
            }
            _ => {
                let connack = v5_0::Connack::builder().session_present(false);
                connack.reason_code(ConnectReasonCode::Success).build().unwrap().into()
            }
        });
        server.sent();
        server
    }
}

impl<R: RoleType + 'static> Peer for Both<R> {
    const NAME: &'static str = "mqtt-protocol-core";
    const VERSIONS: &'static [u8] = &[3, 5];

    fn client(version: u8) -> Self {
        let mut client = Self::new(version);
        client.send(match version {
            3 => {
                let connect = v3_1_1::Connect::builder().client_id("c").unwrap();
                connect.clean_session(true).keep_alive(60).build().unwrap().into()
            }
            _ => {
                let connect = v5_0::Connect::builder().client_id("c").unwrap();
                connect.clean_start(true).keep_alive(60).build().unwrap().into()
            }
        });
        client.sent();
        client.take(of_version(CONNACK, version), &mut Sum(0));
        client
    }

    #[inline(always)]
    fn publish(&mut self, qos: u8, _: u32) {
        let qos = match qos {
            0 => Qos::AtMostOnce,
            1 => Qos::AtLeastOnce,
            _ => Qos::ExactlyOnce,
        };
        let payload = self.payload.clone();
        let id = (qos != Qos::AtMostOnce).then(|| self.connection.acquire_packet_id().unwrap());
        let packet: Packet = match self.version {
            3 => {
                let publish = v3_1_1::Publish::builder().topic_name(TOPIC).unwrap();
                let publish = publish.qos(qos).payload(payload);
                let publish = if let Some(id) = id { publish.packet_id(id) } else { publish };
                publish.build().unwrap().into()
            }
            _ => {
                let publish = v5_0::Publish::builder().topic_name(TOPIC).unwrap();
                let publish = publish.qos(qos).payload(payload);
                let publish = if let Some(id) = id { publish.packet_id(id) } else { publish };
                publish.build().unwrap().into()
            }
        };
        self.send(packet);
    }

    #[inline(always)]
    fn take<V: Visit>(&mut self, input: &[u8], v: &mut V) {
        let mut cursor = Cursor::new(input);
        while (cursor.position() as usize) < input.len() {
            let events = self.connection.recv(&mut cursor);
            self.happened(events, v);
        }
    }

    #[inline(always)]
    fn written(&self) -> &[u8] {
        &self.out
    }

    #[inline(always)]
    fn sent(&mut self) {
        self.out.clear();
    }
}
