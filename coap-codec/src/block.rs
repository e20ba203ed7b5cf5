//! The value of Block1, Block2, Q-Block1 and Q-Block2: one block of a body. RFC 7959 section 2.2,
//! RFC 9177 section 4.2; BERT: RFC 8323 section 6.

use crate::code::Code;
use crate::uint::Uint;

/// Which block of a body: its number, its size, and whether more follow.
///
/// ```text
///  0                   1                   2
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   0 to 3 bytes, the shortest form
/// |                   NUM                 |M| SZX |   NUM 0 to 1,048,575
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   size 2**(SZX + 4)
/// ```
///
/// In descriptive usage (Block1 of a request, Block2 of a response) it says what the payload is. In
/// control usage (the other direction) it says what is wanted, or was taken; `more` then has a
/// meaning in a Block1 only.
///
/// ```
/// use coap_codec::{Block, Szx};
///
/// let block = Block::decode(&[0x2E]).unwrap();
/// assert_eq!((block.num(), block.more(), block.szx()), (2, true, Szx::S1024));
/// assert_eq!(block.offset(), 2048);
/// assert_eq!(block.to_uint().as_bytes(), [0x2E]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block {
    num: u32,
    more: bool,
    szx: Szx,
}

impl Block {
    /// The largest NUM, 2^20 - 1.
    pub const MAX_NUM: u32 = 0xF_FFFF;

    /// The block; `None` if `num` is above [`Block::MAX_NUM`].
    pub const fn new(num: u32, more: bool, szx: Szx) -> Option<Self> {
        if num > Self::MAX_NUM { None } else { Some(Self { num, more, szx }) }
    }

    /// Block 0 of this size, as a request for the first block has it.
    pub const fn first(szx: Szx) -> Self {
        Self { num: 0, more: false, szx }
    }

    /// The value of an option in a message over UDP, where SZX 7 is reserved.
    ///
    /// # Errors
    ///
    /// [`BlockError`], which knows what to answer a request with.
    pub const fn decode(value: &[u8]) -> Result<Self, BlockError> {
        match Self::decode_reliable(value) {
            Ok(Self { szx: Szx::Bert, .. }) => Err(BlockError::ReservedSize),
            result => result,
        }
    }

    /// The value of an option in a message over TCP or WebSockets, where SZX 7 is BERT. RFC 8323
    /// section 6.
    ///
    /// # Errors
    ///
    /// [`BlockError::TooLong`].
    pub const fn decode_reliable(value: &[u8]) -> Result<Self, BlockError> {
        match Uint::decode(value) {
            Some(bits) if value.len() <= 3 => Ok(Self {
                num: bits as u32 >> 4,
                more: bits & 8 != 0,
                szx: Szx::from_bits(bits as u8),
            }),
            _ => Err(BlockError::TooLong),
        }
    }

    /// NUM, 0 to 1,048,575.
    pub const fn num(self) -> u32 {
        self.num
    }

    /// M: do more blocks follow?
    pub const fn more(self) -> bool {
        self.more
    }

    /// SZX: how large a block is.
    pub const fn szx(self) -> Szx {
        self.szx
    }

    /// The same block with another M.
    pub const fn with_more(self, more: bool) -> Self {
        Self { more, ..self }
    }

    /// All 24 bits.
    pub const fn value(self) -> u32 {
        self.num << 4 | (self.more as u32) << 3 | self.szx as u32
    }

    /// The value of the option, 0 to 3 bytes.
    pub const fn to_uint(self) -> Uint {
        Uint::new(self.value() as u64)
    }

    /// Where in the body the block begins, in bytes, below 2^30.
    pub const fn offset(self) -> u32 {
        self.num << self.szx.exponent()
    }

    /// May a message with this block in descriptive usage have a payload of `len` bytes?
    ///
    /// If more follow, exactly one block (one or more of 1024 bytes with BERT); the last may be of
    /// any length. RFC 7959 section 2.3, RFC 8323 section 6.
    pub const fn allows_payload(self, len: usize) -> bool {
        match (self.more, self.szx) {
            (false, _) => true, // "SZX does not govern the payload size if M is unset"
            (true, Szx::Bert) => len != 0 && len & 0x3FF == 0,
            (true, szx) => len == szx.size() as usize,
        }
    }

