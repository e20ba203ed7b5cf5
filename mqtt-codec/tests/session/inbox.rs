//! What an application does with what its session gives it.

use mqtt_codec::session::{Event, Receipt, SendError, Session, SessionError, Side};
use mqtt_codec::{Publish, QoS, ReasonCode, Version};

use crate::desk::{BUFFER, Desk, Line, Partial, REQUEST};
use crate::model::{Model, number_of};
use crate::outbox::payload_of;
use crate::random::Random;

impl Desk {
    /// Gives bytes to the session: how many it takes, and what is not for all applications.
    pub(crate) fn take<'a, S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
        line: &mut Line,
        window: &'a [u8],
        model: &mut Model,
        now_ms: u64,
    ) -> Result<(usize, Option<Event<'a>>), SessionError> {
        let (taken, event) = session.handle_input(window, now_ms)?;
        line.is_idle = taken == 0;
        assert!(taken <= window.len() && (taken > 0 || event.is_none()));
        line.watch.taken(&window[..taken], &mut self.past, model, now_ms);
        let Some(event) = event else { return Ok((taken, None)) };
        match event {
            Event::Publish { publish, receipt } => {
                let number = number_of(publish.payload);
                let topic = self.topic(session, line, &publish);
                model.arrives(number, self.who, &topic, (publish.delivery, publish.retain));
                self.has_whole(line, receipt, number, publish.payload, model);
            }
            Event::PublishHead { publish, receipt, payload_len } => {
                assert!(payload_len > 0 && taken + payload_len as usize > BUFFER, "it is short");
                model.counts.add("payload", "in pieces");
                let topic = self.topic(session, line, &publish);
                let (head, len) = ((publish.delivery, publish.retain), payload_len as usize);
                line.partial = Some(Partial { receipt, topic, head, len, payload: Vec::new() });
                if let Some(receipt) = receipt {
                    let early = session.acknowledge(receipt, ReasonCode::SUCCESS);
                    assert_eq!(early, Err(SendError::OutOfTurn), "before its end");
                }
            }
            Event::Payload { bytes, remaining } => {
                let partial = line.partial.as_mut().unwrap();
                partial.payload.extend_from_slice(bytes);
                assert_eq!(partial.payload.len() + remaining as usize, partial.len);
                if remaining == 0 {
                    let whole = line.partial.take().unwrap();
                    let number = number_of(&whole.payload);
                    model.arrives(number, self.who, &whole.topic, whole.head);
                    self.has_whole(line, whole.receipt, number, &whole.payload, model);
                }
            }
            Event::TopicAlias { alias, topic } => {
                assert_eq!(self.lent.1, 0);
                model.counts.add("alias", "of a known message");
                line.names.insert(alias.get(), topic.to_str().to_owned());
            }
            Event::Arrived { handle } => {
                model.counts.add("event", "Arrived");
                if let Some(one) = self.memory.wanted.iter_mut().find(|one| one.handle == handle) {
                    one.has_arrived = true;
                }
            }
            Event::Done { handle, reason_code, .. } if handle < REQUEST => {
                let at = self.memory.wanted.iter().position(|one| one.handle == handle);
                let Some(at) = at else {
                    model.counts.add("event", "Done, given up");
                    return Ok((taken, None));
                };
                let one = self.memory.wanted.remove(at);
                let is_had = reason_code == ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
                let is_error = reason_code.is_error() && !is_had;
                model.counts.add("event", if is_error { "Done with an error" } else { "Done" });
                self.claims.push((one.number.expect("it was given"), !is_error));
            }
            event => return Ok((taken, Some(event))),
        }
        Ok((taken, None))
    }

    fn topic<S: Side, const N: usize, const R: usize>(
        &self,
        session: &Session<'_, S, N, R>,
        line: &mut Line,
        publish: &Publish<'_>,
    ) -> String {
        if self.lent.1 > 0 {
            return session.topic_of(publish).to_str().to_owned();
        }
        let name = publish.topic.to_str().to_owned();
        match publish.properties.topic_alias().map(|alias| alias.get()) {
            Some(alias) if name.is_empty() => line.names[&alias].clone(),
            Some(alias) => {
                line.names.insert(alias, name.clone());
                name
            }
            None => name,
        }
    }

    fn has_whole(
        &mut self,
        line: &mut Line,
        receipt: Option<Receipt>,
        number: u32,
        payload: &[u8],
        model: &mut Model,
    ) {
        assert_eq!(payload, payload_of(number, payload.len() - 4));
        let qos = model.instances[number as usize].qos;
        if let Some(receipt) = receipt {
            let is_here = line.unacknowledged.iter().any(|one| one.1 == number);
            assert!(!is_here, "message {number} was delivered already");
            line.unacknowledged.push((receipt, number, qos));
        } else {
            assert_eq!(qos, QoS::AtMostOnce);
        }
        model.counts.add("delivered", ["QoS 0", "QoS 1", "QoS 2"][qos as usize]);
    }

    /// Says of a message that it is safe, or not wanted.
    pub(crate) fn acknowledge<S: Side, const N: usize, const R: usize>(
        &mut self,
        session: &mut Session<'_, S, N, R>,
        line: &mut Line,
        random: &mut Random,
        model: &mut Model,
    ) {
        if line.unacknowledged.is_empty() {
            return;
        }
        // In any order.
        let at = random.below(line.unacknowledged.len() as u64) as usize;
        let (receipt, number, qos) = line.unacknowledged.remove(at);
        let is_refused = random.one_in(8) && self.version == Version::V5;
        let reason = match is_refused {
            true => ReasonCode::QUOTA_EXCEEDED,
            false if random.one_in(4) => ReasonCode::NO_MATCHING_SUBSCRIBERS,
            false => ReasonCode::SUCCESS,
        };
        if session.acknowledge(receipt, reason).is_err() {
            assert!(!session.is_connected());
            return; // it comes again
        }
        assert_eq!(session.acknowledge(receipt, reason), Err(SendError::OutOfTurn), "twice");
        model.counts.add("acknowledge", if is_refused { "refused" } else { "taken" });
        if !is_refused {
            let again = self.memory.taken.contains(&number);
            assert!(!again || qos == QoS::AtLeastOnce, "message {number} of QoS 2 came twice");
            self.memory.taken.push(number);
        }
    }
}
