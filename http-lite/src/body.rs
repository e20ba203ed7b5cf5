//! Bodies: by length, chunked, or until the connection ends; both ways, in pieces of any size.

use crate::chunk_line::{self, ChunkLine};
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::field::Fields;
use crate::field_lines::{FieldLines, fields};
use crate::framing::Framing;
use crate::head::Limits;
use crate::writer::Writer;

/// What a body may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes of content.
    pub content: u64,
    /// Bytes of all chunk extensions of a body, beyond one for each 16 bytes of content.
    pub extensions: u32,
    /// The trailer section; a buffer of `trailers.bytes` can hold each.
    pub trailers: Limits,
}

impl BodyLimits {
    /// Content without limit, 1 kB of chunk extensions, a trailer section of 4 kB with 32 fields.
    pub const DEFAULT: Self =
        Self { content: u64::MAX, extensions: 1024, trailers: Limits { bytes: 4096, fields: 32 } };
}

/// A part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyPart<'a> {
    /// Content, at least one byte.
    Data(&'a [u8]),
    /// The trailer section, if it has fields. They are not header fields: what they say about
    /// framing, routing or authentication counts for nothing (RFC 9110 section 6.5).
    Trailers(Fields<'a>),
    /// The end of the body.
    End,
}

/// Takes content out of the bytes of a body, without copying it.
///
/// ```text
/// chunk = chunk-size [ chunk-ext ] CRLF      5;a=b CRLF hello CRLF
///         chunk-data CRLF                    0 CRLF
/// last-chunk trailer-section CRLF            Digest: x CRLF CRLF
/// ```
///
/// Chunk sizes have 1 to 16 hexadecimal digits; extensions are checked, bounded and left out.
/// RFC 9112 section 6 and 7.1.
///
/// ```
/// use http_lite::body::{BodyDecoder, BodyPart};
/// use http_lite::framing::Framing;
///
/// let mut content = Vec::new();
/// let mut decoder = BodyDecoder::new(Framing::Chunked);
/// let mut received = &b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\nGET /next"[..];
/// loop {
///     let (len, part) = decoder.decode(received)?;
///     received = &received[len..];
///     match part {
///         Some(BodyPart::Data(data)) => content.extend_from_slice(data),
///         Some(BodyPart::Trailers(_)) => {}
///         Some(BodyPart::End) => break,
///         None => panic!("read more"),
///     }
/// }
/// assert_eq!((&content[..], received), (&b"hello world"[..], &b"GET /next"[..]));
/// # Ok::<(), http_lite::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct BodyDecoder {
    state: State,
    /// Bytes left of the body, or of the chunk.
    left: u64,
    limits: BodyLimits,
    /// Bytes that were taken, at most `u32::MAX`.
    taken: u32,
    /// Bytes of content that were announced in chunks.
    content: u64,
    /// Bytes of chunk extensions.
    extensions: u64,
    line: ChunkLine,
    trailers: FieldLines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length,
    UntilClose,
    ChunkLine,
    ChunkData,
    ChunkCr,
    ChunkLf,
    Trailers,
    /// The end is to be told.
    Ended,
    /// The end was told.
    Done,
    /// What was wrong at `taken`.
    Failed(ErrorKind),
}

/// What was found, without a borrow.
enum Found {
    /// The last bytes that were taken.
    Data(usize),
    /// The last bytes that were taken, a section with fields.
    Trailers(usize),
    End,
}

impl BodyDecoder {
    /// With [`BodyLimits::DEFAULT`].
    pub const fn new(framing: Framing) -> Self {
        Self::with_limits(framing, BodyLimits::DEFAULT)
    }

    /// With other limits.
    pub const fn with_limits(framing: Framing, limits: BodyLimits) -> Self {
        let (state, left) = match framing {
            Framing::None | Framing::Tunnel | Framing::Length(0) => (State::Ended, 0),
            Framing::Length(len) => (State::Length, len),
            Framing::Chunked => (State::ChunkLine, 0),
            Framing::UntilClose => (State::UntilClose, 0),
        };
        let (line, trailers) = (ChunkLine::new(), FieldLines::new());
        Self { state, left, limits, taken: 0, content: 0, extensions: 0, line, trailers }
    }

