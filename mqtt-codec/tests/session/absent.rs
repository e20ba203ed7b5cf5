//! Wills and sessions of clients that are gone.

use mqtt_codec::session::{Announcement, Event, Refusal, SendError, Server, Settings};
use mqtt_codec::{
    Codec, Connack, Connect, Disconnect, List, Packet, Property, QoS, ReasonCode, Text, TopicName,
    Version, Will,
};

const OUT: usize = 256;

/// A client of 5.0 whose session lives on for `expiry` seconds, with a will that waits for `delay`.
fn connected(clean_start: bool, expiry: u32, delay: Option<u32>) -> Server<'static, 2> {
    connected_with(Settings::DEFAULT, clean_start, expiry, delay)
}

fn connected_with(
    settings: Settings,
    clean_start: bool,
    expiry: u32,
    delay: Option<u32>,
) -> Server<'static, 2> {
    let mut server = asked_with(settings, clean_start, expiry, delay);
    accept(&mut server, false).unwrap();
    server
}

fn asked(clean_start: bool, expiry: u32, delay: Option<u32>) -> Server<'static, 2> {
    asked_with(Settings::DEFAULT, clean_start, expiry, delay)
}

fn asked_with(
    settings: Settings,
    clean_start: bool,
    expiry: u32,
    delay: Option<u32>,
) -> Server<'static, 2> {
    let mut out = [0; OUT];
    let session_expiry = [Property::SessionExpiryInterval(expiry)];
    let will_delay = [Property::WillDelayInterval(delay.unwrap_or(0))];
    let will = Will {
        qos: QoS::ExactlyOnce,
        properties: List::new(&will_delay),
        ..Will::new(TopicName::from_static("gone"), b"")
    };
    let connect = Connect {
        clean_start,
        keep_alive: 0,
        will: delay.map(|_| will),
        properties: List::new(&session_expiry),
        ..Connect::new(Version::V5, Text::from_static("c"))
    };
    let len = Codec::client(Version::V5).encode(&Packet::Connect(connect), &mut out).unwrap();
    let mut server = Server::new(settings, 0);
    assert!(matches!(server.handle_input(&out[..len], 0), Ok((_, Some(Event::Connect(_))))));
    server
}

fn accept(server: &mut Server<'_, 2>, session_present: bool) -> Result<usize, SendError> {
    let properties = server.announcements();
    let properties = List::new(&properties);
    let connack = Connack { properties, ..Connack::new(session_present, ReasonCode::SUCCESS) };
    server.accept(&connack, 0, &mut [0; OUT])
}

