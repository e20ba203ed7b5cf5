//! Clients that break the rules, forge addresses, or never stop.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use coap_codec::{CoapOption, Code, OptionNumber, Options, ReliableMessage, Token, Type};
use mqtt_codec::Version;
use sansio_examples::gateway::Limits;

use crate::client::Broker;
use crate::coap_client::{Owned, Tcp, Udp};

/// Ends the threads of a test, also when it fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Malformed behind the first four bytes: RFC 7252 sections 3 and 4.1.
const MALFORMED: &[&[u8]] = &[
    b"\x49\x01\0\x01123456789",    // token length 9
    b"\x44\x01\0\x01ab",           // a token that is cut off
    b"\x40\x01\0\x01\xF0",         // delta 15
    b"\x40\x01\0\x01\x1F",         // length 15
    b"\x40\x01\0\x01\xB5ab",       // an option that is cut off
    b"\x40\x01\0\x01\xE0\xFF\xFF", // option number 65804
    b"\x40\x01\0\x01\xFF",         // a marker without payload
    b"\x40\x00\0\x01\xFFx",        // an Empty message that is not
    b"\x41\x00\0\x01x",
    b"\x40\x20\0\x01", // class 1
    b"\x40\xC0\0\x01", // class 6
];

#[test]
fn malformed_and_confirmable_is_reset_all_else_is_silence() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    for bytes in MALFORMED {
        client.send_bytes(bytes);
        let reset = client.receive();
        assert_eq!((reset.kind, reset.code, reset.id), (Type::Reset, Code::EMPTY, 1), "{bytes:?}");
        assert_eq!(reset.len, 4);
        for kind in [Type::NonConfirmable, Type::Acknowledgement, Type::Reset] {
            let first = bytes[0] & 0xCF | (kind as u8) << 4;
            client.send_bytes(&[&[first], &bytes[1..]].concat());
        }
    }
    // Other versions, and what is no header at all.
    for bytes in
        [&b"\0\x01\0\x01"[..], b"\x80\x01\0\x01", b"\xC0\x01\0\x01", b"", b"\x40", b"\x40\x01\0"]
    {
        client.send_bytes(bytes);
    }
    // Well-formed, and nothing to answer: responses and acknowledgements that nobody waits for.
    for bytes in [
        &b"\x60\x45\0\x01"[..],
        b"\x60\0\0\x01",
        b"\x70\0\0\x01",
        b"\x60\x01\0\x01",
        b"\x50\0\0\x01",
    ] {
        client.send_bytes(bytes);
    }
    client.expect_nothing();
    // "CoAP ping", a request for a proxy, a Confirmable response.
    for (bytes, kind, code) in [
        (&b"\x40\0\0\x01"[..], Type::Reset, Code::EMPTY),
        (b"\x40\x45\0\x01", Type::Reset, Code::EMPTY),
        (b"\x40\x01\0\x01\xD1\x1A/", Type::Acknowledgement, Code::PROXYING_NOT_SUPPORTED),
    ] {
        client.send_bytes(bytes);
        let answer = client.receive();
        assert_eq!((answer.kind, answer.code, answer.id), (kind, code, 1));
    }
    assert_eq!(client.ask(&Owned::get("/ps/a")).code, Code::NOT_FOUND);
}

/// Sends `request` from an address of its own, counts what comes within `time`, or soon after the
/// first answer, without ever answering, and compares.
fn measure(broker: &Broker, request: &Owned, time: Option<Duration>) -> usize {
    let mut client = Udp::new(broker.coap);
    let sent = request.encode().len();
    client.send(request);
    let start = Instant::now();
    let (mut total, mut longest) = (0, 0);
    let mut wait = time.unwrap_or(Duration::from_secs(5));
    while let Some(message) = client.receive_within(wait) {
        (total, longest) = (total + message.len, longest.max(message.len));
        wait = match time {
            Some(time) => time.saturating_sub(start.elapsed()).max(Duration::from_millis(1)),
            None => Duration::from_millis(3),
        };
    }
    assert!(longest <= 3 * sent, "{longest} bytes for {sent}: {request:?}");
    assert!(total <= 3 * sent, "{total} bytes in all for {sent}: {request:?}");
    total
}

