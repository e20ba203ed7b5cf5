//! From HTTP to WebSocket. RFC 6455 section 4.
//!
//! ```
//! use http_lite::connection::{Server, ServerEvent, Settings};
//! use http_lite::websocket::handshake::{Accept, Offer};
//! use http_lite::{Fields, ResponseHead, StatusCode};
//!
//! let received = b"GET /mqtt HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\
//!     Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
//!     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
//! let mut server = Server::new(Settings::SERVER);
//! let (taken, event) = server.handle_input(received, 0)?;
//! let Some(ServerEvent::Request { head, .. }) = event else { unreachable!() };
//! let offer = Offer::of(&head).unwrap();
//! let (key, protocol) = (offer.accept(), offer.choose(&["mqtt"]));
//! assert_eq!(protocol, Some("mqtt"));
//! server.handle_input(&received[taken..], 0)?; // the end of the request
//!
//! let fields = key.fields_with_protocol("mqtt").unwrap();
//! let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS, Fields::new(&fields));
//! let mut out = [0; 256];
//! let len = server.respond(&head, 0, &mut out).unwrap();
//! assert!(server.is_switched()); // what was not taken of the input are frames
//! # assert!(out[..len].ends_with(b"Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"));
//! # Ok::<(), http_lite::DecodeError>(())
//! ```

use crate::base64;
use crate::facts::Version;
use crate::field::{Field, FieldValue, Fields};
use crate::head::{RequestHead, ResponseHead};
use crate::list::is_token;
use crate::method::Method;
use crate::status::StatusCode;
use crate::writer::Writer;

/// The version that RFC 6455 describes.
pub const VERSION: &str = "13";

const UPGRADE: Field<'static> = Field::of_checked(b"Upgrade", b"websocket");
const CONNECTION: Field<'static> = Field::of_checked(b"Connection", b"Upgrade");
const VERSION_FIELD: Field<'static> =
    Field::of_checked(b"Sec-WebSocket-Version", VERSION.as_bytes());

/// The fields of the response, 426, to who asks for no WebSocket or for another version of it.
pub const UPGRADE_REQUIRED: &[Field<'static>] = &[UPGRADE, CONNECTION, VERSION_FIELD];

/// Why a handshake fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal {
    /// No Upgrade to `websocket`, or no such option in Connection.
    #[error("no upgrade to websocket")]
    NoUpgrade,
    /// Another method than GET.
    #[error("another method than GET")]
    Method,
    /// HTTP/1.0.
    #[error("HTTP/1.0")]
    Http10,
    /// Another version than 13.
    #[error("another version of WebSocket")]
    Version,
    /// No key, several, or one that is not 16 bytes in base64.
    #[error("a key that is not 16 bytes in base64")]
    Key,
    /// A list of subprotocols with something else than different tokens.
    #[error("a malformed list of subprotocols")]
    Protocols,
    /// The status is not 101 (client).
    #[error("a status other than 101")]
    Status,
    /// Sec-WebSocket-Accept is missing or does not belong to the key (client).
    #[error("an answer to another key")]
    Accept,
    /// A subprotocol that was not offered (client).
    #[error("a subprotocol that was not offered")]
    ProtocolNotOffered,
    /// An extension, of which none was offered (client).
    #[error("an extension that was not offered")]
    ExtensionNotOffered,
}

impl Refusal {
    /// The section whose rule is broken.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Status | Self::Accept | Self::ProtocolNotOffered | Self::ExtensionNotOffered => {
                "RFC 6455 section 4.1"
            }
            _ => "RFC 6455 section 4.2.1",
        }
    }

    /// What a server answers: 426 with [`UPGRADE_REQUIRED`], 405 with `Allow: GET`, or 400.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NoUpgrade | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A request for WebSocket, whose rules are checked: the server's side.
///
/// Origin is not looked at: refuse pages that you do not know yourself (section 10.2). Extensions are
/// never agreed upon.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    key: &'a [u8; 24],
    fields: Fields<'a>,
}

