use std::fmt::Write;

use mqtt_codec::{Codec, DecodeError, ErrorKind, ReasonCode, Role, Version};

use super::describe::{count, type_name};
use super::protocol::Protocol;
use super::{Report, table, walk};

/// What the bytes do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The version of MQTT. `None`: a CONNECT tells; without one 5.0, unless only 3.1.1 fits.
    pub version: Option<Version>,
    /// Who sent them.
    pub from: Role,
}

/// The packets of `input`, one after the other, up to the first that is malformed or incomplete.
pub fn packets(input: &[u8], options: Options) -> Report {
    let mut report = Report { text: String::new(), well_formed: true };
    let mut version = options.version.or_else(|| guess(input, options.from, &mut report));
    let (mut rest, mut number) = (input, 1);
    while !rest.is_empty() {
        if is_connect(rest) && options.version.is_none() {
            version = match walk::protocol(rest) {
                Some(Protocol::Spoken(version)) => Some(version),
                _ => None,
            };
        }
        let codec = Codec { version, ..reader(options.from) };
        let start = input.len() - rest.len();
        if start > 0 {
            let _ = write!(report.text, "\npacket {number} at byte {start}: ");
        }
        match codec.decode(rest) {
            Ok(Some((_, len))) => {
                let (frame, behind) = rest.split_at(len.min(rest.len()));
                // A CONNECT without a version that we know is not accepted.
                good(frame, version.unwrap_or(Version::V5), &mut report);
                rest = behind;
            }
            Ok(None) => {
                incomplete(rest, &codec, &mut report);
                rest = &[];
            }
            Err(error) => {
                let (frame, behind) = rest.split_at(walk::frame_len(rest));
                malformed(frame, error, options.from, &mut report);
                if !behind.is_empty() {
                    let _ = writeln!(report.text, "unread    {}", count(behind.len()));
                }
                rest = &[];
            }
        }
        number += 1;
    }
    report
}

fn good(frame: &[u8], version: Version, report: &mut Report) {
    headline("", frame, version, report);
    table::print(frame, &walk::fields(frame, version), None, &mut report.text);
}

fn incomplete(input: &[u8], codec: &Codec, report: &mut Report) {
    report.well_formed = false;
    let version = codec.version.unwrap_or(Version::V5);
    headline("incomplete ", input, version, report);
    table::print(input, &walk::fields(input, version), Some(input.len()), &mut report.text);
    let _ = match codec.frame_len(input) {
        Ok(Some(len)) => {
            writeln!(report.text, "missing   {} of {len} bytes", len.saturating_sub(input.len()))
        }
        _ => writeln!(report.text, "missing   the Remaining Length"),
    };
}

fn malformed(frame: &[u8], error: DecodeError, from: Role, report: &mut Report) {
    report.well_formed = false;
    let at = error.offset as usize;
    headline("malformed ", frame, error.version, report);
    table::print(frame, &walk::fields(frame, error.version), Some(at), &mut report.text);
    let byte = frame.get(at).map_or("behind the last".into(), |byte| format!("0x{byte:02X}"));
    let section = section(error.rule(), answers_as(frame, error));
    let _ = writeln!(report.text, "error     {} ({:?})", error.kind, error.kind);
    let _ = writeln!(report.text, "at        byte {at}, {byte}");
    let _ = writeln!(report.text, "rule      {}{section}", error.rule());
    let _ = writeln!(report.text, "answer    {}", answer(frame, error, from));
}

fn headline(state: &str, frame: &[u8], version: Version, report: &mut Report) {
    let name = frame.first().map_or("packet", |first| type_name(*first));
    let protocol = connect_protocol(frame).unwrap_or(Protocol::Spoken(version));
    let _ = writeln!(report.text, "{state}{name}, {protocol}, {}", count(frame.len()));
}

/// What the receiver sends before it closes. MQTT 5.0 section 4.13, MQTT 3.1.1 section 4.8
fn answer(frame: &[u8], error: DecodeError, from: Role) -> String {
    let reason = error.reason_code();
    let (code, first) = (reason.get(), frame.first().copied().unwrap_or_default());
    let return_code = reason.to_connect_return_code();
    match (answers_as(frame, error), first >> 4) {
        (_, 1) if error.kind == ErrorKind::ProtocolName && is_unknown(frame) => {
            "close the connection".into()
        }
        (Version::V3, 1) if reason == ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => {
            "CONNACK with return code 1 (unacceptable protocol level), then close".into()
        }
        (Version::V5, 1) => format!("CONNACK with reason code 0x{code:02X} {reason}, then close"),
        // A client has not been accepted before the CONNACK, so it says nothing.
        (Version::V5, 2) if from != Role::Client => "close the connection".into(),
        (Version::V5, _) => {
            format!("DISCONNECT with reason code 0x{code:02X} {reason}, then close")
        }
        (Version::V3, 1) if return_code.is_some() => {
            format!("CONNACK with return code {} {reason}, then close", return_code.unwrap_or(0))
        }
        (Version::V3, _) => {
            format!("close the connection (5.0 would say 0x{code:02X} {reason})")
        }
    }
}

/// The version of the answer: who asks for less than 5.0 understands what 3.1.1 says.
fn answers_as(frame: &[u8], error: DecodeError) -> Version {
    let asked = connect_protocol(frame).and_then(Protocol::version);
    if asked == Some(Version::V3) { Version::V3 } else { error.version }
}

fn is_unknown(frame: &[u8]) -> bool {
    matches!(connect_protocol(frame), Some(Protocol::Unknown(_)))
}

/// Where a statement stands: `MQTT-3.3.1-4` is the fourth of section 3.3.1.
fn section(rule: &str, version: Version) -> String {
    match rule.strip_prefix("MQTT-").and_then(|rule| rule.rsplit_once('-')) {
        Some((section, _)) => {
            let (version, section) = (Protocol::Spoken(version), section.replace('-', "."));
            format!(", in {version} section {section}")
        }
        None => String::new(),
    }
}

fn reader(from: Role) -> Codec {
    Codec { role: from.peer(), ..Codec::either(Version::V5) }
}

fn is_connect(input: &[u8]) -> bool {
    input.first().is_some_and(|first| first >> 4 == 1)
}

/// What a CONNECT asks for; `None` for other packets.
fn connect_protocol(input: &[u8]) -> Option<Protocol> {
    is_connect(input).then(|| walk::protocol(input)).flatten()
}

/// The version that fits more of the input, 5.0 if both do; says so where it is 3.1.1.
fn guess(input: &[u8], from: Role, report: &mut Report) -> Option<Version> {
    if is_connect(input) {
        return None;
    }
    let fits = |version| {
        let codec = Codec { version: Some(version), ..reader(from) };
        let mut rest = input;
        loop {
            match codec.decode(rest) {
                Ok(Some((_, len))) => rest = rest.get(len..).unwrap_or_default(),
                Ok(None) => return (input.len() - rest.len(), None),
                Err(error) => return (input.len() - rest.len(), Some(error)),
            }
        }
    };
    let ((len_v3, _), (len_v5, error)) = (fits(Version::V3), fits(Version::V5));
    match error {
        Some(error) if len_v3 > len_v5 => {
            let at = len_v5 + error.offset as usize;
            let _ = writeln!(
                report.text,
                "(as MQTT 5.0 there is {} at byte {at}; --version 5.0 shows it)\n",
                error.kind
            );
            Some(Version::V3)
        }
        _ => Some(Version::V5),
    }
}
