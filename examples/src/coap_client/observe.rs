//! Observing a resource. RFC 7641.

use std::time::{Duration, Instant};

use coap_codec::Observe;

use super::client::{Ask, Client};
use super::log::say;
use super::transport::Answer;
use super::{Error, Output};

/// How long to wait for the answer to a deregistration.
const FAREWELL: Duration = Duration::from_secs(3);

impl Client<'_> {
    /// Shows the resource and every change of it for so long. True if the last response was a
    /// success.
    pub(super) fn observe(
        &mut self,
        duration: Duration,
        output: &mut Output,
    ) -> Result<bool, Error> {
        let (begin, end) = (Instant::now(), Instant::now() + duration);
        let now_ms = || u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let first = self.transfer(true)?;
        let good = output.show(first.code, &first.body)?;
        let (Some(observe), true) = (first.observe, good) else {
            self.observation = None;
            if good {
                say(format_args!("the server does not notify"));
            }
            return Ok(good);
        };
        let mut freshest = (observe, now_ms());
        while !output.closed {
            let Some(answer) = self.notification(end)? else { break };
            let message = answer.message();
            let now = now_ms();
            match message.options.observe() {
                Some(observe) if message.code.is_success() => {
                    // RFC 7641 section 3.4: one that came late is not shown. Over a connection none
                    // comes late, and the value MUST be ignored: RFC 8323 section 7.1.
                    let in_order = self.transport.settings().is_some();
                    if !in_order && !observe.is_fresher(now, freshest.0, freshest.1) {
                        continue;
                    }
                    freshest = (observe, now);
                    let body = match self.download(&answer)? {
                        Some(body) => body,
                        None => self.transfer(false)?,
                    };
                    output.show(body.code, &body.body)?;
                }
                // RFC 7641 section 3.2: an error, or a response without Observe, is the last one.
                _ => {
                    self.observation = None;
                    let good = output.show(message.code, message.payload)?;
                    if good {
                        say(format_args!("the server notifies no more"));
                    }
                    return Ok(good);
                }
            }
        }
        // A server that is gone needs not be told.
        let _ = self.deregister();
        Ok(true)
    }

    /// The next notification up to `end`.
    fn notification(&mut self, end: Instant) -> Result<Option<Answer>, Error> {
        if Instant::now() >= end {
            return Ok(None); // even if a server is faster than we are
        }
        if let Some(answer) = self.notifications.pop_front() {
            return Ok(Some(answer));
        }
        let awaited: Vec<_> = self.observation.iter().cloned().collect();
        self.transport.receive(&awaited, end)
    }

    /// RFC 7641 section 3.6: asks once more, with the token of the observation.
    fn deregister(&mut self) -> Result<(), Error> {
        let deregister = Ask {
            options: vec![Self::observe_option(Observe::DEREGISTER)],
            payload: self.repeated_payload(),
            token: self.observation.take(),
            patience: Some(FAREWELL),
            ..Ask::default()
        };
        self.ask(&deregister).map(|_| ())
    }
}
