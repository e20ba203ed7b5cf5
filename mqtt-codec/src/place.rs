//! Where a property or a reason code may stand: a packet, and the side that sends it.

/// A set of places, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u16);

impl Place {
    pub(crate) const NOWHERE: Self = Self(0);
    pub(crate) const ANY: Self = Self(u16::MAX);
    pub(crate) const CONNECT: Self = Self(1);
    pub(crate) const WILL: Self = Self(1 << 1);
    pub(crate) const CONNACK: Self = Self(1 << 2);
    /// From the client; from the server.
    pub(crate) const PUBLISH_C: Self = Self(1 << 3);
    pub(crate) const PUBLISH_S: Self = Self(1 << 4);
    pub(crate) const PUBLISH: Self = Self::PUBLISH_C.or(Self::PUBLISH_S);
    /// PUBACK and PUBREC; PUBREL and PUBCOMP.
    pub(crate) const PUBACK: Self = Self(1 << 5);
    pub(crate) const PUBREL: Self = Self(1 << 6);
    pub(crate) const SUBSCRIBE: Self = Self(1 << 7);
    pub(crate) const SUBACK: Self = Self(1 << 8);
    pub(crate) const UNSUBSCRIBE: Self = Self(1 << 9);
    pub(crate) const UNSUBACK: Self = Self(1 << 10);
    pub(crate) const DISCONNECT_C: Self = Self(1 << 11);
    pub(crate) const DISCONNECT_S: Self = Self(1 << 12);
    pub(crate) const DISCONNECT: Self = Self::DISCONNECT_C.or(Self::DISCONNECT_S);
    pub(crate) const AUTH_C: Self = Self(1 << 13);
    pub(crate) const AUTH_S: Self = Self(1 << 14);
    pub(crate) const AUTH: Self = Self::AUTH_C.or(Self::AUTH_S);

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_nowhere(self) -> bool {
        self.0 == 0
    }
}
