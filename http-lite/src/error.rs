//! What can be wrong with a message: the kind, where, which rule, and what to answer.

use crate::status::StatusCode;

/// Why bytes are not a message that may be accepted.
///
/// ```
/// use http_lite::{ErrorKind, HeadParser, StatusCode};
///
/// let head = b"GET / HTTP/1.1\r\nHost : a\r\n\r\n";
/// let error = HeadParser::new().parse_request(head).unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::SpaceBeforeColon, 20));
/// assert_eq!(error.rule(), "RFC 9112 section 5.1");
/// assert_eq!(error.status(), StatusCode::BAD_REQUEST);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Index of the byte that is wrong: in a head from its first byte, in a body from the body's
    /// first byte, at most `u32::MAX`.
    pub offset: u32,
}

impl DecodeError {
    /// An error of your own checks, at a byte of the message.
    pub const fn at(kind: ErrorKind, offset: usize) -> Self {
        Self::new(kind, offset)
    }

    pub(crate) const fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset: if offset > u32::MAX as usize { u32::MAX } else { offset as u32 } }
    }

    /// The section whose rule is broken.
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    /// What a server answers before it closes the connection. A client closes without a word, a
    /// gateway answers its own client 502.
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }
}

/// Why something cannot be encoded. Nothing usable has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is shorter than what is to be written.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length.
        needed: usize,
    },
    /// The message would break a rule of the standard.
    #[error("the message cannot be encoded: {0}")]
    Invalid(ErrorKind),
}

/// Why a text cannot be a part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FieldError {
    /// The name is not a token.
    #[error("a field name that is not a token")]
    Name,
    /// The value has a control character other than HTAB, or white space at an end.
    #[error("a field value with a control character, or with white space at an end")]
    Value,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum ErrorKind {
    // Start line
    /// More than two empty lines before a request, or one before a response.
    #[error("empty lines before the start line")]
    LeadingLines,
    /// The method is empty, or something else than a token and one SP.
    #[error("a method that is not a token")]
    Method,
    /// A byte in the request target that may not stand there, a `%` without two hexadecimal digits,
    /// or a second SP.
    #[error("a byte that may not stand in a request target")]
    TargetByte,
    /// The request target has none of the four forms, or one that does not go with the method.
    #[error("a request target of no form that goes with the method")]
    TargetForm,
    /// The request line is longer than the limit.
    #[error("a request line longer than the limit")]
    TargetTooLong,
    /// The version is not `HTTP/` and a digit, a dot and a digit, or no line end follows it.
    #[error("a malformed HTTP version")]
    Version,
    /// A major version other than 1.
    #[error("an HTTP version other than 1.x")]
    VersionUnsupported,
    /// The status code is not three digits of 100 or more behind one SP.
    #[error("a malformed status code")]
    StatusCode,
    /// A control character in the reason phrase.
    #[error("a control character in the reason phrase")]
    ReasonPhrase,

    // Lines
    /// A LF without CR before it.
    #[error("a LF without a CR")]
    BareLf,
    /// A CR without LF behind it.
    #[error("a CR without a LF")]
    BareCr,

    // Fields
    /// A field line begins with its colon.
    #[error("an empty field name")]
    FieldNameEmpty,
    /// A byte in a field name that may not stand in a token.
    #[error("a byte that may not stand in a field name")]
    FieldName,
    /// White space between a field name and its colon.
    #[error("white space before the colon")]
    SpaceBeforeColon,
    /// White space before the first field.
    #[error("white space before the first field")]
    SpaceBeforeField,
    /// A field line that goes on in the next line.
    #[error("a folded field line")]
    ObsFold,
    /// A field line without a colon.
    #[error("a field line without a colon")]
    ColonMissing,
    /// A control character in a field value.
    #[error("a control character in a field value")]
    FieldValue,
    /// The head, or the trailer section, is longer than the limit.
    #[error("a field section longer than the limit")]
    FieldsTooLong,
    /// More field lines than the limit.
    #[error("more field lines than the limit")]
    TooManyFields,

    // Framing
    /// A Content-Length that is not decimal digits.
    #[error("a malformed Content-Length")]
    ContentLength,
    /// A Content-Length above 2^64 - 1.
    #[error("a Content-Length of more than 64 bits")]
    ContentLengthTooLarge,
    /// More than one Content-Length, even of one value.
    #[error("more than one Content-Length")]
    ContentLengthTwice,
    /// A Transfer-Encoding that is not a list of transfer codings without empty elements.
    #[error("a malformed Transfer-Encoding")]
    TransferEncoding,
    /// Both Content-Length and Transfer-Encoding.
    #[error("Content-Length beside Transfer-Encoding")]
    LengthAndEncoding,
    /// Transfer-Encoding in a message of HTTP/1.0.
    #[error("Transfer-Encoding in HTTP/1.0")]
    EncodingInHttp10,
    /// `chunked` is there twice, or is not the last transfer coding.
    #[error("a Transfer-Encoding that does not end with its only chunked")]
    ChunkedNotLast,
    /// A transfer coding besides `chunked`.
    #[error("an unknown transfer coding")]
    UnknownCoding,
    /// Content-Length or Transfer-Encoding where it must not be sent: with 1xx, 204 and 2xx to CONNECT;
    /// content with 205, TRACE and CONNECT (when encoding).
    #[error("a body where there must be none")]
    BodyForbidden,

    // Requests
    /// A request of HTTP/1.1 without Host.
    #[error("no Host")]
    HostMissing,
    /// More than one Host.
    #[error("more than one Host")]
    HostTwice,
    /// A Host that is not a host with a port perhaps; or one that is not the target's (when encoding).
    #[error("a malformed Host")]
    Host,
    /// An Expect other than `100-continue`.
    #[error("an unknown expectation")]
    Expectation,

    // Bodies
    /// A chunk size that is not hexadecimal digits.
    #[error("a malformed chunk size")]
    ChunkSize,
    /// A chunk size of more than 16 digits.
    #[error("a chunk size of more than 16 digits")]
    ChunkSizeTooLong,
    /// A chunk extension that is not a name with a value perhaps.
    #[error("a malformed chunk extension")]
    ChunkExtension,
    /// Chunk extensions longer than the limit for one body.
    #[error("chunk extensions longer than the limit")]
    ChunkExtensionTooLong,
    /// No CRLF behind the data of a chunk.
    #[error("no CRLF behind a chunk")]
    ChunkEnd,
    /// The body is longer than the limit.
    #[error("a body longer than the limit")]
    BodyTooLong,
    /// A trailer field that must not be one, or in a body that has none (when encoding).
    #[error("a trailer field where it must not be")]
    TrailerForbidden,
    /// The connection ended within a message; or less was sent than Content-Length says.
    #[error("the end of the connection within a message")]
    Incomplete,

    // Connections
    /// The peer took too long for a head, or sent a body too slowly.
    #[error("a peer that is too slow")]
    TooSlow,
    /// Bytes where no message can begin: a response without a request, or behind the last message.
    #[error("bytes where no message can be")]
    Unexpected,
    /// More informational responses than the limit.
    #[error("too many informational responses")]
    TooManyInformational,
    /// Upgrade without `Connection: upgrade` (when encoding).
    #[error("Upgrade without its connection option")]
    UpgradeOption,
    /// 101 without a request to upgrade, or without Upgrade and its connection option.
    #[error("a change of protocol that nobody asked for")]
    SwitchNotAsked,
}

