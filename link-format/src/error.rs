//! What can be wrong with a document, a link or an attribute: the kind, where, and which rule.

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
    /// `<` or `"` that opens it.
    pub offset: u32,
}

impl DecodeError {
    /// The section whose rule is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    pub(crate) const fn new(kind: ErrorKind, offset: usize) -> Self {
        // A document of 4 GiB and more has its errors told at its 4,294,967,296th byte.
        let offset = if offset < u32::MAX as usize { offset as u32 } else { u32::MAX };
        Self { kind, offset }
    }

    /// The same error, seen from `before` bytes further left.
    pub(crate) const fn behind(self, before: usize) -> Self {
        Self::new(self.kind, before.saturating_add(self.offset as usize))
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
    /// No value behind `=`, or one that begins with a character that it cannot have.
    #[error("no value behind '='")]
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
    /// `rt`, `if` or `sz` stands a second time in one link.
    #[error("an attribute twice")]
    Repeated,
    /// A query without `=`.
    #[error("a query without '='")]
    QueryWithoutValue,
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
            | Self::ValueMissing => "RFC 6690 section 2",
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
    /// A second `rt`, `if` or `sz` in one link. RFC 6690 section 3
    #[error("an attribute twice")]
    Repeated,
}
