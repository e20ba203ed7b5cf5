//! What both sides of a session have in common.

use super::event::{Event, Message, SendError, SessionError, Settings, Violation};
use super::flow::{Flow, NoRoom, Outcome, Sent, SentState};
use super::limits::{Limits, Refusal};
use crate::ack::{Ack, AckKind};
use crate::codec::{Codec, Role, Version};
use crate::disconnect::Disconnect;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::fixed_header::FixedHeader;
use crate::packet::{Packet, PacketType};
use crate::place::Place;
use crate::publish::{Delivery, PacketId, Publish, QoS};
use crate::reader::Reader;
use crate::reason_code::ReasonCode;

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is none.
    Closed,
    /// CONNECT was sent, or received; its answer is due.
    Connecting,
    Connected,
    /// DISCONNECT was sent, or a last CONNACK: only the end of the connection is left.
    Over,
}

#[derive(Debug, Clone)]
pub(super) struct Machine<const N: usize> {
    pub(super) settings: Settings,
    pub(super) codec: Codec,
    pub(super) flow: Flow<N>,
    pub(super) state: State,
    /// What the peer takes, and what we have said that we take.
    pub(super) peer: Limits,
    pub(super) own: Limits,
    /// The session lives on without a connection.
    pub(super) keeps_session: bool,
    /// 0 for never.
    pub(super) keep_alive_ms: u64,
    pub(super) last_sent: u64,
    pub(super) last_heard: u64,
    /// PINGREQ was sent.
    pub(super) asked: Option<u64>,
    /// PINGREQ, or PINGRESP.
    pub(super) owes_ping: bool,
    /// The answer to an acknowledgement of nothing.
    owed_answer: Option<(AckKind, PacketId)>,
    /// DISCONNECT, or a server's CONNACK, with this reason.
    owed_end: Option<ReasonCode>,
    pub(super) error: Option<SessionError>,
    /// Of a PUBLISH that comes in pieces, what is still to come.
    payload_in: u32,
    /// It is a message that the caller has already.
    payload_is_known: bool,
    /// Of a PUBLISH whose payload the caller sends, what is still to go.
    pub(super) payload_out: u32,
    unsaved: bool,
    /// The last snapshot has all of it.
    covered: bool,
}

