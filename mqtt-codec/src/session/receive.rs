//! What comes in.

use super::aliases::Names;
use super::error::{SessionError, Violation};
use super::event::{Event, Receipt};
use super::flow::{Arrival, NoRoom, Outcome, Released};
use super::machine::{Machine, State};
use super::sealed::Side;
use crate::ack::{Ack, AckKind};
use crate::codec::{Role, Version};
use crate::error::{DecodeError, ErrorKind};
use crate::fixed_header::FixedHeader;
use crate::packet::{IN_PLACE, Packet, PacketType};
use crate::properties::Properties;
use crate::property::Property;
use crate::publish::{PacketId, Publish, QoS};
use crate::reader::Reader;

/// How many bytes were taken, and what they mean; none if something must be sent first. Every function
/// on the way gives it, so that an event is put together where the caller wants it.
type Taken<'a> = Result<(usize, Option<Event<'a>>), SessionError>;

impl<S: Side, const N: usize, const R: usize> Machine<'_, S, N, R> {
    /// Takes input as far as one packet or a piece of one.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn take<'a>(&mut self, side: &mut S, input: &'a [u8], now_ms: u64) -> Taken<'a> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if matches!(self.state, State::Closed | State::Over) {
            return Ok((input.len(), None));
        }
        if self.payload_in > 0 {
            return Ok(self.payload(input, now_ms));
        }
        if self.is_anew && self.unsaved && self.state == State::Connected {
            return Ok((0, None)); // else a message of this session could be known by another's promise
        }
        let header = self.codec().fixed_header(input).map_err(|e| self.fail(e.into()))?;
        let Some(header) = header else { return Ok((0, None)) };
        if header.frame_len() > self.settings.buffer as usize {
            return self.large(header, input, now_ms);
        }
        let (codec, len) = (self.codec(), header.frame_len());
        let Some(body) = input.get(header.len..len) else { return Ok((0, None)) };
        if IN_PLACE && self.state == State::Connected {
            if header.packet_type == PacketType::Publish {
                return self.take_publish(header, body, input, now_ms);
            }
            if let Some(ack) = plain_ack(header, body) {
                return self.ack_came(ack, len, now_ms);
            }
        }
        let packet = if IN_PLACE {
            let decoded = codec.decode_behind(header, input);
            let Some((packet, _)) = decoded.map_err(|e| self.not_a_packet(e))? else {
                return Ok((0, None));
            };
            packet
        } else {
            // The same, a hundred bytes less of flash.
            let mut r = Reader::new(body);
            let packet = Packet::read_body(&mut r, header, &codec);
            if let Some(error) = codec.error_of(&r, len, input) {
                return Err(self.not_a_packet(error));
            }
            packet
        };
        match packet {
            Packet::Publish(publish) if self.state == State::Connected => {
                self.publish_taken(publish, len, now_ms)
            }
            Packet::Ack(ack) if self.state == State::Connected => self.ack_came(ack, len, now_ms),
            packet => {
                self.last_heard = now_ms;
                Ok((len, side.packet(self, packet, now_ms)?))
            }
        }
    }

    /// A PUBLISH that comes whole, on a processor where it pays to put it together [`IN_PLACE`].
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn take_publish<'a>(
        &mut self,
        header: FixedHeader,
        body: &'a [u8],
        input: &[u8],
        now_ms: u64,
    ) -> Taken<'a> {
        let (codec, len) = (self.codec(), header.frame_len());
        let (mut r, mut publish) = (Reader::new(body), Publish::NOTHING);
        let context = codec.context(codec.role.peer());
        publish.read_body(&mut r, header.flags, context);
        if let Some(error) = codec.error_of(&r, len, input) {
            return Err(self.not_a_packet(error));
        }
        self.publish_taken(publish, len, now_ms)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn publish_taken<'a>(&mut self, publish: Publish<'a>, len: usize, now_ms: u64) -> Taken<'a> {
        let came = self.publish_came(&publish)?;
        self.last_heard = now_ms; // if it waits, it is we who let it
        match came {
            Came::New(receipt) => Ok((len, Some(Event::Publish { publish, receipt }))),
            Came::Known => Ok((len, self.known(&publish))),
            Came::Wait => Ok((0, None)),
        }
    }

    #[cold]
    fn not_a_packet(&mut self, error: DecodeError) -> SessionError {
        if S::ROLE == Role::Server && self.codec.version.is_none() {
            // 3.1.1 [MQTT-3.1.2-2], 5.0 section 4.13.1: who sends a CONNECT is told why it is refused, in
            // 3.1.1 as far as it has a word for it. Of other protocols only 3.1 is known to take that.
            let is_mqtt = error.kind != ErrorKind::ProtocolName || error.version == Version::V3;
            let version = Some(error.version).filter(|_| is_mqtt);
            self.codec.version = version;
        }
        self.fail(error.into())
    }

    fn payload<'a>(&mut self, input: &'a [u8], now_ms: u64) -> (usize, Option<Event<'a>>) {
        let left = self.payload_in as usize;
        let (bytes, _) = input.split_at(input.len().min(left));
        if bytes.is_empty() {
            return (0, None);
        }
        self.last_heard = now_ms;
        let remaining = self.payload_in.saturating_sub(bytes.len() as u32);
        self.payload_in = remaining;
        let event = match self.payload_is_known {
            true => None,
            false => Some(Event::Payload { bytes, remaining }),
        };
        (bytes.len(), event)
    }

    /// A packet that is longer than the buffer: the head of a PUBLISH alone, or an error.
    #[inline(never)]
    fn large<'a>(&mut self, header: FixedHeader, input: &'a [u8], now_ms: u64) -> Taken<'a> {
        let too_large = |machine: &mut Self| {
            let error = machine.codec().error(ErrorKind::PacketTooLarge, 1, input);
            machine.fail(error.into())
        };
        if header.packet_type != PacketType::Publish {
            return Err(too_large(self));
        }
        if self.state != State::Connected {
            return Err(self.packet_out_of_turn(PacketType::Publish));
        }
        let body = input.get(header.len..).unwrap_or_default();
        let head_len = match Publish::head_len(body, &header, self.version()) {
            Ok(Some(len)) => len.saturating_add(header.len),
            Ok(None) if input.len() < self.settings.buffer as usize => {
                return Ok((0, None));
            }
            Ok(None) => return Err(too_large(self)),
            Err((kind, at)) => {
                let error = self.codec().error(kind, header.len.saturating_add(at), input);
                return Err(self.fail(error.into()));
            }
        };
        if head_len > self.settings.buffer as usize {
            return Err(too_large(self));
        }
        let Some(frame) = input.get(..head_len) else { return Ok((0, None)) };
        let mut r = Reader::new(frame.get(header.len..).unwrap_or_default());
        let mut publish = Publish::NOTHING;
        let context = self.codec().context(S::ROLE.peer());
        publish.read_head(&mut r, header.flags, context);
        if let Some(error) = self.codec().error_of(&r, head_len, frame) {
            return Err(self.fail(error.into()));
        }
        let payload_len = header.frame_len().saturating_sub(head_len) as u32;
        let came = self.publish_came(&publish)?;
        self.last_heard = now_ms;
        let event = match came {
            Came::Wait => return Ok((0, None)),
            Came::Known => self.known(&publish),
            Came::New(receipt) => Some(Event::PublishHead { publish, payload_len, receipt }),
        };
        self.payload_is_known = matches!(came, Came::Known);
        self.payload_id = publish.delivery.packet_id();
        self.payload_in = payload_len;
        Ok((head_len, event))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn publish_came(&mut self, publish: &Publish<'_>) -> Result<Came, SessionError> {
        if !publish.properties.is_empty() || publish.topic.is_empty() {
            self.alias_came(publish)?;
        }
        let qos = publish.delivery.qos();
        if let Err(refusal) = self.own.check_message(qos, publish.retain) {
            return Err(self.violation(Violation::NotAllowed(refusal)));
        }
        let Some(id) = publish.delivery.packet_id() else {
            return Ok(Came::New(None));
        };
        match self.flow.arrives(id, qos == QoS::ExactlyOnce, self.own.receive_maximum) {
            Ok(Arrival::Known) => Ok(Came::Known),
            Ok(arrival) => {
                if arrival == Arrival::Replaces {
                    self.changed();
                }
                Ok(Came::New(Some(Receipt { id, connection: self.connection })))
            }
            Err(NoRoom::Maximum) => Err(self.violation(Violation::ReceiveMaximum)),
            // 3.1.1 cannot say how much it takes; and what is left of earlier connections takes room too.
            Err(NoRoom::Full) if self.flow.frees_room() => Ok(Came::Wait),
            // What would free it lies behind this message: waiting would be for ever.
            Err(NoRoom::Full) => Err(self.violation(Violation::Window)),
            Err(NoRoom::InUse) => Err(self.violation(Violation::IdentifierInUse)),
        }
    }

    /// A Topic Alias, if there is one. [MQTT-3.3.2-8] to [MQTT-3.3.2-11]
    #[inline(never)]
    fn alias_came(&mut self, publish: &Publish<'_>) -> Result<(), SessionError> {
        let Some(alias) = publish.properties.topic_alias() else { return Ok(()) };
        if alias.get() > self.own.topic_alias_maximum {
            return Err(self.violation(Violation::TopicAlias));
        }
        let Some(named) = self.named else { return Ok(()) }; // the caller keeps the names
        let named = named(&mut self.incoming, alias.get(), publish.topic.as_bytes());
        named.map_err(|violation| self.violation(violation))
    }

    /// A message that the caller has already.
    fn known<'a>(&self, publish: &Publish<'a>) -> Option<Event<'a>> {
        let is_kept_here = self.named.is_some() || publish.topic.is_empty();
        match publish.properties.topic_alias() {
            Some(alias) if !is_kept_here => Some(Event::TopicAlias { alias, topic: publish.topic }),
            _ => None,
        }
    }

    fn ack_came<'a>(&mut self, ack: Ack<'a>, len: usize, now_ms: u64) -> Taken<'a> {
        self.check_told(&ack.properties)?;
        self.last_heard = now_ms;
        if ack.kind == AckKind::Pubrel {
            return self.pubrel_came(ack.id, len);
        }
        let outcome = self.flow.acknowledged(ack.kind, ack.id, ack.reason_code);
        let outcome = outcome.map_err(|violation| self.violation(violation))?;
        let (reason_code, properties) = (ack.reason_code, ack.properties);
        match outcome {
            Outcome::Arrived(handle) => {
                self.changed();
                Ok((len, Some(Event::Arrived { handle })))
            }
            Outcome::Done(handle) => {
                Ok((len, Some(Event::Done { handle, reason_code, properties })))
            }
            // Section 4.3.3: the peer must get on, whatever we have forgotten.
            Outcome::Nothing if ack.kind == AckKind::Pubrec && !self.knows(ack.id) => {
                if reason_code.is_error() {
                    return Ok((len, None)); // it is over at the peer too
                }
                Ok((self.answer(AckKind::Pubrel, ack.id, len), None))
            }
            Outcome::Nothing => Ok((len, None)),
        }
    }

    fn knows(&self, id: PacketId) -> bool {
        self.flow.sent.iter().any(|sent| sent.id == id)
    }

    fn pubrel_came<'a>(&mut self, id: PacketId, len: usize) -> Taken<'a> {
        let taken = match self.flow.released(id).map_err(|violation| self.violation(violation))? {
            Released::Known => {
                self.changed();
                len
            }
            Released::Unknown => self.answer(AckKind::Pubcomp, id, len),
            Released::Wait => 0,
        };
        Ok((taken, None))
    }

    /// Owes an answer to a packet of this length, of which so much is taken.
    fn answer(&mut self, kind: AckKind, id: PacketId, len: usize) -> usize {
        if self.owed_answer.is_some() {
            return 0;
        }
        self.owed_answer = Some((kind, id));
        len
    }

    /// Who does not want to be told reasons is not told. Section 3.1.2.11.7
    #[inline]
    pub(super) fn check_told(&mut self, properties: &Properties<'_>) -> Result<(), SessionError> {
        if properties.is_empty() {
            return Ok(());
        }
        let is_told = |property: Property<'_>| {
            matches!(property, Property::ReasonString(_) | Property::UserProperty(..))
        };
        if !self.own.problem_information && properties.iter().any(is_told) {
            return Err(self.violation(Violation::ProblemInformation));
        }
        Ok(())
    }
}

