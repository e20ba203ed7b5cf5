//! A WebSocket client on tokio and rustls, behind the program `ws-cat`; `coap-get` speaks CoAP over it.
//!
//! Read it from the bottom up: `handshake` makes a WebSocket of a URL, `connection` sends and reads on
//! it, `input` cuts standard input into messages and `output` shows those that come. What the bytes mean
//! and who may send when is http-lite's; sockets, time, random numbers and buffers are here. All buffers
//! have a fixed size: a message longer than these streams through.

mod connection;
mod error;
mod handshake;
mod input;
mod options;
mod output;

pub(crate) use connection::Connection;
pub(crate) use error::Error;
pub(crate) use handshake::{Ask, Stream};
pub use options::Options;

use std::net::SocketAddr;

use http_lite::HttpUri;
use http_lite::websocket::{Close, CloseCode, Event, Message};
use tokio::net::lookup_host;
use tokio::time::{Instant, sleep_until, timeout};

use crate::http_client::{Log, name, printable, say};
use error::code;
use input::Input;
use output::Output;

/// Does what the command line asks for; the exit code.
#[must_use]
pub fn run(options: &Options) -> u8 {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&Error::connect(error.to_string())),
    };
    let done = runtime.block_on(Cat::run(options));
    // Somebody may still look for a name.
    runtime.shutdown_background();
    done.map_or_else(|error| tell(&error), |()| 0)
}

fn tell(error: &Error) -> u8 {
    say(format_args!("ws-cat: {error}"));
    error.code
}

/// What happens between standard input, a connection and standard output.
struct Cat<'a> {
    options: &'a Options,
    log: Log,
    connection: Connection,
    input: Input,
    output: Output,
    /// Messages that have come.
    count: u64,
    /// When to close.
    end: Option<Instant>,
    /// Close was sent before the server's came.
    has_closed: bool,
    /// The server has closed because of this.
    trouble: Option<Error>,
}

impl<'a> Cat<'a> {
    async fn run(options: &'a Options) -> Result<(), Error> {
        let mut cat = Self {
            options,
            log: options.log(),
            connection: open(options).await?,
            input: Input::start(options.by, options.message),
            output: Output::new(options.hex),
            count: 0,
            end: None,
            has_closed: false,
            trouble: None,
        };
        if let Some(protocol) = &cat.connection.protocol {
            cat.log.note(format_args!("subprotocol {protocol}"));
        }
        let done = cat.talk().await;
        // What has come is shown, whatever ended it.
        let shown = cat.output.flush();
        cat.connection.leave(CloseCode::GOING_AWAY).await;
        done.and(shown).and(cat.trouble.map_or(Ok(()), Err))
    }

    async fn talk(&mut self) -> Result<(), Error> {
        while !self.connection.is_over() {
            while self.connection.has_input() {
                self.receive()?;
            }
            self.output.flush()?;
            if self.output.is_closed {
                return Ok(());
            }
            self.send()?;
            let is_open = self.connection.is_open();
            let end = self.end.filter(|_| is_open);
            tokio::select! {
                done = self.connection.step() => done?,
                done = self.input.read(), if is_open && self.input.wants_read() => done?,
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => {}
            }
        }
        Ok(())
    }

    /// Takes what has come.
    fn receive(&mut self) -> Result<(), Error> {
        // Behind the last message that was asked for, none is shown.
        let wants_more = self.options.count.is_none_or(|count| self.count < count);
        match self.connection.take()? {
            Some(Event::Data { message, data, is_last, .. }) if wants_more => {
                self.output.piece(message, data, is_last)?;
                self.count += u64::from(is_last);
            }
            Some(Event::Ping(data)) => {
                self.log.note(format_args!("Ping \"{}\"", printable(data.as_bytes())));
            }
            Some(Event::Pong(data)) => {
                self.log.note(format_args!("Pong \"{}\"", printable(data.as_bytes())));
            }
            Some(Event::Close(payload)) => self.closed(payload.close()),
            Some(Event::Data { .. }) | None => {}
        }
        Ok(())
    }

    fn closed(&mut self, close: Close<'_>) {
        let text = describe(close);
        self.log.note(format_args!("{text}"));
        let is_normal = [None, Some(CloseCode::NORMAL), Some(CloseCode::GOING_AWAY)];
        if !self.has_closed && !is_normal.contains(&close.code) {
            self.trouble = Some(Error::new(code::CLOSED, text));
        }
    }

    /// Sends what there is, and Close when it is time.
    fn send(&mut self) -> Result<(), Error> {
        while self.connection.is_open() && self.connection.has_room() {
            let Some((data, is_last)) = self.input.next()? else { break };
            let len = data.len();
            match self.options.message {
                Message::Text => {
                    let text = std::str::from_utf8(data).unwrap_or_default(); // it was checked
                    self.connection.send(len, |session, random, out| {
                        session.text_fragment(text, is_last, random, out)
                    })?;
                }
                Message::Binary => self.connection.send(len, |session, random, out| {
                    session.binary_fragment(data, is_last, random, out)
                })?,
            }
        }
        let has_enough = match self.options.count {
            Some(count) => self.count >= count,
            None => {
                let wait = self.options.wait;
                if self.input.is_done() {
                    self.end.get_or_insert_with(|| Instant::now() + wait);
                }
                self.end.is_some_and(|end| end <= Instant::now())
            }
        };
        if has_enough && self.connection.is_open() && self.connection.has_room() {
            self.connection.close(self.options.close())?;
            self.has_closed = true;
        }
        Ok(())
    }
}

/// What a Close of the server says.
pub(crate) fn describe(close: Close<'_>) -> String {
    let code = close.code.map_or(String::new(), |code| format!(" with {}", code.get()));
    let colon = if close.reason.is_empty() { "" } else { ": " };
    format!("the server closes{code}{colon}{}", printable(close.reason.as_bytes()))
}

async fn open(options: &Options) -> Result<Connection, Error> {
    let malformed = || Error::connect("a malformed URL");
    let uri = HttpUri::parse(&options.url).ok_or_else(malformed)?;
    let began = Instant::now();
    let host = name(&uri);
    let found = timeout(options.connect_time, lookup_host((host.as_str(), uri.port()))).await;
    let found = found.map_err(|_| Error::connect("the host's address was not found in time"))?;
    let addresses = found.map_err(|error| Error::connect(format!("{host}: {error}")))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    let protocols: Vec<&str> = options.protocols.iter().map(String::as_str).collect();
    let ask = Ask {
        uri,
        protocols: &protocols,
        fields: &options.fields,
        ca_file: options.ca_file.as_deref(),
        log: options.log(),
    };
    let left = options.connect_time.saturating_sub(began.elapsed());
    Connection::open(&ask, &addresses, options.settings, left).await
}
