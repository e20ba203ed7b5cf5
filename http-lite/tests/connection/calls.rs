//! Calls of both sides in any order, read from bytes: nothing panics, and what goes over the wire is
//! legal. Used by the tests and by the fuzz target.

use http_lite::connection::{
    Budgets, Client, ClientEvent, SendError, Server, ServerEvent, Settings,
};
use http_lite::{
    DecodeError, ErrorKind, Field, Fields, Limits, Method, RequestHead, ResponseHead, StatusCode,
    Target,
};

use crate::reference::wire;

const BUDGETS: Budgets = Budgets { head_ms: 500, body_ms: 300, body_bytes: 8, idle_ms: 1000 };

struct Both {
    client: Client,
    server: Server,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
    /// How much of it was shown before: never less the next time.
    server_seen: usize,
    client_seen: usize,
    /// All that each side has sent, and whether bytes of others, or an end, came between.
    client_sent: Vec<u8>,
    server_sent: Vec<u8>,
    server_disturbed: bool,
    client_disturbed: bool,
    client_error: Option<DecodeError>,
    server_error: Option<DecodeError>,
    now_ms: u64,
}

/// Takes a byte; 0 behind the end.
fn byte(plan: &mut &[u8]) -> usize {
    match plan.split_first() {
        Some((first, rest)) => {
            *plan = rest;
            usize::from(*first)
        }
        None => 0,
    }
}

pub(crate) fn hold(mut plan: &[u8]) {
    let plan = &mut plan;
    let settings = Settings {
        head: Limits { bytes: 300, fields: 6 },
        informational: 3,
        ..Settings::SERVER.with_budgets(BUDGETS)
    };
    let mut both = Both {
        client: Client::new(settings),
        server: Server::new(settings),
        to_server: Vec::new(),
        to_client: Vec::new(),
        server_seen: 0,
        client_seen: 0,
        client_sent: Vec::new(),
        server_sent: Vec::new(),
        server_disturbed: false,
        client_disturbed: false,
        client_error: None,
        server_error: None,
        now_ms: 0,
    };
    while !plan.is_empty() {
        both.step(plan);
        both.check_flags();
    }
    both.check_wire();
}

impl Both {
    fn step(&mut self, plan: &mut &[u8]) {
        let (step, choice) = (byte(plan) % 16, byte(plan));
        let room = byte(plan) * 2;
        let now_ms = self.now_ms;
        match step {
            0 | 1 => request(choice, |head| {
                let sent =
                    write(&mut self.client, room, |client, out| client.request(head, now_ms, out));
                self.client_says(sent);
            }),
            2 => {
                let data = vec![b'd'; choice % 40];
                let sent =
                    data_in(&mut self.client, &data, room, |client, out| client.data(&data, out));
                self.client_says(sent);
            }
            3 => trailers(choice, |fields| {
                let sent =
                    write(&mut self.client, room, |client, out| client.finish(fields, now_ms, out));
                self.client_says(sent);
            }),
            4 | 5 => response(choice, |head| {
                let sent =
                    write(&mut self.server, room, |server, out| server.respond(head, now_ms, out));
                self.server_says(sent);
            }),
            6 => {
                let data = vec![b'e'; choice % 40];
                let sent =
                    data_in(&mut self.server, &data, room, |server, out| server.data(&data, out));
                self.server_says(sent);
            }
            7 => trailers(choice, |fields| {
                let sent =
                    write(&mut self.server, room, |server, out| server.finish(fields, now_ms, out));
                self.server_says(sent);
            }),
            8 => {
                let owed = |server: &mut Server, out: &mut [u8]| {
                    server.poll_transmit(now_ms, out).map(Option::unwrap_or_default)
                };
                let sent = write(&mut self.server, room, owed);
                self.server_says(sent);
            }
            9 | 10 => self.server_hears(choice),
            11 | 12 => self.client_hears(choice),
            13 => self.disturb(choice, plan),
            14 => {
                self.now_ms += choice as u64 * 4;
                self.time();
            }
            _ => match choice % 8 {
                0 => self.server.close_after_response(),
                1 if self.to_server.is_empty() => self.end_of_client(),
                2 if self.to_client.is_empty() => self.end_of_server(),
                // Without copying.
                3 => {
                    let data = vec![b'f'; room % 50];
                    let len = data.len() as u64;
                    let sent =
                        write(&mut self.client, room, |client, out| client.data_prefix(len, out));
                    let framed = sent.map(|head| match len {
                        0 => head,
                        _ => [&head, &data[..], self.client.data_suffix()].concat(),
                    });
                    self.client_says(framed);
                }
                4 => {
                    let data = vec![b'g'; room % 50];
                    let len = data.len() as u64;
                    let sent =
                        write(&mut self.server, room, |server, out| server.data_prefix(len, out));
                    let framed = sent.map(|head| match len {
                        0 => head,
                        _ => [&head, &data[..], self.server.data_suffix()].concat(),
                    });
                    self.server_says(framed);
                }
                _ => self.time(),
            },
        }
    }

