//! Messages in flight in both directions. MQTT 5.0 section 4.3 and 4.4
//!
//! ```text
//! what we send       PUBLISH QoS 1 --> Puback --PUBACK--> done
//!                    PUBLISH QoS 2 --> Pubrec --PUBREC--> Pubcomp (PUBREL) --PUBCOMP--> done
//! what we receive    PUBLISH QoS 1 --> Delivered1 --acknowledge--> Puback --PUBACK sent--> done
//!                    PUBLISH QoS 2 --> Delivered2 --acknowledge--> Pubrec --PUBREC sent--> promised
//!                                      promised --PUBREL--> Pubcomp --PUBCOMP sent--> done
//!                                      promised --PUBLISH--> PubrecAgain --PUBREC sent--> promised
//! ```

use heapless::Vec;

use super::Violation;
use crate::ack::AckKind;
use crate::publish::PacketId;
use crate::reason_code::ReasonCode;

/// A message that we send, or a SUBSCRIBE or UNSUBSCRIBE.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) id: PacketId,
    /// What the caller knows it by.
    pub(super) handle: u32,
    pub(super) state: SentState,
    /// It must be sent, or sent again.
    pub(super) is_due: bool,
    /// It was sent as PUBLISH in this connection: it counts in the quota.
    pub(super) counts: bool,
    /// It was perhaps sent before. [MQTT-3.3.1-1]
    pub(super) dup: bool,
}

/// What a packet that we have sent waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SentState {
    Puback,
    Pubrec,
    Pubcomp,
    /// With so many Reason Codes; 255 for as many or more.
    Suback(u8),
    Unsuback(u8),
}

/// A message that we receive, while it is not the peer's turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received {
    pub(super) id: PacketId,
    pub(super) state: ReceivedState,
    pub(super) reason: ReasonCode,
    /// It came in an earlier connection: it does not count in the quota.
    pub(super) is_old: bool,
}

/// Where a message is that we receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceivedState {
    /// The caller has it, and has not said that it may be acknowledged.
    Delivered1,
    Delivered2,
    /// The acknowledgement is owed.
    Puback,
    Pubrec,
    /// PUBREC is owed once more.
    PubrecAgain,
    Pubcomp,
}

impl Received {
    /// It must not be delivered again: the caller has taken it.
    pub(super) fn is_promised(&self) -> bool {
        match self.state {
            ReceivedState::Pubrec => !self.reason.is_error(),
            ReceivedState::PubrecAgain => true,
            _ => false,
        }
    }
}

/// Both directions, up to `N` in each, and up to `R` received with those that are promised.
#[derive(Debug, Clone)]
pub(super) struct Flow<const N: usize, const R: usize> {
    /// In the order in which they are sent again; what waits for PUBCOMP in the order of PUBREC.
    pub(super) sent: Vec<Sent, N>,
    /// In the order in which they came.
    received: Vec<Received, N>,
    /// PUBREC was sent, PUBREL is awaited: these are not delivered again.
    promised: Vec<PacketId, R>,
    /// The first so many of them were promised in an earlier connection, and not heard of in this one.
    old: usize,
    last_id: u16,
}

/// What an acknowledgement means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nobody waits for it.
    Nothing,
    /// PUBREC: the payload is not needed anymore.
    Arrived(u32),
    /// It is over.
    Done(u32),
}

impl<const N: usize, const R: usize> Flow<N, R> {
    pub(super) const fn new() -> Self {
        Self { sent: Vec::new(), received: Vec::new(), promised: Vec::new(), old: 0, last_id: 0 }
    }

    pub(super) const fn last_id(&self) -> u16 {
        self.last_id
    }

    pub(super) const fn set_last_id(&mut self, last_id: u16) {
        self.last_id = last_id;
    }

