//! What can go wrong, with curl's exit codes.

use std::fmt;
use std::io;

/// Why a URL was not fetched.
#[derive(Debug)]
pub(crate) struct Error {
    pub(super) code: u8,
    text: String,
}

/// curl's exit codes.
pub(super) mod code {
    pub(crate) const SCHEME: u8 = 1;
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const URL: u8 = 3;
    pub(crate) const RESOLVE: u8 = 6;
    pub(crate) const CONNECT: u8 = 7;
    pub(crate) const WEIRD_REPLY: u8 = 8;
    pub(crate) const PARTIAL: u8 = 18;
    pub(crate) const STATUS: u8 = 22;
    pub(crate) const WRITE: u8 = 23;
    pub(crate) const UPLOAD: u8 = 25;
    pub(crate) const READ: u8 = 26;
    pub(crate) const TIMEOUT: u8 = 28;
    pub(crate) const RANGE: u8 = 33;
    pub(crate) const TLS: u8 = 35;
    pub(crate) const REDIRECTS: u8 = 47;
    pub(crate) const EMPTY_REPLY: u8 = 52;
    pub(crate) const SEND: u8 = 55;
    pub(crate) const RECEIVE: u8 = 56;
    pub(crate) const CERTIFICATE: u8 = 60;
    pub(crate) const REWIND: u8 = 65;
    pub(crate) const CA_FILE: u8 = 77;
}

impl Error {
    pub(super) fn new(code: u8, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Of the file system.
    pub(super) fn at(code: u8, path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(code, format!("{}: {error}", path.display()))
    }

    pub(super) fn timeout(what: &str) -> Self {
        Self::new(code::TIMEOUT, what)
    }

    /// Nobody reads what we print any more, as when `head` has seen its lines.
    pub(super) fn unread() -> Self {
        Self::new(code::WRITE, "")
    }

    pub(super) fn is_unread(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
