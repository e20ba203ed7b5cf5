//! Why a text is not a CoAP URI, or options do not become one.

/// Why a text is not a CoAP URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct UriError {
    /// What is wrong.
    pub kind: UriErrorKind,
    /// Index of the first byte that cannot stand where it stands; for a part that is too long or out
    /// of range, of its first byte.
    pub offset: u32,
}

impl UriError {
    /// The section of the standard that is broken.
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }
}

/// What is wrong with a URI, or with options that should become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum UriErrorKind {
    /// It does not begin with a scheme and a colon.
    #[error("no scheme")]
    NotAbsolute,
    /// The scheme is none of CoAP's.
    #[error("a scheme other than CoAP's")]
    Scheme,
    /// No `//` behind the scheme.
    #[error("no authority")]
    Authority,
    /// User information before the host.
    #[error("user information")]
    UserInfo,
    /// No host.
    #[error("an empty host")]
    EmptyHost,
    /// A character that cannot be in a host, or a Uri-Host that is none.
    #[error("a character that no host has")]
    Host,
    /// The host is longer than 255 bytes when decoded.
    #[error("a host of more than 255 bytes")]
    HostLength,
    /// What is in brackets is no IPv6 address, or there is no end of it.
    #[error("a malformed IPv6 address")]
    IpLiteral,
    /// A zone identifier in an address, which means something on one machine only.
    #[error("a zone identifier")]
    ZoneId,
    /// An address of a version that is not known, `[v1.x]`.
    #[error("an IP literal of a version that is not known")]
    IpFuture,
    /// Something other than digits behind the host's colon.
    #[error("a port that is no number")]
    Port,
    /// The port is above 65535.
    #[error("a port above 65535")]
    PortRange,
    /// A character that cannot be in a path.
    #[error("a character that no path has")]
    Path,
    /// A segment is longer than 255 bytes when decoded.
    #[error("a path segment of more than 255 bytes")]
    SegmentLength,
    /// More than [`MAX_DOTS`](crate::uri::MAX_DOTS) `..` in a path.
    #[error("too many '..' in a path")]
    Dots,
    /// A character that cannot be in a query.
    #[error("a character that no query has")]
    Query,
    /// An argument is longer than 255 bytes when decoded.
    #[error("a query argument of more than 255 bytes")]
    ArgumentLength,
    /// A fragment.
    #[error("a fragment")]
    Fragment,
    /// A `%` without two hexadecimal digits behind it.
    #[error("a % without two hexadecimal digits")]
    Percent,
    /// A Uri-Path of `.` or `..` (when encoding).
    #[error("a dot segment as an option")]
    DotSegment,
    /// A Uri-Port of more than two bytes (when encoding).
    #[error("a Uri-Port of more than two bytes")]
    PortLength,
    /// Uri-Host or Uri-Port more than once (when encoding).
    #[error("an option more often than allowed")]
    Repeated,
}

impl UriErrorKind {
    /// The section of the standard that is broken.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NotAbsolute | Self::Scheme | Self::Fragment => "RFC 7252 section 6.4",
            Self::Authority | Self::UserInfo | Self::EmptyHost => "RFC 7252 section 6.1",
            Self::Host | Self::IpLiteral | Self::ZoneId | Self::IpFuture => {
                "RFC 3986 section 3.2.2"
            }
            Self::HostLength
            | Self::PortRange
            | Self::SegmentLength
            | Self::ArgumentLength
            | Self::DotSegment => "RFC 7252 section 5.10.1",
            Self::Port => "RFC 3986 section 3.2.3",
            Self::Path => "RFC 3986 section 3.3",
            Self::Dots => "RFC 3986 section 5.2.4",
            Self::Query => "RFC 3986 section 3.4",
            Self::Percent => "RFC 3986 section 2.1",
            Self::PortLength => "RFC 7252 section 5.4.3",
            Self::Repeated => "RFC 7252 section 5.4.5",
        }
    }
}
