//! The fields of a CoAP message, in the order of their bytes.

use coap_codec::{
    Block, Code, ContentFormat, Format, Observe, OptionDefinition, OptionNumber, Szx, Uint,
    signalling_definition,
};

use super::coap::Over;
use super::describe::{count, data, quoted};
use super::walk::Field;

/// The fields of the message in `frame`. They cover every byte once, whatever the bytes are: where
/// one runs past the end, or makes no sense, the rest of the frame is one field.
pub(super) fn fields(frame: &[u8], over: Over) -> Vec<Field> {
    let mut walk = Walk { frame, at: 0, depth: 0, fields: Vec::new() };
    let _ = walk.message(over); // `None`: it ended early
    walk.depth = 0;
    walk.rest("(left over)", |rest| format!("{} that are no field", count(rest.len())));
    walk.fields
}

struct Walk<'a> {
    frame: &'a [u8],
    at: usize,
    depth: usize,
    fields: Vec<Field>,
}

/// The walk is over where a part answers `None`.
impl<'a> Walk<'a> {
    fn message(&mut self, over: Over) -> Option<()> {
        let name = match over {
            Over::Udp => "Version, Type, TKL",
            Over::Tcp | Over::WebSocket => "Len, TKL",
        };
        let first = *self.field(name, 1, |bytes| first(bytes, over))?.first()?;
        if over == Over::Tcp {
            let extension = [1, 2, 4].get(usize::from(first >> 4).wrapping_sub(13));
            if let Some(len) = extension {
                self.field("Extended Length", *len, extended_length)?;
            }
        }
        let code = Code(*self.field("Code", 1, code)?.first()?);
        if over == Over::Udp {
            self.field("Message ID", 2, |id| format!("0x{}", hex(id)))?;
        }
        if code.is_empty() {
            return None;
        }
        let token_len = self.extended("Token Length", first & 0x0F)?;
        if token_len > 0 {
            self.field("Token", token_len, |token| format!("0x{}", hex(token)))?;
        }
        let mut number = 0;
        while let Some(first) = self.frame.get(self.at) {
            if *first == 0xFF {
                self.field("Payload Marker", 1, |_| String::new())?;
                self.rest("Payload", data);
                return None;
            }
            self.option(code, *first, &mut number)?;
        }
        None
    }

    /// A length in a nibble, with its extension if there is one. RFC 8974 section 2.1
    fn extended(&mut self, name: &'static str, nibble: u8) -> Option<usize> {
        let rest = self.frame.get(self.at..).unwrap_or_default();
        let (len, extension) = extended(nibble, rest)?;
        if extension > 0 {
            self.field(name, extension, |_| count(len))?;
        }
        Some(len)
    }

    /// An option: its header, and its value one deeper.
    fn option(&mut self, code: Code, first: u8, number: &mut usize) -> Option<()> {
        let rest = self.frame.get(self.at + 1..).unwrap_or_default();
        let (delta, delta_extension) = extended(first >> 4, rest)?;
        let behind = rest.get(delta_extension..).unwrap_or_default();
        let (len, len_extension) = extended(first & 0x0F, behind)?;
        *number += delta;
        let option = OptionNumber(u16::try_from(*number).ok()?);
        let definition = definition(code, option);
        let name = definition.map_or("Option", |definition| definition.name);
        // No bytes are a number too, 0.
        let zero = definition.filter(|definition| len == 0 && definition.format == Format::Uint);
        let zero = zero.map_or(String::new(), |_| meaning(code, option, definition, &[]));
        self.field(name, 1 + delta_extension + len_extension, |_| {
            let header = header(option, len);
            if zero.is_empty() { header } else { format!("{header}: {zero}") }
        })?;
        self.depth = 1;
        if len > 0 {
            self.field("value", len, |value| meaning(code, option, definition, value))?;
        }
        self.depth = 0;
        Some(())
    }

    /// The next `len` bytes as a field; if they are not there, what there is, and the walk is over.
    fn field(
        &mut self,
        name: &'static str,
        len: usize,
        value: impl FnOnce(&'a [u8]) -> String,
    ) -> Option<&'a [u8]> {
        match self.frame.get(self.at..self.at + len) {
            Some(bytes) => {
                self.push(name, len, value(bytes));
                Some(bytes)
            }
            None => {
                self.rest(name, |_| "runs past the end".into());
                None
            }
        }
    }

    /// What is left; no field if that is nothing.
    fn rest(&mut self, name: &'static str, value: impl FnOnce(&[u8]) -> String) {
        let bytes = self.frame.get(self.at..).unwrap_or_default();
        if !bytes.is_empty() {
            self.push(name, bytes.len(), value(bytes));
        }
    }

