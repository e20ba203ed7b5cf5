//! What fits into one frame of a constrained network, so that nothing is fragmented on the way.
//!
//! ```text
//! |<---------------------- frame, 127 bytes with IEEE 802.15.4 ---------------------->|
//! +-----+----------+-------------+-----+-----------------------------------------+-----+
//! | MAC | security | IPv6        | UDP | CoAP message: what is left, the room    | FCS |
//! +-----+----------+-------------+-----+-----------------------------------------+-----+
//! ```
//!
//! A frame is a link's affair, so every number is an input. With what RFC 4944 section 4 and RFC 6282
//! give for the worst MAC header, several hops and any port:
//!
//! | IPv6 and UDP | no security | AES-CCM-32 | AES-CCM-64 | AES-CCM-128 |
//! |---|---|---|---|---|
//! | compressed, 14 bytes | 88 | 79 | 75 | 67 |
//! | not compressed, 49 bytes | 53 | 44 | 40 | 32 |
//!
//! ```
//! use coap_codec::{Szx, fit::{self, Link}};
//!
//! let room = Link::IEEE_802_15_4.with_security(fit::AES_CCM_128).room();
//! assert_eq!(room, 67);
//! assert!(fit::fits(40, room));
//! // A response with 14 bytes before its payload carries blocks of 32 bytes.
//! assert_eq!(fit::szx_for(room, 14), Some(Szx::S32));
//! ```

use crate::block::Szx;

/// What a link takes of each of its frames, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    /// The longest frame, with everything in it.
    pub frame: usize,
    /// The MAC header without security, and the frame check sequence.
    pub mac: usize,
    /// What link-layer security adds.
    pub security: usize,
    /// The IPv6 header as it is sent, with its dispatch byte.
    pub ipv6: usize,
    /// The UDP header as it is sent.
    pub udp: usize,
    /// What DTLS or the like adds to each message.
    pub transport_security: usize,
}

impl Link {
    /// IEEE 802.15.4 with 6LoWPAN: the longest MAC header, no security, compressed headers over
    /// several hops, any port. Room for 88 bytes.
    pub const IEEE_802_15_4: Self = Self {
        frame: MAX_FRAME,
        mac: MAX_MAC,
        security: 0,
        ipv6: IPHC_ROUTED,
        udp: NHC_UDP,
        transport_security: 0,
    };

    /// IEEE 802.15.4 where nothing is compressed. Room for 53 bytes.
    pub const IEEE_802_15_4_UNCOMPRESSED: Self =
        Self { ipv6: IPV6_UNCOMPRESSED, udp: UDP_UNCOMPRESSED, ..Self::IEEE_802_15_4 };

    /// The same link with this much link-layer security, as [`AES_CCM_128`].
    pub const fn with_security(self, security: usize) -> Self {
        Self { security, ..self }
    }

    /// Bytes that are left for a CoAP message; 0 if nothing is.
    pub const fn room(&self) -> usize {
        self.frame
            .saturating_sub(self.mac)
            .saturating_sub(self.security)
            .saturating_sub(self.ipv6)
            .saturating_sub(self.udp)
            .saturating_sub(self.transport_security)
    }
}

/// Does a message of `encoded_len` bytes fit into `room` bytes?
pub const fn fits(encoded_len: usize, room: usize) -> bool {
    encoded_len <= room
}

/// The largest block size whose block fits into `room` bytes beside `overhead` bytes of the message:
/// header, token, options with the Block option itself, and the payload marker. `None` if not even
/// 16 bytes do.
pub const fn szx_for(room: usize, overhead: usize) -> Option<Szx> {
    Szx::at_most(room.saturating_sub(overhead))
}

/// Room in a datagram where nothing is known about the path. RFC 7252 section 4.6.
pub const DEFAULT_ROOM: usize = 1152;

/// What DTLS with AES-CCM-8 adds to each message: header 13, explicit nonce 8, code 8. RFC 7252
/// section 9.1.
pub const DTLS_AES_CCM_8: usize = 29;

/// The longest frame of IEEE 802.15.4, aMaxPHYPacketSize. RFC 4944 section 4.
pub const MAX_FRAME: usize = 127;

/// What IEEE 802.15.4 takes of it at most without security, aMaxFrameOverhead: two long addresses and
/// two PAN identifiers. With short addresses in one PAN it is 11. RFC 4944 section 4.
pub const MAX_MAC: usize = 25;

/// Link-layer security with a code of 32 bits. RFC 4944 section 4.
pub const AES_CCM_32: usize = 9;

/// Link-layer security with a code of 64 bits. RFC 4944 section 4.
pub const AES_CCM_64: usize = 13;

/// Link-layer security with a code of 128 bits. RFC 4944 section 4.
pub const AES_CCM_128: usize = 21;

/// An IPv6 header between neighbours with link-local addresses, compressed. RFC 6282 section 3.
pub const IPHC_LINK_LOCAL: usize = 2;

/// An IPv6 header over several hops, both addresses by context and 16 bits, compressed. RFC 6282
/// section 3.
pub const IPHC_ROUTED: usize = 7;

/// An IPv6 header as it is, and the dispatch byte. RFC 4944 section 5.1.
pub const IPV6_UNCOMPRESSED: usize = 41;

/// A UDP header between any ports, compressed: dispatch, ports, checksum. RFC 6282 section 4.3.
pub const NHC_UDP: usize = 7;

/// A UDP header between two ports of 61616 to 61631, compressed: dispatch, half a byte of each port,
/// checksum. RFC 6282 section 4.3.
pub const NHC_UDP_SHORT_PORTS: usize = 4;

/// A UDP header as it is.
pub const UDP_UNCOMPRESSED: usize = 8;
