use std::fmt::Write;

use http_lite::body::{BodyDecoder, BodyLimits, BodyPart};
use http_lite::framing::{Asked, Framing, Message, decide};
use http_lite::{
    DecodeError, ErrorKind, Facts, Fields, HeadParser, Host, Limits, Method, TargetForm, Version,
    is_authority,
};

use super::Report;
use super::describe::{count, count_u64, data, point_at};

/// The messages that `input` holds one behind the other, requests or responses, up to the first that
/// is malformed or incomplete. `asked` is the method that responses answer, GET if it is not known.
pub fn messages(input: &[u8], asked: Option<&Method<'_>>) -> Report {
    let mut report = Report { text: String::new(), well_formed: true };
    let asked = asked.map_or(Asked::Other, Asked::of);
    let (mut at, mut number) = (0, 1);
    while at < input.len() && report.well_formed {
        if number > 1 {
            let _ = write!(report.text, "\nmessage {number} at byte {at}: ");
        }
        let mut one = One { input, at, text: &mut report.text };
        match one.message(asked) {
            Ok(after) => at = after,
            Err(fault) => {
                report.well_formed = false;
                one.fault(fault);
                break;
            }
        }
        number += 1;
    }
    report
}

/// Why a message was not read to its end.
enum Fault {
    Malformed(DecodeError),
    /// What is missing.
    Incomplete(String),
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error)
    }
}

/// One message that begins at `at`.
struct One<'a> {
    input: &'a [u8],
    at: usize,
    text: &'a mut String,
}

/// What the inspector reads is there already.
const LIMITS: Limits = Limits { bytes: u32::MAX, fields: u16::MAX };

