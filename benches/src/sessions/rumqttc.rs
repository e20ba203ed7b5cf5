//! rumqttc: `Packet::read(&mut BytesMut, max)`, `MqttState::handle_incoming_packet`,
//! `MqttState::handle_outgoing_packet`, `Packet::write(&mut BytesMut, max)`, as its event loop calls
//! them; events out of `MqttState::events`. It acknowledges by itself. A client only; a message is
//! cloned from one that is ready.

use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::{QoS as QoS5, v5};
use rumqttc::{MqttState, mqttbytes::QoS, mqttbytes::v4};

use super::{CONNACK, IN_FLIGHT, Peer, of_version};
use crate::fixture::{PAYLOAD, TOPIC};
use crate::visit::{Sum, Visit};

const MAX: u32 = 1 << 20;

pub struct V4 {
    state: MqttState,
    message: v4::Publish,
    input: BytesMut,
    out: BytesMut,
}

impl Peer for V4 {
    const NAME: &'static str = "rumqttc";
    const VERSIONS: &'static [u8] = &[3];

    fn client(_: u8) -> Self {
        // CONNACK is its event loop's.
        let payload = Bytes::from_static(PAYLOAD);
        Self {
            state: MqttState::new(IN_FLIGHT as u16, false),
            message: v4::Publish::from_bytes(TOPIC, QoS::AtMostOnce, payload),
            input: BytesMut::with_capacity(8192),
            out: BytesMut::with_capacity(2048),
        }
    }

    #[inline(always)]
    fn publish(&mut self, qos: u8, _: u32) {
        let qos = match qos {
            0 => QoS::AtMostOnce,
            1 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        };
        let message = v4::Publish { qos, ..self.message.clone() };
        let request = rumqttc::Request::Publish(message);
        let packet = self.state.handle_outgoing_packet(request).unwrap().unwrap();
        packet.write(&mut self.out, MAX as usize).unwrap();
    }

    #[inline(always)]
    fn take<V: Visit>(&mut self, input: &[u8], v: &mut V) {
        self.input.extend_from_slice(input);
        while !self.input.is_empty() {
            let packet = v4::Packet::read(&mut self.input, MAX as usize).unwrap();
            if let Some(answer) = self.state.handle_incoming_packet(packet).unwrap() {
                answer.write(&mut self.out, MAX as usize).unwrap();
            }
        }
        while let Some(event) = self.state.events.pop_front() {
            match event {
                rumqttc::Event::Incoming(v4::Packet::Publish(publish)) => {
                    v.number(publish.qos as u64);
                    v.text(&publish.topic);
                    v.bytes(&publish.payload);
                }
                rumqttc::Event::Incoming(v4::Packet::PubAck(_) | v4::Packet::PubComp(_)) => {
                    v.number(1)
                }
                _ => {}
            }
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

pub struct V5 {
    state: rumqttc::v5::MqttState,
    message: v5::Publish,
    input: BytesMut,
    out: BytesMut,
}

impl Peer for V5 {
    const NAME: &'static str = "rumqttc";
    const VERSIONS: &'static [u8] = &[5];

    fn client(version: u8) -> Self {
        let payload = Bytes::from_static(PAYLOAD);
        let mut client = Self {
            state: rumqttc::v5::MqttState::new(IN_FLIGHT as u16, false),
            message: v5::Publish::new(TOPIC, QoS5::AtMostOnce, payload, None),
            input: BytesMut::with_capacity(8192),
            out: BytesMut::with_capacity(2048),
        };
        client.take(of_version(CONNACK, version), &mut Sum(0));
        client
    }

    #[inline(always)]
    fn publish(&mut self, qos: u8, _: u32) {
        let mut message = self.message.clone();
        message.qos = match qos {
            0 => QoS5::AtMostOnce,
            1 => QoS5::AtLeastOnce,
            _ => QoS5::ExactlyOnce,
        };
        let request = rumqttc::v5::Request::Publish(message);
        let packet = self.state.handle_outgoing_packet(request).unwrap().unwrap();
        packet.write(&mut self.out, Some(MAX)).unwrap();
    }

    #[inline(always)]
    fn take<V: Visit>(&mut self, input: &[u8], v: &mut V) {
        self.input.extend_from_slice(input);
        while !self.input.is_empty() {
            let packet = v5::Packet::read(&mut self.input, Some(MAX)).unwrap();
            if let Some(answer) = self.state.handle_incoming_packet(packet).unwrap() {
                answer.write(&mut self.out, Some(MAX)).unwrap();
            }
        }
        while let Some(event) = self.state.events.pop_front() {
            match event {
                rumqttc::v5::Event::Incoming(v5::Packet::Publish(publish)) => {
                    v.number(publish.qos as u64);
                    v.bytes(&publish.topic);
                    v.bytes(&publish.payload);
                }
                rumqttc::v5::Event::Incoming(v5::Packet::PubAck(_) | v5::Packet::PubComp(_)) => {
                    v.number(1)
                }
                _ => {}
            }
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
