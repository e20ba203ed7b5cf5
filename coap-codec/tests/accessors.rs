//! Typed access to options: absent, right, at both borders of the length, too short, too long,
//! repeated. A wrong length counts as absent (RFC 7252 section 5.4.3), of several the first counts
//! (5.4.5).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[path = "reference/mod.rs"]
mod reference;

use coap_codec::{
    Block, CoapOption, Code, Codec, ContentFormat, Observe, OptionNumber, Options, Szx,
};

/// These options, as values and from the wire; both are the same.
#[track_caller]
fn with<T: PartialEq + core::fmt::Debug>(
    options: &[(u16, &[u8])],
    look: impl Fn(&Options<'_>) -> T,
) -> T {
    let values: Vec<CoapOption<'_>> = options
        .iter()
        .map(|(number, value)| CoapOption::new(OptionNumber(*number), value))
        .collect();
    let given = Options::new(&values);
    let raw: Vec<(u16, Vec<u8>)> = options.iter().map(|(n, value)| (*n, value.to_vec())).collect();
    let fields = reference::Fields { code: 1, options: raw, ..reference::Fields::default() };
    let datagram = reference::encode(reference::Over::Udp, &fields);
    let wire = Codec::new().decode(&datagram).unwrap().options;
    assert_eq!(given, wire);
    assert_eq!(format!("{given:?}"), format!("{wire:?}"));
    reference::accessors::hold(&given, &fields.options);
    reference::accessors::hold(&wire, &fields.options);
    let found = look(&given);
    assert_eq!(look(&wire), found);
    found
}

#[test]
fn everything_is_absent_from_no_options() {
    with(&[], |options| {
        assert!(options.is_empty() && *options == Options::EMPTY && *options == Options::default());
        assert_eq!(options.max_age(), 60);
        assert!(!options.no_response(Code::CONTENT));
        assert!(options.path_is("") && !options.path_is("/"));
    });
}

#[test]
fn numbers() {
    type Read = fn(&Options<'_>) -> Option<u32>;
    let rows: [(u16, usize, Read); 6] = [
        (7, 2, |options| options.uri_port().map(u32::from)),
        (12, 2, |options| options.content_format().map(|format| format.0.into())),
        (17, 2, |options| options.accept().map(|format| format.0.into())),
        (6, 3, |options| options.observe().map(Observe::get)),
        (28, 4, |options| options.size2()),
        (60, 4, |options| options.size1()),
    ];
    for (number, longest, read) in rows {
        assert_eq!(with(&[], read), None);
        assert_eq!(with(&[(number, &[])], read), Some(0));
        assert_eq!(with(&[(number, &[50])], read), Some(50));
        assert_eq!(with(&[(number, &[1, 2])], read), Some(0x0102));
        // A recipient takes leading zeros.
        assert_eq!(with(&[(number, &[0, 50])], read), Some(50));
        let most = [0xFF; 8];
        assert_eq!(with(&[(number, &most[..longest])], read), Some(u32::MAX >> (32 - 8 * longest)));
        assert_eq!(with(&[(number, &most[..longest + 1])], read), None);
        assert_eq!(with(&[(number, &[0; 8][..longest + 1])], read), None);
        assert_eq!(with(&[(number, &[1]), (number, &[2])], read), Some(1));
        assert_eq!(with(&[(number, &most), (number, &[2])], read), None);
        assert_eq!(with(&[(number - 1, &[1]), (number + 1, &[2])], read), None);
    }
    let json = with(&[(12, &[50])], |options| options.content_format());
    assert_eq!(json, Some(ContentFormat::JSON));
}

#[test]
fn max_age_is_60_unless_it_says_otherwise() {
    let read = |options: &Options<'_>| options.max_age();
    assert_eq!(with(&[(14, &[])], read), 0);
    assert_eq!(with(&[(14, &[0xFF; 4])], read), u32::MAX);
    assert_eq!(with(&[(14, &[0; 5])], read), 60);
    assert_eq!(with(&[(14, &[1]), (14, &[2])], read), 1);
}

#[test]
fn hop_limit() {
    let read = |options: &Options<'_>| options.hop_limit();
    assert_eq!(with(&[(16, &[1])], read), Some(1));
    assert_eq!(with(&[(16, &[255])], read), Some(255));
    assert_eq!(with(&[(16, &[0])], read), Some(0)); // refused by the reaction
    assert_eq!(with(&[(16, &[])], read), None);
    assert_eq!(with(&[(16, &[0, 9])], read), None);
    assert_eq!(with(&[(16, &[7]), (16, &[9])], read), Some(7));
}

#[test]
fn texts() {
    type Read = for<'a> fn(&Options<'a>) -> Option<&'a str>;
    let rows: [(u16, usize, Read); 3] = [
        (3, 255, |options| options.uri_host()),
        (35, 1034, |options| options.proxy_uri()),
        (39, 255, |options| options.proxy_scheme()),
    ];
    let long = "a".repeat(1035);
    for (number, longest, read) in rows {
        let read = |options: &Options<'_>| read(options).map(str::to_owned);
        assert_eq!(with(&[], read), None);
        assert_eq!(with(&[(number, b"")], read), None);
        assert_eq!(with(&[(number, "é".as_bytes())], read).as_deref(), Some("é"));
        assert_eq!(with(&[(number, b"\xC3\x28")], read), None);
        assert_eq!(
            with(&[(number, &long.as_bytes()[..longest])], read).as_deref(),
            Some(&long[..longest])
        );
        assert_eq!(with(&[(number, &long.as_bytes()[..=longest])], read), None);
        assert_eq!(with(&[(number, b"a"), (number, b"b")], read).as_deref(), Some("a"));
    }
}

#[test]
fn opaque_values() {
    type Read = for<'a> fn(&Options<'a>) -> Option<&'a [u8]>;
    let rows: [(u16, usize, usize, Read); 3] = [
        (4, 1, 8, |options| options.etag()),
        (9, 0, 255, |options| options.oscore()),
        (252, 1, 40, |options| options.echo()),
    ];
    for (number, shortest, longest, read) in rows {
        let read = |options: &Options<'_>| read(options).map(<[u8]>::to_vec);
        assert_eq!(with(&[], read), None);
        for len in [0, 1, longest, longest + 1] {
            let value = vec![0xFF; len];
            let allowed = (shortest..=longest).contains(&len);
            assert_eq!(with(&[(number, &value)], read), allowed.then_some(value.clone()), "{len}");
        }
        assert_eq!(with(&[(number, b"1"), (number, b"2")], read), Some(b"1".to_vec()));
    }
}