#[test]
fn an_address_that_is_not_proved_gets_three_times_what_it_sent() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    for n in 0..50 {
        mqtt.retain(&format!("many/topics/{n}"), b"x");
    }
    mqtt.retain("b", &[b'x'; 5000]);
    mqtt.expect_nothing();
    let mut provider = Udp::new(broker.coap);
    for n in 0..20 {
        let post = Owned::request(Code::POST, &format!("/rd?ep=node{n}"));
        provider.ask(&Owned { payload: b"</a>;rt=x".into(), ..post });
    }
    for token in [&b""[..], b"t", b"tokenlen"] {
        for uri in
            ["", "/ps", "/ps/b", "/.well-known/core", "/rd-lookup/ep", "/rd-lookup/res", "/x"]
        {
            for kind in [Type::Confirmable, Type::NonConfirmable] {
                let get = Owned::get(uri).with_token(token).of_type(kind);
                // It gets an answer, of whatever length.
                assert!(measure(&broker, &get, None) > 0, "{uri}");
                for szx in 0..7 {
                    measure(&broker, &get.clone().with_uint(OptionNumber::BLOCK2, szx), None);
                }
            }
        }
        let fetch = Owned { payload: b"#".into(), ..Owned::request(Code::FETCH, "/ps") };
        assert!(measure(&broker, &fetch.with_token(token), None) > 0);
        let unknown = Owned::get("/ps").with(OptionNumber(9), b"").with_token(token);
        assert!(measure(&broker, &unknown, None) > 0);
        let bad = Owned::put("/ps/+", "x").with_token(token);
        assert!(measure(&broker, &bad, None) > 0);
    }
}

#[test]
fn notifications_to_an_address_that_is_not_proved_are_counted_too() {
    let broker = Broker::start();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            let mut mqtt = broker.client(Version::V5, "mqtt");
            let mut value = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                value += 1;
                mqtt.publish("house/attic/temperature", value.to_string().as_bytes());
                mqtt.publish("b", &[b'x'; 3000]);
                mqtt.expect_nothing();
                thread::sleep(Duration::from_millis(20));
            }
        });
        // Long enough for the first repeats, of which there is none that the budget does not allow.
        let measures = ["/ps/house/attic/temperature", "/ps/b"].map(|uri| {
            let observe = Owned::get(uri).with(OptionNumber::OBSERVE, b"");
            let broker = &broker;
            scope.spawn(move || measure(broker, &observe, Some(Duration::from_secs(8))))
        });
        let totals = measures.map(|measure| measure.join().unwrap());
        assert!(totals.iter().all(|total| *total > 0));
    });
}

#[test]
fn an_observer_whose_budget_is_too_small_is_asked_by_a_ping() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut client = Udp::new(broker.coap);
    let observe = Owned::get("/ps/b").with(OptionNumber::OBSERVE, b"").with_token(b"");
    client.ask(&observe).expect("");
    mqtt.publish("b", &[b'x'; 3000]);
    let ping = client.receive();
    assert_eq!((ping.kind, ping.code, ping.len), (Type::Confirmable, Code::EMPTY, 4));
    // Who answers it is there, but has perhaps asked for nothing: that is for a block or two.
    client.send_empty(Type::Reset, ping.id);
    let mut next = client.receive();
    while (next.kind, next.code) == (Type::Confirmable, Code::EMPTY) {
        client.send_empty(Type::Reset, next.id);
        next = client.receive();
    }
    assert_eq!((next.kind, next.payload.len()), (Type::Confirmable, 16));
    assert_eq!(next.uint(OptionNumber::BLOCK2), Some(0x8));
    assert_eq!(client.ask(&Owned::get("/ps/b")).payload.len(), 16);
    // Who acknowledges it has asked for it.
    client.send_empty(Type::Acknowledgement, next.id);
    assert_eq!(client.ask(&Owned::get("/ps/b")).payload.len(), 1024);
    mqtt.publish("b", &[b'y'; 3000]);
    assert_eq!(client.notification().payload.len(), 1024);
    mqtt.publish("b", b"short");
    client.notification().expect("short");
}

