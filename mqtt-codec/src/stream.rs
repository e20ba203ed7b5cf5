//! Packets out of a byte stream that arrives in pieces of any size.

use core::fmt;

use crate::codec::Codec;
use crate::error::{DecodeError, ErrorKind};
use crate::fixed_header::FixedHeader;
use crate::packet::{Packet, PacketType};
use crate::publish::Publish;
use crate::reader::Reader;
use crate::writer::{copy, drop_front};

/// Collects the bytes of a connection in a buffer that you lend, and gives packets out of it.
///
/// ```text
///            start              end
/// +---------+------------------+----------+
/// | given   | held             | space    |   read into `space`, say how much was `filled`,
/// +---------+------------------+----------+   take the `next` until there is none
/// ```
///
/// It decodes one packet at a time and never ahead: a server learns the version from CONNECT while
/// the next packets already wait. A packet larger than the buffer is announced as [`Item::Large`]
/// when its fixed header is there; then you refuse it by closing the connection, [`skip`] it, or,
/// if it is a PUBLISH, [`stream`] it: head, then payload in chunks.
///
/// After an error the stream stays where it is and gives the same error again.
///
/// [`skip`]: Self::skip
/// [`stream`]: Self::stream
///
/// ```
/// use mqtt_codec::{Codec, Item, Packet, Stream, Version};
///
/// let mut buffer = [0; 64];
/// let mut stream = Stream::new(&mut buffer);
/// let mut codec = Codec::server();
/// let mut packets = 0;
/// // CONNECT of 3.1.1 and PINGREQ, three bytes at a time.
/// for piece in b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\xC0\0".chunks(3) {
///     assert_eq!(stream.push(piece), piece.len());
///     while let Some(item) = stream.next(&codec)? {
///         if let Item::Packet(Packet::Connect(connect)) = item {
///             codec = codec.with_version(connect.version);
///         }
///         packets += 1;
///     }
/// }
/// assert_eq!((packets, codec.version), (2, Some(Version::V3)));
/// # Ok::<(), mqtt_codec::DecodeError>(())
/// ```
pub struct Stream<'b> {
    buffer: &'b mut [u8],
    start: usize,
    end: usize,
    state: State,
}

/// Never what is held: it may be a password.
impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("capacity", &self.buffer.len())
            .field("held", &self.held().len())
            .field("state", &self.state)
            .finish()
    }
}

/// What a [`Stream`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// A packet that is larger than the buffer, with its fixed header. It comes again until you
    /// choose [`Stream::skip`] or [`Stream::stream`].
    Large(FixedHeader),
    /// The start of a PUBLISH that is being streamed; its payload follows.
    PublishHead {
        /// The PUBLISH, with an empty payload.
        publish: Publish<'a>,
        /// Length of the payload that follows, in bytes, at least 1.
        payload_len: u32,
    },
    /// The next bytes of the payload.
    Payload {
        /// At least one byte.
        bytes: &'a [u8],
        /// Bytes of the payload that are still to come; 0 ends the PUBLISH.
        remaining: u32,
    },
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// At the start of a packet.
    Packet,
    /// At the start of a packet that is larger than the buffer.
    Large(FixedHeader),
    /// At the start of a PUBLISH that is to be streamed.
    Head(FixedHeader),
    /// Within a payload, so many bytes before its end.
    Payload(u32),
    /// Within a packet that nobody wants, so many bytes before its end.
    Skip(u32),
}

/// What [`Stream::next`] gives once the bytes are there.
enum Ready {
    Packet { len: usize },
    Large(FixedHeader),
    Head { header: FixedHeader, len: usize },
    Payload { len: usize, remaining: u32 },
}

