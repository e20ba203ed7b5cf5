//! Feature `nom`: the decoders as parsers that compose with others.

use nom::error::{ErrorKind, FromExternalError, ParseError};
use nom::{Err, IResult, Needed};

use crate::codec::Codec;
use crate::error::DecodeError;
use crate::message::{Message, ReliableMessage};
use crate::{tcp, ws};

impl Codec {
    /// A complete parser for a datagram, which it takes whole. It is [`nom::Err::Error`] with the
    /// [`DecodeError`] where [`decode`](Self::decode) fails, so that `alt` can try what else arrives
    /// at the port.
    ///
    /// ```
    /// # #[cfg(feature = "nom")] {
    /// use coap_codec::{Code, Codec};
    /// use nom::error::Error;
    ///
    /// let datagram = Codec::new().parser::<Error<&[u8]>>();
    /// let (rest, get) = datagram(b"\x40\x01\x00\x01\xB1a").unwrap();
    /// assert_eq!((rest, get.code), (&[][..], Code::GET));
    /// # }
    /// ```
    pub fn parser<'a, E>(self) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], Message<'a>, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| match self.decode(input) {
            Ok(message) => Ok((&[], message)),
            Err(error) => Err(Err::Error(at(input, error))),
        }
    }
}

impl ws::Codec {
    /// A complete parser for the payload of a WebSocket message, as [`Codec::parser`].
    pub fn parser<'a, E>(self) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], ReliableMessage<'a>, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| match self.decode(input) {
            Ok(message) => Ok((&[], message)),
            Err(error) => Err(Err::Error(at(input, error))),
        }
    }
}

impl tcp::Codec {
    /// A streaming parser for one message: [`nom::Err::Incomplete`] where [`decode`](Self::decode)
    /// says `None`, [`nom::Err::Failure`] with the [`DecodeError`] where it fails.
    ///
    /// ```
    /// # #[cfg(feature = "nom")] {
    /// use coap_codec::{Code, tcp};
    /// use nom::{Parser, error::Error};
    ///
    /// let message = tcp::Codec::new().parser::<Error<&[u8]>>();
    /// let (rest, (csm, ping)) = (&message, &message).parse(&[0, 0xE1, 0, 0xE2, 0][..]).unwrap();
    /// assert_eq!((csm.code, ping.code), (Code::CSM, Code::PING));
    /// assert!(message(rest).unwrap_err().is_incomplete());
    /// # }
    /// ```
    pub fn parser<'a, E>(self) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], ReliableMessage<'a>, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| match self.decode(input) {
            Ok(Some((message, len))) => Ok((input.get(len..).unwrap_or_default(), message)),
            Ok(None) => Err(Err::Incomplete(match self.frame_len(input) {
                Ok(Some(len)) => Needed::new(len.saturating_sub(input.len())),
                _ => Needed::Unknown,
            })),
            Err(error) => Err(Err::Failure(at(input, error))),
        }
    }
}

/// The error, at the field that is wrong.
fn at<'a, E>(input: &'a [u8], error: DecodeError) -> E
where
    E: FromExternalError<&'a [u8], DecodeError>,
{
    let field = input.get(error.offset as usize..).unwrap_or_default();
    E::from_external_error(field, ErrorKind::Verify, error)
}