#[test]
fn who_guesses_message_ids_loses_the_observation() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut client = Udp::new(broker.coap);
    client.ask(&Owned::get("/ps/a").with(OptionNumber::OBSERVE, b""));
    mqtt.publish("a", b"1");
    let notification = client.receive();
    for guess in 1..=4_u16 {
        client.send_empty(Type::Acknowledgement, notification.id.wrapping_add(guess));
    }
    client.send_empty(Type::Acknowledgement, notification.id);
    mqtt.publish("a", b"2");
    client.expect_nothing();
    // And gets no other one, until it has proved its address by an Echo option.
    let observe = Owned::get("/ps/a").with(OptionNumber::OBSERVE, b"");
    assert_eq!(client.ask(&observe).option(OptionNumber::OBSERVE), None);
    mqtt.retain("a-long-topic/that-is-in-the-list", b"x");
    mqtt.expect_nothing();
    client.prove();
    assert!(client.ask(&observe).option(OptionNumber::OBSERVE).is_some());
}

#[test]
fn the_acknowledgement_of_who_wants_no_response_counts_too() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut client = Udp::new(broker.coap);
    let get = Owned::get("/ps/a").with(OptionNumber::OBSERVE, b"").with_token(b"t");
    let get = get.with_uint(OptionNumber::NO_RESPONSE, 2);
    client.send(&get);
    let (room, mut total) = (3 * get.encode().len(), client.receive().len);
    // Exactly as long as all that is allowed: header 4, token 1, ETag 5, Observe 2 or 3,
    // Content-Format 1, marker 1.
    mqtt.publish("a", &vec![b'x'; room - 15]);
    while let Some(message) = client.receive_within(Duration::from_millis(300)) {
        total += message.len;
    }
    assert!(total <= room, "{total} {room}");
}

#[test]
fn an_echo_is_of_no_use_to_others() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    client.ask(&Owned::put("/ps/a", "x"));
    let get = Owned::get("/ps").with_token(b"");
    let echo = client.ask(&get).option(OptionNumber::ECHO).unwrap().to_vec();
    let mut other = Udp::new(broker.coap);
    // It is long enough now for a block, but for no more than that.
    let with_echo = get.with(OptionNumber::ECHO, &echo).with_uint(OptionNumber::BLOCK2, 6);
    let answer = other.ask(&with_echo);
    assert!(answer.len <= 3 * with_echo.encode().len());
    assert_eq!(other.ask(&Owned::get("/ps").with_token(b"")).code, Code::UNAUTHORIZED);
    assert_eq!(client.ask(&with_echo).code, Code::CONTENT);
    assert_eq!(client.ask(&Owned::get("/ps").with_token(b"")).code, Code::CONTENT);
}

#[test]
fn a_flood_of_bad_datagrams_holds_up_nobody() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut client = Udp::new(broker.coap);
    client.ask(&Owned::put("/ps/a", "0"));
    client.ask(&Owned::get("/ps/a").with(OptionNumber::OBSERVE, b"").with_token(b"o"));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        for seed in 1..=2_u64 {
            let (stop, broker) = (&stop, &broker);
            scope.spawn(move || {
                let flood = Udp::new(broker.coap);
                let mut random = seed;
                while !stop.load(Ordering::Relaxed) {
                    for bytes in MALFORMED {
                        let mut bytes = bytes.to_vec();
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        let at = random as usize % bytes.len();
                        bytes[at] = (random >> 32) as u8;
                        let _ = flood.socket.send(&bytes);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            });
        }
        let end = Instant::now() + Duration::from_secs(2);
        let mut rounds = 0;
        while Instant::now() < end {
            rounds += 1;
            let value = rounds.to_string();
            // A datagram may be lost in the crowd: then it is sent again.
            let put = Owned::put("/ps/a", &*value);
            let changed = (0..20).find_map(|_| {
                client.send(&put);
                client.receive_within(Duration::from_millis(200))
            });
            let changed = changed.expect("no answer in 20 attempts");
            if changed.kind == Type::Confirmable {
                client.send_empty(Type::Acknowledgement, changed.id);
            }
            mqtt.publish_1("other", value.as_bytes());
            while let Some(more) = client.receive_within(Duration::from_millis(5)) {
                if more.kind == Type::Confirmable {
                    client.send_empty(Type::Acknowledgement, more.id);
                }
            }
        }
        assert!(rounds > 20, "{rounds}");
    });
}