impl<'b> Stream<'b> {
    /// An empty stream over `buffer`. Five bytes are the least that can work; packets of up to its
    /// length come whole.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, start: 0, end: 0, state: State::Packet }
    }

    /// Room to read into. It is empty if the buffer is full of what [`next`](Self::next) has not
    /// given yet: call `next` until it gives `None`, then read.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > self.buffer.len().saturating_sub(self.end) {
            // More room before what is held than behind it. Who takes every packet before reading
            // on moves a byte at most once, because then only a part of one packet is held.
            let held = self.end.saturating_sub(self.start);
            if let Some(bytes) = self.buffer.get_mut(..self.end) {
                drop_front(bytes, self.start);
            }
            (self.start, self.end) = (0, held);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that `len` bytes were read into [`space`](Self::space).
    pub fn filled(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.buffer.len());
    }

    /// Copies from `bytes` what there is room for; how many bytes that was.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let space = self.space();
        let len = bytes.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..len), bytes.get(..len)) {
            copy(to, from);
        }
        self.filled(len);
        len
    }

    /// The bytes that were read and not given yet: after the connection has ended, what was cut
    /// off.
    pub fn held(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// True if nothing of a packet was read or is still to come.
    pub fn is_between_packets(&self) -> bool {
        self.held().is_empty() && matches!(self.state, State::Packet)
    }

    /// The next packet or part of one; `None` if more bytes must be read.
    ///
    /// # Errors
    ///
    /// Those of [`Codec::decode`], and [`ErrorKind::PacketTooLarge`] if the buffer cannot hold the
    /// head of a PUBLISH that is being streamed.
    pub fn next(&mut self, codec: &Codec) -> Result<Option<Item<'_>>, DecodeError> {
        match self.ready(codec)? {
            Some(ready) => self.give(ready, codec).map(Some),
            None => Ok(None),
        }
    }

    /// True if [`next`](Self::next) will give something, or fail, without more bytes.
    pub fn has_next(&mut self, codec: &Codec) -> bool {
        !matches!(self.ready(codec), Ok(None))
    }

    /// Leaves out the rest of the packet: one that was announced as [`Item::Large`], or what is
    /// left of a payload. Does nothing between packets.
    pub fn skip(&mut self) {
        self.state = match self.state {
            State::Packet => State::Packet,
            State::Large(header) | State::Head(header) => {
                State::Skip(u32::try_from(header.frame_len()).unwrap_or(u32::MAX))
            }
            State::Payload(len) | State::Skip(len) => State::Skip(len),
        };
        self.drop_skipped();
    }

    /// Takes the PUBLISH that was announced as [`Item::Large`] in parts. False if no PUBLISH was.
    ///
    /// ```
    /// use mqtt_codec::{Codec, Item, Stream, Version};
    ///
    /// let codec = Codec::client(Version::V5);
    /// let mut buffer = [0; 16];
    /// let mut stream = Stream::new(&mut buffer);
    /// let mut firmware = Vec::new();
    /// // PUBLISH of 30 bytes to "ota", through a buffer of 16.
    /// for piece in b"\x30\x24\x00\x03ota\x00thirty bytes of a new firmware".chunks(5) {
    ///     stream.push(piece);
    ///     while let Some(item) = stream.next(&codec)? {
    ///         match item {
    ///             Item::Large(header) if header.remaining_length > 1_000_000 => stream.skip(),
    ///             Item::Large(_) => assert!(stream.stream()),
    ///             Item::PublishHead { publish, .. } => assert_eq!(publish.topic, "ota"),
    ///             Item::Payload { bytes, .. } => firmware.extend_from_slice(bytes),
    ///             Item::Packet(_) => {}
    ///         }
    ///     }
    /// }
    /// assert_eq!(firmware, b"thirty bytes of a new firmware");
    /// # Ok::<(), mqtt_codec::DecodeError>(())
    /// ```
    pub fn stream(&mut self) -> bool {
        match self.state {
            State::Large(header) if header.packet_type == PacketType::Publish => {
                self.state = State::Head(header);
                true
            }
            _ => false,
        }
    }

    /// Drops what is held of a packet that nobody wants.
    fn drop_skipped(&mut self) {
        if let State::Skip(len) = self.state {
            let skipped = self.held().len().min(len as usize);
            self.start = self.start.saturating_add(skipped);
            self.state = match len.saturating_sub(skipped as u32) {
                0 => State::Packet,
                rest => State::Skip(rest),
            };
        }
    }

    fn ready(&mut self, codec: &Codec) -> Result<Option<Ready>, DecodeError> {
        self.drop_skipped();
        let held = self.buffer.get(self.start..self.end).unwrap_or_default();
        match self.state {
            State::Packet => {
                let Some(header) = codec.fixed_header(held)? else {
                    // A buffer of less than five bytes could wait for ever.
                    return if held.len() < self.buffer.len() {
                        Ok(None)
                    } else {
                        Err(codec.error(ErrorKind::PacketTooLarge, 1, held))
                    };
                };
                let len = header.frame_len();
                if len > self.buffer.len() {
                    self.state = State::Large(header);
                    return Ok(Some(Ready::Large(header)));
                }
                Ok((len <= held.len()).then_some(Ready::Packet { len }))
            }
            State::Large(header) => Ok(Some(Ready::Large(header))),
            State::Head(header) => {
                let body = held.get(header.len..).unwrap_or_default();
                let version = codec.context(codec.role.peer()).version;
                let len = match Publish::head_len(body, &header, version) {
                    Ok(Some(len)) => header.len.saturating_add(len),
                    Ok(None) if held.len() < self.buffer.len() => return Ok(None),
                    Ok(None) => usize::MAX,
                    Err((kind, at)) => {
                        return Err(codec.error(kind, header.len.saturating_add(at), held));
                    }
                };
                if len > self.buffer.len() {
                    return Err(codec.error(ErrorKind::PacketTooLarge, header.len, held));
                }
                Ok((len <= held.len()).then_some(Ready::Head { header, len }))
            }
            State::Payload(remaining) => {
                let len = held.len().min(remaining as usize);
                let remaining = remaining.saturating_sub(len as u32);
                Ok((len > 0).then_some(Ready::Payload { len, remaining }))
            }
            State::Skip(_) => Ok(None),
        }
    }

    /// Gives what is ready and moves behind it.
    fn give(&mut self, ready: Ready, codec: &Codec) -> Result<Item<'_>, DecodeError> {
        let start = self.start;
        match ready {
            Ready::Large(header) => Ok(Item::Large(header)),
            Ready::Packet { len } => {
                let bytes = self.buffer.get(start..start.saturating_add(len)).unwrap_or_default();
                let packet = match codec.decode(bytes)? {
                    Some((packet, _)) => packet,
                    None => return Err(codec.error(ErrorKind::Truncated, 0, bytes)), // never
                };
                self.start = start.saturating_add(len);
                Ok(Item::Packet(packet))
            }
            Ready::Head { header, len } => {
                let frame = self.buffer.get(start..start.saturating_add(len)).unwrap_or_default();
                let mut r = Reader::new(frame.get(header.len..).unwrap_or_default());
                let mut publish = Publish::NOTHING;
                publish.read_head(&mut r, header.flags, codec.context(codec.role.peer()));
                if let Some(error) = codec.error_of(&r, len, frame) {
                    return Err(error);
                }
                let payload_len = header.frame_len().saturating_sub(len) as u32;
                self.start = start.saturating_add(len);
                self.state = State::Payload(payload_len);
                Ok(Item::PublishHead { publish, payload_len })
            }
            Ready::Payload { len, remaining } => {
                self.start = start.saturating_add(len);
                self.state = match remaining {
                    0 => State::Packet,
                    _ => State::Payload(remaining),
                };
                let bytes = self.buffer.get(start..self.start).unwrap_or_default();
                Ok(Item::Payload { bytes, remaining })
            }
        }
    }
}