    /// The block that follows this one's payload of `len` bytes: NUM one further, or with BERT as
    /// many further as the payload has blocks. M is unset.
    ///
    /// `None` past the last number, or if this block allows no such payload or cannot be followed.
    pub const fn next(self, len: usize) -> Option<Self> {
        if !self.with_more(true).allows_payload(len) || len > (Self::MAX_NUM as usize) << 10 {
            return None;
        }
        let blocks = (len >> self.szx.exponent()) as u32;
        Self::new(self.num.saturating_add(blocks), false, self.szx)
    }

    /// The block that begins at the same byte in another size, with the same M: NUM counted anew.
    ///
    /// A smaller size always divides a larger one. `None` if a larger one does not begin there, or
    /// if NUM would not fit into 20 bits. RFC 7959 sections 2.3 and 2.5.
    ///
    /// ```
    /// use coap_codec::{Block, Szx};
    ///
    /// // A server took block 0 of 1024 bytes and asks for 64 from now on: go on with block 16.
    /// let next = Block::first(Szx::S1024).next(1024).unwrap().resized(Szx::S64).unwrap();
    /// assert_eq!((next.num(), next.offset()), (16, 1024));
    /// ```
    pub const fn resized(self, szx: Szx) -> Option<Self> {
        let num = self.offset() >> szx.exponent();
        match Self::new(num, self.more, szx) {
            Some(block) if block.offset() == self.offset() => Some(block),
            _ => None,
        }
    }

    /// Which bytes of a body of `total_len` bytes are this block, and whether more follow: the
    /// first byte, the byte after the last, M. Nothing needs to be remembered to serve a Block2.
    ///
    /// With BERT it is one block of 1024 bytes, which is allowed. `None` if the block begins past the
    /// end; an empty body has an empty block 0.
    ///
    /// ```
    /// use coap_codec::{Block, Szx};
    ///
    /// let block = Block::new(1, false, Szx::S64).unwrap();
    /// assert_eq!(block.window(100), Some((64, 100, false)));
    /// assert_eq!(block.window(64), None);
    /// ```
    pub const fn window(self, total_len: usize) -> Option<(usize, usize, bool)> {
        self.span(total_len, self.szx.size() as usize)
    }

    const fn span(self, total_len: usize, len: usize) -> Option<(usize, usize, bool)> {
        let start = self.offset() as usize; // below 2^30
        match total_len.checked_sub(start) {
            None => None,
            Some(0) if self.num != 0 => None,
            Some(rest) if rest > len => Some((start, start.saturating_add(len), true)),
            Some(_) => Some((start, total_len, false)),
        }
    }

    /// What a server answers to this Block2 of a request, if its own blocks are of at most
    /// `preferred`: the block in the smaller of both sizes, with M, and the bytes of the body that it
    /// has, first and after the last. RFC 7959 sections 2.3 and 2.4.
    ///
    /// `None` if the block begins past the end of the body, or so far behind that in the smaller size
    /// its number has more than 20 bits: at 16 MiB or more with blocks of 16 bytes.
    ///
    /// ```
    /// use coap_codec::{Block, Szx};
    ///
    /// // Asked for blocks of 1024 bytes, this server has no room for more than 64.
    /// let (block, start, end) = Block::first(Szx::S1024).answer(200, Szx::S64).unwrap();
    /// assert_eq!((block.num(), block.more(), block.szx()), (0, true, Szx::S64));
    /// assert_eq!((start, end), (0, 64));
    /// ```
    pub const fn answer(self, total_len: usize, preferred: Szx) -> Option<(Self, usize, usize)> {
        let Some(block) = self.resized(self.szx.smaller(preferred)) else {
            return None;
        };
        match block.window(total_len) {
            Some((start, end, more)) => Some((block.with_more(more), start, end)),
            None => None,
        }
    }

