//! RFC 8323: figures 2, 5, 11, 12, 13, 14, 17, 18, the options of signalling, the four forms of the
//! Length; RFC 8974 over all transports.

use coap_codec::{
    Block, BlockError, CoapOption, Code, Csm, Message, OptionNumber, Options, ReliableMessage, Szx,
    Type,
};

use crate::common::{bytes, option, over_tcp, over_web_sockets, token, udp};

#[test]
fn figure_2_get_and_content() {
    let path = [option(OptionNumber::URI_PATH, b"temperature")];
    let get = ReliableMessage::new(Code::GET)
        .with_token(token(&[0x71]))
        .with_options(Options::new(&path));
    over_tcp("C1 01 71 BB 'temperature'", &get);
    over_tcp("71 45 71 FF '22.5 C'", &get.response(Code::CONTENT).with_payload(b"22.5 C"));
    udp("41 01 BC90 71 BB 'temperature'", &get.over_udp(Type::Confirmable, 0xBC90));
}

#[test]
fn figures_5_11_and_12() {
    let valid = ReliableMessage::new(Code::VALID).with_token(token(&[0x7F]));
    let ping = ReliableMessage::new(Code::PING).with_token(token(&[0x42]));
    for golden in [over_tcp, over_web_sockets] {
        golden("01 43 7F", &valid);
        golden("01 E2 42", &ping);
        golden("01 E3 42", &ping.response(Code::PONG));
        // Section 3.4: an Empty message is a keepalive.
        golden("00 00", &ReliableMessage::new(Code::EMPTY));
    }
}

type Row = (&'static str, Code, &'static [CoapOption<'static>]);

/// Frame over TCP, code, options.
const SIGNALS: [Row; 8] = [
    ("00 E1", Code::CSM, &[]),
    ("30 E1 22 0480", Code::CSM, &[CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, &[4, 128])]),
    ("10 E1 40", Code::CSM, &[CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b"")]),
    (
        "40 E1 63 01010C",
        Code::CSM,
        &[CoapOption::new(OptionNumber::EXTENDED_TOKEN_LENGTH, &[1, 1, 12])],
    ),
    ("10 E2 20", Code::PING, &[CoapOption::new(OptionNumber::CUSTODY, b"")]),
    ("10 E3 20", Code::PONG, &[CoapOption::new(OptionNumber::CUSTODY, b"")]),
    (
        "90 E4 22 'a1' 03 'b:7' 21 0A",
        Code::RELEASE,
        &[
            CoapOption::new(OptionNumber::ALTERNATIVE_ADDRESS, b"a1"),
            CoapOption::new(OptionNumber::ALTERNATIVE_ADDRESS, b"b:7"),
            CoapOption::new(OptionNumber::HOLD_OFF, &[10]),
        ],
    ),
    ("20 E5 21 02", Code::ABORT, &[CoapOption::new(OptionNumber::BAD_CSM_OPTION, &[2])]),
];

#[test]
fn section_5_options_of_signalling() {
    for (notation, code, options) in SIGNALS {
        let message = ReliableMessage::new(code).with_options(Options::new(options));
        over_tcp(notation, &message);
        over_web_sockets(&format!("0{}", &notation[1..]), &message);
    }
}

#[test]
fn section_5_what_signalling_says() {
    let read = |notation| {
        let frame = bytes(notation);
        let frame: &'static [u8] = frame.leak();
        coap_codec::ws::Codec::new().decode(frame).unwrap()
    };
    assert!(read("00 E2 20").custody() && read("00 E3 20").custody());
    assert!(
        !read("00 E2").custody() && !read("00 E4 20").custody() && !read("00 E2 21 00").custody()
    );
    assert!(!read("00 01 20").custody());

    let release = read("00 E4 22 'a1' 00 03 'b:7' 01 FF 23 01 02 03 FF 'bye'");
    // An address has 1 to 255 bytes, and is text.
    assert!(release.alternative_addresses().eq(["a1", "b:7"]));
    let long = "00 E4 2D F2 (255*61) 0D F3 (256*61)";
    assert!(read(long).alternative_addresses().eq([&*"a".repeat(255)]));
    assert_eq!(read("00 E5 22 'a1'").alternative_addresses().count(), 0);

    assert_eq!(read("00 E4 43 010203").hold_off_secs(), Some(0x01_02_03));
    assert_eq!(read("00 E4 40").hold_off_secs(), Some(0));
    assert_eq!(read("00 E4 44 01020304").hold_off_secs(), None);
    assert_eq!(read("00 E1 41 01").hold_off_secs(), None);

    assert_eq!(read("00 E5 22 0102").bad_csm_option(), Some(OptionNumber(0x0102)));
    assert_eq!(read("00 E5 23 000001").bad_csm_option(), None);
    assert_eq!(read("00 E4 22 0102").bad_csm_option(), None);
}

