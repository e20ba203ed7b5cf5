//! The schemes of CoAP.

use core::fmt;

/// A scheme of CoAP's: which transport, and whether it is secured. RFC 7252 sections 6.1 and 6.2,
/// RFC 8323 sections 8.1 to 8.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `coap`: UDP, port 5683.
    Coap,
    /// `coaps`: DTLS, port 5684.
    Coaps,
    /// `coap+tcp`: TCP, port 5683.
    CoapTcp,
    /// `coaps+tcp`: TLS, port 5684.
    CoapsTcp,
    /// `coap+ws`: WebSockets, port 80.
    CoapWs,
    /// `coaps+ws`: WebSockets over TLS, port 443.
    CoapsWs,
}

impl Scheme {
    /// The scheme of this name, without case; `None` if it is not one of CoAP's.
    pub const fn from_name(name: &[u8]) -> Option<Self> {
        let mut all = ALL;
        while let Some((scheme, rest)) = all.split_first() {
            if is_same(scheme.as_str().as_bytes(), name) {
                return Some(*scheme);
            }
            all = rest;
        }
        None
    }

    /// The name, as in `coap+tcp`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coap => "coap",
            Self::Coaps => "coaps",
            Self::CoapTcp => "coap+tcp",
            Self::CoapsTcp => "coaps+tcp",
            Self::CoapWs => "coap+ws",
            Self::CoapsWs => "coaps+ws",
        }
    }

    /// The port where none is written.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Coap | Self::CoapTcp => 5683,
            Self::Coaps | Self::CoapsTcp => 5684,
            Self::CoapWs => 80,
            Self::CoapsWs => 443,
        }
    }

    /// Is the transport secured by DTLS or TLS?
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Coaps | Self::CoapsTcp | Self::CoapsWs)
    }
}

const ALL: &[Scheme] = &[
    Scheme::Coap,
    Scheme::Coaps,
    Scheme::CoapTcp,
    Scheme::CoapsTcp,
    Scheme::CoapWs,
    Scheme::CoapsWs,
];

/// Are both the same without case? The method of slices is not `const` in our minimum Rust version.
const fn is_same(mut ours: &[u8], mut theirs: &[u8]) -> bool {
    loop {
        match (ours, theirs) {
            ([], []) => return true,
            ([a, behind_a @ ..], [b, behind_b @ ..]) if a.eq_ignore_ascii_case(b) => {
                (ours, theirs) = (behind_a, behind_b);
            }
            _ => return false,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
