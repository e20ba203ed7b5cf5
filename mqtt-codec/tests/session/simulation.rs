//! A client and a server over a network that fails: seeds decide what is sent, how it is cut, who loses
//! its memory and when. What must hold is asked for in `watch`, `desk`, `phone` and `hub`.

use std::collections::{BTreeMap, VecDeque};

use mqtt_codec::{QoS, Version};

use crate::desk::Desk;
use crate::hub::Hub;
use crate::model::{CLIENT, Counts, Model, SERVER};
use crate::phone::{Lender, Phone};
use crate::random::Random;

/// Steps in which everything can fail.
const STEPS: usize = 200;
/// Steps that everything may take to be done once nothing fails anymore.
const CALM: usize = 3_000;

/// A connection in the network. First of each pair: the client's, towards the server.
#[derive(Default)]
struct Link {
    bytes: [VecDeque<u8>; 2],
    /// Nothing comes before.
    held_until: [u64; 2],
    /// Who still has it.
    is_open: [bool; 2],
    /// Ended behind the bytes.
    is_ended: [bool; 2],
    /// Bytes vanish.
    is_dead: bool,
}

struct World<'m, const C: usize, const CR: usize, const S: usize, const SR: usize> {
    links: Vec<Link>,
    phone: Phone<'m, C, CR>,
    hub: Hub<'m, S, SR>,
    model: Model,
    random: Random,
    now_ms: u64,
}

