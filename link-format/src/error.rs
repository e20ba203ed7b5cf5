//! What can be wrong with a document, a link or an attribute: the kind, where, and which rule.

use core::fmt;

/// Why a text is not what it is read as: a document, a link, an attribute, a URI reference.
///
/// ```
/// use link_format::{ErrorKind, Links};
///
/// let error = Links::decode(b"</a>;rt=\"x").unwrap_err();
/// assert_eq!((error.kind, error.offset), (ErrorKind::QuoteUnterminated, 8));
/// assert_eq!(error.rule(), "RFC 9110 section 5.6.4");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Index of the first byte that cannot stand where it stands. For what is not closed, of the
    /// `<` or `"` that opens it; for a scheme, an IP literal or a port that is none, and for an
    /// attribute that may not be there, of its first byte.
    pub offset: u32,
}

impl DecodeError {
    /// The section whose rule is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    pub(crate) const fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset: saturate(offset) }
    }

    /// The same error, seen from `before` bytes further left.
    pub(crate) const fn behind(self, before: usize) -> Self {
        Self::new(self.kind, before.saturating_add(self.offset as usize))
    }
}

/// `offset` in 32 bits: a text of 4 GiB and more has its errors told at its 4,294,967,296th byte.
pub(crate) const fn saturate(offset: usize) -> u32 {
    if offset < u32::MAX as usize { offset as u32 } else { u32::MAX }
}

/// Why an attribute or a link cannot be made of these parts.
///
/// ```
/// use link_format::{Attribute, ErrorKind, Place};
///
/// let error = Attribute::new("sz", "12 kB").unwrap_err();
/// assert_eq!((error.kind, error.place, error.offset), (ErrorKind::Size, Place::Value, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset} of {place}")]
#[non_exhaustive]
pub struct BuildError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// The part that is wrong.
    pub place: Place,
    /// Index in that part of the first byte that cannot stand where it stands.
    pub offset: u32,
}

impl BuildError {
    /// The section whose rule is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    pub(crate) const fn new(error: DecodeError, place: Place) -> Self {
        Self { kind: error.kind, place, offset: error.offset }
    }
}

/// A part of an attribute or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The target of a link.
    Target,
    /// One of the attributes of a link.
    Attribute {
        /// Which one, counted from 0.
        index: usize,
    },
    /// The name of an attribute.
    Name,
    /// The text of an attribute's value.
    Value,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target => f.write_str("the target"),
            Self::Attribute { index } => write!(f, "attribute {index}"),
            Self::Name => f.write_str("the name"),
            Self::Value => f.write_str("the value"),
        }
    }
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[repr(u8)]
pub enum ErrorKind {
    /// The document is not well-formed UTF-8.
    #[error("text that is not UTF-8")]
    NotUtf8,
    /// No `<` where a link has to begin: at the start, and behind each comma.
    #[error("a link that does not begin with '<'")]
    LinkStart,
    /// No `>` ends the target.
    #[error("a target without '>'")]
    TargetUnterminated,
    /// What stands before the first colon of a URI reference is not a scheme.
    #[error("a scheme that is none")]
    UriScheme,
    /// The part behind `//` is not user, host and port.
    #[error("an authority that is none")]
    UriAuthority,
    /// A character that no URI reference has at this place.
    #[error("a character that a URI cannot have here")]
    UriCharacter,
    /// `%` without two hexadecimal digits.
    #[error("'%' without two hexadecimal digits")]
    PercentEncoding,
    /// A relative reference where a URI is needed.
    #[error("a URI without a scheme")]
    UriRelative,
    /// Something else than `;`, `,` or the end behind a target or an attribute.
    #[error("neither ';' nor ',' nor the end")]
    Separator,
    /// An attribute's name is empty, or has a character that it cannot have.
    #[error("an attribute without a proper name")]
    AttributeName,
    /// An attribute is called `href`, which the standard keeps for queries.
    #[error("an attribute called href")]
    HrefAttribute,
    /// No value behind `=`, or one that begins with a character that it cannot have; or no value
    /// for an attribute that is made and has no meaning without one.
    #[error("no value")]
    ValueMissing,
    /// No `"` ends the quoted string.
    #[error("a quoted string without its end")]
    QuoteUnterminated,
    /// A control character in a quoted string.
    #[error("a control character in a quoted string")]
    QuotedCharacter,
    /// A backslash before something else than a printable ASCII character, space or tab.
    #[error("a backslash before what it cannot quote")]
    QuotedPair,
    /// The value of an attribute whose name ends with `*` is not charset, language and text.
    #[error("no extended value behind a name that ends with '*'")]
    ExtValue,
    /// `rt`, `if` or `sz` stands a second time in one link; in one that is made, also `rel`, `anchor`,
    /// `media`, `title`, `title*`, `type` or `obs`, of which readers MUST ignore the later ones.
    #[error("an attribute twice")]
    Repeated,
    /// A query without `=`.
    #[error("a query without '='")]
    QueryWithoutValue,
    /// For `rel`, `rev`, `rt` or `if`: no value at all, or a space before or behind them.
    #[error("no relation types with spaces between them")]
    RelationTypes,
    /// For `sz`: no number without a zero before it.
    #[error("a size that is no number")]
    Size,
    /// For `ct`: no numbers from 0 to 65,535 with spaces between them.
    #[error("a Content-Format that is none")]
    ContentFormat,
    /// For `obs`: it has none.
    #[error("a value for obs, which has none")]
    ObsValue,
}

impl ErrorKind {
    /// The section whose rule is broken.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NotUtf8
            | Self::LinkStart
            | Self::TargetUnterminated
            | Self::Separator
            | Self::HrefAttribute
            | Self::ValueMissing
            | Self::RelationTypes => "RFC 6690 section 2",
            Self::UriScheme => "RFC 3986 section 3.1",
            Self::UriAuthority => "RFC 3986 section 3.2",
            Self::UriCharacter => "RFC 3986 appendix A",
            Self::PercentEncoding => "RFC 3986 section 2.1",
            Self::UriRelative => "RFC 3986 section 4.3",
            Self::AttributeName => "RFC 8187 section 3.2.1",
            Self::QuoteUnterminated | Self::QuotedCharacter | Self::QuotedPair => {
                "RFC 9110 section 5.6.4"
            }
            Self::ExtValue => "RFC 8187 section 3.2.1",
            Self::Repeated => "RFC 6690 section 3",
            Self::QueryWithoutValue => "RFC 6690 section 4.1",
            Self::Size => "RFC 6690 section 3.3",
            Self::ContentFormat => "RFC 7252 section 7.2.1",
            Self::ObsValue => "RFC 7641 section 6",
        }
    }
}

/// Why links are not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too small; nothing usable was written.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// Bytes that are needed, exactly.
        needed: usize,
    },
    /// A second `rt`, `if` or `sz` in one link (RFC 6690 section 3), or a second `rel`, `anchor`,
    /// `media`, `title`, `title*`, `type` (RFC 8288 section 3) or `obs` (RFC 7641 section 6).
    #[error("an attribute twice")]
    Repeated,
}
