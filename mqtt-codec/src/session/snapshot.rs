//! What a session must not forget, as bytes.
//!
//! ```text
//! +-----+-----+---+------+---------+------------+---------+------+----------+
//! | 'M' | 'Q' | 1 | side | expiry  | will delay | last id | sent | received |
//! |     |     |   |      | 4 bytes | 4          | 2       | 2    | 2        |
//! +----+--------+-------+-----+----+-----+-----+--------+------+----------+
//! | id | handle | state | ... | id | ... | CRC |
//! | 2  | 4      | 1     |     | 2  |     | 2   |
//! +----+--------+-------+-----+----+-----+-----+
//! ```
//!
//! Numbers are big-endian. Side: 1 a client's, 2 a server's, 3 a server's with a will. Expiry and will
//! delay: the intervals in seconds. State: 1 PUBACK, 2 PUBREC, 3 PUBCOMP is awaited. The CRC is
//! CRC-16/XMODEM over all before it.

use super::flow::{Flow, Sent, SentState};
use crate::publish::PacketId;
use crate::reader::Reader;
use crate::writer::copy;

const MAGIC: [u8; 3] = [b'M', b'Q', 1];
const HEAD: usize = 18;
const SENT: usize = 7;
const CRC: usize = 2;

/// Why a snapshot is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It is no snapshot, or one of another version.
    #[error("no snapshot of this version")]
    Unknown,
    /// It is the other side's.
    #[error("a snapshot of the other side")]
    OtherSide,
    /// It ends too early or too late, or says what cannot be.
    #[error("a damaged snapshot")]
    Damaged,
    /// It has more messages than this session has room for.
    #[error("more messages than there is room for")]
    TooLarge,
}

/// Whose snapshot it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Client,
    /// With the Will Delay Interval in seconds, if there is a will.
    Server(Option<u32>),
}

impl<const N: usize, const R: usize> Flow<N, R> {
    /// The length of the longest snapshot.
    pub(super) const SNAPSHOT: usize =
        (HEAD + CRC).saturating_add(N.saturating_mul(SENT)).saturating_add(R.saturating_mul(2));

    /// Writes it to the start of `out`: its length; `None` if there is no room for it.
    pub(super) fn save(&self, owner: Owner, expiry: u32, out: &mut [u8]) -> Option<usize> {
        let is_message =
            |sent: &&Sent| !matches!(sent.state, SentState::Suback(_) | SentState::Unsuback(_));
        let sent = self.sent.iter().filter(is_message);
        let received = self.promises();
        let mut at = 0usize;
        let mut put = |out: &mut [u8], bytes: &[u8]| {
            let end = at.saturating_add(bytes.len());
            copy(out.get_mut(at..end)?, bytes);
            at = end;
            Some(end)
        };
        put(out, &MAGIC)?;
        let (side, delay) = match owner {
            Owner::Client => (1, 0),
            Owner::Server(None) => (2, 0),
            Owner::Server(Some(delay)) => (3, delay),
        };
        put(out, &[side])?;
        put(out, &expiry.to_be_bytes())?;
        put(out, &delay.to_be_bytes())?;
        put(out, &self.last_id().to_be_bytes())?;
        put(out, &(sent.clone().count() as u16).to_be_bytes())?;
        put(out, &(received.clone().count() as u16).to_be_bytes())?;
        for one in sent {
            put(out, &one.id.get().to_be_bytes())?;
            put(out, &one.handle.to_be_bytes())?;
            put(
                out,
                &[match one.state {
                    SentState::Puback => 1,
                    SentState::Pubrec => 2,
                    _ => 3,
                }],
            )?;
        }
        for id in received {
            put(out, &id.get().to_be_bytes())?;
        }
        let end = put(out, &[])?;
        let crc = crc(out.get(..end)?);
        put(out, &crc.to_be_bytes())
    }

    /// What a snapshot says, with its Session Expiry Interval.
    pub(super) fn restore(bytes: &[u8]) -> Result<(Self, Owner, u32), SnapshotError> {
        let Some((MAGIC, rest)) = bytes.split_first_chunk().map(|(magic, rest)| (*magic, rest))
        else {
            return Err(SnapshotError::Unknown);
        };
        let Some((checked, [crc1, crc0])) = bytes.split_last_chunk::<CRC>() else {
            return Err(SnapshotError::Damaged);
        };
        if crc(checked) != u16::from_be_bytes([*crc1, *crc0]) {
            return Err(SnapshotError::Damaged);
        }
        Self::read(&mut Reader::new(rest))
    }

    fn read(r: &mut Reader<'_>) -> Result<(Self, Owner, u32), SnapshotError> {
        let side = r.u8();
        let (expiry, delay) = (r.u32(), r.u32());
        let owner = match side {
            1 => Owner::Client,
            2 => Owner::Server(None),
            3 => Owner::Server(Some(delay)),
            _ => return Err(SnapshotError::Damaged),
        };
        let mut flow = Self::new();
        let last_id = r.u16();
        let (sent, received) = (r.u16(), r.u16());
        if usize::from(sent) > N || usize::from(received) > R {
            return Err(SnapshotError::TooLarge);
        }
        for _ in 0..sent {
            let id = PacketId::read(r);
            let handle = r.u32();
            let state = match r.u8() {
                1 => SentState::Puback,
                2 => SentState::Pubrec,
                3 => SentState::Pubcomp,
                _ => return Err(SnapshotError::Damaged),
            };
            if flow.sent.iter().any(|sent| sent.id == id) {
                return Err(SnapshotError::Damaged);
            }
            flow.push(Sent { id, handle, state, is_due: true, counts: false, dup: true });
        }
        for _ in 0..received {
            let id = PacketId::read(r);
            if !flow.promise_old(id) {
                return Err(SnapshotError::Damaged);
            }
        }
        flow.set_last_id(last_id);
        if r.rest().len() == CRC { Ok((flow, owner, expiry)) } else { Err(SnapshotError::Damaged) }
    }
}

/// CRC-16/XMODEM: a bit at a time, since a snapshot is short.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            let next = crc << 1;
            if crc & 0x8000 == 0 { next } else { next ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value() {
        assert_eq!(super::crc(b"123456789"), 0x31C3);
    }
}
