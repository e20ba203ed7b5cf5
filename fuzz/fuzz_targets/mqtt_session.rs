//! A program of calls into a client and a server, with bytes of each other's and any bytes: no panic, no
//! call that goes on for ever, nothing sent that the other side would not decode or has not room for, the
//! same error again, and snapshots that come back as they were.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_codec::session::{
    Client, Event, Message, Receipt, SendError, Server, Session, Settings, Side,
};
use mqtt_codec::{
    Auth, Codec, Connack, Connect, Disconnect, List, Property, QoS, ReasonCode, Suback,
    Subscription, Text, TopicFilter, TopicName, Unsuback, Version, Will,
};

const N: usize = 4;
/// As many may be promised.
const R: usize = 6;
const TOPICS: [TopicName<'static>; 4] = [
    TopicName::from_static("house"),
    TopicName::from_static("attic"),
    TopicName::from_static("a"),
    TopicName::from_static("cellar/temperature"),
];

/// The input, byte by byte; zeros at its end.
struct Program<'a>(&'a [u8]);

impl<'a> Program<'a> {
    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        byte
    }

    fn bytes(&mut self) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at((self.byte() as usize).min(self.0.len()));
        self.0 = rest;
        bytes
    }
}

/// One side, and what it has sent that the other has not taken.
struct One<'m, S: Side> {
    session: Session<'m, S, N, R>,
    /// What the other side decodes its packets with.
    codec: Codec,
    wire: Vec<u8>,
    receipts: Vec<Receipt>,
}

impl<'m, S: Side> One<'m, S> {
    /// What was written is whole packets that the other side decodes, but for a payload that follows.
    fn wrote(&mut self, bytes: &[u8], payload: usize) {
        let limit = self.session.limits().maximum_packet_size as usize;
        let whole = [bytes, &vec![b'p'; payload]].concat();
        assert!(whole.len() <= limit, "more than the other side takes");
        let codec = self.codec.with_version(self.session.version());
        let decoded = codec.decode(&whole).expect("what the other side refuses");
        assert_eq!(decoded.map(|(_, len)| len), Some(whole.len()));
        self.wire.extend_from_slice(&whole);
    }