impl<'a> Offer<'a> {
    /// Reads the head of a request.
    ///
    /// # Errors
    ///
    /// [`Refusal`], with the status to answer.
    pub fn of(head: &RequestHead<'a>) -> Result<Self, Refusal> {
        let fields = head.fields;
        let is_version = |value: FieldValue<'_>| value.is(VERSION);
        if !asks_for_websocket(&fields) {
            return Err(Refusal::NoUpgrade);
        }
        if head.method != Method::GET {
            return Err(Refusal::Method);
        }
        if head.version == Version::Http10 {
            return Err(Refusal::Http10);
        }
        if !fields.single("Sec-WebSocket-Version").is_some_and(is_version) {
            return Err(Refusal::Version);
        }
        let key = fields
            .single("Sec-WebSocket-Key")
            .and_then(|key| key.as_bytes().first_chunk().filter(|_| key.as_bytes().len() == 24));
        let Some(key) = key.filter(|key| is_key(key)) else { return Err(Refusal::Key) };
        let offer = Self { key, fields };
        let mut seen = 0usize;
        for protocol in offer.elements() {
            let is_new = !offer.elements().take(seen).any(|before| before == protocol);
            // The list is as long as a head can be, and looked through again for each of its elements.
            if !is_token(protocol) || !is_new || seen == Self::MAX_PROTOCOLS {
                return Err(Refusal::Protocols);
            }
            seen = seen.saturating_add(1);
        }
        Ok(offer)
    }

    /// The most subprotocols that a client can offer here.
    pub const MAX_PROTOCOLS: usize = 32;

    /// The subprotocols that the client speaks, those that it likes most first.
    pub fn protocols(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.elements().filter_map(|protocol| core::str::from_utf8(protocol).ok())
    }

    /// Of `ours` the one that the client likes most. Case matters.
    pub fn choose<'o>(&self, ours: &[&'o str]) -> Option<&'o str> {
        self.protocols().find_map(|theirs| ours.iter().find(|ours| **ours == theirs).copied())
    }

    /// The value of Sec-WebSocket-Accept.
    pub fn accept(&self) -> Accept {
        Accept::of(self.key)
    }

    fn elements(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        let lines = self.fields;
        lines
            .iter()
            .filter(|field| field.name.is(PROTOCOL))
            .flat_map(|field| field.value.elements())
    }
}

const PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// The proof that a server has read the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accept([u8; 28]);

impl Accept {
    fn of(key: &[u8; 24]) -> Self {
        // All that is hashed is 60 bytes long: two blocks, with the end of RFC 3174 section 4 in place.
        let mut blocks =
            [*b"000000000000000000000000258EAFA5-E914-47DA-95CA-C5AB0DC85B11\x80\0\0\0", [0; 64]];
        let [first, [.., bits_high, bits_low]] = &mut blocks;
        for (place, byte) in first.iter_mut().zip(key) {
            *place = *byte;
        }
        [*bits_high, *bits_low] = 480u16.to_be_bytes();
        let mut state = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
        sha1::block_api::compress(&mut state, &blocks);
        let mut text = [0; 28];
        encode(state.map(u32::to_be_bytes).as_flattened(), &mut text);
        Self(text)
    }

    /// Its text.
    pub const fn as_bytes(&self) -> &[u8; 28] {
        &self.0
    }

    /// The fields of the response 101.
    pub const fn fields(&self) -> [Field<'_>; 3] {
        [UPGRADE, CONNECTION, Field::of_checked(b"Sec-WebSocket-Accept", &self.0)]
    }

    /// The same with a subprotocol, which must be of those that were offered; `None` if it is not a token.
    pub const fn fields_with_protocol<'a>(&'a self, protocol: &'a str) -> Option<[Field<'a>; 4]> {
        if !is_token(protocol.as_bytes()) {
            return None;
        }
        let [a, b, c] = self.fields();
        Some([a, b, c, Field::of_checked(PROTOCOL.as_bytes(), protocol.as_bytes())])
    }
}

