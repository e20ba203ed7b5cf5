//! RFC 7959 section 3. A block is written there `2:1/0/64`: kind, NUM, M, size.

use coap_codec::{Block, CoapOption, Code, Message, OptionNumber, Options, Szx, Type};

use crate::common::{bytes, option, token, udp};

/// A line of a figure: Message ID, code, path of a request, blocks.
type Line = (u16, &'static str, Code, &'static [&'static str]);

const GET: Code = Code::GET;
const PUT: Code = Code::PUT;
const POST: Code = Code::POST;
const CONTENT: Code = Code::CONTENT;
const CHANGED: Code = Code::CHANGED;
const CONTINUE: Code = Code::CONTINUE;

/// Figures 2 to 11, without what is sent twice.
const FIGURES: &[Line] = &[
    (1234, "status", GET, &[]),
    (1234, "", CONTENT, &["2:0/1/128"]),
    (1235, "status", GET, &["2:1/0/128"]),
    (1235, "", CONTENT, &["2:1/1/128"]),
    (1236, "status", GET, &["2:2/0/128"]),
    (1236, "", CONTENT, &["2:2/0/128"]),
    (1234, "status", GET, &["2:0/0/64"]),
    (1234, "", CONTENT, &["2:0/1/64"]),
    (1239, "status", GET, &["2:5/0/64"]),
    (1239, "", CONTENT, &["2:5/0/64"]),
    (1234, "options", PUT, &["1:0/1/128"]),
    (1234, "", CONTINUE, &["1:0/1/128"]),
    (1236, "options", PUT, &["1:2/0/128"]),
    (1236, "", CHANGED, &["1:2/0/128"]),
    (1234, "", CHANGED, &["1:0/0/128"]),
    (1234, "", CONTINUE, &["1:0/1/32"]),
    (1235, "options", PUT, &["1:4/1/32"]),
    (1237, "options", PUT, &["1:6/0/32"]),
    (1236, "soap", POST, &["1:2/0/128"]),
    (1236, "", CHANGED, &["2:0/1/128", "1:2/0/128"]),
    (1237, "soap", POST, &["2:1/0/128"]),
    (1239, "", CHANGED, &["2:3/0/128"]),
    (1236, "soap", POST, &["2:0/0/64", "1:2/0/128"]),
];

/// The value as section 2.2 builds it: NUM, M, SZX, without leading zeros.
fn value(block: &str) -> (OptionNumber, Vec<u8>) {
    let (kind, block) = block.split_once(':').unwrap();
    let parts: Vec<u32> = block.split('/').map(|part| part.parse().unwrap()).collect();
    let bits = parts[0] * 16 + parts[1] * 8 + parts[2].ilog2() - 4;
    let value: Vec<u8> = bits.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let number = if kind == "1" { OptionNumber::BLOCK1 } else { OptionNumber::BLOCK2 };
    (number, value)
}

#[test]
fn rfc_7959_figures_2_to_11() {
    for (id, path, code, blocks) in FIGURES {
        let values: Vec<_> = blocks.iter().map(|block| value(block)).collect();
        let mut options = Vec::new();
        // By hand: Uri-Path has delta 11, Block2 23, Block1 27.
        let mut notation =
            format!("{} {:02X} {id:04X}", if path.is_empty() { 60 } else { 40 }, code.0);
        let mut before = 0;
        if !path.is_empty() {
            options.push(option(OptionNumber::URI_PATH, path.as_bytes()));
            notation += &format!("B{} '{path}'", path.len());
            before = 11;
        }
        for (number, value) in &values {
            options.push(CoapOption::new(*number, value));
            let delta = number.0 - before;
            let head = if delta > 12 {
                format!("D{}{:02X}", value.len(), delta - 13)
            } else {
                format!("{delta:X}{}", value.len())
            };
            notation += &head;
            for byte in value {
                notation += &format!("{byte:02X}");
            }
            before = number.0;
        }
        let message_type = if path.is_empty() { Type::Acknowledgement } else { Type::Confirmable };
        let message = Message::new(message_type, *code, *id).with_options(Options::new(&options));
        udp(&notation, &message);
        for block in *blocks {
            let parsed = if block.starts_with('1') {
                message.options.block1()
            } else {
                message.options.block2()
            };
            let parsed = parsed.unwrap();
            let shown =
                format!("{}/{}/{}", parsed.num(), u8::from(parsed.more()), parsed.szx().size());
            assert_eq!(shown, block[2..]);
        }
    }
}

/// "A Block2 Option value of 33 would be shown as 2:2/0/32, and a Block1 Option value of 59 as
/// 1:3/1/128."
#[test]
fn rfc_7959_section_3_values() {
    assert_eq!(Block::decode(&[33]), Ok(Block::new(2, false, Szx::S32).unwrap()));
    assert_eq!(Block::decode(&[59]), Ok(Block::new(3, true, Szx::S128).unwrap()));
    assert_eq!(value("2:2/0/32").1, [33]);
    assert_eq!(value("1:3/1/128").1, [59]);
}

#[test]
fn rfc_7959_figure_12_observe_and_block2() {
    let get = [option(OptionNumber::OBSERVE, b""), option(OptionNumber::URI_PATH, b"status-icon")];
    let get = Message::new(Type::Confirmable, GET, 0x1636)
        .with_token(token(&[0xFB]))
        .with_options(Options::new(&get));
    udp("41011636 FB 60 5B 'status-icon'", &get);

    let (number, block) = value("2:0/1/128");
    let options = [
        option(OptionNumber::ETAG, &[0x6F, 0x00, 0xF3, 0x92]),
        option(OptionNumber::OBSERVE, &[0xF3, 0x92]),
        CoapOption::new(number, &block),
    ];
    let body = bytes("(128*2E)");
    let notification = Message::new(Type::Confirmable, CONTENT, 0xAF9C)
        .with_token(token(&[0xFB]))
        .with_options(Options::new(&options))
        .with_payload(&body);
    udp("4145AF9C FB 44 6F00F392 22 F392 D1040B FF (128*2E)", &notification);
    assert_eq!(notification.options.observe().unwrap().get(), 62_354);
    assert!(notification.options.block2().unwrap().allows_payload(128));
    udp("6000AF9C", &Message::acknowledgement(0xAF9C));

    let (number, block) = value("2:2/0/128");
    let options = [option(OptionNumber::URI_PATH, b"status-icon"), CoapOption::new(number, &block)];
    let get = Message::new(Type::Confirmable, GET, 0x1638)
        .with_token(token(&[0xFC]))
        .with_options(Options::new(&options));
    udp("41011638 FC BB 'status-icon' C1 23", &get);
}