impl<const C: usize, const CR: usize, const S: usize, const SR: usize> World<'_, C, CR, S, SR> {
    fn step(&mut self, is_calm: bool) {
        let Self { links, phone, hub, model, random, now_ms } = self;
        let now_ms = *now_ms;
        if phone.line.is_none() && (is_calm || random.one_in(3)) {
            let link = links.len();
            links.push(Link { is_open: [true; 2], ..Link::default() });
            // What waits in connections before comes never.
            for old in &mut links[..link] {
                old.bytes[CLIENT].clear();
            }
            phone.connect(link, is_calm, random, model, now_ms);
            hub.opened(link, now_ms);
        }
        hub.time(is_calm, random, model, now_ms);

        if let Some(link) = phone.line.as_ref().map(|line| line.link) {
            let bytes = links[link].arrive(SERVER, is_calm, random, now_ms);
            let wants_close = phone.step(&bytes, is_calm, random, model, now_ms);
            let line = phone.line.as_mut().unwrap();
            links[link].send(CLIENT, &mut line.out);
            if links[link].has_ended(SERVER) && line.is_at_end(random) {
                links[link].close(CLIENT);
                phone.eof(random, model, now_ms);
            } else if wants_close {
                links[link].close(CLIENT);
                phone.cut(random, model, now_ms);
            }
        } else {
            phone.step(&[], is_calm, random, model, now_ms);
        }

        let open: Vec<usize> = hub.connections.iter().map(|one| one.line.link).collect();
        for link in open {
            // Another one may have ended it.
            let find = |one: &crate::hub::Connection<'_, S, SR>| one.line.link == link;
            let Some(at) = hub.connections.iter().position(find) else { continue };
            let bytes = links[link].arrive(CLIENT, is_calm, random, now_ms);
            let wants_close = hub.step(at, &bytes, is_calm, random, model, now_ms);
            let at = hub.connections.iter().position(find).unwrap();
            let line = &mut hub.connections[at].line;
            links[link].send(SERVER, &mut line.out);
            if links[link].has_ended(CLIENT) && line.is_at_end(random) {
                links[link].close(SERVER);
                hub.eof(link, random, model, now_ms);
            } else if wants_close {
                links[link].close(SERVER);
                hub.cut(link, random, model, now_ms);
            }
        }
        self.check_claims();
    }

    /// What a sender was told that it has arrived, the receiver has taken, on its disk if it has one.
    fn check_claims(&mut self) {
        let (phone, hub) = (&mut self.phone.desk, &mut self.hub.desk);
        let (ours, theirs) = (core::mem::take(&mut phone.claims), core::mem::take(&mut hub.claims));
        for (from, to) in [(ours, hub), (theirs, phone)] {
            let taken = if to.settings.persistent { &to.disk.taken } else { &to.memory.taken };
            for (number, is_taken) in from {
                let one = &self.model.instances[number as usize];
                let count = taken.iter().filter(|taken| **taken == number).count();
                let is_right = match (is_taken, one.qos) {
                    _ if one.is_given_up => true,
                    (true, QoS::ExactlyOnce) => count == 1,
                    (true, _) => count >= 1,
                    (false, QoS::ExactlyOnce) => count == 0,
                    (false, _) => true,
                };
                assert!(is_right, "message {number}, {:?}, was taken {count} times", one.qos);
            }
        }
    }

    fn fault(&mut self) {
        let Self { links, phone, hub, model, random, now_ms } = self;
        let now_ms = *now_ms;
        let link = phone.line.as_ref().map(|line| line.link);
        let what = match (random.below(10), link) {
            (0, Some(link)) => {
                links[link].is_open = [false; 2];
                phone.cut(random, model, now_ms);
                hub.cut(link, random, model, now_ms);
                "cut"
            }
            (1, Some(link)) => {
                links[link].is_open[CLIENT] = false;
                phone.cut(random, model, now_ms);
                "cut, and the server does not know"
            }
            (2, Some(link)) => {
                links[link].is_open[SERVER] = false;
                hub.cut(link, random, model, now_ms);
                "cut, and the client does not know"
            }
            (3, Some(link)) => {
                links[link].is_dead = true;
                "cut, and nobody knows"
            }
            (4, Some(link)) => {
                links[link].close(CLIENT);
                phone.cut(random, model, now_ms);
                "closed by the client"
            }
            (5, Some(link)) => {
                links[link].close(SERVER);
                hub.cut(link, random, model, now_ms);
                "closed by the server"
            }
            (6, _) => {
                if let Some(link) = link {
                    links[link].is_open[CLIENT] = false;
                }
                phone.restart(random, model, now_ms);
                "the client restarts"
            }
            (7, _) => {
                for link in &mut *links {
                    link.is_open[SERVER] = false;
                }
                hub.restart(random, model, now_ms);
                "the server restarts"
            }
            (8, _) if random.one_in(3) => {
                if let Some(link) = link {
                    links[link].is_open[CLIENT] = false;
                }
                phone.forget(random, model, now_ms);
                "the client forgets"
            }
            (9, _) if random.one_in(3) => {
                hub.end_session(random, model, now_ms);
                "the server forgets"
            }
            _ => return,
        };
        model.counts.add("fault", what);
    }

    /// From now on nothing fails, and everybody knows what has.
    fn calm_down(&mut self) {
        (self.phone.desk.is_calm, self.hub.desk.is_calm) = (true, true);
        for (at, link) in self.links.iter_mut().enumerate() {
            if link.is_dead || link.is_open != [true; 2] {
                link.is_open = [false; 2];
                if self.phone.line.as_ref().is_some_and(|line| line.link == at) {
                    self.phone.cut(&mut self.random, &mut self.model, self.now_ms);
                }
                self.hub.cut(at, &mut self.random, &mut self.model, self.now_ms);
            }
        }
    }

    fn is_done(&self) -> bool {
        let Some(line) = &self.phone.line else { return false };
        let is_quiet = self.links[line.link].bytes.iter().all(VecDeque::is_empty);
        is_quiet && self.phone.is_done() && self.hub.is_done()
    }
}

impl Link {
    /// What comes from `who` now.
    fn arrive(&mut self, who: usize, is_calm: bool, random: &mut Random, now_ms: u64) -> Vec<u8> {
        if self.held_until[who] > now_ms && !is_calm {
            return Vec::new();
        }
        if random.one_in(10) {
            self.held_until[who] = now_ms + random.below(300);
        }
        let most = if random.one_in(3) { 4 } else { 120 };
        let len = random.below(most).min(self.bytes[who].len() as u64) as usize;
        self.bytes[who].drain(..len).collect()
    }