    /// True once the end was told.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// True if the body ends with its connection.
    pub const fn is_until_close(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// Bytes that were taken so far, at most `u32::MAX`.
    #[cfg(feature = "nom")]
    pub(crate) const fn taken(&self) -> u32 {
        self.taken
    }

    /// Bytes that are left of a body whose length is known.
    pub const fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length => Some(self.left),
            State::Ended | State::Done => Some(0),
            _ => None,
        }
    }

    /// The next part, and how many bytes of `input` were taken; with `None` all of it was, except
    /// for a trailer section that is not complete yet: call again with more behind what is left.
    /// Behind the end it takes nothing and gives `None`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], whose offset is from the first byte of the body; each later call gives the
    /// same one.
    pub fn decode<'a>(
        &mut self,
        input: &'a [u8],
    ) -> Result<(usize, Option<BodyPart<'a>>), DecodeError> {
        let (taken, found) = self.advance(input)?;
        let part = match found {
            None => None,
            Some(Found::Data(len)) => {
                let data = input.get(taken.saturating_sub(len)..taken).unwrap_or_default();
                Some(BodyPart::Data(data))
            }
            Some(Found::Trailers(len)) => {
                let section = input.get(taken.saturating_sub(len)..taken).unwrap_or_default();
                Some(BodyPart::Trailers(fields(section, 0, len)))
            }
            Some(Found::End) => Some(BodyPart::End),
        };
        Ok((taken, part))
    }

    /// Moves all content of `bytes` to the front and leaves out what frames it, trailers too.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    ///
    /// ```
    /// use http_lite::body::{BodyDecoder, InPlace};
    /// use http_lite::framing::Framing;
    ///
    /// let mut bytes = *b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    /// let found = BodyDecoder::new(Framing::Chunked).decode_in_place(&mut bytes)?;
    /// assert_eq!(found, InPlace { content: 11, taken: 26, done: true });
    /// assert_eq!(&bytes[..11], b"hello world");
    /// # Ok::<(), http_lite::DecodeError>(())
    /// ```
    pub fn decode_in_place(&mut self, bytes: &mut [u8]) -> Result<InPlace, DecodeError> {
        let mut place = InPlace { content: 0, taken: 0, done: self.is_done() };
        loop {
            let (taken, found) = self.advance(bytes.get(place.taken..).unwrap_or_default())?;
            place.taken = place.taken.saturating_add(taken);
            match found {
                Some(Found::Data(len)) => {
                    let from = place.taken.saturating_sub(len);
                    move_within(bytes, from, place.taken, place.content);
                    place.content = place.content.saturating_add(len);
                }
                Some(Found::Trailers(_)) => {}
                Some(Found::End) => {
                    place.done = true;
                    return Ok(place);
                }
                None => return Ok(place),
            }
        }
    }

    /// Says that the connection has ended: this ends a body that lasts until then.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] if it ended too early.
    pub const fn handle_eof(&mut self) -> Result<(), DecodeError> {
        match self.state {
            State::UntilClose => {
                self.state = State::Ended;
                Ok(())
            }
            State::Ended | State::Done => Ok(()),
            State::Failed(kind) => Err(DecodeError { kind, offset: self.taken }),
            _ => {
                self.state = State::Failed(ErrorKind::Incomplete);
                Err(DecodeError { kind: ErrorKind::Incomplete, offset: self.taken })
            }
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn advance(&mut self, input: &[u8]) -> Result<(usize, Option<Found>), DecodeError> {
        if cfg!(target_pointer_width = "64")
            && let Some((at, len)) = self.next_chunk(input)
        {
            self.taken = self.taken.saturating_add(at.min(u32::MAX as usize) as u32);
            return Ok((at, Some(Found::Data(len))));
        }
        let mut at = 0;
        let result = self.find(input, &mut at);
        self.taken = self.taken.saturating_add(at.min(u32::MAX as usize) as u32);
        match result {
            Ok(found) => Ok((at, found)),
            Err(kind) => {
                self.state = State::Failed(kind);
                Err(DecodeError { kind, offset: self.taken })
            }
        }
    }

    /// From the end of a chunk's data to that of the next one, where all between is there and as it
    /// mostly is; the bytes taken, and how many of them are data. Anything else is for `find`.
    #[inline(always)]
    fn next_chunk(&mut self, input: &[u8]) -> Option<(usize, usize)> {
        let (State::ChunkCr, [b'\r', b'\n', rest @ ..]) = (self.state, input) else { return None };
        let (size, line) = chunk_line::plain(rest)?;
        let content = self.content.checked_add(size)?;
        let data = usize::try_from(size).ok()?;
        let taken = line.checked_add(data)?;
        if data == 0 || taken > rest.len() || content > self.limits.content {
            return None;
        }
        self.content = content;
        Some((taken.saturating_add(2), data))
    }

    /// Moves `at` behind what was taken, or to what is wrong.
    fn find(&mut self, input: &[u8], at: &mut usize) -> Result<Option<Found>, ErrorKind> {
        loop {
            let rest = input.get(*at..).unwrap_or_default();
            match self.state {
                State::Done => return Ok(None),
                State::Failed(kind) => return Err(kind),
                State::Ended => {
                    self.state = State::Done;
                    return Ok(Some(Found::End));
                }
                _ if rest.is_empty() => return Ok(None),
                State::UntilClose => {
                    self.announce(rest.len() as u64)?;
                    *at = input.len();
                    return Ok(Some(Found::Data(rest.len())));
                }
                State::Length | State::ChunkData => {
                    if self.state == State::Length && self.left > self.limits.content {
                        return Err(ErrorKind::BodyTooLong);
                    }
                    let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                    self.left = self.left.saturating_sub(len as u64);
                    if self.left == 0 {
                        self.state = match self.state {
                            State::Length => State::Ended,
                            _ => State::ChunkCr,
                        };
                    }
                    *at = at.saturating_add(len);
                    return Ok(Some(Found::Data(len)));
                }
                State::ChunkCr | State::ChunkLf => {
                    let expected = if self.state == State::ChunkCr { b'\r' } else { b'\n' };
                    match rest.first() {
                        Some(&byte) if byte == expected => {}
                        Some(b'\n') => return Err(ErrorKind::BareLf),
                        _ => return Err(ErrorKind::ChunkEnd),
                    }
                    *at = at.saturating_add(1);
                    self.state = match self.state {
                        State::ChunkCr => State::ChunkLf,
                        _ => State::ChunkLine,
                    };
                }
                State::ChunkLine => self.chunk_line(rest, at)?,
                State::Trailers => {
                    let found = self.trailers.section(rest, &self.limits.trailers);
                    return match found {
                        Ok(None) => Ok(None),
                        Ok(Some((fields, len))) => {
                            *at = at.saturating_add(len);
                            self.state = State::Ended;
                            if fields.is_empty() {
                                continue;
                            }
                            Ok(Some(Found::Trailers(len)))
                        }
                        Err(error) => {
                            *at = at.saturating_add(error.offset as usize);
                            Err(error.kind)
                        }
                    };
                }
            }
        }
    }

    /// Takes bytes of a line with a chunk size.
    fn chunk_line(&mut self, rest: &[u8], at: &mut usize) -> Result<(), ErrorKind> {
        for &byte in rest {
            let line_done = self.line.take(byte)?;
            if self.line.is_in_extension() {
                self.extensions = self.extensions.saturating_add(1);
                // Work that a peer can cause is bounded by the content it sends.
                let allowed = u64::from(self.limits.extensions).saturating_add(self.content >> 4);
                if self.extensions > allowed {
                    return Err(ErrorKind::ChunkExtensionTooLong);
                }
            }
            *at = at.saturating_add(1);
            if line_done {
                self.left = self.line.size();
                self.line = ChunkLine::new();
                self.state = if self.left == 0 { State::Trailers } else { State::ChunkData };
                return self.announce(self.left);
            }
        }
        Ok(())
    }

    fn announce(&mut self, len: u64) -> Result<(), ErrorKind> {
        self.content = self.content.saturating_add(len);
        if self.content > self.limits.content { Err(ErrorKind::BodyTooLong) } else { Ok(()) }
    }
}

/// What [`BodyDecoder::decode_in_place`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InPlace {
    /// Bytes of content that are now at the front.
    pub content: usize,
    /// Bytes that were taken; what lies behind them is as it was.
    pub taken: usize,
    /// The body has ended.
    pub done: bool,
}

