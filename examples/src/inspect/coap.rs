use std::fmt::Write;

use coap_codec::{
    Codec, DecodeError, Knowledge, Message, OptionNumber, Reaction, ReliableMessage, Role, Token,
    Type, react, tcp, ws,
};

use super::describe::count;
use super::{Report, coap_walk, table};

/// Which transport carried the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A datagram. RFC 7252 section 3
    Udp,
    /// A stream of messages. RFC 8323 section 3
    Tcp,
    /// The payload of a binary WebSocket message. RFC 8323 section 4
    WebSocket,
}

/// The message that `input` is, or over TCP the messages, up to the first that is malformed or
/// incomplete.
pub fn messages(input: &[u8], over: Over) -> Report {
    let mut report = Report { text: String::new(), well_formed: true };
    match over {
        Over::Udp => datagram(input, &mut report),
        Over::WebSocket => match ws::Codec::new().with_max_token_len(ANY_TOKEN).decode(input) {
            Ok(message) => reliable(input, &message, over, &mut report),
            Err(error) => malformed(input, error, over, &mut report),
        },
        Over::Tcp => stream(input, &mut report),
    }
    report
}

fn datagram(input: &[u8], report: &mut Report) {
    let decoded = Codec::new().with_extended_tokens().decode(input);
    let message = match &decoded {
        Ok(message) => message,
        Err(error) => return malformed(input, *error, Over::Udp, report),
    };
    let what = format!("{} {:#}", type_name(message.message_type), message.code);
    fields(&what, input, Over::Udp, None, report);
    // Who knows every option, serves requests and waits for this response.
    let know = Knowledge {
        role: Role::Both,
        awaits_token: true,
        sent_message_id: true,
        max_token_len: ANY_TOKEN,
        ..Knowledge::server(REGISTERED)
    };
    let answer = match react(&decoded, &know) {
        Reaction::Process => return,
        reaction => answer(reaction, message),
    };
    let _ = writeln!(report.text, "answer    {answer}");
}

/// What somebody who knows every option does with it, other than to process it.
fn answer(reaction: Reaction, message: &Message<'_>) -> String {
    let bad = coap_codec::bad_option(message.code, &message.options, REGISTERED);
    let why = bad.map_or(String::new(), |number| format!(", for option {}", number.0));
    match reaction {
        Reaction::Respond(code) => format!("{code:#}{why}"),
        Reaction::Reset => format!("Reset with Message ID 0x{:04X}{why}", message.message_id),
        _ => format!("none, it is ignored{why}"),
    }
}

fn stream(input: &[u8], report: &mut Report) {
    let codec = tcp::Codec::new().with_max_token_len(ANY_TOKEN).with_max_message_size(u32::MAX);
    let (mut rest, mut number) = (input, 1);
    while !rest.is_empty() {
        let start = input.len() - rest.len();
        if start > 0 {
            let _ = write!(report.text, "\nmessage {number} at byte {start}: ");
        }
        match codec.decode(rest) {
            Ok(Some((message, len))) => {
                let (frame, behind) = rest.split_at(len.min(rest.len()));
                reliable(frame, &message, Over::Tcp, report);
                rest = behind;
            }
            Ok(None) => {
                report.well_formed = false;
                fields("incomplete message", rest, Over::Tcp, Some(rest.len()), report);
                let _ = match codec.frame_len(rest) {
                    Ok(Some(len)) => {
                        writeln!(report.text, "missing   {} of {len} bytes", len - rest.len())
                    }
                    _ => writeln!(report.text, "missing   the header"),
                };
                rest = &[];
            }
            Err(error) => {
                let len = codec.frame_len(rest).ok().flatten().unwrap_or(rest.len());
                let (frame, behind) = rest.split_at(len.min(rest.len()));
                malformed(frame, error, Over::Tcp, report);
                if !behind.is_empty() {
                    let _ = writeln!(report.text, "unread    {}", count(behind.len()));
                }
                rest = &[];
            }
        }
        number += 1;
    }
}

fn reliable(frame: &[u8], message: &ReliableMessage<'_>, over: Over, report: &mut Report) {
    fields(&format!("{:#}", message.code), frame, over, None, report);
}

fn malformed(frame: &[u8], error: DecodeError, over: Over, report: &mut Report) {
    report.well_formed = false;
    let at = error.offset as usize;
    fields("malformed message", frame, over, Some(at), report);
    let byte = frame.get(at).map_or("behind the last".into(), |byte| format!("0x{byte:02X}"));
    let _ = writeln!(report.text, "error     {} ({:?})", error.kind, error.kind);
    let _ = writeln!(report.text, "at        byte {at}, {byte}");
    let _ = writeln!(report.text, "rule      {}", error.rule());
    let answer = match (over, error.reaction()) {
        (Over::Tcp | Over::WebSocket, _) => "Abort, then close".into(),
        (Over::Udp, Reaction::Reset) => format!("Reset with Message ID 0x{:04X}", error.message_id),
        (Over::Udp, _) => "none, it is ignored".into(),
    };
    let _ = writeln!(report.text, "answer    {answer}");
}

fn fields(what: &str, frame: &[u8], over: Over, fault: Option<usize>, report: &mut Report) {
    let transport = match over {
        Over::Udp => "UDP",
        Over::Tcp => "TCP",
        Over::WebSocket => "WebSockets",
    };
    let _ = writeln!(report.text, "{what}, CoAP over {transport}, {}", count(frame.len()));
    table::print(frame, &coap_walk::fields(frame, over), fault, &mut report.text);
}

fn type_name(message_type: Type) -> &'static str {
    match message_type {
        Type::Confirmable => "Confirmable",
        Type::NonConfirmable => "Non-confirmable",
        Type::Acknowledgement => "Acknowledgement",
        Type::Reset => "Reset",
    }
}

/// Tokens of any length are shown.
const ANY_TOKEN: u32 = Token::MAX_EXTENDED_LEN;

/// Every critical option that is registered.
const REGISTERED: &[OptionNumber] = &[
    OptionNumber::IF_MATCH,
    OptionNumber::URI_HOST,
    OptionNumber::IF_NONE_MATCH,
    OptionNumber::URI_PORT,
    OptionNumber::OSCORE,
    OptionNumber::URI_PATH,
    OptionNumber::URI_QUERY,
    OptionNumber::ACCEPT,
    OptionNumber::Q_BLOCK1,
    OptionNumber::BLOCK2,
    OptionNumber::BLOCK1,
    OptionNumber::Q_BLOCK2,
    OptionNumber::PROXY_URI,
    OptionNumber::PROXY_SCHEME,
];
