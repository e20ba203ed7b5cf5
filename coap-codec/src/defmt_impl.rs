//! Feature `defmt`: `defmt::Format`, for logs on a wire.

use defmt::{Format, Formatter, write};

use crate::block::{Block, BlockError, Szx};
use crate::code::Code;
use crate::content_format::ContentFormat;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::message::{Message, ReliableMessage, Type};
use crate::observe::Observe;
use crate::option_number::OptionNumber;
use crate::options::{CoapOption, Options};
use crate::reaction::Reaction;
use crate::signalling::ReliableReaction;
use crate::token::Token;
use crate::uint::Uint;

impl Format for Type {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Confirmable => write!(f, "CON"),
            Self::NonConfirmable => write!(f, "NON"),
            Self::Acknowledgement => write!(f, "ACK"),
            Self::Reset => write!(f, "RST"),
        }
    }
}

impl Format for Code {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u8}.{=u8:02}", self.class(), self.detail());
    }
}

impl Format for Token<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=[u8]:02x}", self.as_bytes());
    }
}

impl Format for OptionNumber {
    fn format(&self, f: Formatter<'_>) {
        match self.name() {
            Some(name) => write!(f, "{=str}", name),
            None => write!(f, "{=u16}", self.0),
        }
    }
}

impl Format for CoapOption<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}: {=[u8]:a}", self.number, self.value);
    }
}

impl Format for Options<'_> {
    fn format(&self, f: Formatter<'_>) {
        for option in self {
            write!(f, "{}; ", option);
        }
    }
}

impl Format for Message<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "{} {} id {=u16} token {}, {}{=usize} bytes",
            self.message_type,
            self.code,
            self.message_id,
            self.token,
            self.options,
            self.payload.len()
        );
    }
}

impl Format for ReliableMessage<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "{} token {}, {}{=usize} bytes",
            self.code,
            self.token,
            self.options,
            self.payload.len()
        );
    }
}

impl Format for ErrorKind {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.rule());
    }
}

impl Format for DecodeError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str} broken at byte {=u32}", self.rule(), self.offset);
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

impl Format for Reaction {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Process => write!(f, "process"),
            Self::Ignore => write!(f, "ignore"),
            Self::Reset => write!(f, "reset"),
            Self::Respond(code) => write!(f, "respond {}", code),
        }
    }
}

impl Format for ReliableReaction {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Process => write!(f, "process"),
            Self::Ignore => write!(f, "ignore"),
            Self::Settings => write!(f, "settings"),
            Self::Pong => write!(f, "pong"),
            Self::Release => write!(f, "release"),
            Self::Respond(code) => write!(f, "respond {}", code),
            Self::Abort(Some(number)) => write!(f, "abort, option {=u16}", number.0),
            Self::Abort(None) => write!(f, "abort"),
            Self::Close => write!(f, "close"),
        }
    }
}

impl Format for ContentFormat {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u16}", self.0);
    }
}

impl Format for Observe {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u32}", self.get());
    }
}

impl Format for Uint {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u64}", self.get());
    }
}

/// As RFC 7959 writes it: `2/1/1024`.
impl Format for Block {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=u32}/{=u8}/{}", self.num(), u8::from(self.more()), self.szx());
    }
}

impl Format for Szx {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Bert => write!(f, "BERT"),
            _ => write!(f, "{=u16}", self.size()),
        }
    }
}

impl Format for BlockError {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str} broken", self.rule());
    }
}