/// A client's key.
///
/// ```
/// use http_lite::websocket::handshake::Key;
/// use http_lite::{Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};
///
/// let key = Key::new(*b"the sample nonce"); // 16 random bytes
/// let [upgrade, connection, version, key_field] = key.fields();
/// let fields = [
///     Field::new("Host", "server.example.com")?,
///     upgrade,
///     connection,
///     version,
///     key_field,
///     Field::new("Sec-WebSocket-Protocol", "mqtt")?,
/// ];
/// let request = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
/// # let mut out = [0; 512];
/// # request.encode(&mut out).unwrap();
///
/// let fields = [
///     Field::new("Upgrade", "websocket")?,
///     Field::new("Connection", "Upgrade")?,
///     Field::new("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")?,
/// ];
/// let response = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS, Fields::new(&fields));
/// assert_eq!(key.check(&response, &["mqtt"]), Ok(None)); // without a subprotocol
/// # Ok::<(), http_lite::FieldError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 24]);

impl Key {
    /// Of 16 random bytes, fresh for each connection.
    pub const fn new(random: [u8; 16]) -> Self {
        let mut text = [0; 24];
        encode(&random, &mut text);
        Self(text)
    }

    /// Its text.
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// The fields of the request, a GET; Host and, if you want one, Sec-WebSocket-Protocol are for you
    /// to add.
    pub const fn fields(&self) -> [Field<'_>; 4] {
        let key = Field::of_checked(b"Sec-WebSocket-Key", &self.0);
        [UPGRADE, CONNECTION, VERSION_FIELD, key]
    }

    /// Checks the response to a request that offered these subprotocols: which of them is spoken.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: close the connection.
    pub fn check<'o>(
        &self,
        head: &ResponseHead<'_>,
        offered: &[&'o str],
    ) -> Result<Option<&'o str>, Refusal> {
        let fields = &head.fields;
        if head.status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Refusal::Status);
        }
        if head.version == Version::Http10 {
            return Err(Refusal::Http10);
        }
        // A request may offer several protocols, a response names the one that is spoken.
        let is_websocket = fields.single("Upgrade").is_some_and(|value| value.is("websocket"));
        if !is_websocket || !asks_for_websocket(fields) {
            return Err(Refusal::NoUpgrade);
        }
        let accept = fields.single("Sec-WebSocket-Accept").map(|value| value.as_bytes());
        if accept != Some(&Accept::of(&self.0).0) {
            return Err(Refusal::Accept);
        }
        if fields.get("Sec-WebSocket-Extensions").is_some() {
            return Err(Refusal::ExtensionNotOffered);
        }
        if fields.get(PROTOCOL).is_none() {
            return Ok(None);
        }
        let protocol = fields.single(PROTOCOL);
        let offered = offered.iter().find(|&&offered| {
            protocol.is_some_and(|protocol| protocol.as_bytes() == offered.as_bytes())
        });
        offered.map(|offered| Some(*offered)).ok_or(Refusal::ProtocolNotOffered)
    }
}

/// Upgrade to `websocket`, and Connection with `upgrade` anywhere in its list: browsers send
/// `keep-alive, Upgrade`.
fn asks_for_websocket(fields: &Fields<'_>) -> bool {
    fields.has_element("Upgrade", "websocket") && fields.has_element("Connection", "upgrade")
}

/// 16 bytes in base64.
const fn is_key(text: &[u8; 24]) -> bool {
    matches!(text, [digits @ .., b'=', b'='] if base64::are_digits(digits))
}

const fn encode(bytes: &[u8], out: &mut [u8]) {
    let mut w = Writer::new(out);
    let mut encoder = base64::Encoder::new();
    encoder.bytes(bytes, &mut w);
    encoder.finish(&mut w);
}
