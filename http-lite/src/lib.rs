#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

// A head has up to 32 bits of length.
const _: () = assert!(usize::BITS >= 32, "http-lite needs pointers of at least 32 bits");

pub mod accept;
pub mod auth;
mod base64;
pub mod body;
#[cfg(feature = "bytes")]
mod bytes_impl;
mod chunk_line;
mod conditional;
pub mod connection;
mod content_range;
mod date;
#[cfg(feature = "defmt")]
mod defmt_impl;
#[cfg(feature = "embedded-io-async")]
mod embedded_io_async_impl;
#[cfg(feature = "embedded-io")]
mod embedded_io_driver;
#[cfg(feature = "embedded-io")]
mod embedded_io_impl;
mod error;
mod etag;
mod facts;
mod field;
mod field_lines;
pub mod framing;
mod head;
mod head_stream;
#[cfg(feature = "embedded-io")]
mod io_buffer;
#[cfg(any(feature = "bytes", feature = "embedded-io"))]
mod layout;
pub mod list;
mod media_type;
mod method;
pub mod multipart;
#[cfg(feature = "nom")]
mod nom_impl;
mod parameters;
pub mod path;
pub mod percent;
pub mod query;
mod range;
mod redirect;
mod scan;
pub mod sse;
mod start_line;
mod status;
mod target;
mod uri;
#[cfg(feature = "websocket")]
pub mod websocket;
mod writer;

/// Feature `embedded-io`: heads, bodies and connections over a transport that blocks; feature
/// `embedded-io-async`: over one that waits.
#[cfg(feature = "embedded-io")]
pub mod io {
    pub use crate::embedded_io_driver::{Driver, Sender};
    pub use crate::embedded_io_impl::IoError;
    pub use crate::io_buffer::ReadBuffer;
    #[cfg(feature = "websocket")]
    pub use crate::websocket::embedded_io_impl::{WebSocket, WebSocketError};
}

#[cfg(feature = "bytes")]
pub use bytes_impl::{
    BodyBytes, ClientEventBytes, RequestBytes, ResponseBytes, ServerEventBytes, TrailerBytes,
};
pub use conditional::{Preconditions, Validators, Verdict, if_range};
pub use content_range::ContentRange;
pub use date::{Civil, HttpDate, Weekday};
pub use error::{DecodeError, EncodeError, ErrorKind, FieldError};
pub use etag::{EntityTag, EntityTagIter, EntityTags, NumberTag};
pub use facts::{Expect, Facts, Host, TransferEncoding, Version};
pub use field::{Field, FieldName, FieldValue, Fields, FieldsIter};
pub use head::{HeadParser, Limits, Reason, RequestHead, ResponseHead};
pub use head_stream::{HeadItem, HeadStream};
pub use media_type::MediaType;
pub use method::Method;
pub use parameters::{Parameter, ParameterIter, ParameterValue, Parameters, TextBytes};
pub use range::{Parts, Range, RangeSpec, RangeSpecs, Selection, Span};
pub use redirect::{Follow, Redirect, RedirectError, RequestBody};
pub use status::{StatusClass, StatusCode};
pub use target::{Target, TargetForm, is_authority};
pub use uri::{HttpUri, LocationError};
