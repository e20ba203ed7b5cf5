//! What can go wrong.

use std::fmt;

use mqtt_codec::ReasonCode;

/// Why a program ends without having done what it was to do.
#[derive(Debug)]
pub(crate) struct Error {
    /// The exit code.
    pub(crate) code: u8,
    text: String,
}

/// Exit codes. A server's refusal to connect has its reason code, from 128 on, as mosquitto's clients.
pub(crate) mod code {
    pub(crate) const FAILED: u8 = 1;
    /// The time of `-W` is over.
    pub(crate) const TIME: u8 = 27;
}

impl Error {
    pub(crate) fn new(code: u8, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::new(code::FAILED, text)
    }

    /// A CONNACK that is none.
    pub(crate) fn refused(reason: ReasonCode, why: &str) -> Self {
        Self::new(reason.get(), format!("the server refuses: {reason}{why}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
