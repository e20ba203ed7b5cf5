//! `mqtt-pub`: messages from a command line, a file or standard input, in mosquitto_pub's manner.
//!
//! A message of QoS 1 or 2 stays here until the server has it. If the connection breaks, the next one
//! goes on: with what the session says is missing, or where the server has forgotten the session, with
//! all that it has not acknowledged.

mod options;
mod source;

pub use options::Options;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use mqtt_codec::session::{Message, SendError};
use mqtt_codec::{Disconnect, List, QoS, ReasonCode};
use tokio::time::Instant;

use super::driver::{Cause, Driver, Session};
use super::error::Error;
use super::options::IN_FLIGHT;
use super::program::{self, Program};
use super::properties::Command as Packet;
use super::store::{Content, Outgoing, Store};
use super::told::{Told, end_of};
use source::Source;

/// Publishes what the command line asks for; the exit code.
#[must_use]
pub fn run(options: &Options) -> u8 {
    program::run("mqtt-pub", options.common.quiet, Publisher::run(options))
}

struct Publisher<'a> {
    options: &'a Options,
    program: Program,
    driver: Driver<'static, IN_FLIGHT>,
    source: Source,
    store: Option<Store>,
    /// What is not done, by handle: in order.
    pending: BTreeMap<u32, Pending>,
    /// Those that the session does not know, or no more.
    queue: VecDeque<u32>,
    next_handle: u32,
    /// A payload that goes out in pieces: whose, and how much is left.
    streaming: Option<(u32, File, u64)>,
    /// Some message was not delivered.
    failure: Option<Error>,
    has_said_goodbye: bool,
    /// Without a connection, until then.
    patience: Option<Instant>,
}

struct Pending {
    message: Outgoing,
    /// The session knows it.
    is_known: bool,
}

/// How long a broken connection is tried again.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many messages wait to be sent.
const AT_ONCE: usize = 64;
/// What is read of a file at once.
const PIECE: usize = 16 << 10;

impl<'a> Publisher<'a> {
    async fn run(options: &'a Options) -> Result<(), Error> {
        let source = Source::open(options)?;
        let program = Program { debug: options.common.debug, name: "mqtt-pub" };
        let (driver, store, kept) = program::connect(&options.common)?;
        let next_handle = kept.iter().map(|(handle, _)| handle + 1).max().unwrap_or(0);
        let known = |message| Pending { message, is_known: true };
        let pending = kept.into_iter().map(|(handle, message)| (handle, known(message))).collect();
        let mut publisher = Self {
            options,
            program,
            driver,
            source,
            store,
            pending,
            queue: VecDeque::new(),
            next_handle,
            streaming: None,
            failure: None,
            has_said_goodbye: false,
            patience: None,
        };
        publisher.publish_all().await
    }

