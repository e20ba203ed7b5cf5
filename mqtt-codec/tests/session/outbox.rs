//! What an application gives its session to send.

use mqtt_codec::session::{Message, Refusal, SendError, Session, Side};
use mqtt_codec::{PacketId, QoS, TopicName, Version};

use crate::desk::{Desk, Line, Wanted};
use crate::model::{Instance, Model};
use crate::random::Random;

const OUT: usize = 512;

impl Desk {
    /// Gives the next wanted message to the session.
    pub(crate) fn publish<S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
        line: &mut Line,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let Some(at) = self.memory.wanted.iter().position(|one| one.number.is_none()) else {
            return;
        };
        let one = self.memory.wanted[at];
        let is_kept = one.qos != QoS::AtMostOnce;
        let is_told = self.version == Version::V5 && !self.settings.persistent;
        if is_kept && !is_told && session.in_flight() >= self.cap {
            return;
        }
        let is_ready = session.is_ready();
        let number = model.instances.len() as u32;
        let payload = payload_of(number, one.len);
        let message = one.message(&payload);
        let in_pieces = random.one_in(3);
        let len = payload.len() as u32;
        let result = written(random, |out| match in_pieces {
            true => session.publish_head(&message, len, one.handle, now_ms, out),
            false => session.publish(&message, one.handle, now_ms, out),
        });
        match result {
            Ok(bytes) => {
                assert!(is_ready || !is_kept);
                if model.counts.1 {
                    println!("{now_ms} {} publishes {number}, {:?}", self.who, one.qos);
                }
                model.instances.push(Instance {
                    from: self.who,
                    link: line.link,
                    qos: one.qos,
                    topic: one.topic,
                    retain: one.retain,
                    is_sent: false,
                    perhaps: in_pieces && !bytes.is_empty(),
                    has_arrived: false,
                    is_given_up: false,
                });
                if is_kept {
                    assert_eq!(bytes.is_empty(), self.settings.persistent);
                    self.memory.wanted[at].number = Some(number);
                } else {
                    self.memory.wanted.remove(at);
                    // Never twice, whatever the disk does.
                    let others = |wanted: &Wanted| wanted.handle != one.handle;
                    self.disk.wanted.retain(others);
                    self.writing.iter_mut().for_each(|kept| kept.wanted.retain(others));
                }
                if !bytes.is_empty() {
                    if is_kept {
                        line.watch.publish_begins(&self.past);
                    }
                    line.sending = in_pieces.then_some((payload, 0));
                    line.is_stuck = in_pieces && random.one_in(8);
                    self.emit(line, &bytes, model, now_ms);
                }
            }
            Err(SendError::Full) => {
                assert!(is_kept && !is_ready && session.in_flight() == N);
                model.counts.add("publish", "Full");
            }
            Err(SendError::Quota) => {
                assert!(is_kept && !is_ready && !self.settings.persistent);
                model.counts.add("publish", "Quota");
            }
            Err(SendError::Refused(refusal)) => {
                model.counts.add("refused", refusal_name(refusal));
                self.memory.wanted.remove(at);
            }
            Err(SendError::OutOfTurn) => assert!(!session.is_connected() || line.is_sending()),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn send<S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
        line: &mut Line,
        (handle, id): (u32, PacketId),
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        let found = self.memory.wanted.iter().find(|one| one.handle == handle);
        let one = *found.expect("it is wanted");
        assert!(!one.has_arrived, "asked for again behind Arrived");
        let number = one.number.expect("it was given to the session");
        if !self.is_calm && random.one_in(25) {
            model.counts.add("event", "Send, given up");
            return self.give_up(session, (&one, number, id), model);
        }
        let payload = payload_of(number, one.len);
        let message = one.message(&payload);
        let (in_pieces, len) = (random.one_in(3), payload.len() as u32);
        let result = written(random, |out| match in_pieces {
            true => session.send_head(&message, len, handle, now_ms, out),
            false => session.send(&message, handle, now_ms, out),
        });
        match result {
            Ok(bytes) => {
                model.counts.add("event", "Send");
                line.watch.publish_begins(&self.past);
                // If the end does not go out, it was tried nevertheless.
                model.instances[number as usize].perhaps |= in_pieces;
                line.sending = in_pieces.then_some((payload, 0));
                self.emit(line, &bytes, model, now_ms);
            }
            Err(SendError::Refused(_)) => {
                let given = model.instances[number as usize].link;
                assert_ne!(given, line.link, "this peer took it before");
                model.counts.add("event", "Send, forgotten");
                self.give_up(session, (&one, number, id), model);
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The message that is asked for is not sent.
    fn give_up<S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
        (one, number, id): (&Wanted, u32, PacketId),
        model: &mut Model,
    ) {
        let in_flight = session.in_flight();
        session.forget(one.handle).unwrap();
        assert_eq!(session.forget(one.handle), Err(SendError::OutOfTurn), "it is not asked for");
        let instance = &mut model.instances[number as usize];
        instance.is_given_up = true;
        let was_tried = instance.is_sent || instance.perhaps;
        let is_owed = was_tried && one.qos == QoS::ExactlyOnce;
        assert_eq!(session.in_flight(), if is_owed { in_flight } else { in_flight - 1 });
        self.past.forgotten(id.get(), number, is_owed);
        self.memory.wanted.retain(|other| other.handle != one.handle);
    }

    /// The rest of a payload, and what the session owes by itself.
    pub(crate) fn transmit<S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
        line: &mut Line,
        random: &mut Random,
        model: &mut Model,
        now_ms: u64,
    ) {
        line.is_stuck &= line.is_sending() && !self.is_calm && !random.one_in(60);
        if line.is_stuck && session.is_connected() {
            assert_eq!(session.poll_transmit(now_ms, &mut [0; OUT]), Ok(None));
            return;
        }
        if let Some((payload, at)) = line.sending.take() {
            if !session.is_connected() {
                return; // it is over
            }
            let len = (1 + random.below(60) as usize).min(payload.len() - at);
            self.emit(line, &payload[at..at + len], model, now_ms);
            session.payload_sent(len as u32, now_ms).unwrap();
            if at + len < payload.len() {
                line.sending = Some((payload, at + len));
                assert_eq!(session.poll_transmit(now_ms, &mut [0; OUT]), Ok(None));
                return;
            }
        }
        let mut short = random.one_in(8);
        loop {
            let mut out = [0; OUT];
            let room = if short { random.below(6) as usize } else { OUT };
            match session.poll_transmit(now_ms, &mut out[..room]) {
                Ok(Some(len)) => {
                    let is_last_word = matches!(out[0], 0x20 | 0xE0);
                    assert_eq!(session.error().is_some(), is_last_word, "behind a failure");
                    self.emit(line, &out[..len], model, now_ms);
                }
                Ok(None) => return,
                Err(SendError::BufferTooSmall { needed }) => {
                    assert!(short && needed > room && needed <= 16);
                    short = false;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Wanted {
    fn message<'a>(&self, payload: &'a [u8]) -> Message<'a> {
        Message::new(TopicName::from_static(self.topic), self.qos, payload).with_retain(self.retain)
    }
}

/// What a call writes; sometimes into buffers that are too short first.
fn written(
    random: &mut Random,
    mut call: impl FnMut(&mut [u8]) -> Result<usize, SendError>,
) -> Result<Vec<u8>, SendError> {
    let mut out = [0; OUT];
    let mut room = if random.one_in(8) { random.below(40) as usize } else { OUT };
    loop {
        match call(&mut out[..room]) {
            Err(SendError::BufferTooSmall { needed }) => {
                assert!(needed > room);
                room = needed;
            }
            result => return result.map(|len| out[..len].to_vec()),
        }
    }
}

/// Four bytes of its number, and the rest.
pub(crate) fn payload_of(number: u32, len: usize) -> Vec<u8> {
    let mut payload = number.to_be_bytes().to_vec();
    payload.extend((0..len).map(|at| at as u8 ^ number as u8));
    payload
}

fn refusal_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::PacketTooLarge => "size",
        Refusal::Qos => "QoS",
        Refusal::Retain => "retain",
        other => panic!("{other}"),
    }
}
