//! Feature `nom`: the decoder as a parser that composes with others.

use nom::error::{ErrorKind, FromExternalError, ParseError};
use nom::{Err, IResult, Needed};

use crate::codec::Codec;
use crate::error::DecodeError;
use crate::packet::Packet;

impl Codec {
    /// A streaming parser for one packet: [`nom::Err::Incomplete`] where [`decode`](Self::decode)
    /// says `None`, [`nom::Err::Failure`] with the [`DecodeError`] where it fails.
    ///
    /// ```
    /// # #[cfg(feature = "nom")] {
    /// use mqtt_codec::{Codec, Packet, Version};
    /// use nom::{Parser, error::Error};
    ///
    /// let pong = Codec::client(Version::V5).parser::<Error<&[u8]>>();
    /// let (rest, two) = (&pong, &pong).parse(&[0xD0, 0x00, 0xD0, 0x00, 0xD0][..]).unwrap();
    /// assert_eq!((rest, two), (&[0xD0][..], (Packet::Pingresp, Packet::Pingresp)));
    /// assert!(pong(rest).unwrap_err().is_incomplete());
    /// # }
    /// ```
    pub fn parser<'a, E>(self) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], Packet<'a>, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| match self.decode(input) {
            Ok(Some((packet, len))) => Ok((input.get(len..).unwrap_or_default(), packet)),
            Ok(None) => Err(Err::Incomplete(match self.frame_len(input) {
                Ok(Some(len)) => Needed::new(len.saturating_sub(input.len())),
                _ => Needed::Unknown,
            })),
            Err(error) => {
                let at = input.get(error.offset as usize..).unwrap_or_default();
                Err(Err::Failure(E::from_external_error(at, ErrorKind::Verify, error)))
            }
        }
    }
}
