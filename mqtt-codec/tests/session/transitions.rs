//! What each packet does in each state, as tables: rows are packets, columns states.
//!
//! `-` nothing; a name: that event; `!` and a violation; `>` and what is answered; `~` it waits.

use mqtt_codec::session::{
    Client, Event, Message, Receipt, Server, SessionError, Settings, Violation,
};
use mqtt_codec::{
    Connack, Connect, Disconnect, List, QoS, ReasonCode, Subscription, Text, TopicFilter,
    TopicName, Version,
};

const OUT: usize = 128;

/// A table as text: the first line has the states, each other one a packet and what it does in them.
fn check(table: &str, mut outcome: impl FnMut(&str, &str) -> String) {
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let states = lines.next().unwrap();
    let mut cells = 0;
    for line in lines {
        let (packet, wanted) = line.split_first().unwrap();
        assert_eq!(wanted.len(), states.len(), "{packet}");
        for (state, wanted) in states.iter().zip(wanted) {
            assert_eq!(outcome(state, packet), *wanted, "{packet} in {state}");
            cells += 1;
        }
    }
    assert!(cells > 0);
}

/// How an outcome is written.
fn told(outcome: Result<(usize, Option<Event<'_>>), SessionError>, len: usize) -> String {
    match outcome {
        Err(SessionError::Violation(Violation::OutOfTurn(_))) => "!OutOfTurn".to_owned(),
        Err(SessionError::Violation(violation)) => format!("!{violation:?}"),
        Err(_) => "!Packet".to_owned(),
        Ok((0, None)) => "~".to_owned(),
        Ok((taken, event)) => {
            assert_eq!(taken, len);
            match event {
                None => "-".to_owned(),
                Some(event) => {
                    format!("{event:?}").split([' ', '(', '{']).next().unwrap().to_owned()
                }
            }
        }
    }
}

/// What is answered at once, by its first byte.
fn answers(mut next: impl FnMut(&mut [u8]) -> Option<usize>) -> String {
    let (mut out, mut all) = ([0; OUT], String::new());
    while next(&mut out).is_some() {
        all += match out[0] {
            0x40 => ">PUBACK",
            0x50 => ">PUBREC",
            0x62 => ">PUBREL",
            0x70 => ">PUBCOMP",
            0xD0 => ">PINGRESP",
            0xE0 => ">DISCONNECT",
            0x20 => ">CONNACK",
            other => panic!("{other:x}"),
        };
    }
    all
}

fn with_answers(told: String, answers: String) -> String {
    match (told.as_str(), answers.is_empty()) {
        (_, true) => told,
        ("-", _) => answers,
        _ => told + &answers,
    }
}

/// A packet of 5.0 with identifier 1.
fn packet(name: &str) -> &'static [u8] {
    match name {
        "CONNECT" => b"\x10\x0E\0\x04MQTT\x05\x02\0\x0A\0\0\x01c",
        "CONNACK" => b"\x20\x03\0\0\0",
        "CONNACK-error" => b"\x20\x03\0\x87\0",
        "PUBLISH-0" => b"\x30\x04\0\x01a\0",
        "PUBLISH-1" => b"\x32\x06\0\x01a\0\x01\0",
        "PUBLISH-2" => b"\x34\x06\0\x01a\0\x01\0",
        "PUBACK" => b"\x40\x02\0\x01",
        "PUBACK-error" => b"\x40\x03\0\x01\x87",
        "PUBREC" => b"\x50\x02\0\x01",
        "PUBREC-error" => b"\x50\x03\0\x01\x87",
        "PUBREL" => b"\x62\x02\0\x01",
        "PUBCOMP" => b"\x70\x02\0\x01",
        "SUBSCRIBE" => b"\x82\x07\0\x01\0\0\x01a\0",
        "SUBACK" => b"\x90\x04\0\x01\0\0",
        "SUBACK-two" => b"\x90\x05\0\x01\0\0\0",
        "UNSUBSCRIBE" => b"\xA2\x06\0\x01\0\0\x01a",
        "UNSUBACK" => b"\xB0\x04\0\x01\0\0",
        "PINGREQ" => b"\xC0\0",
        "PINGRESP" => b"\xD0\0",
        "DISCONNECT" => b"\xE0\0",
        "AUTH" => b"\xF0\x06\x18\x04\x15\0\x01m",
        other => panic!("{other}"),
    }
}