impl<'a> One<'a> {
    /// Shows the message; where the next one begins.
    fn message(&mut self, asked: Asked) -> Result<usize, Fault> {
        let bytes = self.rest();
        let mut parser = HeadParser::with_limits(LIMITS);
        let (message, fields, len) = if bytes.starts_with(b"HTTP/") {
            let Some((head, len)) = parser.parse_response(bytes)? else {
                return Err(Fault::Incomplete("the empty line behind the head".into()));
            };
            let _ = writeln!(self.text, "response, its head {}", count(len));
            self.line(0, "version", &version(head.version));
            let status = head.status;
            let class = format!("{:?}", status.class());
            self.line(9, "status", &format!("{} ({class})", status.get()));
            if !head.reason.as_bytes().is_empty() {
                self.line(13, "reason phrase", &head.reason.as_bytes().escape_ascii().to_string());
            }
            (Message::Response(asked, status), head.fields, len)
        } else {
            let Some((head, len)) = parser.parse_request(bytes)? else {
                return Err(Fault::Incomplete("the empty line behind the head".into()));
            };
            let _ = writeln!(self.text, "request, its head {}", count(len));
            let (method, target) = (head.method, head.target);
            let safe = match (method.is_safe(), method.is_idempotent()) {
                (true, _) => "safe",
                (_, true) => "idempotent",
                _ => "neither safe nor idempotent",
            };
            self.line(self.offset(method.as_bytes()), "method", &format!("{method} ({safe})"));
            let form = match target.form() {
                TargetForm::Origin => "origin-form",
                TargetForm::Absolute => "absolute-form",
                TargetForm::Authority => "authority-form",
                TargetForm::Asterisk => "asterisk-form",
            };
            self.line(self.offset(target.as_bytes()), "target", &format!("{target} ({form})"));
            let behind = self.offset(target.as_bytes()) + target.as_bytes().len() + 1;
            self.line(behind, "version", &version(head.version));
            (Message::Request, head.fields, len)
        };
        self.fields(fields);
        let facts = *parser.facts();
        self.host(&facts, message, fields)?;
        let framing = decide(message, &facts)
            .map_err(|kind| self.at_field(kind, "transfer-encoding", fields))?;
        self.connection(&facts, framing);
        let switches = matches!(message, Message::Response(_, status) if status.get() == 101);
        let after = self.body(framing, len)?;
        if switches && facts.upgrade || framing == Framing::Tunnel {
            let rest = self.input.get(after..).unwrap_or_default();
            self.said("behind it", &format!("{} of the other protocol", count(rest.len())));
            return Ok(self.input.len());
        }
        Ok(after)
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    /// Where in the message a part of it begins.
    fn offset(&self, part: &[u8]) -> usize {
        part.as_ptr().addr().saturating_sub(self.rest().as_ptr().addr())
    }

    /// What is wrong with the last field of this name, or with its absence.
    fn at_field(&self, kind: ErrorKind, name: &str, fields: Fields<'_>) -> Fault {
        let field = fields.iter().filter(|field| field.name.is(name)).last();
        let offset = field.map_or(0, |field| self.offset(field.name.as_bytes()));
        Fault::Malformed(DecodeError::at(kind, offset))
    }

    fn line(&mut self, offset: usize, name: &str, value: &str) {
        let line = format!("{:>8}  {name:<26} {value}", self.at + offset);
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn said(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.text, "{name:<9} {value}");
    }

    fn fields(&mut self, fields: Fields<'_>) {
        for field in fields {
            // As its `Debug` shows it: credentials are hidden.
            let shown = format!("{field:?}");
            let value = shown.split_once(": ").map_or("", |(_, value)| value);
            self.line(self.offset(field.name.as_bytes()), field.name.as_str(), value);
        }
    }

    /// What a server refuses beyond the head's own rules.
    fn host(&self, facts: &Facts, message: Message, fields: Fields<'_>) -> Result<(), Fault> {
        let malformed = || fields.get("host").is_some_and(|host| !is_authority(host.as_bytes()));
        let kind = match (message, facts.host, facts.version) {
            (Message::Request, Host::Missing, Version::Http11) => Some(ErrorKind::HostMissing),
            (Message::Request, Host::One, _) if malformed() => Some(ErrorKind::Host),
            (Message::Request, Host::Several, _) => Some(ErrorKind::HostTwice),
            _ => None,
        };
        kind.map_or(Ok(()), |kind| Err(self.at_field(kind, "host", fields)))
    }

    /// What the head says about the connection.
    fn connection(&mut self, facts: &Facts, framing: Framing) {
        let persists = facts.persists() && framing != Framing::UntilClose;
        let mut says = vec![if persists { "goes on" } else { "ends behind this exchange" }];
        if facts.upgrade {
            says.push("another protocol is asked for or begins");
        }
        if facts.expect == http_lite::Expect::Continue {
            says.push("waits for 100 Continue before the body");
        }
        self.said("connection", &says.join("; "));
    }

    fn body(&mut self, framing: Framing, head: usize) -> Result<usize, Fault> {
        let how = match framing {
            Framing::None => "none".into(),
            Framing::Length(len) => format!("{}, by Content-Length", count_u64(len)),
            Framing::Chunked => "chunked".into(),
            Framing::UntilClose => "until the connection ends".into(),
            Framing::Tunnel => "none; a tunnel begins".into(),
        };
        self.said("body", &how);
        let limits = BodyLimits { content: u64::MAX, extensions: u32::MAX, trailers: LIMITS };
        let mut decoder = BodyDecoder::with_limits(framing, limits);
        let (mut at, mut total) = (head, 0);
        loop {
            let rest = self.rest().get(at..).unwrap_or_default();
            let (taken, part) = decoder.decode(rest).map_err(|error| {
                // From the head on.
                let offset = head.saturating_add(error.offset as usize);
                Fault::Malformed(DecodeError::at(error.kind, offset))
            })?;
            at += taken;
            match part {
                Some(BodyPart::Data(bytes)) => {
                    total += bytes.len();
                    self.line(self.offset(bytes), "content", &cut(&data(bytes)));
                }
                Some(BodyPart::Trailers(fields)) => {
                    self.said("trailers", "");
                    self.fields(fields);
                }
                Some(BodyPart::End) => return Ok(self.at + at),
                None if decoder.is_until_close() => return Ok(self.at + at),
                None => {
                    let missing = match decoder.remaining() {
                        Some(left) => format!("{} of the body", count_u64(left)),
                        None => "the last chunk, or a part of one".into(),
                    };
                    let _ = writeln!(self.text, "read      {} of content", count(total));
                    return Err(Fault::Incomplete(missing));
                }
            }
        }
    }

    fn fault(&mut self, fault: Fault) {
        let (error, rest) = match fault {
            Fault::Malformed(error) => (error, self.rest()),
            Fault::Incomplete(missing) => {
                let _ = writeln!(self.text, "incomplete message, {}", count(self.rest().len()));
                return self.said("missing", &missing);
            }
        };
        let _ = writeln!(self.text, "malformed message");
        let at = error.offset as usize;
        // A character for each byte, so that the mark stands below the right one.
        let line: String = rest.iter().map(|&byte| char::from(byte)).collect();
        let place = line.char_indices().nth(at).map_or(line.len(), |(place, _)| place);
        point_at(&line, place, self.text);
        self.said("error", &format!("{} ({:?})", error.kind, error.kind));
        let byte = rest.get(at).map_or("the end".into(), |byte| format!("0x{byte:02X}"));
        self.said("at", &format!("byte {}, {byte}", self.at + at));
        self.said("rule", error.rule());
        let status = error.status();
        let reason = status.reason().unwrap_or_default();
        let answer = match rest.starts_with(b"HTTP/") {
            true => "none, the connection is closed".into(),
            false => format!("{} {reason}, then close", status.get()),
        };
        self.said("answer", &answer);
    }
}

fn version(version: Version) -> String {
    match version {
        Version::Http10 => "HTTP/1.0".into(),
        Version::Http11 => "HTTP/1.1".into(),
    }
}

/// At most so much as fits on a line.
fn cut(text: &str) -> String {
    const MOST: usize = 62;
    if text.chars().count() <= MOST {
        return text.into();
    }
    text.chars().take(MOST - 2).chain("..".chars()).collect()
}

/// Bytes of a text in which `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` stand for what they say.
///
/// # Errors
///
/// What follows a backslash otherwise.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, len) = match escape.as_bytes() {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', ..] => match escape.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => (byte, 3),
                None => return Err("two hexadecimal digits belong behind \\x".into()),
            },
            _ => return Err("a backslash without r, n, t, 0, x or another backslash".into()),
        };
        bytes.push(byte);
        rest = escape.get(len..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}
