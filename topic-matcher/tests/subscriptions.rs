//! Subscriptions of a broker beside a list of them that is searched from one end to the other.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

mod broker;

use broker::{Both, options};
use topic_matcher::{
    QoS, Route, SubscribeError, Subscription, SubscriptionId, SubscriptionOptions, Subscriptions,
    TopicName,
};

const KEY: [u64; 2] = [0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210];

/// Numbers that are the same in each run: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % end as u64) as usize
    }

    fn levels(&mut self, all: &[&str], depth: usize) -> String {
        let levels: Vec<_> = (0..=self.below(depth)).map(|_| all[self.below(all.len())]).collect();
        levels.join("/")
    }
}

/// A filter, sometimes shared.
fn text(random: &mut Random, depth: usize) -> String {
    let filter = random.levels(&["a", "b", "+", "+", "$s"], depth);
    let filter = if random.below(4) == 0 { filter + "/#" } else { filter };
    match random.below(5) {
        0 => format!("$share/{}/{filter}", ["x", "y", "longer name"][random.below(3)]),
        _ => filter,
    }
}

fn subscription(text: &str) -> Subscription<'_> {
    Subscription::new(text).unwrap()
}

fn run(seed: u64, steps: usize, most: usize, clients: usize, depth: usize) {
    let (mut random, mut both) = (Random(seed), Both::new());
    let mut grows = true;
    for _ in 0..steps {
        let client = both.clients.len().saturating_sub(1 + random.below(clients)) as u32;
        let some = text(&mut random, depth);
        grows = if grows { both.len() < most } else { both.len() < most / 16 };
        match random.below(32) {
            0 => both.add_client(),
            1 if random.below(3) == 0 => both.remove_client(client),
            2 | 3 if random.below(most) < 32 => {
                let names: Vec<_> =
                    (0..4).map(|_| random.levels(&["a", "b", "", "$s"], depth)).collect();
                let names: Vec<_> = names.iter().map(|name| &**name).collect();
                both.route(&names, client, random.below(1000));
                both.check();
            }
            step if (step < 24) == grows => {
                both.subscribe(client, &some, options(random.below(256) as u8));
            }
            _ => match both.near(client, &some).filter(|_| random.below(4) > 0) {
                Some((client, text)) => both.unsubscribe(client, &text),
                None => both.unsubscribe(client, &some),
            },
        }
    }
    both.check();
    for client in 0..both.clients.len() as u32 {
        both.remove_client(client);
    }
    both.check();
    assert!(both.ours.is_empty() && both.ours.client_count() == 0);
    assert!(both.ours.memory_used() < 64 << 10, "{} bytes", both.ours.memory_used());
}

#[test]
fn is_as_a_list_with_few_filters() {
    for seed in 1..=8 {
        run(seed, 3_000, 40, 4, 2);
        run(seed, 3_000, 300, 20, 3);
    }
}

#[test]
fn is_as_a_list_when_most_is_removed() {
    for seed in 1..=2 {
        run(seed, 30_000, 4_000, 60, 6);
    }
}

#[test]
fn a_client_gets_a_message_once_at_the_highest_qos_with_all_identifiers() {
    let mut subscriptions = Subscriptions::new(KEY);
    let client = subscriptions.add_client(()).unwrap();
    for (text, qos, id) in
        [("a/b", QoS::AtLeastOnce, 3), ("a/+", QoS::AtMostOnce, 1), ("#", QoS::ExactlyOnce, 2)]
    {
        let options = SubscriptionOptions {
            id: SubscriptionId::new(id),
            retain_as_published: id == 1,
            ..SubscriptionOptions::new(qos)
        };
        assert_eq!(subscriptions.subscribe(client, subscription(text), options), Ok(None));
    }
    let mut route = Route::new();
    let name = TopicName::from_static("a/b");
    let mut all = subscriptions.route(name, None, &mut route, |_| None);
    let delivery = all.next().unwrap();
    assert_eq!((delivery.client, delivery.qos), (client, QoS::ExactlyOnce)); // [MQTT-3.3.4-2]
    let mut ids: Vec<_> = delivery.ids.map(SubscriptionId::get).collect();
    ids.sort_unstable();
    assert_eq!((ids, delivery.retain_as_published), (vec![1, 2, 3], true)); // [MQTT-3.3.4-4]
    assert!(all.next().is_none());
}