    fn client_says(&mut self, sent: Result<Vec<u8>, SendError>) {
        // A body of known length ends with its last byte, but for the call that says so.
        if self.client.clone().finish(&Fields::EMPTY, self.now_ms, &mut []) == Ok(0) {
            assert_eq!(self.client.finish(&Fields::EMPTY, self.now_ms, &mut []), Ok(0));
        }
        if let Ok(bytes) = sent {
            self.client_sent.extend_from_slice(&bytes);
            self.to_server.extend_from_slice(&bytes);
        }
    }

    fn server_says(&mut self, sent: Result<Vec<u8>, SendError>) {
        if let Ok(bytes) = sent {
            self.server_sent.extend_from_slice(&bytes);
            self.to_client.extend_from_slice(&bytes);
        }
    }

    /// One call with some of what is there.
    fn server_hears(&mut self, choice: usize) {
        let some = self.server_seen.max(choice.saturating_sub(128));
        let len = if choice < 128 { usize::MAX } else { some };
        let input = self.to_server[..len.min(self.to_server.len())].to_vec();
        let found = self.server.handle_input(&input, self.now_ms);
        if let Ok((taken, event)) = found {
            assert!(taken <= input.len());
            if let Some(ServerEvent::Request { head, .. }) = event {
                assert!(head.fields.iter().count() <= 6 && taken <= 300);
            }
            self.to_server.drain(..taken);
            self.server_seen = input.len() - taken;
        }
        same_error(&mut self.server_error, found.err());
    }

    fn client_hears(&mut self, choice: usize) {
        let some = self.client_seen.max(choice.saturating_sub(128));
        let len = if choice < 128 { usize::MAX } else { some };
        let input = self.to_client[..len.min(self.to_client.len())].to_vec();
        let found = self.client.handle_input(&input, self.now_ms);
        if let Ok((taken, event)) = found {
            assert!(taken <= input.len());
            if let Some(ClientEvent::Response { head, .. }) = event {
                assert!(head.fields.iter().count() <= 6 && taken <= 300);
            }
            self.to_client.drain(..taken);
            self.client_seen = input.len() - taken;
        }
        same_error(&mut self.client_error, found.err());
    }

    /// Bytes that neither has sent.
    fn disturb(&mut self, choice: usize, plan: &mut &[u8]) {
        let own = (0..byte(plan) % 16).map(|_| byte(plan) as u8).collect::<Vec<u8>>();
        let bytes: &[u8] = match choice % 12 {
            0 => b"\r\n",
            1 => b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            2 => b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            3 => b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
            4 => b"0\r\n\r\n",
            5 => b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            6 => b"HTTP/1.0 200 OK\r\n\r\n",
            7 => b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n",
            8 => b"HTTP/1.1 100 C\r\n\r\n",
            9 => b"GET / HTTP/1.0\r\n\r\n",
            10 => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            _ => &own,
        };
        if choice < 128 {
            self.server_disturbed = true;
            self.to_server.extend_from_slice(bytes);
        } else {
            self.client_disturbed = true;
            self.to_client.extend_from_slice(bytes);
        }
    }

