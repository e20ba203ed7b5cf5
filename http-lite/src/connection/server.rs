//! The server's side.

use super::machine::{Machine, State, Step};
use super::pace::{Pace, Wait};
use super::{SendError, Settings};
use crate::body::{BodyDecoder, BodyEncoder, BodyPart};
use crate::error::{DecodeError, ErrorKind};
use crate::facts::{Expect, Facts, Host, TransferEncoding, Version};
use crate::field::{Field, Fields};
use crate::framing::{Asked, Framing, Message, decide};
use crate::head::{HeadParser, RequestHead, ResponseHead};
use crate::status::StatusCode;
use crate::target::is_authority;
use crate::writer::Writer;

/// What a client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerEvent<'a> {
    /// A request, all its rules checked. Its body follows, at least [`BodyPart::End`].
    Request {
        /// Method, target and fields.
        head: RequestHead<'a>,
        /// How its body ends.
        framing: Framing,
    },
    /// A part of the request's body.
    Body(BodyPart<'a>),
}

/// The server's side of a connection.
///
/// ```
/// use http_lite::body::BodyPart;
/// use http_lite::connection::{Server, ServerEvent, Settings};
/// use http_lite::{Field, Fields, ResponseHead, StatusCode};
///
/// let mut server = Server::new(Settings::SERVER);
/// let mut received = &b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"[..];
/// let (mut out, mut sent) = ([0; 256], 0);
/// loop {
///     let (taken, event) = server.handle_input(received, 0)?;
///     received = &received[taken..]; // also where there is no event
///     match event {
///         Some(ServerEvent::Request { head, .. }) => {
///             assert_eq!(head.fields.get("host").and_then(|host| host.to_str()), Some("x"));
///         }
///         Some(ServerEvent::Body(BodyPart::End)) => {
///             let fields = [Field::content_length(2)];
///             let head = ResponseHead::new(StatusCode::OK, Fields::new(&fields));
///             sent += server.respond(&head, 0, &mut out[sent..]).unwrap();
///             sent += server.data(b"ok", &mut out[sent..]).unwrap().1;
///             sent += server.finish(&Fields::EMPTY, 0, &mut out[sent..]).unwrap();
///         }
///         Some(ServerEvent::Body(_)) => {}
///         None => break,
///     }
/// }
/// sent += server.poll_transmit(0, &mut out[sent..]).unwrap().unwrap_or(0); // nothing here
/// // Now send out[..sent] and read more.
/// let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/// assert_eq!(&out[..sent], [response, response].concat().as_bytes());
/// # Ok::<(), http_lite::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Server {
    machine: Machine,
    settings: Settings,
    parser: HeadParser,
    decoder: BodyDecoder,
    encoder: BodyEncoder,
    pace: Pace,
    /// Of the request that is answered.
    asked: Asked,
    version: Version,
    /// The client waits for 100 before it sends the body.
    awaits_continue: bool,
    /// The application wants the body of a client that waits for 100.
    owes_continue: bool,
    /// This response, or the next one, is the last.
    last: bool,
    /// What is said is counted, not sent: the response to HEAD.
    mute: bool,
    error: Option<DecodeError>,
    /// The error's answer is still to be sent.
    owes_answer: bool,
    /// The error came within a response, which cannot end well.
    cut_off: bool,
}

impl Server {
    /// At the start of a connection.
    pub const fn new(settings: Settings) -> Self {
        Self {
            machine: Machine::new(false),
            settings,
            parser: HeadParser::with_limits(settings.head),
            decoder: BodyDecoder::new(Framing::None),
            encoder: BodyEncoder::new(Framing::None),
            pace: Pace::new(settings.budgets),
            asked: Asked::Other,
            version: Version::Http11,
            awaits_continue: false,
            owes_continue: false,
            last: false,
            mute: false,
            error: None,
            owes_answer: false,
            cut_off: false,
        }
    }

