use coap_codec::{
    Code, Format,
    Format::{Empty, Opaque, String, Uint},
    OptionDefinition, OptionNumber, signalling_definition,
};

/// The tables of the standards, with their columns: number, C U N R, name, format, length. A dash
/// under N stands where the option is unsafe. RFC 7252 table 4, RFC 7641 table 1, RFC 7959 tables 1
/// and 2, RFC 7967 table 1, RFC 8613 figure 3, RFC 8768 table 1, RFC 9175 tables 1 and 2, RFC 9177
/// table 1.
const OPTIONS: [(OptionNumber, u16, &str, &str, Format, u16, u16, &str); 26] = [
    (OptionNumber::IF_MATCH, 1, "C--R", "If-Match", Opaque, 0, 8, "7252 5.10.8.1"),
    (OptionNumber::URI_HOST, 3, "CU--", "Uri-Host", String, 1, 255, "7252 5.10.1"),
    (OptionNumber::ETAG, 4, "---R", "ETag", Opaque, 1, 8, "7252 5.10.6"),
    (OptionNumber::IF_NONE_MATCH, 5, "C---", "If-None-Match", Empty, 0, 0, "7252 5.10.8.2"),
    (OptionNumber::OBSERVE, 6, "-U--", "Observe", Uint, 0, 3, "7641 2"),
    (OptionNumber::URI_PORT, 7, "CU--", "Uri-Port", Uint, 0, 2, "7252 5.10.1"),
    (OptionNumber::LOCATION_PATH, 8, "---R", "Location-Path", String, 0, 255, "7252 5.10.7"),
    (OptionNumber::OSCORE, 9, "C---", "OSCORE", Opaque, 0, 255, "8613 2"),
    (OptionNumber::URI_PATH, 11, "CU-R", "Uri-Path", String, 0, 255, "7252 5.10.1"),
    (OptionNumber::CONTENT_FORMAT, 12, "----", "Content-Format", Uint, 0, 2, "7252 5.10.3"),
    (OptionNumber::MAX_AGE, 14, "-U--", "Max-Age", Uint, 0, 4, "7252 5.10.5"),
    (OptionNumber::URI_QUERY, 15, "CU-R", "Uri-Query", String, 0, 255, "7252 5.10.1"),
    (OptionNumber::HOP_LIMIT, 16, "----", "Hop-Limit", Uint, 1, 1, "8768 3"),
    (OptionNumber::ACCEPT, 17, "C---", "Accept", Uint, 0, 2, "7252 5.10.4"),
    (OptionNumber::Q_BLOCK1, 19, "CU--", "Q-Block1", Uint, 0, 3, "9177 4.1"),
    (OptionNumber::LOCATION_QUERY, 20, "---R", "Location-Query", String, 0, 255, "7252 5.10.7"),
    (OptionNumber::BLOCK2, 23, "CU--", "Block2", Uint, 0, 3, "7959 2.1"),
    (OptionNumber::BLOCK1, 27, "CU--", "Block1", Uint, 0, 3, "7959 2.1"),
    (OptionNumber::SIZE2, 28, "--N-", "Size2", Uint, 0, 4, "7959 4"),
    (OptionNumber::Q_BLOCK2, 31, "CU-R", "Q-Block2", Uint, 0, 3, "9177 4.1"),
    (OptionNumber::PROXY_URI, 35, "CU--", "Proxy-Uri", String, 1, 1034, "7252 5.10.2"),
    (OptionNumber::PROXY_SCHEME, 39, "CU--", "Proxy-Scheme", String, 1, 255, "7252 5.10.2"),
    (OptionNumber::SIZE1, 60, "--N-", "Size1", Uint, 0, 4, "7252 5.10.9"),
    (OptionNumber::ECHO, 252, "--N-", "Echo", Opaque, 1, 40, "9175 2.2.1"),
    (OptionNumber::NO_RESPONSE, 258, "-U--", "No-Response", Uint, 0, 1, "7967 2"),
    (OptionNumber::REQUEST_TAG, 292, "---R", "Request-Tag", Opaque, 0, 8, "9175 3.2.1"),
];

/// RFC 8323 section 5 and table 2, RFC 8974 table 1.
const SIGNALLING: [(Code, OptionNumber, u16, bool, &str, Format, u16, u16, &str); 8] = [
    (
        Code::CSM,
        OptionNumber::MAX_MESSAGE_SIZE,
        2,
        false,
        "Max-Message-Size",
        Uint,
        0,
        4,
        "8323 5.3.1",
    ),
    (
        Code::CSM,
        OptionNumber::BLOCK_WISE_TRANSFER,
        4,
        false,
        "Block-Wise-Transfer",
        Empty,
        0,
        0,
        "8323 5.3.2",
    ),
    (
        Code::CSM,
        OptionNumber::EXTENDED_TOKEN_LENGTH,
        6,
        false,
        "Extended-Token-Length",
        Uint,
        0,
        3,
        "8974 2.2.1",
    ),
    (Code::PING, OptionNumber::CUSTODY, 2, false, "Custody", Empty, 0, 0, "8323 5.4.1"),
    (Code::PONG, OptionNumber::CUSTODY, 2, false, "Custody", Empty, 0, 0, "8323 5.4.1"),
    (
        Code::RELEASE,
        OptionNumber::ALTERNATIVE_ADDRESS,
        2,
        true,
        "Alternative-Address",
        String,
        1,
        255,
        "8323 5.5",
    ),
    (Code::RELEASE, OptionNumber::HOLD_OFF, 4, false, "Hold-Off", Uint, 0, 3, "8323 5.5"),
    (Code::ABORT, OptionNumber::BAD_CSM_OPTION, 2, false, "Bad-CSM-Option", Uint, 0, 2, "8323 5.6"),
];

