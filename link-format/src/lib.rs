#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "nom")]
#[path = "nom_impl.rs"]
pub mod abnf;
mod attribute;
mod authority;
#[cfg(feature = "defmt")]
mod defmt_impl;
mod directory;
mod error;
mod ext_value;
mod grammar;
mod known;
mod link;
mod links;
mod query;
mod resolve;
mod scan;
mod uri;
mod value;
mod writer;

pub use attribute::{Attribute, AttributeIter, Attributes};
pub use directory::{Lookup, ParameterError, ParameterErrorKind, Registration};
pub use error::{BuildError, DecodeError, EncodeError, ErrorKind, Place};
pub use ext_value::{ExtValue, PercentDecoded};
pub use link::{Link, NotANumber, Size};
pub use links::{LinkIter, Links};
pub use query::{Matching, MatchingIter, Query};
pub use resolve::{ResolveError, Uri};
pub use scan::{Event, Scanner};
pub use uri::{UriParts, UriReference};
pub use value::{Pieces, Value, Words};
pub use writer::{LinkWriter, Part, Writer};