    fn send(&mut self, who: usize, bytes: &mut Vec<u8>) {
        if self.is_open[1 - who] && !self.is_dead {
            self.bytes[who].extend(&*bytes);
        }
        bytes.clear();
    }

    fn close(&mut self, who: usize) {
        self.is_open[who] = false;
        self.is_ended[who] = !self.is_dead;
    }

    fn has_ended(&self, who: usize) -> bool {
        self.is_ended[who] && self.bytes[who].is_empty()
    }
}

/// A client with room for `C` messages in hand and `CR` promised, a server with `S` and `SR`.
fn run<const C: usize, const CR: usize, const S: usize, const SR: usize>(
    seed: u64,
    random: Random,
    counts: Counts,
) -> Counts {
    let mut random = random;
    let version = if random.one_in(3) { Version::V3 } else { Version::V5 };
    let mut memory = vec![0; 20_000];
    let (ours, theirs) = memory.split_at_mut(8_000);
    // In 3.1.1 nobody can say how much there is room for.
    let phone = Desk::new(CLIENT, version, C.min(SR), &mut random);
    let hub = Desk::new(SERVER, version, S.min(CR), &mut random);
    let phone = Phone::<C, CR>::new(phone, Lender(ours));
    let hub = Hub::<S, SR>::new(hub, Lender(theirs));
    let model = Model { counts, ..Model::default() };
    let mut world = World { links: Vec::new(), phone, hub, model, random, now_ms: 0 };
    let (faults, jumps) = (10 + world.random.below(60), 10 + world.random.below(200));
    for _ in 0..STEPS {
        world.now_ms += world.random.below(40);
        if world.random.one_in(jumps) {
            let longest = [1_000, 30_000, 600_000, 100_000_000][world.random.below(4) as usize];
            world.now_ms += world.random.below(longest);
            world.model.counts.add("fault", "the clock jumps");
        }
        if world.random.one_in(faults) {
            world.fault();
        }
        for desk in [&mut world.phone.desk, &mut world.hub.desk] {
            if world.random.one_in(10) {
                desk.want(&mut world.random);
            }
        }
        world.step(false);
    }
    world.calm_down();
    for _ in 0..CALM {
        world.now_ms += world.random.below(40);
        world.step(true);
        if world.is_done() {
            return world.model.counts;
        }
    }
    let (phone, hub) = (&world.phone.desk.memory.wanted, &world.hub.desk.memory.wanted);
    let lines = (world.phone.line.is_some(), world.hub.connections.len());
    panic!("seed {seed}: something waits for ever: {phone:?} {hub:?} {lines:?}");
}

/// Machines of several sizes.
fn run_seed(seed: u64, counts: Counts) -> Counts {
    let mut random = Random::new(seed);
    match random.below(9) {
        0 => run::<1, 1, 1, 1>(seed, random, counts),
        1 => run::<1, 1, 4, 4>(seed, random, counts),
        2 => run::<3, 3, 2, 2>(seed, random, counts),
        3 => run::<8, 8, 2, 2>(seed, random, counts),
        4 => run::<4, 4, 8, 8>(seed, random, counts),
        5 => run::<4, 4, 4, 4>(seed, random, counts),
        // More are promised than are in hand.
        6 => run::<8, 8, 1, 5>(seed, random, counts),
        7 => run::<2, 8, 6, 6>(seed, random, counts),
        _ => run::<5, 12, 3, 5>(seed, random, counts),
    }
}

