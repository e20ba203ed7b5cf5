//! What a session must not forget, as bytes.
//!
//! ```text
//! +-----+-----+---+---------+-----+----------+ +----+--------+-------+---- +----+----
//! | 'M' | 'Q' | 1 | last id | sent| received | | id | handle | state | ... | id | ...
//! +-----+-----+---+---------+-----+----------+ +----+--------+-------+---- +----+----
//!                  2 bytes   2     2            2    4        1             2
//! ```
//!
//! Numbers are big-endian. State: 1 PUBACK, 2 PUBREC, 3 PUBCOMP is awaited.

use super::flow::{Flow, Received, ReceivedState, Sent, SentState};
use crate::publish::PacketId;
use crate::reason_code::ReasonCode;
use crate::writer::copy;

const MAGIC: [u8; 3] = [b'M', b'Q', 1];
const HEAD: usize = 9;
const SENT: usize = 7;

/// Why a snapshot is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It is no snapshot, or one of another version.
    #[error("no snapshot of this version")]
    Unknown,
    /// It ends too early or too late, or says what cannot be.
    #[error("a damaged snapshot")]
    Damaged,
    /// It has more messages than this session has room for.
    #[error("more messages than there is room for")]
    TooLarge,
    /// A client is connected already.
    #[error("a session is going on")]
    OutOfTurn,
}

impl<const N: usize> Flow<N> {
    /// The length of the longest snapshot.
    pub(super) const SNAPSHOT: usize =
        HEAD.saturating_add(N.saturating_mul(SENT)).saturating_add(N.saturating_mul(2));

    /// Writes it to the start of `out`: its length; `None` if there is no room for it.
    pub(super) fn save(&self, out: &mut [u8]) -> Option<usize> {
        let requests =
            |sent: &&Sent| !matches!(sent.state, SentState::Suback | SentState::Unsuback);
        let sent = self.sent.iter().filter(requests);
        let received = self.received.iter().filter(|received| received.is_promised());
        let mut at = 0usize;
        let mut put = |bytes: &[u8]| {
            let end = at.saturating_add(bytes.len());
            copy(out.get_mut(at..end)?, bytes);
            at = end;
            Some(())
        };
        put(&MAGIC)?;
        put(&self.last_id().to_be_bytes())?;
        put(&(sent.clone().count() as u16).to_be_bytes())?;
        put(&(received.clone().count() as u16).to_be_bytes())?;
        for one in sent {
            put(&one.id.get().to_be_bytes())?;
            put(&one.handle.to_be_bytes())?;
            put(&[match one.state {
                SentState::Puback => 1,
                SentState::Pubrec => 2,
                _ => 3,
            }])?;
        }
        for one in received {
            put(&one.id.get().to_be_bytes())?;
        }
        Some(at)
    }

    /// What a snapshot says.
    pub(super) fn restore(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else {
            return Err(SnapshotError::Unknown);
        };
        let [m, q, version, id1, id0, sent1, sent0, received1, received0] = *head;
        if [m, q, version] != MAGIC {
            return Err(SnapshotError::Unknown);
        }
        let sent = usize::from(u16::from_be_bytes([sent1, sent0]));
        let received = usize::from(u16::from_be_bytes([received1, received0]));
        if sent > N || received > N {
            return Err(SnapshotError::TooLarge);
        }
        let all = rest.split_at_checked(sent.saturating_mul(SENT));
        let Some((all_sent, all_received)) = all else { return Err(SnapshotError::Damaged) };
        if all_received.len() != received.saturating_mul(2) {
            return Err(SnapshotError::Damaged);
        }
        let mut flow = Self::new();
        flow.set_last_id(u16::from_be_bytes([id1, id0]));
        for one in all_sent.chunks_exact(SENT) {
            let [id1, id0, h3, h2, h1, h0, state] = *one else { break }; // never
            let state = match state {
                1 => SentState::Puback,
                2 => SentState::Pubrec,
                3 => SentState::Pubcomp,
                _ => return Err(SnapshotError::Damaged),
            };
            let id = PacketId::new(u16::from_be_bytes([id1, id0])).ok_or(SnapshotError::Damaged)?;
            if flow.sent.iter().any(|sent| sent.id == id) {
                return Err(SnapshotError::Damaged);
            }
            let handle = u32::from_be_bytes([h3, h2, h1, h0]);
            flow.push(Sent { id, handle, state, is_due: true, counts: false, dup: true });
        }
        for one in all_received.chunks_exact(2) {
            let [id1, id0] = *one else { break }; // never
            let id = PacketId::new(u16::from_be_bytes([id1, id0])).ok_or(SnapshotError::Damaged)?;
            if flow.received.iter().any(|received| received.id == id) {
                return Err(SnapshotError::Damaged);
            }
            let (state, reason) = (ReceivedState::Pubrel, ReasonCode::SUCCESS);
            let _ = flow.received.push(Received { id, state, reason, is_old: true }); // at most N
        }
        Ok(flow)
    }
}
