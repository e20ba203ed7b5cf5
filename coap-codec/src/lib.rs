#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

// A Length over TCP has up to 32 bits.
const _: () = assert!(usize::BITS >= 32, "coap-codec needs pointers of at least 32 bits");

mod accessors;
mod block;
mod body;
#[cfg(feature = "bytes")]
mod bytes_impl;
mod code;
mod codec;
mod content_format;
#[cfg(feature = "defmt")]
mod defmt_impl;
#[cfg(feature = "embedded-io-async")]
mod embedded_io_async_impl;
#[cfg(feature = "embedded-io")]
mod embedded_io_impl;
mod error;
mod extended;
pub mod fit;
pub mod http;
mod message;
mod message_mut;
#[cfg(feature = "nom")]
mod nom_impl;
mod observe;
mod option_number;
mod options;
mod reaction;
mod signalling;
mod stream;
pub mod tcp;
mod token;
mod uint;
pub mod uri;
mod writer;
pub mod ws;

pub use accessors::Values;
pub use block::{Block, BlockError, Szx};
pub use code::Code;
pub use codec::Codec;
pub use content_format::ContentFormat;
pub use error::{DecodeError, EncodeError, ErrorKind};
pub use message::{Message, ReliableMessage, Type};
pub use message_mut::MessageMut;
pub use observe::Observe;
pub use option_number::{Format, OptionDefinition, OptionNumber, signalling_definition};
pub use options::{CoapOption, Options, OptionsIter};
pub use reaction::{Knowledge, Reaction, Role, bad_option, react};
pub use signalling::{Csm, ReliableReaction, react_reliable};
pub use token::Token;
pub use uint::Uint;