impl ErrorKind {
    /// The section of the standard whose rule is broken, or that allows a limit.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::LeadingLines | Self::BareLf | Self::BareCr | Self::SpaceBeforeField => {
                "RFC 9112 section 2.2"
            }
            Self::Method => "RFC 9112 section 3.1",
            Self::TargetByte | Self::TargetForm => "RFC 9112 section 3.2",
            Self::TargetTooLong => "RFC 9112 section 3",
            Self::Version => "RFC 9112 section 2.3",
            Self::VersionUnsupported => "RFC 9110 section 15.6.6",
            Self::StatusCode | Self::ReasonPhrase => "RFC 9112 section 4",
            Self::FieldNameEmpty | Self::FieldName => "RFC 9110 section 5.1",
            Self::ColonMissing => "RFC 9112 section 5",
            Self::SpaceBeforeColon => "RFC 9112 section 5.1",
            Self::ObsFold => "RFC 9112 section 5.2",
            Self::FieldValue => "RFC 9110 section 5.5",
            Self::FieldsTooLong | Self::TooManyFields => "RFC 9110 section 5.4",
            Self::ContentLength | Self::ContentLengthTooLarge | Self::ContentLengthTwice => {
                "RFC 9110 section 8.6"
            }
            Self::TransferEncoding
            | Self::EncodingInHttp10
            | Self::ChunkedNotLast
            | Self::UnknownCoding => "RFC 9112 section 6.1",
            Self::LengthAndEncoding | Self::BodyForbidden => "RFC 9112 section 6.3",
            Self::HostMissing | Self::HostTwice | Self::Host => "RFC 9112 section 3.2",
            Self::Expectation => "RFC 9110 section 10.1.1",
            Self::ChunkSize | Self::ChunkSizeTooLong | Self::ChunkEnd => "RFC 9112 section 7.1",
            Self::ChunkExtension | Self::ChunkExtensionTooLong => "RFC 9112 section 7.1.1",
            Self::BodyTooLong => "RFC 9110 section 15.5.14",
            Self::TrailerForbidden => "RFC 9110 section 6.5.1",
            Self::Incomplete => "RFC 9112 section 8",
            Self::TooSlow => "RFC 9112 section 9.5",
            Self::Unexpected => "RFC 9112 section 9.2",
            Self::TooManyInformational => "RFC 9110 section 15.2",
            Self::UpgradeOption | Self::SwitchNotAsked => "RFC 9110 section 7.8",
        }
    }

    /// What a server answers: mostly 400.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::FieldsTooLong | Self::TooManyFields => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::VersionUnsupported => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::UnknownCoding => StatusCode::NOT_IMPLEMENTED,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            Self::ContentLengthTooLarge | Self::ChunkExtensionTooLong | Self::BodyTooLong => {
                StatusCode::CONTENT_TOO_LARGE
            }
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
