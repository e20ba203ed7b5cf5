//! What every typed accessor gives, from the list of options alone: the first of its number, if its
//! value has a length that the standard allows.

use coap_codec::{Block, Code, Options};

type Raw<'a> = &'a [(u16, Vec<u8>)];

/// Every accessor, on options that are `raw`.
pub(crate) fn hold(options: &Options<'_>, raw: Raw<'_>) {
    assert_eq!(options.is_empty(), raw.is_empty());
    let bytes = |number, lens| bytes(raw, number, lens);
    let uint = |number, lens| bytes(number, lens).map(number_of);
    let text = |number, lens| bytes(number, lens).and_then(|v| core::str::from_utf8(v).ok());
    let all = |number: u16| raw.iter().filter(move |o| o.0 == number).map(|o| &o.1[..]);

    assert!(options.if_match().eq(all(1)));
    assert_eq!(options.uri_host(), text(3, 1..=255));
    assert_eq!(options.etag(), bytes(4, 1..=8));
    assert_eq!(options.if_none_match(), bytes(5, 0..=0).is_some());
    assert_eq!(options.observe().map(|o| o.get().into()), uint(6, 0..=3));
    assert_eq!(options.uri_port().map(u64::from), uint(7, 0..=2));
    assert!(options.location_path().eq(all(8)));
    assert_eq!(options.oscore(), bytes(9, 0..=255));
    assert!(options.uri_path().eq(all(11)));
    assert_eq!(options.content_format().map(|f| f.0.into()), uint(12, 0..=2));
    assert_eq!(u64::from(options.max_age()), uint(14, 0..=4).unwrap_or(60));
    assert!(options.uri_query().eq(all(15)));
    assert_eq!(options.hop_limit().map(u64::from), uint(16, 1..=1));
    assert_eq!(options.accept().map(|f| f.0.into()), uint(17, 0..=2));
    assert!(options.location_query().eq(all(20)));
    assert_eq!(options.size2().map(u64::from), uint(28, 0..=4));
    assert_eq!(options.proxy_uri(), text(35, 1..=1034));
    assert_eq!(options.proxy_scheme(), text(39, 1..=255));
    assert_eq!(options.size1().map(u64::from), uint(60, 0..=4));
    assert_eq!(options.echo(), bytes(252, 1..=40));
    assert!(options.request_tag().eq(all(292)));

    let blocks = [
        (19, options.q_block1()),
        (23, options.block2()),
        (27, options.block1()),
        (31, options.q_block2()),
    ];
    for (number, block) in blocks {
        assert_eq!(block.map(parts), uint(number, 0..=3).and_then(block_of), "{number}");
    }
    let no_response = uint(258, 0..=1).unwrap_or(0);
    for (code, bit) in [(Code::CONTENT, 2), (Code::NOT_FOUND, 8), (Code::BAD_GATEWAY, 16)] {
        assert_eq!(options.no_response(code), no_response & bit != 0);
    }
    for number in [0, 1, 2, 11, 12, 65_535] {
        let found = all(number).next();
        assert_eq!(options.first(coap_codec::OptionNumber(number)), found);
        assert_eq!(options.contains(coap_codec::OptionNumber(number)), found.is_some());
    }
    path(options, &all(11).collect::<Vec<_>>());
}

/// The path says itself, and no other path does.
fn path(options: &Options<'_>, segments: &[&[u8]]) {
    let Ok(segments) =
        segments.iter().map(|s| core::str::from_utf8(s)).collect::<Result<Vec<_>, _>>()
    else {
        assert!(!options.path_is("\u{FFFD}"));
        return;
    };
    let joined = segments.join("/");
    // "a/b" in one segment is not the path of two; one empty segment is not none.
    let says = !segments.iter().any(|segment| segment.contains('/')) && segments != [""];
    assert_eq!(options.path_is(&joined), says, "{segments:?}");
    assert!(!options.path_is(&format!("{joined}/x")));
    assert_eq!(options.path_is(""), segments.is_empty());
}

fn bytes(raw: Raw<'_>, number: u16, lens: core::ops::RangeInclusive<usize>) -> Option<&[u8]> {
    let first = raw.iter().find(|option| option.0 == number)?;
    lens.contains(&first.1.len()).then_some(&first.1[..])
}

fn number_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number * 256 + u64::from(*byte))
}

/// RFC 7959 section 2.2: NUM, M and the size; none for the reserved size.
fn block_of(value: u64) -> Option<(u64, bool, u64)> {
    // RFC 8323 section 6: with SZX 7 in units of 1024 bytes.
    let size = 1 << (value % 8 + 4).min(10);
    Some((value / 16, value / 8 % 2 == 1, size))
}

fn parts(block: Block) -> (u64, bool, u64) {
    (block.num().into(), block.more(), block.szx().size().into())
}
