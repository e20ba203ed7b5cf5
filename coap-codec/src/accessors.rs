//! Typed access to the options of RFC 7252 and those that came after it.

use core::iter::FusedIterator;

use crate::block::Block;
use crate::code::Code;
use crate::content_format::ContentFormat;
use crate::observe::Observe;
use crate::option_number::{OptionDefinition, OptionNumber};
use crate::options::{Options, OptionsIter};
use crate::uint::Uint;

/// Each reads the first occurrence, and gives `None` if there is none or if its value has a length
/// that its definition does not allow: RFC 7252 sections 5.4.3 and 5.4.5 treat that, and every
/// occurrence too many, as an option that is not recognized. For critical options
/// [`react`](crate::react) has refused the message by then.
impl<'a> Options<'a> {
    /// The values of every option of this number, in their order.
    pub const fn all(&self, number: OptionNumber) -> Values<'a> {
        Values { options: self.iter(), number }
    }

    /// The value of the first option of this number.
    pub fn first(&self, number: OptionNumber) -> Option<&'a [u8]> {
        self.all(number).next()
    }

    /// True if there is an option of this number.
    pub fn contains(&self, number: OptionNumber) -> bool {
        self.first(number).is_some()
    }

    /// The first value, if its length is allowed.
    fn bytes(&self, number: OptionNumber) -> Option<&'a [u8]> {
        let value = self.first(number)?;
        match number.definition() {
            Some(definition) if !definition.allows_len(value.len()) => None,
            _ => Some(value),
        }
    }

    fn uint(&self, number: OptionNumber) -> Option<u32> {
        u32::try_from(Uint::decode(self.bytes(number)?)?).ok()
    }

    fn string(&self, number: OptionNumber) -> Option<&'a str> {
        core::str::from_utf8(self.bytes(number)?).ok()
    }

    fn empty(&self, number: OptionNumber) -> bool {
        self.bytes(number).is_some()
    }

    /// If-Match: ETags, of which one has to be that of the resource; an empty one stands for any.
    /// RFC 7252 section 5.10.8.1.
    pub const fn if_match(&self) -> Values<'a> {
        self.all(OptionNumber::IF_MATCH)
    }

    /// Uri-Host. RFC 7252 section 5.10.1.
    pub fn uri_host(&self) -> Option<&'a str> {
        self.string(OptionNumber::URI_HOST)
    }

    /// ETag of a response; a request may carry several, see [`all`](Self::all). RFC 7252 section
    /// 5.10.6.
    pub fn etag(&self) -> Option<&'a [u8]> {
        self.bytes(OptionNumber::ETAG)
    }

    /// If-None-Match: only if there is no such resource. RFC 7252 section 5.10.8.2.
    pub fn if_none_match(&self) -> bool {
        self.empty(OptionNumber::IF_NONE_MATCH)
    }

    /// Observe, as it is; what it means depends on the message. RFC 7641 section 2.
    pub fn observe(&self) -> Option<Observe> {
        Observe::decode(self.first(OptionNumber::OBSERVE)?)
    }

    /// Uri-Port. RFC 7252 section 5.10.1.
    pub fn uri_port(&self) -> Option<u16> {
        u16::try_from(self.uint(OptionNumber::URI_PORT)?).ok()
    }

    /// Location-Path: the segments of where a resource was created. RFC 7252 section 5.10.7.
    pub const fn location_path(&self) -> Values<'a> {
        self.all(OptionNumber::LOCATION_PATH)
    }

    /// OSCORE, as bytes. RFC 8613 section 2.
    pub fn oscore(&self) -> Option<&'a [u8]> {
        self.bytes(OptionNumber::OSCORE)
    }

    /// Uri-Path: the segments of the path, percent-decoded; UTF-8 if [`react`](crate::react) let the
    /// message pass. RFC 7252 section 5.10.1.
    pub const fn uri_path(&self) -> Values<'a> {
        self.all(OptionNumber::URI_PATH)
    }

    /// True if the segments of Uri-Path are those of `path` between its slashes; `""` is no path at
    /// all. A slash within a segment is none between two.
    ///
    /// ```
    /// # use coap_codec::{CoapOption, OptionNumber, Options};
    /// let path = [CoapOption::new(OptionNumber::URI_PATH, b"a/b")];
    /// assert!(!Options::new(&path).path_is("a/b"));
    /// ```
    pub fn path_is(&self, path: &str) -> bool {
        let mut segments = self.uri_path();
        if path.is_empty() {
            return segments.next().is_none();
        }
        segments.eq(path.as_bytes().split(|byte| *byte == b'/'))
    }

    /// Content-Format of the payload. RFC 7252 section 5.10.3.
    pub fn content_format(&self) -> Option<ContentFormat> {
        self.format(OptionNumber::CONTENT_FORMAT)
    }

    fn format(&self, number: OptionNumber) -> Option<ContentFormat> {
        u16::try_from(self.uint(number)?).ok().map(ContentFormat)
    }

    /// Max-Age in seconds: how long a response stays fresh; 60 if there is none. RFC 7252 section
    /// 5.10.5.
    pub fn max_age(&self) -> u32 {
        self.uint(OptionNumber::MAX_AGE).unwrap_or(OptionDefinition::MAX_AGE_DEFAULT)
    }

    /// Uri-Query: the arguments, percent-decoded; UTF-8 if [`react`](crate::react) let the message
    /// pass. RFC 7252 section 5.10.1.
    pub const fn uri_query(&self) -> Values<'a> {
        self.all(OptionNumber::URI_QUERY)
    }

    /// Hop-Limit. Requests with 0 have been refused by [`react`](crate::react). RFC 8768 section 3.
    pub fn hop_limit(&self) -> Option<u8> {
        u8::try_from(self.uint(OptionNumber::HOP_LIMIT)?).ok()
    }

    /// Accept: the one Content-Format that the client wants. RFC 7252 section 5.10.4.
    pub fn accept(&self) -> Option<ContentFormat> {
        self.format(OptionNumber::ACCEPT)
    }

    /// Q-Block1. RFC 9177 section 4.1.
    pub fn q_block1(&self) -> Option<Block> {
        self.block(OptionNumber::Q_BLOCK1)
    }

    /// Location-Query: arguments of where a resource was created. RFC 7252 section 5.10.7.
    pub const fn location_query(&self) -> Values<'a> {
        self.all(OptionNumber::LOCATION_QUERY)
    }

    /// Block2: which part of a response. [`Szx::Bert`](crate::Szx::Bert) is for reliable transports;
    /// over UDP [`react`](crate::react) has refused it. RFC 7959 section 2, RFC 8323 section 6.
    pub fn block2(&self) -> Option<Block> {
        self.block(OptionNumber::BLOCK2)
    }

    /// Block1: which part of a request. As [`block2`](Self::block2).
    pub fn block1(&self) -> Option<Block> {
        self.block(OptionNumber::BLOCK1)
    }

    fn block(&self, number: OptionNumber) -> Option<Block> {
        Block::decode_reliable(self.first(number)?).ok()
    }

    /// Size2: size of the whole response in bytes, 0 in a request that asks for it. RFC 7959 section
    /// 4.
    pub fn size2(&self) -> Option<u32> {
        self.uint(OptionNumber::SIZE2)
    }

    /// Q-Block2. RFC 9177 section 4.1.
    pub fn q_block2(&self) -> Option<Block> {
        self.block(OptionNumber::Q_BLOCK2)
    }

    /// Proxy-Uri. RFC 7252 section 5.10.2.
    pub fn proxy_uri(&self) -> Option<&'a str> {
        self.string(OptionNumber::PROXY_URI)
    }

    /// Proxy-Scheme. RFC 7252 section 5.10.2.
    pub fn proxy_scheme(&self) -> Option<&'a str> {
        self.string(OptionNumber::PROXY_SCHEME)
    }

    /// Size1: size of the whole request in bytes. RFC 7252 section 5.10.9.
    pub fn size1(&self) -> Option<u32> {
        self.uint(OptionNumber::SIZE1)
    }

    /// Echo: proof that a request is fresh and its address real. RFC 9175 section 2.2.1.
    pub fn echo(&self) -> Option<&'a [u8]> {
        self.bytes(OptionNumber::ECHO)
    }

    /// True if the client does not want a response of this class, by No-Response. RFC 7967 section
    /// 2.1.
    pub fn no_response(&self, code: Code) -> bool {
        let unwanted = self.uint(OptionNumber::NO_RESPONSE).unwrap_or(0);
        code.is_suppressed_by(unwanted as u8)
    }

    /// True if No-Response is there and asks for responses of this class: also where a server would
    /// otherwise be silent. RFC 7967 section 2.1.
    pub(crate) fn wants_response(&self, code: Code) -> bool {
        // One of a length that is not allowed is ignored, as if there were none.
        self.bytes(OptionNumber::NO_RESPONSE).is_some() && !self.no_response(code)
    }

    /// Request-Tag: tells the transfers of one client apart. RFC 9175 section 3.2.1.
    pub const fn request_tag(&self) -> Values<'a> {
        self.all(OptionNumber::REQUEST_TAG)
    }
}

/// The values of every option of one number.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    options: OptionsIter<'a>,
    number: OptionNumber,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.options.find(|option| option.number == self.number).map(|option| option.value)
    }
}

impl FusedIterator for Values<'_> {}