#[test]
fn no_local_counts_for_its_own_publisher_alone() {
    let mut subscriptions = Subscriptions::new(KEY);
    let [ada, bob] = ["ada", "bob"].map(|name| subscriptions.add_client(name).unwrap());
    let no_local =
        SubscriptionOptions { no_local: true, ..SubscriptionOptions::new(QoS::ExactlyOnce) };
    let local = SubscriptionOptions::new(QoS::AtMostOnce);
    for (client, text, options) in [(ada, "a", no_local), (bob, "a", no_local), (ada, "+", local)] {
        subscriptions.subscribe(client, subscription(text), options).unwrap();
    }
    let mut route = Route::new();
    let mut who = |publisher| {
        let name = TopicName::from_static("a");
        let all = subscriptions.route(name, publisher, &mut route, |_| None);
        let mut all: Vec<_> = all.map(|one| (*one.value, one.qos)).collect();
        all.sort_unstable();
        all
    };
    let (most, least) = (QoS::ExactlyOnce, QoS::AtMostOnce);
    assert_eq!(who(Some(ada)), [("ada", least), ("bob", most)]); // [MQTT-3.8.3-3]
    assert_eq!(who(Some(bob)), [("ada", most)]);
    assert_eq!(who(None), [("ada", most), ("bob", most)]);
    let shared = subscriptions.subscribe(ada, subscription("$share/g/a"), no_local);
    assert_eq!(shared, Err(SubscribeError::NoLocalShared)); // [MQTT-3.8.3-4]
}

#[test]
fn what_is_shared_comes_besides_and_in_turn() {
    let mut subscriptions = Subscriptions::new(KEY);
    let options = SubscriptionOptions::new(QoS::AtLeastOnce);
    let clients = ["ada", "bob", "cyd"].map(|name| subscriptions.add_client(name).unwrap());
    for client in clients {
        subscriptions.subscribe(client, subscription("$share/g/+"), options).unwrap();
    }
    for text in ["a", "$share/other/a"] {
        subscriptions.subscribe(clients[1], subscription(text), options).unwrap();
    }
    let mut route = Route::new();
    let mut turns = Vec::new();
    for _ in 0..6 {
        let name = TopicName::from_static("a");
        // Cyd is not there.
        let all = subscriptions.route(name, None, &mut route, |group| {
            group.in_turn(|member| *member.value != "cyd").or_else(|| group.in_turn(|_| true))
        });
        let all: Vec<_> = all.map(|one| (one.group.map(|group| group.0), *one.value)).collect();
        assert!(all.contains(&(None, "bob")) && all.contains(&(Some("other"), "bob")));
        assert_eq!(all.len(), 3);
        turns.extend(all.into_iter().filter(|one| one.0 == Some("g")).map(|one| one.1));
    }
    assert_eq!(turns, ["ada", "bob", "ada", "bob", "ada", "bob"]);
    // The turn goes on, from name to name.
    let names = ["a", "b", "c", "d"].map(TopicName::from_static);
    let mut turns = Vec::new();
    subscriptions.route_all(
        &names,
        None,
        &mut route,
        |group| group.in_turn(|_| true),
        |name, one| {
            if one.group.is_some_and(|(name, _)| name == "g") {
                turns.push((name, *one.value));
            }
        },
    );
    assert_eq!(turns, [(0, "cyd"), (1, "ada"), (2, "bob"), (3, "cyd")]);
}

