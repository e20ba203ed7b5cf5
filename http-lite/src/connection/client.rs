//! The client's side.

use super::machine::{Machine, State, Step};
use super::pace::{Pace, Wait};
use super::{SendError, Settings};
use crate::body::{BodyDecoder, BodyEncoder, BodyPart};
use crate::error::{DecodeError, ErrorKind};
use crate::facts::{Expect, Version};
use crate::field::Fields;
use crate::framing::{Asked, Framing, Message, decide};
use crate::head::{HeadParser, RequestHead, ResponseHead};
use crate::writer::Writer;

/// What a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEvent<'a> {
    /// A response of 1xx; the final one is still to come, except after 101.
    Informational(ResponseHead<'a>),
    /// The final response to the oldest request in flight. Its body follows, at least
    /// [`BodyPart::End`]; or, with [`Framing::Tunnel`], another protocol.
    Response {
        /// Status and fields.
        head: ResponseHead<'a>,
        /// How its body ends.
        framing: Framing,
    },
    /// A part of the response's body.
    Body(BodyPart<'a>),
}

/// The client's side of a connection. Up to 32 requests may be in flight.
///
/// ```
/// use http_lite::body::BodyPart;
/// use http_lite::connection::{Client, ClientEvent, Settings};
/// use http_lite::{Field, Fields, Method, RequestHead, StatusCode, Target};
///
/// let mut client = Client::new(Settings::CLIENT);
/// let fields = [Field::new("Host", "example.org")?];
/// let request = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
/// let mut out = [0; 256];
/// let len = client.request(&request, 0, &mut out).unwrap();
/// assert_eq!(&out[..len], b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
///
/// let mut received = &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"[..];
/// let mut content = Vec::new();
/// loop {
///     let (taken, event) = client.handle_input(received, 0).unwrap();
///     received = &received[taken..]; // also where there is no event
///     match event {
///         Some(ClientEvent::Response { head, .. }) => assert_eq!(head.status, StatusCode::OK),
///         Some(ClientEvent::Body(BodyPart::Data(data))) => content.extend_from_slice(data),
///         Some(_) => {}
///         None => break, // read more
///     }
/// }
/// assert_eq!(content, b"hello");
/// assert!(client.is_idle());
/// # Ok::<(), http_lite::FieldError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    machine: Machine,
    settings: Settings,
    parser: HeadParser,
    decoder: BodyDecoder,
    encoder: BodyEncoder,
    pace: Pace,
    /// What the requests asked for that have no final response, two bits each, the oldest lowest.
    asked: u64,
    /// How many they are.
    unanswered: u8,
    /// How long the body waits for `100 Continue`.
    patience: Pace,
    /// Version of the last response.
    server_version: Option<Version>,
    informational: u8,
    awaits_continue: bool,
    error: Option<DecodeError>,
}

impl Client {
    /// At the start of a connection.
    pub const fn new(settings: Settings) -> Self {
        Self {
            machine: Machine::new(true),
            settings,
            parser: HeadParser::with_limits(settings.head),
            decoder: BodyDecoder::new(Framing::None),
            encoder: BodyEncoder::new(Framing::None),
            pace: Pace::new(settings.budgets),
            asked: 0,
            unanswered: 0,
            patience: Pace::new(settings.budgets),
            server_version: None,
            informational: 0,
            awaits_continue: false,
            error: None,
        }
    }