#[test]
fn the_work_for_one_request_is_bounded() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    let mut client = Udp::new(broker.coap);
    // Four levels of 255 bytes, three slashes, and another slash or two bytes more.
    let with_last = |code, last: &[u8]| {
        let request = Owned { payload: b"x".into(), ..Owned::request(code, "/ps") };
        let levels = (0..4).fold(request, |r, _| r.with(OptionNumber::URI_PATH, &[b'x'; 255]));
        levels.with(OptionNumber::URI_PATH, last)
    };
    let fits = |code| with_last(code, b"");
    let too_long = |code| with_last(code, b"x");
    for code in [Code::PUT, Code::GET, Code::DELETE] {
        let observed = too_long(code).with(OptionNumber::OBSERVE, b"");
        assert!(client.ask(&fits(code)).code.is_success());
        let bad = client.ask(&observed);
        assert_eq!((bad.code, bad.option(OptionNumber::OBSERVE)), (Code::BAD_REQUEST, None));
    }
    // What MQTT can have longer is in no list.
    mqtt.retain("short", b"x");
    mqtt.retain(&"long".repeat(257), b"x");
    mqtt.expect_nothing();
    let (list, _) = client.whole(&Owned::get("/ps"));
    assert_eq!(list, b"</ps/short>;rt=core.ps.data;ct=0;obs");
    let filter =
        |n: usize| Owned { payload: "a/".repeat(n).into(), ..Owned::request(Code::FETCH, "/ps") };
    assert_eq!(client.ask(&filter(512)).code, Code::CONTENT);
    assert_eq!(client.ask(&filter(513)).code, Code::BAD_REQUEST);
    // Queries.
    for uri in ["/.well-known/core", "/rd-lookup/res", "/rd-lookup/ep"] {
        for (n, code) in [(8, Code::CONTENT), (9, Code::BAD_REQUEST), (9000, Code::BAD_REQUEST)] {
            let get = Owned::get(&format!("{uri}?{}", "rt=*&".repeat(n)));
            assert_eq!(client.ask(&get).code, code, "{uri} {n}");
        }
    }
}

#[test]
fn a_stream_begins_with_what_each_side_can_do() {
    let broker = Broker::start();
    let mut client = Tcp::raw(broker.coap);
    let csm = client.receive();
    assert_eq!(csm.code, Code::CSM);
    assert_eq!(csm.uint(OptionNumber::MAX_MESSAGE_SIZE), Some(65536));
    assert_eq!(csm.option(OptionNumber::BLOCK_WISE_TRANSFER), Some(&b""[..]));
    // Anything else first is an error.
    client.request(&Owned::get("/ps"));
    let abort = client.receive();
    assert_eq!((abort.code, abort.text()), (Code::ABORT, "no CSM"));
    assert_eq!(client.try_receive(), None);
}

#[test]
fn no_message_is_as_long_as_the_client_says_it_may_be() {
    let broker = Broker::start();
    let mut mqtt = broker.client(Version::V5, "mqtt");
    mqtt.retain("big", &[b'x'; 70_000]);
    mqtt.retain("small", &[b'x'; 60_000]);
    mqtt.expect_nothing();
    for block_wise in [false, true] {
        let mut client = Tcp::raw(broker.coap);
        assert_eq!(client.receive().code, Code::CSM);
        let options = [
            CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, &[0xFF; 4]),
            CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
        ];
        let options = Options::new(&options[..1 + usize::from(block_wise)]);
        client.send(&ReliableMessage::new(Code::CSM).with_options(options));
        assert_eq!(client.ask(&Owned::get("/ps/small")).payload.len(), 60_000);
        let big = client.ask(&Owned::get("/ps/big"));
        match block_wise {
            true => assert_eq!((big.code, big.payload.len()), (Code::CONTENT, 1024)),
            false => assert_eq!(big.code, Code::INTERNAL_SERVER_ERROR),
        }
    }
}

