//! Option Delta and Option Length at the borders of their forms. RFC 7252 section 3.1.

use coap_codec::{CoapOption, Code, Message, OptionNumber, Options, Type};

use crate::common::udp;

/// A number, its nibble, its extension.
const FORMS: [(usize, &str, &str); 9] = [
    (0, "0", ""),
    (1, "1", ""),
    (12, "C", ""),
    (13, "D", "00"),
    (14, "D", "01"),
    (268, "D", "FF"),
    (269, "E", "0000"),
    (270, "E", "0001"),
    (65_535, "E", "FEF2"),
];

const GET: Message<'_> = Message::new(Type::NonConfirmable, Code::GET, 1);

/// Numbers that have a definition allow not every length.
fn takes(number: usize, len: usize) -> bool {
    let number = OptionNumber(u16::try_from(number).unwrap());
    number.definition().is_none_or(|definition| definition.allows_len(len))
}

#[test]
fn every_form_of_delta_with_every_form_of_length() {
    let mut tried = 0;
    for (delta, d, d_more) in FORMS {
        for (len, l, l_more) in FORMS {
            if !takes(delta, len) {
                continue;
            }
            tried += 1;
            let value = vec![0x2E; len];
            let options = [CoapOption::new(OptionNumber(delta as u16), &value)];
            let message = GET.with_options(Options::new(&options));
            udp(&format!("50 01 0001 {d}{l} {d_more} {l_more} ({len}*2E)"), &message);
            let with_payload = message.with_payload(&[0xFF]);
            udp(&format!("50 01 0001 {d}{l} {d_more} {l_more} ({len}*2E) FF FF"), &with_payload);
        }
    }
    // Numbers 1, 12 and 14 are registered and take only short values.
    assert_eq!(tried, 6 * 9 + 3 * 2);
}

/// The longest that a length can say: 65,804.
#[test]
fn the_longest_value() {
    let value = vec![0x2E; 65_804];
    let options = [CoapOption::new(OptionNumber(2048), &value)];
    udp("50 01 0001 EE 06F3 FFFF (65804*2E)", &GET.with_options(Options::new(&options)));
}

#[test]
fn the_last_number_in_steps() {
    // 12, 268 more, 269 more, the rest; then once more, with delta 0.
    let numbers = [12, 280, 549, 65_535, 65_535].map(OptionNumber);
    let options = numbers.map(|number| CoapOption::new(number, b""));
    udp("50 01 0001 C0 D0FF E00000 E0FCCD 00", &GET.with_options(Options::new(&options)));
}

#[test]
fn many_options() {
    let options = [CoapOption::new(OptionNumber::URI_PATH, b"s"); 300];
    let notation = format!("50 01 0001 B1 's' {}", "01 's'".repeat(299));
    let message = GET.with_options(Options::new(&options));
    udp(&notation, &message);
    assert_eq!(message.options.uri_path().count(), 300);
}
