//! Numbers that differ from run to run.

use crate::semihosting::now_ns;

/// A number for a WebSocket's masks and key, and for where TCP begins to count.
///
/// It must be such that nobody can tell it before (RFC 6455 section 5.3, RFC 9293 section 3.4.1), and
/// that it is not: the board has no source of such numbers, so it only follows from when it was asked
/// for. A product gives the number of its hardware generator here.
pub fn random() -> u32 {
    // The end of SplitMix64: each bit of the time changes each bit of the number.
    let mut mixed = now_ns().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed >> 32) as u32
}