#[test]
fn a_new_group_begins_with_its_first_member() {
    let mut subscriptions = Subscriptions::new(KEY);
    let options = SubscriptionOptions::new(QoS::AtMostOnce);
    let clients = [0, 1, 2].map(|at| subscriptions.add_client(at).unwrap());
    let mut route = Route::new();
    for text in ["$share/g/a", "$share/h/a"] {
        for client in clients {
            subscriptions.subscribe(client, subscription(text), options).unwrap();
        }
        for turn in [0, 1] {
            let name = TopicName::from_static("a");
            let mut all =
                subscriptions.route(name, None, &mut route, |group| group.in_turn(|_| true));
            assert_eq!(all.next().map(|one| *one.value), Some(turn));
        }
        for client in clients {
            subscriptions.unsubscribe(client, subscription(text)).unwrap();
        }
    }
}

/// Who comes and goes cannot have all messages go to two, and none to a third.
#[test]
fn who_leaves_and_comes_back_takes_nobodys_turn() {
    let mut subscriptions = Subscriptions::new(KEY);
    let shared = subscription("$share/all/x");
    let options = SubscriptionOptions::new(QoS::AtLeastOnce);
    let [victim, other, restless] =
        ["victim", "other", "restless"].map(|who| subscriptions.add_client(who).unwrap());
    for client in [victim, other] {
        subscriptions.subscribe(client, shared, options).unwrap();
    }
    let (mut route, mut had) = (Route::new(), [0; 3]);
    for round in 0..1000 {
        if round % 2 == 0 {
            subscriptions.subscribe(restless, shared, options).unwrap();
        } else {
            subscriptions.unsubscribe(restless, shared).unwrap();
        }
        let name = TopicName::from_static("x");
        let mut all = subscriptions.route(name, None, &mut route, |group| group.in_turn(|_| true));
        let got = all.next().unwrap().client;
        had[[victim, other, restless].iter().position(|one| *one == got).unwrap()] += 1;
    }
    assert!(had[0] >= 250, "{had:?}");
}

#[test]
fn places_of_clients_are_given_back() {
    let mut subscriptions = Subscriptions::new(KEY);
    subscriptions.add_client(0).unwrap();
    let clients: Vec<_> = (1..100_000).map(|n| subscriptions.add_client(n).unwrap()).collect();
    for client in clients {
        subscriptions.remove_client(client).unwrap();
    }
    assert!(subscriptions.memory_used() < 2048, "{}", subscriptions.memory_used());
}

#[test]
fn an_old_key_is_nobodys() {
    let mut subscriptions = Subscriptions::new(KEY);
    let old = subscriptions.add_client(1).unwrap();
    assert_eq!(subscriptions.remove_client(old), Some(1));
    let new = subscriptions.add_client(2).unwrap();
    let options =
        SubscriptionOptions { no_local: true, ..SubscriptionOptions::new(QoS::AtMostOnce) };
    subscriptions.subscribe(new, subscription("a"), options).unwrap();
    let said = subscriptions.subscribe(old, subscription("a"), options);
    assert_eq!(said, Err(SubscribeError::NoClient));
    assert_eq!(subscriptions.get(old, subscription("a")), None);
    assert_eq!(subscriptions.unsubscribe(old, subscription("a")), None);
    assert_eq!((subscriptions.remove_client(old), subscriptions.client(old)), (None, None));
    let mut route = Route::new();
    let name = TopicName::from_static("a");
    assert_eq!(subscriptions.route(name, Some(old), &mut route, |_| None).count(), 1);
    assert_eq!(subscriptions.route(name, Some(new), &mut route, |_| None).count(), 0);
}