    fn end_of_client(&mut self) {
        self.server_disturbed = true;
        let found = self.server.handle_eof();
        same_error(&mut self.server_error, found.err());
    }

    fn end_of_server(&mut self) {
        self.client_disturbed = true;
        let found = self.client.handle_eof();
        same_error(&mut self.client_error, found.err());
    }

    fn time(&mut self) {
        let Self { client, server, now_ms, .. } = self;
        // Before its time nothing happens.
        if let Some(deadline) = server.poll_timeout() {
            let before = format!("{server:?}");
            server.handle_timeout(deadline - 1);
            assert_eq!(format!("{server:?}"), before);
            self.server_disturbed |= deadline <= *now_ms;
        }
        if let Some(deadline) = client.poll_timeout() {
            let before = format!("{client:?}");
            client.handle_timeout(deadline - 1);
            assert_eq!(format!("{client:?}"), before);
            self.client_disturbed |= deadline <= *now_ms;
        }
        client.handle_timeout(*now_ms);
        server.handle_timeout(*now_ms);
    }

    fn check_flags(&self) {
        let Self { client, server, .. } = self;
        if client.is_idle() {
            assert!(client.can_request() && client.in_flight() == 0 && !client.wants_input());
        }
        if client.wants_close() {
            assert!(!client.can_request());
        }
        assert!(client.in_flight() <= 32);
        if client.is_switched() {
            assert!(!client.can_request() && !client.wants_input());
        }
        if server.is_switched() {
            assert!(!server.wants_input() && server.poll_timeout().is_none());
        }
        // Time ends nothing that has failed.
        if self.client_error.is_some() {
            assert!(client.poll_timeout().is_none() && client.wants_close());
        }
        if self.server_error.is_some() {
            assert!(server.poll_timeout().is_none() && !server.wants_input());
        }
    }

    fn check_wire(&self) {
        let sent = (self.client_sent.escape_ascii(), self.server_sent.escape_ascii());
        let sent = format!("{} | {}", sent.0, sent.1);
        let asked = wire::requests(&self.client_sent);
        if !self.server_disturbed {
            // What one side sends, the other takes.
            assert_eq!(
                self.server_error.map(|error| error.kind).filter(is_no_limit),
                None,
                "{sent}"
            );
            let switched = wire::responses(&self.server_sent, &asked, true);
            assert_eq!(switched, self.server.is_switched(), "{sent}");
            if !self.client_disturbed {
                assert_eq!(
                    self.client_error.map(|error| error.kind).filter(is_no_limit),
                    None,
                    "{sent}"
                );
            }
        }
    }
}

fn is_no_limit(kind: &ErrorKind) -> bool {
    // A head or an answer that is longer than the other side's limits; a slow side.
    !matches!(
        kind,
        ErrorKind::TooManyInformational
            | ErrorKind::FieldsTooLong
            | ErrorKind::TooManyFields
            | ErrorKind::TooSlow
    )
}

#[track_caller]
fn same_error(before: &mut Option<DecodeError>, now: Option<DecodeError>) {
    match (*before, now) {
        (Some(before), now) => assert_eq!(now, Some(before), "an error does not stay"),
        (None, now) => *before = now,
    }
}

/// Into a buffer that may be too small: then nothing has changed, and what it needs is exact.
fn write<T: core::fmt::Debug>(
    machine: &mut T,
    room: usize,
    mut write: impl FnMut(&mut T, &mut [u8]) -> Result<usize, SendError>,
) -> Result<Vec<u8>, SendError> {
    let before = format!("{machine:?}");
    let mut out = vec![0; room];
    match write(machine, &mut out) {
        Err(SendError::BufferTooSmall { needed }) => {
            assert!(needed > room);
            assert_eq!(format!("{machine:?}"), before);
            let mut out = vec![0; needed];
            // What is wrong may be told before or behind what is too small.
            match write(machine, &mut out) {
                Err(error @ SendError::Invalid(_)) => {
                    assert_eq!(format!("{machine:?}"), before);
                    Err(error)
                }
                other => {
                    assert_eq!(other, Ok(needed));
                    Ok(out)
                }
            }
        }
        Err(error) => {
            assert_eq!(format!("{machine:?}"), before);
            Err(error)
        }
        Ok(len) => {
            out.truncate(len);
            Ok(out)
        }
    }
}

