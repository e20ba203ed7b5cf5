//! Content-Formats: a number for a media type with its parameters and content coding. RFC 7252
//! section 12.3.

use core::fmt;

/// The value of a Content-Format or Accept option.
///
/// The registry is open: every number is a `ContentFormat`, well-known ones are constants. 256 to
/// 9999 belong to the IETF, 10000 to 64999 to whoever comes first, 65000 to 65535 to experiments.
///
/// ```
/// use coap_codec::ContentFormat;
///
/// assert_eq!(ContentFormat::TEXT_PLAIN.media_type(), Some("text/plain; charset=utf-8"));
/// assert_eq!(ContentFormat::from_media_type("Application/CBOR"), Some(ContentFormat::CBOR));
/// assert_eq!(ContentFormat(65000).media_type(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentFormat(pub u16);

impl ContentFormat {
    /// 0, `text/plain; charset=utf-8`. RFC 7252.
    pub const TEXT_PLAIN: Self = Self(0);
    /// 16, `application/cose; cose-type="cose-encrypt0"`. RFC 9052.
    pub const COSE_ENCRYPT0: Self = Self(16);
    /// 17, `application/cose; cose-type="cose-mac0"`. RFC 9052.
    pub const COSE_MAC0: Self = Self(17);
    /// 18, `application/cose; cose-type="cose-sign1"`. RFC 9052.
    pub const COSE_SIGN1: Self = Self(18);
    /// 40, `application/link-format`. RFC 6690.
    pub const LINK_FORMAT: Self = Self(40);
    /// 41, `application/xml`. RFC 7252.
    pub const XML: Self = Self(41);
    /// 42, `application/octet-stream`. RFC 7252.
    pub const OCTET_STREAM: Self = Self(42);
    /// 47, `application/exi`. RFC 7252.
    pub const EXI: Self = Self(47);
    /// 50, `application/json`. RFC 7252.
    pub const JSON: Self = Self(50);
    /// 51, `application/json-patch+json`. RFC 8132.
    pub const JSON_PATCH: Self = Self(51);
    /// 52, `application/merge-patch+json`. RFC 8132.
    pub const MERGE_PATCH: Self = Self(52);
    /// 60, `application/cbor`. RFC 8949.
    pub const CBOR: Self = Self(60);
    /// 61, `application/cwt`. RFC 8392.
    pub const CWT: Self = Self(61);
    /// 62, `application/multipart-core`. RFC 8710.
    pub const MULTIPART_CORE: Self = Self(62);
    /// 63, `application/cbor-seq`. RFC 8742.
    pub const CBOR_SEQ: Self = Self(63);
    /// 96, `application/cose; cose-type="cose-encrypt"`. RFC 9052.
    pub const COSE_ENCRYPT: Self = Self(96);
    /// 97, `application/cose; cose-type="cose-mac"`. RFC 9052.
    pub const COSE_MAC: Self = Self(97);
    /// 98, `application/cose; cose-type="cose-sign"`. RFC 9052.
    pub const COSE_SIGN: Self = Self(98);
    /// 101, `application/cose-key`. RFC 9052.
    pub const COSE_KEY: Self = Self(101);
    /// 102, `application/cose-key-set`. RFC 9052.
    pub const COSE_KEY_SET: Self = Self(102);
    /// 110, `application/senml+json`. RFC 8428.
    pub const SENML_JSON: Self = Self(110);
    /// 111, `application/sensml+json`. RFC 8428.
    pub const SENSML_JSON: Self = Self(111);
    /// 112, `application/senml+cbor`. RFC 8428.
    pub const SENML_CBOR: Self = Self(112);
    /// 113, `application/sensml+cbor`. RFC 8428.
    pub const SENSML_CBOR: Self = Self(113);
    /// 114, `application/senml-exi`. RFC 8428.
    pub const SENML_EXI: Self = Self(114);
    /// 115, `application/sensml-exi`. RFC 8428.
    pub const SENSML_EXI: Self = Self(115);
    /// 256, `application/coap-group+json`. RFC 7390.
    pub const COAP_GROUP_JSON: Self = Self(256);
    /// 271, `application/dots+cbor`. RFC 9132.
    pub const DOTS_CBOR: Self = Self(271);
    /// 272, `application/missing-blocks+cbor-seq`. RFC 9177.
    pub const MISSING_BLOCKS_CBOR_SEQ: Self = Self(272);
    /// 310, `application/senml+xml`. RFC 8428.
    pub const SENML_XML: Self = Self(310);
    /// 311, `application/sensml+xml`. RFC 8428.
    pub const SENSML_XML: Self = Self(311);
    /// 320, `application/senml-etch+json`. RFC 8790.
    pub const SENML_ETCH_JSON: Self = Self(320);
    /// 322, `application/senml-etch+cbor`. RFC 8790.
    pub const SENML_ETCH_CBOR: Self = Self(322);
    /// 10000, `application/vnd.ocf+cbor`.
    pub const OCF_CBOR: Self = Self(10000);
    /// 10001, `application/oscore`. RFC 8613.
    pub const OSCORE: Self = Self(10001);
    /// 11050, `application/json`, coded as `deflate`.
    pub const JSON_DEFLATE: Self = Self(11050);
    /// 11060, `application/cbor`, coded as `deflate`.
    pub const CBOR_DEFLATE: Self = Self(11060);
    /// 11542, `application/vnd.oma.lwm2m+tlv`.
    pub const LWM2M_TLV: Self = Self(11542);
    /// 11543, `application/vnd.oma.lwm2m+json`.
    pub const LWM2M_JSON: Self = Self(11543);