#[test]
fn if_none_match_is_there_or_not() {
    let read = |options: &Options<'_>| options.if_none_match();
    assert!(!with(&[], read));
    assert!(with(&[(5, b"")], read));
    assert!(with(&[(5, b""), (5, b"")], read));
    assert!(!with(&[(5, b"x")], read));
}

#[test]
fn lists() {
    type Read = for<'a> fn(&Options<'a>) -> coap_codec::Values<'a>;
    let rows: [(u16, Read); 6] = [
        (1, |options| options.if_match()),
        (8, |options| options.location_path()),
        (11, |options| options.uri_path()),
        (15, |options| options.uri_query()),
        (20, |options| options.location_query()),
        (292, |options| options.request_tag()),
    ];
    for (number, read) in rows {
        let read = |options: &Options<'_>| {
            let mut values = read(options);
            let found: Vec<Vec<u8>> = values.by_ref().map(<[u8]>::to_vec).collect();
            assert_eq!(values.next(), None);
            found
        };
        assert_eq!(with(&[], read), Vec::<Vec<u8>>::new());
        assert_eq!(with(&[(number, b"")], read), [b""]);
        let others: [(u16, &[u8]); 5] =
            [(number - 1, b"x"), (number, b"a"), (number, b""), (number, b"b"), (number + 1, b"y")];
        assert_eq!(with(&others, read), [&b"a"[..], b"", b"b"]);
    }
}

