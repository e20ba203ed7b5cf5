//! Option numbers, and what the standards say of each option. RFC 7252 sections 5.4, 5.10 and 12.2.

use core::fmt;

use crate::code::Code;

/// The number of an option. Its last bits say what to do with an option that is not known.
///
/// ```text
///   0   1   2   3   4   5   6   7      C  critical: refuse the message; else ignore the option
/// +---+---+---+---+---+---+---+---+    U  unsafe: a proxy must know it; else it may forward it
/// |           | NoCacheKey| U | C |    NoCacheKey, all ones and U zero: not part of the Cache-Key
/// +---+---+---+---+---+---+---+---+
/// ```
///
/// The registry is open: every number is an `OptionNumber`, those with a name are constants. The
/// options of signalling messages have numbers of their own, per code; see
/// [`signalling_definition`].
///
/// ```
/// use coap_codec::{Format, OptionNumber};
///
/// assert!(OptionNumber::URI_PATH.is_critical() && OptionNumber::URI_PATH.is_unsafe());
/// let etag = OptionNumber::ETAG.definition().unwrap();
/// assert_eq!((etag.name, etag.format), ("ETag", Format::Opaque));
/// assert!(etag.allows_len(8) && !etag.allows_len(9) && !etag.allows_len(0));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionNumber(pub u16);

impl OptionNumber {
    /// 1, the request is for a representation with this ETag, or for any if empty.
    pub const IF_MATCH: Self = Self(1);
    /// 3, the host of the URI.
    pub const URI_HOST: Self = Self(3);
    /// 4, which version of the representation this is.
    pub const ETAG: Self = Self(4);
    /// 5, the request is for a resource that does not exist yet.
    pub const IF_NONE_MATCH: Self = Self(5);
    /// 6, registration in a request, sequence number in a notification.
    pub const OBSERVE: Self = Self(6);
    /// 7, the port of the URI.
    pub const URI_PORT: Self = Self(7);
    /// 8, a path segment of the resource that was created.
    pub const LOCATION_PATH: Self = Self(8);
    /// 9, the message is protected by OSCORE.
    pub const OSCORE: Self = Self(9);
    /// 11, a path segment of the URI.
    pub const URI_PATH: Self = Self(11);
    /// 12, the format of the payload.
    pub const CONTENT_FORMAT: Self = Self(12);
    /// 14, how long the response may be cached, in seconds; [`OptionDefinition::MAX_AGE_DEFAULT`] if absent.
    pub const MAX_AGE: Self = Self(14);
    /// 15, an argument of the URI's query.
    pub const URI_QUERY: Self = Self(15);
    /// 16, how many more proxies may forward the request, 1 to 255.
    pub const HOP_LIMIT: Self = Self(16);
    /// 17, the format that the client wants.
    pub const ACCEPT: Self = Self(17);
    /// 19, a block of the request's body, sent without waiting for answers.
    pub const Q_BLOCK1: Self = Self(19);
    /// 20, an argument of the query of the resource that was created.
    pub const LOCATION_QUERY: Self = Self(20);
    /// 23, a block of the response's body.
    pub const BLOCK2: Self = Self(23);
    /// 27, a block of the request's body.
    pub const BLOCK1: Self = Self(27);
    /// 28, the size of the response's body in bytes.
    pub const SIZE2: Self = Self(28);
    /// 31, a block of the response's body, sent without waiting for requests.
    pub const Q_BLOCK2: Self = Self(31);
    /// 35, the whole URI, for a proxy.
    pub const PROXY_URI: Self = Self(35);
    /// 39, the scheme of the URI, for a proxy.
    pub const PROXY_SCHEME: Self = Self(39);
    /// 60, the size of the request's body in bytes.
    pub const SIZE1: Self = Self(60);
    /// 252, what the server wants back to see that a request is fresh.
    pub const ECHO: Self = Self(252);
    /// 258, the classes of responses that the client does without; [`Code::is_suppressed_by`].
    pub const NO_RESPONSE: Self = Self(258);
    /// 292, which blocks belong to one body.
    pub const REQUEST_TAG: Self = Self(292);

    /// 2 in a CSM: the largest message that the sender takes, in bytes; 1152 if it
    /// has not said.
    pub const MAX_MESSAGE_SIZE: Self = Self(2);
    /// 4 in a CSM: the sender knows block-wise transfers, and BERT if its Max-Message-Size is above
    /// 1152.
    pub const BLOCK_WISE_TRANSFER: Self = Self(4);
    /// 6 in a CSM: the longest token that the sender takes in a request, in bytes; 8 if
    /// it has not said.
    pub const EXTENDED_TOKEN_LENGTH: Self = Self(6);
    /// 2 in a Pong: all messages before the Ping have been processed; in a Ping: say when they have.
    pub const CUSTODY: Self = Self(2);
    /// 2 in a Release: open a connection there instead.
    pub const ALTERNATIVE_ADDRESS: Self = Self(2);
    /// 4 in a Release: do not connect again for so many seconds.
    pub const HOLD_OFF: Self = Self(4);
    /// 2 in an Abort: the number of the CSM option that could not be processed.
    pub const BAD_CSM_OPTION: Self = Self(2);

