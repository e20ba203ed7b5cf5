//! Codes: what a message asks, or what became of a request. RFC 7252 sections 3, 5.8, 5.9 and 12.1.

use core::fmt;

/// The Code of a message: a class of 3 bits and a detail of 5, written `c.dd`.
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-----+---------+      0.00       Empty            2.00-2.31  Success
/// |class| detail  |      0.01-0.31  request          4.00-4.31  Client Error
/// +-----+---------+      7.00-7.31  signalling       5.00-5.31  Server Error
/// ```
///
/// The registry is open: every number is a `Code`, those that have a name are constants.
///
/// ```
/// use coap_codec::Code;
///
/// assert_eq!(Code::CONTENT.0, 0x45);
/// assert_eq!(Code::new(2, 5), Some(Code::CONTENT));
/// assert_eq!(format!("{} {:#}", Code::CONTENT, Code::NOT_FOUND), "2.05 4.04 Not Found");
/// assert_eq!(Code::GET.name(), Some("GET"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u8);

impl Code {
    /// 0.00, an Empty message: an acknowledgement, a reset, a ping. RFC 7252 section 4.1.
    pub const EMPTY: Self = Self(0x00);

    /// 0.01, retrieves a representation. Safe and idempotent.
    pub const GET: Self = Self(0x01);
    /// 0.02, has the payload processed. Neither safe nor idempotent.
    pub const POST: Self = Self(0x02);
    /// 0.03, updates or creates the resource with the payload. Idempotent.
    pub const PUT: Self = Self(0x03);
    /// 0.04, deletes the resource. Idempotent.
    pub const DELETE: Self = Self(0x04);
    /// 0.05, retrieves what the payload asks for. Safe and idempotent.
    pub const FETCH: Self = Self(0x05);
    /// 0.06, changes a part of the resource. Neither safe nor idempotent.
    pub const PATCH: Self = Self(0x06);
    /// 0.07, changes a part of the resource. Idempotent.
    pub const IPATCH: Self = Self(0x07);

    /// 2.01, the request led to a new resource; Location-* says where.
    pub const CREATED: Self = Self(0x41);
    /// 2.02, the resource no longer exists.
    pub const DELETED: Self = Self(0x42);
    /// 2.03, the representation with this ETag is still the right one.
    pub const VALID: Self = Self(0x43);
    /// 2.04, a POST or PUT was successful.
    pub const CHANGED: Self = Self(0x44);
    /// 2.05, the payload is the representation asked for.
    pub const CONTENT: Self = Self(0x45);
    /// 2.31, a block was taken, send the next.
    pub const CONTINUE: Self = Self(0x5F);

    /// 4.00, also what an unknown 4.xx means.
    pub const BAD_REQUEST: Self = Self(0x80);
    /// 4.01, the client is not authorized.
    pub const UNAUTHORIZED: Self = Self(0x81);
    /// 4.02, a critical option is not recognized, or malformed.
    pub const BAD_OPTION: Self = Self(0x82);
    /// 4.03, refused, whoever asks.
    pub const FORBIDDEN: Self = Self(0x83);
    /// 4.04, no such resource.
    pub const NOT_FOUND: Self = Self(0x84);
    /// 4.05, not with this method.
    pub const METHOD_NOT_ALLOWED: Self = Self(0x85);
    /// 4.06, not in the Content-Format that Accept names.
    pub const NOT_ACCEPTABLE: Self = Self(0x86);
    /// 4.08, blocks of the request's body are missing.
    pub const REQUEST_ENTITY_INCOMPLETE: Self = Self(0x88);
    /// 4.09, the change would leave the resource inconsistent.
    pub const CONFLICT: Self = Self(0x89);
    /// 4.12, If-Match or If-None-Match did not hold.
    pub const PRECONDITION_FAILED: Self = Self(0x8C);
    /// 4.13, larger than the server can take; Size1 says how large it may be.
    pub const REQUEST_ENTITY_TOO_LARGE: Self = Self(0x8D);
    /// 4.15, the payload's Content-Format is not understood here.
    pub const UNSUPPORTED_CONTENT_FORMAT: Self = Self(0x8F);
    /// 4.22, the payload is well-formed, but cannot be processed.
    pub const UNPROCESSABLE_ENTITY: Self = Self(0x96);
    /// 4.29, ask again after Max-Age seconds.
    pub const TOO_MANY_REQUESTS: Self = Self(0x9D);

    /// 5.00, also what an unknown 5.xx means.
    pub const INTERNAL_SERVER_ERROR: Self = Self(0xA0);
    /// 5.01, not implemented.
    pub const NOT_IMPLEMENTED: Self = Self(0xA1);
    /// 5.02, a proxy got a response that it does not understand.
    pub const BAD_GATEWAY: Self = Self(0xA2);
    /// 5.03, ask again after Max-Age seconds.
    pub const SERVICE_UNAVAILABLE: Self = Self(0xA3);
    /// 5.04, a proxy got no response in time.
    pub const GATEWAY_TIMEOUT: Self = Self(0xA4);
    /// 5.05, the server is no forward-proxy for this URI.
    pub const PROXYING_NOT_SUPPORTED: Self = Self(0xA5);
    /// 5.08, the Hop-Limit ran out: proxies in a loop.
    pub const HOP_LIMIT_REACHED: Self = Self(0xA8);

