//! What goes out.

use heapless::Vec;

use super::aliases::Names;
use super::error::{SendError, Violation};
use super::event::Message;
use super::flow::{Sent, SentState};
use super::limits::{Limits, Refusal};
use super::machine::{Machine, State};
use super::sealed::Side;
use crate::ack::{Ack, AckKind};
use crate::codec::{Codec, Role, Version};
use crate::connack::Connack;
use crate::disconnect::Disconnect;
use crate::error::{EncodeError, ErrorKind};
use crate::grammar::BY_WORDS;
use crate::list::List;
use crate::packet::{IN_PLACE, Packet};
use crate::place::Place;
use crate::properties::Properties;
use crate::property::Property;
use crate::property_rules::TOPIC_ALIAS;
use crate::publish::{Delivery, PacketId, Publish, QoS};
use crate::reason_code::ReasonCode;
use crate::topic::TopicName;
use crate::varint;
use crate::writer::Storer;

impl<S: Side, const N: usize, const R: usize> Machine<'_, S, N, R> {
    /// Sends a packet that nothing is remembered of.
    pub(super) fn put(
        &mut self,
        packet: &Packet<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_turn()?;
        let len = self.encode(packet, out)?;
        self.last_sent = now_ms;
        Ok(len)
    }

    /// Within the peer's Maximum Packet Size; without Reason String and User Properties if it is too
    /// long with them, or they are not wanted.
    pub(super) fn encode(&self, packet: &Packet<'_>, out: &mut [u8]) -> Result<usize, SendError> {
        let properties = told_with(packet);
        let is_plain = properties.is_none_or(|properties| properties.is_empty());
        // [MQTT-3.1.2-29]: not about CONNACK and DISCONNECT.
        let is_wanted = self.peer.problem_information
            || matches!(packet, Packet::Connack(_) | Packet::Disconnect(_));
        if is_wanted || is_plain {
            match self.encode_within(packet, out) {
                Err(SendError::Refused(_)) => {}
                result => return result,
            }
        }
        match properties {
            Some(properties) if !is_plain => self.encode_terse(packet, properties, out),
            _ => Err(SendError::Refused(Refusal::PacketTooLarge)),
        }
    }

    /// Within the peer's Maximum Packet Size, as it is.
    fn encode_within(&self, packet: &Packet<'_>, out: &mut [u8]) -> Result<usize, SendError> {
        self.within(self.encode_as_is(packet, 0, out), 0)
    }

    /// The one place that encodes, so that it is inlined with its role.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn encode_as_is(
        &self,
        packet: &Packet<'_>,
        behind: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        self.codec().encode_before(packet, behind, out)
    }

    /// A PUBLISH, `behind` bytes of which the caller sends.
    #[inline]
    fn encode_publish(
        &self,
        publish: &Publish<'_>,
        behind: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        if IN_PLACE {
            return self.codec().encode_publish(publish, behind, out);
        }
        self.encode_as_is(&Packet::Publish(*publish), behind, out)
    }

    /// Without Reason String and User Properties. [MQTT-3.2.2-19] [MQTT-3.2.2-20] and their like
    #[inline(never)]
    fn encode_terse(
        &self,
        packet: &Packet<'_>,
        properties: Properties<'_>,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        // CONNACK may have 15 others, each once.
        let mut kept: Vec<Property<'_>, 16> = Vec::new();
        for property in properties.iter() {
            if !matches!(property, Property::ReasonString(_) | Property::UserProperty(..)) {
                let _ = kept.push(property);
            }
        }
        let mut packet = *packet;
        let properties = List::new(&kept);
        match &mut packet {
            Packet::Connack(packet) => packet.properties = properties,
            Packet::Ack(packet) => packet.properties = properties,
            Packet::Suback(packet) => packet.properties = properties,
            Packet::Unsuback(packet) => packet.properties = properties,
            Packet::Disconnect(packet) => packet.properties = properties,
            Packet::Auth(packet) => packet.properties = properties,
            _ => {}
        }
        self.encode_within(&packet, out)
    }

    /// Nothing can be sent within a payload, and nothing behind the end.
    fn check_turn(&self) -> Result<(), SendError> {
        if self.is_over() || self.payload_out > 0 { Err(SendError::OutOfTurn) } else { Ok(()) }
    }

    pub(super) fn check_connected(&self) -> Result<(), SendError> {
        if self.state == State::Connected { self.check_turn() } else { Err(SendError::OutOfTurn) }
    }

    /// Publishes a message, or with the length of its payload the head of one: how many bytes were written.
    pub(super) fn publish(
        &mut self,
        message: &Message<'_>,
        payload_len: Option<u32>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_connected()?;
        let (delivery, new) = match message.qos {
            QoS::AtMostOnce => (Delivery::AtMostOnce, None),
            qos => {
                let id = self.flow.next_id().ok_or(SendError::Full)?;
                if !self.may_go() {
                    return Err(SendError::Quota);
                }
                match qos {
                    QoS::ExactlyOnce => {
                        (Delivery::ExactlyOnce { id, dup: false }, Some((id, SentState::Pubrec)))
                    }
                    _ => (Delivery::AtLeastOnce { id, dup: false }, Some((id, SentState::Puback))),
                }
            }
        };
        let is_due = new.is_some() && self.settings.persistent;
        let len = match is_due {
            false => self.put_publish(message, delivery, payload_len, now_ms, out)?,
            true => self.check_publish(message, delivery, payload_len)?,
        };
        if let Some((id, state)) = new {
            self.flow.push(Sent { id, handle, state, is_due, counts: !is_due, dup: !is_due });
            self.changed();
        }
        Ok(len)
    }

    /// Sends what [`Event::Send`](super::Event::Send) asks for.
    pub(super) fn send(
        &mut self,
        message: &Message<'_>,
        payload_len: Option<u32>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_connected()?;
        if self.unsaved {
            return Err(SendError::Unsaved);
        }
        let due = self.next_due().filter(|sent| sent.handle == handle);
        let Some(Sent { id, state, dup, .. }) = due else { return Err(SendError::OutOfTurn) };
        let delivery = match state {
            SentState::Pubrec => Delivery::ExactlyOnce { id, dup },
            _ => Delivery::AtLeastOnce { id, dup },
        };
        if delivery.qos() != message.qos {
            return Err(SendError::OutOfTurn);
        }
        let len = self.put_publish(message, delivery, payload_len, now_ms, out)?;
        self.flow.was_sent(id);
        Ok(len)
    }

    /// A message that will not be sent: the peer does not take it.
    pub(super) fn forget(&mut self, handle: u32) -> Result<(), SendError> {
        let due = self.next_due().filter(|sent| sent.handle == handle);
        let Some(sent) = due else { return Err(SendError::OutOfTurn) };
        self.flow.forget(sent);
        self.changed();
        Ok(())
    }

    #[inline]
    fn check_message(&self, message: &Message<'_>) -> Result<(), SendError> {
        let properties = message.properties;
        if !properties.is_empty() && properties.topic_alias().is_some() {
            return Err(SendError::TopicAlias);
        }
        self.peer.check_message(message.qos, message.retain).map_err(SendError::Refused)
    }

    /// Would it be sent? Nothing is written.
    fn check_publish(
        &self,
        message: &Message<'_>,
        delivery: Delivery,
        payload_len: Option<u32>,
    ) -> Result<usize, SendError> {
        self.check_message(message)?;
        let publish = publish_of(message, delivery, payload_len);
        let behind = payload_len.unwrap_or(0);
        match self.within(self.encode_publish(&publish, behind, &mut []), behind) {
            Ok(_) | Err(SendError::BufferTooSmall { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Refuses what is longer than the peer takes. [MQTT-3.1.2-24] [MQTT-3.2.2-15]
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn within(&self, written: Result<usize, EncodeError>, behind: u32) -> Result<usize, SendError> {
        let limit = self.peer.maximum_packet_size as usize;
        match written {
            Ok(len) | Err(EncodeError::BufferTooSmall { needed: len })
                if len.saturating_add(behind as usize) > limit =>
            {
                Err(SendError::Refused(Refusal::PacketTooLarge))
            }
            result => Ok(result?),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn put_publish(
        &mut self,
        message: &Message<'_>,
        delivery: Delivery,
        payload_len: Option<u32>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_message(message)?;
        let publish = publish_of(message, delivery, payload_len);
        let (codec, behind) = (self.codec(), payload_len.unwrap_or(0));
        let written = match self.aliased {
            Some(put) if self.peer.topic_alias_maximum > 0 => {
                put(&mut self.outgoing, codec, &self.peer, publish, behind, out)
            }
            _ => self.encode_publish(&publish, behind, out),
        };
        let len = self.within(written, behind)?;
        (self.payload_out, self.last_sent) = (behind, now_ms);
        Ok(len)
    }

    /// Says that so many bytes of the announced payload were sent.
    pub(super) fn payload_sent(&mut self, len: u32, now_ms: u64) -> Result<(), SendError> {
        self.payload_out = self.payload_out.checked_sub(len).ok_or(SendError::OutOfTurn)?;
        self.last_sent = now_ms;
        Ok(())
    }

    pub(super) fn next_due(&self) -> Option<Sent> {
        self.flow.due().filter(|_| self.has_quota())
    }

    /// May a new message of QoS 1 or 2 go?
    pub(super) fn is_ready(&self) -> bool {
        self.check_connected().is_ok() && !self.flow.is_full() && self.may_go()
    }

    /// The peer takes another one, or it need not yet.
    fn may_go(&self) -> bool {
        self.settings.persistent || self.flow.due().is_none() && self.has_quota()
    }

    /// [MQTT-3.3.4-7]
    fn has_quota(&self) -> bool {
        // What was promised before goes first. Section 4.4
        self.flow.due_pubrel().is_none()
            && self.flow.unacknowledged() < usize::from(self.peer.receive_maximum)
    }

    /// SUBSCRIBE or UNSUBSCRIBE: the identifier to send it with.
    pub(super) fn request(
        &mut self,
        handle: u32,
        state: SentState,
        encode: impl FnOnce(&mut Self, PacketId) -> Result<usize, SendError>,
    ) -> Result<usize, SendError> {
        self.check_connected()?;
        let id = self.flow.next_id().ok_or(SendError::Full)?;
        let len = encode(self, id)?;
        self.flow.push(Sent { id, handle, state, is_due: false, counts: false, dup: false });
        Ok(len)
    }

    /// What the machine owes by itself.
    #[inline]
    pub(super) fn poll_transmit(
        &mut self,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        let owes = self.owed_end.is_some() || self.owed_answer.is_some() || self.owes_ping;
        if self.payload_out > 0 || !owes && self.flow.owes_nothing() {
            return Ok(None);
        }
        self.put_next(now_ms, out)
    }

    /// The first of what is owed.
    #[inline(never)]
    fn put_next(&mut self, now_ms: u64, out: &mut [u8]) -> Result<Option<usize>, SendError> {
        if let Some(reason) = self.owed_end {
            return self.put_end(reason, out);
        }
        if self.state != State::Connected || self.error.is_some() {
            return Ok(None);
        }
        // The disk may still know what PUBCOMP ends.
        let waits = |kind: AckKind| self.unsaved && kind == AckKind::Pubcomp;
        if let Some((kind, id)) = self.owed_answer.filter(|(kind, _)| !waits(*kind)) {
            let reason_code = match self.version() {
                Version::V3 => ReasonCode::SUCCESS,
                Version::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            };
            let len = self.put_owed(Ack { reason_code, ..Ack::new(kind, id) }, now_ms, out)?;
            self.owed_answer = None;
            return Ok(len);
        }
        if self.owes_ping {
            let ping = match S::ROLE {
                Role::Server => Packet::Pingresp,
                _ => Packet::Pingreq,
            };
            let len = self.put(&ping, now_ms, out);
            let len = self.owed(len, out)?;
            self.owes_ping = false;
            self.asked = Some(now_ms).filter(|_| S::ROLE != Role::Server);
            return Ok(len);
        }
        let is_half_known = self.payload_in > 0 && self.payload_is_known;
        if self.unsaved || is_half_known {
            return Ok(None); // what follows are promises, and answers to what is here to its end
        }
        if let Some((kind, received)) = self.flow.owed() {
            let reason_code = received.reason;
            let ack = Ack { reason_code, ..Ack::new(kind, received.id) };
            let len = self.put_owed(ack, now_ms, out)?;
            self.flow.owed_was_sent(kind, &received);
            return Ok(len);
        }
        if let Some(id) = self.flow.due_pubrel() {
            let len = self.put_owed(Ack::new(AckKind::Pubrel, id), now_ms, out)?;
            self.flow.set_due(id, false);
            return Ok(len);
        }
        Ok(None)
    }

    /// An acknowledgement; without its Reason Code where the peer takes that, but not one byte more. What
    /// is refused must be said with its reason.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn put_owed(
        &mut self,
        ack: Ack<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        // As most are, where flash is no matter; four bytes say the same in both versions.
        if BY_WORDS && ack.reason_code == ReasonCode::SUCCESS && self.peer.maximum_packet_size >= 4
        {
            let [high, low] = ack.id.get().to_be_bytes();
            let first = Packet::Ack(ack).first_byte();
            let Some((place, _)) = out.split_first_chunk_mut::<4>() else {
                return Err(SendError::BufferTooSmall { needed: 4 });
            };
            *place = [first, 2, high, low];
            self.last_sent = now_ms;
            return Ok(Some(4));
        }
        let len = match self.put(&Packet::Ack(ack), now_ms, out) {
            Err(SendError::Refused(_)) if self.owed_answer.is_some() => {
                self.put(&Packet::Ack(Ack::new(ack.kind, ack.id)), now_ms, out)
            }
            len => len,
        };
        self.owed(len, out)
    }

    /// A peer that does not take what must be said cannot go on.
    fn owed(
        &mut self,
        len: Result<usize, SendError>,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        match len {
            Err(SendError::Refused(_)) => {
                let error = self.violation(Violation::TooSmall);
                match self.owed_end {
                    Some(_) => self.put_end(error.reason_code(), out),
                    None => Ok(None),
                }
            }
            len => len.map(Some),
        }
    }

    /// The last packet: DISCONNECT, or the CONNACK of a server that refuses.
    #[inline(never)]
    fn put_end(&mut self, reason: ReasonCode, out: &mut [u8]) -> Result<Option<usize>, SendError> {
        let is_connack = self.state == State::Connecting && S::ROLE == Role::Server;
        let mut written = None;
        // Not every reason is one that this side may give.
        for reason in [reason, ReasonCode::UNSPECIFIED_ERROR] {
            let packet = match is_connack {
                true => Packet::Connack(Connack::new(false, reason)),
                false => Packet::Disconnect(Disconnect::new(reason)),
            };
            match self.encode(&packet, out) {
                Ok(len) => written = Some(len),
                Err(SendError::Invalid(_)) => continue,
                Err(SendError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
            break;
        }
        (self.owed_end, self.state) = (None, State::Over);
        Ok(written)
    }
}

/// Without its payload, if that follows.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn publish_of<'a>(
    message: &Message<'a>,
    delivery: Delivery,
    payload_len: Option<u32>,
) -> Publish<'a> {
    Publish {
        topic: message.topic,
        delivery,
        retain: message.retain,
        properties: message.properties,
        payload: if payload_len.is_none() { message.payload } else { &[] },
    }
}

/// How a PUBLISH is written where memory for names was lent.
pub(super) type Aliased =
    fn(&mut Names<'_>, Codec, &Limits, Publish<'_>, u32, &mut [u8]) -> Result<usize, EncodeError>;

/// With a Topic Alias if that is shorter, now or later. [MQTT-3.3.2-17]
///
/// Who lends no memory never names this function, and the linker leaves it out.
pub(super) fn put_aliased(
    names: &mut Names<'_>,
    codec: Codec,
    peer: &Limits,
    publish: Publish<'_>,
    behind: u32,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let topic = publish.topic;
    let Some(alias) = names.choose(topic.as_bytes(), peer.topic_alias_maximum) else {
        return codec.encode_publish(&publish, behind, out);
    };
    let aliased =
        Publish { topic: if alias.is_known { TopicName::EMPTY } else { topic }, ..publish };
    match encode_aliased(codec.role, &aliased, alias.number, behind, out) {
        Ok(len) | Err(EncodeError::BufferTooSmall { needed: len })
            if len.saturating_add(behind as usize) > peer.maximum_packet_size as usize =>
        {
            codec.encode_publish(&publish, behind, out) // three bytes less may do
        }
        Err(EncodeError::Invalid(_)) => codec.encode_publish(&publish, behind, out),
        Ok(len) => {
            names.was_sent(alias, topic.as_bytes());
            Ok(len)
        }
        error => error,
    }
}

/// A PUBLISH of 5.0 with a Topic Alias before the other properties, `behind` bytes of which the caller
/// sends.
fn encode_aliased(
    role: Role,
    publish: &Publish<'_>,
    alias: u16,
    behind: u32,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let others = publish.properties.measure(Version::V5, Place::publish(role));
    let properties = others.map_err(EncodeError::Invalid)?.saturating_add(3);
    let id = publish.delivery.packet_id();
    let body = publish.topic.as_bytes().len();
    let body = body
        .saturating_add(if id.is_some() { 4 } else { 2 })
        .saturating_add(varint::len(properties))
        .saturating_add(properties as usize)
        .saturating_add(publish.payload.len());
    let remaining_length = body.saturating_add(behind as usize);
    if properties > varint::MAX || remaining_length > varint::MAX as usize {
        return Err(EncodeError::Invalid(ErrorKind::PacketTooLarge));
    }
    let remaining_length = remaining_length as u32;
    let needed = body.saturating_add(1).saturating_add(varint::len(remaining_length));
    let Some((place, _)) = out.split_at_mut_checked(needed) else {
        return Err(EncodeError::BufferTooSmall { needed });
    };
    let mut w = Storer::store_in(place);
    w.u8(0x30 | publish.flags());
    w.varint(remaining_length);
    w.binary(publish.topic.as_bytes());
    if let Some(id) = id {
        w.u16(id.get());
    }
    w.varint(properties);
    w.u8(TOPIC_ALIAS);
    w.u16(alias);
    publish.properties.write_items(&mut w);
    w.bytes(publish.payload);
    Ok(needed)
}

/// The properties of a packet that tell about an outcome.
fn told_with<'a>(packet: &Packet<'a>) -> Option<Properties<'a>> {
    match packet {
        Packet::Connack(packet) => Some(packet.properties),
        Packet::Ack(packet) => Some(packet.properties),
        Packet::Suback(packet) => Some(packet.properties),
        Packet::Unsuback(packet) => Some(packet.properties),
        Packet::Disconnect(packet) => Some(packet.properties),
        Packet::Auth(packet) => Some(packet.properties),
        _ => None,
    }
}
