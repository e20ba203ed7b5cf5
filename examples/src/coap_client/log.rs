//! What `-v` shows of the messages that go back and forth.

use coap_codec::{DecodeError, Message, ReliableMessage, Token, Type, signalling_definition};

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

    pub(super) fn line(self, text: std::fmt::Arguments<'_>) {
        if self.messages {
            eprintln!("{text}");
        }
    }
}

fn body(message: &ReliableMessage<'_>) -> String {
    let token = match message.token {
        Token::EMPTY => "none".to_owned(),
        token => token.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let mut options = String::new();
    for option in message.options {
        // The options of signalling have numbers of their own.
        let name = match signalling_definition(message.code, option.number) {
            Some(definition) => definition.name.to_owned(),
            None => option.number.to_string(),
        };
        options += &format!(", {name} \"{}\"", option.value.escape_ascii());
    }
    let payload = message.payload.len();
    format!("{:#}, token {token}{options}, {payload} bytes of payload", message.code)
}
