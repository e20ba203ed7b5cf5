//! One exchange of a request and its response at a time, on a connection that may serve several.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, SendError, Settings};
use http_lite::framing::Framing;
use http_lite::{DecodeError, ErrorKind, Fields, HttpUri, Limits, RequestHead, ResponseHead};
use rustls::ClientConfig;

use super::body::Body;
use super::error::{Error, code};
use super::link::{Link, Received};
use super::log::Log;
use super::options::Options;
use super::url;

/// A connection to one origin.
pub(super) struct Connection {
    uri: Vec<u8>,
    link: Link,
    client: Client,
    input: Input,
    began: Instant,
    /// How long the server may take nothing of a request.
    stall_time: Duration,
    log: Log,
    /// A request has been answered on it.
    pub(super) is_used: bool,
}

/// What takes a response.
pub(super) trait Receiver {
    /// A head, in its own bytes too. More of them come behind one of 1xx.
    fn head(&mut self, bytes: &[u8], head: &ResponseHead<'_>) -> Result<(), Error>;
    /// Some of the body.
    fn data(&mut self, data: &[u8]) -> Result<(), Error>;
    /// That is all that has come so far.
    fn pause(&mut self) -> Result<(), Error>;
    /// True if it wants no more of the body, and the connection may go.
    fn has_enough(&self) -> bool;
    /// True if the server may take its time for the body.
    fn is_patient(&self) -> bool;
}

/// Why an exchange has failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Nothing was answered.
    pub(super) is_unanswered: bool,
}

/// A head may have so many bytes, and so the buffer has.
const BUFFER: u32 = 65_536;
const LIMITS: Limits = Limits { bytes: BUFFER, fields: 256 };
/// Longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(3600);

impl Connection {
    pub(super) fn open(
        uri: &HttpUri<'_>,
        tls: &Arc<ClientConfig>,
        options: &Options,
        end: Option<Instant>,
    ) -> Result<Self, Error> {
        let began = Instant::now();
        let in_time = began + options.connect_time;
        let in_time = end.map_or(in_time, |end| end.min(in_time));
        let addresses = url::resolve(uri, in_time.saturating_duration_since(began))?;
        let link = Link::open(uri, &addresses, tls, in_time)?;
        let log = options.log();
        log.note(format_args!("connected to {}", url::place(uri)));
        let settings = Settings { head: LIMITS, ..Settings::CLIENT }.with_budgets(options.budgets);
        let client = Client::new(settings);
        let uri = uri.as_bytes().to_vec();
        let stall_time = Duration::from_millis(options.budgets.body_ms);
        Ok(Self { uri, link, client, input: Input::new(), began, stall_time, log, is_used: false })
    }

    /// Can it take a request for this URI? Not if the server has closed it meanwhile, or has said
    /// something that nobody asked for.
    pub(super) fn serves(&mut self, uri: &HttpUri<'_>) -> bool {
        HttpUri::parse(&self.uri).is_some_and(|own| own.is_same_origin(uri))
            && self.client.is_idle()
            && self.input.is_empty()
            && matches!(self.link.receive(self.input.room(), Duration::ZERO), Ok(Received::Nothing))
    }