#[test]
fn paths() {
    let path = |segments: &[&str], path: &str| {
        let options: Vec<(u16, &[u8])> = segments.iter().map(|s| (11, s.as_bytes())).collect();
        with(&options, |options| options.path_is(path))
    };
    assert!(path(&["sensors", "light"], "sensors/light"));
    assert!(!path(&["sensors", "light"], "/sensors/light"));
    assert!(!path(&["sensors", "light"], "sensors/light/"));
    assert!(!path(&["sensors", "light"], "sensors"));
    assert!(!path(&["sensors"], "sensors/light"));
    assert!(!path(&["sensors/light"], "sensors/light"));
    assert!(path(&["sensors", ""], "sensors/"));
    assert!(path(&["", "a"], "/a"));
    assert!(path(&["", ""], "/"));
    assert!(!path(&[""], ""));
    assert!(path(&[], ""));
}

#[test]
fn blocks() {
    type Read = fn(&Options<'_>) -> Option<Block>;
    let rows: [(u16, Read); 4] = [
        (19, |options| options.q_block1()),
        (23, |options| options.block2()),
        (27, |options| options.block1()),
        (31, |options| options.q_block2()),
    ];
    for (number, read) in rows {
        assert_eq!(with(&[], read), None);
        assert_eq!(with(&[(number, &[])], read), Some(Block::first(Szx::S16)));
        assert_eq!(with(&[(number, &[0x1E])], read), Block::new(1, true, Szx::S1024));
        // SZX 7 is BERT; over UDP the reaction refuses it.
        assert_eq!(with(&[(number, &[0xFF; 3])], read), Block::new(0xF_FFFF, true, Szx::Bert));
        assert_eq!(
            with(&[(number, &[0xFF, 0xFF, 0xF6])], read),
            Block::new(0xF_FFFF, false, Szx::S1024)
        );
        assert_eq!(with(&[(number, &[0, 0, 0, 1])], read), None);
        assert_eq!(with(&[(number, &[0x10]), (number, &[0x20])], read).unwrap().num(), 1);
    }
}

/// RFC 7967 section 2.1: 2 for 2.xx, 8 for 4.xx, 16 for 5.xx, and their sums.
#[test]
fn no_response() {
    let classes = [(Code::CONTENT, 2), (Code::NOT_FOUND, 8), (Code::BAD_GATEWAY, 16)];
    for value in 0..=255_u8 {
        for (code, bit) in classes {
            let unwanted = with(&[(258, &[value])], |options| options.no_response(code));
            assert_eq!(unwanted, value & bit != 0, "{value} {code}");
        }
        // Only responses can be unwanted.
        for code in [Code::EMPTY, Code::GET, Code(0x20), Code(0x60), Code(0xC0), Code::PING] {
            assert!(!with(&[(258, &[value])], |options| options.no_response(code)));
        }
    }
    // Empty, and the same as 0: interest in all. Longer: as if it were not there.
    assert!(!with(&[(258, &[])], |options| options.no_response(Code::CONTENT)));
    assert!(!with(&[(258, &[0, 2])], |options| options.no_response(Code::CONTENT)));
}

/// What a list of values and one from the wire have in common, and what a program prints.
#[test]
fn lists_iterate_and_compare_alike() {
    let values = [
        CoapOption::new(OptionNumber::URI_PATH, b"a\xFF"),
        CoapOption::new(OptionNumber(2048), b""),
    ];
    let options = Options::new(&values);
    assert_eq!(format!("{options:?}"), r"[Uri-Path: a\xff, 2048: ]");
    assert_eq!(format!("{:?}", options.iter()), format!("{options:?}"));
    assert!(options.into_iter().eq(values) && (&options).into_iter().eq(values));
    assert_eq!(Options::from(&values), Options::from(&values[..]));
    assert_ne!(options, Options::new(&values[..1]));
    assert_ne!(options, Options::EMPTY);
    assert!(!options.is_empty() && options.contains(OptionNumber(2048)));
    assert_eq!(options.all(OptionNumber::URI_PATH).next(), Some(&b"a\xFF"[..]));
    assert_eq!(options.first(OptionNumber::ETAG), None);
}