#[test]
fn section_5_3_settings_are_taken_over_and_kept() {
    let mut peer = Csm::BASE;
    assert_eq!(
        (peer.max_message_size, peer.block_wise_transfer, peer.max_token_len, peer.bert()),
        (1152, false, 8, false)
    );
    // Options of one CSM, then what holds: size, block-wise, token, BERT.
    type Settings = (u32, bool, u32, bool);
    let rows: [(&str, Settings); 14] = [
        ("", (1152, false, 8, false)),
        ("22 2000", (8192, false, 8, false)),
        ("40", (8192, true, 8, true)),
        ("", (8192, true, 8, true)),
        ("22 0481", (1153, true, 8, true)),
        ("22 0480", (1152, true, 8, false)),
        // Not of a length that is allowed: as if unknown, and elective.
        ("25 0000000001", (1152, true, 8, false)),
        ("24 FFFFFFFF", (u32::MAX, true, 8, true)),
        // Below 8 it is ignored, above 65,804 it is that. RFC 8974 section 2.2.1.
        ("61 09", (u32::MAX, true, 9, true)),
        ("61 07", (u32::MAX, true, 9, true)),
        ("63 01010D", (u32::MAX, true, 65_804, true)),
        ("61 08", (u32::MAX, true, 8, true)),
        ("64 00000009", (u32::MAX, true, 8, true)),
        // The first of two counts.
        ("21 05 01 06", (5, true, 8, false)),
    ];
    for (options, (size, block_wise, token_len, bert)) in rows {
        let frame = [&[0x00, 0xE1][..], &bytes(options)].concat();
        let csm = coap_codec::ws::Codec::new().decode(&frame).unwrap();
        peer.apply(&csm.options);
        assert_eq!(
            (peer.max_message_size, peer.block_wise_transfer),
            (size, block_wise),
            "{options}"
        );
        assert_eq!((peer.max_token_len, peer.bert()), (token_len, bert), "{options}");
    }
    let mut other = Csm::BASE;
    other.apply(&Options::new(&[option(OptionNumber::BLOCK_WISE_TRANSFER, b"x")]));
    assert_eq!(other, Csm::BASE);
}

/// Frames whose options and payload are as long as each form can say at least and at most.
#[test]
fn section_3_2_the_four_forms_of_the_length() {
    let rows: [(usize, &str); 9] = [
        (0, "00"),
        (2, "20"),
        (12, "C0"),
        (13, "D0 00"),
        (268, "D0 FF"),
        (269, "E0 0000"),
        (65_804, "E0 FFFF"),
        (65_805, "F0 00000000"),
        (65_806, "F0 00000001"),
    ];
    for (length, head) in rows {
        let payload = vec![0x2E; length.saturating_sub(1)];
        let message = ReliableMessage::new(Code::CONTENT).with_payload(&payload);
        let body = if length == 0 { String::new() } else { format!("FF ({}*2E)", length - 1) };
        over_tcp(&format!("{head} 45 {body}"), &message);
    }
    // The token is not counted.
    let message = ReliableMessage::new(Code::CONTENT)
        .with_token(token(b"12345678"))
        .with_payload(b"twelve bytes");
    over_tcp("D8 00 45 '12345678' FF 'twelve bytes'", &message);
}

