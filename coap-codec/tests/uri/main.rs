//! CoAP URIs: vectors both ways, what is malformed, and laws.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    reason = "a test fails by panic"
)]

mod laws;
mod malformed;
mod oracle;
mod vectors;

use coap_codec::uri::{Destination, Uri};
use coap_codec::{CoapOption, OptionNumber, Options};

/// Options with values of their own.
pub(crate) type List = Vec<(OptionNumber, Vec<u8>)>;

/// The options that a URI has on its way to `destination`.
pub(crate) fn options(uri: &Uri<'_>, destination: &Destination<'_>) -> List {
    let mut buffer = [0; 255];
    let mut list = Vec::new();
    for option in uri.options(destination) {
        list.push((option.number, option.value(&mut buffer).to_vec()));
    }
    list
}

/// Lends the options as a message has them.
pub(crate) fn with_options<T>(list: &List, then: impl FnOnce(&Options<'_>) -> T) -> T {
    let values: Vec<_> = list.iter().map(|(n, v)| CoapOption::new(*n, v)).collect();
    then(&Options::new(&values))
}