    /// Sends the head of a request: how many bytes were written. If it has a body, by
    /// Content-Length or chunked, [`data`](Self::data) and [`finish`](Self::finish) follow; if not,
    /// it has ended.
    ///
    /// It may be sent before earlier ones are answered, except if it asks for another protocol or
    /// one of these does. Only idempotent requests should be: RFC 9112 section 9.3.2.
    ///
    /// What the server has said unasked would be taken for its answer (RFC 9112 section 9.2). If it came
    /// with the end of the response before, no request can be sent anymore; what you receive between two
    /// requests, give to [`handle_input`](Self::handle_input) first.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. [`ErrorKind::Expectation`] for an Expect without a
    /// body or other than `100-continue`, [`ErrorKind::BodyForbidden`] for CONNECT with a body,
    /// [`ErrorKind::EncodingInHttp10`] for a chunked body to a server that has answered with
    /// HTTP/1.0. A client that does not know the server's version should send Content-Length.
    pub fn request(
        &mut self,
        head: &RequestHead<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let (facts, framing) = head.check().map_err(SendError::Invalid)?;
        let asked = Asked::of(&head.method);
        let has_body = !matches!(framing, Framing::None | Framing::Length(0));
        match facts.expect {
            // RFC 9110 section 10.1.1: not without content.
            Expect::Continue if has_body => {}
            Expect::Nothing => {}
            _ => return Err(SendError::Invalid(ErrorKind::Expectation)),
        }
        if asked == Asked::Connect && framing != Framing::None {
            return Err(SendError::Invalid(ErrorKind::BodyForbidden));
        }
        if framing == Framing::Chunked && self.server_version == Some(Version::Http10) {
            return Err(SendError::Invalid(ErrorKind::EncodingInHttp10));
        }
        let switch = asked == Asked::Connect || facts.upgrade;
        if !self.machine.client_may(Step::Request)
            || self.error.is_some()
            || (switch && self.machine.in_flight > 0)
        {
            return Err(SendError::OutOfTurn);
        }
        let mut w = Writer::new(out);
        head.write(&mut w);
        let len = w.finish()?;

        let code = match asked {
            Asked::Other => 0,
            Asked::Head => 1,
            Asked::Connect => 2,
        };
        let place = u32::from(self.unanswered).saturating_mul(2);
        self.asked |= u64::checked_shl(code, place).unwrap_or(0);
        self.unanswered = self.unanswered.saturating_add(1);
        self.machine.client_persists = facts.persists();
        self.machine.switch_asked = switch;
        self.machine.client_does(Step::Request);
        self.encoder = BodyEncoder::new(framing);
        self.awaits_continue = facts.expect == Expect::Continue;
        if self.awaits_continue {
            self.patience.wait(Wait::Idle, now_ms);
        }
        if !has_body {
            self.end_request(now_ms);
        }
        Ok(len)
    }

    /// Sends as much of `data` as there is room for: how much of it was taken, and how many bytes
    /// were written.
    ///
    /// # Errors
    ///
    /// As [`BodyEncoder::encode`], and [`SendError::OutOfTurn`] if no request has begun.
    pub fn data(&mut self, data: &[u8], out: &mut [u8]) -> Result<(usize, usize), SendError> {
        if data.is_empty() {
            return Ok((0, 0));
        }
        self.check_body()?;
        Ok(self.encoder.encode(data, out)?)
    }

    /// Writes what goes before `len` bytes of data that you send without copying them here, with
    /// [`data_suffix`](Self::data_suffix) behind them.
    ///
    /// # Errors
    ///
    /// As [`BodyEncoder::prefix`], and [`SendError::OutOfTurn`] if no request has begun.
    pub fn data_prefix(&mut self, len: u64, out: &mut [u8]) -> Result<usize, SendError> {
        self.check_body()?;
        Ok(self.encoder.prefix(len, out)?)
    }