    async fn publish_all(&mut self) -> Result<(), Error> {
        loop {
            while let Some((event, _)) = self.driver.next() {
                let told = Told::of(&event);
                self.take(told)?;
            }
            if self.feed()? && self.store.is_some() {
                continue; // what was promised is to be kept first
            }
            if self.is_done() && !self.has_said_goodbye && self.driver.has_room() {
                let properties = self.options.common.properties_of(Packet::Disconnect);
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
            let waits = self.source.is_patient() && !self.pending.is_empty();
            let wants_more = self.queue.is_empty()
                && self.streaming.is_none()
                && !waits
                && !self.source.is_over()
                && self.may_publish();
            let late = self.patience;
            let lost = tokio::select! {
                stepped = self.driver.step() => stepped.err(),
                content = self.source.next(), if wants_more => {
                    let mut next = content?;
                    // What can be sent at once is written at once.
                    while let Some(content) = next {
                        self.enqueue(content);
                        let has_room = self.queue.len() < AT_ONCE;
                        next = if has_room { self.source.at_hand() } else { None };
                    }
                    None
                }
                () = program::at(late) => {
                    return Err(Error::failed("no connection for 30 seconds"));
                }
            };
            let Some(lost) = lost else { continue };
            if lost.cause == Cause::Closed && self.has_said_goodbye {
                return self.failure.take().map_or(Ok(()), Err);
            }
            if let Some((handle, ..)) = self.streaming.take() {
                self.repeat(handle);
            }
            let text = end_of(lost, self.driver.has_connected())?;
            self.program.warn(self.options.common.quiet, format_args!("{text}; tries again"));
            self.patience.get_or_insert_with(|| Instant::now() + PATIENCE);
        }
    }

    fn take(&mut self, told: Told) -> Result<(), Error> {
        match told {
            Told::Accepted { session_present } => {
                self.patience = None;
                let known = if session_present { "the same session" } else { "a new session" };
                self.program.note(format_args!("connected, {known}"));
                if !session_present {
                    let handles: Vec<u32> = self.pending.keys().copied().collect();
                    handles.into_iter().for_each(|handle| self.repeat(handle));
                }
            }
            Told::Busy(error) if !self.driver.has_connected() => return Err(error),
            Told::Refused(error) | Told::Dismissed(error) => return Err(error),
            Told::Busy(error) | Told::Left(error) => self.program.note(format_args!("{error}")),
            Told::Arrived(handle) => {
                if let Some(pending) = self.pending.get_mut(&handle) {
                    pending.message.has_arrived = true;
                    pending.message.content = Content::Bytes(Vec::new());
                }
            }
            Told::Done { handle, reason, why } => {
                let has_arrived = self.pending.get(&handle).is_some_and(|p| p.message.has_arrived);
                if reason.is_error() && !has_arrived {
                    self.fail(format!("the message is refused: {reason}{why}"));
                }
                self.done(handle);
            }
            Told::Persist => {
                let known = self.pending.iter().filter(|(_, pending)| pending.is_known);
                let known = known.map(|(handle, pending)| (*handle, &pending.message));
                program::persist(self.store.as_ref(), &mut self.driver, known)?;
            }
            Told::Send(handle) => self.send(handle, true)?,
            Told::Subscribed { .. } | Told::Unsubscribed { .. } | Told::Else => {}
        }
        Ok(())
    }

    /// What the session does not know of is to be published again; what the server had is done.
    fn repeat(&mut self, handle: u32) {
        let Some(pending) = self.pending.get_mut(&handle) else { return };
        if pending.message.has_arrived {
            self.done(handle);
        } else if !self.queue.contains(&handle) {
            pending.is_known = false;
            let at = self.queue.partition_point(|&other| other < handle);
            self.queue.insert(at, handle);
        }
    }

    fn enqueue(&mut self, content: Content) {
        let handle = self.next_handle;
        self.next_handle = handle.wrapping_add(1);
        let options = self.options;
        let message = Outgoing {
            topic: options.topic,
            properties: options.properties,
            qos: options.common.qos,
            retain: options.retain,
            has_arrived: false,
            content,
        };
        let pending = Pending { message, is_known: false };
        self.pending.insert(handle, pending);
        self.queue.push_back(handle);
    }

    /// Sends as much as can be sent now: true if that is something.
    fn feed(&mut self) -> Result<bool, Error> {
        let mut has_fed = false;
        loop {
            if self.streaming.is_some() {
                if !self.driver.has_room() {
                    return Ok(has_fed);
                }
                self.piece()?;
                continue;
            }
            let Some(&handle) = self.queue.front() else { return Ok(has_fed) };
            let before = self.queue.len();
            if self.may_publish() {
                self.send(handle, false)?;
            }
            if self.queue.len() == before {
                return Ok(has_fed);
            }
            has_fed = true;
        }
    }

    fn may_publish(&self) -> bool {
        self.driver.has_room()
            && self.driver.session.in_flight() < self.options.common.in_flight.into()
    }

    /// Sends a message, for the first time or because the session asks for it.
    fn send(&mut self, handle: u32, is_asked: bool) -> Result<(), Error> {
        let Some(pending) = self.pending.get(&handle) else {
            let forgotten = self.driver.session.forget(handle);
            return forgotten.map_err(|error| Error::failed(error.to_string()));
        };
        let message = &pending.message;
        let qos = message.qos;
        let head = |payload| {
            Message::new(message.topic, qos, payload)
                .with_retain(message.retain)
                .with_properties(List::new(message.properties))
        };
        let mut file = None;
        let sent = match &message.content {
            Content::Bytes(bytes) => {
                let message = head(bytes);
                self.driver.send(|session, now_ms, out| match is_asked {
                    true => session.send(&message, handle, now_ms, out),
                    false => session.publish(&message, handle, now_ms, out),
                })
            }
            Content::File(path) => {
                let fail = |why: String| Error::failed(format!("{}: {why}", path.display()));
                let opened = File::open(path).map_err(|error| fail(error.to_string()))?;
                let len = opened.metadata().map_err(|error| fail(error.to_string()))?.len();
                let short = u32::try_from(len).map_err(|_| fail("too large by now".into()))?;
                let message = head(&[]);
                let before = self.driver.waiting();
                let sent = self.driver.send(|session: &mut Session<'_, IN_FLIGHT>, now_ms, out| {
                    match is_asked {
                        true => session.send_head(&message, short, handle, now_ms, out),
                        false => session.publish_head(&message, short, handle, now_ms, out),
                    }
                });
                if self.driver.waiting() > before && len > 0 {
                    file = Some((handle, opened, len));
                }
                sent
            }
        };
        match sent {
            Ok(()) => {}
            // The answers to others make room.
            Err(SendError::Full | SendError::Quota | SendError::OutOfTurn) => return Ok(()),
            Err(error) => {
                self.fail(match error {
                    SendError::Refused(what) => format!("the server does not take {what}"),
                    error => error.to_string(),
                });
                if is_asked {
                    let _ = self.driver.session.forget(handle);
                }
                self.unqueue(handle);
                self.done(handle);
                return Ok(());
            }
        }
        self.unqueue(handle);
        if let Some(pending) = self.pending.get_mut(&handle) {
            pending.is_known = true;
        }
        self.streaming = file;
        if qos == QoS::AtMostOnce && self.streaming.is_none() {
            self.done(handle);
        }
        Ok(())
    }

