//! What `-v` shows of the messages that go back and forth.

use std::fmt;
use std::io::{self, Write};

use coap_codec::{
    CoapOption, Code, DecodeError, Format, Message, ReliableMessage, Token, Type, Uint,
    signalling_definition,
};

/// Prints messages to standard error, or nothing.
#[derive(Clone, Copy)]
pub(super) struct Log {
    pub(super) messages: bool,
}

impl Log {
    pub(super) fn message(self, arrow: char, message: &Message<'_>) {
        let kind = match message.message_type {
            Type::Confirmable => "CON",
            Type::NonConfirmable => "NON",
            Type::Acknowledgement => "ACK",
            Type::Reset => "RST",
        };
        self.line(format_args!(
            "{arrow} {kind} 0x{:04X} {}",
            message.message_id,
            body(&message.reliable())
        ));
    }

    pub(super) fn reliable(self, arrow: char, message: &ReliableMessage<'_>) {
        self.line(format_args!("{arrow} {}", body(message)));
    }

    pub(super) fn malformed(self, error: &DecodeError) {
        self.line(format_args!("< malformed: {error} [{}]", error.rule()));
    }

    pub(super) fn line(self, text: fmt::Arguments<'_>) {
        if self.messages {
            say(text);
        }
    }
}

/// Prints a line to standard error. If nobody reads it, nothing is lost.
pub(super) fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn body(message: &ReliableMessage<'_>) -> String {
    let token = match message.token {
        Token::EMPTY => "none".to_owned(),
        token => hex(token.as_bytes()),
    };
    let options: String =
        message.options.iter().map(|option| option_text(message.code, option)).collect();
    let payload = message.payload.len();
    format!("{:#}, token {token}{options}, {payload} bytes of payload", message.code)
}

/// `, Content-Format 40`, `, Uri-Path "ps"`, `, ETag 0x0a1b`.
fn option_text(code: Code, CoapOption { number, value }: CoapOption<'_>) -> String {
    // The options of signalling have numbers of their own.
    let definition = match code.is_signalling() {
        true => signalling_definition(code, number),
        false => number.definition(),
    };
    let name = match definition {
        Some(definition) => definition.name.to_owned(),
        None => number.0.to_string(),
    };
    let value = match (definition.map(|definition| definition.format), Uint::decode(value)) {
        (Some(Format::Empty), _) if value.is_empty() => return format!(", {name}"),
        (Some(Format::Uint), Some(uint)) => uint.to_string(),
        (Some(Format::String), _) => {
            format!("\"{}\"", String::from_utf8_lossy(value).escape_debug())
        }
        _ => format!("0x{}", hex(value)),
    };
    format!(", {name} {value}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