/// Moves the bytes from `from` to `end` to `to`, which is not behind `from`.
///
/// As with `copy`, the only place that calls `copy_within`.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn move_within(bytes: &mut [u8], from: usize, end: usize, to: usize) {
    // To the front of a part: of that the optimiser sees that it cannot panic.
    if let Some(part) = bytes.get_mut(to..end) {
        let from = from.saturating_sub(to);
        if from <= part.len() {
            part.copy_within(from.., 0);
        }
    }
}

/// Puts content into the bytes of a body.
///
/// ```
/// use http_lite::Fields;
/// use http_lite::body::BodyEncoder;
/// use http_lite::framing::Framing;
///
/// let mut out = [0; 64];
/// let mut encoder = BodyEncoder::new(Framing::Chunked);
/// let (taken, mut len) = encoder.encode(b"hello", &mut out)?;
/// len += encoder.finish(&Fields::EMPTY, &mut out[len..])?;
/// assert_eq!((taken, &out[..len]), (5, &b"5\r\nhello\r\n0\r\n\r\n"[..]));
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct BodyEncoder {
    framing: Framing,
    /// Bytes left, where the length is known.
    left: u64,
    done: bool,
}

impl BodyEncoder {
    /// For a body of this framing.
    pub const fn new(framing: Framing) -> Self {
        let left = match framing {
            Framing::Length(len) => len,
            _ => 0,
        };
        Self { framing, left, done: false }
    }

