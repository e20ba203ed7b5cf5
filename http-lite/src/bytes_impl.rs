//! Feature `bytes`: heads and bodies out of a `BytesMut` without a copy, and into a `BufMut`.

use core::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::body::{BodyDecoder, BodyEncoder, BodyPart};
use crate::connection::{Client, ClientEvent, SendError, Server, ServerEvent};
use crate::error::{DecodeError, EncodeError};
use crate::field::Fields;
use crate::framing::Framing;
use crate::head::{HeadParser, RequestHead, ResponseHead};
use crate::layout::{ClientLayout, PartLayout, RequestLayout, ResponseLayout, ServerLayout};
use crate::writer::Writer;

/// The head of a request with the bytes that it came in. It can be sent to another task, and cloned
/// without a copy.
///
/// ```
/// # #[cfg(feature = "bytes")] {
/// use bytes::BytesMut;
/// use http_lite::{HeadParser, Method};
///
/// let mut buffer = BytesMut::from("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
/// let request = HeadParser::new().split_request(&mut buffer)?.unwrap();
/// assert_eq!((request.head().method, &buffer[..]), (Method::POST, &b"{}"[..]));
/// let path = request.bytes().slice_ref(request.head().target.path());
/// assert_eq!(path, "/a");
/// # }
/// # Ok::<(), http_lite::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RequestBytes {
    bytes: Bytes,
    layout: RequestLayout,
}

impl RequestBytes {
    /// The head. It is not parsed again.
    pub fn head(&self) -> RequestHead<'_> {
        self.layout.head(&self.bytes)
    }

    /// Its bytes: [`Bytes::slice_ref`] makes `Bytes` of what [`head`](Self::head) borrows.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// The head of a response with the bytes that it came in, as [`RequestBytes`].
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseBytes {
    bytes: Bytes,
    layout: ResponseLayout,
}

impl ResponseBytes {
    /// The head. It is not parsed again.
    pub fn head(&self) -> ResponseHead<'_> {
        self.layout.head(&self.bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// As [`BodyPart`], with bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyBytes {
    /// Content, at least one byte.
    Data(Bytes),
    /// The trailer section, if it has fields.
    Trailers(TrailerBytes),
    /// The end of the body.
    End,
}

/// A trailer section with the bytes that it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct TrailerBytes(Bytes);

impl TrailerBytes {
    /// Its fields.
    pub fn fields(&self) -> Fields<'_> {
        match PartLayout::Trailers(self.0.len()).part(&self.0) {
            BodyPart::Trailers(fields) => fields,
            _ => Fields::EMPTY,
        }
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// As [`ServerEvent`], with bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerEventBytes {
    /// A request, all its rules checked. Its body follows, at least [`BodyBytes::End`].
    Request {
        /// Method, target and fields.
        head: RequestBytes,
        /// How its body ends.
        framing: Framing,
    },
    /// A part of the request's body.
    Body(BodyBytes),
}

/// As [`ClientEvent`], with bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEventBytes {
    /// A response of 1xx; the final one is still to come, except after 101.
    Informational(ResponseBytes),
    /// The final response to the oldest request in flight. Its body follows.
    Response {
        /// Status and fields.
        head: ResponseBytes,
        /// How its body ends.
        framing: Framing,
    },
    /// A part of the response's body.
    Body(BodyBytes),
}

impl HeadParser {
    /// Takes the head of a request at the start of `buffer` out of it, without a copy; `None` if it
    /// is not complete. No byte is looked at twice: between two calls `buffer` may grow, and nothing
    /// else.
    ///
    /// # Errors
    ///
    /// As [`parse_request`](Self::parse_request); then `buffer` is as it was.
    pub fn split_request(
        &mut self,
        buffer: &mut BytesMut,
    ) -> Result<Option<RequestBytes>, DecodeError> {
        let Some((head, len)) = self.parse_request(buffer)? else { return Ok(None) };
        let layout = RequestLayout::of(&head);
        Ok(Some(RequestBytes { bytes: take(buffer, len), layout }))
    }

    /// Takes the head of a response at the start of `buffer` out of it, as
    /// [`split_request`](Self::split_request).
    ///
    /// # Errors
    ///
    /// As [`parse_response`](Self::parse_response); then `buffer` is as it was.
    pub fn split_response(
        &mut self,
        buffer: &mut BytesMut,
    ) -> Result<Option<ResponseBytes>, DecodeError> {
        let Some((head, len)) = self.parse_response(buffer)? else { return Ok(None) };
        let layout = ResponseLayout::of(&head);
        Ok(Some(ResponseBytes { bytes: take(buffer, len), layout }))
    }
}

impl BodyDecoder {
    /// Takes the next part of a body out of `buffer`, without a copy, and what frames it with it;
    /// `None` if more bytes must be read.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn split_part(&mut self, buffer: &mut BytesMut) -> Result<Option<BodyBytes>, DecodeError> {
        loop {
            let (taken, part) = self.decode(buffer)?;
            match part.map(|part| PartLayout::of(&part)) {
                Some(layout) => return Ok(Some(part_of(&layout, buffer, taken))),
                None if taken > 0 => buffer.advance(taken),
                None => return Ok(None),
            }
        }
    }
}

