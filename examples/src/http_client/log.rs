//! What `-v` shows, and all else that goes to standard error.

use std::fmt;
use std::io::{self, Write};

use http_lite::{Fields, RequestHead, ResponseHead};

/// Prints what goes back and forth to standard error, or nothing.
#[derive(Clone, Copy)]
pub(crate) struct Log {
    pub(crate) verbose: bool,
}

impl Log {
    pub(crate) fn request(self, head: &RequestHead<'_>) {
        self.line(format_args!("> {} {} HTTP/1.1", head.method.as_str(), head.target));
        self.fields('>', &head.fields);
    }

    pub(crate) fn response(self, head: &ResponseHead<'_>) {
        let reason = printable(head.reason.as_bytes());
        let version = match head.version {
            http_lite::Version::Http10 => "1.0",
            http_lite::Version::Http11 => "1.1",
        };
        self.line(format_args!("< HTTP/{version} {} {reason}", head.status.get()));
        self.fields('<', &head.fields);
    }

    pub(crate) fn fields(self, arrow: char, fields: &Fields<'_>) {
        for field in fields.iter() {
            let (name, mut number) = (field.name.as_str(), Default::default());
            let value = printable(field.value.to_bytes(&mut number));
            // Secrets are not shown.
            match ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"]
                .iter()
                .any(|secret| field.name.is(secret))
            {
                true => self.line(format_args!("{arrow} {name}: ***")),
                false => self.line(format_args!("{arrow} {name}: {value}")),
            }
        }
        self.line(format_args!("{arrow}"));
    }

    /// What the client does.
    pub(crate) fn note(self, text: fmt::Arguments<'_>) {
        self.line(format_args!("* {text}"));
    }

    fn line(self, text: fmt::Arguments<'_>) {
        if self.verbose {
            say(text);
        }
    }
}

/// As it is, but for what a terminal might obey or not know.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&byte.escape_ascii().to_string()),
        }
    }
    text
}

/// Prints a line to standard error. If nobody reads it, nothing is lost.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}