    /// The media type with its parameters, as the registry writes it; `None` if the number is not in
    /// our table.
    pub const fn media_type(self) -> Option<&'static str> {
        let mut rest = TABLE;
        while let Some(((format, media_type), after)) = rest.split_first() {
            if format.0 == self.0 {
                return Some(media_type);
            }
            rest = after;
        }
        None
    }

    /// The content coding, for HTTP's Content-Encoding; `None` for identity, and if the number is
    /// not in our table.
    pub const fn content_coding(self) -> Option<&'static str> {
        match self {
            Self::JSON_DEFLATE | Self::CBOR_DEFLATE => Some("deflate"),
            _ => None,
        }
    }

    /// The number for a media type without content coding; `None` if it is malformed or not in our
    /// table.
    ///
    /// Type, subtype and parameters are compared without case, a quoted value equals the same value
    /// without quotes, spaces may stand around `;`, as RFC 9110 sections 5.6.6 and 8.3.1 have it. The
    /// parameters must be those of the table, no more and no fewer. One exception: `text/plain`
    /// alone is US-ASCII (RFC 2046 section 4.1.2), which is UTF-8 too, and is 0.
    ///
    /// ```
    /// use coap_codec::ContentFormat;
    ///
    /// let format = ContentFormat::from_media_type("text/plain;Charset=\"UTF-8\"");
    /// assert_eq!(format, Some(ContentFormat::TEXT_PLAIN));
    /// assert_eq!(ContentFormat::from_media_type("text/plain;charset=iso-8859-1"), None);
    /// assert_eq!(ContentFormat::from_media_type("text/plain;"), Some(ContentFormat::TEXT_PLAIN));
    /// ```
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        Self::lookup(&MediaType::parse(media_type)?, None)
    }

    /// The number for a media type with a content coding, as HTTP's Content-Type and
    /// Content-Encoding name them. `identity` is no coding. Several codings have no number.
    ///
    /// ```
    /// use coap_codec::ContentFormat;
    ///
    /// let format = ContentFormat::from_coded_media_type("application/json", "deflate");
    /// assert_eq!(format, Some(ContentFormat::JSON_DEFLATE));
    /// assert_eq!(ContentFormat::from_coded_media_type("text/plain", "br"), None);
    /// ```
    pub fn from_coded_media_type(media_type: &str, content_coding: &str) -> Option<Self> {
        let coded = !content_coding.eq_ignore_ascii_case("identity");
        Self::lookup(&MediaType::parse(media_type)?, coded.then_some(content_coding))
    }

    pub(crate) fn lookup(media_type: &MediaType<'_>, coding: Option<&str>) -> Option<Self> {
        TABLE.iter().map(|(format, _)| *format).find(|format| {
            let same_coding = match (format.content_coding(), coding) {
                (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(theirs),
                (ours, theirs) => ours.is_none() && theirs.is_none(),
            };
            same_coding && media_type.means(*format)
        })
    }
}

