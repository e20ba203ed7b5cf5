use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use mqtt_codec::{QoS, SubscriptionOptions};

use super::super::{Row, Subscribed};
use super::*;
use crate::gateway::hub::Message;
use crate::gateway::store::message_of;

/// A file that goes with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("store-{}-{n}", std::process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn message(text: &str) -> Box<[u8]> {
    message_of(&Message::new("a", text.to_owned()), Instant::now()).unwrap()
}

fn row(message: u64) -> Row {
    let (handle, exactly_once, retain, subscription_ids) = (None, true, false, Vec::new());
    Row { message: Some(message), handle, exactly_once, retain, subscription_ids }
}

fn some_ops() -> Vec<Op> {
    let options = SubscriptionOptions::new(QoS::AtLeastOnce);
    let subscription = Subscribed { options, id: None, owes_retained: false };
    vec![
        Op::Begin { session: 1, name: "one".into() },
        Op::Snapshot { session: 1, bytes: [1, 2, 3].into() },
        Op::Subscribe { session: 1, text: "a/#".into(), subscription },
        Op::Subscribe { session: 1, text: "b".into(), subscription },
        Op::Unsubscribe { session: 1, text: "b".into() },
        Op::Begin { session: 2, name: "two".into() },
        Op::Snapshot { session: 2, bytes: [4].into() },
        Op::Subscribe { session: 2, text: "c".into(), subscription },
        Op::Message { message: 3, bytes: message("three") },
        Op::Message { message: 4, bytes: message("four") },
        Op::Message { message: 5, bytes: message("five") },
        Op::Retain { topic: "a".into(), message: Some(3) },
        Op::Retain { topic: "b".into(), message: Some(4) },
        Op::Retain { topic: "b".into(), message: None },
        Op::Will { session: 1, bytes: Some(message("will")) },
        Op::Queue { session: 1, place: 10, row: row(5) },
        Op::Queue { session: 1, place: 9, row: row(3) },
        Op::Queue { session: 2, place: 1, row: row(3) },
        Op::Unqueue { session: 1, place: 8 },
        Op::End { session: 2 },
        Op::Bridge { side: 0, bytes: [7].into() },
        Op::Bridge { side: 1, bytes: [8].into() },
        Op::Bridge { side: 1, bytes: [9].into() },
        Op::BridgeAsked { side: 1, bytes: [6].into() },
        Op::Bridged { side: 1, handle: 2, bytes: Some([2].into()) },
        Op::Bridged { side: 1, handle: 1, bytes: Some([1].into()) },
        Op::Bridged { side: 1, handle: 3, bytes: Some([3].into()) },
        Op::Bridged { side: 1, handle: 3, bytes: None },
        // Begun, and not accepted.
        Op::Begin { session: 6, name: "six".into() },
    ]
}

#[test]
fn what_was_written_is_found_and_nothing_else() {
    let file = Temporary::new();
    let mut disk = Disk::open(&file.0).unwrap();
    disk.apply(some_ops()).unwrap();
    for _ in 0..2 {
        drop(disk);
        disk = Disk::open(&file.0).unwrap();
        let (kept, last) = disk.load().unwrap();
        assert!(last >= 5);
        let payload = |(n, message): &(u64, Message)| (*n, message.payload.to_vec());
        let messages: Vec<_> = kept.messages.iter().map(payload).collect();
        assert_eq!(messages, [(3, b"three".to_vec()), (5, b"five".to_vec())]);
        assert_eq!(kept.retained, [("a".to_owned(), 3)]);
        let [one] = &kept.sessions[..] else { panic!("{:?}", kept.sessions) };
        assert_eq!((one.session, &*one.name, &*one.snapshot), (1, "one", &[1, 2, 3][..]));
        assert_eq!(one.will.as_ref().unwrap().payload, "will");
        let texts: Vec<_> = one.subscriptions.iter().map(|(text, _)| &**text).collect();
        assert_eq!(texts, ["a/#"]);
        assert_eq!(one.queue, [(9, row(3)), (10, row(5))]);
        let bridge = kept.bridge.map(|side| (side.client, side.messages));
        let there = (Some(vec![9]), vec![(1, vec![1]), (2, vec![2])]);
        assert_eq!(bridge, [(Some(vec![7]), Vec::new()), there]);
    }
}

#[test]
fn another_gateway_has_it() {
    let file = Temporary::new();
    let disk = Disk::open(&file.0).unwrap();
    assert_eq!(Disk::open(&file.0).err().unwrap(), "another gateway has it open");
    drop(disk);
    assert!(Disk::open(&file.0).is_ok());
}

#[test]
fn what_is_no_store_is_left_alone() {
    let file = Temporary::new();
    let theirs = TableDefinition::<u64, u64>::new("theirs");
    let database = Database::create(&file.0).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(theirs).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let database = fs::read(&file.0).unwrap();
    for (bytes, why) in [
        (&b"hello, this is a text"[..], "not a store"),
        (b"hel", "not a store"),
        (b"redb", "damaged"),
        (&[b"redb".as_slice(), &[0; 9000]].concat(), "damaged"),
        (&database, "a database of another program"),
    ] {
        fs::write(&file.0, bytes).unwrap();
        let error = Disk::open(&file.0).err().unwrap();
        assert!(error.contains(why), "{error}");
        if bytes != database {
            assert_eq!(fs::read(&file.0).unwrap(), bytes);
        }
    }
    let missing = PathBuf::from("/nowhere/store");
    assert!(Disk::open(&missing).err().unwrap().contains("cannot open it"));
}

/// Whatever byte is wrong, there is an error or what was there; nothing panics.
#[test]
fn damage_is_found() {
    let file = Temporary::new();
    let mut disk = Disk::open(&file.0).unwrap();
    disk.apply(some_ops()).unwrap();
    let (whole, _) = disk.load().unwrap();
    drop(disk);
    let bytes = fs::read(&file.0).unwrap();
    let used: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0).collect();
    let mut found = 0;
    for at in used.iter().step_by(1 + used.len() / 100) {
        let mut damaged = bytes.clone();
        damaged[*at] ^= 0x55;
        fs::write(&file.0, &damaged).unwrap();
        let loaded = Disk::open(&file.0).and_then(|mut disk| disk.load());
        match loaded {
            Ok((kept, _)) => assert_eq!(format!("{kept:?}"), format!("{whole:?}"), "byte {at}"),
            Err(why) => {
                let is_said = ["damaged", "not a store", "a store of version", "a database of"];
                assert!(is_said.iter().any(|said| why.starts_with(said)), "{why}");
                found += 1;
            }
        }
    }
    assert!(found > 10, "{found}");
}