/// Takes the time of a walk through all of them for each, unless it looks for nothing.
#[test]
fn one_filter_of_many_clients_and_many_filters_of_one() {
    const MANY: usize = 100_000;
    let mut subscriptions = Subscriptions::new(KEY);
    let options = SubscriptionOptions::new(QoS::AtMostOnce);
    let clients: Vec<_> = (0..MANY).map(|_| subscriptions.add_client(()).unwrap()).collect();
    let filters: Vec<_> = (0..MANY).map(|at| format!("$share/{at}/b/{}", at % 7)).collect();
    for (client, filter) in clients.iter().zip(&filters) {
        subscriptions.subscribe(*client, subscription("a/+"), options).unwrap();
        subscriptions.subscribe(clients[0], subscription(filter), options).unwrap();
    }
    let mut route = Route::new();
    let mut count = |subscriptions: &Subscriptions<()>| {
        let name = TopicName::from_static("a/b");
        subscriptions.route(name, None, &mut route, |_| None).count()
    };
    assert_eq!(count(&subscriptions), MANY);
    assert_eq!(subscriptions.iter_of(clients[0]).count(), MANY + 1);
    for (client, filter) in clients.iter().zip(&filters).step_by(2) {
        assert!(subscriptions.unsubscribe(*client, subscription("a/+")).is_some());
        assert!(subscriptions.unsubscribe(clients[0], subscription(filter)).is_some());
    }
    assert_eq!((count(&subscriptions), subscriptions.len()), (MANY / 2, MANY));
    clients.iter().for_each(|client| assert_eq!(subscriptions.remove_client(*client), Some(())));
    assert_eq!((subscriptions.len(), subscriptions.filter_count()), (0, 0));
    assert!(subscriptions.memory_used() < 64 << 10, "{} bytes", subscriptions.memory_used());
}

#[test]
fn a_million_changes_leave_no_memory_behind() {
    let mut subscriptions = Subscriptions::new(KEY);
    let mut random = Random(11);
    let mut most = 0;
    for round in 0..5 {
        let clients: Vec<_> = (0..100).map(|at| subscriptions.add_client(at).unwrap()).collect();
        for at in 0..100_000 {
            let text = format!("$share/{}/site/{}/+/x", random.below(2), random.below(20_000));
            let text = if at % 4 == 0 { &*text } else { &text[9..] };
            let client = clients[random.below(100)];
            let options = SubscriptionOptions::new(QoS::AtMostOnce);
            subscriptions.subscribe(client, subscription(text), options).unwrap();
        }
        if round == 0 {
            most = subscriptions.memory_used();
        }
        assert!(subscriptions.memory_used() < most + most / 4, "round {round}");
        // One of them stays until all others have gone, each time another one.
        let stays = clients[random.below(100)];
        for client in clients.iter().filter(|client| **client != stays) {
            subscriptions.remove_client(*client);
        }
        let each = subscriptions.memory_used() / subscriptions.len();
        assert!(each < 600, "{each} bytes for each that stays");
        subscriptions.remove_client(stays);
    }
    assert!(subscriptions.is_empty());
    assert!(subscriptions.memory_used() < 64 << 10, "{} bytes", subscriptions.memory_used());
}

/// To draw all anew costs all: who subscribes to a little and leaves it again must not have it done. What
/// is drawn anew begins with the first member of each group.
#[test]
fn who_changes_a_few_does_not_have_all_drawn_anew() {
    let mut subscriptions = Subscriptions::new(KEY);
    let options = SubscriptionOptions::new(QoS::AtMostOnce);
    for n in 0..3000 {
        let client = subscriptions.add_client(n).unwrap();
        let text = format!("others/{n}");
        subscriptions.subscribe(client, subscription(&text), options).unwrap();
        if n < 2 {
            subscriptions.subscribe(client, subscription("$share/all/jobs"), options).unwrap();
        }
    }
    let mut route = Route::new();
    let mut next = |subscriptions: &Subscriptions<u32>| {
        let name = TopicName::from_static("jobs");
        let mut all = subscriptions.route(name, None, &mut route, |group| group.in_turn(|_| true));
        all.next().map(|delivery| *delivery.value)
    };
    let changing = subscriptions.add_client(3000).unwrap();
    for round in 0..6 {
        assert_eq!(next(&subscriptions), Some(round % 2), "the other one's turn");
        let groups = (0..400).map(|n| format!("$share/{n}/a")).collect::<Vec<_>>();
        for group in &groups {
            subscriptions.subscribe(changing, subscription(group), options).unwrap();
        }
        for group in &groups[..399] {
            subscriptions.unsubscribe(changing, subscription(group)).unwrap();
        }
    }
}
