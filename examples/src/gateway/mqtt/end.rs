//! Why a connection ends, and what that means for its client, its will and the log.

use std::borrow::Cow;
use std::fmt;
use std::io;

use mqtt_codec::session::SessionError;
use mqtt_codec::{DecodeError, ReasonCode};

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// The client has sent DISCONNECT.
    Disconnect(ReasonCode),
    /// The network connection was closed.
    Closed,
    /// The network connection failed.
    Failed(io::Error),
    /// The hub said so: another connection took over, or the gateway ends.
    Hub(ReasonCode),
    /// Nothing came for one and a half times the Keep Alive. [MQTT-3.1.2-22]
    KeepAlive,
    /// The client reads nothing.
    Stalled,
    /// The client broke a rule or went beyond a limit.
    Fault(Fault),
}

/// What a client did wrong, and what to tell it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) reason: ReasonCode,
    /// For people, in the log and in a Reason String.
    pub(super) text: Cow<'static, str>,
}

impl Fault {
    pub(super) const fn new(reason: ReasonCode, text: &'static str) -> Self {
        Self { reason, text: Cow::Borrowed(text) }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        let text = Cow::Owned(format!("{error} ({})", error.rule()));
        Self { reason: error.reason_code(), text }
    }
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        let text = Cow::Owned(format!("{error} ({})", error.rule()));
        Self { reason: error.reason_code(), text }
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl End {
    /// The will is said, if there is one: when the gateway itself ends, nobody is left to hear it.
    pub(super) fn says_will(&self) -> bool {
        !matches!(self, Self::Hub(ReasonCode::SERVER_SHUTTING_DOWN))
    }

    /// What a 5.0 client is told in a DISCONNECT.
    pub(super) fn reason(&self) -> Option<ReasonCode> {
        match self {
            Self::Disconnect(_) | Self::Closed | Self::Failed(_) | Self::Stalled => None,
            Self::Hub(reason) => Some(*reason),
            Self::KeepAlive => Some(ReasonCode::KEEP_ALIVE_TIMEOUT),
            Self::Fault(fault) => Some(fault.reason),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnect(ReasonCode::NORMAL_DISCONNECTION) => f.write_str("disconnected"),
            Self::Disconnect(reason) => write!(f, "disconnected: {reason}"),
            Self::Closed => f.write_str("closed the connection without DISCONNECT"),
            Self::Failed(error) => write!(f, "connection lost: {error}"),
            Self::Hub(reason) => write!(f, "ended: {reason}"),
            Self::KeepAlive => f.write_str("ended: Keep Alive timeout"),
            Self::Stalled => f.write_str("ended: it reads nothing"),
            Self::Fault(Fault { reason, text }) => write!(f, "refused: {reason}: {text}"),
        }
    }
}
