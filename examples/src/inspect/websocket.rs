use std::fmt::Write;

use http_lite::websocket::{Close, Error, Event, Mask, Message, Opcode, Role, Session, Settings};

use super::coap::Over;
use super::describe::{count, count_u64, data};
use super::table;
use super::walk::Field;
use super::{Report, coap_messages};

/// The frames that `input` holds one behind the other, up to the first that is malformed or
/// incomplete. Without `from`, the first one's mask tells who sent them.
pub fn frames(input: &[u8], from: Option<Role>) -> Report {
    explain(input, from, false)
}

/// The same where each binary message is one of CoAP, which is shown behind its last frame.
pub fn coap_frames(input: &[u8], from: Option<Role>) -> Report {
    explain(input, from, true)
}

fn explain(input: &[u8], from: Option<Role>, is_coap: bool) -> Report {
    let mut report = Report { text: String::new(), well_formed: true };
    let by_mask = match input.get(1) {
        Some(second) if second & 0x80 != 0 => Role::Client,
        _ => Role::Server,
    };
    let from = from.unwrap_or(by_mask);
    let to = match from {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    };
    let any = Settings { message: u64::MAX, fragments: u32::MAX, ..Settings::DEFAULT };
    let mut session = Session::new(to, any);
    let mut message = Vec::new();
    let (mut at, mut number) = (0, 1);
    while at < input.len() && report.well_formed {
        if number > 1 {
            let _ = write!(report.text, "\nframe {number} at byte {at}: ");
        }
        let rest = input.get(at..).unwrap_or_default();
        let frame = Frame::of(rest);
        let bytes = rest.get(..frame.end).unwrap_or(rest);
        let is_last = session.is_close_received();
        let judged = judge(&mut session, bytes, &mut message);
        let ends_binary = judged.is_ok_and(|ends_binary| ends_binary);
        let fault = judged.err();
        let is_whole = frame.missing == Some(0);
        report.well_formed = fault.is_none() && is_whole;
        let what = if fault.is_some() { "malformed " } else { "" };
        let what = if fault.is_none() && !is_whole { "incomplete " } else { what };
        let _ = writeln!(report.text, "{what}{}, {}", frame.name, count(bytes.len()));
        let mark = fault.map(|error| usize::try_from(error.offset).unwrap_or(usize::MAX));
        let mark = mark.or((!is_whole).then_some(bytes.len()));
        table::print(bytes, &frame.fields, mark, &mut report.text);
        if let Some(error) = fault {
            let code = error.kind.close_code().get();
            let _ = writeln!(report.text, "error     {} ({:?})", error.kind, error.kind);
            let _ = writeln!(report.text, "rule      {}", error.kind.rule());
            let _ = writeln!(report.text, "answer    Close {code}, then the connection is closed");
        } else if !is_whole {
            let missing = frame.missing.map_or("the rest of the header".into(), count_u64);
            let _ = writeln!(report.text, "missing   {missing}");
        } else if is_last {
            let _ = writeln!(report.text, "ignored   it comes behind Close");
        }
        if is_coap && ends_binary {
            let inside = coap_messages(&message, Over::WebSocket);
            let _ = write!(report.text, "\ninside: {}", inside.text);
            report.well_formed &= inside.well_formed;
        }
        at += bytes.len();
        number += 1;
    }
    report
}

/// What a session says of a frame. `message` is what there is of a binary one; true where it ends.
fn judge(session: &mut Session, frame: &[u8], message: &mut Vec<u8>) -> Result<bool, Error> {
    let mut ends = false;
    let mut bytes = frame.to_vec();
    let mut rest = &mut bytes[..];
    while !rest.is_empty() {
        let (taken, event) = session.handle_input(rest, 0)?;
        if let Some(Event::Data { message: Message::Binary, data, is_first, is_last }) = event {
            if is_first {
                message.clear();
            }
            message.extend_from_slice(data);
            ends = is_last;
        }
        rest = rest.get_mut(taken..).unwrap_or_default();
    }
    Ok(ends)
}

/// A frame walked byte by byte, also one that is refused.
struct Frame {
    name: String,
    fields: Vec<Field>,
    /// Where it ends, as far as it is there.
    end: usize,
    /// How much of the payload is missing; `None` if the header is.
    missing: Option<u64>,
}

impl Frame {
    fn of(bytes: &[u8]) -> Self {
        let first = bytes.first().copied().unwrap_or_default();
        let name = opcode(first & 15);
        let mut frame =
            Self { name: name.clone(), fields: Vec::new(), end: bytes.len(), missing: None };
        let fin = if first & 0x80 == 0 { ", more fragments follow" } else { ", FIN" };
        let reserved = if first & 0x70 == 0 { "" } else { ", reserved bits" };
        frame.field(0, 1, "opcode", format!("{name}{fin}{reserved}"));
        let Some(&second) = bytes.get(1) else { return frame };
        let masked = second & 0x80 != 0;
        let extended = match second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let short = u64::from(second & 0x7F);
        let mask = if masked { ", masked" } else { "" };
        let Some(digits) = bytes.get(2..2 + extended) else {
            frame.field(1, bytes.len() - 1, "length", format!("in {extended} bytes{mask}"));
            return frame;
        };
        let long = digits.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let len = if extended == 0 { short } else { long };
        frame.field(1, 1 + extended, "length", count_u64(len) + mask);
        let start = 2 + extended;
        let mut payload_at = start;
        let mut key = None;
        if masked {
            let Some(bytes) = bytes.get(start..start + 4) else {
                frame.field(start, bytes.len() - start, "masking key", String::new());
                return frame;
            };
            key = bytes.first_chunk().map(|key| Mask::new(u32::from_be_bytes(*key)));
            frame.field(start, 4, "masking key", String::new());
            payload_at += 4;
        }
        let there = bytes.get(payload_at..).unwrap_or_default();
        let len_here = usize::try_from(len).map_or(there.len(), |len| len.min(there.len()));
        let mut payload = there.get(..len_here).unwrap_or_default().to_vec();
        if let Some(key) = key {
            key.apply(&mut payload, 0);
        }
        if !payload.is_empty() {
            let value =
                if first & 15 == Opcode::Close as u8 { close(&payload) } else { data(&payload) };
            frame.field(payload_at, len_here, "payload", value);
        }
        frame.end = payload_at + len_here;
        frame.missing = Some(len.saturating_sub(len_here as u64));
        frame
    }

    fn field(&mut self, start: usize, len: usize, name: &'static str, value: String) {
        self.fields.push(Field { start, len, name, value, depth: 0 });
    }
}

fn opcode(opcode: u8) -> String {
    match opcode {
        0 => "continuation".into(),
        1 => "text".into(),
        2 => "binary".into(),
        8 => "Close".into(),
        9 => "Ping".into(),
        10 => "Pong".into(),
        other => format!("reserved opcode {other}"),
    }
}

fn close(payload: &[u8]) -> String {
    match (Close::decode(payload), payload) {
        (Ok(Close { code: Some(code), reason }), _) => format!("{}, {reason:?}", code.get()),
        (_, [a, b, ..]) => u16::from_be_bytes([*a, *b]).to_string(),
        _ => count(payload.len()),
    }
}
