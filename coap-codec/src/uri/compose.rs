//! The URI of a request. RFC 7252 section 6.5, RFC 8323 section 8.7.

use core::net::IpAddr;

use super::encoded::{ARGUMENT, NAME, SEGMENT, is_in};
use super::options::{Destination, DestinationHost};
use super::{MAX_VALUE_LEN, Scheme, UriErrorKind, ip};
use crate::option_number::OptionNumber;
use crate::options::Options;
use crate::uint::Uint;
use crate::writer::Writer;

/// Writes the URI that a request with these options asks for to the start of `out`, and returns its
/// length. The bytes are ASCII.
///
/// `scheme` is that of the transport that the request goes over, `destination` where it goes. The
/// URI is in normal form (section 6.3). Options other than Uri-Host, Uri-Port, Uri-Path and Uri-Query
/// are not looked at: a request with Proxy-Uri is for what that says.
///
/// ```
/// use coap_codec::uri::{self, Destination, Scheme};
/// use coap_codec::{CoapOption, OptionNumber, Options};
///
/// let options = [CoapOption::new(OptionNumber::URI_PATH, b"light room")];
/// let destination = Destination::new([192, 0, 2, 1].into(), 61616);
/// let mut buffer = [0; 64];
/// let len = uri::encode(Scheme::Coap, &Options::new(&options), &destination, &mut buffer)?;
/// assert_eq!(&buffer[..len], b"coap://192.0.2.1:61616/light%20room");
/// # Ok::<(), uri::UriEncodeError>(())
/// ```
///
/// # Errors
///
/// [`UriEncodeError::BufferTooSmall`] with the exact length; [`UriEncodeError::Invalid`] for options
/// that no URI stands for.
pub fn encode(
    scheme: Scheme,
    options: &Options<'_>,
    destination: &Destination<'_>,
    out: &mut [u8],
) -> Result<usize, UriEncodeError> {
    let mut w = Writer::new(out);
    write(scheme, options, destination, &mut w).map_err(UriEncodeError::Invalid)?;
    if w.is_full() {
        return Err(UriEncodeError::BufferTooSmall { needed: w.len() });
    }
    Ok(w.len())
}

/// The length of the URI in bytes.
///
/// # Errors
///
/// [`UriEncodeError::Invalid`] for options that no URI stands for.
pub fn encoded_len(
    scheme: Scheme,
    options: &Options<'_>,
    destination: &Destination<'_>,
) -> Result<usize, UriEncodeError> {
    let mut w = Writer::counter();
    write(scheme, options, destination, &mut w).map_err(UriEncodeError::Invalid)?;
    Ok(w.len())
}

/// Why there is no URI. What the buffer holds then is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UriEncodeError {
    /// The buffer is shorter than the URI.
    #[error("the buffer is too small, {needed} bytes are needed")]
    BufferTooSmall {
        /// The exact length of the URI.
        needed: usize,
    },
    /// No URI stands for these options.
    #[error("no URI stands for the options: {0}")]
    Invalid(UriErrorKind),
}

fn write(
    scheme: Scheme,
    options: &Options<'_>,
    destination: &Destination<'_>,
    w: &mut Writer<'_>,
) -> Result<(), UriErrorKind> {
    w.bytes(scheme.as_str().as_bytes());
    w.bytes(b"://");
    // Steps 2 and 3.
    match (single(options, OptionNumber::URI_HOST)?, destination.host) {
        (Some(host), _) => write_host(host, w)?,
        (None, DestinationHost::Name(name)) => write_host(name.as_bytes(), w)?,
        (None, DestinationHost::Address(IpAddr::V4(address))) => ip::write_v4(address, w),
        (None, DestinationHost::Address(IpAddr::V6(address))) => ip::write_v6(address, w),
    }
    // Steps 4 and 5.
    let port = match single(options, OptionNumber::URI_PORT)? {
        Some(value) if value.len() > 2 => return Err(UriErrorKind::PortLength),
        Some(value) => Uint::decode(value).unwrap_or(0) as u16,
        None => destination.port,
    };
    if port != scheme.default_port() {
        w.u8(b':');
        ip::write_decimal(port, w);
    }
    // Steps 6 and 7.
    let mut segments = options.uri_path().peekable();
    if segments.peek().is_none() {
        w.u8(b'/');
    }
    for segment in segments {
        if matches!(segment, b"." | b"..") {
            return Err(UriErrorKind::DotSegment);
        }
        if segment.len() > MAX_VALUE_LEN {
            return Err(UriErrorKind::SegmentLength);
        }
        w.u8(b'/');
        write_encoded(segment, SEGMENT, w);
    }
    // Step 8.
    let mut before = b'?';
    for argument in options.uri_query() {
        if argument.len() > MAX_VALUE_LEN {
            return Err(UriErrorKind::ArgumentLength);
        }
        w.u8(before);
        write_encoded(argument, ARGUMENT, w);
        before = b'&';
    }
    Ok(())
}

/// The value of an option that is there at most once.
fn single<'a>(
    options: &Options<'a>,
    number: OptionNumber,
) -> Result<Option<&'a [u8]>, UriErrorKind> {
    let mut values = options.all(number);
    let value = values.next();
    if values.next().is_some() { Err(UriErrorKind::Repeated) } else { Ok(value) }
}

/// Step 2: characters other than ASCII are percent-encoded; what is then no host is refused. In the
/// value of an option no percent-encoding is left, so a `%` is a character that no host has.
fn write_host(host: &[u8], w: &mut Writer<'_>) -> Result<(), UriErrorKind> {
    match host {
        [] => return Err(UriErrorKind::EmptyHost),
        _ if host.len() > MAX_VALUE_LEN => return Err(UriErrorKind::HostLength),
        _ if ip::is_literal(host) => {
            for byte in host {
                w.u8(byte.to_ascii_lowercase());
            }
            return Ok(());
        }
        _ => {}
    }
    if host.iter().any(|byte| byte.is_ascii() && !is_in(NAME, *byte)) {
        return Err(UriErrorKind::Host);
    }
    for byte in host {
        write_byte(byte.to_ascii_lowercase(), NAME, w);
    }
    Ok(())
}

fn write_encoded(bytes: &[u8], set: u8, w: &mut Writer<'_>) {
    for byte in bytes {
        write_byte(*byte, set, w);
    }
}

/// The byte, percent-encoded with uppercase letters unless it is in the set.
fn write_byte(byte: u8, set: u8, w: &mut Writer<'_>) {
    if is_in(set, byte) {
        w.u8(byte);
    } else {
        w.array([b'%', ip::hex_digit(byte >> 4, b'A'), ip::hex_digit(byte & 0x0F, b'A')]);
    }
}
