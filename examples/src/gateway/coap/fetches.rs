//! What FETCH requests asked for, while their answers are on their way block by block.
//!
//! RFC 7959 section 2.7: who asks for the next block of an answer does not repeat the body of the
//! request. So the last body of each address is kept, for the addresses that asked last.

use std::collections::VecDeque;
use std::net::SocketAddr;

/// So many bodies are kept; who asks for another block after so many others have asked begins anew.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Fetches(VecDeque<(SocketAddr, Vec<u8>)>);

impl Fetches {
    pub(super) fn keep(&mut self, address: SocketAddr, body: &[u8]) {
        self.0.retain(|(other, _)| *other != address);
        self.0.truncate(MOST - 1);
        self.0.push_front((address, body.to_vec()));
    }

    pub(super) fn of(&self, address: SocketAddr) -> Option<&[u8]> {
        self.0.iter().find(|(other, _)| *other == address).map(|(_, body)| &**body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept() {
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        let mut fetches = Fetches::default();
        for port in 0..70 {
            fetches.keep(address(port), b"old");
            fetches.keep(address(port), b"new");
        }
        assert_eq!(fetches.of(address(5)), None);
        for port in 6..70 {
            assert_eq!(fetches.of(address(port)), Some(&b"new"[..]));
        }
    }
}
