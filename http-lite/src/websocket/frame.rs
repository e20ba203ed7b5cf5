//! The header of a frame. RFC 6455 section 5.2.

use super::{Error, Kind, Mask, Role, SendError};
use crate::error::EncodeError;
use crate::writer::Writer;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Opcode {
    /// More of the message that has begun.
    Continuation = 0,
    /// A message, or the start of one, in UTF-8.
    Text = 1,
    /// A message, or the start of one, of any bytes.
    Binary = 2,
    /// The sender sends nothing more.
    Close = 8,
    /// To be answered with a Pong of the same payload.
    Ping = 9,
    /// The answer to a Ping; also unasked.
    Pong = 10,
}

/// What stands before the payload of a frame.
///
/// ```
/// use http_lite::websocket::{FrameHeader, Opcode, Role};
///
/// let frame = b"\x81\x05Hello"; // RFC 6455 section 5.7
/// let (header, len) = FrameHeader::decode(frame, Role::Server)?.unwrap();
/// assert_eq!(header, FrameHeader::new(Opcode::Text, 5));
/// assert_eq!(&frame[len..], b"Hello");
/// # Ok::<(), http_lite::websocket::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameHeader {
    /// FIN: the message ends with this frame.
    pub is_final: bool,
    /// What it is.
    pub opcode: Opcode,
    /// What the payload is masked with, if a client sends it.
    pub mask: Option<Mask>,
    /// Bytes of payload; below 2^63, and at most 125 in control frames.
    pub len: u64,
}

impl Opcode {
    const fn of(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    /// True for Close, Ping and Pong.
    pub const fn is_control(self) -> bool {
        self as u8 >= Self::Close as u8
    }
}

impl FrameHeader {
    /// The longest header, in bytes.
    pub const MAX_LEN: usize = 14;
    /// The longest payload of a control frame, in bytes.
    pub const MAX_CONTROL: usize = 125;

    /// Of a whole message of `len` bytes that a server sends.
    pub const fn new(opcode: Opcode, len: u64) -> Self {
        Self { is_final: true, opcode, mask: None, len }
    }

    /// Reads the header of a frame that was sent by `sender`, and its length. `None`: read more.
    ///
    /// # Errors
    ///
    /// [`Error`], by the first bytes before a length is complete, by the length once it is.
    pub const fn decode(bytes: &[u8], sender: Role) -> Result<Option<(Self, usize)>, Error> {
        let [first, rest @ ..] = bytes else { return Ok(None) };
        if *first & 0x70 != 0 {
            return Err(Error::new(Kind::ReservedBit, 0));
        }
        let Some(opcode) = Opcode::of(*first & 15) else {
            return Err(Error::new(Kind::ReservedOpcode, 0));
        };
        let is_final = *first & 0x80 != 0;
        if opcode.is_control() && !is_final {
            return Err(Error::new(Kind::ControlFragment, 0));
        }
        let [second, rest @ ..] = rest else { return Ok(None) };
        let is_masked = *second & 0x80 != 0;
        match sender {
            Role::Client if !is_masked => return Err(Error::new(Kind::Unmasked, 1)),
            Role::Server if is_masked => return Err(Error::new(Kind::Masked, 1)),
            _ => {}
        }
        let short = *second & 0x7F;
        if opcode.is_control() && short > 125 {
            return Err(Error::new(Kind::ControlTooLong, 1));
        }
        let (len, rest, header_len) = match (short, rest) {
            (126, [a, b, rest @ ..]) => (u16::from_be_bytes([*a, *b]) as u64, rest, 4),
            (127, [top, ..]) if *top >= 0x80 => return Err(Error::new(Kind::LengthBit, 2)),
            (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest, 10)
            }
            (126 | 127, _) => return Ok(None),
            (len, rest) => (len as u64, rest, 2usize),
        };
        if (header_len == 4 && len < 126) || (header_len == 10 && len <= u16::MAX as u64) {
            return Err(Error::new(Kind::LongLength, 2));
        }
        let header = Self { is_final, opcode, mask: None, len };
        match rest {
            _ if !is_masked => Ok(Some((header, header_len))),
            [a, b, c, d, ..] => {
                let mask = Some(Mask([*a, *b, *c, *d]));
                Ok(Some((Self { mask, ..header }, header_len.saturating_add(4))))
            }
            _ => Ok(None),
        }
    }

    /// Writes it: how many bytes.
    ///
    /// # Errors
    ///
    /// [`SendError::BufferTooSmall`] with the exact length, and [`SendError::Invalid`] for a control
    /// frame in fragments or of more than 125 bytes, and for 2^63 bytes and more.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, SendError> {
        if self.len >> 63 != 0 {
            return Err(SendError::Invalid(Kind::LengthBit));
        }
        if self.opcode.is_control() && !self.is_final {
            return Err(SendError::Invalid(Kind::ControlFragment));
        }
        if self.opcode.is_control() && self.len > Self::MAX_CONTROL as u64 {
            return Err(SendError::Invalid(Kind::ControlTooLong));
        }
        let mut w = Writer::new(out);
        self.write(&mut w);
        match w.finish() {
            Ok(len) => Ok(len),
            Err(EncodeError::BufferTooSmall { needed }) => {
                Err(SendError::BufferTooSmall { needed })
            }
            Err(EncodeError::Invalid(_)) => Err(SendError::OutOfTurn), // never
        }
    }

    /// The length that [`encode`](Self::encode) writes: 2 to 14 bytes.
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(&self, w: &mut Writer<'_>) {
        w.u8((self.is_final as u8) << 7 | self.opcode as u8);
        let masked = (self.mask.is_some() as u8) << 7;
        match self.len {
            len @ 0..=125 => w.u8(masked | len as u8),
            len @ 126..=0xFFFF => {
                w.u8(masked | 126);
                w.bytes(&(len as u16).to_be_bytes());
            }
            len => {
                w.u8(masked | 127);
                w.bytes(&len.to_be_bytes());
            }
        }
        if let Some(mask) = self.mask {
            w.bytes(&mask.0);
        }
    }
}
