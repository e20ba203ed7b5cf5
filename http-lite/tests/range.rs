//! Laws of `Range` and `Content-Range`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::{ContentRange, EncodeError, Range, RangeSpec, Selection, Span};
use proptest::prelude::*;

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..20u64, any::<u64>(), u64::MAX - 2..=u64::MAX]
}

fn spec() -> impl Strategy<Value = RangeSpec> {
    prop_oneof![
        (number(), number()).prop_map(|(a, b)| RangeSpec::Span { first: a.min(b), last: a.max(b) }),
        number().prop_map(RangeSpec::From),
        number().prop_map(RangeSpec::Last),
    ]
}

/// Which bytes of a short representation are wanted, byte by byte.
fn oracle(spec: RangeSpec, len: u64) -> Vec<u64> {
    (0..len)
        .filter(|&at| match spec {
            RangeSpec::Span { first, last } => first <= at && at <= last,
            RangeSpec::From(first) => first <= at,
            RangeSpec::Last(count) => len - at <= count,
        })
        .collect()
}

proptest! {
    #[test]
    fn a_range_is_read_as_it_was_written(specs in prop::collection::vec(spec(), 1..5)) {
        let range = Range::new(&specs).unwrap();
        let mut out = vec![0; range.encoded_len()];
        prop_assert_eq!(range.encode(&mut out), Ok(out.len()));
        prop_assert_eq!(Range::parse(&out), Some(range));
        let needed = out.len();
        for len in 0..needed {
            let error = Err(EncodeError::BufferTooSmall { needed });
            prop_assert_eq!(range.encode(&mut out[..len]), error);
        }
    }

    #[test]
    fn a_spec_selects_the_bytes_of_the_oracle(spec in spec(), len in 0..20u64) {
        let found = spec.within(len).map_or(vec![], |span| {
            assert_eq!(span.count(), span.last() - span.first() + 1);
            (span.first()..=span.last()).collect()
        });
        prop_assert_eq!(found, oracle(spec, len));
    }

    #[test]
    fn a_selection_is_never_longer_than_the_whole(
        specs in prop::collection::vec(spec(), 1..6),
        len in 0..30u64,
        max_parts in 0..6u8,
    ) {
        let wanted: Vec<Vec<u64>> = specs.iter().map(|&spec| oracle(spec, len)).collect();
        let total: usize = wanted.iter().map(Vec::len).sum();
        match Range::new(&specs).unwrap().select(len, max_parts) {
            Selection::Parts(parts) => {
                let found: Vec<Vec<u64>> =
                    parts.map(|span| (span.first()..=span.last()).collect()).collect();
                let wanted: Vec<_> = wanted.into_iter().filter(|part| !part.is_empty()).collect();
                prop_assert!(specs.len() <= max_parts.into() && total as u64 <= len);
                prop_assert!(!found.is_empty());
                prop_assert_eq!(found, wanted);
            }
            Selection::Unsatisfiable => prop_assert!(total == 0),
            Selection::Whole => prop_assert!(
                specs.len() > max_parts.into() || total as u64 > len || len == 0
            ),
        }
    }

    #[test]
    fn any_text_is_a_range_or_not(value in "(bytes=)?[0-9, \t-]{0,30}") {
        if let Some(range) = Range::parse(value.as_bytes()) {
            let specs: Vec<_> = range.iter().collect();
            prop_assert_eq!(Range::new(&specs), Some(range));
        }
    }

    #[test]
    fn a_content_range_is_read_as_it_was_written(
        first in number(),
        last in number(),
        complete_len in prop::option::of(number()),
    ) {
        let part = Span::new(first, last).and_then(|span| ContentRange::part(span, complete_len));
        let is_valid = first <= last && complete_len.is_none_or(|len| len > last);
        prop_assert_eq!(part.is_some(), is_valid);
        let none = complete_len.map(ContentRange::unsatisfied);
        for range in part.into_iter().chain(none) {
            let mut out = vec![0; range.encoded_len()];
            prop_assert_eq!(range.encode(&mut out), Ok(out.len()));
            prop_assert_eq!(ContentRange::parse(&out), Some(range));
        }
    }

    #[test]
    fn what_is_read_is_written_alike(value in "bytes (\\*|[1-9]{1,3}-[1-9]{1,3})/(\\*|[1-9]{1,3})") {
        if let Some(range) = ContentRange::parse(value.as_bytes()) {
            let mut out = vec![0; range.encoded_len()];
            prop_assert_eq!(range.encode(&mut out), Ok(out.len()));
            prop_assert_eq!(out, value.as_bytes());
        }
    }
}
