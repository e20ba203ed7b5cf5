//! CoAP over TCP and WebSocket: a task for each connection. RFC 8323
//!
//! Both sides say what they can do first (CSM); then requests are answered in their order, and what
//! is observed is told. A client that does not read is not read from; one that is silent is asked
//! for a sign of life.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use coap_codec::{
    Block, CoapOption, Code, Csm, Knowledge, MessageMut, OptionNumber, Options, ReliableMessage,
    ReliableReaction, Token, Type, Uint, react_reliable,
};
use http_lite::websocket::CloseCode;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::fetches::Fetches;
use super::framing::{Fault, Framing, MESSAGE, Taken};
use super::observations::Observations;
use super::reply::{Fit, NoRoom, Reply};
use super::resources::{self, Context, RECOGNIZED, Transport};
use crate::gateway::Shared;
use crate::gateway::guard::Rights;
use crate::gateway::stream::Stream;
use crate::gateway::wire::{Step, Wire};

/// So many requests of one client are handled before others have their turn.
const MESSAGES_AT_ONCE: usize = 64;
/// .. or as many as take so long.
const SLICE: Duration = Duration::from_millis(1);
/// No message to a client is longer, whatever it can take.
const LONGEST: u32 = 64 << 10;
/// Notifications are made up to here.
const FILL: usize = 64 << 10;
/// A client that is silent for so long is asked for a sign of life, and has the second time to give
/// one.
const SILENCE: Duration = Duration::from_secs(120);
const LAST_CHANCE: Duration = Duration::from_secs(30);
/// A client whose output does not move for so long is gone.
const STALL: Duration = Duration::from_secs(60);

/// Serves one connection from its first byte to its last.
pub(crate) async fn serve(stream: Stream, peer: SocketAddr, shared: Arc<Shared>) {
    shared.log.line(format_args!("{peer}: connected, CoAP"));
    let rights = shared.guard.anonymous().clone();
    Connection::new(Wire::new(stream), Framing::Tcp, peer, rights, &shared).serve().await;
}

/// Serves one that speaks WebSocket from here on; its handshake has told what the client may do.
pub(crate) async fn serve_websocket(
    wire: Wire,
    peer: SocketAddr,
    rights: Rights,
    shared: Arc<Shared>,
) {
    shared.log.line(format_args!("{peer}: connected, CoAP over WebSocket"));
    Connection::new(wire, Framing::websocket(), peer, rights, &shared).serve().await;
}

struct Connection<'s> {
    shared: &'s Shared,
    peer: SocketAddr,
    rights: Rights,
    wire: Wire,
    framing: Framing,
    csm: Csm,
    csm_seen: bool,
    observations: Observations<'s>,
    fetches: Fetches,
    /// When the client last said something whole, and when output last moved.
    heard: Instant,
    moved: Instant,
    /// It was asked for a sign of life.
    pinged: bool,
}