    /// True once [`finish`](Self::finish) has ended the body.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Bytes that must still come, if the length is known.
    pub const fn remaining(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(_) => Some(self.left),
            Framing::None | Framing::Tunnel => Some(0),
            Framing::Chunked | Framing::UntilClose => None,
        }
    }

    /// Copies as much of `data` as there is room for, with what frames it: how much of it was taken,
    /// and how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] if there is not room for one byte of it,
    /// [`EncodeError::Invalid`] if there is more than the framing allows. Nothing was taken then.
    pub const fn encode(
        &mut self,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<(usize, usize), EncodeError> {
        if data.is_empty() {
            return Ok((0, 0));
        }
        // What does not fit the length is refused as a whole.
        if let Err(kind) = self.allows(data.len() as u64) {
            return Err(EncodeError::Invalid(kind));
        }
        let mut len = data.len();
        let most = match self.framing {
            Framing::Chunked => out.len().saturating_sub(chunk_overhead(len)),
            _ => out.len(),
        };
        if most == 0 {
            let least = match self.framing {
                Framing::Chunked => chunk_overhead(1).saturating_add(1),
                _ => 1,
            };
            if out.len() < least {
                return Err(EncodeError::BufferTooSmall { needed: least });
            }
            len = 1;
        } else if len > most {
            len = most;
        }
        let (now, _) = match data.split_at_checked(len) {
            Some(split) => split,
            None => (data, data), // never
        };
        let mut w = Writer::new(out);
        self.write_prefix(len as u64, &mut w);
        w.bytes(now);
        w.bytes(self.suffix());
        match w.finish() {
            Ok(written) => Ok((len, written)),
            Err(error) => Err(error),
        }
    }

    /// Writes what goes before `len` bytes of data, which the caller sends without copying them, and
    /// [`suffix`](Self::suffix) behind them.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub const fn prefix(&mut self, len: u64, out: &mut [u8]) -> Result<usize, EncodeError> {
        if len == 0 {
            return Ok(0); // a chunk of no bytes would end the body
        }
        if let Err(kind) = self.allows(len) {
            return Err(EncodeError::Invalid(kind));
        }
        let mut counter = Writer::counter();
        write_chunk_size(self.framing, len, &mut counter);
        if counter.len() > out.len() {
            return Err(EncodeError::BufferTooSmall { needed: counter.len() });
        }
        let mut w = Writer::new(out);
        self.write_prefix(len, &mut w);
        w.finish()
    }

    /// What goes behind the data that [`prefix`](Self::prefix) announced.
    pub const fn suffix(&self) -> &'static [u8] {
        match self.framing {
            Framing::Chunked => b"\r\n",
            _ => b"",
        }
    }

    /// Ends the body: how many bytes were written, for a chunked one the last chunk and `trailers`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact need; [`EncodeError::Invalid`] if less was
    /// sent than Content-Length says, or if there are trailers that may not be sent: in a body that
    /// is not chunked, or such that frame or route the message (RFC 9110 section 6.5.1).
    pub const fn finish(
        &mut self,
        trailers: &Fields<'_>,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        if self.left > 0 {
            return Err(EncodeError::Invalid(ErrorKind::Incomplete));
        }
        if !trailers.is_empty() && !may_be_trailers(self.framing, trailers) {
            return Err(EncodeError::Invalid(ErrorKind::TrailerForbidden));
        }
        let mut w = Writer::new(out);
        if matches!(self.framing, Framing::Chunked) && !self.done {
            w.bytes(b"0\r\n");
            trailers.write(&mut w);
            w.bytes(b"\r\n");
        }
        let len = w.finish();
        if len.is_ok() {
            self.done = true;
        }
        len
    }

    const fn allows(&self, len: u64) -> Result<(), ErrorKind> {
        match self.framing {
            _ if self.done => Err(ErrorKind::BodyForbidden),
            Framing::None | Framing::Tunnel => Err(ErrorKind::BodyForbidden),
            Framing::Length(_) if len > self.left => Err(ErrorKind::BodyTooLong),
            _ => Ok(()),
        }
    }

    const fn write_prefix(&mut self, len: u64, w: &mut Writer<'_>) {
        self.left = self.left.saturating_sub(len);
        write_chunk_size(self.framing, len, w);
    }
}

