//! How messages are shown: `-F FORMAT`, `-v`, `-N`. The payload goes out as it comes, so that it need
//! not fit into memory: what a format has behind it is made ready before.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mqtt_codec::{Properties, Publish, TopicName};

use crate::http_client::printable;

/// What stands before the payload, the payload, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    before: Vec<Part>,
    payload: Option<Payload>,
    behind: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Vec<u8>),
    /// The letter behind `%`.
    Field(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payload {
    Raw,
    Hex,
    UpperHex,
}

/// What is known of a message.
pub(super) struct Shown<'a> {
    pub(super) publish: &'a Publish<'a>,
    pub(super) topic: TopicName<'a>,
    pub(super) payload_len: u32,
}

impl Format {
    /// The payload, behind the topic if `verbose`.
    pub(super) fn plain(verbose: bool, has_newline: bool) -> Self {
        let before = match verbose {
            true => vec![Part::Field('t'), Part::Literal(b" ".to_vec())],
            false => Vec::new(),
        };
        Self { before, payload: Some(Payload::Raw), behind: Vec::new() }.with_newline(has_newline)
    }

    /// A format of the command line.
    ///
    /// # Errors
    ///
    /// What in it is not known.
    pub(super) fn parse(text: &str, has_newline: bool) -> Result<Self, String> {
        let mut format = Self { before: Vec::new(), payload: None, behind: Vec::new() };
        let mut chars = text.chars();
        while let Some(letter) = chars.next() {
            let escaped = match letter {
                '%' | '\\' => Some(chars.next().ok_or("-F ends within a sequence")?),
                _ => None,
            };
            let payload = match (letter, escaped) {
                ('%', Some('p')) => Payload::Raw,
                ('%', Some('x')) => Payload::Hex,
                ('%', Some('X')) => Payload::UpperHex,
                (letter, escaped) => {
                    format.push(part(letter, escaped)?);
                    continue;
                }
            };
            if format.payload.replace(payload).is_some() {
                return Err("-F shows the payload once: one of %p, %x and %X".into());
            }
        }
        Ok(format.with_newline(has_newline))
    }

    fn push(&mut self, part: Part) {
        let parts = if self.payload.is_some() { &mut self.behind } else { &mut self.before };
        match (parts.last_mut(), part) {
            (Some(Part::Literal(before)), Part::Literal(more)) => before.extend(more),
            (_, part) => parts.push(part),
        }
    }

    fn with_newline(mut self, has_newline: bool) -> Self {
        if has_newline {
            self.push(Part::Literal(b"\n".to_vec()));
        }
        self
    }

    /// What stands before the payload, and what will stand behind it.
    pub(super) fn around(&self, shown: &Shown<'_>) -> (Vec<u8>, Vec<u8>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (render(&self.before, shown, now), render(&self.behind, shown, now))
    }

    /// A piece of the payload.
    pub(super) fn payload(&self, piece: &[u8], to: &mut impl Write) -> io::Result<()> {
        match self.payload {
            None => Ok(()),
            Some(Payload::Raw) => to.write_all(piece),
            Some(Payload::Hex) => piece.iter().try_for_each(|byte| write!(to, "{byte:02x}")),
            Some(Payload::UpperHex) => piece.iter().try_for_each(|byte| write!(to, "{byte:02X}")),
        }
    }
}

fn part(letter: char, escaped: Option<char>) -> Result<Part, String> {
    let literal = match (letter, escaped) {
        ('%', Some('%')) => '%',
        ('%', Some(field)) if "CDEFIlmPqRrStU".contains(field) => return Ok(Part::Field(field)),
        ('%', Some(field)) => {
            return Err(format!(
                "-F %{field}: one of %p %x %X %t %q %r %l %m %I %U %C %D %E %F %P %R %S %%"
            ));
        }
        (_, Some('\\')) => '\\',
        (_, Some('0')) => '\0',
        (_, Some('a')) => '\x07',
        (_, Some('e')) => '\x1B',
        (_, Some('n')) => '\n',
        (_, Some('r')) => '\r',
        (_, Some('t')) => '\t',
        (_, Some('v')) => '\x0B',
        (_, Some(other)) => {
            return Err(format!("-F \\{other}: one of \\\\ \\0 \\a \\e \\n \\r \\t \\v"));
        }
        (letter, None) => letter,
    };
    Ok(Part::Literal(literal.to_string().into_bytes()))
}

