//! One connection: bytes in, requests out, and what a slow or endless peer may take of our time.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_lite::body::BodyPart;
use http_lite::connection::{Budgets, SendError, Server, ServerEvent, Settings};
use http_lite::framing::Framing;
use http_lite::websocket::Role;
use http_lite::{DecodeError, HeadParser, ResponseHead, StatusCode, Version};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::reply::{Reply, Subprotocol};
use super::request::{Context, Request};
use super::route;
use crate::gateway::Shared;
use crate::gateway::coap;
use crate::gateway::guard::{Identity, Rights};
use crate::gateway::log::Shown;
use crate::gateway::mqtt;
use crate::gateway::share;
use crate::gateway::store::Turn;
use crate::gateway::stream::{OtherSide, Stream};
use crate::gateway::wire::{Step, Wire};
use crate::websocket::WebSocket;

/// So many times a head's time may pass between two requests, and without the client taking anything
/// of what it is sent.
const PATIENCE: u32 = 6;
/// A body must bring so many bytes in a head's time.
const LEAST_BYTES: u64 = 1024;
/// The requests of one client are answered for so long before others have their turn and the answers
/// leave.
const SLICE: Duration = Duration::from_millis(1);
/// Until no more than this waits to be sent, nothing else is made.
pub(super) const FILL: usize = 64 << 10;

const READS_NOTHING: &str = "reads nothing";
const LOST: &str = "connection lost";

/// Serves one connection from its first byte to its last.
pub(crate) async fn serve(stream: Stream, peer: SocketAddr, shared: Arc<Shared>) {
    shared.log.line(format_args!("{peer}: connected, HTTP"));
    let mut connection = Connection::new(Wire::new(stream), peer, &shared);
    let end = match connection.exchange().await {
        // A peer that is owed something, and reads slowly, gets all of it.
        Err(end @ (End::Done(_) | End::Refused(_))) => {
            connection.drain(1).await.err().unwrap_or(end)
        }
        Err(end) => end,
        Ok(never) => match never {},
    };
    match end {
        End::Switched(Subprotocol::Mqtt) => {
            let (stream, received, output) = connection.wire.into_parts();
            let socket = WebSocket::new(stream, Role::Server, received, output);
            let inside = Stream::WebSocket(Box::new((socket, connection.identity)));
            return mqtt::serve(inside, peer, Arc::clone(&shared)).await;
        }
        End::Switched(Subprotocol::Coap) => {
            let Connection { wire, identity, .. } = connection;
            let rights = shared.guard.rights(&identity, None);
            return coap::serve_websocket(wire, peer, rights, Arc::clone(&shared)).await;
        }
        _ => {}
    }
    shared.log.line(format_args!("{peer}: {}", end.text()));
    if !matches!(end, End::Gone(_)) {
        connection.wire.close().await;
    }
}

pub(super) struct Connection<'s> {
    pub(super) shared: &'s Shared,
    pub(super) peer: SocketAddr,
    pub(super) wire: Wire,
    pub(super) server: Server,
    /// Who has sent the last request.
    identity: Identity,
    /// The last request's change, which is not on disk yet.
    change: Option<u64>,
    /// The request whose content is coming.
    pending: Option<Pending>,
    /// The last request was HEAD ..
    pub(super) is_head: bool,
    /// .. of this version ..
    pub(super) version: Version,
    /// .. and for the log it is this, if there is one.
    pub(super) asked: String,
    pub(super) scratch: Vec<u8>,
    ending: watch::Receiver<bool>,
    start: Instant,
    /// When output last moved, or began to wait.
    pub(super) moved: Instant,
    stall: Duration,
}

