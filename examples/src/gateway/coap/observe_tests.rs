//! Observers over UDP, with a clock that stands still until it is moved.

use bytes::Bytes;
use coap_codec::ContentFormat;

use super::*;
use crate::gateway::Limits;
use crate::gateway::hub::Message as HubMessage;

struct World {
    hub: Hub,
    observers: Observers,
    proofs: Proofs,
    ids: MessageIds,
    start: Instant,
    now: Instant,
}

/// What was sent: type, code, Message ID, Observe, payload.
type Sent = (Type, Code, u16, Option<u32>, Vec<u8>);

impl World {
    fn new() -> Self {
        let now = Instant::now();
        let hub = Hub::new(Limits::default());
        let (observers, ids) = (Observers::default(), MessageIds::default());
        Self { hub, observers, proofs: Proofs::new(now), ids, start: now, now }
    }

    fn with<T>(
        &mut self,
        act: impl FnOnce(&mut Observers, &mut Environment<'_>) -> T,
    ) -> (T, Vec<Sent>) {
        let mut out = Outbox::new();
        let now_ms = self.now.duration_since(self.start).as_millis() as u64;
        let Self { hub, observers, proofs, ids, now, .. } = self;
        let mut env = Environment { hub, proofs, ids, out: &mut out, now: *now, now_ms };
        let result = act(observers, &mut env);
        let sent = out.iter().map(|(to, bytes)| {
            assert_eq!(*to, address());
            let message = Codec::new().decode(bytes).unwrap();
            let observe = message.options.observe().map(Observe::get);
            let Message { message_type, code, message_id, payload, .. } = message;
            (message_type, code, message_id, observe, payload.to_vec())
        });
        (result, sent.collect())
    }

    /// An observer of topic `a`, which has a text, with so much credit.
    fn observer(credit: Option<usize>) -> Self {
        let mut world = Self::new();
        world.publish("0");
        world.with(|observers, env| {
            let token = Token::new(b"t").unwrap();
            let key = observers.register(address(), token, "a".to_owned(), None, env).unwrap();
            let reply =
                Reply { format: Some(ContentFormat::TEXT_PLAIN), ..Reply::new(Code::CONTENT) };
            observers.answered(key, &reply, None, credit);
        });
        world
    }

    fn publish(&mut self, payload: &'static str) -> Vec<Sent> {
        let mut message = HubMessage::new("a", Bytes::from_static(payload.as_bytes()));
        message.retain = true;
        self.hub.publish(message).unwrap();
        self.with(|observers, env| observers.take_news(env)).1
    }

    /// Moves the clock in small steps, and tells when what was sent, in milliseconds.
    fn wait(&mut self, secs: u64) -> Vec<(u64, Sent)> {
        let (from, mut all) = (self.now, Vec::new());
        while self.now < from + Duration::from_secs(secs) {
            self.now += Duration::from_millis(50);
            let (_, sent) = self.with(|observers, env| observers.work(env));
            let at = self.now.duration_since(from).as_millis() as u64;
            all.extend(sent.into_iter().map(|sent| (at, sent)));
        }
        all
    }

    fn settle(&mut self, id: u16, is_reset: bool) -> Vec<Sent> {
        assert!(self.observers.has_sent(address(), id));
        self.with(|observers, env| observers.settled(address(), id, is_reset, env)).1
    }
}

fn address() -> SocketAddr {
    ([192, 0, 2, 1], 5683).into()
}

#[test]
fn an_observer_that_says_nothing_is_asked_five_times_and_forgotten() {
    let mut world = World::observer(None);
    let first = world.publish("1");
    assert!(matches!(first[..], [(Type::Confirmable, Code::CONTENT, ..)]));
    let again = world.wait(200);
    // RFC 7252 section 4.2: each time after twice the time.
    let times: Vec<u64> = again.iter().map(|(at, _)| *at).collect();
    assert_eq!(times.len(), 4);
    assert!((2000..=3050).contains(&times[0]), "{times:?}");
    for pair in times.windows(2).zip([2.0, 4.0, 8.0]) {
        let (pair, factor) = pair;
        let ratio = (pair[1] - pair[0]) as f64 / times[0] as f64;
        assert!((ratio - factor).abs() < 0.1 * factor, "{times:?}");
    }
    assert!(again.iter().all(|(_, sent)| sent.0 == Type::Confirmable && sent.4 == b"1"));
    assert!(world.observers.is_empty());
    assert_eq!(world.publish("2"), []);
}

#[test]
fn after_the_first_acknowledgement_changes_are_not_confirmable() {
    let mut world = World::observer(Some(100));
    let first = world.publish("1");
    world.now += Duration::from_millis(100);
    assert_eq!(world.settle(first[0].2, false), []);
    assert!(world.proofs.has(address(), world.now));
    world.now += Duration::from_millis(100);
    let second = world.publish("2");
    assert!(matches!(second[..], [(Type::NonConfirmable, Code::CONTENT, ..)]));
    // One in a round trip, and the newest state at its end.
    assert_eq!(world.publish("3"), []);
    assert_eq!(world.publish("4"), []);
    let later = world.wait(1);
    assert!(matches!(&later[..], [(100, (Type::NonConfirmable, _, _, _, text))] if text == b"4"));
    let numbers = [&first[0], &second[0], &later[0].1].map(|sent| sent.3.unwrap());
    assert!(numbers.is_sorted() && numbers[0] != numbers[1] && numbers[1] != numbers[2]);
}

#[test]
fn what_does_not_change_is_confirmed_before_it_goes_stale() {
    let mut world = World::observer(None);
    let first = world.publish("1");
    world.settle(first[0].2, false);
    for n in 0..3 {
        let refresh = world.wait(if n == 0 { 51 } else { 50 });
        assert!(matches!(&refresh[..], [(_, (Type::Confirmable, _, _, _, text))] if text == b"1"));
        world.settle(refresh[0].1.2, false);
    }
    // An observer that went away is found out this way.
    assert!(world.wait(200).len() == 5 && world.observers.is_empty());
}

#[test]
fn while_a_message_is_pending_there_is_no_other() {
    let mut world = World::observer(None);
    let first = world.publish("1");
    assert_eq!(world.publish("2"), []);
    assert_eq!(world.wait(1), []);
    let next = world.settle(first[0].2, false);
    assert!(matches!(&next[..], [(Type::NonConfirmable, _, _, _, text)] if text == b"2"));
}

#[test]
fn a_reset_ends_it() {
    for confirmable in [true, false] {
        let mut world = World::observer(None);
        let mut last = world.publish("1");
        if !confirmable {
            world.settle(last[0].2, false);
            last = world.publish("2");
        }
        assert_eq!(last[0].0 == Type::Confirmable, confirmable);
        world.settle(last[0].2, true);
        assert!(world.observers.is_empty());
    }
}

#[test]
fn without_credit_nothing_is_sent() {
    // The notification has 15 bytes: header 4, token 1, ETag 5, Observe 2, Content-Format 1,
    // marker and payload 2. A ping has 4.
    for (credit, count) in [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (14, 3)] {
        let mut world = World::observer(Some(credit));
        let mut sent = world.publish("1");
        sent.extend(world.wait(200).into_iter().map(|(_, sent)| sent));
        assert_eq!(sent.len(), count, "{credit} {sent:?}");
        assert!(sent.iter().all(|sent| sent.1 == Code::EMPTY), "{credit}");
        assert!(world.observers.is_empty());
    }
    let mut world = World::observer(Some(15));
    let sent = world.publish("1");
    assert!(matches!(sent[..], [(Type::Confirmable, Code::CONTENT, ..)]));
    assert_eq!(world.wait(200), []);
    // The Reset of a ping is no proof, but 4 bytes from there, for which 12 may go: with the second one
    // that is enough.
    let mut world = World::observer(Some(4));
    let mut last = world.publish("1").remove(0);
    for _ in 0..2 {
        assert_eq!((last.0, last.1), (Type::Confirmable, Code::EMPTY));
        let next = world.settle(last.2, true);
        last = next.into_iter().next().unwrap_or_else(|| world.wait(1).remove(0).1);
        assert!(!world.proofs.has(address(), world.now));
    }
    assert!(matches!(&last, (_, Code::CONTENT, _, _, text) if text == b"1"), "{last:?}");
    // Nor is that of a notification.
    world.settle(last.2, true);
    assert!(world.observers.is_empty() && !world.proofs.has(address(), world.now));
}

#[test]
fn what_comes_twice_is_no_guess() {
    let mut world = World::observer(Some(8));
    let ping = world.publish("1");
    assert_eq!(ping[0].1, Code::EMPTY);
    let next = world.settle(ping[0].2, true);
    let next = next.into_iter().next().unwrap_or_else(|| world.wait(1).remove(0).1);
    for _ in 0..10 {
        world.with(|observers, env| observers.guessed(address(), ping[0].2, env));
    }
    assert!(!world.proofs.needs_echo(address(), world.now));
    world.settle(next.2, false);
    assert!(world.proofs.has(address(), world.now));
    // Nor is anything wrong once the address is proved.
    world.now += REFRESH;
    let (_, sent) = world.with(|observers, env| observers.work(env));
    assert_eq!(sent[0].0, Type::Confirmable);
    for wrong in 1..=10_u16 {
        let id = sent[0].2.wrapping_add(wrong);
        world.with(|observers, env| observers.guessed(address(), id, env));
    }
    assert!(!world.proofs.needs_echo(address(), world.now));
}

#[test]
fn guesses_outlive_the_observer_and_only_an_echo_helps_then() {
    let mut world = World::observer(Some(100));
    let first = world.publish("1");
    for guess in 1..=4_u16 {
        let id = first[0].2.wrapping_add(guess);
        world.with(|observers, env| observers.guessed(address(), id, env));
    }
    // Even the right one proves nothing any more.
    world.settle(first[0].2, false);
    assert!(world.observers.is_empty() && !world.proofs.has(address(), world.now));
    let register = |world: &mut World| {
        world.with(|observers, env| {
            observers.register(address(), Token::EMPTY, "a".to_owned(), None, env)
        })
    };
    assert_eq!(register(&mut world).0, None);
    let echo = world.proofs.echo(address(), world.now);
    assert!(world.proofs.take_echo(address(), &echo, world.now));
    assert!(register(&mut world).0.is_some());
}

#[test]
fn a_late_acknowledgement_is_no_guess() {
    let mut world = World::observer(Some(100));
    let first = world.publish("1");
    assert_eq!(world.wait(4).len(), 1);
    for _ in 0..10 {
        world.with(|observers, env| observers.guessed(address(), first[0].2, env));
    }
    assert!(!world.proofs.needs_echo(address(), world.now));
}

#[test]
fn forged_registrations_leave_room_for_others() {
    let mut world = World::new();
    let mut register = |host: u32, port: u16, proved: bool| {
        let address = SocketAddr::new(std::net::Ipv4Addr::from_bits(host).into(), port);
        let token = Token::EMPTY;
        let now = world.now;
        world
            .with(|observers, env| {
                if proved {
                    env.proofs.add(address, now);
                }
                let key = observers.register(address, token, "a".to_owned(), None, env);
                if let Some(key) = key {
                    let credit = (!proved).then_some(1);
                    observers.answered(key, &Reply::new(Code::CONTENT), None, credit);
                }
                assert!(observers.all.len() <= MOST);
                (key.is_some(), observers.all.len())
            })
            .0
    };
    // From one host, and then from many.
    for port in 0..1000 {
        assert_eq!(register(1, port, false), (true, MOST_OF_HOST.min(port as usize + 1)));
    }
    for host in 2..2 * MOST as u32 {
        assert!(register(host, 1, false).0);
    }
    assert_eq!(register(1, 2000, true), (true, MOST));
    // Who has proved its address is not pushed out.
    for host in 1..=MOST as u32 {
        assert!(register(host, 3000, true).0 || host == MOST as u32);
    }
    assert_eq!(register(5, 4000, false), (false, MOST));
    assert_eq!(register(5, 4000, true), (false, MOST));
}