/// Why a connection ends.
enum End {
    /// The client closes, or has said that it will.
    Closed(&'static str),
    /// The connection is of no use any more.
    Gone(&'static str),
    /// The gateway ends.
    Ending,
    /// The client broke a rule of CoAP: it is told by an Abort, and over WebSocket by a code too.
    Fault { why: String, option: Option<OptionNumber>, code: CloseCode },
    /// Or one of WebSocket: there is nobody to understand an Abort.
    NoFrames { why: String, code: CloseCode },
}

impl<'s> Connection<'s> {
    fn new(
        wire: Wire,
        framing: Framing,
        peer: SocketAddr,
        rights: Rights,
        shared: &'s Shared,
    ) -> Self {
        let now = Instant::now();
        let (csm, csm_seen, pinged) = (Csm::BASE, false, false);
        let observations = Observations::new(&shared.hub);
        let (fetches, heard, moved) = (Fetches::default(), now, now);
        Self {
            shared,
            peer,
            rights,
            wire,
            framing,
            csm,
            csm_seen,
            observations,
            fetches,
            heard,
            moved,
            pinged,
        }
    }

    async fn serve(mut self) {
        self.announce();
        let end = self.exchange().await;
        self.shared.log.line(format_args!("{}: {}", self.peer, end.text()));
        self.say_goodbye(&end);
        if !matches!(end, End::Gone(_)) {
            self.wire.close().await;
        }
    }

    /// Section 5.3: the first message.
    fn announce(&mut self) {
        let size = Uint::new(MESSAGE.into());
        let options = [
            CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, size.as_bytes()),
            CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
        ];
        self.send(&ReliableMessage::new(Code::CSM).with_options(Options::new(&options)));
    }

    async fn exchange(&mut self) -> End {
        let mut ending = self.shared.ending.subscribe();
        let watcher = Arc::clone(self.observations.watcher());
        loop {
            let more = match self.turn() {
                Ok(more) => more,
                Err(end) => return end,
            };
            let held_for = self.wire.output.held_for();
            self.tell_news();
            if more {
                yield_now().await;
            }
            let deadline = self.deadline();
            tokio::select! {
                step = self.wire.step(!more) => match step {
                    Ok(Step::Read(0)) => return End::Closed("closed the connection"),
                    Ok(Step::Read(_)) => {}
                    Ok(Step::Wrote) => self.moved = Instant::now(),
                    Err(_) => return End::Gone("connection lost"),
                },
                () = watcher.woken() => {}
                committed = self.shared.committed(held_for) => {
                    self.wire.output.release(committed);
                }
                _ = ending.wait_for(|ending| *ending) => return End::Ending,
                () = yield_now(), if more && !self.wire.is_congested() => {}
                () = sleep_until(deadline) => {
                    if let Some(end) = self.overdue() {
                        return end;
                    }
                }
            }
        }
    }

    /// The same as one step for the disk: what is said waits for it.
    fn turn(&mut self) -> Result<bool, End> {
        let Some(store) = &self.shared.store else { return self.handle_input() };
        let (turn, from) = (store.turn(), self.wire.output.end());
        let more = self.handle_input();
        if let Some(change) = turn.end() {
            self.wire.output.hold(from, change);
        }
        more
    }

    /// The next whole messages of the input; true if there may be more.
    fn handle_input(&mut self) -> Result<bool, End> {
        let begin = Instant::now();
        for _ in 0..MESSAGES_AT_ONCE {
            if self.wire.is_congested() {
                return Ok(true);
            }
            let mut input = std::mem::take(&mut self.wire.input);
            let result = self.handle_first(&mut input);
            self.wire.input = input;
            match result? {
                0 => return Ok(false),
                len => self.wire.consume(len),
            }
            if begin.elapsed() >= SLICE {
                break;
            }
        }
        Ok(true)
    }

    /// Handles what is first in `input`, and tells its length; 0 if it is not complete.
    fn handle_first(&mut self, input: &mut BytesMut) -> Result<usize, End> {
        let Taken { len, message } = self.framing.next(input)?;
        let owed = self.framing.owed();
        self.push(&owed);
        if let Some(message) = message {
            self.handle(&message)?;
            (self.heard, self.pinged) = (Instant::now(), false);
        }
        Ok(len)
    }

    /// Handles a message.
    fn handle(&mut self, bytes: &[u8]) -> Result<(), End> {
        let message = self.framing.decode(bytes);
        let reaction = react_reliable(&message, self.csm_seen, &Knowledge::server(RECOGNIZED));
        let message = message.map_err(Fault::Message)?;
        match reaction {
            ReliableReaction::Abort(option) => {
                let why = if option.is_some() { "a critical option" } else { "no CSM" };
                Err(End::Fault { why: why.to_owned(), option, code: CloseCode::PROTOCOL_ERROR })
            }
            reaction => self.react(reaction, &message),
        }
    }

    fn react(
        &mut self,
        reaction: ReliableReaction,
        message: &ReliableMessage<'_>,
    ) -> Result<(), End> {
        match reaction {
            ReliableReaction::Settings => {
                self.csm.apply(&message.options);
                self.csm_seen = true;
            }
            ReliableReaction::Pong => {
                // Section 5.4.2: what came before has been processed.
                let custody = [CoapOption::new(OptionNumber::CUSTODY, b"")];
                let asked = usize::from(message.custody());
                let options = Options::new(custody.get(..asked).unwrap_or_default());
                self.send(&message.response(Code::PONG).with_options(options));
            }
            ReliableReaction::Release => return Err(End::Closed("released the connection")),
            ReliableReaction::Close => return Err(End::Closed("aborted the connection")),
            ReliableReaction::Respond(code) => {
                self.respond(message, &Reply::new(code));
            }
            ReliableReaction::Process if message.code.is_request() => self.request(message),
            // Responses: nobody has asked for one.
            _ => {}
        }
        Ok(())
    }

    fn request(&mut self, request: &ReliableMessage<'_>) {
        let observed = self.observations.observe(request);
        let context = Context {
            shared: self.shared,
            transport: self.framing.transport(),
            peer: self.peer,
            via: self.wire.stream().via_coap(self.framing.transport() == Transport::WebSocket),
            rights: &self.rights,
            is_proved: true,
            observes: observed.is_some(),
            now: std::time::Instant::now(),
        };
        let now = context.now;
        let body = self.fetches.body_of(request, self.peer, now);
        let mut reply = match &body {
            Ok(body) => resources::answer(&request.with_payload(body), &context),
            Err(why) => Reply::error(Code::REQUEST_ENTITY_INCOMPLETE, why),
        };
        if let Some(key) = observed {
            reply = self.observations.answered(key, reply, request);
        }
        let block = self.respond(request, &reply);
        if let Ok(body) = body {
            let request = request.with_payload(&body);
            self.fetches.answered(&request, self.peer, block, now);
        }
    }

    /// Sends a response, and tells which block of it.
    fn respond(&mut self, request: &ReliableMessage<'_>, reply: &Reply) -> Option<Block> {
        if request.options.no_response(reply.code) {
            return None;
        }
        let block = request.options.block2();
        let head = request.response(reply.code);
        self.write(&head, reply, block).unwrap_or_else(|NoRoom| {
            let why = "longer than your Max-Message-Size, and you do no block-wise transfer";
            let reply = Reply::error(Code::INTERNAL_SERVER_ERROR, why);
            let _ = self.write(&request.response(reply.code), &reply, None);
            None
        })
    }

    /// Appends a response whose head is given, and tells which block of it.
    fn write(
        &mut self,
        head: &ReliableMessage<'_>,
        reply: &Reply,
        wanted: Option<Block>,
    ) -> Result<Option<Block>, NoRoom> {
        /// Header, token and options are never longer.
        const HEAD: usize = 1024;
        /// The header can be longer here than over UDP.
        const LONGER: usize = 2;
        let limit = self.csm.max_message_size.min(LONGEST) as usize;
        let limit = limit.saturating_sub(LONGER);
        let mut buffer = vec![0; limit.min(reply.body.len() + HEAD)];
        let mut message =
            MessageMut::new(&mut buffer, Type::NonConfirmable, head.code, 0, head.token)?;
        let may_split = self.csm.block_wise_transfer;
        reply.write(&mut message, &Fit { wanted, whole: usize::MAX, may_split })?;
        let message = message.message().reliable();
        self.send(&message);
        Ok(message.options.block2())
    }

    fn send(&mut self, message: &ReliableMessage<'_>) {
        let bytes = self.framing.encode(message);
        self.push(&bytes);
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.wire.output.is_empty() {
            self.moved = Instant::now();
        }
        self.wire.output.push(bytes);
    }

    /// Notifies of what has changed, as far as the client reads.
    fn tell_news(&mut self) {
        while self.wire.output.len() < FILL {
            let Some((key, reply)) = self.observations.next() else {
                return;
            };
            let Some(observation) = self.observations.get(key) else {
                return;
            };
            let (token, block) = (observation.token().as_bytes().to_vec(), observation.block);
            let token = Token::new(&token).unwrap_or_default();
            let head = ReliableMessage::new(reply.code).with_token(token);
            if self.write(&head, &reply, block).is_err() || reply.code != Code::CONTENT {
                self.observations.remove(key);
            }
        }
    }

    /// When to look for what is [`overdue`](Self::overdue).
    fn deadline(&self) -> Instant {
        let silence = match (self.csm_seen, self.pinged) {
            (false, _) => self.shared.options.limits.connect_timeout,
            (true, false) => SILENCE,
            (true, true) => SILENCE + LAST_CHANCE,
        };
        let silent_at = self.heard + silence;
        if self.wire.output.is_empty() { silent_at } else { silent_at.min(self.moved + STALL) }
    }

    fn overdue(&mut self) -> Option<End> {
        let now = Instant::now();
        if !self.wire.output.is_empty() && now >= self.moved + STALL {
            return Some(End::Gone("reads nothing"));
        }
        if now < self.deadline() {
            return None;
        }
        if !self.csm_seen {
            let (why, code) = ("no CSM".to_owned(), CloseCode::PROTOCOL_ERROR);
            return Some(End::Fault { why, option: None, code });
        }
        if self.pinged {
            return Some(End::Gone("says nothing"));
        }
        self.pinged = true;
        self.send(&ReliableMessage::new(Code::PING));
        None
    }

    /// Sections 5.5 and 5.6, and the Close of WebSocket.
    fn say_goodbye(&mut self, end: &End) {
        let (code, why) = match end {
            End::Ending => {
                self.send(&ReliableMessage::new(Code::RELEASE));
                (CloseCode::GOING_AWAY, "")
            }
            End::Fault { why, option, code } => {
                let number = Uint::new(option.map_or(0, |number| number.0).into());
                let options = [CoapOption::new(OptionNumber::BAD_CSM_OPTION, number.as_bytes())];
                let options = options.get(..usize::from(option.is_some())).unwrap_or_default();
                let abort = ReliableMessage::new(Code::ABORT).with_payload(why.as_bytes());
                self.send(&abort.with_options(Options::new(options)));
                (*code, &**why)
            }
            End::NoFrames { why, code } => (*code, &**why),
            End::Closed(_) | End::Gone(_) => (CloseCode::NORMAL, ""),
        };
        let close = self.framing.close(code, why);
        self.push(&close);
    }
}

impl End {
    /// For the log.
    fn text(&self) -> String {
        match self {
            Self::Closed(what) | Self::Gone(what) => (*what).to_owned(),
            Self::Ending => "ended: the gateway ends".to_owned(),
            Self::Fault { why, .. } | Self::NoFrames { why, .. } => format!("refused: {why}"),
        }
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Message(error) => Self::Fault {
                why: format!("{error} ({})", error.rule()),
                option: None,
                code: CloseCode::INVALID_DATA,
            },
            Fault::Frame(error) => Self::NoFrames {
                why: format!("{error} ({})", error.kind.rule()),
                code: error.kind.close_code(),
            },
            Fault::Text => Self::NoFrames {
                why: "a message of CoAP is binary (RFC 8323 section 4.2)".to_owned(),
                code: CloseCode::UNSUPPORTED_DATA,
            },
            Fault::Closed => Self::Closed("closed the connection"),
        }
    }
}
