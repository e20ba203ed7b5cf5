//! Feature `defmt`: `defmt::Format`, for logs on a wire.

use defmt::{Format, Formatter, write};

use crate::body::BodyPart;
use crate::connection::{ClientEvent, SendError, ServerEvent};
use crate::error::{DecodeError, EncodeError, ErrorKind, FieldError};
use crate::facts::Version;
use crate::field::{Field, FieldName, FieldValue, Fields};
use crate::framing::Framing;
use crate::head::{Reason, RequestHead, ResponseHead};
use crate::method::Method;
use crate::status::StatusCode;
use crate::target::Target;

impl Format for Method<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=[u8]:a}", self.as_bytes());
    }
}

impl Format for Target<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=[u8]:a}", self.as_bytes());
    }
}

impl Format for Version {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Http10 => write!(f, "HTTP/1.0"),
            Self::Http11 => write!(f, "HTTP/1.1"),
        }
    }
}

impl Format for StatusCode {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u16}", self.get());
    }
}

impl Format for Reason<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=[u8]:a}", self.as_bytes());
    }
}

impl Format for FieldName<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=[u8]:a}", self.as_bytes());
    }
}

impl Format for FieldValue<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=[u8]:a}", self.to_bytes(&mut [0; 20]));
    }
}

/// Shows no value that carries credentials.
impl Format for Field<'_> {
    fn format(&self, f: Formatter<'_>) {
        if self.is_secret() {
            write!(f, "{}: (hidden)", self.name);
        } else {
            write!(f, "{}: {}", self.name, self.value);
        }
    }
}

/// Shows no value that carries credentials.
impl Format for Fields<'_> {
    fn format(&self, f: Formatter<'_>) {
        for field in *self {
            write!(f, "{}; ", field);
        }
    }
}

impl Format for RequestHead<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} {} {}; {}", self.method, self.target, self.version, self.fields);
    }
}

impl Format for ResponseHead<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} {} {}; {}", self.version, self.status, self.reason, self.fields);
    }
}

impl Format for Framing {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::None => write!(f, "no body"),
            Self::Length(len) => write!(f, "{=u64} bytes", *len),
            Self::Chunked => write!(f, "chunked"),
            Self::UntilClose => write!(f, "until close"),
            Self::Tunnel => write!(f, "tunnel"),
        }
    }
}

impl Format for BodyPart<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Data(data) => write!(f, "{=usize} bytes", data.len()),
            Self::Trailers(fields) => write!(f, "trailers; {}", fields),
            Self::End => write!(f, "end"),
        }
    }
}

impl Format for ServerEvent<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Request { head, framing } => write!(f, "{}{}", head, framing),
            Self::Body(part) => write!(f, "{}", part),
        }
    }
}

impl Format for ClientEvent<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Informational(head) => write!(f, "{}", head),
            Self::Response { head, framing } => write!(f, "{}{}", head, framing),
            Self::Body(part) => write!(f, "{}", part),
        }
    }
}

impl Format for ErrorKind {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}, {}", self.rule(), self.status());
    }
}

impl Format for DecodeError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{} broken at byte {=u32}", self.kind, self.offset);
    }
}

impl Format for EncodeError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "{=usize} bytes needed", *needed),
            Self::Invalid(kind) => write!(f, "{} broken", kind),
        }
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

impl Format for FieldError {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Name => write!(f, "not a field name"),
            Self::Value => write!(f, "not a field value"),
        }
    }
}