    /// 7.01, capabilities and settings, the first message of each side of a connection.
    pub const CSM: Self = Self(0xE1);
    /// 7.02, asks for a Pong.
    pub const PING: Self = Self(0xE2);
    /// 7.03, answers a Ping with its token.
    pub const PONG: Self = Self(0xE3);
    /// 7.04, asks the peer to close the connection in order.
    pub const RELEASE: Self = Self(0xE4);
    /// 7.05, the sender closes the connection now.
    pub const ABORT: Self = Self(0xE5);

    /// The code `class.detail`; `None` if the class is above 7 or the detail above 31.
    pub const fn new(class: u8, detail: u8) -> Option<Self> {
        if class > 7 || detail > 31 { None } else { Some(Self(class << 5 | detail)) }
    }

    /// The class, 0 to 7.
    pub const fn class(self) -> u8 {
        self.0 >> 5
    }

    /// The detail, 0 to 31.
    pub const fn detail(self) -> u8 {
        self.0 & 0x1F
    }

    /// 0.00.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// 0.01 to 0.31, known or not.
    pub const fn is_request(self) -> bool {
        self.class() == 0 && self.0 != 0
    }

    /// 2.xx, 4.xx and 5.xx, known or not.
    pub const fn is_response(self) -> bool {
        matches!(self.class(), 2 | 4 | 5)
    }

    /// 2.xx.
    pub const fn is_success(self) -> bool {
        self.class() == 2
    }

    /// 4.xx.
    pub const fn is_client_error(self) -> bool {
        self.class() == 4
    }

    /// 5.xx.
    pub const fn is_server_error(self) -> bool {
        self.class() == 5
    }

    /// 7.xx: about the connection itself, over reliable transports only. RFC 8323 section 5.1.
    pub const fn is_signalling(self) -> bool {
        self.class() == 7
    }

    /// 1.xx, 3.xx and 6.xx. RFC 7252 sections 12.1 and 12.1.2; RFC 8323 section 11.1 has taken 7.xx
    /// out.
    pub const fn is_reserved(self) -> bool {
        matches!(self.class(), 1 | 3 | 6)
    }