    /// Takes received bytes: how many, and what they say. Call it again with what is left until it
    /// takes nothing and gives no event.
    ///
    /// Bytes may be taken without an event, as those of a chunk's size: drop them in any case. A head is
    /// taken as a whole, so until it is complete nothing is taken; it is not looked at twice. While a request is answered, the next one is not taken.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], again with each later call. Nothing behind it is interpreted. Send what
    /// [`poll_transmit`](Self::poll_transmit) gives, or [`respond`](Self::respond) yourself with its
    /// status, then close.
    pub fn handle_input<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<ServerEvent<'a>>), DecodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let result = match (self.machine.client, self.machine.server) {
            (State::Idle, State::Idle) => self.head(input, now_ms),
            (State::Body, _) => self.body(input, now_ms),
            // RFC 9112 section 9.6: no further request is processed.
            (State::MustClose | State::Closed, _) => Ok((input.len(), None)),
            _ => Ok((0, None)),
        };
        result.map_err(|error| self.fail(error))
    }

    fn head<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<ServerEvent<'a>>), DecodeError> {
        // Whatever is wrong, the answer to HEAD has no content.
        let is_head = input.trim_ascii_start().starts_with(b"HEAD ");
        self.asked = if is_head { Asked::Head } else { Asked::Other };
        self.version = Version::Http11;
        let Some((head, len)) = self.parser.parse_request(input)? else {
            let between = self.parser.is_between_heads();
            self.pace.wait(if between { Wait::Idle } else { Wait::Head }, now_ms);
            return Ok((0, None));
        };
        if !head.target.has_good_authority() {
            let at = place_in(input, head.target.as_bytes());
            return Err(DecodeError::new(ErrorKind::TargetForm, at));
        }
        let facts = *self.parser.facts();
        let framing = self
            .judge(&head, &facts)
            .map_err(|(kind, name)| DecodeError::new(kind, offset_of(input, &head, name, len)))?;
        self.decoder = BodyDecoder::with_limits(framing, self.settings.body);
        (self.asked, self.version) = (Asked::of(&head.method), facts.version);
        let http11 = facts.version == Version::Http11;
        // RFC 9110 section 10.1.1: ignored in HTTP/1.0, and where no content follows.
        self.awaits_continue = http11
            && facts.expect == Expect::Continue
            && !matches!(framing, Framing::None | Framing::Length(0));
        (self.owes_continue, self.mute) = (false, false);
        self.machine.client_persists = facts.persists() && !self.last;
        self.machine.switch_asked = self.asked == Asked::Connect || (facts.upgrade && http11);
        self.machine.client_does(Step::Request);
        self.pace.wait(Wait::Nothing, now_ms);
        Ok((len, Some(ServerEvent::Request { head, framing })))
    }

    /// The rules that go beyond the head's own, with the field that breaks one.
    fn judge(
        &self,
        head: &RequestHead<'_>,
        facts: &Facts,
    ) -> Result<Framing, (ErrorKind, &'static str)> {
        // RFC 9112 section 3.2
        match (facts.host, head.version) {
            (Host::One, _) | (Host::Missing, Version::Http10) => {}
            (Host::Missing, Version::Http11) => return Err((ErrorKind::HostMissing, "")),
            (Host::Several, _) => return Err((ErrorKind::HostTwice, "host")),
        }
        // Only a good one: several are refused above.
        if head.fields.get("host").is_some_and(|host| !is_authority(host.as_bytes())) {
            return Err((ErrorKind::Host, "host"));
        }
        if facts.expect == Expect::Unknown && facts.version == Version::Http11 {
            return Err((ErrorKind::Expectation, "expect"));
        }
        match decide(Message::Request, facts) {
            Ok(Framing::Length(len)) if len > self.settings.body.content => {
                Err((ErrorKind::BodyTooLong, "content-length"))
            }
            Ok(framing) => Ok(framing),
            Err(kind) => Err((kind, "transfer-encoding")),
        }
    }

    fn body<'a>(
        &mut self,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<ServerEvent<'a>>), DecodeError> {
        let (taken, part) = self.decoder.decode(input)?;
        if taken > 0 {
            // Who sends without waiting does not wait.
            self.awaits_continue = false;
            self.pace.body(taken, now_ms);
        }
        match part {
            Some(BodyPart::End) => {
                self.pace.wait(Wait::Nothing, now_ms);
                self.machine.client_does(Step::End);
                self.wait_for_request(now_ms);
            }
            Some(_) => {}
            None => {
                self.owes_continue = self.awaits_continue;
                self.pace.wait(Wait::Body, now_ms);
            }
        }
        Ok((taken, part.map(ServerEvent::Body)))
    }

    /// Says that the client has ended its direction. Take all events of what was received before: so
    /// only while [`wants_input`](Self::wants_input), since a request that waits behind one that you
    /// still answer would be lost.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] if it ended within a request.
    pub fn handle_eof(&mut self) -> Result<(), DecodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let result = match self.machine.client {
            State::Body => self.decoder.handle_eof(),
            State::Idle if !self.parser.is_between_heads() => {
                Err(DecodeError { kind: ErrorKind::Incomplete, offset: self.parser.seen() })
            }
            _ => Ok(()),
        };
        // Who sent half of a request may still read why it was not enough.
        if result.is_ok() {
            self.machine.client_does(Step::Close);
        }
        self.pace.wait(Wait::Nothing, 0);
        result.map_err(|error| self.fail(error))
    }

    /// Sends the head of a response: how many bytes were written.
    ///
    /// Informational responses may come before the final one; 101, which needs Upgrade and
    /// `Connection: upgrade`, and 2xx to CONNECT end HTTP on this connection, once the end of the
    /// request was taken from [`handle_input`](Self::handle_input). A response
    /// without Content-Length and Transfer-Encoding lasts until the connection is closed. One without
    /// content (1xx, 204, 304, Content-Length 0) needs no [`finish`](Self::finish).
    ///
    /// Where the connection ends with this response, `Connection: close` is added, and for clients of
    /// HTTP/1.0 `Connection: keep-alive` where it goes on.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed then. [`ErrorKind::EncodingInHttp10`] for a chunked
    /// response to a client of HTTP/1.0, [`ErrorKind::SwitchNotAsked`] for 101 to who did not ask,
    /// [`ErrorKind::VersionUnsupported`] for 1xx to a client of HTTP/1.0.
    pub fn respond(
        &mut self,
        head: &ResponseHead<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let (facts, framing) = head.check(self.asked).map_err(SendError::Invalid)?;
        let step = match head.status.get() {
            101 if !self.machine.switch_asked || !facts.upgrade || self.asked == Asked::Connect => {
                return Err(SendError::Invalid(ErrorKind::SwitchNotAsked));
            }
            101 => Step::Switch,
            // RFC 9110 section 15.2
            100..=199 if self.version == Version::Http10 => {
                return Err(SendError::Invalid(ErrorKind::VersionUnsupported));
            }
            100..=199 => Step::Informational,
            200..=299 if self.asked == Asked::Connect => Step::Switch,
            _ => Step::Response,
        };
        let coded = facts.transfer_encoding != TransferEncoding::None;
        if coded && self.version == Version::Http10 {
            return Err(SendError::Invalid(ErrorKind::EncodingInHttp10));
        }
        let answers = self.machine.server != State::Idle || self.error.is_some();
        if !answers
            || !self.machine.server_may(step)
            || (self.error.is_some() && step != Step::Response)
        {
            return Err(SendError::OutOfTurn);
        }
        let mut ends = !self.machine.client_persists || !facts.persists() || self.error.is_some();
        let mut added = Fields::EMPTY;
        let own;
        if step == Step::Response {
            // A body that the client may send or not send cannot be told from the next request.
            ends |= self.awaits_continue || framing == Framing::UntilClose;
            if ends && !facts.close {
                own = [Field::CLOSE];
                added = Fields::new(&own);
            } else if !ends && self.version == Version::Http10 && !facts.keep_alive {
                own = [Field::KEEP_ALIVE];
                added = Fields::new(&own);
            }
        }
        let mut w = Writer::new(out);
        head.write_start(&mut w);
        head.fields.write(&mut w);
        added.write(&mut w);
        w.bytes(b"\r\n");
        let len = w.finish()?;

        if step == Step::Response {
            self.machine.server_persists &= !ends;
            self.encoder = BodyEncoder::new(framing);
            self.mute = self.asked == Asked::Head;
            (self.owes_answer, self.awaits_continue) = (false, false);
        } else if step == Step::Switch {
            self.mute = false;
        } else if head.status == StatusCode::CONTINUE {
            self.awaits_continue = false;
        }
        self.machine.server_does(step);
        if step == Step::Response && matches!(framing, Framing::None | Framing::Length(0)) {
            self.machine.server_does(Step::End);
            self.wait_for_request(now_ms);
        }
        Ok(len)
    }

    /// Sends as much of `data` as there is room for: how much of it was taken, and how many bytes
    /// were written. In the response to HEAD all of it is taken and nothing written.
    ///
    /// # Errors
    ///
    /// As [`BodyEncoder::encode`], and [`SendError::OutOfTurn`] if no response has begun.
    pub fn data(&mut self, data: &[u8], out: &mut [u8]) -> Result<(usize, usize), SendError> {
        if self.mute || data.is_empty() {
            return Ok((data.len(), 0));
        }
        if self.machine.server != State::Body {
            return Err(SendError::OutOfTurn);
        }
        Ok(self.encoder.encode(data, out)?)
    }

    /// Writes what goes before `len` bytes of data that you send without copying them here, with
    /// [`data_suffix`](Self::data_suffix) behind them. Not for the response to HEAD, which has no
    /// data: [`SendError::OutOfTurn`].
    ///
    /// # Errors
    ///
    /// As [`BodyEncoder::prefix`], and [`SendError::OutOfTurn`] if no response has begun.
    pub fn data_prefix(&mut self, len: u64, out: &mut [u8]) -> Result<usize, SendError> {
        if self.machine.server != State::Body {
            return Err(SendError::OutOfTurn);
        }
        Ok(self.encoder.prefix(len, out)?)
    }

    /// What goes behind the data that [`data_prefix`](Self::data_prefix) announced.
    pub fn data_suffix(&self) -> &'static [u8] {
        self.encoder.suffix()
    }

    /// Ends the response: how many bytes were written. Does nothing if it has ended already.
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
        let mut len = 0;
        if self.machine.server == State::Body {
            len = self.encoder.finish(trailers, out)?;
            self.machine.server_does(Step::End);
            self.wait_for_request(now_ms);
        }
        self.mute = false;
        Ok(len)
    }

    /// Writes what the machine owes by itself: `100 Continue` to a client that waits for it, once the
    /// body is wanted; after an error the answer with its status, if no response has begun. `None` if
    /// it owes nothing; this can change after `handle_input`, `handle_eof` and `handle_timeout`.
    ///
    /// # Errors
    ///
    /// [`SendError::BufferTooSmall`].
    pub fn poll_transmit(
        &mut self,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        if self.error.is_none() && self.owes_continue && self.awaits_continue {
            return self.respond(&ResponseHead::CONTINUE, now_ms, out).map(Some);
        }
        let Some(error) = self.error.filter(|_| self.owes_answer) else { return Ok(None) };
        let fields = [Field::content_length(0)];
        let head = ResponseHead::new(error.status(), Fields::new(&fields));
        self.respond(&head, now_ms, out).map(Some)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); this can change after every call. Time
    /// runs from the first [`handle_input`](Self::handle_input) on, which may have no bytes, and only
    /// while it is the client's turn: take what was received before you ask what is late. The time
    /// between two requests begins with the end of a response; while you still send it, do not call
    /// `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.pace.deadline()
    }

    /// Says how late it is. Does nothing before [`poll_timeout`](Self::poll_timeout). Then a
    /// connection between two requests ends, and within one it fails with [`ErrorKind::TooSlow`].
    pub fn handle_timeout(&mut self, now_ms: u64) {
        match self.pace.late(now_ms) {
            None | Some(Wait::Nothing) => {}
            Some(Wait::Idle) => {
                self.machine.client_does(Step::Close);
                self.pace.wait(Wait::Nothing, now_ms);
            }
            Some(Wait::Head | Wait::Body) => {
                let offset = self.parser.seen();
                self.fail(DecodeError { kind: ErrorKind::TooSlow, offset });
            }
        }
    }

    /// True while received bytes are of use. False while a response is to be sent first, and behind
    /// the end.
    pub fn wants_input(&self) -> bool {
        self.error.is_none()
            && matches!(
                (self.machine.client, self.machine.server),
                (State::Idle, State::Idle) | (State::Body, _)
            )
    }

    /// True if the connection is to be closed once everything was sent. Close your direction first
    /// and read on for a moment, so that the client can read the answer (RFC 9112 section 9.6).
    pub fn wants_close(&self) -> bool {
        matches!(self.machine.server, State::MustClose | State::Closed) || self.cut_off
    }

    /// True behind 101 or 2xx to CONNECT. What of the input was not taken belongs to the other
    /// protocol.
    pub fn is_switched(&self) -> bool {
        self.machine.server == State::Switched
    }

    /// True if the request wants another protocol (Upgrade, or CONNECT) and has no answer yet.
    pub fn is_switch_asked(&self) -> bool {
        self.machine.switch_asked
    }

    /// True if the client waits for `100 Continue` before it sends its body. A final response is
    /// possible instead; who calls [`handle_input`](Self::handle_input) for the body wants it, and then
    /// [`poll_transmit`](Self::poll_transmit) gives the 100.
    pub fn awaits_continue(&self) -> bool {
        self.awaits_continue
    }

    /// Makes this response the last one of the connection, or between two requests the next one. Say
    /// so before it begins.
    pub fn close_after_response(&mut self) {
        self.last = true;
        self.machine.client_persists = false;
    }

    /// Waits for the next request, if this one and its response have ended.
    fn wait_for_request(&mut self, now_ms: u64) {
        if self.machine.client == State::Idle && self.machine.server == State::Idle {
            self.pace.wait(Wait::Idle, now_ms);
        }
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.error = Some(error);
        self.owes_answer = self.machine.server_may(Step::Response);
        self.cut_off = !self.owes_answer;
        self.machine.client_persists = false;
        self.pace.wait(Wait::Nothing, 0);
        error
    }
}

/// Where in a head the last field of this name begins, or where the head ends.
fn offset_of(bytes: &[u8], head: &RequestHead<'_>, name: &str, len: usize) -> usize {
    let last = head.fields.iter().filter(|field| field.name.is(name)).last();
    last.map_or(len.saturating_sub(2), |field| place_in(bytes, field.name.as_bytes()))
}

/// Where in `bytes` a part of them begins.
fn place_in(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr())
}
