//! Laws of entity tags and their lists.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use http_lite::{EntityTag, EntityTags, NumberTag};
use proptest::prelude::*;

fn opaque() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'!'), Just(b'\\'), Just(b','), 0x23..0x7Fu8, 0x80..=0xFFu8];
    prop::collection::vec(byte, 0..6)
}

fn encode(tag: EntityTag<'_>) -> Vec<u8> {
    let mut out = vec![0; tag.encoded_len()];
    assert_eq!(tag.encode(&mut out), Ok(out.len()));
    out
}

fn tag(opaque: &[u8], is_weak: bool) -> EntityTag<'_> {
    let tag = EntityTag::strong(opaque).unwrap();
    if is_weak { tag.to_weak() } else { tag }
}

proptest! {
    #[test]
    fn a_tag_is_read_as_it_was_written(opaque in opaque(), is_weak: bool) {
        let tag = tag(&opaque, is_weak);
        let text = encode(tag);
        prop_assert_eq!(EntityTag::parse(&text), Some(tag));
    }

    #[test]
    fn any_bytes_are_a_tag_that_is_written_alike_or_none(value: Vec<u8>, opaque: Vec<u8>) {
        if let Some(tag) = EntityTag::parse(&value) {
            prop_assert_eq!(encode(tag), value.trim_ascii());
        }
        let is_allowed = |&byte: &u8| byte > b' ' && byte != b'"' && byte != 0x7F;
        prop_assert_eq!(EntityTag::strong(&opaque).is_some(), opaque.iter().all(is_allowed));
    }

    #[test]
    fn a_list_has_the_tags_that_were_joined(
        tags in prop::collection::vec((opaque(), any::<bool>()), 0..6),
        comma in "[ \t]{0,2},[ ,\t]{0,2}",
        wanted in opaque(),
        is_weak: bool,
    ) {
        let tags: Vec<_> = tags.iter().map(|(opaque, is_weak)| tag(opaque, *is_weak)).collect();
        let value = tags.iter().map(|&tag| encode(tag)).collect::<Vec<_>>();
        let value = value.join(comma.as_bytes());
        let list = EntityTags::parse(&value).unwrap();
        prop_assert!(!list.is_any() && list.iter().eq(tags.iter().copied()));
        for wanted in tags.iter().copied().chain([tag(&wanted, is_weak)]) {
            let strongly =
                tags.iter().any(|&tag| tag == wanted && !tag.is_weak() && !wanted.is_weak());
            let weakly = tags.iter().any(|tag| tag.opaque() == wanted.opaque());
            prop_assert_eq!(list.strongly_match(wanted), strongly);
            prop_assert_eq!(list.weakly_match(wanted), weakly);
        }
    }

    #[test]
    fn any_list_that_is_read_is_written_alike(value in "[\"aW/,* \\\\]{0,12}") {
        if let Some(list) = EntityTags::parse(value.as_bytes()) {
            let tags = list.iter().map(encode).collect::<Vec<_>>().concat();
            let plain: Vec<u8> = tags.iter().copied().filter(|byte| *byte != b',').collect();
            let kept = |byte: &u8| !b" ,*".contains(byte) || (*byte == b'*' && !list.is_any());
            let wanted: Vec<u8> = value.bytes().filter(kept).collect();
            prop_assert_eq!(plain, wanted);
        }
    }

    #[test]
    fn numbers_have_tags_of_their_own(a: u64, b: u64) {
        let (x, y) = (NumberTag::new(a), NumberTag::new(b));
        prop_assert_eq!(x.tag().strongly_matches(y.tag()), a == b);
        prop_assert_eq!(encode(x.tag()), format!("\"{a:016x}\"").into_bytes());
    }
}
