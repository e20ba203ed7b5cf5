//! A URI as options. RFC 7252 section 6.4, RFC 8323 section 8.6.

use core::iter::FusedIterator;
use core::net::{IpAddr, SocketAddr};

use super::encoded::{Arguments, Encoded, Segments};
use super::{Host, MAX_VALUE_LEN, Uri};
use crate::error::EncodeError;
use crate::message_mut::MessageMut;
use crate::option_number::OptionNumber;
use crate::uint::Uint;

/// Where a request goes: what Uri-Host and Uri-Port mean where they are left out.
///
/// RFC 7252 section 5.10.1, RFC 8323 section 8.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    /// What Uri-Host means if there is none.
    pub host: DestinationHost<'a>,
    /// The UDP or TCP port.
    pub port: u16,
}

/// What Uri-Host means if there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationHost<'a> {
    /// The address that the request is sent to.
    Address(IpAddr),
    /// The name that the connection was opened with: Server Name Indication of TLS, the Host field of
    /// a WebSocket handshake. Compared without case.
    Name(&'a str),
}

impl<'a> Destination<'a> {
    /// An address and a port: UDP, DTLS, TCP.
    pub const fn new(address: IpAddr, port: u16) -> Self {
        Self { host: DestinationHost::Address(address), port }
    }

    /// A name that the connection was opened with, and a port: TLS, WebSockets.
    pub const fn named(name: &'a str, port: u16) -> Self {
        Self { host: DestinationHost::Name(name), port }
    }
}

impl From<SocketAddr> for Destination<'_> {
    fn from(address: SocketAddr) -> Self {
        Self::new(address.ip(), address.port())
    }
}

impl<'a> Uri<'a> {
    /// The options of a request for this URI, in their order.
    ///
    /// ```
    /// use coap_codec::OptionNumber;
    /// use coap_codec::uri::{Destination, Uri};
    ///
    /// let uri = Uri::new("coap://example.net/.well-known/core")?;
    /// let destination = Destination::new([192, 0, 2, 1].into(), 5683);
    /// let numbers = uri.options(&destination).map(|option| option.number);
    /// let path = OptionNumber::URI_PATH;
    /// assert!(numbers.eq([OptionNumber::URI_HOST, path, path]));
    /// # Ok::<(), coap_codec::uri::UriError>(())
    /// ```
    pub fn options(&self, destination: &Destination<'_>) -> UriOptions<'a> {
        // RFC 7252 section 6.4 steps 5 to 7.
        let host = (!self.goes_to(destination.host)).then(|| Encoded::new(self.host_text));
        let port = (self.port() != destination.port).then(|| self.port());
        UriOptions { host, port, path: self.path(), query: self.query() }
    }

    /// Puts the URI's options into a request, in the place of those that say another URI.
    ///
    /// ```
    /// use coap_codec::uri::{Destination, Uri};
    /// use coap_codec::{Code, MessageMut, Token, Type};
    ///
    /// let uri = Uri::from_static("coap://192.0.2.1/sensors/light?u=Cel");
    /// let mut buffer = [0; 64];
    /// let mut get = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, Token::EMPTY)?;
    /// uri.write_options(&mut get, &Destination::new([192, 0, 2, 1].into(), 5683))?;
    /// assert_eq!(get.as_bytes(), b"\x40\x01\x00\x01\xB7sensors\x05light\x45u=Cel");
    /// # Ok::<(), coap_codec::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the length of the message up to and with the first option
    /// that does not fit, [`EncodeError::Invalid`] in an Empty message. The message then says no URI.
    pub fn write_options(
        &self,
        message: &mut MessageMut<'_>,
        destination: &Destination<'_>,
    ) -> Result<(), EncodeError> {
        remove(message);
        let mut buffer = [0; UriOption::MAX_LEN];
        for option in self.options(destination) {
            if let Err(error) = message.insert(option.number, option.value(&mut buffer)) {
                remove(message);
                return Err(error);
            }
        }
        Ok(())
    }

    fn goes_to(&self, destination: DestinationHost<'_>) -> bool {
        match (self.host, destination) {
            (Host::Address(ours), DestinationHost::Address(theirs)) => ours == theirs,
            (_, DestinationHost::Name(name)) => {
                let bytes = name.bytes().map(|byte| byte.to_ascii_lowercase());
                Encoded::new(self.host_text).lowercased().bytes().eq(bytes)
            }
            (Host::Name(_), DestinationHost::Address(_)) => false,
        }
    }
}

fn remove(message: &mut MessageMut<'_>) {
    for number in [
        OptionNumber::URI_HOST,
        OptionNumber::URI_PORT,
        OptionNumber::URI_PATH,
        OptionNumber::URI_QUERY,
    ] {
        message.remove(number);
    }
}

/// The options of a request for a URI, in their order: [`Uri::options`].
#[derive(Debug, Clone)]
pub struct UriOptions<'a> {
    host: Option<Encoded<'a>>,
    port: Option<u16>,
    path: Segments<'a>,
    query: Arguments<'a>,
}

impl<'a> Iterator for UriOptions<'a> {
    type Item = UriOption<'a>;

    fn next(&mut self) -> Option<UriOption<'a>> {
        let (number, value) = if let Some(host) = self.host.take() {
            // Lowercase also where a letter was percent-encoded: section 6.3 makes both the same.
            (OptionNumber::URI_HOST, Value::Text(host.lowercased()))
        } else if let Some(port) = self.port.take() {
            (OptionNumber::URI_PORT, Value::Uint(Uint::new(u64::from(port))))
        } else if let Some(segment) = self.path.next() {
            (OptionNumber::URI_PATH, Value::Text(segment))
        } else {
            (OptionNumber::URI_QUERY, Value::Text(self.query.next()?))
        };
        Some(UriOption { number, value })
    }
}

impl FusedIterator for UriOptions<'_> {}

/// One option of a request for a URI. Its value is decoded when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UriOption<'a> {
    /// Uri-Host, Uri-Port, Uri-Path or Uri-Query.
    pub number: OptionNumber,
    value: Value<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value<'a> {
    Text(Encoded<'a>),
    Uint(Uint),
}

impl UriOption<'_> {
    /// The longest value in bytes.
    pub const MAX_LEN: usize = MAX_VALUE_LEN;

    /// The value of the option, in `buffer`.
    pub fn value<'b>(&'b self, buffer: &'b mut [u8; MAX_VALUE_LEN]) -> &'b [u8] {
        match &self.value {
            // Never longer: that was checked.
            Value::Text(text) => text.decode_into(buffer).unwrap_or_default(),
            Value::Uint(uint) => uint.as_bytes(),
        }
    }
}