fn events(server: &mut Server<'_, 2>) -> Vec<Event<'static>> {
    core::iter::from_fn(|| server.poll_event()).collect()
}

const WILL: Event<'static> = Event::PublishWill;
const END: Event<'static> = Event::SessionEnded;

#[test]
fn a_will_is_due_after_its_delay_and_not_behind_the_session() {
    for (expiry, delay, will_at, end_at) in [
        (0, Some(0), Some(0), Some(0)),
        (0, Some(9), Some(0), Some(0)),
        (9, Some(0), Some(0), Some(9)),
        (9, Some(5), Some(5), Some(9)),
        (9, Some(9), Some(9), Some(9)),
        (9, Some(u32::MAX), Some(9), Some(9)),
        (9, None, None, Some(9)),
        (u32::MAX, Some(5), Some(5), None),
        (u32::MAX, None, None, None),
    ] {
        let mut server = connected(true, expiry, delay);
        let start = 1_000_000;
        assert_eq!(server.poll_timeout(), None);
        server.ended(start);
        let mut seen = Vec::new();
        for ms in (0..12_000).step_by(500) {
            server.handle_timeout(start + ms);
            seen.extend(events(&mut server).into_iter().map(|event| (event, ms)));
        }
        let secs = |at: Option<u64>, event| at.map(|secs| (event, secs * 1000));
        let wanted: Vec<_> = secs(will_at, WILL).into_iter().chain(secs(end_at, END)).collect();
        assert_eq!(seen, wanted, "expiry {expiry}, delay {delay:?}");
        assert_eq!((server.has_session(), server.has_will()), (end_at.is_none(), false));
        assert_eq!(server.poll_timeout(), None);
    }
}

#[test]
fn who_says_goodbye_takes_the_will_back() {
    for (bye, has_will) in [(&b"\xE0\0"[..], false), (b"\xE0\x01\x04", true)] {
        let mut server = connected(true, 0, Some(5));
        server.handle_input(bye, 0).unwrap();
        server.ended(0);
        let wanted = if has_will { vec![WILL, END] } else { vec![END] };
        assert_eq!(events(&mut server), wanted);
    }
    // A server's own DISCONNECT does not.
    let mut server = connected(true, 0, Some(5));
    let bye = Disconnect::new(ReasonCode::ADMINISTRATIVE_ACTION);
    server.disconnect(&bye, 0, &mut [0; OUT]).unwrap();
    server.ended(0);
    assert_eq!(events(&mut server), [WILL, END]);
}

#[test]
fn who_comes_back_in_time_has_no_will_to_be_published() {
    let mut before = connected(true, 60, Some(5));
    before.ended(0);
    let mut server = asked(false, 60, None);
    server.resume(&mut before, 0).unwrap();
    accept(&mut server, true).unwrap();
    before.handle_timeout(u64::MAX);
    assert_eq!((events(&mut before), before.has_session()), (vec![], false));
    // It is a session like any other.
    server.ended(100_000);
    assert_eq!(server.poll_timeout(), Some(160_000));
}

#[test]
fn clean_start_ends_what_there_was() {
    let mut before = connected(true, 60, Some(5));
    before.end_session();
    assert_eq!(events(&mut before), [], "not of a client that is connected");
    before.ended(0);
    before.end_session();
    assert_eq!(events(&mut before), [WILL, END]);
    before.end_session();
    assert_eq!(events(&mut before), []);
}

#[test]
fn who_is_refused_or_cut_off_before_connack_leaves_all_as_it_was() {
    let mut before = connected(true, 60, Some(5));
    before.ended(1000);
    let mut refused = asked(false, 0, None);
    refused.resume(&mut before, 0).unwrap();
    let connack = Connack::new(false, ReasonCode::NOT_AUTHORIZED);
    refused.accept(&connack, 2000, &mut [0; OUT]).unwrap();
    refused.ended(2000);
    assert_eq!((refused.has_session(), refused.poll_timeout()), (true, Some(6000)));
    let mut cut = asked(false, 0, None);
    cut.resume(&mut refused, 0).unwrap();
    cut.ended(3000);
    assert_eq!((cut.poll_timeout(), cut.session_expiry_interval()), (Some(6000), 60));
    let mut kept = cut.absent(3000);
    kept.handle_timeout(6000);
    assert_eq!(events(&mut kept), [WILL]);
    assert_eq!(kept.poll_timeout(), Some(61_000));
    // Who was never let in leaves nothing.
    let mut stranger = asked(true, 60, Some(0));
    stranger.ended(0);
    assert_eq!((events(&mut stranger), stranger.poll_timeout()), (vec![], None));
}

#[test]
fn a_snapshot_knows_will_and_expiry() {
    let mut disk = [0; Server::<2>::SNAPSHOT];
    for (delay, wanted) in [(None, vec![END]), (Some(5), vec![WILL, END])] {
        let mut server = connected(true, 60, delay);
        let len = server.snapshot(&mut disk).unwrap();
        let mut server = Server::<2>::restore(Settings::DEFAULT, &disk[..len], 1_000_000).unwrap();
        assert_eq!(server.session_expiry_interval(), 60);
        server.handle_timeout(1_059_999);
        let mut seen = events(&mut server);
        server.handle_timeout(1_060_000);
        seen.extend(events(&mut server));
        assert_eq!(seen, wanted);
    }
}

#[test]
fn connack_is_held_against_connect() {
    let mut server = asked(true, 0, Some(0));
    let [receive, size, aliases] = server.announcements();
    let mut answer = |more: &[Property<'_>], session_present| {
        let properties = [&[receive, size, aliases], more].concat();
        let properties = List::new(&properties);
        let connack = Connack { properties, ..Connack::new(session_present, ReasonCode::SUCCESS) };
        server.accept(&connack, 0, &mut [0; OUT])
    };
    let will = Err(SendError::Refused(Refusal::Qos));
    assert_eq!(answer(&[Property::MaximumQos(QoS::AtLeastOnce)], false), will);
    let response = [Property::ResponseInformation(Text::from_static("r"))];
    let unasked = Err(SendError::Refused(Refusal::ResponseInformation));
    assert_eq!(answer(&response, false), unasked);
    let method = [Property::AuthenticationMethod(Text::from_static("m"))];
    assert_eq!(answer(&method, false), Err(SendError::AuthenticationMethod));
    assert_eq!(answer(&[], true), Err(SendError::OutOfTurn), "no session was resumed");
    assert!(answer(&[], false).is_ok());

    // Without a name.
    let mut server = Server::<2>::new(Settings::DEFAULT, 0);
    server.handle_input(b"\x10\x0D\0\x04MQTT\x05\x02\0\x0A\0\0\0", 0).unwrap();
    let missing = SendError::Unannounced(Announcement::AssignedClientIdentifier);
    assert_eq!(accept(&mut server, false), Err(missing));
}

/// Answers Persist; what was kept.
fn persisted(server: &mut Server<'_, 2>) -> Vec<u8> {
    let mut disk = vec![0; Server::<2>::SNAPSHOT];
    assert_eq!(server.poll_event(), Some(Event::Persist));
    let len = server.snapshot(&mut disk).unwrap();
    server.persisted();
    assert_eq!(server.poll_event(), None);
    disk.truncate(len);
    disk
}

#[test]
fn what_a_session_has_become_is_kept() {
    let settings = Settings::DEFAULT.with_persistent(true);
    let restored = |disk: &[u8], now_ms| Server::<2>::restore(settings, disk, now_ms).unwrap();
    let mut server = connected_with(settings, true, 60, Some(5));
    // Let in.
    let mut after = restored(&persisted(&mut server), 0);
    assert_eq!((after.has_will(), after.session_expiry_interval()), (true, 60));
    // The will, once it is published.
    after.handle_timeout(5000);
    assert_eq!(after.poll_event(), Some(WILL));
    let after = restored(&persisted(&mut after), 0);
    assert!(!after.has_will() && after.has_session());
    // DISCONNECT takes the will back, and says how long the session lives.
    server.handle_input(b"\xE0\x07\0\x05\x11\0\0\0\x07", 0).unwrap();
    let mut after = restored(&persisted(&mut server), 0);
    assert_eq!((after.has_will(), after.poll_timeout()), (false, Some(7000)));
    // And another CONNECT.
    let mut server = asked_with(settings, false, 9, Some(1));
    server.resume(&mut after, 0).unwrap();
    accept(&mut server, true).unwrap();
    let after = restored(&persisted(&mut server), 0);
    assert_eq!((after.has_will(), after.session_expiry_interval()), (true, 9));
}

#[test]
fn what_is_over_or_taken_is_not_resumed() {
    let mut before = connected(true, 60, Some(5));
    before.ended(0);
    let mut late = asked(false, 60, None);
    assert_eq!(late.resume(&mut before, 60_000), Err(SendError::OutOfTurn));
    assert_eq!(events(&mut before), [WILL, END]);
    let (mut one, mut two) = (connected(true, 60, None), connected(true, 60, None));
    one.ended(0);
    two.ended(0);
    let mut server = asked(false, 60, None);
    server.resume(&mut one, 0).unwrap();
    assert_eq!(server.resume(&mut two, 0), Err(SendError::OutOfTurn));
    assert!(two.has_session());
    assert_eq!(accept(&mut server, false), Err(SendError::OutOfTurn), "it was resumed");
    accept(&mut server, true).unwrap();
}

#[test]
fn a_server_can_bound_how_long_sessions_live() {
    let mut server = asked(true, 60, None);
    let [receive, size, aliases] = server.announcements();
    let properties = [receive, size, aliases, Property::SessionExpiryInterval(10)];
    let properties = List::new(&properties);
    let connack = Connack { properties, ..Connack::new(false, ReasonCode::SUCCESS) };
    server.accept(&connack, 0, &mut [0; OUT]).unwrap();
    assert_eq!(server.session_expiry_interval(), 10);
    server.handle_input(b"\xE0\x07\0\x05\x11\xFF\xFF\xFF\xFF", 0).unwrap();
    assert_eq!(server.session_expiry_interval(), 10);
}

#[test]
fn the_clients_time_begins_when_it_is_its_turn() {
    let mut server = Server::<2>::new(Settings::DEFAULT, 0);
    server.handle_input(b"\x10\x0D\0\x04MQTT\x04\x02\0\x02\0\x01c", 0).unwrap();
    assert_eq!(server.poll_timeout(), None, "it is ours");
    let connack = Connack::new(false, ReasonCode::SUCCESS);
    server.accept(&connack, 50_000, &mut [0; OUT]).unwrap();
    assert_eq!(server.poll_timeout(), Some(53_000));
}

#[test]
fn who_was_not_let_in_changes_nothing() {
    let mut before = connected(true, 60, Some(5));
    before.ended(1000);
    // CONNECT with an Authentication Method; then DISCONNECT that wants no session.
    let mut stranger = Server::<2>::new(Settings::DEFAULT, 2000);
    let connect = b"\x10\x17\0\x04MQTT\x05\0\0\x0A\x09\x11\0\0\0\x3C\x15\0\x01m\0\x01c";
    stranger.handle_input(connect, 2000).unwrap();
    stranger.resume(&mut before, 2000).unwrap();
    let (_, event) = stranger.handle_input(b"\xE0\x07\0\x05\x11\0\0\0\0", 2000).unwrap();
    assert!(matches!(event, Some(Event::Disconnect(_))) && stranger.wants_close());
    stranger.ended(2000);
    assert_eq!((stranger.poll_timeout(), stranger.has_will()), (Some(6000), true));
    // A sign of life gives nobody more time for CONNECT.
    let mut slow = Server::<2>::new(Settings::DEFAULT, 0);
    slow.heard(10_000);
    assert_eq!(slow.poll_timeout(), Some(Settings::DEFAULT.connect_ms));
}

#[test]
fn what_is_due_is_due_after_a_restart() {
    let mut server = connected(true, 60, Some(0));
    server.ended(0);
    let mut disk = [0; Server::<2>::SNAPSHOT];
    let len = server.snapshot(&mut disk).unwrap();
    let mut server = Server::<2>::restore(Settings::DEFAULT, &disk[..len], 0).unwrap();
    assert_eq!(server.poll_event(), Some(WILL));
}

#[test]
fn receipts_of_connections_before_are_stale() {
    let mut absent: Option<Server<'_, 2>> = None;
    let mut receipts = Vec::new();
    for _ in 0..4 {
        let mut server = asked(false, 60, None);
        if let Some(absent) = &mut absent {
            server.resume(absent, 0).unwrap();
        }
        accept(&mut server, absent.is_some()).unwrap();
        let (_, event) = server.handle_input(b"\x32\x06\0\x01a\0\x07\0", 0).unwrap();
        let Some(Event::Publish { receipt: Some(receipt), .. }) = event else { panic!() };
        for old in &receipts {
            assert_eq!(server.acknowledge(*old, ReasonCode::SUCCESS), Err(SendError::Stale));
        }
        receipts.push(receipt);
        absent = Some(server.absent(0));
    }
}

#[test]
fn a_session_is_resumed_between_connect_and_connack() {
    let mut absent = connected(false, 60, None).absent(0);
    let mut early = Server::<2>::new(Settings::DEFAULT, 0);
    let mut late = connected(false, 60, None);
    assert_eq!(early.resume(&mut absent, 0), Err(SendError::OutOfTurn));
    assert_eq!(late.resume(&mut absent, 0), Err(SendError::OutOfTurn));
    let mut refused = asked(false, 60, None);
    let no = Connack::new(false, ReasonCode::NOT_AUTHORIZED);
    refused.accept(&no, 0, &mut [0; OUT]).unwrap();
    assert_eq!(refused.resume(&mut absent, 0), Err(SendError::OutOfTurn));
    assert!(absent.has_session());
}

#[test]
fn what_is_not_kept_yet_stays_so_in_the_next_connection() {
    let settings = Settings::DEFAULT.with_persistent(true);
    let mut absent = connected_with(settings, false, 60, None).absent(0);
    let mut server = asked_with(settings, false, 60, None);
    server.resume(&mut absent, 0).unwrap();
    assert_eq!((server.poll_event(), absent.poll_event()), (Some(Event::Persist), None));
    // Nothing is to be kept of a session that is over.
    let mut absent = connected_with(settings, false, 60, None).absent(0);
    assert!(absent.end_session());
    assert_eq!(events(&mut absent), [END]);
}