impl Server {
    /// Takes received bytes out of `buffer` and gives what they say, without a copy; `None` if more
    /// must be read, or if it is the server's turn.
    ///
    /// # Errors
    ///
    /// As [`handle_input`](Self::handle_input).
    pub fn split_event(
        &mut self,
        buffer: &mut BytesMut,
        now_ms: u64,
    ) -> Result<Option<ServerEventBytes>, DecodeError> {
        loop {
            let (taken, event) = self.handle_input(buffer, now_ms)?;
            return Ok(Some(match event.map(|event: ServerEvent<'_>| ServerLayout::of(&event)) {
                Some(ServerLayout::Request(layout, framing)) => {
                    let head = RequestBytes { bytes: take(buffer, taken), layout };
                    ServerEventBytes::Request { head, framing }
                }
                Some(ServerLayout::Body(layout)) => {
                    ServerEventBytes::Body(part_of(&layout, buffer, taken))
                }
                None if taken > 0 => {
                    buffer.advance(taken);
                    continue;
                }
                None => return Ok(None),
            }));
        }
    }

    /// As [`respond`](Self::respond), appended to `out`.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond); then `out` is as it was.
    pub fn respond_buf(
        &mut self,
        head: &ResponseHead<'_>,
        now_ms: u64,
        out: &mut impl BufMut,
    ) -> Result<usize, SendError> {
        put(out, |out| self.respond(head, now_ms, out))
    }

    /// Appends all of `data` to `out`, with what frames it; how many bytes that were. In the response
    /// to HEAD it is none.
    ///
    /// # Errors
    ///
    /// As [`data`](Self::data); then `out` is as it was.
    pub fn data_buf(&mut self, data: &[u8], out: &mut impl BufMut) -> Result<usize, SendError> {
        match self.data(data, &mut []) {
            Err(SendError::BufferTooSmall { .. }) => {}
            taken => return taken.map(|_| 0),
        }
        let suffix = self.data_suffix();
        put_data(out, data, suffix, |len, out| self.data_prefix(len, out))
    }

    /// As [`finish`](Self::finish), appended to `out`.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); then `out` is as it was.
    pub fn finish_buf(
        &mut self,
        trailers: &Fields<'_>,
        now_ms: u64,
        out: &mut impl BufMut,
    ) -> Result<usize, SendError> {
        put(out, |out| self.finish(trailers, now_ms, out))
    }

    /// As [`poll_transmit`](Self::poll_transmit), appended to `out`: how many bytes, perhaps none.
    ///
    /// # Errors
    ///
    /// As [`poll_transmit`](Self::poll_transmit); then `out` is as it was.
    pub fn poll_transmit_buf(
        &mut self,
        now_ms: u64,
        out: &mut impl BufMut,
    ) -> Result<usize, SendError> {
        put(out, |out| Ok(self.poll_transmit(now_ms, out)?.unwrap_or(0)))
    }
}

impl Client {
    /// Takes received bytes out of `buffer` and gives what they say, without a copy; `None` if more
    /// must be read, or if no response is due.
    ///
    /// # Errors
    ///
    /// As [`handle_input`](Self::handle_input).
    pub fn split_event(
        &mut self,
        buffer: &mut BytesMut,
        now_ms: u64,
    ) -> Result<Option<ClientEventBytes>, DecodeError> {
        loop {
            let (taken, event) = self.handle_input(buffer, now_ms)?;
            return Ok(Some(match event.map(|event: ClientEvent<'_>| ClientLayout::of(&event)) {
                Some(ClientLayout::Informational(layout)) => {
                    let head = ResponseBytes { bytes: take(buffer, taken), layout };
                    ClientEventBytes::Informational(head)
                }
                Some(ClientLayout::Response(layout, framing)) => {
                    let head = ResponseBytes { bytes: take(buffer, taken), layout };
                    ClientEventBytes::Response { head, framing }
                }
                Some(ClientLayout::Body(layout)) => {
                    ClientEventBytes::Body(part_of(&layout, buffer, taken))
                }
                None if taken > 0 => {
                    buffer.advance(taken);
                    continue;
                }
                None => return Ok(None),
            }));
        }
    }

    /// As [`request`](Self::request), appended to `out`.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); then `out` is as it was.
    pub fn request_buf(
        &mut self,
        head: &RequestHead<'_>,
        now_ms: u64,
        out: &mut impl BufMut,
    ) -> Result<usize, SendError> {
        put(out, |out| self.request(head, now_ms, out))
    }

    /// Appends all of `data` to `out`, with what frames it; how many bytes that were.
    ///
    /// # Errors
    ///
    /// As [`data`](Self::data); then `out` is as it was.
    pub fn data_buf(&mut self, data: &[u8], out: &mut impl BufMut) -> Result<usize, SendError> {
        match self.data(data, &mut []) {
            Err(SendError::BufferTooSmall { .. }) => {}
            taken => return taken.map(|_| 0),
        }
        let suffix = self.data_suffix();
        put_data(out, data, suffix, |len, out| self.data_prefix(len, out))
    }

