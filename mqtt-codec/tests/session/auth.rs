//! Enhanced authentication, step by step. MQTT 5.0 section 4.12

use mqtt_codec::session::{
    Client, Event, SendError, Server, Session, SessionError, Settings, Side, Violation,
};
use mqtt_codec::{Auth, Connack, Connect, List, PacketType, Property, ReasonCode, Text, Version};

const OUT: usize = 256;
const METHOD: Property<'static> = Property::AuthenticationMethod(Text::from_static("m"));
const OTHER: Property<'static> = Property::AuthenticationMethod(Text::from_static("n"));
const OUT_OF_TURN: SessionError = SessionError::Violation(Violation::OutOfTurn(PacketType::Auth));
const WRONG_METHOD: SessionError = SessionError::Violation(Violation::AuthenticationMethod);

struct Both {
    client: Client<'static, 2>,
    server: Server<'static, 2>,
}

/// CONNECT is with the server.
fn connecting(more: &[Property<'static>]) -> Both {
    let mut client = Client::new(Version::V5, Settings::DEFAULT);
    let mut server = Server::new(Settings::DEFAULT, 0);
    let properties = [&client.announcements()[..], more].concat();
    let properties = List::new(&properties);
    let connect = Connect { properties, ..Connect::new(Version::V5, Text::from_static("c")) };
    let mut out = [0; OUT];
    let len = client.connect(&connect, 0, &mut out).unwrap();
    assert!(matches!(server.handle_input(&out[..len], 0), Ok((_, Some(Event::Connect(_))))));
    Both { client, server }
}

fn auth(reason_code: ReasonCode, properties: &[Property<'static>]) -> Vec<u8> {
    let packet = mqtt_codec::Packet::Auth(Auth::new(reason_code, List::new(properties)));
    let mut out = [0; OUT];
    let len = mqtt_codec::Codec::either(Version::V5).encode(&packet, &mut out).unwrap();
    out[..len].to_vec()
}

/// AUTH from one side, which the other takes.
fn say<A: Side, B: Side>(
    from: &mut Session<'static, A, 2>,
    to: &mut Session<'static, B, 2>,
    reason: ReasonCode,
    method: Property<'static>,
) -> Result<(), SendError> {
    let mut out = [0; OUT];
    let method = [method];
    let len = from.auth(&Auth::new(reason, List::new(&method)), 0, &mut out)?;
    let (taken, event) = to.handle_input(&out[..len], 0).unwrap();
    assert!(taken == len && matches!(event, Some(Event::Auth(_))));
    Ok(())
}

impl Both {
    fn client_says(
        &mut self,
        reason: ReasonCode,
        method: Property<'static>,
    ) -> Result<(), SendError> {
        say(&mut self.client, &mut self.server, reason, method)
    }

    fn server_says(
        &mut self,
        reason: ReasonCode,
        method: Property<'static>,
    ) -> Result<(), SendError> {
        say(&mut self.server, &mut self.client, reason, method)
    }

    fn accept(&mut self, more: &[Property<'static>]) -> Result<(), SendError> {
        let properties = [&self.server.announcements()[..], more].concat();
        let properties = List::new(&properties);
        let connack = Connack { properties, ..Connack::new(false, ReasonCode::SUCCESS) };
        let mut out = [0; OUT];
        let len = self.server.accept(&connack, 0, &mut out)?;
        let (_, event) = self.client.handle_input(&out[..len], 0).unwrap();
        assert!(matches!(event, Some(Event::Connack(_))));
        Ok(())
    }
}

const GO_ON: ReasonCode = ReasonCode::CONTINUE_AUTHENTICATION;
const AGAIN: ReasonCode = ReasonCode::RE_AUTHENTICATE;
const DONE: ReasonCode = ReasonCode::SUCCESS;

#[test]
fn a_handshake_and_once_more() {
    let mut both = connecting(&[METHOD]);
    assert_eq!(both.client_says(GO_ON, METHOD), Err(SendError::OutOfTurn), "the server begins");
    assert_eq!(both.server_says(GO_ON, OTHER), Err(SendError::AuthenticationMethod));
    assert_eq!(both.server_says(DONE, METHOD), Err(SendError::OutOfTurn), "CONNACK says that");
    for _ in 0..3 {
        both.server_says(GO_ON, METHOD).unwrap();
        assert_eq!(both.accept(&[METHOD]), Err(SendError::OutOfTurn), "an answer is due");
        assert_eq!(both.server_says(GO_ON, METHOD), Err(SendError::OutOfTurn), "it waits");
        assert!(both.server.poll_timeout().is_some(), "not for ever");
        assert_eq!(both.client_says(AGAIN, METHOD), Err(SendError::OutOfTurn));
        both.client_says(GO_ON, METHOD).unwrap();
    }
    assert_eq!(both.accept(&[]), Err(SendError::AuthenticationMethod));
    both.accept(&[METHOD]).unwrap();
    for _ in 0..2 {
        assert_eq!(both.server_says(GO_ON, METHOD), Err(SendError::OutOfTurn), "not unasked");
        assert_eq!(both.client_says(GO_ON, METHOD), Err(SendError::OutOfTurn));
        assert_eq!(both.client_says(AGAIN, OTHER), Err(SendError::AuthenticationMethod));
        both.client_says(AGAIN, METHOD).unwrap();
        assert_eq!(both.client_says(AGAIN, METHOD), Err(SendError::OutOfTurn));
        both.server_says(GO_ON, METHOD).unwrap();
        assert_eq!(both.client_says(DONE, METHOD), Err(SendError::OutOfTurn), "it does not decide");
        both.client_says(GO_ON, METHOD).unwrap();
        both.server_says(DONE, METHOD).unwrap();
    }
}

#[test]
fn without_a_method_there_is_none() {
    let mut both = connecting(&[]);
    assert_eq!(both.server_says(GO_ON, METHOD), Err(SendError::OutOfTurn));
    assert_eq!(both.accept(&[METHOD]), Err(SendError::AuthenticationMethod));
    both.accept(&[]).unwrap();
    assert_eq!(both.client_says(AGAIN, METHOD), Err(SendError::AuthenticationMethod));
    let nameless = both.client.auth(&Auth::new(AGAIN, List::EMPTY), 0, &mut [0; OUT]);
    assert_eq!(nameless, Err(SendError::AuthenticationMethod));
    let error = both.client.handle_input(&auth(GO_ON, &[METHOD]), 0).unwrap_err();
    assert_eq!(error, OUT_OF_TURN);
    let mut other = connecting(&[]);
    other.accept(&[]).unwrap();
    other.server.handle_input(b"\xF0\x02\x19\0", 0).unwrap_err();
    let error = both.server.handle_input(&auth(AGAIN, &[METHOD]), 0).unwrap_err();
    assert_eq!(error, WRONG_METHOD);
}

#[test]
fn who_speaks_out_of_turn_or_of_another_method() {
    // To a client.
    for (packet, wanted) in [
        (auth(GO_ON, &[OTHER]), WRONG_METHOD),
        (auth(DONE, &[METHOD]), OUT_OF_TURN),
        (b"\x20\x03\0\0\0".to_vec(), WRONG_METHOD),
        (b"\x20\x07\0\0\x04\x15\0\x01n".to_vec(), WRONG_METHOD),
    ] {
        let mut both = connecting(&[METHOD]);
        assert_eq!(both.client.handle_input(&packet, 0), Err(wanted), "{packet:x?}");
    }
    // To a server.
    let mut both = connecting(&[METHOD]);
    assert_eq!(both.server.handle_input(&auth(GO_ON, &[METHOD]), 0), Err(OUT_OF_TURN));
    let mut out = [0; OUT];
    assert_eq!(both.server.poll_transmit(0, &mut out), Ok(Some(5)));
    assert_eq!(&out[..5], b"\x20\x03\0\x82\0", "CONNACK");
    for packet in [auth(GO_ON, &[OTHER]), auth(AGAIN, &[METHOD])] {
        let mut both = connecting(&[METHOD]);
        both.server_says(GO_ON, METHOD).unwrap();
        assert!(both.server.handle_input(&packet, 0).is_err(), "{packet:x?}");
    }
    let mut both = connecting(&[METHOD]);
    both.accept(&[METHOD]).unwrap();
    both.client_says(AGAIN, METHOD).unwrap();
    assert_eq!(both.server.handle_input(&auth(AGAIN, &[METHOD]), 0), Err(OUT_OF_TURN));
    // Nothing else meanwhile.
    let mut both = connecting(&[METHOD]);
    let second = SessionError::Violation(Violation::OutOfTurn(PacketType::Connect));
    let connect = b"\x10\x0E\0\x04MQTT\x05\x02\0\x0A\0\0\x01c";
    assert_eq!(both.server.handle_input(connect, 0), Err(second));
    let mut both = connecting(&[METHOD]);
    both.server_says(GO_ON, METHOD).unwrap();
    let ping = SessionError::Violation(Violation::OutOfTurn(PacketType::Pingreq));
    assert_eq!(both.server.handle_input(b"\xC0\0", 0), Err(ping));
    let mut both = connecting(&[METHOD]);
    both.server_says(GO_ON, METHOD).unwrap();
    let (_, event) = both.server.handle_input(b"\xE0\0", 0).unwrap();
    assert!(matches!(event, Some(Event::Disconnect(_))) && both.server.wants_close());
}

#[test]
fn another_connection_begins_without_the_limits_of_the_one_before() {
    let mut both = connecting(&[METHOD]);
    both.accept(&[METHOD]).unwrap();
    let mut client = both.client;
    client.ended(0);
    let connect = |client: &mut Client<'static, 2>| {
        let properties = [&client.announcements()[..], &[METHOD]].concat();
        let properties = List::new(&properties);
        let connect = Connect { properties, ..Connect::new(Version::V5, Text::from_static("c")) };
        client.connect(&connect, 0, &mut [0; OUT]).unwrap();
    };
    connect(&mut client);
    client.handle_input(b"\x20\x0C\0\0\x09\x15\0\x01m\x27\0\0\0\x14", 0).unwrap();
    assert_eq!(client.limits().maximum_packet_size, 20);
    connect(&mut client);
    client.handle_input(&auth(GO_ON, &[METHOD]), 0).unwrap();
    let properties = [METHOD, Property::AuthenticationData(&[0; 30])];
    let long = Auth::new(GO_ON, List::new(&properties));
    assert!(client.auth(&long, 0, &mut [0; OUT]).is_ok(), "nothing is said yet");
}

#[test]
fn reasons_that_the_client_has_not_asked_for() {
    let why = Property::ReasonString(Text::from_static("x"));
    let mut both = connecting(&[METHOD, Property::RequestProblemInformation(false)]);
    let error = both.client.handle_input(&auth(GO_ON, &[METHOD, why]), 0).unwrap_err();
    assert_eq!(error, SessionError::Violation(Violation::ProblemInformation));
}