#[test]
fn figures_13_and_14_bert() {
    // NUM, M, SZX 7; the payload; the NUM that follows.
    let rows = [(0, 3072, "0F", 3), (3, 5120, "3F", 8), (0, 8192, "0F", 8), (8, 16_384, "8F", 24)];
    for (num, len, value, next) in rows {
        let block = Block::new(num, true, Szx::Bert).unwrap();
        let (bits, payload) = (block.to_uint(), vec![0x2E; len]);
        let options = [CoapOption::new(OptionNumber::BLOCK2, bits.as_bytes())];
        let content = ReliableMessage::new(Code::CONTENT)
            .with_options(Options::new(&options))
            .with_payload(&payload);
        let length = 4 + len - 269;
        over_tcp(&format!("E0 {length:04X} 45 D10A {value} FF ({len}*2E)"), &content);
        assert_eq!(content.options.block2(), Some(block));
        assert_eq!(Block::decode_reliable(bits.as_bytes()), Ok(block));
        // SZX 7 is reserved where BERT cannot be.
        assert_eq!(Block::decode(bits.as_bytes()), Err(BlockError::ReservedSize));
        assert_eq!(block.next(len).map(Block::num), Some(next));
    }
    let last = Block::decode_reliable(&bytes("0187")).unwrap();
    assert_eq!((last.num(), last.more(), last.szx()), (24, false, Szx::Bert));
}

#[test]
fn figures_17_and_18_over_web_sockets() {
    let options = [
        option(OptionNumber::URI_PATH, b"sensors"),
        option(OptionNumber::URI_PATH, b"temperature"),
        option(OptionNumber::URI_QUERY, b"u=Cel"),
    ];
    let get = ReliableMessage::new(Code::GET)
        .with_token(token(&[0x53]))
        .with_options(Options::new(&options));
    over_web_sockets("01 01 53 B7 'sensors' 0B 'temperature' 45 'u=Cel'", &get);
    let content = get.response(Code::CONTENT).with_payload(b"22.3 Cel");
    over_web_sockets("01 45 53 FF '22.3 Cel'", &content);

    let uri = [option(OptionNumber::PROXY_URI, b"coap://[2001:db8::1]/")];
    let get =
        ReliableMessage::new(Code::GET).with_token(token(&[0x7D])).with_options(Options::new(&uri));
    over_web_sockets("01 01 7D DD16 08 'coap://[2001:db8::1]/'", &get);
    let get = Message::new(Type::Confirmable, Code::GET, 0x8F54).with_token(token(&[0x0A, 0x15]));
    udp("42 01 8F54 0A15", &get);
    udp("62 45 8F54 0A15 FF 'ready'", &get.response(Code::CONTENT, 0).with_payload(b"ready"));
}

/// RFC 8974 section 2.1 and appendix A.
#[test]
fn extended_tokens_at_the_borders_of_their_forms() {
    let rows: [(usize, &str, &str); 10] = [
        (0, "0", ""),
        (8, "8", ""),
        (9, "9", ""),
        (12, "C", ""),
        (13, "D", "00"),
        (14, "D", "01"),
        (268, "D", "FF"),
        (269, "E", "0000"),
        (270, "E", "0001"),
        (65_804, "E", "FFFF"),
    ];
    for (len, nibble, extension) in rows {
        let bytes = vec![0x77; len];
        // Section 2.2.2: what a client asks a server with, whether it takes such a token.
        let options = [option(OptionNumber::IF_NONE_MATCH, b"")];
        let get = Message::new(Type::Confirmable, Code::GET, 1)
            .with_token(token(&bytes))
            .with_options(Options::new(&options));
        udp(&format!("4{nibble} 01 0001 {extension} ({len}*77) 50"), &get);
        over_tcp(&format!("1{nibble} 01 {extension} ({len}*77) 50"), &get.reliable());
        over_web_sockets(&format!("0{nibble} 01 {extension} ({len}*77) 50"), &get.reliable());
    }
}

/// The same number is another option in each kind of message.
#[test]
fn signalling_options_are_named_after_their_code() {
    let options = [option(OptionNumber(2), b"a"), option(OptionNumber(4), b"")];
    for (code, names) in [
        (Code::CSM, "[Max-Message-Size: a, Block-Wise-Transfer: ]"),
        (Code::PING, "[Custody: a, 4: ]"),
        (Code::RELEASE, "[Alternative-Address: a, Hold-Off: ]"),
        (Code::ABORT, "[Bad-CSM-Option: a, 4: ]"),
        (Code::CONTENT, "[2: a, ETag: ]"),
    ] {
        let message = ReliableMessage::new(code).with_options(Options::new(&options));
        let text = format!("{message:?}");
        assert!(text.contains(names), "{text}");
    }
}