    fn call(
        &mut self,
        room: usize,
        call: impl FnOnce(&mut Session<'m, S, N, R>, &mut [u8]) -> Result<usize, SendError>,
    ) {
        let mut out = [0; 300];
        if let Ok(len @ 1..) = call(&mut self.session, &mut out[..room.min(300)]) {
            self.wrote(&out[..len], 0);
        }
    }

    /// Everything that the session owes.
    fn transmit(&mut self, now_ms: u64) {
        let mut out = [0; 64];
        for _ in 0..4 * R + 4 {
            match self.session.poll_transmit(now_ms, &mut out).unwrap() {
                Some(len) => self.wrote(&out[..len], 0),
                None => return,
            }
        }
        panic!("it owes without end");
    }

    /// Takes bytes as far as it does; how many, and CONNECT's answer if one is due.
    fn take(
        &mut self,
        bytes: &[u8],
        now_ms: u64,
        mut on: impl FnMut(&mut Self, Event<'_>),
    ) -> usize {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self.session.handle_input(rest, now_ms) {
                Err(error) => {
                    assert_eq!(self.session.handle_input(b"", now_ms), Err(error), "again");
                    self.transmit(now_ms);
                    assert!(self.session.wants_close());
                    return bytes.len();
                }
                Ok((0, None)) => {
                    self.transmit(now_ms);
                    // What stood in the way is sent, or it waits for more.
                    match self.session.handle_input(rest, now_ms) {
                        Ok((0, None)) | Err(_) => return at,
                        Ok((taken, event)) => {
                            at += taken;
                            event.into_iter().for_each(|event| on(self, event));
                        }
                    }
                }
                Ok((taken, event)) => {
                    assert!(taken <= rest.len());
                    at += taken;
                    event.into_iter().for_each(|event| on(self, event));
                }
            }
        }
    }

    fn took(&mut self, event: Event<'_>) {
        if let Event::Publish { publish, receipt } = event {
            let _ = self.session.topic_of(&publish).to_str();
            self.receipts.extend(receipt);
        } else if let Event::PublishHead { receipt, .. } = event {
            self.receipts.extend(receipt);
        }
    }

    fn persist(&mut self) -> Vec<u8> {
        let mut disk = vec![0; Session::<S, N, R>::SNAPSHOT];
        let len = self.session.snapshot(&mut disk).expect("the longest snapshot has room");
        self.session.persisted();
        assert_ne!(self.session.poll_event(), Some(Event::Persist));
        disk.truncate(len);
        disk
    }

    /// What both sides can do at any time.
    fn act(&mut self, op: u8, program: &mut Program<'_>, now_ms: u64) {
        match op {
            0 | 1 => self.publish(program, now_ms),
            2 => {
                let at = usize::from(program.byte());
                if at < self.receipts.len() {
                    let reason = ReasonCode::new(program.byte()).unwrap_or(ReasonCode::SUCCESS);
                    let _ = self.session.acknowledge(self.receipts[at], reason);
                }
            }
            3 => {
                let reason = ReasonCode::new(program.byte()).unwrap_or(ReasonCode::SUCCESS);
                let properties = [
                    Property::AuthenticationMethod(Text::from_static("m")),
                    Property::ReasonString(Text::from_static("why")),
                ];
                let some = &properties[..usize::from(program.byte()) % 3];
                let auth = Auth::new(reason, List::new(some));
                self.call(300, |session, out| session.auth(&auth, now_ms, out));
            }
            4 => {
                let reason = ReasonCode::new(program.byte()).unwrap_or(ReasonCode::SUCCESS);
                let properties = [Property::SessionExpiryInterval(program.byte().into())];
                let some = &properties[..usize::from(program.byte()) % 2];
                let bye = Disconnect { properties: List::new(some), ..Disconnect::new(reason) };
                self.call(300, |session, out| session.disconnect(&bye, now_ms, out));
            }
            5 => {
                let room = usize::from(program.byte());
                self.call(room, |session, out| {
                    session.poll_transmit(now_ms, out).map(Option::unwrap_or_default)
                });
            }
            6 => {
                if let Some(Event::Send { handle, .. }) = self.session.poll_event() {
                    self.session.forget(handle).unwrap();
                }
            }
            7 => {
                self.persist();
            }
            8 => self.session.handle_timeout(now_ms),
            9 => {
                let _ = self.session.handle_eof();
            }
            _ => self.transmit(now_ms),
        }
    }

    fn publish(&mut self, program: &mut Program<'_>, now_ms: u64) {
        let (kind, size) = (program.byte(), program.byte());
        let payload = [b'p'; 255];
        let qos = QoS::new(kind % 3).unwrap_or(QoS::AtMostOnce);
        let topic = TOPICS[usize::from(kind >> 2) % 4];
        let message =
            Message::new(topic, qos, &payload[..size.into()]).with_retain(kind & 0x80 != 0);
        let mut out = [0; 300];
        let due = match self.session.poll_event() {
            Some(Event::Send { handle, .. }) if kind & 0x40 != 0 => Some(handle),
            _ => None,
        };
        let session = &mut self.session;
        let len = u32::from(size);
        if kind & 0x20 == 0 {
            let sent = match due {
                Some(handle) => session.send(&message, handle, now_ms, &mut out),
                None => session.publish(&message, 7, now_ms, &mut out),
            };
            if let Ok(len @ 1..) = sent {
                self.wrote(&out[..len], 0);
            }
        } else {
            let sent = match due {
                Some(handle) => session.send_head(&message, len, handle, now_ms, &mut out),
                None => session.publish_head(&message, len, 7, now_ms, &mut out),
            };
            if let Ok(head @ 1..) = sent {
                assert!(len == 0 || session.poll_transmit(now_ms, &mut [0; 64]) == Ok(None));
                session.payload_sent(len, now_ms).unwrap();
                self.wrote(&out[..head], len as usize);
            }
        }
    }
}

fn settings(program: &mut Program<'_>) -> Settings {
    let kind = program.byte();
    let settings = Settings::DEFAULT
        .with_buffer(if kind & 1 == 0 { 64 } else { 300 })
        .with_persistent(kind & 2 != 0)
        .with_topic_aliases(u16::from(kind >> 2 & 3));
    if kind & 0x10 == 0 { settings } else { settings.with_max_packet_size(u32::from(kind)) }
}

fn connect(
    client: &mut One<'_, mqtt_codec::session::ClientSide>,
    program: &mut Program<'_>,
    now_ms: u64,
) {
    let (kind, version) = (program.byte(), client.session.version());
    let [receive, size, aliases] = client.session.announcements();
    let more = [
        Property::SessionExpiryInterval(u32::from(kind & 3)),
        Property::RequestProblemInformation(kind & 4 == 0),
        Property::AuthenticationMethod(Text::from_static("m")),
    ];
    let properties = [&[receive, size, aliases], &more[..usize::from(kind >> 3) % 4]].concat();
    let delay = [Property::WillDelayInterval(1)];
    let mut will = Will::new(TOPICS[1], b"gone");
    if version == Version::V5 {
        will.properties = List::new(&delay);
    }
    let connect = Connect {
        clean_start: kind & 0x20 != 0 || !client.session.has_session(),
        keep_alive: u16::from(kind >> 6),
        will: (kind & 0x40 != 0).then_some(will),
        properties: if version == Version::V5 { List::new(&properties) } else { List::EMPTY },
        ..Connect::new(version, Text::from_static("c"))
    };
    let mut out = [0; 300];
    let len = client.session.connect(&connect, now_ms, &mut out).unwrap();
    client.wire = out[..len].to_vec();
    client.receipts.truncate(8);
}

fn accept(
    server: &mut One<'_, mqtt_codec::session::ServerSide>,
    absent: &mut Option<Server<'static, N, R>>,
    kind: u8,
    now_ms: u64,
) {
    let resumed = absent.as_mut().is_some_and(|old| server.session.resume(old, now_ms).is_ok());
    let [receive, size, aliases] = server.session.announcements();
    let more = [
        Property::ServerKeepAlive(1),
        Property::MaximumQos(QoS::AtMostOnce),
        Property::RetainAvailable(false),
        Property::AuthenticationMethod(Text::from_static("m")),
    ];
    let more = &more[usize::from(kind & 3)..];
    let properties =
        [&[receive, size, aliases], &more[..usize::from(kind >> 2) % (more.len() + 1)]].concat();
    let reason = if kind & 0x40 == 0 { ReasonCode::SUCCESS } else { ReasonCode::NOT_AUTHORIZED };
    let is_v5 = server.session.version() == Version::V5;
    let connack = Connack {
        properties: if is_v5 { List::new(&properties) } else { List::EMPTY },
        ..Connack::new(resumed && !reason.is_error(), reason)
    };
    server.call(300, |session, out| session.accept(&connack, now_ms, out));
}

fuzz_target!(|data: &[u8]| {
    let mut program = Program(data);
    let version = if program.byte() & 1 == 0 { Version::V3 } else { Version::V5 };
    let (ours, theirs) = (settings(&mut program), settings(&mut program));
    let lent = program.byte();
    let mut memory = [[0; 40], [0; 40]];
    let mut names = [[0; 150], [0; 150]];
    let ([ours_out, theirs_out], [ours_in, theirs_in]) = (&mut memory, &mut names);
    let mut now_ms = 0;
    let mut client = One {
        session: Client::new(version, ours),
        codec: Codec::server(),
        wire: Vec::new(),
        receipts: Vec::new(),
    };
    if lent & 1 != 0 {
        client.session.lend_aliases(ours_out, ours_in);
    }
    let mut server = One {
        session: Server::new(theirs, now_ms),
        codec: Codec::client(version),
        wire: Vec::new(),
        receipts: Vec::new(),
    };
    if lent & 2 != 0 {
        server.session.lend_aliases(theirs_out, theirs_in);
    }
    let mut absent: Option<Server<'static, N, R>> = None;
    connect(&mut client, &mut program, now_ms);
    while !program.0.is_empty() {
        let op = program.byte();
        now_ms += u64::from(op >> 6) * 700;
        match op & 0x1F {
            op @ 0..=10 => client.act(op, &mut program, now_ms),
            op @ 11..=21 => server.act(op - 11, &mut program, now_ms),
            22 => {
                let len = usize::from(program.byte()).min(client.wire.len());
                let kind = program.byte();
                let bytes = client.wire[..len].to_vec();
                let absent = &mut absent;
                let taken = server.take(&bytes, now_ms, |server, event| match event {
                    Event::Connect(_) if kind & 0x80 == 0 => accept(server, absent, kind, now_ms),
                    Event::Subscribe(subscribe) => {
                        let codes =
                            vec![ReasonCode::GRANTED_QOS_2; subscribe.subscriptions.iter().count()];
                        let suback = Suback::new(subscribe.id, List::new(&codes));
                        server.call(300, |session, out| session.suback(&suback, now_ms, out));
                    }
                    Event::Unsubscribe(unsubscribe) => {
                        let codes = vec![ReasonCode::SUCCESS; unsubscribe.filters.iter().count()];
                        let unsuback = Unsuback::new(unsubscribe.id, List::new(&codes));
                        server.call(300, |session, out| session.unsuback(&unsuback, now_ms, out));
                    }
                    event => server.took(event),
                });
                client.wire.drain(..taken.min(len));
            }
            23 => {
                let len = usize::from(program.byte()).min(server.wire.len());
                let bytes = server.wire[..len].to_vec();
                let taken = client.take(&bytes, now_ms, |client, event| client.took(event));
                server.wire.drain(..taken.min(len));
            }
            24 => {
                let bytes = program.bytes();
                client.take(bytes, now_ms, |client, event| client.took(event));
            }
            25 => {
                let bytes = program.bytes();
                server.take(bytes, now_ms, |server, event| server.took(event));
            }
            26 => accept(&mut server, &mut absent, program.byte(), now_ms),
            27 => {
                let one =
                    [Subscription::new(TopicFilter::from_static("house/#"), QoS::ExactlyOnce)];
                client.call(300, |client, out| {
                    client.subscribe(List::new(&one), List::EMPTY, 9, now_ms, out)
                });
            }
            28 => {
                let one = [TopicFilter::from_static("house/#")];
                client.call(300, |client, out| {
                    client.unsubscribe(List::new(&one), List::EMPTY, 9, now_ms, out)
                });
            }
            29 => {
                // The connection breaks, and another one begins.
                let fresh = Server::new(theirs, now_ms);
                let before = std::mem::replace(&mut server.session, fresh).absent(now_ms);
                if before.has_session() {
                    absent = Some(before);
                }
                (server.wire, server.receipts) = (Vec::new(), Vec::new());
                client.session.ended(now_ms);
                connect(&mut client, &mut program, now_ms);
            }
            30 => {
                // A restart.
                let disk = client.persist();
                client.session = Client::restore(version, ours, &disk).unwrap();
                assert!(client.persist().len() <= disk.len());
                if let Some(old) = &mut absent {
                    let mut disk = vec![0; Server::<N, R>::SNAPSHOT];
                    let len = old.snapshot(&mut disk).unwrap();
                    *old = Server::restore(theirs, &disk[..len], now_ms).unwrap();
                }
                connect(&mut client, &mut program, now_ms);
                (server.session, server.wire) = (Server::new(theirs, now_ms), Vec::new());
            }
            _ => {
                let bytes = program.bytes();
                let _ = Client::<N, R>::restore(version, ours, bytes); // any bytes
                if let Some(absent) = &mut absent {
                    absent.handle_timeout(now_ms);
                    while let Some(Event::PublishWill | Event::SessionEnded) = absent.poll_event() {
                    }
                }
            }
        }
    }
});