/// The media type, or the number if it is not in our table.
impl fmt::Display for ContentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.media_type() {
            Some(media_type) => f.write_str(media_type),
            None => write!(f, "{}", self.0),
        }
    }
}

/// `50 application/json`, or the number alone if it is not in our table.
impl fmt::Debug for ContentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        match self.media_type() {
            Some(media_type) => write!(f, " {media_type}"),
            None => Ok(()),
        }
    }
}

/// A media type as HTTP writes it: `type "/" subtype *( OWS ";" OWS [ name "=" value ] )`. RFC 9110
/// section 8.3.1. In bytes: the searches of `str` can panic for all that the compiler knows.
#[derive(Clone, Copy)]
pub(crate) struct MediaType<'a> {
    pub(crate) main: &'a [u8],
    pub(crate) subtype: &'a [u8],
    /// What follows the subtype; its grammar has been checked.
    parameters: Parameters<'a>,
}

impl<'a> MediaType<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (main, rest) = token(without_spaces(text.as_bytes()))?;
        let (subtype, rest) = token(rest.strip_prefix(b"/")?)?;
        let mut check = Parameters(rest);
        while check.next().is_some() {}
        let is_whole = without_spaces(check.0).is_empty();
        is_whole.then_some(Self { main, subtype, parameters: Parameters(rest) })
    }

    /// Are type and subtype these?
    pub(crate) fn is(&self, main: &[u8], subtype: &[u8]) -> bool {
        self.main.eq_ignore_ascii_case(main) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    pub(crate) fn without_parameters(&self) -> Self {
        Self { parameters: Parameters(b""), ..*self }
    }

    pub(crate) fn parameters(&self) -> Parameters<'a> {
        self.parameters
    }

    /// The same type with the same parameters as that of `format`? None of those has more than one.
    fn means(&self, format: ContentFormat) -> bool {
        let Some(registered) = format.media_type().and_then(MediaType::parse) else {
            return false;
        };
        let (mut ours, mut theirs) = (registered.parameters, self.parameters);
        let same_parameters = match (ours.next(), theirs.next(), theirs.next()) {
            (None, None, None) => true,
            (Some(ours), Some(theirs), None) => ours.is(theirs.name, theirs.value),
            (Some(_), None, None) => format == ContentFormat::TEXT_PLAIN,
            _ => false,
        };
        same_parameters && self.is(registered.main, registered.subtype)
    }
}

/// The parameters of a media type. It ends early where the grammar is broken.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        loop {
            let text = without_spaces(without_spaces(self.0).strip_prefix(b";")?);
            if let [] | [b';', ..] = text {
                self.0 = text; // an empty parameter is no parameter
                continue;
            }
            let (name, rest) = token(text)?;
            let (value, rest) = match rest.strip_prefix(b"=")? {
                [b'"', quoted @ ..] => quoted_string(quoted)?,
                rest => token(rest)?,
            };
            self.0 = rest;
            return Some(Parameter { name, value });
        }
    }
}

/// `value` is without its quotes, but still with its backslashes.
#[derive(Clone, Copy)]
pub(crate) struct Parameter<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Parameter<'a> {
    /// Without case: no two values of one name differ by it in the registry.
    pub(crate) fn is(&self, name: &[u8], value: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name) && unescaped(self.value).eq(unescaped(value))
    }

    pub(crate) fn named(self, name: &[u8]) -> Option<&'a [u8]> {
        self.name.eq_ignore_ascii_case(name).then_some(self.value)
    }
}

/// The characters of a quoted string, in lower case.
fn unescaped(value: &[u8]) -> impl Iterator<Item = u8> {
    let mut escaped = false;
    value.iter().filter_map(move |byte| {
        escaped = *byte == b'\\' && !escaped;
        (!escaped).then_some(byte.to_ascii_lowercase())
    })
}