fn check(
    definition: &OptionDefinition,
    name: &str,
    format: Format,
    (min, max): (u16, u16),
    repeatable: bool,
    section: &str,
) {
    let (rfc, section) = section.split_once(' ').unwrap();
    assert_eq!((definition.name, definition.format), (name, format));
    assert_eq!((definition.min_len, definition.max_len), (min, max), "{name}");
    assert_eq!(definition.repeatable, repeatable, "{name}");
    assert_eq!(definition.section, format!("RFC {rfc} section {section}"));
    for len in 0..=1100 {
        let allowed = (usize::from(min)..=usize::from(max)).contains(&len);
        assert_eq!(definition.allows_len(len), allowed, "{name} {len}");
    }
}

#[test]
fn every_option_of_the_tables() {
    for (constant, number, columns, name, format, min, max, section) in OPTIONS {
        assert_eq!(constant, OptionNumber(number));
        let definition = constant.definition().unwrap();
        check(&definition, name, format, (min, max), columns.ends_with('R'), section);
        assert_eq!(constant.is_critical(), columns.contains('C'), "{name}");
        assert_eq!(constant.is_unsafe(), columns.contains('U'), "{name}");
        assert_eq!(constant.is_no_cache_key(), columns.contains('N'), "{name}");
        assert_eq!(constant.name(), Some(name));
        assert_eq!(
            (constant.to_string(), format!("{constant:?}")),
            (name.into(), format!("{number} {name}"))
        );
    }
}

#[test]
fn no_other_number_is_registered() {
    for number in (0..=u16::MAX).map(OptionNumber) {
        let registered = OPTIONS.iter().any(|row| row.1 == number.0);
        assert_eq!(number.definition().is_some(), registered);
        if !registered {
            assert_eq!(
                (number.to_string(), format!("{number:?}")),
                (number.0.to_string(), number.0.to_string())
            );
        }
    }
}

#[test]
fn the_bits_of_every_number() {
    // RFC 7252 section 5.4.6: the C code of figure 11.
    for onum in 0..=u16::MAX {
        let number = OptionNumber(onum);
        assert_eq!(number.is_critical(), onum & 1 != 0);
        assert_eq!(number.is_unsafe(), onum & 2 != 0);
        assert_eq!(number.is_no_cache_key(), (onum & 0x1e) == 0x1c);
        // The text: safe to forward, and bits 3-5 of the byte all set.
        let byte = format!("{:08b}", onum as u8);
        assert_eq!(number.is_no_cache_key(), &byte[3..7] == "1110");
        assert_eq!(number.is_experimental(), onum >= 65000);
    }
}

#[test]
fn etag_and_q_block2_are_repeatable_in_requests_only() {
    for (number, _, columns, ..) in OPTIONS {
        let in_requests_only = [OptionNumber::ETAG, OptionNumber::Q_BLOCK2].contains(&number);
        for request in [Code::GET, Code::IPATCH, Code(0x1F)] {
            assert_eq!(number.is_repeatable_in(request), columns.ends_with('R'));
        }
        for response in [Code::CONTENT, Code::NOT_FOUND, Code(0xBF)] {
            let repeatable = columns.ends_with('R') && !in_requests_only;
            assert_eq!(number.is_repeatable_in(response), repeatable, "{number}");
        }
    }
    assert!(OptionNumber(2048).is_repeatable_in(Code::GET));
}

#[test]
fn every_signalling_option() {
    for (code, constant, number, repeatable, name, format, min, max, section) in SIGNALLING {
        assert_eq!(constant, OptionNumber(number));
        let definition = signalling_definition(code, constant).unwrap();
        check(&definition, name, format, (min, max), repeatable, section);
        assert!(!constant.is_critical(), "{name}"); // the C column is empty for all of them
    }
}

#[test]
fn no_other_signalling_option_is_registered() {
    for code in (0..=255).map(Code) {
        for number in (0..300).map(OptionNumber) {
            let row = SIGNALLING.iter().find(|row| row.0 == code && row.2 == number.0);
            let expected = match row {
                Some(row) => Some(row.4),
                // RFC 8613 section 13.3: 7.xx (all).
                None if number.0 == 9 && code.is_signalling() => Some("OSCORE"),
                None => None,
            };
            let found = signalling_definition(code, number).map(|definition| definition.name);
            assert_eq!(found, expected, "{code} {}", number.0);
        }
    }
}

#[test]
fn the_values_that_absence_stands_for() {
    assert_eq!(OptionDefinition::MAX_AGE_DEFAULT, 60);
    assert_eq!(OptionDefinition::HOP_LIMIT_DEFAULT, 16);
}
