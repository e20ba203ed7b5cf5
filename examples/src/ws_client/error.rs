//! What can go wrong.

use std::fmt;
use std::io::{self, ErrorKind};

use http_lite::websocket;

/// Why a connection is not there, or ended.
#[derive(Debug)]
pub(crate) struct Error {
    pub(super) code: u8,
    text: String,
    /// Nobody listens there.
    pub(crate) is_refused: bool,
}

/// Exit codes.
pub(super) mod code {
    /// The server closed with a code of trouble.
    pub(crate) const CLOSED: u8 = 1;
    /// No connection, or no WebSocket on it.
    pub(crate) const CONNECT: u8 = 3;
    /// The connection broke, or a rule.
    pub(crate) const BROKEN: u8 = 4;
    /// Standard input or output.
    pub(crate) const LOCAL: u8 = 5;
}

impl Error {
    pub(super) fn new(code: u8, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), is_refused: false }
    }

    pub(super) fn connect(text: impl Into<String>) -> Self {
        Self::new(code::CONNECT, text)
    }

    /// Of the socket, before there is a WebSocket.
    pub(super) fn unreachable(place: &str, error: &io::Error) -> Self {
        let is_refused = error.kind() == ErrorKind::ConnectionRefused;
        Self { is_refused, ..Self::connect(format!("{place}: {error}")) }
    }

    pub(super) fn broken(error: impl fmt::Display) -> Self {
        Self::new(code::BROKEN, error.to_string())
    }
}

impl From<websocket::Error> for Error {
    fn from(error: websocket::Error) -> Self {
        use websocket::Kind;
        let text = match error.kind {
            Kind::Incomplete | Kind::TooSlow => error.kind.to_string(),
            _ => format!("the server sent {error}"),
        };
        Self::broken(format_args!("{text} [{}]", error.kind.rule()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