    /// Sends a request, and hands over its response.
    pub(super) fn exchange(
        &mut self,
        head: &RequestHead<'_>,
        body: Option<&mut Body>,
        end: Option<Instant>,
        receiver: &mut impl Receiver,
    ) -> Result<(), Failure> {
        self.log.request(head);
        let mut exchange = Exchange {
            body,
            end,
            out: vec![0; BUFFER as usize + 64],
            to_send: 0..0,
            block: Vec::new(),
            send_error: None,
            last_taken: Instant::now(),
            is_stopped: false,
            has_begun_body: false,
            body_sent: 0,
            is_answered: false,
            framing: None,
            connection: self,
        };
        let done = exchange.run(head, receiver);
        let is_unanswered = !exchange.is_answered;
        self.is_used |= done.is_ok();
        done.map_err(|error| Failure { error, is_unanswered })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The state of one exchange.
struct Exchange<'a> {
    connection: &'a mut Connection,
    body: Option<&'a mut Body>,
    /// When all must be done.
    end: Option<Instant>,
    out: Vec<u8>,
    /// What of `out` is not sent yet.
    to_send: std::ops::Range<usize>,
    /// What of the body was read and is not in `out` yet.
    block: Vec<u8>,
    send_error: Option<io::Error>,
    /// When the server has last taken something.
    last_taken: Instant,
    /// Nothing more of the request is sent.
    is_stopped: bool,
    has_begun_body: bool,
    /// Bytes of the body that are in `out`, or were.
    body_sent: u64,
    /// A byte of a response has come.
    is_answered: bool,
    /// That of the final response.
    framing: Option<Framing>,
}

impl Exchange<'_> {
    fn run(&mut self, head: &RequestHead<'_>, receiver: &mut impl Receiver) -> Result<(), Error> {
        let now = self.connection.now();
        self.out.resize(self.out.len().max(head.encoded_len()), 0);
        let sent = self.connection.client.request(head, now, &mut self.out);
        self.to_send = 0..sent.map_err(unsendable)?;
        loop {
            if self.end.is_some_and(|end| Instant::now() >= end) {
                return Err(Error::timeout("the time is over"));
            }
            self.take_body()?;
            let wait = if self.is_sending() {
                self.send()?;
                Duration::ZERO
            } else {
                self.patience(receiver)
            };
            let is_patient = self.is_patient(receiver);
            let connection = &mut *self.connection;
            match connection.link.receive(connection.input.room(), wait) {
                Ok(Received::Bytes(len)) => {
                    connection.input.filled(len);
                    self.is_answered = true;
                }
                Ok(Received::Nothing) if is_patient => {}
                Ok(Received::Nothing) => {
                    let now = connection.now();
                    connection.client.handle_timeout(now);
                }
                Ok(Received::End { cut }) => self.handle_end(cut)?,
                Err(error) => {
                    // What ended the sending tells more.
                    let in_request = self.send_error.is_some() || !self.is_stopped;
                    let code = if in_request { code::SEND } else { code::RECEIVE };
                    let error = self.send_error.take().unwrap_or(error);
                    return Err(Error::new(code, error.to_string()));
                }
            }
            if self.process(receiver)? {
                return Ok(());
            }
        }
    }

    /// Puts more of the body into `out`, if it is its turn and all before it was sent.
    fn take_body(&mut self) -> Result<(), Error> {
        let client = &mut self.connection.client;
        let is_ended = client.awaits_continue() || self.is_stopped;
        if is_ended || !self.to_send.is_empty() || self.connection.link.is_sending() {
            return Ok(());
        }
        if self.block.is_empty() {
            let Some(body) = &mut self.body else { return self.end_body() };
            self.block.resize(BUFFER as usize, 0);
            let len = body.read(&mut self.block)?;
            self.block.truncate(len);
            if len == 0 {
                return self.end_body();
            }
        }
        self.has_begun_body = true;
        let (taken, written) = client.data(&self.block, &mut self.out).map_err(unsendable)?;
        self.block.drain(..taken);
        self.body_sent += taken as u64;
        self.to_send = 0..written;
        // Where the length is known the end is not waited for: the answer may come at once.
        let len = self.body.as_ref().and_then(|body| body.len());
        if len == Some(self.body_sent) { self.end_body() } else { Ok(()) }
    }

    /// Puts the end of the body behind what is to be sent.
    fn end_body(&mut self) -> Result<(), Error> {
        if self.to_send.is_empty() {
            self.to_send = 0..0;
        }
        let now = self.connection.now();
        let rest = self.out.get_mut(self.to_send.end..).unwrap_or_default();
        let len = self.connection.client.finish(&Fields::EMPTY, now, rest).map_err(unsendable)?;
        self.to_send.end += len;
        self.body = None;
        self.is_stopped = true;
        Ok(())
    }

    fn is_sending(&self) -> bool {
        self.send_error.is_none() && (!self.to_send.is_empty() || self.connection.link.is_sending())
    }

    fn send(&mut self) -> Result<(), Error> {
        let bytes = self.out.get(self.to_send.clone()).unwrap_or_default();
        match self.connection.link.send(bytes) {
            Ok(0) if self.last_taken.elapsed() > self.connection.stall_time => {
                return Err(Error::timeout("the server takes nothing more"));
            }
            Ok(0) => {}
            Ok(len) => {
                self.to_send.start += len;
                self.last_taken = Instant::now();
            }
            // There may be an answer all the same: why the server does not want more.
            Err(error) => {
                self.send_error = Some(error);
                self.stop();
            }
        }
        Ok(())
    }

    /// Sends nothing more.
    fn stop(&mut self) {
        self.is_stopped = true;
        self.to_send = 0..0;
        self.block.clear();
    }

