//! Feature `nom`: the decoders as parsers that compose with others.

use nom::error::{ErrorKind, FromExternalError, ParseError};
use nom::{Err, IResult, Needed};

use crate::body::{BodyDecoder, BodyPart};
use crate::error::DecodeError;
use crate::head::{HeadParser, Limits, RequestHead, ResponseHead};

impl Limits {
    /// A streaming parser for the head of a request: [`nom::Err::Incomplete`] where
    /// [`HeadParser::parse_request`] says `None`, [`nom::Err::Failure`] with the [`DecodeError`] where
    /// it fails. Each call begins anew: who has a head in many pieces uses [`HeadParser`].
    ///
    /// ```
    /// # #[cfg(feature = "nom")] {
    /// use http_lite::Limits;
    /// use nom::{Parser, error::Error};
    ///
    /// let head = Limits::DEFAULT.request_parser::<Error<&[u8]>>();
    /// let pipelined = &b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET"[..];
    /// let (rest, (a, b)) = (&head, &head).parse(pipelined).unwrap();
    /// assert_eq!((a.target.path(), b.target.path()), (&b"/a"[..], &b"/b"[..]));
    /// assert!(head(rest).unwrap_err().is_incomplete());
    /// # }
    /// ```
    pub fn request_parser<'a, E>(self) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], RequestHead<'a>, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| given(input, 0, HeadParser::with_limits(self).parse_request(input))
    }

    /// A streaming parser for the head of a response, as
    /// [`request_parser`](Self::request_parser).
    pub fn response_parser<'a, E>(
        self,
    ) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], ResponseHead<'a>, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| given(input, 0, HeadParser::with_limits(self).parse_response(input))
    }
}

impl BodyDecoder {
    /// A streaming parser for the next part of a body: [`nom::Err::Incomplete`] where
    /// [`decode`](Self::decode) says `None`, and then, as with every parser, it looks at the same
    /// bytes again. [`nom::Err::Failure`] with the [`DecodeError`] where it fails; behind the end,
    /// [`nom::Err::Error`].
    ///
    /// ```
    /// # #[cfg(feature = "nom")] {
    /// use http_lite::body::{BodyDecoder, BodyPart};
    /// use http_lite::framing::Framing;
    /// use nom::{Parser, error::Error, multi::fold_many0};
    ///
    /// let mut decoder = BodyDecoder::new(Framing::Chunked);
    /// let input = &b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET"[..];
    /// let part = decoder.parser::<Error<&[u8]>>();
    /// let len = fold_many0(part, || 0, |len, part| match part {
    ///     BodyPart::Data(data) => len + data.len(),
    ///     BodyPart::Trailers(_) | BodyPart::End => len,
    /// });
    /// let (rest, len) = { len }.parse(input).unwrap();
    /// assert_eq!(len, 11);
    /// assert_eq!(rest, b"GET");
    /// # }
    /// ```
    pub fn parser<'a, 'd, E>(
        &'d mut self,
    ) -> impl FnMut(&'a [u8]) -> IResult<&'a [u8], BodyPart<'a>, E> + use<'a, 'd, E>
    where
        E: ParseError<&'a [u8]> + FromExternalError<&'a [u8], DecodeError>,
    {
        move |input| {
            if self.is_done() {
                return Err(Err::Error(E::from_error_kind(input, ErrorKind::Eof)));
            }
            let before = self.clone();
            let result = self.decode(input);
            if !matches!(result, Ok((_, Some(_)))) {
                *self = before;
            }
            given(input, self.taken(), result.map(|(len, part)| part.map(|part| (part, len))))
        }
    }
}

/// What was found in `input`, before which so many bytes were.
fn given<'a, T, E>(
    input: &'a [u8],
    before: u32,
    result: Result<Option<(T, usize)>, DecodeError>,
) -> IResult<&'a [u8], T, E>
where
    E: FromExternalError<&'a [u8], DecodeError>,
{
    match result {
        Ok(Some((value, len))) => Ok((input.get(len..).unwrap_or_default(), value)),
        Ok(None) => Err(Err::Incomplete(Needed::Unknown)),
        Err(error) => {
            let at = error.offset.saturating_sub(before) as usize;
            let at = input.get(at..).unwrap_or_default();
            Err(Err::Failure(E::from_external_error(at, ErrorKind::Verify, error)))
        }
    }
}
