//! The value of Observe: registration in requests, order in notifications. RFC 7641 sections 2, 3.4
//! and 4.4.

use crate::uint::Uint;

/// The value of an Observe option, 24 bits. What it means depends on the message.
///
/// In a request it is [`REGISTER`](Self::REGISTER) or [`DEREGISTER`](Self::DEREGISTER), and any other
/// value is ignored. In a notification it is the last 24 bits of a number that only grows. There are
/// two simple ways for a server to make it: [`next`](Self::next) with every change of the resource,
/// below 32,768 changes a second, or [`from_clock`](Self::from_clock) with every notification, below
/// 1,000 a second.
///
/// ```
/// use coap_codec::Observe;
///
/// assert_eq!(Observe::decode(&[]), Some(Observe::REGISTER));
///
/// let last = Observe::new(0xFF_FFFF).unwrap();
/// assert_eq!(last.next().get(), 0);
/// // The client: the next one is fresher though its number is smaller, the last came late.
/// assert!(last.next().is_fresher(1_000, last, 900));
/// assert!(!last.is_fresher(1_100, last.next(), 1_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Observe(u32);

impl Observe {
    /// 0 in a request: add the client and its token to the observers. RFC 7641 section 2.
    pub const REGISTER: Self = Self(0);
    /// 1 in a request: remove them. RFC 7641 section 2.
    pub const DEREGISTER: Self = Self(1);
    /// The largest value, 2^24 - 1.
    pub const MAX: u32 = 0xFF_FFFF;

    /// The value; `None` if it has more than 24 bits.
    pub const fn new(value: u32) -> Option<Self> {
        if value > Self::MAX { None } else { Some(Self(value)) }
    }

    /// The last 24 bits of a sequence number.
    pub const fn of(sequence_number: u64) -> Self {
        Self(sequence_number as u32 & Self::MAX)
    }

    /// The value from a clock that does not go back, in ticks of 256 seconds / 2^23, as the
    /// implementation note of RFC 7641 section 4.4 has it. Two notifications in the same millisecond
    /// would get the same number.
    pub const fn from_clock(now_ms: u64) -> Self {
        // 4096 / 125 ticks a millisecond. Only the last bits are kept, so wrapping is harmless, and
        // dividing before multiplying keeps the quotient exact.
        let whole = (now_ms / 125).wrapping_mul(4096);
        Self::of(whole.wrapping_add((now_ms % 125).wrapping_mul(4096) / 125))
    }

    /// The value of the option; `None` if it is longer than 3 bytes. RFC 7252 section 5.4.3: such an
    /// option is ignored.
    pub const fn decode(value: &[u8]) -> Option<Self> {
        match Uint::decode(value) {
            Some(number) if value.len() <= 3 => Some(Self(number as u32)),
            _ => None,
        }
    }

    /// The number, 0 to 2^24 - 1.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The value of the option, 0 to 3 bytes.
    pub const fn to_uint(self) -> Uint {
        Uint::new(self.0 as u64)
    }

    /// One more; 0 follows 2^24 - 1.
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1) & Self::MAX)
    }

    /// For a client: was this notification, received at `received_ms`, sent after the freshest one so
    /// far? If not, it came late and is ignored. Times are of a clock of the client's that does not
    /// go back. RFC 7641 section 3.4.
    pub const fn is_fresher(self, received_ms: u64, freshest: Self, freshest_ms: u64) -> bool {
        let (v1, v2) = (freshest.0, self.0);
        (v1 < v2 && v2.wrapping_sub(v1) < HALF)
            || (v1 > v2 && v1.wrapping_sub(v2) > HALF)
            || received_ms > freshest_ms.saturating_add(FRESH_MS)
    }

    /// For a server: may a notification with sequence number `after` follow one with `before`,
    /// `elapsed_ms` later, for the same client, token and resource? The numbers are the whole ones,
    /// of whose last 24 bits Observe is made. RFC 7641 section 4.4.
    ///
    /// ```
    /// use coap_codec::Observe;
    ///
    /// assert!(Observe::may_follow(7, 8, 0));
    /// assert!(!Observe::may_follow(7, 7, 1_000)); // strictly increasing
    /// assert!(!Observe::may_follow(0, (1 << 23) + 1, 255_999)); // too fast
    /// ```
    pub const fn may_follow(before: u64, after: u64, elapsed_ms: u64) -> bool {
        match after.checked_sub(before) {
            None | Some(0) => false,
            Some(increase) => increase <= HALF as u64 || elapsed_ms >= SPAN_MS,
        }
    }
}

/// 2^23.
const HALF: u32 = 1 << 23;

/// After so long without a notification the next is fresher whatever its number.
const FRESH_MS: u64 = 128_000;

/// In less than that, a sequence number grows by 2^23 at most.
const SPAN_MS: u64 = 256_000;