    /// As [`answer`](Self::answer), with the largest blocks whose payload has at most `room` bytes;
    /// where the request asks for BERT, as many blocks of 1024 bytes as fit. RFC 8323 section 6.
    ///
    /// `None` also if `room` is below 16 bytes.
    ///
    /// ```
    /// use coap_codec::{Block, Szx};
    ///
    /// let (block, start, end) = Block::first(Szx::Bert).answer_within(12_903, 4_000).unwrap();
    /// assert_eq!((block.more(), block.szx(), start, end), (true, Szx::Bert, 0, 3072));
    /// assert_eq!(block.next(3072).unwrap().num(), 3);
    /// ```
    pub const fn answer_within(
        self,
        total_len: usize,
        room: usize,
    ) -> Option<(Self, usize, usize)> {
        let Some(preferred) = Szx::at_most(room) else {
            return None;
        };
        if !matches!((self.szx, preferred), (Szx::Bert, Szx::S1024)) {
            return self.answer(total_len, preferred);
        }
        // Only the last payload may end within a block.
        let is_last = total_len.saturating_sub(self.offset() as usize) <= room;
        match self.span(total_len, if is_last { room } else { room & !0x3FF }) {
            Some((start, end, more)) => Some((self.with_more(more), start, end)),
            None => None,
        }
    }
}

/// How large a block is. The sizes are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Szx {
    /// 0, 16 bytes.
    S16 = 0,
    /// 1, 32 bytes.
    S32 = 1,
    /// 2, 64 bytes.
    S64 = 2,
    /// 3, 128 bytes.
    S128 = 3,
    /// 4, 256 bytes.
    S256 = 4,
    /// 5, 512 bytes.
    S512 = 5,
    /// 6, 1024 bytes.
    S1024 = 6,
    /// 7, any number of blocks of 1024 bytes. Over reliable transports only, reserved elsewhere.
    Bert = 7,
}

impl Szx {
    /// The last three bits of an option's value; the others are not looked at.
    pub const fn from_bits(value: u8) -> Self {
        match value & 7 {
            0 => Self::S16,
            1 => Self::S32,
            2 => Self::S64,
            3 => Self::S128,
            4 => Self::S256,
            5 => Self::S512,
            6 => Self::S1024,
            _ => Self::Bert,
        }
    }

    /// The size of exactly 16, 32, 64, 128, 256, 512 or 1024 bytes.
    pub const fn from_size(size: usize) -> Option<Self> {
        match Self::at_most(size) {
            Some(szx) if szx.size() as usize == size => Some(szx),
            _ => None,
        }
    }

    /// The largest size of at most `room` bytes, never BERT; `None` below 16.
    ///
    /// ```
    /// use coap_codec::Szx;
    ///
    /// assert_eq!(Szx::at_most(100), Some(Szx::S64));
    /// assert_eq!(Szx::at_most(15), None);
    /// ```
    pub const fn at_most(room: usize) -> Option<Self> {
        Some(match room {
            0..16 => return None,
            16..32 => Self::S16,
            32..64 => Self::S32,
            64..128 => Self::S64,
            128..256 => Self::S128,
            256..512 => Self::S256,
            512..1024 => Self::S512,
            _ => Self::S1024,
        })
    }

    /// Bytes of one block, 16 to 1024; 1024 with BERT.
    pub const fn size(self) -> u16 {
        1 << self.exponent()
    }

    /// The smaller of both: what two peers agree on.
    pub const fn smaller(self, other: Self) -> Self {
        if (self as u8) < other as u8 { self } else { other }
    }

    /// The size as a power of two, 4 to 10.
    const fn exponent(self) -> u32 {
        match self {
            Self::Bert => 10, // RFC 8323 section 6: as SZX 6
            szx => (szx as u32).saturating_add(4),
        }
    }
}

/// Why an option's value is no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// More than three bytes. RFC 7252 section 5.4.3: as if the option were not known.
    #[error("a block option of more than 3 bytes")]
    TooLong,
    /// SZX 7 where BERT cannot be. RFC 7959 section 2.2.
    #[error("block size 7 is reserved")]
    ReservedSize,
}

impl BlockError {
    /// What a request with it is answered with. A response with it is rejected.
    pub const fn code(self) -> Code {
        match self {
            Self::TooLong => Code::BAD_OPTION,
            Self::ReservedSize => Code::BAD_REQUEST,
        }
    }

    /// Which rule it breaks.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::TooLong => "RFC 7252 section 5.4.3",
            Self::ReservedSize => "RFC 7959 section 2.2",
        }
    }
}