    fn push(&mut self, name: &'static str, len: usize, value: String) {
        self.fields.push(Field { start: self.at, len, depth: self.depth, name, value });
        self.at += len;
    }
}

/// The number that a nibble begins, and how many bytes extend it. RFC 7252 section 3.1
fn extended(nibble: u8, behind: &[u8]) -> Option<(usize, usize)> {
    match (nibble, behind) {
        (0..=12, _) => Some((nibble.into(), 0)),
        (13, [byte, ..]) => Some((13 + usize::from(*byte), 1)),
        (14, [high, low, ..]) => Some((269 + usize::from(u16::from_be_bytes([*high, *low])), 2)),
        _ => None,
    }
}

fn first(bytes: &[u8], over: Over) -> String {
    let first = super::describe::byte(bytes);
    let (high, token) = (first >> 4, first & 0x0F);
    let types = ["Confirmable", "Non-confirmable", "Acknowledgement", "Reset"];
    match over {
        Over::Udp => {
            let name = types.get(usize::from(high & 3)).copied().unwrap_or_default();
            format!("version {}, {name}, TKL {token}", high >> 2)
        }
        Over::Tcp | Over::WebSocket => format!("Len {high}, TKL {token}"),
    }
}

/// RFC 8323 section 3.2
fn extended_length(bytes: &[u8]) -> String {
    let base = match bytes.len() {
        1 => 13,
        2 => 269,
        _ => 65_805,
    };
    let length = base + Uint::decode(bytes).unwrap_or_default();
    format!("options and payload {}", count(length as usize))
}

fn code(bytes: &[u8]) -> String {
    let code = Code(super::describe::byte(bytes));
    match code.section() {
        Some(section) => format!("{code:#}, {section}"),
        None => format!("{code}, not registered"),
    }
}

fn definition(code: Code, number: OptionNumber) -> Option<OptionDefinition> {
    if code.is_signalling() { signalling_definition(code, number) } else { number.definition() }
}

/// What the number says: RFC 7252 section 5.4.6.
fn header(number: OptionNumber, len: usize) -> String {
    let class = match (number.is_critical(), number.is_unsafe(), number.is_no_cache_key()) {
        (true, true, _) => "critical, unsafe",
        (true, false, true) => "critical, no cache key",
        (true, false, false) => "critical",
        (false, true, _) => "elective, unsafe",
        (false, false, true) => "elective, no cache key",
        (false, false, false) => "elective",
    };
    format!("number {}, {class}, {}", number.0, count(len))
}

/// What a value says.
fn meaning(
    code: Code,
    number: OptionNumber,
    definition: Option<OptionDefinition>,
    value: &[u8],
) -> String {
    let Some(definition) = definition else {
        return data(value);
    };
    if !definition.allows_len(value.len()) {
        let (min, max) = (definition.min_len, definition.max_len);
        return format!("not {min} to {max} bytes: treated as unknown, RFC 7252 section 5.4.3");
    }
    let number_of = || Uint::decode(value).unwrap_or_default();
    match (definition.format, number) {
        (Format::String, _) => quoted(value),
        (Format::Uint, _) if code.is_signalling() => number_of().to_string(),
        (_, OptionNumber::CONTENT_FORMAT | OptionNumber::ACCEPT) => {
            format!("{:?}", ContentFormat(number_of() as u16))
        }
        (
            _,
            OptionNumber::BLOCK1
            | OptionNumber::BLOCK2
            | OptionNumber::Q_BLOCK1
            | OptionNumber::Q_BLOCK2,
        ) => Block::decode_reliable(value).map_or_else(|error| error.to_string(), block),
        (_, OptionNumber::OBSERVE) if code.is_request() => match Observe::decode(value) {
            Some(Observe::REGISTER) => "register".into(),
            Some(Observe::DEREGISTER) => "deregister".into(),
            _ => format!("{}, which means nothing in a request", number_of()),
        },
        (_, OptionNumber::MAX_AGE) => super::describe::seconds(number_of()),
        (Format::Uint, _) => number_of().to_string(),
        (Format::Opaque | Format::Empty, _) => format!("0x{}", hex(value)),
    }
}

fn block(block: Block) -> String {
    let more = if block.more() { "more follow" } else { "no more" };
    match block.szx() {
        Szx::Bert => format!("block {}, {more}, of 1024 bytes (BERT)", block.num()),
        szx => format!("block {}, {more}, of {} bytes", block.num(), szx.size()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
