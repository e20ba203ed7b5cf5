//! How a connection begins and ends, and authentication.

use mqtt_codec::{Auth, Disconnect};

use super::*;

const METHOD: Property<'static> = Property::AuthenticationMethod(Text::from_static("M"));
const OTHER: Property<'static> = Property::AuthenticationMethod(Text::from_static("N"));

const fn auth<'a>(reason_code: ReasonCode, method: &'a [Property<'a>]) -> Auth<'a> {
    Auth::new(reason_code, List::new(method))
}

#[test]
fn what_comes_behind_a_refused_connect_is_dropped() {
    for version in BOTH {
        let mut server = asked(&connect_of(version, &[]));
        let refusal = Connack::new(false, ReasonCode::NOT_AUTHORIZED);
        server.accept(&refusal, 0, &mut [0; OUT]).unwrap();
        assert!(server.wants_close());
        let publish = bytes(version, publish_of(Delivery::AtMostOnce));
        assert_eq!(server.handle_input(&publish, 0), Ok((publish.len(), None)));
    }
}

#[test]
fn a_server_says_no_disconnect_before_connack() {
    let end = Disconnect::new(ReasonCode::SERVER_BUSY);
    let mut server = asked(&connect_of(Version::V5, &[]));
    assert_eq!(server.disconnect(&end, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
    accept(&mut server, false, &[]).unwrap();
    server.disconnect(&end, 0, &mut [0; OUT]).unwrap();
}

#[test]
fn behind_disconnect_nothing_is_sent_and_the_connection_closed() {
    let end = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    for version in BOTH {
        let mut client = client(version, &[]);
        client.disconnect(&end, 0, &mut [0; OUT]).unwrap();
        assert!(client.wants_close());
        let late = client.publish(&message(QoS::AtMostOnce), 0, 0, &mut [0; OUT]);
        assert_eq!(late, Err(SendError::OutOfTurn));
        assert_eq!(client.disconnect(&end, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
        assert_eq!(owed(&mut client), b"");
    }
}

#[test]
fn a_client_that_authenticates_sends_nothing_else_before_connack() {
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    connecting(&mut client, false, &[METHOD]);
    let out = &mut [0; OUT];
    assert_eq!(client.publish(&message(QoS::AtMostOnce), 0, 0, out), Err(SendError::OutOfTurn));
    let ours = auth(ReasonCode::CONTINUE_AUTHENTICATION, &[METHOD]);
    assert_eq!(client.auth(&ours, 0, out), Err(SendError::OutOfTurn), "it is not our turn");
    hears(&mut client, Packet::Auth(ours));
    assert_eq!(client.publish(&message(QoS::AtMostOnce), 0, 0, out), Err(SendError::OutOfTurn));
    client.auth(&ours, 0, out).unwrap();
}

#[test]
fn a_step_of_a_servers_handshake_is_continue() {
    let mut server = asked(&connect_of(Version::V5, &[METHOD]));
    let out = &mut [0; OUT];
    let done = auth(ReasonCode::SUCCESS, &[METHOD]);
    assert_eq!(server.auth(&done, 0, out), Err(SendError::OutOfTurn));
    server.auth(&auth(ReasonCode::CONTINUE_AUTHENTICATION, &[METHOD]), 0, out).unwrap();
}

#[test]
fn a_step_of_a_clients_handshake_is_continue() {
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    connecting(&mut client, false, &[METHOD]);
    let step = auth(ReasonCode::CONTINUE_AUTHENTICATION, &[METHOD]);
    hears(&mut client, Packet::Auth(step));
    let out = &mut [0; OUT];
    let again = auth(ReasonCode::RE_AUTHENTICATE, &[METHOD]);
    assert_eq!(client.auth(&again, 0, out), Err(SendError::OutOfTurn));
    client.auth(&step, 0, out).unwrap();
}

#[test]
fn the_authentication_method_is_that_of_connect() {
    let out = &mut [0; OUT];
    let mut server = asked(&connect_of(Version::V5, &[METHOD]));
    let other = auth(ReasonCode::CONTINUE_AUTHENTICATION, &[OTHER]);
    assert_eq!(server.auth(&other, 0, out), Err(SendError::AuthenticationMethod));
    for wrong in [&[][..], &[OTHER]] {
        let refused = accept(&mut server, false, wrong);
        assert_eq!(refused, Err(SendError::AuthenticationMethod));
    }
    accept(&mut server, false, &[METHOD]).unwrap();
}

#[test]
fn without_a_method_in_connect_a_server_has_none() {
    let mut server = asked(&connect_of(Version::V5, &[]));
    let step = auth(ReasonCode::CONTINUE_AUTHENTICATION, &[METHOD]);
    assert_eq!(server.auth(&step, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
    let refused = accept(&mut server, false, &[METHOD]);
    assert_eq!(refused, Err(SendError::AuthenticationMethod));
}

#[test]
fn a_client_authenticates_again_with_the_method_of_connect() {
    for (of_connect, again, allowed) in [
        (&[METHOD][..], &[METHOD], true),
        (&[METHOD], &[OTHER], false),
        (&[], &[METHOD], false), // it has never authenticated
    ] {
        let mut client = Client::new(Version::V5, Settings::DEFAULT);
        connecting(&mut client, false, of_connect);
        answered(&mut client, false, List::new(of_connect));
        let sent = client.auth(&auth(ReasonCode::RE_AUTHENTICATE, again), 0, &mut [0; OUT]);
        assert_eq!(sent.is_ok(), allowed);
    }
}

#[test]
fn a_connect_of_another_level_is_told_so() {
    for (connect, answer) in [
        (&b"\x10\x0D\0\x04MQTT\x03\x02\0\x3C\0\x01c"[..], &b"\x20\x02\0\x01"[..]),
        (b"\x10\x0E\0\x04MQTT\x06\x02\0\x3C\0\0\x01c", b"\x20\x03\0\x84\0"),
        // A bridge of 3.1.1, and 3.1.
        (b"\x10\x0D\0\x04MQTT\x84\x02\0\x3C\0\x01c", b"\x20\x02\0\x01"),
        (b"\x10\x0F\0\x06MQIsdp\x03\x02\0\x3C\0\x01c", b"\x20\x02\0\x01"),
    ] {
        let mut server = Server::<N>::new(Settings::DEFAULT, 0);
        server.handle_input(connect, 0).unwrap_err();
        assert_eq!(owed(&mut server), answer);
        assert!(server.wants_close());
    }
}

/// Nobody knows what it would understand.
#[test]
fn another_protocol_is_told_nothing() {
    for first in [
        &b"\x10\x0D\0\x04MQTt\x04\x02\0\x3C\0\x01c"[..],
        b"\x10\xFF\xFF\xFF\xFF", // a length without end
        b"\x10\x80\0",
        b"\x10\xFF\xFF\x7F", // longer than is taken
        b"\x11",
        b"GET / HTTP/1.1\r\n",
        b"\xC0\0",
    ] {
        let mut server = Server::<N>::new(Settings::DEFAULT.with_max_packet_size(1000), 0);
        server.handle_input(first, 0).unwrap_err();
        assert_eq!(owed(&mut server), b"");
        assert!(server.wants_close());
    }
}

#[test]
fn an_empty_client_identifier_to_keep_is_rejected() {
    let mut server = Server::<N>::new(Settings::DEFAULT, 0);
    server.handle_input(b"\x10\x0C\0\x04MQTT\x04\0\0\x3C\0\0", 0).unwrap_err();
    assert_eq!(owed(&mut server), b"\x20\x02\0\x02");
    assert!(server.wants_close());
}

/// In 3.1.1 without a CONNACK: it has no return code for it.
#[test]
fn a_malformed_connect_ends_the_connection() {
    for (connect, answer) in [
        (&b"\x10\x0D\0\x04MQTT\x04\x03\0\x3C\0\x01c"[..], &b""[..]), // the reserved flag
        (b"\x10\x0E\0\x04MQTT\x05\x03\0\x3C\0\0\x01c", b"\x20\x03\0\x81\0"),
    ] {
        let mut server = Server::<N>::new(Settings::DEFAULT, 0);
        server.handle_input(connect, 0).unwrap_err();
        assert_eq!(owed(&mut server), answer);
        assert!(server.wants_close());
        server.handle_input(b"\xC0\0", 0).unwrap_err();
        assert_eq!(owed(&mut server), b"");
    }
}

#[test]
fn a_client_without_a_name_is_given_one() {
    let connect = Connect { client_id: Text::EMPTY, ..connect_of(Version::V5, &[]) };
    let mut server = asked(&connect);
    assert!(matches!(accept(&mut server, false, &[]), Err(SendError::Unannounced(_))));
    let name = Property::AssignedClientIdentifier(Text::from_static("c-1"));
    accept(&mut server, false, &[name]).unwrap();
}

#[test]
fn response_information_is_for_who_asks_for_it() {
    let information = Property::ResponseInformation(Text::from_static("answers/"));
    for (asks, allowed) in [
        (&[][..], false),
        (&[Property::RequestResponseInformation(false)], false),
        (&[Property::RequestResponseInformation(true)], true),
    ] {
        let mut server = asked(&connect_of(Version::V5, asks));
        assert_eq!(accept(&mut server, false, &[information]).is_ok(), allowed);
    }
}

#[test]
fn session_present_tells_whether_there_is_a_session() {
    for version in BOTH {
        let mut server = asked(&connect_of(version, &KEPT));
        assert_eq!(accept(&mut server, true, &[]), Err(SendError::OutOfTurn));
        accept(&mut server, false, &[]).unwrap();
        server.ended(0);
        let mut again = asked(&connect_of(version, &KEPT));
        again.resume(&mut server, 0).unwrap();
        assert_eq!(accept(&mut again, false, &[]), Err(SendError::OutOfTurn));
        accept(&mut again, true, &[]).unwrap();
    }
}

#[test]
fn a_client_that_is_rejected_is_told_and_left() {
    for (version, reason, answer) in [
        (Version::V3, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, &b"\x20\x02\0\x02"[..]),
        (Version::V5, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, b"\x20\x03\0\x85\0"),
        (Version::V5, ReasonCode::BAD_AUTHENTICATION_METHOD, b"\x20\x03\0\x8C\0"),
        (Version::V5, ReasonCode::NOT_AUTHORIZED, b"\x20\x03\0\x87\0"),
    ] {
        let mut server = asked(&connect_of(version, &[METHOD]));
        let mut out = [0; OUT];
        let len = server.accept(&Connack::new(false, reason), 0, &mut out).unwrap();
        assert_eq!(&out[..len], answer);
        assert!(server.wants_close());
        assert_eq!(accept(&mut server, false, &[METHOD]), Err(SendError::OutOfTurn));
    }
}

#[test]
fn a_failed_reauthentication_ends_the_connection() {
    let mut server = asked(&connect_of(Version::V5, &[METHOD]));
    accept(&mut server, false, &[METHOD]).unwrap();
    hears(&mut server, Packet::Auth(auth(ReasonCode::RE_AUTHENTICATE, &[METHOD])));
    assert!(!server.wants_close());
    let end = Disconnect::new(ReasonCode::NOT_AUTHORIZED);
    server.disconnect(&end, 0, &mut [0; OUT]).unwrap();
    assert!(server.wants_close());
    let done = auth(ReasonCode::SUCCESS, &[METHOD]);
    assert_eq!(server.auth(&done, 0, &mut [0; OUT]), Err(SendError::OutOfTurn));
}

#[test]
fn one_connack_in_a_connection() {
    for version in BOTH {
        let mut server = server(version, &[]);
        for session_present in [false, true] {
            assert_eq!(accept(&mut server, session_present, &[]), Err(SendError::OutOfTurn));
        }
        let refusal = Connack::new(false, ReasonCode::SERVER_BUSY);
        assert!(server.accept(&refusal, 0, &mut [0; OUT]).is_err());
        assert!(server.is_connected());
    }
}
