//! `mqtt-sub`: shows messages, in mosquitto_sub's manner.
//!
//! A message is acknowledged once it is shown. If the connection breaks another one is made, and what
//! the server has forgotten is subscribed to again.

mod format;
mod options;

pub use options::Options;

use std::collections::VecDeque;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use mqtt_codec::session::{Event, Message, Receipt};
use mqtt_codec::{Disconnect, List, Publish, QoS, ReasonCode, TopicName};
use tokio::time::Instant;

use super::driver::{Cause, Driver};
use super::error::{Error, code};
use super::options::IN_FLIGHT;
use super::program::{self, Program};
use super::properties::Command as Packet;
use super::store::Store;
use super::told::{Told, end_of};
use format::Shown;

/// Shows what the command line asks for; the exit code.
#[must_use]
pub fn run(options: &Options) -> u8 {
    program::run("mqtt-sub", options.common.quiet, Subscriber::run(options))
}

struct Subscriber<'a> {
    options: &'a Options,
    program: Program,
    driver: Driver<'static, IN_FLIGHT>,
    store: Option<Store>,
    screen: Screen<'a>,
    /// Retained messages to remove.
    removing: VecDeque<TopicName<'static>>,
    /// Some subscription was made on this run.
    has_subscribed: bool,
    /// SUBSCRIBE and UNSUBSCRIBE that are not said, or not answered.
    to_say: Vec<u32>,
    unanswered: usize,
    /// All is done, but perhaps not said.
    is_over: bool,
    has_said_goodbye: bool,
    is_late: bool,
}

/// Handles.
const SUBSCRIBE: u32 = 0;
const UNSUBSCRIBE: u32 = 1;
const REMOVE: u32 = 2;

/// Messages on standard output.
struct Screen<'a> {
    options: &'a Options,
    to: BufWriter<Stdout>,
    /// Messages that were shown.
    count: u64,
    /// Of the message that comes in pieces: what stands behind it, and what to acknowledge then.
    rest: Option<(Option<Vec<u8>>, Option<Receipt>)>,
    /// Nobody reads.
    is_closed: bool,
}

impl<'a> Subscriber<'a> {
    async fn run(options: &'a Options) -> Result<(), Error> {
        let (driver, store, _) = program::connect(&options.common)?;
        let mut subscriber = Self {
            options,
            program: Program { debug: options.common.debug, name: "mqtt-sub" },
            driver,
            store,
            screen: Screen {
                options,
                to: BufWriter::new(io::stdout()),
                count: 0,
                rest: None,
                is_closed: false,
            },
            removing: VecDeque::new(),
            has_subscribed: false,
            to_say: Vec::new(),
            unanswered: 0,
            is_over: false,
            has_said_goodbye: false,
            is_late: false,
        };
        subscriber.show_all().await
    }

    async fn show_all(&mut self) -> Result<(), Error> {
        let end = self.options.time.map(|time| Instant::now() + time);
        let interrupted = program::interrupted();
        tokio::pin!(interrupted);
        loop {
            self.take_all()?;
            self.screen.flush()?;
            self.is_over |= self.screen.is_closed;
            self.say()?;
            let late = end.filter(|_| !self.is_late);
            let lost = tokio::select! {
                stepped = self.driver.step() => stepped.err(),
                () = &mut interrupted, if !self.is_over => {
                    self.is_over = true;
                    None
                }
                () = program::at(late) => {
                    (self.is_late, self.is_over) = (true, true);
                    None
                }
            };
            // Without a connection nothing is left to say.
            let is_idle = self.is_over && !self.driver.session.is_connected();
            let is_done = matches!(&lost, Some(lost) if lost.cause == Cause::Closed);
            if is_idle && (is_done || !self.has_said_goodbye) {
                self.screen.flush()?;
                return match self.is_late {
                    true => Err(Error::new(code::TIME, "the time is over")),
                    false => Ok(()),
                };
            }
            let Some(lost) = lost else { continue };
            self.screen.cut()?;
            let text = end_of(lost, self.driver.has_connected())?;
            if self.has_said_goodbye {
                return Ok(());
            }
            self.program.warn(self.options.common.quiet, format_args!("{text}; tries again"));
        }
    }