    /// How long to wait for the server.
    fn patience(&self, receiver: &impl Receiver) -> Duration {
        let client = &self.connection.client;
        if !self.is_stopped && !client.awaits_continue() {
            return Duration::ZERO; // more of the body is to be sent
        }
        let deadline = client.poll_timeout().filter(|_| !self.is_patient(receiver));
        let budget = deadline.map_or(FOREVER, |at| {
            // A millisecond more, so that it has passed then.
            Duration::from_millis(at.saturating_sub(self.connection.now()).saturating_add(1))
        });
        let left = self.end.map_or(FOREVER, |end| end.saturating_duration_since(Instant::now()));
        budget.min(left).min(FOREVER)
    }

    fn is_patient(&self, receiver: &impl Receiver) -> bool {
        self.framing.is_some() && receiver.is_patient()
    }

    /// The server has ended its direction.
    fn handle_end(&mut self, cut: bool) -> Result<(), Error> {
        if let Some(error) = self.send_error.take().filter(|_| !self.is_answered) {
            return Err(Error::new(code::SEND, error.to_string()));
        }
        if cut && self.framing == Some(Framing::UntilClose) {
            // RFC 9112 section 9.8
            let text = "the connection has ended without TLS saying so: the body may be cut";
            return Err(Error::new(code::PARTIAL, text));
        }
        let ended = self.connection.client.handle_eof();
        ended.map_err(|error| self.explain(error))
    }

    /// Hands over what has come; true at the end of the response.
    fn process(&mut self, receiver: &mut impl Receiver) -> Result<bool, Error> {
        loop {
            let connection = &mut *self.connection;
            let now = connection.now();
            let bytes = connection.input.bytes();
            let (taken, event) = match connection.client.handle_input(bytes, now) {
                Ok(found) => found,
                Err(error) => return Err(self.explain(error)),
            };
            let (mut is_done, mut wants_no_more) = (false, false);
            match event {
                None if taken == 0 => {
                    receiver.pause()?;
                    return Ok(false);
                }
                None => {}
                Some(ClientEvent::Informational(head)) => {
                    connection.log.response(&head);
                    receiver.head(bytes.get(..taken).unwrap_or_default(), &head)?;
                    if head.status.get() == 101 {
                        let text = "the server changes to another protocol";
                        return Err(Error::new(code::WEIRD_REPLY, text));
                    }
                }
                Some(ClientEvent::Response { head, framing }) => {
                    connection.log.response(&head);
                    self.framing = Some(framing);
                    receiver.head(bytes.get(..taken).unwrap_or_default(), &head)?;
                    // RFC 9112 section 9.3: who refuses or does not wait does not want the body.
                    if !head.status.is_successful() || !self.has_begun_body {
                        wants_no_more = true;
                    }
                }
                Some(ClientEvent::Body(BodyPart::Data(data))) => receiver.data(data)?,
                Some(ClientEvent::Body(BodyPart::Trailers(fields))) => {
                    connection.log.fields('<', &fields);
                }
                Some(ClientEvent::Body(BodyPart::End)) => is_done = true,
            }
            connection.input.take(taken);
            if wants_no_more {
                self.stop();
            }
            if is_done || receiver.has_enough() {
                return Ok(true);
            }
        }
    }

    fn explain(&self, error: DecodeError) -> Error {
        let in_body = self.framing.is_some();
        let code = match error.kind {
            ErrorKind::TooSlow => code::TIMEOUT,
            ErrorKind::Incomplete if in_body => code::PARTIAL,
            ErrorKind::Incomplete if !self.is_answered => code::EMPTY_REPLY,
            ErrorKind::Incomplete => code::RECEIVE,
            _ if in_body => code::RECEIVE,
            _ => code::WEIRD_REPLY,
        };
        let place = if in_body { "the body" } else { "the head" };
        let (kind, rule, at) = (error.kind, error.rule(), error.offset);
        Error::new(code, format!("{kind}, at byte {at} of {place} [{rule}]"))
    }
}

fn unsendable(error: SendError) -> Error {
    Error::new(code::UPLOAD, error.to_string())
}

/// What has come and is not taken yet.
struct Input {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    fn new() -> Self {
        Self { buffer: vec![0; BUFFER as usize], start: 0, end: 0 }
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room for more, at least one byte: a head or trailers that fill the buffer are an error.
    fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    fn filled(&mut self, len: usize) {
        self.end += len;
    }

    fn take(&mut self, len: usize) {
        self.start += len;
    }
}