#[test]
fn every_message_arrives_as_often_as_it_should() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let first = number("SESSION_SEED").unwrap_or(0);
    let seeds = number("SESSION_SEEDS").unwrap_or(1_000);
    let mut counts = Counts(BTreeMap::new(), std::env::var("SESSION_TOLD").is_ok());
    for seed in first..first + seeds {
        let one = core::panic::AssertUnwindSafe(|| run_seed(seed, core::mem::take(&mut counts)));
        match std::panic::catch_unwind(one) {
            Ok(all) => counts = all,
            Err(_) => panic!("it is seed {seed}: SESSION_SEED={seed} SESSION_SEEDS=1"),
        }
    }
    if std::env::var("SESSION_COUNTS").is_ok() {
        println!("{counts:#?}");
    }
    // Few seeds cannot have everything.
    let missing = EVERYTHING.iter().filter(|what| seeds >= 1_000 && !counts.0.contains_key(what));
    assert_eq!(missing.collect::<Vec<_>>(), [&("", ""); 0]);
}

/// What must have happened in the runs: faults, what is given and refused, and each state of a message
/// with each packet that comes in it.
const EVERYTHING: &[(&str, &str)] = &[
    ("AUTH", "to the server"),
    ("AUTH to the client", "end"),
    ("AUTH to the client", "step"),
    ("CONNACK", "accepted"),
    ("CONNACK", "refused"),
    ("CONNACK", "resumed"),
    ("CONNECT", "not answered soon"),
    ("DISCONNECT", "normal"),
    ("DISCONNECT", "to the client"),
    ("DISCONNECT", "to the server"),
    ("DISCONNECT", "with will"),
    ("PUBCOMP", "known"),
    ("PUBCOMP", "unknown"),
    ("PUBLISH", "promised"),
    ("PUBREL", "PUBREC"),
    ("PUBREL", "resumed"),
    ("PUBREL taken", "known"),
    ("PUBREL taken", "unknown"),
    ("Puback", "PUBACK"),
    ("Puback", "PUBACK error"),
    ("Pubrec", "PUBREC"),
    ("Pubrec", "PUBREC error"),
    ("Pubcomp", "PUBCOMP"),
    ("Pubcomp", "PUBCOMP error"),
    ("acknowledge", "refused"),
    ("acknowledge", "taken"),
    ("alias", "of a known message"),
    ("alias", "set"),
    ("alias", "used"),
    ("client asks", "AUTH"),
    ("client asks", "SUBSCRIBE"),
    ("client failed", "Lost"),
    ("client failed", "SessionPresent"),
    ("client failed", "silence"),
    ("client failed", "silence before CONNACK"),
    ("client failed", "silence within a payload"),
    ("connect", "Clean Start"),
    ("cut", "within a payload that comes"),
    ("cut", "within a payload that goes"),
    ("delivered", "QoS 0"),
    ("delivered", "QoS 1"),
    ("delivered", "QoS 2"),
    ("event", "Arrived"),
    ("event", "Done"),
    ("event", "Done with an error"),
    ("event", "Done, given up"),
    ("event", "Persist"),
    ("event", "Send"),
    ("event", "Send, forgotten"),
    ("event", "Send, given up"),
    ("event", "Suback"),
    ("fault", "closed by the client"),
    ("fault", "closed by the server"),
    ("fault", "cut"),
    ("fault", "cut, and nobody knows"),
    ("fault", "cut, and the client does not know"),
    ("fault", "cut, and the server does not know"),
    ("fault", "the client forgets"),
    ("fault", "the client restarts"),
    ("fault", "the clock jumps"),
    ("fault", "the server forgets"),
    ("fault", "the server restarts"),
    ("payload", "in pieces"),
    ("publish", "Full"),
    ("publish", "Quota"),
    ("reason", "left out"),
    ("reason", "told"),
    ("refused", "QoS"),
    ("refused", "retain"),
    ("refused", "size"),
    ("server failed", "Lost"),
    ("server failed", "silence"),
    ("server failed", "silence before AUTH"),
    ("server failed", "silence before CONNECT"),
    ("session", "begun anew"),
    ("session", "early"),
    ("session", "ended"),
    ("session", "expired"),
    ("session", "not confirmed"),
    ("session", "resumed"),
    ("session", "taken over"),
    ("will", "at the end"),
    ("will", "published"),
];