    /// Odd numbers: whoever does not know the option must not process the message. RFC 7252 sections
    /// 5.4.1 and 5.4.6.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn is_critical(self) -> bool {
        self.0 & 1 != 0
    }

    /// A proxy that does not know the option must not forward the message. RFC 7252 sections 5.4.2
    /// and 5.4.6.
    pub const fn is_unsafe(self) -> bool {
        self.0 & 2 != 0
    }

    /// Safe to forward, and not part of the Cache-Key. RFC 7252 sections 5.4.2 and 5.4.6.
    pub const fn is_no_cache_key(self) -> bool {
        self.0 & 0x1E == 0x1C
    }

    /// 65000 to 65535, for experiments only. RFC 7252 section 12.2.
    pub const fn is_experimental(self) -> bool {
        self.0 >= 65000
    }

    /// The name that the standard gives it in requests and responses, `None` if it is not
    /// registered.
    pub const fn name(self) -> Option<&'static str> {
        match self.definition() {
            Some(definition) => Some(definition.name),
            None => None,
        }
    }

    /// May it occur more than once in a message with this code? ETag and Q-Block2 may in requests
    /// only; an option that is not registered may.
    ///
    /// Signalling messages have options of their own; see [`signalling_definition`].
    pub const fn is_repeatable_in(self, code: Code) -> bool {
        match self {
            // RFC 7252 section 5.10.6.1; RFC 9177 section 4.1: when requesting missing blocks.
            Self::ETAG | Self::Q_BLOCK2 => code.is_request(),
            _ => match self.definition() {
                Some(definition) => definition.repeatable,
                None => true,
            },
        }
    }

    /// What the standards say of the option in requests and responses, `None` if it is not
    /// registered. Returned by value, so that only the columns that a program asks for end up in it.
    #[inline]
    pub const fn definition(self) -> Option<OptionDefinition> {
        use Format::{Empty, Opaque, String, Uint};
        Some(match self {
            Self::IF_MATCH => define("If-Match", Opaque, 0, 8, true, "RFC 7252 section 5.10.8.1"),
            Self::URI_HOST => define("Uri-Host", String, 1, 255, false, "RFC 7252 section 5.10.1"),
            Self::ETAG => define("ETag", Opaque, 1, 8, true, "RFC 7252 section 5.10.6"),
            Self::IF_NONE_MATCH => {
                define("If-None-Match", Empty, 0, 0, false, "RFC 7252 section 5.10.8.2")
            }
            Self::OBSERVE => define("Observe", Uint, 0, 3, false, "RFC 7641 section 2"),
            Self::URI_PORT => define("Uri-Port", Uint, 0, 2, false, "RFC 7252 section 5.10.1"),
            Self::LOCATION_PATH => {
                define("Location-Path", String, 0, 255, true, "RFC 7252 section 5.10.7")
            }
            Self::OSCORE => define("OSCORE", Opaque, 0, 255, false, "RFC 8613 section 2"),
            Self::URI_PATH => define("Uri-Path", String, 0, 255, true, "RFC 7252 section 5.10.1"),
            Self::CONTENT_FORMAT => {
                define("Content-Format", Uint, 0, 2, false, "RFC 7252 section 5.10.3")
            }
            Self::MAX_AGE => define("Max-Age", Uint, 0, 4, false, "RFC 7252 section 5.10.5"),
            Self::URI_QUERY => define("Uri-Query", String, 0, 255, true, "RFC 7252 section 5.10.1"),
            Self::HOP_LIMIT => define("Hop-Limit", Uint, 1, 1, false, "RFC 8768 section 3"),
            Self::ACCEPT => define("Accept", Uint, 0, 2, false, "RFC 7252 section 5.10.4"),
            Self::Q_BLOCK1 => define("Q-Block1", Uint, 0, 3, false, "RFC 9177 section 4.1"),
            Self::LOCATION_QUERY => {
                define("Location-Query", String, 0, 255, true, "RFC 7252 section 5.10.7")
            }
            Self::BLOCK2 => define("Block2", Uint, 0, 3, false, "RFC 7959 section 2.1"),
            Self::BLOCK1 => define("Block1", Uint, 0, 3, false, "RFC 7959 section 2.1"),
            Self::SIZE2 => define("Size2", Uint, 0, 4, false, "RFC 7959 section 4"),
            Self::Q_BLOCK2 => define("Q-Block2", Uint, 0, 3, true, "RFC 9177 section 4.1"),
            Self::PROXY_URI => {
                define("Proxy-Uri", String, 1, 1034, false, "RFC 7252 section 5.10.2")
            }
            Self::PROXY_SCHEME => {
                define("Proxy-Scheme", String, 1, 255, false, "RFC 7252 section 5.10.2")
            }
            Self::SIZE1 => define("Size1", Uint, 0, 4, false, "RFC 7252 section 5.10.9"),
            Self::ECHO => define("Echo", Opaque, 1, 40, false, "RFC 9175 section 2.2.1"),
            Self::NO_RESPONSE => define("No-Response", Uint, 0, 1, false, "RFC 7967 section 2"),
            Self::REQUEST_TAG => {
                define("Request-Tag", Opaque, 0, 8, true, "RFC 9175 section 3.2.1")
            }
            _ => return None,
        })
    }
}