/// A request whose content is not all here.
struct Pending {
    head: Bytes,
    content: BytesMut,
    rights: Rights,
    /// Why it is refused, once its content has passed.
    refusal: Option<Reply>,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// All was said.
    Done(&'static str),
    /// It is of no use any more.
    Gone(&'static str),
    /// The gateway ends.
    Ending,
    /// The client broke a rule, or was too slow.
    Refused(DecodeError),
    /// We did.
    Broken(SendError),
    /// Another protocol is spoken now.
    Switched(Subprotocol),
}

/// What to do next.
enum Next {
    Read,
    Send(Reply),
}

impl<'s> Connection<'s> {
    fn new(wire: Wire, peer: SocketAddr, shared: &'s Shared) -> Self {
        let limits = &shared.options.limits;
        let head_ms = u64::try_from(limits.connect_timeout.as_millis()).unwrap_or(u64::MAX);
        let budgets = Budgets {
            head_ms,
            body_ms: head_ms,
            body_bytes: LEAST_BYTES,
            idle_ms: head_ms.saturating_mul(PATIENCE.into()),
        };
        let settings =
            Settings::SERVER.with_content(limits.packet_size.into()).with_budgets(budgets);
        let now = Instant::now();
        Self {
            shared,
            peer,
            wire,
            server: Server::new(settings),
            identity: Identity::ANONYMOUS,
            change: None,
            pending: None,
            is_head: false,
            version: Version::Http11,
            asked: String::new(),
            scratch: vec![0; 512],
            ending: shared.ending.subscribe(),
            start: now,
            moved: now,
            stall: limits.connect_timeout.saturating_mul(PATIENCE),
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn exchange(&mut self) -> Result<Infallible, End> {
        let mut begin = Instant::now();
        loop {
            match self.next().await? {
                Next::Read => self.read().await?,
                Next::Send(reply) => {
                    self.commit().await;
                    self.send(reply).await?;
                }
            }
            if self.server.wants_close() {
                return Err(End::Done("closed"));
            }
            self.drain(FILL).await?;
            if begin.elapsed() >= SLICE {
                self.send_now().await?;
                yield_now().await;
                begin = Instant::now();
            }
        }
    }

    /// Handles what has come, up to the end of a request.
    async fn next(&mut self) -> Result<Next, End> {
        loop {
            let now = self.now_ms();
            let (taken, event) = match self.server.handle_input(&self.wire.input, now) {
                Ok(found) => found,
                Err(error) => return Err(self.refuse(error)),
            };
            match event {
                None if taken == 0 => return Ok(Next::Read),
                None | Some(ServerEvent::Body(BodyPart::Trailers(_))) => self.wire.consume(taken),
                Some(ServerEvent::Request { head, framing }) => {
                    (self.is_head, self.version) = (head.method == "HEAD", head.version);
                    self.asked.clear();
                    if !self.shared.options.quiet {
                        let path = String::from_utf8_lossy(head.target.path());
                        let (method, path) = (Shown(head.method.as_str()), Shown(&path));
                        let _ = write!(self.asked, "{method} {path}");
                    }
                    let mut request = Request::new(head, b"");
                    request.len = if let Framing::Length(len) = framing { len } else { 0 };
                    let identity = self.shared.guard.identify_request(&request).await;
                    let (identity, mut refusal) = match identity {
                        Ok(identity) => (identity, None),
                        Err(reply) => (Identity::ANONYMOUS, Some(reply)),
                    };
                    let rights = self.shared.guard.rights(&identity, None);
                    self.identity = identity;
                    refusal = refusal.or_else(|| route::admit(&request, &rights).err());
                    let head = self.wire.input.split_to(taken).freeze();
                    let pending = Pending { head, content: BytesMut::new(), rights, refusal };
                    let pending = self.pending.insert(pending);
                    if self.server.awaits_continue() {
                        if pending.refusal.is_some() {
                            return Ok(Next::Send(self.answer()));
                        }
                        self.write(|server, out| {
                            server.respond(&ResponseHead::CONTINUE, now, out)
                        })?;
                    }
                }
                Some(ServerEvent::Body(BodyPart::Data(data))) => {
                    if let Some(pending) = self.pending.as_mut().filter(|p| p.refusal.is_none()) {
                        pending.content.extend_from_slice(data);
                    }
                    self.wire.consume(taken);
                }
                Some(ServerEvent::Body(BodyPart::End)) => {
                    self.wire.consume(taken);
                    return Ok(Next::Send(self.answer()));
                }
            }
        }
    }

    /// The answer to the request that is here.
    fn answer(&mut self) -> Reply {
        let never = || Reply::new(StatusCode::INTERNAL_SERVER_ERROR);
        let Some(Pending { head, content, rights, refusal }) = self.pending.take() else {
            return never();
        };
        if let Some(refusal) = refusal {
            return refusal;
        }
        // It has been read once, so it can be read again.
        let Ok(Some((head, _))) = HeadParser::new().parse_request(&head) else { return never() };
        let now = std::time::Instant::now();
        let via = self.wire.stream().via_http();
        let context = Context { shared: self.shared, peer: self.peer, via, rights: &rights, now };
        let turn = self.shared.store.as_ref().map(|store| store.turn());
        let reply = route::answer(&Request::new(head, &content), &context);
        self.change = turn.and_then(Turn::end);
        reply
    }

    /// What was changed is told once it is on disk.
    async fn commit(&mut self) {
        if let Some((store, change)) = self.shared.store.as_ref().zip(self.change.take()) {
            store.wait_for(change).await;
        }
    }

    /// Tells the client what was wrong, if it is its turn to hear something.
    fn refuse(&mut self, error: DecodeError) -> End {
        let why = format!("{error} ({})", error.rule());
        if self.pending.take().is_none() {
            // What was not understood may still have been HEAD.
            self.is_head = self.wire.input.starts_with(b"HEAD ");
            self.asked.clear();
        }
        let _ = self.send_whole(&Reply::error(error.status(), why));
        End::Refused(error)
    }

    /// Waits for bytes, or until they are late.
    async fn read(&mut self) -> Result<(), End> {
        match self.step(true, self.deadline()).await? {
            Some(Step::Read(0)) => self.server.handle_eof().map_err(|error| self.refuse(error)),
            Some(_) => Ok(()),
            None if self.is_stalled() => Err(End::Gone(READS_NOTHING)),
            None => {
                self.server.handle_timeout(self.now_ms());
                Ok(())
            }
        }
    }

    /// Sends until less than `below` bytes are left. What the client sends meanwhile waits.
    pub(super) async fn drain(&mut self, below: usize) -> Result<(), End> {
        while self.wire.output.len() >= below {
            if self.step(false, self.stalled_at()).await?.is_none() {
                return Err(End::Gone(READS_NOTHING));
            }
        }
        Ok(())
    }

    /// Sends what the client takes now, and sees whether it is there: nothing is made for who is gone.
    pub(super) async fn send_now(&mut self) -> Result<OtherSide, End> {
        let before = self.wire.output.len();
        let sent = self.wire.send_now().await;
        if self.wire.output.len() < before {
            self.moved = Instant::now();
        }
        match sent {
            Ok(OtherSide::Closed) | Err(_) => Err(End::Gone(LOST)),
            Ok(other) => Ok(other),
        }
    }

    /// Waits for a turn to work on a list; meanwhile what has been made goes out.
    pub(super) async fn turn(&mut self) -> Result<(share::Turn<'s>, OtherSide), End> {
        let shared = self.shared;
        let mut turn = pin!(shared.lists.turn());
        loop {
            let deadline = Instant::now() + self.stall;
            let deadline = if self.wire.output.is_empty() { deadline } else { self.stalled_at() };
            tokio::select! {
                turn = &mut turn => return Ok((turn, self.send_now().await?)),
                step = self.step(false, deadline) => {
                    if step?.is_none() && self.is_stalled() {
                        return Err(End::Gone(READS_NOTHING));
                    }
                }
            }
        }
    }

    /// Waits until bytes have come, if they may, or gone; `None` at the deadline.
    pub(super) async fn step(
        &mut self,
        may_read: bool,
        deadline: Instant,
    ) -> Result<Option<Step>, End> {
        let ending = async {
            let _ = self.ending.wait_for(|ending| *ending).await;
        };
        let step = tokio::select! {
            step = self.wire.step(may_read) => step,
            () = ending => return Err(End::Ending),
            () = sleep_until(deadline) => return Ok(None),
        };
        match step {
            Ok(Step::Wrote) => self.moved = Instant::now(),
            Ok(Step::Read(_)) => {}
            Err(_) => return Err(End::Gone(LOST)),
        }
        Ok(step.ok())
    }

    pub(super) fn is_stalled(&self) -> bool {
        !self.wire.output.is_empty() && Instant::now() >= self.stalled_at()
    }

    /// When a client that takes nothing is gone.
    pub(super) fn stalled_at(&self) -> Instant {
        self.moved + self.stall
    }

    /// When to look whether somebody is late. Between two requests, time runs from when the client
    /// has taken the last response.
    fn deadline(&self) -> Instant {
        let stalled_at = self.stalled_at();
        let is_between = self.pending.is_none() && self.wire.input.is_empty();
        let late_at = match self.server.poll_timeout() {
            Some(ms) => self.start + Duration::from_millis(ms),
            None => Instant::now() + self.stall,
        };
        match (is_between, self.wire.output.is_empty()) {
            (true, true) => late_at.max(stalled_at),
            (true, false) => stalled_at,
            (false, true) => late_at,
            (false, false) => late_at.min(stalled_at),
        }
    }
}

impl End {
    /// For the log.
    fn text(&self) -> String {
        match self {
            Self::Done(what) | Self::Gone(what) => (*what).to_owned(),
            Self::Ending => "ended: the gateway ends".to_owned(),
            Self::Refused(error) => {
                format!("refused: {} {error} ({})", error.status(), error.rule())
            }
            Self::Switched(subprotocol) => format!("speaks {}", subprotocol.name()),
            Self::Broken(error) => format!("ended: {error}"),
        }
    }
}