/// What a Topic Alias that came does where memory for names was lent.
pub(super) type Named = fn(&mut Names<'_>, u16, &[u8]) -> Result<(), Violation>;

/// `alias` came with a name, or without one. Who lends no memory never names this function, and the
/// linker leaves it out.
pub(super) fn name_came(names: &mut Names<'_>, alias: u16, name: &[u8]) -> Result<(), Violation> {
    if !name.is_empty() {
        names.set(alias, name);
        Ok(())
    } else if names.get(alias).is_some() {
        Ok(())
    } else if names.has_lost {
        Err(Violation::TopicAliasMemory)
    } else {
        Err(Violation::UnknownTopicAlias)
    }
}

/// An acknowledgement of four bytes: nothing but its Packet Identifier.
#[inline]
fn plain_ack<'a>(header: FixedHeader, body: &[u8]) -> Option<Ack<'a>> {
    let kind = match header.packet_type {
        PacketType::Puback => AckKind::Puback,
        PacketType::Pubrec => AckKind::Pubrec,
        PacketType::Pubrel => AckKind::Pubrel,
        PacketType::Pubcomp => AckKind::Pubcomp,
        _ => return None,
    };
    let [high, low] = *body else { return None };
    Some(Ack::new(kind, PacketId::new(u16::from_be_bytes([high, low]))?))
}

/// What a PUBLISH is.
#[derive(Clone, Copy)]
enum Came {
    New(Option<Receipt>),
    /// The caller has it already.
    Known,
    Wait,
}