    /// An identifier that is not in use, if there is room for another message. [MQTT-2.2.1-3] [MQTT-2.2.1-4]
    ///
    /// Goes over what is in flight once, and once more for each 32 in a row that are in use.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn next_id(&self) -> Option<PacketId> {
        if self.is_full() {
            return None;
        }
        const ALL: u32 = 0xFFFF; // 1 to 65,535, then 1 again
        let behind = |from: u32, by: u32| {
            let sum = from.wrapping_add(by);
            if sum < ALL { sum } else { sum.wrapping_sub(ALL) }
        };
        let mut first = behind(self.last_id.into(), 0);
        for _ in 0..=N / 32 {
            let mut used = 0_u32; // of 32 from the first on
            for sent in &self.sent {
                let ahead =
                    behind(u32::from(sent.id.get()).wrapping_sub(1), ALL.wrapping_sub(first));
                used |= 1_u32.checked_shl(ahead).unwrap_or(0);
            }
            let free = used.trailing_ones();
            first = behind(first, free);
            if free < 32 {
                return PacketId::new(first.wrapping_add(1) as u16);
            }
        }
        None
    }

    pub(super) fn is_full(&self) -> bool {
        self.sent.is_full()
    }

    pub(super) fn push(&mut self, sent: Sent) {
        self.last_id = sent.id.get();
        let _ = self.sent.push(sent); // there is room: asked before
    }

    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn sent_as(&mut self, id: PacketId) -> Option<&mut Sent> {
        self.sent.iter_mut().find(|sent| sent.id == id)
    }

    /// PUBLISHes that wait for their acknowledgement in this connection. Section 4.9
    pub(super) fn unacknowledged(&self) -> usize {
        self.sent.iter().filter(|sent| sent.counts).count()
    }

    /// The first PUBLISH that must be sent.
    pub(super) fn due(&self) -> Option<Sent> {
        self.sent.iter().copied().find(|sent| sent.is_due && sent.state != SentState::Pubcomp)
    }

    pub(super) fn was_sent(&mut self, id: PacketId) {
        if let Some(sent) = self.sent_as(id) {
            (sent.is_due, sent.counts, sent.dup) = (false, true, true);
        }
    }

    /// PUBACK, PUBREC or PUBCOMP.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn acknowledged(
        &mut self,
        kind: AckKind,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Outcome, Violation> {
        let Some(&mut sent) = self.sent_as(id) else { return Ok(Outcome::Nothing) };
        if !sent.dup {
            return Err(Violation::WrongAcknowledgement); // it was never sent
        }
        match (kind, sent.state) {
            // Section 4.3.3: an error ends it.
            (AckKind::Pubrec, SentState::Pubrec) if !reason.is_error() => {
                self.remove(id);
                let state = SentState::Pubcomp;
                self.move_back(Sent { state, is_due: true, ..sent });
                Ok(Outcome::Arrived(sent.handle))
            }
            // It was lost, or came twice: PUBREL again.
            (AckKind::Pubrec, SentState::Pubcomp) => {
                self.set_due(id, true);
                Ok(Outcome::Nothing)
            }
            (AckKind::Puback, SentState::Puback)
            | (AckKind::Pubrec, SentState::Pubrec)
            | (AckKind::Pubcomp, SentState::Pubcomp) => {
                self.remove(id);
                Ok(Outcome::Done(sent.handle))
            }
            _ => Err(Violation::WrongAcknowledgement),
        }
    }

    /// SUBACK or UNSUBACK with so many Reason Codes: what the request was known by.
    pub(super) fn answered(
        &mut self,
        is_suback: bool,
        id: PacketId,
        codes: Option<usize>,
    ) -> Result<u32, Violation> {
        let Some(&mut sent) = self.sent_as(id) else {
            return Err(Violation::WrongAcknowledgement);
        };
        let filters = match (sent.state, is_suback) {
            (SentState::Suback(filters), true) | (SentState::Unsuback(filters), false) => filters,
            _ => return Err(Violation::WrongAcknowledgement),
        };
        // [MQTT-3.8.4-6]
        if codes.is_some_and(|codes| codes.min(255) != usize::from(filters)) {
            return Err(Violation::ReasonCodes);
        }
        self.remove(id);
        Ok(sent.handle)
    }

    /// A PUBREL must be sent, or was.
    pub(super) fn set_due(&mut self, id: PacketId, is_due: bool) {
        if let Some(sent) = self.sent_as(id) {
            sent.is_due = is_due;
        }
    }

    /// Behind all others, where there is room since it was removed.
    fn move_back(&mut self, sent: Sent) {
        let _ = self.sent.push(sent);
    }

    fn remove(&mut self, id: PacketId) {
        if let Some(at) = self.sent.iter().position(|sent| sent.id == id) {
            remove_at(&mut self.sent, at);
        }
    }

    /// The next PUBREL to send. [MQTT-4.6.0-4]
    pub(super) fn due_pubrel(&self) -> Option<PacketId> {
        let mut sent = self.sent.iter();
        sent.find(|sent| sent.is_due && sent.state == SentState::Pubcomp).map(|sent| sent.id)
    }

    /// Messages that take room in the next connection too.
    pub(super) fn kept(&self) -> usize {
        let stays = |one: &&Received| one.is_promised() || one.state == ReceivedState::Pubcomp;
        self.promised.len().saturating_add(self.received.iter().filter(stays).count())
    }

    /// Identifiers of messages that must not be delivered again.
    pub(super) fn promises(&self) -> impl Iterator<Item = PacketId> + Clone {
        let received = self.received.iter().filter(|one| one.is_promised());
        self.promised.iter().copied().chain(received.map(|one| one.id))
    }

    /// A promise of an earlier connection, if there is room and it is another's identifier.
    pub(super) fn promise_old(&mut self, id: PacketId) -> bool {
        let is_new = !self.promised.contains(&id) && self.promised.push(id).is_ok();
        self.old = self.promised.len();
        is_new
    }

    /// There is something to be done before it is the peer's turn to free room.
    pub(super) fn frees_room(&self) -> bool {
        !self.received.is_empty()
    }

    /// A message that will not be sent. Of one that was, the peer forgets the identifier first.
    pub(super) fn forget(&mut self, one: Sent) {
        self.remove(one.id);
        if one.state == SentState::Pubrec && one.dup {
            self.move_back(Sent { state: SentState::Pubcomp, is_due: true, ..one });
        }
    }

    /// Messages of this connection that are not done. Section 4.9
    fn arrived(&self) -> usize {
        let received = self.received.iter().filter(|received| !received.is_old).count();
        received.saturating_add(self.promised.len().saturating_sub(self.old))
    }

    /// A PUBLISH of QoS 1 or 2, where the peer may have `maximum` in flight.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn arrives(
        &mut self,
        id: PacketId,
        twice: bool,
        maximum: u16,
    ) -> Result<Arrival, NoRoom> {
        if let Some(known) = self.received.iter_mut().find(|known| known.id == id) {
            let one = matches!(known.state, ReceivedState::Delivered1 | ReceivedState::Puback);
            known.is_old = false;
            return if one == twice { Err(NoRoom::InUse) } else { Ok(Arrival::Known) };
        }
        let promised = self.promised.iter().position(|known| *known == id);
        if let Some(at) = promised {
            // [MQTT-4.3.3-10]: not delivered again; PUBREC again, in the order in which the messages have
            // come in this connection.
            if !twice {
                return Err(NoRoom::InUse);
            }
            return match self.take_back(at, ReceivedState::PubrecAgain, false) {
                true => Ok(Arrival::Known),
                false => Err(NoRoom::Full),
            };
        }
        if self.arrived() >= usize::from(maximum) {
            return Err(NoRoom::Maximum);
        }
        // One of QoS 1 is never promised.
        let is_crowded = twice && self.is_crowded();
        if self.received.is_full() || is_crowded && self.old == 0 {
            return Err(NoRoom::Full);
        }
        // What the peer still had to send again it has sent before. [MQTT-4.6.0-1]
        if is_crowded {
            self.unpromise(0);
        }
        let state = if twice { ReceivedState::Delivered2 } else { ReceivedState::Delivered1 };
        let reason = ReasonCode::SUCCESS;
        let received = Received { id, state, reason, is_old: false };
        let _ = self.received.push(received); // there is room
        Ok(if is_crowded { Arrival::Replaces } else { Arrival::New })
    }

    /// No other message can be promised, when those in hand are.
    fn is_crowded(&self) -> bool {
        let is_twice = |one: &&Received| {
            !matches!(one.state, ReceivedState::Delivered1 | ReceivedState::Puback)
        };
        let in_hand = self.received.iter().filter(is_twice).count();
        self.promised.len().saturating_add(in_hand) >= R
    }

    /// It is our turn again with a message that was promised: true if there is room for it.
    fn take_back(&mut self, at: usize, state: ReceivedState, is_old: bool) -> bool {
        let Some(&id) = self.promised.get(at) else { return false };
        let reason = ReasonCode::SUCCESS;
        let is_taken = self.received.push(Received { id, state, reason, is_old }).is_ok();
        if is_taken {
            self.unpromise(at);
        }
        is_taken
    }

    fn unpromise(&mut self, at: usize) {
        remove_at(&mut self.promised, at);
        self.old = self.old.saturating_sub(usize::from(at < self.old));
    }

    /// The caller has taken the message, or refused it.
    pub(super) fn acknowledge(&mut self, id: PacketId, reason: ReasonCode) -> bool {
        let Some(known) = self.received.iter_mut().find(|known| known.id == id) else {
            return false;
        };
        known.state = match known.state {
            ReceivedState::Delivered1 => ReceivedState::Puback,
            ReceivedState::Delivered2 => ReceivedState::Pubrec,
            _ => return false,
        };
        known.reason = reason;
        true
    }

    /// PUBREL.
    pub(super) fn released(&mut self, id: PacketId) -> Result<Released, Violation> {
        if let Some(at) = self.promised.iter().position(|known| *known == id) {
            return Ok(match self.take_back(at, ReceivedState::Pubcomp, at < self.old) {
                true => Released::Known,
                false => Released::Wait,
            });
        }
        let Some(known) = self.received.iter_mut().find(|known| known.id == id) else {
            return Ok(Released::Unknown);
        };
        match known.state {
            ReceivedState::PubrecAgain | ReceivedState::Pubcomp => {
                known.state = ReceivedState::Pubcomp;
                Ok(Released::Known)
            }
            _ => Err(Violation::WrongAcknowledgement),
        }
    }

    /// The acknowledgement to send next: PUBACK and PUBREC in the order of their messages.
    /// [MQTT-4.6.0-2] [MQTT-4.6.0-3]
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn owed(&self) -> Option<(AckKind, Received)> {
        let (mut first1, mut first2) = (true, true);
        for received in &self.received {
            match received.state {
                ReceivedState::Pubcomp => return Some((AckKind::Pubcomp, *received)),
                ReceivedState::Puback if first1 => return Some((AckKind::Puback, *received)),
                ReceivedState::Pubrec if first2 => return Some((AckKind::Pubrec, *received)),
                ReceivedState::PubrecAgain if first2 => return Some((AckKind::Pubrec, *received)),
                ReceivedState::Delivered1 => first1 = false,
                ReceivedState::Delivered2 => first2 = false,
                _ => {}
            }
        }
        None
    }

    /// No acknowledgement is owed, and no PUBREL.
    pub(super) fn owes_nothing(&self) -> bool {
        self.received.is_empty() && self.due_pubrel().is_none()
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(super) fn owed_was_sent(&mut self, kind: AckKind, one: &Received) {
        if let Some(at) = self.received.iter().position(|known| known.id == one.id) {
            remove_at(&mut self.received, at);
        }
        if kind == AckKind::Pubrec && !one.reason.is_error() {
            let _ = self.promised.push(one.id); // there is room: it was crowded before otherwise
        }
    }

    /// The connection has ended: what lives on is sent again in the next. Section 4.4
    pub(super) fn suspend(&mut self) {
        self.sent
            .retain(|sent| !matches!(sent.state, SentState::Suback(_) | SentState::Unsuback(_)));
        for sent in &mut self.sent {
            (sent.is_due, sent.counts) = (true, false);
        }
        // What the caller has not taken, or refused, comes again.
        for one in &self.received {
            if one.is_promised() || one.state == ReceivedState::Pubcomp {
                let _ = self.promised.push(one.id); // it had room before
            }
        }
        self.received.clear();
        self.old = self.promised.len();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.received.is_empty() && self.promised.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.sent.clear();
        self.received.clear();
        self.promised.clear();
        self.old = 0;
    }
}

/// Removes the element there, if there is one; those behind it move up.
fn remove_at<T, const N: usize>(list: &mut Vec<T, N>, at: usize) {
    if at.saturating_add(1) == list.len() {
        list.pop(); // as a rule
    } else if at < list.len() {
        list.remove(at);
    }
}

/// What a PUBLISH of QoS 1 or 2 is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    Known,
    New,
    /// It is new, and the oldest promise is no more.
    Replaces,
}

/// What a PUBREL means.
pub(super) enum Released {
    Known,
    Unknown,
    /// Something else must be done first.
    Wait,
}

/// Why another message cannot be taken.
pub(super) enum NoRoom {
    /// More than were announced.
    Maximum,
    Full,
    /// Its identifier belongs to one of another QoS.
    InUse,
}