    /// What goes behind the data that [`data_prefix`](Self::data_prefix) announced.
    pub fn data_suffix(&self) -> &'static [u8] {
        self.encoder.suffix()
    }

    /// Ends the request: how many bytes were written. Does nothing if it has ended already. Call it
    /// before you read the answer: what the server says before is an answer to a part of the request.
    ///
    /// # Errors
    ///
    /// As [`BodyEncoder::finish`].
    pub fn finish(
        &mut self,
        trailers: &Fields<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        if self.machine.client != State::Body {
            return Ok(0);
        }
        self.check_body()?;
        let len = self.encoder.finish(trailers, out)?;
        self.end_request(now_ms);
        Ok(len)
    }

    /// Takes received bytes: how many, and what they say. Call it again with what is left until it
    /// takes nothing and gives no event.
    ///
    /// Bytes may be taken without an event, as those of a chunk's size: drop them in any case. A head is
    /// taken as a whole, so until it is complete nothing is taken; it is not looked at twice.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], again with each later call: close the connection.
    /// [`ErrorKind::Unexpected`] for bytes that answer no request.
    pub fn handle_input<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<ClientEvent<'a>>), DecodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let result = match self.machine.server {
            State::Respond => self.head(input, now_ms),
            State::Body => self.body(input, now_ms),
            // RFC 9112 section 9.2: it answers nothing.
            State::Idle | State::Done if !input.is_empty() => {
                Err(DecodeError { kind: ErrorKind::Unexpected, offset: 0 })
            }
            // RFC 9112 section 6.3: what follows the last response is discarded.
            State::MustClose | State::Closed => Ok((input.len(), None)),
            _ => Ok((0, None)),
        };
        result.map_err(|error| self.fail(error))
    }

    fn head<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<ClientEvent<'a>>), DecodeError> {
        let Some((head, len)) = self.parser.parse_response(input)? else { return Ok((0, None)) };
        let facts = *self.parser.facts();
        let asked = match self.asked & 3 {
            1 => Asked::Head,
            2 => Asked::Connect,
            _ => Asked::Other,
        };
        let at_head = |kind| DecodeError { kind, offset: 0 };
        let framing = decide(Message::Response(asked, head.status), &facts).map_err(at_head)?;
        let step = match (framing, head.status.get()) {
            (_, 101)
                if !facts.upgrade
                    || asked == Asked::Connect
                    || !self.machine.server_may(Step::Switch) =>
            {
                return Err(at_head(ErrorKind::SwitchNotAsked));
            }
            // CONNECT has no body, and nothing else is in flight: its answer may switch.
            (_, 101) | (Framing::Tunnel, _) => Step::Switch,
            (_, 100..=199) => Step::Informational,
            _ => Step::Response,
        };
        self.server_version = Some(head.version);
        // It answers the request that waits, and is not 103 or the like.
        if self.unanswered <= 1 && (step != Step::Informational || head.status.get() == 100) {
            self.go_on(now_ms);
        }
        if step == Step::Informational {
            self.informational = self.informational.saturating_add(1);
            if self.informational > self.settings.informational {
                return Err(at_head(ErrorKind::TooManyInformational));
            }
            return Ok((len, Some(ClientEvent::Informational(head))));
        }
        self.informational = 0;
        self.asked >>= 2;
        self.unanswered = self.unanswered.saturating_sub(1);
        if step == Step::Switch {
            self.machine.server_does(step);
            self.pace.wait(Wait::Nothing, now_ms);
            return Ok((
                len,
                Some(match framing {
                    Framing::Tunnel => ClientEvent::Response { head, framing },
                    _ => ClientEvent::Informational(head),
                }),
            ));
        }
        self.machine.server_persists &= facts.persists() && framing != Framing::UntilClose;
        self.decoder = BodyDecoder::with_limits(framing, self.settings.body);
        self.machine.server_does(step);
        self.pace.wait(Wait::Nothing, now_ms);
        Ok((len, Some(ClientEvent::Response { head, framing })))
    }

    fn body<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<ClientEvent<'a>>), DecodeError> {
        let (taken, part) = self.decoder.decode(input)?;
        self.pace.body(taken, now_ms);
        if part.is_none() {
            self.pace.wait(Wait::Body, now_ms);
        }
        if part == Some(BodyPart::End) {
            self.pace.wait(Wait::Nothing, now_ms);
            self.machine.server_does(Step::End);
            self.wait_for_response(now_ms);
            // Before another request is sent, whose answer it would seem to be.
            if input.len() > taken && matches!(self.machine.server, State::Idle | State::Done) {
                self.fail(DecodeError { kind: ErrorKind::Unexpected, offset: 0 });
            }
        }
        Ok((taken, part.map(ClientEvent::Body)))
    }

    /// Says that the server has ended its direction. Take all events of what was received before. A
    /// body that lasts until then has its [`BodyPart::End`] with the next
    /// [`handle_input`](Self::handle_input), which may have no bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] if it ended within a response, or owes one.
    pub fn handle_eof(&mut self) -> Result<(), DecodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let result = match self.machine.server {
            State::Body => {
                self.machine.server_persists = false;
                return self.decoder.handle_eof().map_err(|error| self.fail(error));
            }
            State::Respond => {
                Err(DecodeError { kind: ErrorKind::Incomplete, offset: self.parser.seen() })
            }
            _ => Ok(()),
        };
        self.machine.server_does(Step::Close);
        result.map_err(|error| self.fail(error))
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); this can change after every call. Time
    /// runs only while it is the server's turn: take what was received before you ask what is late. Who
    /// waits for something slow on purpose, as events, does not call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<u64> {
        match (self.pace.deadline(), self.patience.deadline()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Says how late it is. Does nothing before [`poll_timeout`](Self::poll_timeout). Then a client
    /// that waits for `100 Continue` goes on without it, and a response that is not there fails with
    /// [`ErrorKind::TooSlow`].
    pub fn handle_timeout(&mut self, now_ms: u64) {
        if self.patience.late(now_ms).is_some() {
            self.go_on(now_ms);
        }
        if self.pace.late(now_ms).is_some() {
            let offset = self.parser.seen();
            self.fail(DecodeError { kind: ErrorKind::TooSlow, offset });
        }
    }

    /// True while the server owes a response, or a part of it.
    pub fn wants_input(&self) -> bool {
        self.error.is_none() && matches!(self.machine.server, State::Respond | State::Body)
    }

    /// True if another request may be sent now.
    pub fn can_request(&self) -> bool {
        self.error.is_none() && self.machine.client_may(Step::Request)
    }

    /// True if no request is in flight and the connection can be used again.
    pub fn is_idle(&self) -> bool {
        self.can_request() && self.machine.server == State::Idle
    }

    /// Requests whose response has not ended, at most 32.
    pub fn in_flight(&self) -> usize {
        usize::from(self.machine.in_flight)
    }

    /// True if the connection is to be closed: it has served its last request, or failed.
    pub fn wants_close(&self) -> bool {
        matches!(self.machine.server, State::MustClose | State::Closed) || self.error.is_some()
    }

    /// True if the final response has begun, and the request has not ended: the server may not want the
    /// rest. Send it all the same if it is short, or close the connection: RFC 9112 section 9.3.
    pub fn is_answered_early(&self) -> bool {
        self.machine.client == State::Body
            && self.machine.in_flight <= 1
            && matches!(self.machine.server, State::Body | State::Done)
    }

    /// True behind 101 or 2xx to CONNECT. What of the input was not taken belongs to the other
    /// protocol.
    pub fn is_switched(&self) -> bool {
        self.machine.server == State::Switched
    }

    /// True while the body should wait for `100 Continue`. It ends with that or a final response, and with
    /// [`Budgets::idle_ms`](super::Budgets::idle_ms).
    pub fn awaits_continue(&self) -> bool {
        self.awaits_continue
    }

    fn check_body(&self) -> Result<(), SendError> {
        if self.machine.client == State::Body && self.error.is_none() {
            Ok(())
        } else {
            Err(SendError::OutOfTurn)
        }
    }

    /// Waits for `100 Continue` no longer.
    fn go_on(&mut self, now_ms: u64) {
        self.awaits_continue = false;
        self.patience.wait(Wait::Nothing, now_ms);
    }

    fn end_request(&mut self, now_ms: u64) {
        self.go_on(now_ms);
        self.machine.client_does(Step::End);
        self.wait_for_response(now_ms);
    }

    /// Waits for the next response, if there is one to come and its request was sent.
    fn wait_for_response(&mut self, now_ms: u64) {
        if self.machine.server == State::Respond
            && !(self.machine.client == State::Body && self.machine.in_flight <= 1)
        {
            self.pace.wait(Wait::Head, now_ms);
        }
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.error = Some(error);
        self.pace.wait(Wait::Nothing, 0);
        self.go_on(0);
        error
    }
}
