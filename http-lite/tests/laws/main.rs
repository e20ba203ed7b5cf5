//! Laws: of heads and bodies built at random, of heads and bodies changed at random, and of every
//! short text over a small alphabet.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[path = "../reference/mod.rs"]
mod reference;

mod changed;
mod encode;
mod every;
mod stream;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_is_legal_and_what_is_legal_is_encoded(data in vec(any::<u8>(), 0..150)) {
        encode::hold(&data);
    }

    #[test]
    fn a_body_arrives_as_it_was_sent(data in vec(any::<u8>(), 0..600)) {
        encode::hold_body(&data);
    }
}