const fn write_chunk_size(framing: Framing, len: u64, w: &mut Writer<'_>) {
    if matches!(framing, Framing::Chunked) {
        w.hex(len);
        w.bytes(b"\r\n");
    }
}

/// Bytes that frame a chunk of `len` bytes.
const fn chunk_overhead(len: usize) -> usize {
    let bits = usize::BITS.saturating_sub(len.leading_zeros());
    (bits.div_ceil(4) as usize).saturating_add(4)
}

/// RFC 9110 section 6.5.1: not those that frame or route a message, or let a client in.
const fn may_be_trailers(framing: Framing, trailers: &Fields<'_>) -> bool {
    let mut rest = *trailers;
    while let Some((field, behind)) = rest.split_first() {
        let name = field.name;
        if name.is("content-length")
            || name.is("transfer-encoding")
            || name.is("host")
            || name.is("connection")
            || name.is("trailer")
            || name.is("te")
            || name.is("upgrade")
            || name.is("expect")
            || name.is("authorization")
            || name.is("proxy-authorization")
            || name.is("set-cookie")
            || name.is("content-encoding")
            || name.is("content-type")
            || name.is("content-range")
            || name.is("cache-control")
            || name.is("max-forwards")
        {
            return false;
        }
        rest = behind;
    }
    matches!(framing, Framing::Chunked)
}