    /// A method that does not change the resource: GET and FETCH. RFC 8132 section 4.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::GET | Self::FETCH)
    }

    /// A method that may be repeated with the same effect: all known ones but POST and PATCH.
    /// RFC 8132 section 4.
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::GET | Self::PUT | Self::DELETE | Self::FETCH | Self::IPATCH)
    }

    /// What an endpoint that does not know the code takes it for: 4.00 for an unknown 4.xx, 5.00 for
    /// an unknown 5.xx, else the code itself. There is no generic 2.xx: an unknown one says only that
    /// the request was successful. RFC 7252 section 5.2.
    ///
    /// ```
    /// use coap_codec::Code;
    ///
    /// assert_eq!(Code(0x9F).class_default(), Code::BAD_REQUEST);
    /// assert_eq!(Code::NOT_FOUND.class_default(), Code::NOT_FOUND);
    /// ```
    pub const fn class_default(self) -> Self {
        match self.class() {
            4 if self.entry().is_none() => Self::BAD_REQUEST,
            5 if self.entry().is_none() => Self::INTERNAL_SERVER_ERROR,
            _ => self,
        }
    }

    /// Is the client not interested in this response, by the value of its No-Response option?
    /// Bit n-1 stands for class n, 0 for interest in all. RFC 7967 section 2.1.
    ///
    /// ```
    /// use coap_codec::Code;
    ///
    /// assert!(Code::CONTENT.is_suppressed_by(2) && !Code::NOT_FOUND.is_suppressed_by(2));
    /// ```
    pub const fn is_suppressed_by(self, no_response: u8) -> bool {
        self.is_response() && (no_response as u16) << 1 >> self.class() & 1 == 1
    }

    /// The name that the standard gives it, `None` if it is not registered.
    pub const fn name(self) -> Option<&'static str> {
        match self.entry() {
            Some(entry) => Some(entry.name),
            None => None,
        }
    }

    /// Where the standard defines it, `None` if it is not registered.
    pub const fn section(self) -> Option<&'static str> {
        match self.entry() {
            Some(entry) => Some(entry.section),
            None => None,
        }
    }

    /// Everything that is known by the number alone. Returned by value, so that only the columns
    /// that a program asks for end up in it.
    #[inline]
    pub(crate) const fn entry(self) -> Option<Entry> {
        Some(match self {
            Self::EMPTY => entry("Empty", "RFC 7252 section 4.1", 0),
            Self::GET => entry("GET", "RFC 7252 section 5.8.1", 0),
            Self::POST => entry("POST", "RFC 7252 section 5.8.2", 0),
            Self::PUT => entry("PUT", "RFC 7252 section 5.8.3", 0),
            Self::DELETE => entry("DELETE", "RFC 7252 section 5.8.4", 0),
            Self::FETCH => entry("FETCH", "RFC 8132 section 2", 0),
            Self::PATCH => entry("PATCH", "RFC 8132 section 3", 0),
            Self::IPATCH => entry("iPATCH", "RFC 8132 section 3", 0),
            Self::CREATED => entry("Created", "RFC 7252 section 5.9.1.1", 201),
            Self::DELETED => entry("Deleted", "RFC 7252 section 5.9.1.2", 204),
            Self::VALID => entry("Valid", "RFC 7252 section 5.9.1.3", 304),
            Self::CHANGED => entry("Changed", "RFC 7252 section 5.9.1.4", 204),
            Self::CONTENT => entry("Content", "RFC 7252 section 5.9.1.5", 200),
            Self::CONTINUE => entry("Continue", "RFC 7959 section 2.9.1", 0),
            Self::BAD_REQUEST => entry("Bad Request", "RFC 7252 section 5.9.2.1", 400),
            Self::UNAUTHORIZED => entry("Unauthorized", "RFC 7252 section 5.9.2.2", 403),
            Self::BAD_OPTION => entry("Bad Option", "RFC 7252 section 5.9.2.3", 500),
            Self::FORBIDDEN => entry("Forbidden", "RFC 7252 section 5.9.2.4", 403),
            Self::NOT_FOUND => entry("Not Found", "RFC 7252 section 5.9.2.5", 404),
            Self::METHOD_NOT_ALLOWED => {
                entry("Method Not Allowed", "RFC 7252 section 5.9.2.6", 400)
            }
            Self::NOT_ACCEPTABLE => entry("Not Acceptable", "RFC 7252 section 5.9.2.7", 406),
            Self::REQUEST_ENTITY_INCOMPLETE => {
                entry("Request Entity Incomplete", "RFC 7959 section 2.9.2", 0)
            }
            Self::CONFLICT => entry("Conflict", "RFC 8132 section 3.4", 409),
            Self::PRECONDITION_FAILED => {
                entry("Precondition Failed", "RFC 7252 section 5.9.2.8", 412)
            }
            Self::REQUEST_ENTITY_TOO_LARGE => {
                entry("Request Entity Too Large", "RFC 7252 section 5.9.2.9", 413)
            }
            Self::UNSUPPORTED_CONTENT_FORMAT => {
                entry("Unsupported Content-Format", "RFC 7252 section 5.9.2.10", 415)
            }
            Self::UNPROCESSABLE_ENTITY => {
                entry("Unprocessable Entity", "RFC 8132 section 3.4", 422)
            }
            Self::TOO_MANY_REQUESTS => entry("Too Many Requests", "RFC 8516 section 3", 429),
            Self::INTERNAL_SERVER_ERROR => {
                entry("Internal Server Error", "RFC 7252 section 5.9.3.1", 500)
            }
            Self::NOT_IMPLEMENTED => entry("Not Implemented", "RFC 7252 section 5.9.3.2", 501),
            Self::BAD_GATEWAY => entry("Bad Gateway", "RFC 7252 section 5.9.3.3", 502),
            Self::SERVICE_UNAVAILABLE => {
                entry("Service Unavailable", "RFC 7252 section 5.9.3.4", 503)
            }
            Self::GATEWAY_TIMEOUT => entry("Gateway Timeout", "RFC 7252 section 5.9.3.5", 504),
            Self::PROXYING_NOT_SUPPORTED => {
                entry("Proxying Not Supported", "RFC 7252 section 5.9.3.6", 502)
            }
            Self::HOP_LIMIT_REACHED => entry("Hop Limit Reached", "RFC 8768 section 3", 508),
            Self::CSM => entry("CSM", "RFC 8323 section 5.3", 0),
            Self::PING => entry("Ping", "RFC 8323 section 5.4", 0),
            Self::PONG => entry("Pong", "RFC 8323 section 5.4", 0),
            Self::RELEASE => entry("Release", "RFC 8323 section 5.5", 0),
            Self::ABORT => entry("Abort", "RFC 8323 section 5.6", 0),
            _ => return None,
        })
    }
}

/// `2.05`, and with `{:#}` `2.05 Content`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.class(), self.detail())?;
        match self.name() {
            Some(name) if f.alternate() => write!(f, " {name}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A row of the registries.
pub(crate) struct Entry {
    name: &'static str,
    section: &'static str,
    /// The HTTP status code of RFC 8075 section 7 where no note says otherwise, 0 for none.
    pub(crate) http_status: u16,
}

const fn entry(name: &'static str, section: &'static str, http_status: u16) -> Entry {
    Entry { name, section, http_status }
}
