//! A small blocking CoAP client on `std::net`, behind the program `coap-get`.
//!
//! Read it from the bottom up: [`udp`], [`tcp`] and [`ws`] carry messages, the latter two with what
//! [`reliable`] says to all connections, [`client`] asks one question at a time, `transfer` cuts bodies into blocks and puts them together, `observe` waits for news. The
//! codec turns messages into bytes and back and says what a datagram deserves; sockets, time,
//! buffers and repetitions are here.

mod client;
mod log;
mod observe;
mod options;
mod reliable;
mod tcp;
mod transfer;
mod transport;
mod udp;
mod ws;

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;

use coap_codec::Code;
use coap_codec::uri::{Destination, Host, Scheme, Uri};

pub use options::Options;

use client::Client;
use log::say;
use transport::Transport;

/// Does what the command line asks for. The payload of responses goes to standard output or the file
/// that it names, everything else to standard error. True if the last response was a success.
///
/// # Errors
///
/// [`Error`] if there is no response.
pub fn run(options: &Options) -> Result<bool, Error> {
    let uri = options.uri();
    let mut output = Output::open(options)?;
    let mut unreachable = Error::new("the host has no address");
    for address in addresses(&uri)? {
        let transport: Result<Box<dyn Transport>, Error> = match uri.scheme() {
            Scheme::Coap => udp::Udp::open(address, options).map(|udp| Box::new(udp) as _),
            Scheme::CoapTcp => tcp::Tcp::open(address, options).map(|tcp| Box::new(tcp) as _),
            Scheme::CoapWs | Scheme::CoapsWs => {
                ws::WebSocket::open(&uri, address, options).map(|ws| Box::new(ws) as _)
            }
            other => return Err(Error::new(format!("{other} is not spoken here"))),
        };
        // RFC 8323 section 8.5: over WebSockets, the handshake has named the host.
        let destination = match uri.scheme() {
            Scheme::CoapWs | Scheme::CoapsWs => Destination::named(uri.host_str(), address.port()),
            _ => address.into(),
        };
        match transport.and_then(|transport| {
            Client::new(transport, uri, destination, options).run(&mut output)
        }) {
            // Another address of the same name may have a server.
            Err(error) if error.is_refused => unreachable = error,
            done => return done,
        }
    }
    Err(unreachable)
}

fn addresses(uri: &Uri<'_>) -> Result<Vec<SocketAddr>, Error> {
    let addresses = match uri.host() {
        Host::Address(address) => vec![SocketAddr::new(address, uri.port())],
        Host::Name(name) => {
            let name = String::from_utf8(name.bytes().collect())
                .map_err(|_| Error::new("the host is not UTF-8"))?;
            let found = (name.as_str(), uri.port()).to_socket_addrs();
            found.map_err(|error| Error::new(format!("{name}: {error}")))?.collect()
        }
    };
    if addresses.iter().map(SocketAddr::ip).any(|address: IpAddr| address.is_multicast()) {
        return Err(Error::new("responses of a group are not collected here"));
    }
    Ok(addresses)
}

/// Why there is no response.
#[derive(Debug)]
pub struct Error {
    text: String,
    /// Nobody listens there.
    is_refused: bool,
}

impl Error {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_refused: false }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self { is_refused: error.kind() == ErrorKind::ConnectionRefused, text: error.to_string() }
    }
}

impl From<coap_codec::EncodeError> for Error {
    fn from(error: coap_codec::EncodeError) -> Self {
        Self::new(error.to_string())
    }
}

/// Where payloads go.
struct Output {
    to: Box<dyn Write>,
    newline: bool,
    /// Nobody reads any more.
    closed: bool,
}

impl Output {
    fn open(options: &Options) -> Result<Self, Error> {
        let to: Box<dyn Write> = match options.output.as_deref() {
            Some(path) if path != Path::new("-") => {
                let file = std::fs::File::create(path);
                Box::new(file.map_err(|e| Error::new(format!("{}: {e}", path.display())))?)
            }
            _ => Box::new(io::stdout()),
        };
        // Of several payloads each ends its line.
        Ok(Self { to, newline: options.newline || options.observe.is_some(), closed: false })
    }

    /// Shows a response; true if it was a success.
    fn show(&mut self, code: Code, payload: &[u8]) -> Result<bool, Error> {
        if !code.is_success() {
            let diagnostic = String::from_utf8_lossy(payload);
            let colon = if payload.is_empty() { "" } else { ": " };
            say(format_args!("{code:#}{colon}{}", diagnostic.escape_debug()));
            return Ok(false);
        }
        match self.write(payload) {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.closed = true,
            done => done?,
        }
        Ok(true)
    }

    fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        self.to.write_all(payload)?;
        if self.newline {
            self.to.write_all(b"\n")?;
        }
        self.to.flush()
    }
}