#[test]
fn streams_are_pinged_released_and_aborted() {
    let broker = Broker::start();
    let mut client = Tcp::new(broker.coap);
    let token = Token::new(b"ping").unwrap();
    for custody in [false, true] {
        let options = [CoapOption::new(OptionNumber::CUSTODY, b"")];
        let options = Options::new(&options[..usize::from(custody)]);
        client.send(&ReliableMessage::new(Code::PING).with_token(token).with_options(options));
        let pong = client.receive();
        assert_eq!((pong.code, &*pong.token), (Code::PONG, &b"ping"[..]));
        assert_eq!(pong.option(OptionNumber::CUSTODY).is_some(), custody);
    }
    // Empty messages, responses and unknown methods do no harm.
    client.send_bytes(&[0, 0]);
    client.send(&ReliableMessage::new(Code::CONTENT).with_token(token));
    assert_eq!(client.ask(&Owned::request(Code(0x1E), "/ps")).code, Code::METHOD_NOT_ALLOWED);
    // Answered in their order, and then it is over.
    client.request(&Owned::put("/ps/a", "x"));
    client.request(&Owned::get("/ps/a"));
    client.send(&ReliableMessage::new(Code::RELEASE));
    assert_eq!(client.receive().code, Code::CREATED);
    client.receive().expect("x");
    assert_eq!(client.try_receive(), None);

    let mut client = Tcp::new(broker.coap);
    client.send(&ReliableMessage::new(Code::ABORT));
    assert_eq!(client.try_receive(), None);

    for (bytes, why) in [
        (&b"\x19\x01"[..], "Token Length"),      // token length 9
        (b"\x10\x01\xFF", "payload"),            // a marker without payload
        (b"\xF0\xFF\xFF\xFF\xFF\x01", "larger"), // 4 GB
        (b"\x20\xE1\xD0\x00", "critical"),       // CSM with option 13
    ] {
        let mut client = Tcp::new(broker.coap);
        client.send_bytes(bytes);
        let abort = client.receive();
        assert_eq!(abort.code, Code::ABORT);
        assert!(abort.text().contains(why), "{}", abort.text());
        assert_eq!(client.try_receive(), None);
    }
}

#[test]
fn a_stream_that_says_nothing_is_closed_and_others_are_not_held_up() {
    let connect_timeout = Duration::from_millis(500);
    let broker = Broker::with(Limits { connect_timeout, ..Limits::default() });
    let mut silent = Tcp::raw(broker.coap);
    let mut half = Tcp::new(broker.coap);
    half.send_bytes(b"\xD0"); // and then nothing
    let mut client = Tcp::new(broker.coap);
    let start = Instant::now();
    assert_eq!(silent.receive().code, Code::CSM);
    assert_eq!(silent.receive().code, Code::ABORT);
    assert_eq!(silent.try_receive(), None);
    let waited = start.elapsed();
    assert!(waited > connect_timeout / 2 && waited < connect_timeout * 4, "{waited:?}");
    assert_eq!(client.ask(&Owned::get("/ps/a")).code, Code::NOT_FOUND);
}

#[test]
fn who_does_not_read_is_not_read_from() {
    let broker = Broker::start();
    let mut publisher = broker.client(Version::V5, "mqtt");
    publisher.retain("big", &[b'x'; 8000]);
    publisher.expect_nothing();
    let mut deaf = Tcp::new(broker.coap);
    deaf.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let get = Owned::get("/ps/big").encode();
    let get = coap_codec::Codec::new().decode(&get).unwrap().reliable();
    let mut bytes = vec![0; 64];
    let len = coap_codec::tcp::Codec::new().encode(&get, &mut bytes).unwrap();
    let requests = bytes[..len].repeat(1000);
    let mut blocked = false;
    for _ in 0..2000 {
        if std::io::Write::write_all(&mut deaf.stream, &requests).is_err() {
            blocked = true;
            break;
        }
    }
    assert!(blocked, "2,000,000 requests were read without anybody reading the answers");
    // Others go on, and so does this one as soon as it reads.
    let mut client = Tcp::new(broker.coap);
    assert_eq!(client.ask(&Owned::get("/ps/big")).payload.len(), 8000);
    let mut total = 0;
    let mut chunk = [0; 65536];
    while total < 4 << 20 {
        let len = deaf.stream.read(&mut chunk).unwrap();
        assert!(len > 0);
        total += len;
    }
}