    fn take_all(&mut self) -> Result<(), Error> {
        loop {
            let Some((event, session)) = self.driver.next() else { return Ok(()) };
            let is_over = self.is_over;
            let acknowledged = match &event {
                // What is not acknowledged comes again.
                Event::Publish { .. } | Event::PublishHead { .. } if is_over => None,
                Event::Publish { publish, receipt } => {
                    let topic = session.topic_of(publish);
                    let len = u32::try_from(publish.payload.len()).unwrap_or(u32::MAX);
                    let shown = Shown { publish, topic, payload_len: len };
                    remember(&mut self.removing, self.options, publish, topic);
                    self.screen.begin(&shown, *receipt)?;
                    self.screen.piece(publish.payload, true)?
                }
                Event::PublishHead { publish, payload_len, receipt } => {
                    let topic = session.topic_of(publish);
                    let shown = Shown { publish, topic, payload_len: *payload_len };
                    remember(&mut self.removing, self.options, publish, topic);
                    self.screen.begin(&shown, *receipt)?;
                    None
                }
                Event::Payload { bytes, remaining } => self.screen.piece(bytes, *remaining == 0)?,
                event => {
                    let told = Told::of(event);
                    self.take(told)?;
                    None
                }
            };
            if let Some(receipt) = acknowledged {
                let said = self.driver.session.acknowledge(receipt, ReasonCode::SUCCESS);
                said.map_err(|error| Error::failed(error.to_string()))?;
            }
            let has_enough = self.options.count.is_some_and(|count| self.screen.count >= count);
            self.is_over |= has_enough || self.screen.is_closed;
        }
    }

    fn take(&mut self, told: Told) -> Result<(), Error> {
        match told {
            Told::Accepted { session_present } => {
                let known = if session_present { "the same session" } else { "a new session" };
                self.program.note(format_args!("connected, {known}"));
                if !self.has_subscribed || !session_present {
                    self.to_say.clear();
                    self.to_say
                        .extend((!self.options.unsubscribe.is_empty()).then_some(UNSUBSCRIBE));
                    self.to_say
                        .extend((!self.options.subscriptions.is_empty()).then_some(SUBSCRIBE));
                    self.unanswered = self.to_say.len();
                }
            }
            Told::Busy(error) if !self.driver.has_connected() => return Err(error),
            Told::Refused(error) | Told::Dismissed(error) => return Err(error),
            Told::Busy(error) | Told::Left(error) => self.program.note(format_args!("{error}")),
            Told::Subscribed { handle: SUBSCRIBE, reasons, why } => {
                self.has_subscribed = true;
                self.subscribed(&reasons, &why)?;
                self.answered();
            }
            Told::Unsubscribed { reasons, why, .. } => {
                for reason in reasons.iter().filter(|reason| reason.is_error()) {
                    let quiet = self.options.common.quiet;
                    self.program.warn(quiet, format_args!("not unsubscribed: {reason}{why}"));
                }
                self.answered();
            }
            Told::Persist => {
                // What was acknowledged must be out before that is promised.
                self.screen.flush()?;
                program::persist(self.store.as_ref(), &mut self.driver, std::iter::empty())?;
            }
            Told::Send(handle) => {
                // An earlier run's request to remove something; its name is gone.
                let _ = self.driver.session.forget(handle);
            }
            _ => {}
        }
        Ok(())
    }

    fn answered(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
        let has_nothing_to_show = self.options.subscriptions.is_empty();
        if self.unanswered == 0 && (self.options.ends_subscribed || has_nothing_to_show) {
            self.is_over = true;
        }
    }

    fn subscribed(&self, reasons: &[ReasonCode], why: &str) -> Result<(), Error> {
        let quiet = self.options.common.quiet;
        let refused = reasons.iter().filter(|reason| reason.is_error()).count();
        for (subscription, reason) in self.options.subscriptions.iter().zip(reasons) {
            let filter = subscription.filter.to_str();
            if reason.is_error() {
                let text = format!("{filter}: the subscription is refused: {reason}{why}");
                if refused == reasons.len() {
                    return Err(Error::failed(text));
                }
                self.program.warn(quiet, format_args!("{text}"));
            } else {
                let qos = reason.get();
                self.program.note(format_args!("subscribed to {filter} at QoS {qos}"));
            }
        }
        Ok(())
    }