/// `Uri-Path`, or the number if it is not registered.
impl fmt::Display for OptionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// `11 Uri-Path`, or the number alone if it is not registered.
impl fmt::Debug for OptionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// What a standard says of one option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OptionDefinition {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub format: Format,
    /// The fewest bytes that its value may have.
    pub min_len: u16,
    /// The most bytes that its value may have.
    pub max_len: u16,
    /// May it occur more than once? ETag and Q-Block2 in requests only; see
    /// [`OptionNumber::is_repeatable_in`].
    pub repeatable: bool,
    /// Where it is defined.
    pub section: &'static str,
}

impl OptionDefinition {
    /// Seconds that a response without Max-Age may be cached. RFC 7252 section 5.10.5.
    pub const MAX_AGE_DEFAULT: u32 = 60;

    /// The Hop-Limit that a proxy puts in if it is told no other. RFC 8768 section 3.
    pub const HOP_LIMIT_DEFAULT: u8 = 16;

    /// May its value have `len` bytes? If not, the option is treated as one that is not known. RFC 7252
    /// section 5.4.3.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub const fn allows_len(&self, len: usize) -> bool {
        self.min_len as usize <= len && len <= self.max_len as usize
    }
}

/// What the value of an option is. RFC 7252 section 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// No bytes.
    Empty,
    /// Bytes that only their maker understands.
    Opaque,
    /// A number, big-endian, shortest form preferred; [`Uint`](crate::Uint).
    Uint,
    /// Text in UTF-8.
    String,
}

/// What the standards say of an option in a signalling message with this code, `None` if it is not
/// registered there. RFC 8323 section 5, RFC 8974 section 2.2.1, RFC 8613 section 13.3.
///
/// ```
/// use coap_codec::{Code, OptionNumber, signalling_definition};
///
/// let option = signalling_definition(Code::CSM, OptionNumber(2)).unwrap();
/// assert_eq!(option.name, "Max-Message-Size");
/// let option = signalling_definition(Code::ABORT, OptionNumber(2)).unwrap();
/// assert_eq!(option.name, "Bad-CSM-Option");
/// ```
#[inline]
pub const fn signalling_definition(code: Code, number: OptionNumber) -> Option<OptionDefinition> {
    use Format::{Empty, String, Uint};
    Some(match (code, number) {
        (Code::CSM, OptionNumber::MAX_MESSAGE_SIZE) => {
            define("Max-Message-Size", Uint, 0, 4, false, "RFC 8323 section 5.3.1")
        }
        (Code::CSM, OptionNumber::BLOCK_WISE_TRANSFER) => {
            define("Block-Wise-Transfer", Empty, 0, 0, false, "RFC 8323 section 5.3.2")
        }
        (Code::CSM, OptionNumber::EXTENDED_TOKEN_LENGTH) => {
            define("Extended-Token-Length", Uint, 0, 3, false, "RFC 8974 section 2.2.1")
        }
        (Code::PING | Code::PONG, OptionNumber::CUSTODY) => {
            define("Custody", Empty, 0, 0, false, "RFC 8323 section 5.4.1")
        }
        (Code::RELEASE, OptionNumber::ALTERNATIVE_ADDRESS) => {
            define("Alternative-Address", String, 1, 255, true, "RFC 8323 section 5.5")
        }
        (Code::RELEASE, OptionNumber::HOLD_OFF) => {
            define("Hold-Off", Uint, 0, 3, false, "RFC 8323 section 5.5")
        }
        (Code::ABORT, OptionNumber::BAD_CSM_OPTION) => {
            define("Bad-CSM-Option", Uint, 0, 2, false, "RFC 8323 section 5.6")
        }
        (code, OptionNumber::OSCORE) if code.is_signalling() => {
            return OptionNumber::OSCORE.definition();
        }
        _ => return None,
    })
}

const fn define(
    name: &'static str,
    format: Format,
    min_len: u16,
    max_len: u16,
    repeatable: bool,
    section: &'static str,
) -> OptionDefinition {
    OptionDefinition { name, format, min_len, max_len, repeatable, section }
}
