//! The fields of CoAP messages, and what is wrong with them.

use coap_codec::{Codec, tcp, ws};
use proptest::prelude::*;
use sansio_examples::inspect::{Over, coap_messages, parse_hex};

use crate::shown;

fn coap(hex: &str, over: Over) -> (String, bool) {
    let report = coap_messages(&parse_hex(hex).unwrap(), over);
    (report.text, report.well_formed)
}

#[test]
fn shows_a_message_field_by_field() {
    let hex = "62 45 0001 ABCD 44 01020304 20 62 0032 25 0000000000 ff 7b7d";
    let (text, well_formed) = coap(hex, Over::Udp);
    assert!(well_formed);
    assert_eq!(
        text,
        "\
Acknowledgement 2.05 Content, CoAP over UDP, 24 bytes
  offset  bytes                   field                      value
       0  62                      Version, Type, TKL         version 1, Acknowledgement, TKL 2
       1  45                      Code                       2.05 Content, RFC 7252 section 5.9.1.5
       2  00 01                   Message ID                 0x0001
       4  AB CD                   Token                      0xABCD
       6  44                      ETag                       number 4, elective, 4 bytes
       7  01 02 03 04               value                    0x01020304
      11  20                      Observe                    number 6, elective, unsafe, 0 bytes: 0
      12  62                      Content-Format             number 12, elective, 2 bytes
      13  00 32                     value                    50 application/json
      15  25                      Max-Age                    number 14, elective, unsafe, 5 bytes
      16  00 00 00 00 00            value                    not 0 to 4 bytes: treated as unknown,
                                                             RFC 7252 section 5.4.3
      21  FF                      Payload Marker
      22  7B 7D                   Payload                    2 bytes, \"{}\"
"
    );
}

#[test]
fn shows_what_a_well_formed_message_deserves() {
    let (text, well_formed) = coap("40 01 0001 60 51 61 E0 0607", Over::Udp);
    assert!(well_formed);
    assert_eq!(
        text,
        "\
Confirmable 0.01 GET, CoAP over UDP, 10 bytes
  offset  bytes                   field                      value
       0  40                      Version, Type, TKL         version 1, Confirmable, TKL 0
       1  01                      Code                       0.01 GET, RFC 7252 section 5.8.1
       2  00 01                   Message ID                 0x0001
       4  60                      Observe                    number 6, elective, unsafe, 0 bytes:
                                                             register
       5  51                      Uri-Path                   number 11, critical, unsafe, 1 byte
       6  61                        value                    \"a\"
       7  E0 06 07                Option                     number 1823, critical, unsafe, 0 bytes
answer    4.02 Bad Option, for option 1823
"
    );
    for (hex, answer) in [
        ("40 00 0007", "answer    Reset with Message ID 0x0007\n"),
        ("50 00 0007", "answer    none, it is ignored\n"),
        ("60 01 0007", "answer    none, it is ignored\n"),
        ("40 1F 0007", "answer    4.05 Method Not Allowed\n"),
        ("40 01 0007 D1 0A 07", "answer    4.00 Bad Request\n"),
    ] {
        assert!(coap(hex, Over::Udp).0.ends_with(answer), "{hex}");
    }
    assert!(!coap("40 01 0007", Over::Udp).0.contains("answer"));
}

#[test]
fn shows_where_a_message_is_malformed_and_why() {
    let (text, well_formed) = coap("40 01 0001 b5 61", Over::Udp);
    assert!(!well_formed);
    assert_eq!(
        text,
        "\
malformed message, CoAP over UDP, 6 bytes
  offset  bytes                   field                      value
       0  40                      Version, Type, TKL         version 1, Confirmable, TKL 0
       1  01                      Code                       0.01 GET, RFC 7252 section 5.8.1
       2  00 01                   Message ID                 0x0001
>      4  B5                      Uri-Path                   number 11, critical, unsafe, 5 bytes
       5  61                        value                    runs past the end
error     an option that runs past the end (OptionTruncated)
at        byte 4, 0xB5
rule      RFC 7252 section 3.1
answer    Reset with Message ID 0x0001
"
    );
    for (hex, over, answer) in [
        ("50 01 0001 ff", Over::Udp, "answer    none, it is ignored\n"),
        ("80 01 0001", Over::Udp, "answer    none, it is ignored\n"),
        ("10 01 ff", Over::Tcp, "answer    Abort, then close\n"),
        ("10 01", Over::WebSocket, "answer    Abort, then close\n"),
    ] {
        let (text, well_formed) = coap(hex, over);
        assert!(text.ends_with(answer) && !well_formed, "{text}");
    }
}

#[test]
fn shows_the_messages_of_a_stream() {
    let (text, well_formed) = coap("00 e1 01 e2 42 41 45 07 c1 32 ff 31 0b 01", Over::Tcp);
    assert!(!well_formed);
    for line in [
        "7.01 CSM, CoAP over TCP, 2 bytes\n",
        "\nmessage 2 at byte 2: 7.02 Ping, CoAP over TCP, 3 bytes\n",
        "\nmessage 3 at byte 5: 2.05 Content, CoAP over TCP, 7 bytes\n",
        "\nmessage 4 at byte 12: incomplete message, CoAP over TCP, 2 bytes\n",
        "missing   11 of 13 bytes\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let (text, _) = coap("10 01 ff 01 e2 42", Over::Tcp);
    assert!(text.ends_with("unread    3 bytes\n"), "{text}");
    // The same numbers mean other things in signalling.
    let (text, well_formed) = coap("00 e1 22 2000 20", Over::WebSocket);
    assert!(well_formed && text.contains("Max-Message-Size") && text.contains("8192"), "{text}");
}

const TRANSPORTS: [Over; 3] = [Over::Udp, Over::Tcp, Over::WebSocket];

/// A header, often options that are nearly good, and bytes.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let option = (0..16_u8, 0..4_u8, prop::collection::vec(any::<u8>(), 0..6))
        .prop_map(|(delta, len, bytes)| [vec![delta << 4 | len], bytes].concat());
    let head = prop_oneof![
        Just(vec![0x41, 0x01, 0x12, 0x34, 0x77]),
        Just(vec![0x00, 0xE1]),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    (head, prop::collection::vec(option, 0..6))
        .prop_map(|(head, options)| [head, options.concat()].concat())
}

proptest! {
    /// Whatever the bytes: each is shown once, in its order, and the verdict is the codec's.
    #[test]
    fn every_byte_is_shown_once(bytes in message()) {
        for over in TRANSPORTS {
            let report = coap_messages(&bytes, over);
            let good = match over {
                Over::Udp => Codec::new().with_extended_tokens().decode(&bytes).is_ok(),
                Over::WebSocket => ws::Codec::new().with_max_token_len(65_804).decode(&bytes).is_ok(),
                Over::Tcp => is_whole(&bytes),
            };
            prop_assert_eq!(report.well_formed, good, "{}", report.text);
            let (seen, names) = shown(&report.text);
            prop_assert!(bytes.starts_with(&seen), "{}", report.text);
            // Only what follows a malformed message of a stream is not.
            prop_assert!(seen.len() == bytes.len() || report.text.contains("\nunread "));
            prop_assert!(!good || !names.iter().any(|name| name == "(left over)"), "{}", report.text);
        }
    }
}

fn is_whole(mut bytes: &[u8]) -> bool {
    let codec = tcp::Codec::new().with_max_token_len(65_804).with_max_message_size(u32::MAX);
    while !bytes.is_empty() {
        match codec.decode(bytes) {
            Ok(Some((_, len))) => bytes = &bytes[len..],
            _ => return false,
        }
    }
    true
}