fn render(parts: &[Part], shown: &Shown<'_>, now: Duration) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Literal(bytes) => out.extend(bytes),
            Part::Field('D') => {
                out.extend(shown.publish.properties.correlation_data().unwrap_or_default());
            }
            Part::Field(field) => out.extend(text(*field, shown, now).into_bytes()),
        }
    }
    out
}

fn text(field: char, shown: &Shown<'_>, now: Duration) -> String {
    let publish = shown.publish;
    let properties = &publish.properties;
    let number = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
    match field {
        't' => shown.topic.to_str().to_owned(),
        'q' => (publish.delivery.qos() as u8).to_string(),
        'r' => u8::from(publish.retain).to_string(),
        'l' => shown.payload_len.to_string(),
        'm' => publish.delivery.packet_id().map_or(0, |id| id.get()).to_string(),
        'I' => iso_8601(now.as_secs()),
        'U' => format!("{}.{:09}", now.as_secs(), now.subsec_nanos()),
        'C' => properties.content_type().map(|t| t.to_str().to_owned()).unwrap_or_default(),
        'E' => number(properties.message_expiry_interval()),
        'F' => number(properties.payload_format_indicator().map(u32::from)),
        'P' => user_properties(properties),
        'R' => properties.response_topic().map(|t| t.to_str().to_owned()).unwrap_or_default(),
        _ => number(properties.subscription_identifier().map(|id| id.get())),
    }
}

fn user_properties(properties: &Properties<'_>) -> String {
    let mut text = String::new();
    for (name, value) in properties.user_properties() {
        let space = if text.is_empty() { "" } else { " " };
        let (name, value) = (printable(name.as_bytes()), printable(value.as_bytes()));
        let _ = write!(text, "{space}{name}:{value}"); // a String takes all
    }
    text
}

/// Seconds since 1970 as date and time in UTC.
fn iso_8601(secs: u64) -> String {
    let (days, of_day) = (secs / 86_400, secs % 86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    // Years that begin in March: a leap day is the last day of one. In 400 of them are 146,097 days.
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, late) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + late;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+0000")
}

#[cfg(test)]
mod tests {
    use mqtt_codec::{Delivery, List, PacketId, Property, Text};

    use super::*;

    fn show(format: &Format) -> String {
        let properties = [
            Property::ContentType(Text::from_static("text/plain")),
            Property::UserProperty(Text::from_static("unit"), Text::from_static("C")),
            Property::UserProperty(Text::from_static("unit"), Text::from_static("K")),
            Property::MessageExpiryInterval(60),
        ];
        let topic = TopicName::from_static("a/b");
        let publish = Publish {
            retain: true,
            delivery: Delivery::AtLeastOnce { id: PacketId::new(7).unwrap(), dup: false },
            properties: List::new(&properties),
            ..Publish::new(topic, b"")
        };
        let shown = Shown { publish: &publish, topic, payload_len: 2 };
        let (mut out, behind) = format.around(&shown);
        format.payload(b"h", &mut out).unwrap();
        format.payload(b"\xEE", &mut out).unwrap();
        out.extend(behind);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn formats_show_what_they_name() {
        for (text, wanted) in [
            ("%t %q %r %l %m", "a/b 1 1 2 7"),
            ("%x|%t", "68ee|a/b"),
            ("%X", "68EE"),
            ("[%C|%P|%E|%F|%R|%S|%D]", "[text/plain|unit:C unit:K|60||||]"),
            ("100%%\\t\\\\%x\\0", "100%\t\\68ee\0"),
            ("ä%t", "äa/b"),
        ] {
            assert_eq!(show(&Format::parse(text, false).unwrap()), wanted, "{text}");
        }
        assert_eq!(show(&Format::plain(true, true)), "a/b h\u{FFFD}\n");
        assert_eq!(show(&Format::plain(false, false)), "h\u{FFFD}");
    }

    #[test]
    fn rejects_formats_that_are_not_known() {
        for text in ["%", "\\", "%j", "%Z", "\\q", "%p %x", "%p%p"] {
            assert!(Format::parse(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_know_leap_years() {
        for (secs, wanted) in [
            (0, "1970-01-01T00:00:00+0000"),
            (951_782_399, "2000-02-28T23:59:59+0000"),
            (951_782_400, "2000-02-29T00:00:00+0000"),
            (951_868_800, "2000-03-01T00:00:00+0000"),
            (1_470_818_943, "2016-08-10T08:49:03+0000"),
            (4_107_542_400, "2100-03-01T00:00:00+0000"),
        ] {
            assert_eq!(iso_8601(secs), wanted);
        }
    }
}
