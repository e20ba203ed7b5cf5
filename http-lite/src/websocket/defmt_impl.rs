//! Feature `defmt`: what has fields; names of variants are derived. Data is not shown.

use defmt::{Format, Formatter, write};

use super::{Close, CloseCode, Error, Event, Payload, SendError};

impl Format for Event<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Data { message, data, is_first, is_last } => {
                let (from, to) =
                    (if *is_first { "" } else { ".." }, if *is_last { "" } else { ".." });
                write!(f, "{} {=str}{=usize} bytes{=str}", message, from, data.len(), to);
            }
            Self::Ping(payload) => write!(f, "Ping {}", payload),
            Self::Pong(payload) => write!(f, "Pong {}", payload),
            Self::Close(payload) => write!(f, "{}", payload.close()),
        }
    }
}

impl Format for Payload {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=usize} bytes", self.as_bytes().len());
    }
}

impl Format for CloseCode {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u16}", self.get());
    }
}

impl Format for Close<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Close {} {=str}", self.code, self.reason);
    }
}

impl Format for Error {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} at byte {=u64}", self.kind, self.offset);
    }
}

impl Format for SendError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "{=usize} bytes needed", *needed),
            Self::Invalid(kind) => write!(f, "{} broken", kind),
            Self::OutOfTurn => write!(f, "out of turn"),
        }
    }
}