    /// Says what is to be said and can be now.
    fn say(&mut self) -> Result<(), Error> {
        let options = self.options;
        while self.driver.has_room() && !self.is_over {
            let Some(&handle) = self.to_say.last() else { break };
            let said = self.driver.send(|session, now_ms, out| match handle {
                SUBSCRIBE => {
                    let properties = options.common.properties_of(Packet::Subscribe);
                    let list = List::new(options.subscriptions.as_slice());
                    session.subscribe(list, List::new(&properties), handle, now_ms, out)
                }
                _ => {
                    let properties = options.common.properties_of(Packet::Unsubscribe);
                    let list = List::new(options.unsubscribe.as_slice());
                    session.unsubscribe(list, List::new(&properties), handle, now_ms, out)
                }
            });
            said.map_err(|error| {
                Error::failed(format!("the subscription cannot be sent: {error}"))
            })?;
            self.to_say.pop();
        }
        while self.driver.has_room() && self.driver.session.in_flight() < IN_FLIGHT {
            let Some(topic) = self.removing.pop_front() else { break };
            let nothing = Message::new(topic, QoS::AtLeastOnce, b"").with_retain(true);
            let said = self
                .driver
                .send(|session, now_ms, out| session.publish(&nothing, REMOVE, now_ms, out));
            if said.is_err() {
                self.removing.push_front(topic); // the answers to others make room
                break;
            }
        }
        let is_quiet = self.removing.is_empty() && self.driver.session.in_flight() == 0;
        let may_go = self.is_over && (is_quiet || !options.removes_retained);
        if may_go && !self.has_said_goodbye && self.driver.has_room() {
            let properties = options.common.properties_of(Packet::Disconnect);
            let disconnect = Disconnect {
                properties: List::new(&properties),
                ..Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)
            };
            let said = self
                .driver
                .send(|session, now_ms, out| session.disconnect(&disconnect, now_ms, out));
            said.map_err(|error| Error::failed(format!("DISCONNECT: {error}")))?;
            self.has_said_goodbye = true;
        }
        Ok(())
    }
}

/// Notes a retained message that is to be removed.
fn remember(
    removing: &mut VecDeque<TopicName<'static>>,
    options: &Options,
    publish: &Publish<'_>,
    topic: TopicName<'_>,
) {
    if !options.removes_retained || !publish.retain || is_filtered_out(options, topic) {
        return;
    }
    let name: &'static str = topic.to_str().to_owned().leak();
    removing.extend(TopicName::new(name).ok());
}

fn is_filtered_out(options: &Options, topic: TopicName<'_>) -> bool {
    let Ok(name) = topic_matcher::TopicName::new(topic.to_str()) else { return false };
    options.filter_out.iter().any(|filter| filter.matches(name))
}

impl Screen<'_> {
    fn begin(&mut self, shown: &Shown<'_>, receipt: Option<Receipt>) -> Result<(), Error> {
        let options = self.options;
        let is_retained = shown.publish.retain;
        let is_wanted = if is_retained { options.shows_retained } else { options.shows_others };
        let mut behind = None;
        if is_wanted && !is_filtered_out(options, shown.topic) {
            let (before, rest) = options.format.around(shown);
            self.write(|to| to.write_all(&before))?;
            behind = Some(rest);
        } else if !is_retained && !options.shows_others {
            self.is_closed = true; // that was the last retained one
        }
        self.rest = Some((behind, receipt));
        Ok(())
    }

    /// A piece of the payload; behind the last, what to acknowledge.
    fn piece(&mut self, piece: &[u8], is_last: bool) -> Result<Option<Receipt>, Error> {
        let Some((behind, receipt)) = self.rest.take() else { return Ok(None) };
        if behind.is_some() {
            let format = &self.options.format;
            self.write(|to| format.payload(piece, to))?;
        }
        if !is_last {
            self.rest = Some((behind, receipt));
            return Ok(None);
        }
        if let Some(behind) = behind {
            self.write(|to| to.write_all(&behind))?;
            self.count += 1;
        }
        Ok(receipt)
    }

    /// The rest of a message does not come.
    fn cut(&mut self) -> Result<(), Error> {
        if let Some((Some(behind), _)) = self.rest.take() {
            self.write(|to| to.write_all(&behind))?;
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.write(|to| to.flush())
    }

    fn write(
        &mut self,
        what: impl FnOnce(&mut BufWriter<Stdout>) -> io::Result<()>,
    ) -> Result<(), Error> {
        if self.is_closed {
            return Ok(());
        }
        match what(&mut self.to) {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.is_closed = true,
            Err(error) => return Err(Error::failed(format!("standard output: {error}"))),
            Ok(()) => {}
        }
        Ok(())
    }
}