fn client(state: &str) -> Client<'static, 2> {
    let (mut client, mut out) = (Client::<2>::new(Version::V5, Settings::DEFAULT), [0; OUT]);
    if state == "Closed" {
        return client;
    }
    let properties = client.announcements();
    let properties = List::new(&properties);
    let connect = Connect { properties, ..Connect::new(Version::V5, Text::from_static("c")) };
    client.connect(&connect, 0, &mut out).unwrap();
    if state == "Connecting" {
        return client;
    }
    client.handle_input(packet("CONNACK"), 0).unwrap();
    let message = |qos| Message::new(TopicName::from_static("a"), qos, b"");
    match state {
        "Puback" => assert!(client.publish(&message(QoS::AtLeastOnce), 7, 0, &mut out).is_ok()),
        "Pubrec" | "Pubcomp" => {
            client.publish(&message(QoS::ExactlyOnce), 7, 0, &mut out).unwrap();
            if state == "Pubcomp" {
                client.handle_input(packet("PUBREC"), 0).unwrap();
                client.poll_transmit(0, &mut out).unwrap();
            }
        }
        "Suback" => {
            let one = [Subscription::new(TopicFilter::from_static("a"), QoS::AtMostOnce)];
            client.subscribe(List::new(&one), List::EMPTY, 7, 0, &mut out).unwrap();
        }
        "Unsuback" => {
            let one = [TopicFilter::from_static("a")];
            client.unsubscribe(List::new(&one), List::EMPTY, 7, 0, &mut out).unwrap();
        }
        "Over" => {
            let bye = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
            client.disconnect(&bye, 0, &mut out).unwrap();
        }
        _ => {}
    }
    client
}

fn at_client(state: &str, name: &str) -> String {
    let (mut client, bytes) = (client(state), packet(name));
    let told = told(client.handle_input(bytes, 0), bytes.len());
    let answers = answers(|out| client.poll_transmit(0, out).unwrap());
    if told.starts_with('!') {
        assert!(client.wants_close());
        return told; // the table of errors has what is said then
    }
    with_answers(told, answers)
}

#[test]
fn a_clients_connection() {
    check(
        "              Closed Connecting              Connected           Over
        CONNECT         -      !Packet                 !Packet             -
        CONNACK         -      Connack                 !OutOfTurn          -
        CONNACK-error   -      Connack                 !OutOfTurn          -
        PUBLISH-0       -      !OutOfTurn              Publish             -
        PUBACK          -      !OutOfTurn              -                   -
        PUBREC          -      !OutOfTurn              >PUBREL             -
        PUBREL          -      !OutOfTurn              >PUBCOMP            -
        PUBCOMP         -      !OutOfTurn              -                   -
        SUBSCRIBE       -      !Packet                 !Packet             -
        SUBACK          -      !OutOfTurn              !WrongAcknowledgement -
        UNSUBACK        -      !OutOfTurn              !WrongAcknowledgement -
        PINGREQ         -      !Packet                 !Packet             -
        PINGRESP        -      !OutOfTurn              -                   -
        DISCONNECT      -      !OutOfTurn              Disconnect          -
        AUTH            -      !OutOfTurn              !OutOfTurn          -",
        at_client,
    );
}

#[test]
fn what_is_sent_and_what_it_waits_for() {
    check(
        "             Connected             Puback                Pubrec                Pubcomp               Suback                Unsuback
        PUBACK         -                     Done                  !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement
        PUBACK-error   -                     Done                  !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement
        PUBREC         >PUBREL               !WrongAcknowledgement Arrived>PUBREL        >PUBREL               !WrongAcknowledgement !WrongAcknowledgement
        PUBREC-error   -                     !WrongAcknowledgement Done                  >PUBREL               !WrongAcknowledgement !WrongAcknowledgement
        PUBCOMP        -                     !WrongAcknowledgement !WrongAcknowledgement Done                  !WrongAcknowledgement !WrongAcknowledgement
        SUBACK         !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement Suback                !WrongAcknowledgement
        SUBACK-two     !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !ReasonCodes          !WrongAcknowledgement
        UNSUBACK       !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement Unsuback",
        at_client,
    );
}

