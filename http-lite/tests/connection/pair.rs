//! A client and a server over a pipe, driven by a text.
//!
//! ```text
//! C GET /a | Name: value | Name: value     the client sends a request head; Host is added
//! S 200 | Content-Length: 2                the server sends a response head, of HTTP/1.1
//! C data ab, S data ab                     content
//! C end | Name: value, S end               the end of a body, with trailers
//! C eof, S eof                             this side ends its direction
//! C raw text, S raw text                   bytes on the wire that no machine has made; \r \n escaped
//! S owed                                   what the server owes by itself
//! S last                                   the server makes this response its last one
//! wait 500                                 time passes; both machines are told
//! C? S?                                    shows what this side wants
//! ```
//!
//! After each line everything flows. Lines that begin with `c` or `s` are what the client and the
//! server have heard then, or why something was not sent.

use http_lite::connection::{Client, ClientEvent, SendError, Server, ServerEvent, Settings};
use http_lite::{Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};

use crate::common::{body_text, request_text, response_text};
use crate::reference::wire;

/// Numbers that look random, and are the same again for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit.max(1)
    }
}

/// How much arrives at a time.
#[derive(Debug, Clone)]
enum Cut {
    Never,
    EachByte,
    Anywhere(Numbers),
}

impl Cut {
    fn next(&mut self, len: usize) -> usize {
        match self {
            Self::Never => len,
            Self::EachByte => 1.min(len),
            Self::Anywhere(numbers) => (1 + numbers.below(20)).min(len),
        }
    }
}

struct Pair {
    client: Client,
    server: Server,
    /// On the way, and received but not taken.
    to_server: (Vec<u8>, Vec<u8>),
    to_client: (Vec<u8>, Vec<u8>),
    client_eof: bool,
    server_eof: bool,
    /// An error is told once.
    client_failed: bool,
    server_failed: bool,
    /// All that the machines have sent.
    client_sent: Vec<u8>,
    server_sent: Vec<u8>,
    /// Somebody else has sent too.
    raw: bool,
    now_ms: u64,
    cut: Cut,
    heard: Vec<String>,
}

/// Runs a script, cut in many ways.
#[track_caller]
pub(crate) fn run(script: &str) {
    run_with(Settings::CLIENT, Settings::SERVER, script);
}

#[track_caller]
pub(crate) fn run_with(client: Settings, server: Settings, script: &str) {
    let random =
        (1..=20).map(|seed| Cut::Anywhere(Numbers(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed))));
    for cut in [Cut::Never, Cut::EachByte].into_iter().chain(random) {
        let shown = format!("{cut:?}");
        let mut pair = Pair::new(client, server, cut);
        let mut commands = script.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
        while let Some(command) = commands.next() {
            pair.command(command);
            let mut expected = Vec::new();
            while let Some(line) = commands.next_if(|line| line.starts_with(['c', 's'])) {
                expected.push(line.to_owned());
            }
            let heard = core::mem::take(&mut pair.heard);
            assert_eq!(heard, expected, "behind {command:?}, {shown}");
        }
        pair.check();
    }
}

impl Pair {
    fn new(client: Settings, server: Settings, cut: Cut) -> Self {
        Self {
            client: Client::new(client),
            server: Server::new(server),
            to_server: Default::default(),
            to_client: Default::default(),
            client_eof: false,
            server_eof: false,
            client_failed: false,
            server_failed: false,
            client_sent: Vec::new(),
            server_sent: Vec::new(),
            raw: false,
            now_ms: 0,
            cut,
            heard: Vec::new(),
        }
    }