    /// As [`finish`](Self::finish), appended to `out`.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); then `out` is as it was.
    pub fn finish_buf(
        &mut self,
        trailers: &Fields<'_>,
        now_ms: u64,
        out: &mut impl BufMut,
    ) -> Result<usize, SendError> {
        put(out, |out| self.finish(trailers, now_ms, out))
    }
}

impl RequestHead<'_> {
    /// Appends the head to `out` and returns its length.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(&self, out: &mut impl BufMut) -> Result<usize, EncodeError> {
        put(out, |out| self.encode(out))
    }
}

impl ResponseHead<'_> {
    /// Appends the head to `out` and returns its length.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(&self, out: &mut impl BufMut) -> Result<usize, EncodeError> {
        put(out, |out| self.encode(out))
    }
}

impl BodyEncoder {
    /// Appends all of `data` to `out`, with what frames it; how many bytes that were.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); then `out` is as it was.
    pub fn encode_buf(&mut self, data: &[u8], out: &mut impl BufMut) -> Result<usize, EncodeError> {
        let suffix = self.suffix();
        put_data(out, data, suffix, |len, out| self.prefix(len, out))
    }

    /// As [`finish`](Self::finish), appended to `out`.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); then `out` is as it was.
    pub fn finish_buf(
        &mut self,
        trailers: &Fields<'_>,
        out: &mut impl BufMut,
    ) -> Result<usize, EncodeError> {
        put(out, |out| self.finish(trailers, out))
    }
}

/// What both kinds of error say of a buffer that is too small.
trait Needs: From<EncodeError> {
    fn needed(&self) -> Option<usize>;
}

impl Needs for EncodeError {
    fn needed(&self) -> Option<usize> {
        match self {
            Self::BufferTooSmall { needed } => Some(*needed),
            Self::Invalid(_) => None,
        }
    }
}

impl Needs for SendError {
    fn needed(&self) -> Option<usize> {
        match self {
            Self::BufferTooSmall { needed } => Some(*needed),
            _ => None,
        }
    }
}

/// Appends what `write` writes: through the stack, or from 513 bytes on through memory that is
/// allocated for it.
fn put<E: Needs>(
    out: &mut impl BufMut,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<usize, E> {
    let (mut small, mut large) = ([0; 512], BytesMut::new());
    let room = out.remaining_mut();
    let mut window = match small.get_mut(..room) {
        Some(window) => window,
        None => &mut small[..],
    };
    let result = match write(window) {
        Err(error) => match error.needed() {
            Some(needed) if needed <= room => {
                large.resize(needed, 0);
                window = &mut large[..];
                write(window)
            }
            _ => Err(error),
        },
        written => written,
    };
    let len = result?;
    out.put_slice(window.get(..len).unwrap_or_default());
    Ok(len)
}

/// Appends data between what `prefix` writes before it and `suffix`, which is empty if it is not
/// chunked.
fn put_data<E: Needs>(
    out: &mut impl BufMut,
    data: &[u8],
    suffix: &[u8],
    mut prefix: impl FnMut(u64, &mut [u8]) -> Result<usize, E>,
) -> Result<usize, E> {
    if data.is_empty() {
        return Ok(0);
    }
    let mut framing = Writer::counter();
    if !suffix.is_empty() {
        framing.hex(data.len() as u64);
        framing.bytes(b"\r\n\r\n");
    }
    let needed = framing.len().saturating_add(data.len());
    if needed > out.remaining_mut() {
        return Err(EncodeError::BufferTooSmall { needed }.into());
    }
    let mut small = [0; 24];
    let len = prefix(data.len() as u64, &mut small)?;
    out.put_slice(small.get(..len).unwrap_or_default());
    out.put_slice(data);
    out.put_slice(suffix);
    Ok(needed)
}

/// The last of the bytes that were taken, as a part of a body.
fn part_of(layout: &PartLayout, buffer: &mut BytesMut, taken: usize) -> BodyBytes {
    let len = layout.len();
    buffer.advance(taken.saturating_sub(len).min(buffer.len()));
    match layout {
        PartLayout::Data(_) => BodyBytes::Data(take(buffer, len)),
        PartLayout::Trailers(_) => BodyBytes::Trailers(TrailerBytes(take(buffer, len))),
        PartLayout::End => BodyBytes::End,
    }
}

fn take(buffer: &mut BytesMut, len: usize) -> Bytes {
    buffer.split_to(len.min(buffer.len())).freeze()
}

/// Shows no value that carries credentials.
impl fmt::Debug for RequestBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head().fmt(f)
    }
}

/// Shows no value that carries credentials.
impl fmt::Debug for ResponseBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head().fmt(f)
    }
}

/// Shows no value that carries credentials.
impl fmt::Debug for TrailerBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields().fmt(f)
    }
}