/// What follows optional whitespace. RFC 9110 section 5.6.3.
fn without_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// RFC 9110 section 5.6.2: one or more token characters, and what follows.
fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_other = |c: &u8| !c.is_ascii_alphanumeric() && !b"!#$%&'*+-.^_`|~".contains(c);
    let len = text.iter().position(is_other).unwrap_or(text.len());
    text.split_at_checked(len).filter(|(token, _)| !token.is_empty())
}

/// RFC 9110 section 5.6.4: what stands before the closing quote, and what follows it.
fn quoted_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut escaped = false;
    for (at, c) in text.iter().enumerate() {
        match c {
            b'"' if !escaped => {
                let (value, rest) = text.split_at_checked(at)?;
                return Some((value, rest.strip_prefix(b"\"")?));
            }
            b'\t' => escaped = false,
            c if c.is_ascii_control() => return None,
            c => escaped = *c == b'\\' && !escaped,
        }
    }
    None
}

/// Ascending, so that the first match has no content coding.
const TABLE: &[(ContentFormat, &str)] = &[
    (ContentFormat::TEXT_PLAIN, "text/plain; charset=utf-8"),
    (ContentFormat::COSE_ENCRYPT0, "application/cose; cose-type=\"cose-encrypt0\""),
    (ContentFormat::COSE_MAC0, "application/cose; cose-type=\"cose-mac0\""),
    (ContentFormat::COSE_SIGN1, "application/cose; cose-type=\"cose-sign1\""),
    (ContentFormat::LINK_FORMAT, "application/link-format"),
    (ContentFormat::XML, "application/xml"),
    (ContentFormat::OCTET_STREAM, "application/octet-stream"),
    (ContentFormat::EXI, "application/exi"),
    (ContentFormat::JSON, "application/json"),
    (ContentFormat::JSON_PATCH, "application/json-patch+json"),
    (ContentFormat::MERGE_PATCH, "application/merge-patch+json"),
    (ContentFormat::CBOR, "application/cbor"),
    (ContentFormat::CWT, "application/cwt"),
    (ContentFormat::MULTIPART_CORE, "application/multipart-core"),
    (ContentFormat::CBOR_SEQ, "application/cbor-seq"),
    (ContentFormat::COSE_ENCRYPT, "application/cose; cose-type=\"cose-encrypt\""),
    (ContentFormat::COSE_MAC, "application/cose; cose-type=\"cose-mac\""),
    (ContentFormat::COSE_SIGN, "application/cose; cose-type=\"cose-sign\""),
    (ContentFormat::COSE_KEY, "application/cose-key"),
    (ContentFormat::COSE_KEY_SET, "application/cose-key-set"),
    (ContentFormat::SENML_JSON, "application/senml+json"),
    (ContentFormat::SENSML_JSON, "application/sensml+json"),
    (ContentFormat::SENML_CBOR, "application/senml+cbor"),
    (ContentFormat::SENSML_CBOR, "application/sensml+cbor"),
    (ContentFormat::SENML_EXI, "application/senml-exi"),
    (ContentFormat::SENSML_EXI, "application/sensml-exi"),
    (ContentFormat::COAP_GROUP_JSON, "application/coap-group+json"),
    (ContentFormat::DOTS_CBOR, "application/dots+cbor"),
    (ContentFormat::MISSING_BLOCKS_CBOR_SEQ, "application/missing-blocks+cbor-seq"),
    (ContentFormat::SENML_XML, "application/senml+xml"),
    (ContentFormat::SENSML_XML, "application/sensml+xml"),
    (ContentFormat::SENML_ETCH_JSON, "application/senml-etch+json"),
    (ContentFormat::SENML_ETCH_CBOR, "application/senml-etch+cbor"),
    (ContentFormat::OCF_CBOR, "application/vnd.ocf+cbor"),
    (ContentFormat::OSCORE, "application/oscore"),
    (ContentFormat::JSON_DEFLATE, "application/json"),
    (ContentFormat::CBOR_DEFLATE, "application/cbor"),
    (ContentFormat::LWM2M_TLV, "application/vnd.oma.lwm2m+tlv"),
    (ContentFormat::LWM2M_JSON, "application/vnd.oma.lwm2m+json"),
];
