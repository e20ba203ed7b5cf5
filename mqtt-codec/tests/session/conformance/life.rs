//! Sessions begin, last and end; wills.

use mqtt_codec::Will;

use super::*;

#[test]
fn clean_start_ends_what_is_in_flight() {
    for version in BOTH {
        let mut client = client(version, &[]);
        published(&mut client, QoS::AtLeastOnce, 1);
        connecting(&mut client, true, &[]);
        assert_eq!(client.in_flight(), 0);

        let mut old = server(version, &KEPT);
        published(&mut old, QoS::AtLeastOnce, 1);
        old.ended(0);
        let mut new = asked(&Connect { clean_start: true, ..connect_of(version, &KEPT) });
        assert_eq!(new.resume(&mut old, 0), Err(SendError::OutOfTurn));
        old.end_session();
        assert_eq!(old.in_flight(), 0);
    }
}

#[test]
fn a_session_ends_once_its_interval_is_over() {
    let mut server = server(Version::V5, &KEPT);
    published(&mut server, QoS::AtLeastOnce, 1);
    server.ended(1000);
    assert_eq!(server.poll_timeout(), Some(61_000));
    server.handle_timeout(60_999);
    assert_eq!((server.poll_event(), server.in_flight()), (None, 1));
    server.handle_timeout(61_000);
    assert_eq!((server.poll_event(), server.in_flight()), (Some(Event::SessionEnded), 0));
}

#[test]
fn a_session_lasts_as_long_as_its_connection() {
    for version in BOTH {
        // It does not outlive it, and there is no Keep Alive.
        let connect = Connect { clean_start: true, keep_alive: 0, ..connect_of(version, &[]) };
        let mut server = asked(&connect);
        accept(&mut server, false, &[]).unwrap();
        published(&mut server, QoS::AtLeastOnce, 1);
        assert_eq!(server.poll_timeout(), None);
        server.handle_timeout(u64::MAX);
        assert_eq!((server.poll_event(), server.in_flight()), (None, 1));
        assert!(server.is_connected());
        server.ended(u64::MAX);
        assert_eq!((server.poll_event(), server.in_flight()), (Some(Event::SessionEnded), 0));
    }
}

/// A client with a will, Will Delay Interval 5 in 5.0.
fn mortal(version: Version) -> Connect<'static> {
    const DELAY: &[Property<'static>] = &[Property::WillDelayInterval(5)];
    let properties = if version == Version::V5 { List::new(DELAY) } else { List::EMPTY };
    let will = Will { properties, ..Will::new(TOPIC, b"gone") };
    Connect { will: Some(will), ..connect_of(version, &KEPT) }
}

#[test]
fn a_will_is_published_once_when_it_is_due() {
    for (version, due) in [(Version::V3, 0), (Version::V5, 5000)] {
        let mut server = asked(&mortal(version));
        accept(&mut server, false, &[]).unwrap();
        server.handle_eof().unwrap_err();
        server.ended(0);
        if due > 0 {
            assert_eq!((server.poll_event(), server.poll_timeout()), (None, Some(due)));
            server.handle_timeout(due);
        }
        assert_eq!(server.poll_event(), Some(Event::PublishWill), "{version:?}");
        for later in [due, due + 1, 59_999] {
            server.handle_timeout(later);
            assert_eq!(server.poll_event(), None, "{version:?}");
        }
    }
}

#[test]
fn a_session_that_ends_gives_its_will_before() {
    for version in BOTH {
        let mut server = asked(&Connect { clean_start: true, ..mortal(version) });
        accept(&mut server, false, &[Property::SessionExpiryInterval(0)]).unwrap();
        server.ended(0);
        assert_eq!(server.poll_event(), Some(Event::PublishWill));
        assert_eq!(server.poll_event(), Some(Event::SessionEnded));
    }
}

#[test]
fn without_a_will_none_is_published() {
    for version in BOTH {
        let mut server = server(version, &KEPT);
        server.ended(0);
        server.handle_timeout(59_999);
        assert_eq!(server.poll_event(), None);
        server.end_session();
        assert_eq!(server.poll_event(), Some(Event::SessionEnded));
    }
}

#[test]
fn a_client_that_is_back_in_time_takes_its_will_back() {
    let mut old = asked(&mortal(Version::V5));
    accept(&mut old, false, &[]).unwrap();
    old.ended(0);
    let mut new = asked(&connect_of(Version::V5, &KEPT));
    new.resume(&mut old, 0).unwrap();
    accept(&mut new, true, &[]).unwrap();
    old.handle_timeout(5000);
    assert_eq!((old.poll_event(), new.has_will()), (None, false));
    new.ended(0);
    new.handle_timeout(5000);
    assert_eq!(new.poll_event(), None);
}
