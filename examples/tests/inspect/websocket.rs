//! WebSocket frames, and what is wrong with them.

use http_lite::websocket::Role;
use proptest::prelude::*;
use sansio_examples::inspect::{parse_hex, websocket_coap_frames, websocket_frames};

use crate::shown;

fn frames(hex: &str) -> (String, bool) {
    let report = websocket_frames(&parse_hex(hex).unwrap(), None);
    (report.text, report.well_formed)
}

/// RFC 6455 section 5.7
#[test]
fn shows_frames_field_by_field() {
    let (text, well_formed) =
        frames("81 85 37fa213d 7f9f4d5158   89 80 00000000   88 8a 00000000 03e8 676f6f6462796521");
    assert!(well_formed, "{text}");
    assert_eq!(
        text,
        "\
text, 11 bytes
  offset  bytes                   field                      value
       0  81                      opcode                     text, FIN
       1  85                      length                     5 bytes, masked
       2  37 FA 21 3D             masking key
       6  7F 9F 4D 51 58          payload                    5 bytes, \"Hello\"

frame 2 at byte 11: Ping, 6 bytes
  offset  bytes                   field                      value
       0  89                      opcode                     Ping, FIN
       1  80                      length                     0 bytes, masked
       2  00 00 00 00             masking key

frame 3 at byte 17: Close, 16 bytes
  offset  bytes                   field                      value
       0  88                      opcode                     Close, FIN
       1  8A                      length                     10 bytes, masked
       2  00 00 00 00             masking key
       6  03 E8 67 6F 6F 64 62 79 payload                    1000, \"goodbye!\"
      14  65 21
"
    );
}

#[test]
fn shows_what_is_wrong_and_where() {
    for (hex, what) in [
        ("c1 00", "a reserved bit (ReservedBit)"),
        ("83 00", "a reserved opcode (ReservedOpcode)"),
        ("80 00", "a continuation of nothing (NothingToContinue)"),
        ("01 00 81 00", "a message within another one (Interleaved)"),
        ("82 7e 0001 00", "a length in more bytes than it needs (LongLength)"),
        ("82 7f ffffffffffffffff", "a length of 2^63 or more (LengthBit)"),
        ("81 01 ff", "a text that is not UTF-8 (Utf8)"),
        ("88 02 03ed", "a close code that must not be sent (CloseCode)"),
        ("81 00 81 80 00000000", "a masked frame of a server (Masked)"),
    ] {
        let (text, well_formed) = frames(hex);
        assert!(!well_formed);
        assert!(text.contains(&format!("error     {what}")), "{text}");
        assert!(text.lines().any(|line| line.starts_with('>')), "{text}");
    }
    let hello = parse_hex("81 05 48 65 6c 6c 6f").unwrap();
    assert!(websocket_frames(&hello, Some(Role::Server)).well_formed);
    let report = websocket_frames(&hello, Some(Role::Client));
    assert!(report.text.contains("answer    Close 1002"), "{}", report.text);
}

#[test]
fn tells_what_is_missing() {
    for (hex, missing) in [
        ("81", "the rest of the header"),
        ("81 7e 01", "the rest of the header"),
        ("81 85 00", "the rest of the header"),
        ("81 05 48 65", "3 bytes"),
    ] {
        let (text, well_formed) = frames(hex);
        assert!(!well_formed && text.contains(&format!("missing   {missing}")), "{text}");
    }
    let (text, well_formed) = frames("88 00 81 00");
    assert!(well_formed && text.contains("ignored   it comes behind Close"), "{text}");
}

proptest! {
    /// Each byte is shown once and in its order, up to the end of the frame that is refused.
    #[test]
    fn shows_every_byte_once(bytes in prop::collection::vec(any::<u8>(), 1..60)) {
        let report = websocket_frames(&bytes, None);
        let (found, _) = shown(&report.text);
        prop_assert!(bytes.starts_with(&found), "{}", report.text);
        prop_assert!(!report.well_formed || found.len() == bytes.len());
    }
}

/// RFC 8323 section 4.2: in fragments too, between which a Ping may stand.
#[test]
fn shows_the_messages_of_coap_inside() {
    let get = "02 03 010174  89 00  80 03 b27073";
    let report = websocket_coap_frames(&parse_hex(&format!("82 02 00e1 {get}")).unwrap(), None);
    assert!(report.well_formed, "{}", report.text);
    let inside: Vec<&str> = report.text.lines().filter(|line| line.starts_with("inside")).collect();
    assert_eq!(
        inside,
        [
            "inside: 7.01 CSM, CoAP over WebSockets, 2 bytes",
            "inside: 0.01 GET, CoAP over WebSockets, 6 bytes",
        ]
    );
    assert!(report.text.trim_end().ends_with("\"ps\""), "{}", report.text);
    // A frame that is well-formed, with what is none of CoAP.
    for (hex, well_formed) in [("82 00", false), ("82 04 00e200e2", false), ("81 02 6869", true)] {
        let bytes = parse_hex(hex).unwrap();
        assert!(websocket_frames(&bytes, None).well_formed);
        assert_eq!(websocket_coap_frames(&bytes, None).well_formed, well_formed, "{hex}");
    }
}
