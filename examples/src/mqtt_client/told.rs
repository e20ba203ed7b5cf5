//! What a session tells, for programs: owned, so that they can answer.

use mqtt_codec::session::Event;
use mqtt_codec::{Disconnect, Properties, ReasonCode};

use super::driver::{Cause, Lost};
use super::error::Error;
use crate::http_client::printable;

/// All events but messages.
#[derive(Debug)]
pub(crate) enum Told {
    /// There is a connection; the server has kept the session, or not.
    Accepted {
        session_present: bool,
    },
    /// There is none, and will perhaps be one later.
    Busy(Error),
    /// There will be none.
    Refused(Error),
    /// The server's last word; it may be another one later.
    Left(Error),
    /// The server's last word, and it means it.
    Dismissed(Error),
    Arrived(u32),
    Done {
        handle: u32,
        reason: ReasonCode,
        why: String,
    },
    Subscribed {
        handle: u32,
        reasons: Vec<ReasonCode>,
        why: String,
    },
    Unsubscribed {
        reasons: Vec<ReasonCode>,
        why: String,
    },
    Persist,
    Send(u32),
    /// Nothing that these programs take part in.
    Else,
}

impl Told {
    pub(crate) fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Connack(connack) if connack.reason_code.is_error() => {
                let reason = connack.reason_code;
                let error = Error::refused(reason, &why(&connack.properties));
                if is_passing(reason) { Self::Busy(error) } else { Self::Refused(error) }
            }
            Event::Connack(connack) => Self::Accepted { session_present: connack.session_present },
            Event::Disconnect(disconnect) => {
                let error = Error::failed(last_word(disconnect));
                let is_passing = is_passing(disconnect.reason_code);
                if is_passing { Self::Left(error) } else { Self::Dismissed(error) }
            }
            Event::Arrived { handle } => Self::Arrived(*handle),
            Event::Done { handle, reason_code, properties } => {
                Self::Done { handle: *handle, reason: *reason_code, why: why(properties) }
            }
            Event::Suback { handle, suback } => Self::Subscribed {
                handle: *handle,
                reasons: suback.reason_codes.iter().collect(),
                why: why(&suback.properties),
            },
            Event::Unsuback { unsuback, .. } => Self::Unsubscribed {
                reasons: unsuback.reason_codes.iter().collect(),
                why: why(&unsuback.properties),
            },
            Event::Persist => Self::Persist,
            Event::Send { handle, .. } => Self::Send(*handle),
            _ => Self::Else,
        }
    }
}

/// Whether a lost connection is the end: then why.
pub(crate) fn end_of(lost: Lost, has_connected: bool) -> Result<String, Error> {
    match lost.cause {
        Cause::Violation => Err(Error::failed(lost.text)),
        Cause::Unreachable | Cause::Broken if !has_connected => Err(Error::failed(lost.text)),
        _ => Ok(lost.text),
    }
}

/// Who comes back later may have better luck.
fn is_passing(reason: ReasonCode) -> bool {
    [
        ReasonCode::SERVER_UNAVAILABLE,
        ReasonCode::SERVER_BUSY,
        ReasonCode::SERVER_SHUTTING_DOWN,
        ReasonCode::KEEP_ALIVE_TIMEOUT,
        ReasonCode::CONNECTION_RATE_EXCEEDED,
        ReasonCode::MAXIMUM_CONNECT_TIME,
    ]
    .contains(&reason)
}

fn last_word(disconnect: &Disconnect<'_>) -> String {
    // "Success" elsewhere; it has a name of its own in a DISCONNECT.
    let reason = match disconnect.reason_code {
        ReasonCode::NORMAL_DISCONNECTION => "Normal disconnection".to_owned(),
        reason => reason.to_string(),
    };
    format!("disconnected: {reason}{}", why(&disconnect.properties))
}

/// What the server says besides: why, and where to go instead. Section 4.11
fn why(properties: &Properties<'_>) -> String {
    let mut text = String::new();
    if let Some(reason) = properties.reason_string() {
        text += &format!(": {}", printable(reason.as_bytes()));
    }
    if let Some(server) = properties.server_reference() {
        text += &format!(", go to {}", printable(server.as_bytes()));
    }
    text
}
