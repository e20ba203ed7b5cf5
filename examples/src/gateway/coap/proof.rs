//! Which addresses are real, and how much the others get: RFC 7252 section 11.3, RFC 9175 section
//! 2.4 item 3.
//!
//! A datagram's source may be forged, to make us send what the forger's victim does not want. Until
//! an address has proved itself, nothing that we send to it is longer than three times what came
//! from it. It proves itself by a value that only we can make and only it can have seen: that of an
//! Echo option, or the Message ID of a notification that it acknowledges, which nobody does who has not
//! asked for it. Since a Message ID has 16 bits, who guesses at it too often has no other way left than
//! the Echo option.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

/// The factor that RFC 9175 section 2.4 calls acceptable.
pub(super) const FACTOR: usize = 3;
/// How long a proof holds.
const PROOF: Duration = Duration::from_secs(600);
/// So many addresses are known at once; above, those whose proof is oldest are forgotten. They will
/// have to prove themselves again, which costs a round trip.
const ADDRESSES: usize = 4096;
/// An Echo value is taken in the period in which it was made and in the next one.
const PERIOD: Duration = Duration::from_secs(64);
/// A host may be wrong about Message IDs so often in the time of a proof.
const GUESSES: u32 = 3;
/// So many hosts that guess are known at once; above, no Message ID proves anything.
const GUESSERS: usize = 1024;

/// Addresses that have proved themselves.
#[derive(Debug)]
pub(super) struct Proofs {
    key: RandomState,
    start: Instant,
    /// Until when the proof holds.
    proved: HashMap<SocketAddr, Instant>,
    /// How often a host was wrong about a Message ID, and until when that counts.
    wrong: HashMap<IpAddr, (u32, Instant)>,
}