fn data_in<T: core::fmt::Debug>(
    machine: &mut T,
    data: &[u8],
    room: usize,
    mut send: impl FnMut(&mut T, &mut [u8]) -> Result<(usize, usize), SendError>,
) -> Result<Vec<u8>, SendError> {
    write(machine, room, |machine, out| {
        let (taken, len) = send(machine, out)?;
        assert!(taken <= data.len() && (len > 0 || taken == data.len()));
        Ok(len)
    })
}

fn request(choice: usize, with: impl FnOnce(&RequestHead<'_>)) {
    let host = Field::new("Host", "h").unwrap();
    let named = |name, value| Field::new(name, value).unwrap();
    let (upgrade, option) = (named("Upgrade", "a"), named("Connection", "keep-alive, upgrade"));
    let expect = named("Expect", "100-continue");
    let len = Field::content_length((choice / 16) as u64);
    let rows: [(Method<'static>, &[Field<'_>]); 16] = [
        (Method::GET, &[host]),
        (Method::HEAD, &[host]),
        (Method::POST, &[host, len]),
        (Method::POST, &[host, Field::CHUNKED]),
        (Method::POST, &[host, len, expect]),
        (Method::PUT, &[host, Field::CHUNKED, expect]),
        (Method::GET, &[host, Field::CLOSE]),
        (Method::POST, &[host, Field::CLOSE, len]),
        (Method::GET, &[host, upgrade, option]),
        (Method::POST, &[host, upgrade, option, len]),
        (Method::CONNECT, &[host]),
        (Method::CONNECT, &[host, len]),
        (Method::GET, &[]),
        (Method::GET, &[host, host]),
        (Method::POST, &[host, len, Field::CHUNKED]),
        (Method::HEAD, &[host, len]),
    ];
    let (method, fields) = rows[choice % 16];
    let raw: &[u8] = if method == Method::CONNECT { b"a:1" } else { b"/" };
    let target = Target::new(raw, &method).unwrap();
    let mut head = RequestHead::new(method, target, Fields::new(fields));
    if choice == 255 {
        head.version = http_lite::Version::Http10;
    }
    with(&head);
}

fn response(choice: usize, with: impl FnOnce(&ResponseHead<'_>)) {
    let named = |name, value| Field::new(name, value).unwrap();
    let (upgrade, option) = (named("Upgrade", "a"), named("Connection", "upgrade"));
    let len = Field::content_length((choice / 16) as u64);
    let rows: [(u16, &[Field<'_>]); 16] = [
        (100, &[]),
        (103, &[]),
        (101, &[upgrade, option]),
        (101, &[upgrade]),
        (200, &[len]),
        (200, &[Field::CHUNKED]),
        (200, &[]),
        (204, &[]),
        (204, &[len]),
        (304, &[len]),
        (200, &[len, Field::CLOSE]),
        (404, &[Field::CHUNKED, Field::CLOSE]),
        (200, &[len, Field::CHUNKED]),
        (413, &[len]),
        (200, &[len, Field::KEEP_ALIVE]),
        (205, &[]),
    ];
    let (status, fields) = rows[choice % 16];
    let mut head = ResponseHead::new(StatusCode::new(status).unwrap(), Fields::new(fields));
    if choice >= 240 {
        head.version = http_lite::Version::Http10;
    }
    with(&head);
}

fn trailers(choice: usize, with: impl FnOnce(&Fields<'_>)) {
    let good = [Field::new("Digest", "x").unwrap()];
    let bad = [good[0], Field::content_length(1)];
    with(&match choice % 4 {
        0 | 1 => Fields::EMPTY,
        2 => Fields::new(&good),
        _ => Fields::new(&bad),
    });
}
