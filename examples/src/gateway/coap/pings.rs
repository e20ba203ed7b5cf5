//! Requests whose answers are too long for an address that has not proved itself: they wait while it
//! is asked to.
//!
//! It is asked by a "CoAP ping", which every endpoint answers with a Reset that has its Message ID
//! (RFC 7252 section 4.3): four bytes and a round trip, where else a long body would come in blocks
//! of 16 bytes to its end. Who does not answer within [`PATIENCE`] gets what it may get, and is asked
//! again after [`MEMORY`]; a Reset that comes later is still a proof.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Well before the client repeats its request: RFC 7252 section 4.8 has two seconds.
const PATIENCE: Duration = Duration::from_millis(500);
/// So long the Message ID of a ping is known.
const MEMORY: Duration = Duration::from_secs(60);
/// So many addresses are known at once; requests of others do not wait.
const MOST: usize = 1024;
/// So many requests of one address wait.
const MOST_OF_ONE: usize = 4;

/// Pings, with the requests that wait for their answers.
#[derive(Debug, Default)]
pub(super) struct Pings(HashMap<SocketAddr, Ping>);

#[derive(Debug)]
struct Ping {
    message_id: u16,
    sent: Instant,
    /// Datagrams.
    requests: Vec<Vec<u8>>,
}

/// What happens to a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It waits for the answer to a ping with the new Message ID.
    Ping,
    /// It waits for one that has been sent.
    Waits,
    /// It does not wait: too many do, or the address has not answered.
    No,
}

impl Pings {
    /// Keeps a request, if it can wait.
    pub(super) fn hold(
        &mut self,
        from: SocketAddr,
        request: &[u8],
        new_id: u16,
        now: Instant,
    ) -> Held {
        let is_full = self.0.len() >= MOST;
        match self.0.get_mut(&from) {
            Some(ping) if now < ping.sent + PATIENCE => {
                let is_repeated = ping.requests.iter().any(|other| other == request);
                if !is_repeated && ping.requests.len() >= MOST_OF_ONE {
                    return Held::No;
                }
                if !is_repeated {
                    ping.requests.push(request.to_vec());
                }
                Held::Waits
            }
            None if !is_full => {
                let requests = vec![request.to_vec()];
                self.0.insert(from, Ping { message_id: new_id, sent: now, requests });
                Held::Ping
            }
            _ => Held::No,
        }
    }

    /// Has this address been sent a ping, which it has not answered?
    pub(super) fn has_asked(&self, address: SocketAddr) -> bool {
        self.0.contains_key(&address)
    }

    /// Has this address been sent a ping with this Message ID?
    pub(super) fn has_sent(&self, address: SocketAddr, message_id: u16) -> bool {
        self.0.get(&address).is_some_and(|ping| ping.message_id == message_id)
    }

    /// The ping is answered: the requests that have waited for it.
    pub(super) fn answered(&mut self, address: SocketAddr) -> Vec<Vec<u8>> {
        self.0.remove(&address).map(|ping| ping.requests).unwrap_or_default()
    }

    /// The requests that have waited long enough.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut all = Vec::new();
        self.0.retain(|address, ping| {
            let age = now.saturating_duration_since(ping.sent);
            if age >= PATIENCE {
                all.extend(ping.requests.drain(..).map(|request| (*address, request)));
            }
            age < MEMORY
        });
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    #[test]
    fn what_waits_is_given_once_and_the_ping_stays_known() {
        let now = Instant::now();
        let mut pings = Pings::default();
        assert_eq!(pings.hold(address(1), b"a", 7, now), Held::Ping);
        assert_eq!(pings.hold(address(1), b"b", 8, now), Held::Waits);
        assert_eq!(pings.hold(address(1), b"a", 9, now), Held::Waits, "repeated");
        assert!(pings.has_sent(address(1), 7) && !pings.has_sent(address(1), 8));
        assert!(!pings.has_sent(address(2), 7) && !pings.has_asked(address(2)));
        assert_eq!(pings.overdue(now + PATIENCE - Duration::from_millis(1)), []);
        let late = now + PATIENCE;
        let waited = [b"a", b"b"].map(|request| (address(1), request.to_vec()));
        assert_eq!(pings.overdue(late), waited);
        assert_eq!(pings.overdue(late), []);
        // It did not answer: nothing waits for it, and the answer may still come.
        assert_eq!(pings.hold(address(1), b"c", 9, late), Held::No);
        assert!(pings.has_sent(address(1), 7));
        assert_eq!(pings.overdue(now + MEMORY), []);
        assert!(pings.is_empty());
        assert_eq!(pings.hold(address(1), b"d", 10, now + MEMORY), Held::Ping);
        assert_eq!(pings.answered(address(1)), [b"d"]);
        assert!(pings.is_empty());
        assert_eq!(pings.answered(address(1)), [b""; 0]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let now = Instant::now();
        let mut pings = Pings::default();
        for n in 0..=MOST_OF_ONE as u8 {
            let held = pings.hold(address(0), &[n], 0, now);
            assert_eq!(held == Held::No, usize::from(n) == MOST_OF_ONE);
        }
        for port in 1..=2000 {
            let held = pings.hold(address(port), b"x", 0, now);
            assert_eq!(held == Held::No, usize::from(port) >= MOST);
        }
        assert_eq!(pings.overdue(now + PATIENCE).len(), MOST - 1 + MOST_OF_ONE);
        assert_eq!(pings.0.len(), MOST);
    }
}