    fn command(&mut self, command: &str) {
        let (who, what) = command.split_once(' ').unwrap_or((command, ""));
        let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
        match (who, verb) {
            ("wait", ms) => {
                self.now_ms += ms.parse::<u64>().unwrap();
                self.client.handle_timeout(self.now_ms);
                self.server.handle_timeout(self.now_ms);
            }
            ("C?", _) => self.show_client(),
            ("S?", _) => self.show_server(),
            ("C", "eof") => self.client_eof = true,
            ("S", "eof") => self.server_eof = true,
            ("C", "raw") => {
                self.raw = true;
                self.to_server.0.extend_from_slice(unescape(rest).as_bytes());
            }
            ("S", "raw") => {
                self.raw = true;
                self.to_client.0.extend_from_slice(unescape(rest).as_bytes());
            }
            ("S", "last") => self.server.close_after_response(),
            ("S", "owed") => {
                let Self { server, now_ms, .. } = self;
                let owed = write(|out| Ok(server.poll_transmit(*now_ms, out)?.unwrap_or(0)));
                self.server_sends(owed);
            }
            ("C", "data") => {
                let data = unescape(rest);
                let mut cut = self.cut.clone();
                let Self { client, .. } = self;
                let sent = data_in_pieces(data.as_bytes(), &mut cut, |d, out| client.data(d, out));
                self.client_sends(sent);
            }
            ("S", "data") => {
                let data = unescape(rest);
                let mut cut = self.cut.clone();
                let Self { server, .. } = self;
                let sent = data_in_pieces(data.as_bytes(), &mut cut, |d, out| server.data(d, out));
                self.server_sends(sent);
            }
            ("C", "end") => {
                let fields = fields(rest);
                let Self { client, now_ms, .. } = self;
                let sent = write(|out| client.finish(&Fields::new(&fields), *now_ms, out));
                self.client_sends(sent);
            }
            ("S", "end") => {
                let fields = fields(rest);
                let Self { server, now_ms, .. } = self;
                let sent = write(|out| server.finish(&Fields::new(&fields), *now_ms, out));
                self.server_sends(sent);
            }
            ("C", method) => {
                let (target, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let method = Method::new(method.as_bytes()).unwrap();
                let target = Target::new(target.as_bytes(), &method).unwrap();
                let mut fields = fields(rest);
                fields.insert(0, Field::new("Host", "h").unwrap());
                let head = RequestHead::new(method, target, Fields::new(&fields));
                let Self { client, now_ms, .. } = self;
                let sent = write(|out| client.request(&head, *now_ms, out));
                self.client_sends(sent);
            }
            ("S", status) => {
                let status = StatusCode::new(status.parse().unwrap()).unwrap();
                let fields = fields(rest);
                let head = ResponseHead::new(status, Fields::new(&fields));
                let Self { server, now_ms, .. } = self;
                let sent = write(|out| server.respond(&head, *now_ms, out));
                self.server_sends(sent);
            }
            _ => panic!("{command}"),
        }
        self.flow();
    }

    fn client_sends(&mut self, sent: Result<Vec<u8>, SendError>) {
        match sent {
            Ok(bytes) => {
                self.client_sent.extend_from_slice(&bytes);
                self.to_server.0.extend_from_slice(&bytes);
            }
            Err(error) => self.heard.push(format!("c! {error:?}")),
        }
    }

    fn server_sends(&mut self, sent: Result<Vec<u8>, SendError>) {
        match sent {
            Ok(bytes) => {
                self.server_sent.extend_from_slice(&bytes);
                // What answers raw requests is not for a client that has asked nothing.
                if self.client.in_flight() > 0 {
                    self.to_client.0.extend_from_slice(&bytes);
                }
            }
            Err(error) => self.heard.push(format!("s! {error:?}")),
        }
    }

    /// Moves all bytes that are on the way, to the server first.
    fn flow(&mut self) {
        let mut text = String::new();
        loop {
            self.server_hears(&mut text);
            let len = self.cut.next(self.to_server.0.len());
            if len == 0 {
                break;
            }
            self.to_server.1.extend(self.to_server.0.drain(..len));
        }
        self.hear("s", &mut text);
        if self.client_eof && self.to_server.1.is_empty() {
            self.client_eof = false;
            let result = self.server.handle_eof();
            self.server_failed |= result.is_err();
            self.heard.push(format!("s eof {}", shown(result)));
        }
        loop {
            self.client_hears(&mut text);
            let len = self.cut.next(self.to_client.0.len());
            if len == 0 {
                break;
            }
            self.to_client.1.extend(self.to_client.0.drain(..len));
        }
        if self.server_eof && self.to_client.1.is_empty() {
            self.hear("c", &mut text);
            self.server_eof = false;
            let result = self.client.handle_eof();
            self.client_failed |= result.is_err();
            self.heard.push(format!("c eof {}", shown(result)));
            if result.is_ok() {
                self.client_hears(&mut text);
            }
        }
        self.hear("c", &mut text);
    }

    fn server_hears(&mut self, text: &mut String) {
        loop {
            let input = &self.to_server.1;
            let (taken, more) = match self.server.handle_input(input, self.now_ms) {
                Ok((taken, event)) => {
                    match event {
                        Some(ServerEvent::Request { head, framing }) => {
                            text.push_str(&format!("{} {framing:?} ", request_text(&head)));
                        }
                        Some(ServerEvent::Body(part)) => body_text(text, part),
                        None => {}
                    }
                    (taken, event.is_some())
                }
                Err(error) => {
                    if !self.server_failed {
                        text.push_str(&format!("{:?}@{} ", error.kind, error.offset));
                    }
                    self.server_failed = true;
                    (input.len(), false)
                }
            };
            self.to_server.1.drain(..taken);
            if taken == 0 && !more {
                return;
            }
        }
    }

    fn client_hears(&mut self, text: &mut String) {
        loop {
            let input = &self.to_client.1;
            let (taken, more) = match self.client.handle_input(input, self.now_ms) {
                Ok((taken, event)) => {
                    match event {
                        Some(ClientEvent::Informational(head)) => {
                            text.push_str(&format!("{} ; ", response_text(&head)));
                        }
                        Some(ClientEvent::Response { head, framing }) => {
                            text.push_str(&format!("{} {framing:?} ", response_text(&head)));
                        }
                        Some(ClientEvent::Body(part)) => body_text(text, part),
                        None => {}
                    }
                    (taken, event.is_some())
                }
                Err(error) => {
                    if !self.client_failed {
                        text.push_str(&format!("{:?}@{} ", error.kind, error.offset));
                    }
                    self.client_failed = true;
                    (input.len(), false)
                }
            };
            self.to_client.1.drain(..taken);
            if taken == 0 && !more {
                return;
            }
        }
    }

    fn hear(&mut self, who: &str, text: &mut String) {
        if !text.is_empty() {
            self.heard.push(format!("{who} {}", text.trim_end()));
            text.clear();
        }
    }

    fn show_client(&mut self) {
        let Self { client, .. } = self;
        let wants = [
            (client.is_idle(), "idle"),
            (client.can_request(), "request"),
            (client.wants_input(), "input"),
            (client.wants_close(), "close"),
            (client.is_switched(), "switched"),
            (client.awaits_continue(), "continue"),
            (client.is_answered_early(), "early"),
        ];
        let mut text = words(&wants);
        if client.in_flight() > 0 && !client.wants_close() {
            text.push_str(&format!(" {} in flight", client.in_flight()));
        }
        if let Some(at) = client.poll_timeout() {
            text.push_str(&format!(" until {at}"));
        }
        if !self.to_client.1.is_empty() {
            text.push_str(&format!(" left {:?}", self.to_client.1.escape_ascii().to_string()));
        }
        self.heard.push(format!("c?{text}"));
    }

    fn show_server(&mut self) {
        let Self { server, .. } = self;
        let wants = [
            (server.wants_input(), "input"),
            (server.wants_close(), "close"),
            (server.is_switched(), "switched"),
            (server.is_switch_asked(), "asked"),
            (server.awaits_continue(), "continue"),
        ];
        let mut text = words(&wants);
        if let Some(at) = server.poll_timeout() {
            text.push_str(&format!(" until {at}"));
        }
        if !self.to_server.1.is_empty() {
            text.push_str(&format!(" left {:?}", self.to_server.1.escape_ascii().to_string()));
        }
        self.heard.push(format!("s?{text}"));
    }

    /// What went over the wire was legal.
    fn check(&self) {
        let asked = wire::requests(&self.client_sent);
        if !self.raw {
            let switched = wire::responses(&self.server_sent, &asked, false);
            assert_eq!(switched, self.server.is_switched());
            assert_eq!(switched, self.client.is_switched());
        }
    }
}

/// Into a buffer that is too small at first; nothing has changed then.
pub(crate) fn write(
    mut write: impl FnMut(&mut [u8]) -> Result<usize, SendError>,
) -> Result<Vec<u8>, SendError> {
    let needed = match write(&mut []) {
        Ok(0) => return Ok(Vec::new()),
        Ok(_) => panic!("written into nothing"),
        Err(SendError::BufferTooSmall { needed }) => needed,
        Err(error) => return Err(error),
    };
    let too_small = SendError::BufferTooSmall { needed };
    assert_eq!(write(&mut vec![0; needed - 1]), Err(too_small));
    let mut out = vec![0; needed];
    assert_eq!(write(&mut out), Ok(needed));
    Ok(out)
}

fn data_in_pieces(
    mut data: &[u8],
    cut: &mut Cut,
    mut send: impl FnMut(&[u8], &mut [u8]) -> Result<(usize, usize), SendError>,
) -> Result<Vec<u8>, SendError> {
    let mut sent = Vec::new();
    while !data.is_empty() {
        let mut out = vec![0; 1 + cut.next(100)];
        let (taken, len) = match send(data, &mut out) {
            Err(SendError::BufferTooSmall { needed }) => {
                assert!(needed > out.len());
                out.resize(needed, 0);
                send(data, &mut out)?
            }
            other => other?,
        };
        assert!(taken > 0);
        sent.extend_from_slice(&out[..len]);
        data = &data[taken..];
    }
    Ok(sent)
}

fn fields(text: &str) -> Vec<Field<'_>> {
    let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once(':').unwrap();
            Field::new(name, value.trim()).unwrap()
        })
        .collect()
}

fn unescape(text: &str) -> String {
    text.replace("\\r", "\r").replace("\\n", "\n")
}

fn words(wants: &[(bool, &str)]) -> String {
    wants.iter().filter(|(on, _)| *on).map(|(_, word)| format!(" {word}")).collect()
}

fn shown(result: Result<(), http_lite::DecodeError>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{:?}@{}", error.kind, error.offset),
    }
}