/// Who may have many addresses: an IPv4 address, or an IPv6 prefix of 64 bits.
pub(super) fn host_of(address: SocketAddr) -> IpAddr {
    match address.ip().to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

impl Proofs {
    pub(super) fn new(now: Instant) -> Self {
        Self { key: RandomState::new(), start: now, proved: HashMap::new(), wrong: HashMap::new() }
    }

    pub(super) fn has(&self, address: SocketAddr, now: Instant) -> bool {
        self.proved.get(&address).is_some_and(|until| *until > now)
    }

    /// The address has sent what only it could have seen.
    pub(super) fn add(&mut self, address: SocketAddr, now: Instant) {
        if self.proved.len() >= ADDRESSES && !self.proved.contains_key(&address) {
            self.proved.retain(|_, until| *until > now);
            if self.proved.len() >= ADDRESSES {
                let oldest = self.proved.iter().min_by_key(|(_, until)| **until);
                let oldest = oldest.map(|(address, _)| *address);
                oldest.and_then(|address| self.proved.remove(&address));
            }
        }
        self.proved.insert(address, now + PROOF);
    }

    /// Somebody was wrong about a Message ID that only the owner of this address has seen.
    pub(super) fn add_guess(&mut self, address: SocketAddr, now: Instant) {
        self.wrong.retain(|_, (_, until)| *until > now);
        let is_full = self.wrong.len() >= GUESSERS;
        let host = host_of(address);
        if !is_full || self.wrong.contains_key(&host) {
            self.wrong.entry(host).or_insert((0, now + PROOF)).0 += 1;
        }
    }

    /// Is this address one that nothing but an Echo option proves?
    pub(super) fn needs_echo(&self, address: SocketAddr, now: Instant) -> bool {
        let is_full = self.wrong.len() >= GUESSERS;
        match self.wrong.get(&host_of(address)) {
            Some((count, until)) if *until > now => *count > GUESSES || is_full,
            _ => is_full,
        }
    }

    /// The value of an Echo option for this address.
    pub(super) fn echo(&self, address: SocketAddr, now: Instant) -> [u8; 8] {
        self.value(address, self.period(now))
    }

    /// Takes the value of an Echo option from this address; false if it is not fresh and ours.
    pub(super) fn take_echo(&mut self, address: SocketAddr, value: &[u8], now: Instant) -> bool {
        let period = self.period(now);
        let fresh = [Some(period), period.checked_sub(1)];
        let good = fresh.into_iter().flatten().any(|period| self.value(address, period) == value);
        if good {
            self.add(address, now);
        }
        good
    }

    /// How long an answer to a request of `len` bytes from this address may be, at most `most`.
    pub(super) fn room(&self, address: SocketAddr, len: usize, most: usize, now: Instant) -> usize {
        if self.has(address, now) { most } else { most.min(len.saturating_mul(FACTOR)) }
    }

    fn period(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_secs() / PERIOD.as_secs()
    }

    fn value(&self, address: SocketAddr, period: u64) -> [u8; 8] {
        self.key.hash_one((address, period)).to_be_bytes()
    }
}

/// Message IDs that nobody can foresee, also who has seen all before: each is one of 32,768 numbers that
/// have not been used for as many messages. RFC 7252 section 4.4
#[derive(Debug)]
pub(super) struct MessageIds {
    key: RandomState,
    count: u64,
    /// All numbers: those that are free stand from `count` on, modulo 65,536, with the newest one before it.
    all: Box<[u16]>,
}

impl Default for MessageIds {
    fn default() -> Self {
        Self { key: RandomState::new(), count: 0, all: (0..=u16::MAX).collect() }
    }
}

impl MessageIds {
    pub(super) fn next(&mut self) -> u16 {
        let place = self.count as u16;
        let chosen = place.wrapping_add(self.key.hash_one(self.count) as u16 >> 1);
        self.all.swap(usize::from(place), usize::from(chosen));
        self.count += 1;
        self.all.get(usize::from(place)).copied().unwrap_or(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    #[test]
    fn an_unknown_address_gets_three_times_what_it_sent() {
        let now = Instant::now();
        let mut proofs = Proofs::new(now);
        for (len, room) in
            [(0, 0), (4, 12), (40, 120), (400, 1200), (401, 1200), (usize::MAX, 1200)]
        {
            assert_eq!(proofs.room(address(1), len, 1200, now), room);
        }
        proofs.add(address(1), now);
        for len in [0, 4, 2000] {
            assert_eq!(proofs.room(address(1), len, 1200, now), 1200);
        }
        // Not its neighbour, and not for ever.
        assert_eq!(proofs.room(address(2), 4, 1200, now), 12);
        assert_eq!(proofs.room(address(1), 4, 1200, now + PROOF), 12);
    }

    #[test]
    fn an_echo_proves_one_address_for_a_while() {
        let start = Instant::now();
        let mut proofs = Proofs::new(start);
        let now = start + Duration::from_secs(60);
        let value = proofs.echo(address(1), now);
        assert!(!proofs.take_echo(address(2), &value, now));
        assert!(!proofs.take_echo(address(1), value.split_last().unwrap().1, now));
        assert!(!proofs.take_echo(address(1), &[], now));
        assert!(!Proofs::new(start).take_echo(address(1), &value, now), "another key");
        assert!(!proofs.take_echo(address(1), &value, now + 2 * PERIOD));
        assert!(!proofs.has(address(1), now) && !proofs.has(address(2), now));
        assert!(proofs.take_echo(address(1), &value, now + Duration::from_secs(60)));
        assert!(proofs.has(address(1), now));
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_oldest() {
        let start = Instant::now();
        let mut proofs = Proofs::new(start);
        let at = |n: u64| start + Duration::from_millis(n);
        let of = |n: u64| address(u16::try_from(n).unwrap());
        let last = ADDRESSES as u64 + 10;
        for n in 0..last {
            proofs.add(of(n), at(n));
            assert!(proofs.proved.len() <= ADDRESSES);
        }
        assert!(!proofs.has(of(9), at(last)) && proofs.has(of(10), at(last)));
        // All expired: room for all.
        proofs.add(of(60_000), at(last) + PROOF);
        assert_eq!(proofs.proved.len(), 1);
    }

    #[test]
    fn who_guesses_needs_an_echo_for_a_while() {
        let now = Instant::now();
        let mut proofs = Proofs::new(now);
        for n in 0..=4 {
            assert_eq!(proofs.needs_echo(address(1), now), n > GUESSES, "{n}");
            // Another port is no way out.
            proofs.add_guess(address(100 + n as u16), now);
        }
        assert!(!proofs.needs_echo(([192, 0, 2, 2], 1).into(), now));
        assert!(!proofs.needs_echo(address(1), now + PROOF));
        // More hosts than can be counted.
        for n in 0..2 * GUESSERS as u32 {
            proofs.add_guess(SocketAddr::new(std::net::Ipv4Addr::from_bits(n).into(), 1), now);
            assert!(proofs.wrong.len() <= GUESSERS);
        }
        assert!(proofs.needs_echo(([192, 0, 2, 2], 1).into(), now));
        proofs.add_guess(address(1), now + PROOF);
        assert!(!proofs.needs_echo(([192, 0, 2, 2], 1).into(), now + PROOF));
    }

    #[test]
    fn a_host_is_an_ipv4_address_or_half_an_ipv6_address() {
        let host = |text: &str| host_of(text.parse().unwrap()).to_string();
        assert_eq!(host("192.0.2.1:7"), "192.0.2.1");
        assert_eq!(host("[::ffff:192.0.2.1]:7"), "192.0.2.1");
        assert_eq!(host("[2001:db8:1:2:3:4:5:6]:7"), "2001:db8:1:2::");
    }

    #[test]
    fn a_message_id_does_not_come_again_soon_nor_at_a_time_that_can_be_told() {
        let mut ids = MessageIds::default();
        let mut used = vec![None; 1 << 16];
        let mut distances = std::collections::HashSet::new();
        for at in 0..300_000_u32 {
            let last = used[usize::from(ids.next())].replace(at);
            let distance = last.map(|last| at - last);
            assert!(distance.is_none_or(|distance| distance > 1 << 15), "{distance:?}");
            distances.extend(distance);
        }
        assert!(distances.len() > 10_000, "{}", distances.len());
    }
}