fn server(state: &str) -> (Server<'static, 2>, Option<Receipt>) {
    let (mut server, mut out) = (Server::<2>::new(Settings::DEFAULT, 0), [0; OUT]);
    if state == "Connecting" {
        return (server, None);
    }
    server.handle_input(packet("CONNECT"), 0).unwrap();
    if state == "Deciding" {
        return (server, None);
    }
    let properties = server.announcements();
    let properties = List::new(&properties);
    let connack = Connack { properties, ..Connack::new(false, ReasonCode::SUCCESS) };
    server.accept(&connack, 0, &mut out).unwrap();
    if matches!(state, "Over" | "Closed") {
        server.handle_input(packet("DISCONNECT"), 0).unwrap();
        if state == "Closed" {
            server.ended(0);
        }
        return (server, None);
    }
    if state == "Connected" {
        return (server, None);
    }
    let qos = if matches!(state, "Held1" | "Owed1") { "PUBLISH-1" } else { "PUBLISH-2" };
    let (_, event) = server.handle_input(packet(qos), 0).unwrap();
    let Some(Event::Publish { receipt, .. }) = event else { panic!() };
    let receipt = receipt.unwrap();
    if !state.starts_with("Held") {
        server.acknowledge(receipt, ReasonCode::SUCCESS).unwrap();
    }
    if matches!(state, "Pubrel" | "Owed-pubcomp") {
        server.poll_transmit(0, &mut out).unwrap();
    }
    if state == "Owed-pubcomp" {
        server.handle_input(packet("PUBREL"), 0).unwrap();
    }
    (server, Some(receipt))
}

fn at_server(state: &str, name: &str) -> String {
    let ((mut server, _), bytes) = (server(state), packet(name));
    let told = told(server.handle_input(bytes, 0), bytes.len());
    let answers = answers(|out| server.poll_transmit(0, out).unwrap());
    if told.starts_with('!') {
        assert!(server.wants_close());
        return told;
    }
    with_answers(told, answers)
}

#[test]
fn a_servers_connection() {
    check(
        "              Connecting Deciding Connected             Over Closed
        CONNECT         Connect    ~        !OutOfTurn            -    -
        CONNACK         !Packet    ~        !Packet               -    -
        PUBLISH-0       !Packet    ~        Publish               -    -
        PUBACK          !Packet    ~        -                     -    -
        PUBREC          !Packet    ~        >PUBREL               -    -
        PUBREL          !Packet    ~        >PUBCOMP              -    -
        PUBCOMP         !Packet    ~        -                     -    -
        SUBSCRIBE       !Packet    ~        Subscribe             -    -
        SUBACK          !Packet    ~        !Packet               -    -
        UNSUBSCRIBE     !Packet    ~        Unsubscribe           -    -
        PINGREQ         !Packet    ~        >PINGRESP             -    -
        PINGRESP        !Packet    ~        !Packet               -    -
        DISCONNECT      !Packet    ~        Disconnect            -    -
        AUTH            !Packet    !OutOfTurn !OutOfTurn          -    -",
        at_server,
    );
}

/// `Held`: the application has it; `Owed`: it is acknowledged, and the acknowledgement not sent yet.
#[test]
fn what_is_received_and_what_it_waits_for() {
    check(
        "            Connected Held1                 Owed1                 Held2                 Owed2                 Pubrel           Owed-pubcomp
        PUBLISH-1     Publish   -                     >PUBACK               !IdentifierInUse      !IdentifierInUse      !IdentifierInUse !IdentifierInUse
        PUBLISH-2     Publish   !IdentifierInUse      !IdentifierInUse      -                     >PUBREC               >PUBREC          >PUBCOMP
        PUBREL        >PUBCOMP  !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement !WrongAcknowledgement >PUBCOMP         >PUBCOMP",
        at_server,
    );
}