    /// Sends the next piece of a file.
    fn piece(&mut self) -> Result<(), Error> {
        let Some((handle, file, left)) = &mut self.streaming else { return Ok(()) };
        let handle = *handle;
        let mut piece = [0; PIECE];
        let most = PIECE.min(usize::try_from(*left).unwrap_or(PIECE));
        let read = file.read(piece.get_mut(..most).unwrap_or_default());
        let len = match read {
            Ok(len @ 1..) => len,
            // What was announced cannot be sent: nothing else can be said on this connection.
            Ok(_) => return Err(Error::failed("the file has become shorter")),
            Err(error) => return Err(Error::failed(format!("the file cannot be read: {error}"))),
        };
        let sent = self.driver.payload(piece.get(..len).unwrap_or_default());
        sent.map_err(|error| Error::failed(error.to_string()))?;
        *left = left.saturating_sub(len as u64);
        if *left == 0 {
            self.streaming = None;
            if self.pending.get(&handle).is_some_and(|p| p.message.qos == QoS::AtMostOnce) {
                self.done(handle);
            }
        }
        Ok(())
    }

    fn unqueue(&mut self, handle: u32) {
        self.queue.retain(|&other| other != handle);
    }

    fn done(&mut self, handle: u32) {
        self.pending.remove(&handle);
        self.source.delivered();
        self.program.note(format_args!("done with message {handle}"));
    }

    fn fail(&mut self, text: String) {
        self.failure = Some(Error::failed(text));
    }

    fn is_done(&self) -> bool {
        self.source.is_over() && self.pending.is_empty()
    }
}