/// What a packet means for the side that got it.
pub(super) enum Step<'a> {
    Nothing,
    Event(Event<'a>),
    /// It is for this side alone.
    Other(Packet<'a>),
    /// Something must be sent first.
    Wait,
}

impl<const N: usize> Machine<N> {
    pub(super) const fn new(codec: Codec, settings: Settings) -> Self {
        Self {
            settings,
            codec: codec.with_max_packet_size(settings.max_packet_size),
            flow: Flow::new(),
            state: State::Closed,
            peer: Limits::DEFAULT,
            own: Limits::DEFAULT,
            keeps_session: true, // until a CONNACK says otherwise
            keep_alive_ms: 0,
            last_sent: 0,
            last_heard: 0,
            asked: None,
            owes_ping: false,
            owed_answer: None,
            owed_end: None,
            error: None,
            payload_in: 0,
            payload_is_known: false,
            payload_out: 0,
            unsaved: false,
            covered: false,
        }
    }

    pub(super) fn version(&self) -> Version {
        self.codec.version.unwrap_or(Version::V5)
    }

    /// A new connection begins.
    pub(super) fn begin(&mut self, now_ms: u64) {
        self.suspend();
        self.state = State::Connecting;
        (self.peer, self.own) = (Limits::DEFAULT, Limits::DEFAULT);
        (self.last_sent, self.last_heard) = (now_ms, now_ms);
        self.keep_alive_ms = 0;
    }

    /// The connection has ended, whoever ended it.
    pub(super) fn suspend(&mut self) {
        if self.state != State::Closed && !self.keeps_session {
            self.flow.clear();
            self.changed();
        }
        self.flow.suspend();
        self.state = State::Closed;
        (self.asked, self.owes_ping, self.owed_answer) = (None, false, None);
        (self.owed_end, self.error) = (None, None);
        (self.payload_in, self.payload_out) = (0, 0);
    }

    pub(super) fn changed(&mut self) {
        (self.unsaved, self.covered) = (self.settings.persistent, false);
    }

    pub(super) fn snapshot(&mut self, out: &mut [u8]) -> Option<usize> {
        let len = self.flow.save(out)?;
        self.covered = true;
        Some(len)
    }

    /// What has changed since the snapshot must be kept too.
    pub(super) fn persisted(&mut self) {
        self.unsaved &= !self.covered;
    }

    pub(super) fn fail(&mut self, error: SessionError) -> SessionError {
        // Who is gone hears nothing, and nothing can be said within a payload.
        let lost = error == SessionError::Violation(Violation::Lost);
        let may_tell = !lost && self.payload_out == 0;
        let tells = self.version() == Version::V5 || self.codec.role == Role::Server;
        if may_tell && tells && matches!(self.state, State::Connected | State::Connecting) {
            self.owed_end = Some(error.reason_code());
        }
        self.error = Some(error);
        error
    }

    fn violation(&mut self, violation: Violation) -> SessionError {
        self.fail(SessionError::Violation(violation))
    }

    /// Takes input as far as one packet or a piece of one: how many bytes, and what it means.
    pub(super) fn take<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Step<'a>), SessionError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if matches!(self.state, State::Closed | State::Over) {
            return Ok((input.len(), Step::Nothing));
        }
        if self.payload_in > 0 {
            return Ok(self.payload(input, now_ms));
        }
        let header = self.codec.fixed_header(input).map_err(|e| self.fail(e.into()))?;
        let Some(header) = header else { return Ok((0, Step::Nothing)) };
        if header.frame_len() > self.settings.buffer as usize {
            return self.large(header, input, now_ms);
        }
        let decoded = self.codec.decode(input).map_err(|e| self.fail(e.into()))?;
        let Some((packet, len)) = decoded else { return Ok((0, Step::Nothing)) };
        match self.packet(packet)? {
            Step::Wait => {
                self.last_heard = now_ms; // it is we who let it wait
                Ok((0, Step::Wait))
            }
            step => {
                self.last_heard = now_ms;
                Ok((len, step))
            }
        }
    }

    fn payload<'a>(&mut self, input: &'a [u8], now_ms: u64) -> (usize, Step<'a>) {
        let left = self.payload_in as usize;
        let (bytes, _) = input.split_at(input.len().min(left));
        if bytes.is_empty() {
            return (0, Step::Nothing);
        }
        self.last_heard = now_ms;
        let remaining = self.payload_in.saturating_sub(bytes.len() as u32);
        self.payload_in = remaining;
        let step = match self.payload_is_known {
            true => Step::Nothing,
            false => Step::Event(Event::Payload { bytes, remaining }),
        };
        (bytes.len(), step)
    }

    /// A packet that is longer than the buffer: the head of a PUBLISH alone, or an error.
    fn large<'a>(
        &mut self,
        header: FixedHeader,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Step<'a>), SessionError> {
        let too_large = |machine: &mut Self| {
            let error = machine.codec.error(ErrorKind::PacketTooLarge, 1, input);
            machine.fail(error.into())
        };
        if header.packet_type != PacketType::Publish {
            return Err(too_large(self));
        }
        let body = input.get(header.len..).unwrap_or_default();
        let head_len = match Publish::head_len(body, &header, self.version()) {
            Ok(Some(len)) => len.saturating_add(header.len),
            Ok(None) if input.len() < self.settings.buffer as usize => {
                return Ok((0, Step::Nothing));
            }
            Ok(None) => return Err(too_large(self)),
            Err((kind, at)) => {
                let error = self.codec.error(kind, header.len.saturating_add(at), input);
                return Err(self.fail(error.into()));
            }
        };
        if head_len > self.settings.buffer as usize {
            return Err(too_large(self));
        }
        let Some(frame) = input.get(..head_len) else { return Ok((0, Step::Nothing)) };
        let mut r = Reader::new(frame.get(header.len..).unwrap_or_default());
        let mut publish = Publish::NOTHING;
        let context = self.codec.context(self.codec.role.peer());
        if let Err(kind) = publish.read_head(&mut r, header.flags, context) {
            let error = self.codec.error(kind, head_len.saturating_sub(r.mark()), frame);
            return Err(self.fail(error.into()));
        }
        let payload_len = header.frame_len().saturating_sub(head_len) as u32;
        let step = match self.publish_came(publish)? {
            Step::Wait => return Ok((0, Step::Wait)),
            Step::Event(Event::Publish(publish)) => {
                self.payload_is_known = false;
                Step::Event(Event::PublishHead { publish, payload_len })
            }
            step => {
                self.payload_is_known = true;
                step
            }
        };
        self.payload_in = payload_len;
        self.last_heard = now_ms;
        Ok((head_len, step))
    }

    fn packet<'a>(&mut self, packet: Packet<'a>) -> Result<Step<'a>, SessionError> {
        if self.state == State::Connecting {
            return Ok(Step::Other(packet));
        }
        match packet {
            Packet::Publish(publish) => self.publish_came(publish),
            Packet::Ack(ack) => self.ack_came(ack),
            packet => Ok(Step::Other(packet)),
        }
    }

    pub(super) fn publish_came<'a>(
        &mut self,
        publish: Publish<'a>,
    ) -> Result<Step<'a>, SessionError> {
        if self.state != State::Connected {
            return Err(self.out_of_turn(PacketType::Publish));
        }
        // [MQTT-3.3.2-8] to [MQTT-3.3.2-11]: none was agreed upon.
        if publish.properties.topic_alias().is_some() {
            return Err(self.violation(Violation::TopicAlias));
        }
        if publish.delivery.qos() > self.own.maximum_qos {
            return Err(self.violation(Violation::NotAllowed(Refusal::Qos)));
        }
        if publish.retain && !self.own.retain {
            return Err(self.violation(Violation::NotAllowed(Refusal::Retain)));
        }
        let Some(id) = publish.delivery.packet_id() else {
            return Ok(Step::Event(Event::Publish(publish)));
        };
        let is_known = self.flow.received.iter().any(|received| received.id == id);
        if !is_known && self.flow.arrived() >= usize::from(self.own.receive_maximum) {
            return Err(self.violation(Violation::ReceiveMaximum));
        }
        match self.flow.arrives(id, publish.delivery.qos() == QoS::ExactlyOnce) {
            Ok(true) => Ok(Step::Event(Event::Publish(publish))),
            Ok(false) => Ok(Step::Nothing),
            // 3.1.1 cannot say how much it takes; and what is left of earlier connections takes room too.
            Err(NoRoom::Full) if self.flow.frees_room() => Ok(Step::Wait),
            // What would free it lies behind this message: waiting would be for ever.
            Err(NoRoom::Full) => Err(self.violation(Violation::Window)),
            Err(NoRoom::InUse) => Err(self.violation(Violation::IdentifierInUse)),
        }
    }

    fn ack_came<'a>(&mut self, ack: Ack<'a>) -> Result<Step<'a>, SessionError> {
        if ack.kind == AckKind::Pubrel {
            return self.pubrel_came(ack.id);
        }
        let outcome = self.flow.acknowledged(ack.kind, ack.id, ack.reason_code);
        let outcome = outcome.map_err(|violation| self.violation(violation))?;
        if outcome != Outcome::Nothing {
            self.changed();
        }
        let (reason_code, properties) = (ack.reason_code, ack.properties);
        Ok(match outcome {
            Outcome::Arrived(handle) => Step::Event(Event::Arrived { handle }),
            Outcome::Done(handle) => Step::Event(Event::Done { handle, reason_code, properties }),
            // Section 4.3.3: the peer must get on, whatever we have forgotten.
            Outcome::Nothing if ack.kind == AckKind::Pubrec && !self.knows(ack.id) => {
                self.answer(AckKind::Pubrel, ack.id)
            }
            Outcome::Nothing => Step::Nothing,
        })
    }

    fn knows(&self, id: PacketId) -> bool {
        self.flow.sent.iter().any(|sent| sent.id == id)
    }

    fn pubrel_came<'a>(&mut self, id: PacketId) -> Result<Step<'a>, SessionError> {
        match self.flow.released(id).map_err(|violation| self.violation(violation))? {
            true => {
                self.changed();
                Ok(Step::Nothing)
            }
            false => Ok(self.answer(AckKind::Pubcomp, id)),
        }
    }

    fn answer<'a>(&mut self, kind: AckKind, id: PacketId) -> Step<'a> {
        if self.owed_answer.is_some() {
            return Step::Wait;
        }
        self.owed_answer = Some((kind, id));
        Step::Nothing
    }

    pub(super) fn out_of_turn(&mut self, packet_type: PacketType) -> SessionError {
        self.violation(Violation::OutOfTurn(packet_type))
    }

    pub(super) fn acknowledge(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<(), SendError> {
        let reason = match self.version() {
            Version::V3 => ReasonCode::SUCCESS,
            Version::V5 => reason,
        };
        reason.check(self.version(), Place::PUBACK).map_err(SendError::Invalid)?;
        if !self.flow.acknowledge(id, reason) {
            return Err(SendError::OutOfTurn);
        }
        self.changed();
        Ok(())
    }

    // ---- what is sent ------------------------------------------------------------------------

    /// Sends a packet that nothing is remembered of.
    pub(super) fn put(
        &mut self,
        packet: &Packet<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_turn()?;
        let len = self.codec.encode(packet, out)?;
        if len > self.peer.maximum_packet_size as usize {
            return Err(SendError::Refused(Refusal::PacketTooLarge));
        }
        self.last_sent = now_ms;
        Ok(len)
    }

    /// Nothing can be sent within a payload, and nothing behind the end.
    fn check_turn(&self) -> Result<(), SendError> {
        let is_over = self.error.is_some() || matches!(self.state, State::Closed | State::Over);
        if is_over || self.payload_out > 0 { Err(SendError::OutOfTurn) } else { Ok(()) }
    }

    pub(super) fn check_connected(&self) -> Result<(), SendError> {
        if self.state == State::Connected { self.check_turn() } else { Err(SendError::OutOfTurn) }
    }

    /// Publishes a message, or the head of one: how many bytes were written.
    pub(super) fn publish(
        &mut self,
        message: &Message<'_>,
        payload_len: u32,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_connected()?;
        self.peer.check_message(message).map_err(SendError::Refused)?;
        if message.qos == QoS::AtMostOnce {
            return self.put_publish(message, Delivery::AtMostOnce, payload_len, now_ms, out);
        }
        let waits = self.flow.due().is_some();
        if self.flow.is_full() || !self.settings.persistent && (waits || !self.has_quota()) {
            return Err(SendError::Full);
        }
        let mut flow_id = self.flow.clone_ids();
        let id = flow_id.next(&self.flow).ok_or(SendError::Full)?;
        let (state, delivery) = match message.qos {
            QoS::ExactlyOnce => (SentState::Pubrec, Delivery::ExactlyOnce { id, dup: false }),
            _ => (SentState::Puback, Delivery::AtLeastOnce { id, dup: false }),
        };
        let is_due = self.settings.persistent;
        let len = if is_due {
            self.check_size(message, delivery, payload_len)?;
            0
        } else {
            self.put_publish(message, delivery, payload_len, now_ms, out)?
        };
        self.flow.took(flow_id);
        self.flow.push(Sent { id, handle, state, is_due, counts: !is_due, dup: !is_due });
        self.changed();
        Ok(len)
    }

    /// Sends what [`Event::Send`] asks for.
    pub(super) fn send(
        &mut self,
        message: &Message<'_>,
        payload_len: u32,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.check_connected()?;
        let due = self.next_due().filter(|sent| sent.handle == handle);
        let Some(Sent { id, state, dup, .. }) = due else { return Err(SendError::OutOfTurn) };
        let delivery = match state {
            SentState::Pubrec => Delivery::ExactlyOnce { id, dup },
            _ => Delivery::AtLeastOnce { id, dup },
        };
        if delivery.qos() != message.qos {
            return Err(SendError::OutOfTurn);
        }
        self.peer.check_message(message).map_err(SendError::Refused)?;
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

    fn check_size(
        &self,
        message: &Message<'_>,
        delivery: Delivery,
        payload_len: u32,
    ) -> Result<usize, SendError> {
        let head = head_of(message, delivery);
        let len = match self.codec.encode_publish_head(&head, payload_len, &mut []) {
            Ok(len) | Err(EncodeError::BufferTooSmall { needed: len }) => len,
            Err(error) => return Err(error.into()),
        };
        let len = len.saturating_add(payload_len as usize);
        if len > self.peer.maximum_packet_size as usize {
            return Err(SendError::Refused(Refusal::PacketTooLarge));
        }
        Ok(len)
    }

    fn put_publish(
        &mut self,
        message: &Message<'_>,
        delivery: Delivery,
        payload_len: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let publish = head_of(message, delivery);
        let len = self.codec.encode_publish_head(&publish, payload_len, out)?;
        let whole = len.saturating_add(payload_len as usize);
        if whole > self.peer.maximum_packet_size as usize {
            return Err(SendError::Refused(Refusal::PacketTooLarge));
        }
        let has_payload = message.payload.len() == payload_len as usize;
        if has_payload {
            let Some(place) = out.get_mut(len..whole) else {
                return Err(SendError::BufferTooSmall { needed: whole });
            };
            crate::writer::copy(place, message.payload);
        } else {
            self.payload_out = payload_len;
        }
        self.last_sent = now_ms;
        Ok(if has_payload { whole } else { len })
    }

    /// Says that so many bytes of the announced payload were sent.
    pub(super) fn payload_sent(&mut self, len: u32, now_ms: u64) -> Result<(), SendError> {
        self.payload_out = self.payload_out.checked_sub(len).ok_or(SendError::OutOfTurn)?;
        self.last_sent = now_ms;
        Ok(())
    }

    /// A message that must be sent, and may be. [MQTT-3.3.4-7]
    pub(super) fn next_due(&self) -> Option<Sent> {
        self.flow.due().filter(|_| self.has_quota())
    }

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
        if self.flow.is_full() {
            return Err(SendError::Full);
        }
        let mut ids = self.flow.clone_ids();
        let id = ids.next(&self.flow).ok_or(SendError::Full)?;
        let len = encode(self, id)?;
        self.flow.took(ids);
        self.flow.push(Sent { id, handle, state, is_due: false, counts: false, dup: false });
        Ok(len)
    }

    /// What the machine owes by itself.
    pub(super) fn poll_transmit(
        &mut self,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        if self.payload_out > 0 {
            return Ok(None);
        }
        if let Some(reason) = self.owed_end {
            let len = self.put_end(reason, out)?;
            (self.owed_end, self.state) = (None, State::Over);
            return Ok(len);
        }
        if self.state != State::Connected || self.error.is_some() {
            return Ok(None);
        }
        if let Some((kind, id)) = self.owed_answer {
            let reason_code = match self.version() {
                Version::V3 => ReasonCode::SUCCESS,
                Version::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            };
            let len =
                self.put(&Packet::Ack(Ack { reason_code, ..Ack::new(kind, id) }), now_ms, out)?;
            self.owed_answer = None;
            return Ok(Some(len));
        }
        if self.owes_ping {
            let ping = match self.codec.role {
                Role::Server => Packet::Pingresp,
                _ => Packet::Pingreq,
            };
            let len = self.put(&ping, now_ms, out)?;
            self.owes_ping = false;
            self.asked = Some(now_ms).filter(|_| self.codec.role != Role::Server);
            return Ok(Some(len));
        }
        if self.unsaved {
            return Ok(None); // what follows are promises
        }
        if let Some((kind, received)) = self.flow.owed() {
            let reason_code = received.reason;
            let ack = Ack { reason_code, ..Ack::new(kind, received.id) };
            let len = self.put_ack(ack, now_ms, out)?;
            self.flow.owed_was_sent(kind, received.id);
            return Ok(len);
        }
        if let Some(id) = self.flow.due_pubrel() {
            let len = self.put_ack(Ack::new(AckKind::Pubrel, id), now_ms, out)?;
            self.flow.pubrel_sent(id);
            return Ok(len);
        }
        Ok(None)
    }

    /// Without its reason where the peer does not take it with one; a peer that takes none at all cannot
    /// go on.
    fn put_ack(
        &mut self,
        ack: Ack<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        for ack in [ack, Ack::new(ack.kind, ack.id)] {
            match self.put(&Packet::Ack(ack), now_ms, out) {
                Err(SendError::Refused(_)) if !ack.reason_code.is_error() => break,
                Err(SendError::Refused(_)) => {}
                result => return result.map(Some),
            }
        }
        self.violation(Violation::TooSmall);
        self.owed_end = None;
        Ok(None)
    }

    /// The last packet: DISCONNECT, or the CONNACK of a server that refuses.
    fn put_end(&self, reason: ReasonCode, out: &mut [u8]) -> Result<Option<usize>, SendError> {
        let connack = crate::connack::Connack::new(false, reason);
        let packets = match (self.codec.role, self.state) {
            (Role::Server, State::Connecting) => [
                Packet::Connack(connack),
                Packet::Connack(crate::connack::Connack::new(false, ReasonCode::PROTOCOL_ERROR)),
            ],
            _ if self.version() == Version::V3 => return Ok(None),
            _ => [
                Packet::Disconnect(Disconnect::new(reason)),
                Packet::Disconnect(Disconnect::new(ReasonCode::PROTOCOL_ERROR)),
            ],
        };
        // Not every reason is one that this side may give.
        for packet in packets {
            match self.codec.encode(&packet, out) {
                Ok(len) if len > self.peer.maximum_packet_size as usize => return Ok(None),
                Ok(len) => return Ok(Some(len)),
                Err(EncodeError::Invalid(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    pub(super) fn poll_event(&mut self) -> Option<Event<'static>> {
        if self.unsaved {
            return Some(Event::Persist);
        }
        if self.check_connected().is_err() {
            return None;
        }
        self.next_due().map(|sent| Event::Send { handle: sent.handle, id: sent.id })
    }

    pub(super) fn handle_eof(&mut self) -> Result<(), SessionError> {
        match self.state {
            State::Closed | State::Over => Ok(()),
            _ => Err(self.error.unwrap_or_else(|| self.violation(Violation::Lost))),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state == State::Connected && self.error.is_none()
    }

    pub(super) fn wants_close(&self) -> bool {
        self.owed_end.is_none() && (self.state == State::Over || self.error.is_some())
    }
}

fn head_of<'a>(message: &Message<'a>, delivery: Delivery) -> Publish<'a> {
    Publish {
        topic: message.topic,
        delivery,
        retain: message.retain,
        properties: message.properties,
        payload: &[],
    }
}

impl From<DecodeError> for SessionError {
    fn from(error: DecodeError) -> Self {
        Self::Packet(error)
    }
}
