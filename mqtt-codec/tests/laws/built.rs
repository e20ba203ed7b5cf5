//! Packets built from any bytes, and what holds for each. Used by the laws and by the fuzz target.

use mqtt_codec::{
    Ack, AckKind, Auth, Codec, Connack, Connect, Delivery, Disconnect, EncodeError, List, Packet,
    Property, Publish, ReasonCode, RetainHandling, Role, Suback, Subscribe, Subscription,
    SubscriptionOptions, TopicFilter, TopicName, Unsuback, Unsubscribe, Version, Will,
};

use crate::source::Source;

/// A packet that its codec may send, drawn from `entropy`; gives both to `look`.
pub(crate) fn packet(entropy: &[u8], look: impl FnOnce(Codec, &Packet<'_>)) {
    let source = &mut Source(entropy);
    let packet_type = source.below(15);
    let version = source.one_of(&[Version::V5, Version::V3]);
    let role = source.one_of(&[Role::Client, Role::Server]);
    let five = version == Version::V5;
    let codec = |role| match role {
        Role::Server => Codec::server().with_version(version),
        _ => Codec::client(version),
    };
    let from_client = codec(Role::Client);
    let from_server = codec(Role::Server);
    match packet_type {
        0 if five => auth(source, role, |packet| look(codec(role), packet)),
        0 | 1 => publish(source, version, role, |packet| look(codec(role), packet)),
        2 => connect(source, version, |packet| look(from_client, packet)),
        3 => connack(source, five, |packet| look(from_server, packet)),
        4..=7 => {
            let kinds = [AckKind::Puback, AckKind::Pubrec, AckKind::Pubrel, AckKind::Pubcomp];
            ack(source, kinds[packet_type - 4], five, |packet| look(codec(role), packet));
        }
        8 => subscribe(source, five, |packet| look(from_client, packet)),
        9 => unsubscribe(source, five, |packet| look(from_client, packet)),
        10 | 11 => answer(source, packet_type == 10, five, |packet| look(from_server, packet)),
        12 => look(from_client, &Packet::Pingreq),
        13 => look(from_server, &Packet::Pingresp),
        _ if five => disconnect(source, role, |packet| look(codec(role), packet)),
        _ => {
            let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
            look(from_client, &Packet::Disconnect(disconnect));
        }
    }
}

/// Properties for 5.0; none in 3.1.1.
fn drawn<'a>(source: &mut Source<'a>, five: bool, ids: &[u8]) -> Vec<Property<'a>> {
    if five { source.properties(ids, &[38]) } else { Vec::new() }
}

fn publish(source: &mut Source<'_>, version: Version, role: Role, look: impl FnOnce(&Packet<'_>)) {
    let five = version == Version::V5;
    let repeat: &[u8] = if role == Role::Server { &[38, 11] } else { &[38] };
    let properties =
        if five { source.properties(&[1, 2, 3, 8, 9, 35], repeat) } else { Vec::new() };
    let has_alias = properties.iter().any(|p| matches!(p, Property::TopicAlias(_)));
    let topic = if has_alias && source.flag() { TopicName::EMPTY } else { source.name() };
    let (id, dup) = (source.packet_id(), source.flag());
    let delivery = source.one_of(&[
        Delivery::AtMostOnce,
        Delivery::AtLeastOnce { id, dup },
        Delivery::ExactlyOnce { id, dup },
    ]);
    let (retain, payload) = (source.flag(), source.0);
    let properties = List::new(&properties);
    look(&Packet::Publish(Publish { topic, delivery, retain, properties, payload }));
}

fn connect(source: &mut Source<'_>, version: Version, look: impl FnOnce(&Packet<'_>)) {
    let five = version == Version::V5;
    let mut properties = drawn(source, five, &[17, 21, 23, 25, 33, 34, 39]);
    if properties.iter().any(|p| matches!(p, Property::AuthenticationMethod(_))) && source.flag() {
        properties.insert(0, source.property(22));
    }
    let will_properties = drawn(source, five, &[1, 2, 3, 8, 9, 24]);
    let will = source.flag().then(|| Will {
        topic: source.name(),
        payload: source.data(),
        qos: source.qos(),
        retain: source.flag(),
        properties: List::new(&will_properties),
    });
    let user_name = source.flag().then(|| source.text());
    let password = (source.flag() && (five || user_name.is_some())).then(|| source.data());
    let client_id = source.text();
    let clean_start = source.flag() || !five && client_id.is_empty();
    look(&Packet::Connect(Connect {
        version,
        clean_start,
        keep_alive: source.two_bytes(),
        client_id,
        will,
        user_name,
        password,
        properties: List::new(&properties),
    }));
}

fn connack(source: &mut Source<'_>, five: bool, look: impl FnOnce(&Packet<'_>)) {
    let properties =
        drawn(source, five, &[17, 18, 19, 21, 22, 26, 28, 31, 33, 34, 36, 37, 39, 40, 41, 42]);
    let codes: &[u8] =
        if five { &[0x00, 0x80, 0x8A, 0x9F] } else { &[0, 0x84, 0x85, 0x86, 0x87, 0x88] };
    let reason_code = source.reason(codes);
    look(&Packet::Connack(Connack {
        session_present: source.flag() && reason_code == ReasonCode::SUCCESS,
        reason_code,
        properties: List::new(&properties),
    }));
}

fn ack(source: &mut Source<'_>, kind: AckKind, five: bool, look: impl FnOnce(&Packet<'_>)) {
    let properties = drawn(source, five, &[31]);
    let codes: &[u8] = match kind {
        _ if !five => &[0],
        AckKind::Puback | AckKind::Pubrec => &[0x00, 0x10, 0x80, 0x99],
        AckKind::Pubrel | AckKind::Pubcomp => &[0x00, 0x92],
    };
    look(&Packet::Ack(Ack {
        kind,
        id: source.packet_id(),
        reason_code: source.reason(codes),
        properties: List::new(&properties),
    }));
}

fn subscribe(source: &mut Source<'_>, five: bool, look: impl FnOnce(&Packet<'_>)) {
    let properties = drawn(source, five, &[11]);
    let handling = [RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend];
    let subscriptions: Vec<Subscription<'_>> = (0..=source.below(6))
        .map(|_| {
            let filter = source.filter();
            let qos = source.qos();
            let options = SubscriptionOptions {
                qos,
                no_local: source.flag() && filter.shared().is_none(),
                retain_as_published: source.flag(),
                retain_handling: source.one_of(&handling),
            };
            let options = if five { options } else { SubscriptionOptions::new(qos) };
            Subscription { filter, options }
        })
        .collect();
    look(&Packet::Subscribe(Subscribe {
        id: source.packet_id(),
        properties: List::new(&properties),
        subscriptions: List::new(&subscriptions),
    }));
}

fn unsubscribe(source: &mut Source<'_>, five: bool, look: impl FnOnce(&Packet<'_>)) {
    let properties = drawn(source, five, &[]);
    let filters: Vec<TopicFilter<'_>> = (0..=source.below(6)).map(|_| source.filter()).collect();
    look(&Packet::Unsubscribe(Unsubscribe {
        id: source.packet_id(),
        properties: List::new(&properties),
        filters: List::new(&filters),
    }));
}

fn answer(source: &mut Source<'_>, subscribe: bool, five: bool, look: impl FnOnce(&Packet<'_>)) {
    let properties = drawn(source, five, &[31]);
    let codes: &[u8] = match (subscribe, five) {
        (true, true) => &[0x00, 0x01, 0x02, 0x80, 0xA2],
        (true, false) => &[0x00, 0x01, 0x02, 0x80],
        (false, _) => &[0x00, 0x11, 0x80, 0x91],
    };
    let codes: Vec<ReasonCode> = (0..=source.below(20)).map(|_| source.reason(codes)).collect();
    let id = source.packet_id();
    let properties = List::new(&properties);
    if subscribe {
        let reason_codes = List::new(&codes);
        look(&Packet::Suback(Suback { id, properties, reason_codes }));
    } else {
        let reason_codes = if five { List::new(&codes) } else { List::EMPTY };
        look(&Packet::Unsuback(Unsuback { id, properties, reason_codes }));
    }
}

fn disconnect(source: &mut Source<'_>, role: Role, look: impl FnOnce(&Packet<'_>)) {
    let (ids, codes): (&[u8], &[u8]) = match role {
        Role::Client => (&[17, 28, 31], &[0x00, 0x04, 0x80, 0x99]),
        _ => (&[28, 31], &[0x00, 0x80, 0x8B, 0x9D]),
    };
    let properties = drawn(source, true, ids);
    let reason_code = source.reason(codes);
    look(&Packet::Disconnect(Disconnect { reason_code, properties: List::new(&properties) }));
}

fn auth(source: &mut Source<'_>, role: Role, look: impl FnOnce(&Packet<'_>)) {
    let codes: &[u8] = if role == Role::Client { &[0x18, 0x19] } else { &[0x00, 0x18] };
    let reason_code = source.reason(codes);
    let mut properties = drawn(source, true, &[22, 31]);
    if reason_code != ReasonCode::SUCCESS || !properties.is_empty() {
        properties.push(source.property(21));
    }
    look(&Packet::Auth(Auth { reason_code, properties: List::new(&properties) }));
}

/// The laws of a packet that may be sent; its bytes.
pub(crate) fn hold(codec: Codec, packet: &Packet<'_>) -> Vec<u8> {
    const UNTOUCHED: u8 = 0xA5;
    let len = codec.encoded_len(packet).unwrap_or_else(|e| panic!("{e}: {packet:?}"));
    let mut bytes = vec![UNTOUCHED; len + 3];
    assert_eq!(codec.encode(packet, &mut bytes), Ok(len), "{packet:?}");
    assert_eq!(bytes[len..], [UNTOUCHED; 3]);
    bytes.truncate(len);

    // It arrives as it was, in the list of values and in the wire's.
    let receiver = Codec { role: codec.role.peer(), ..codec };
    let (arrived, used) = receiver.decode(&bytes).unwrap().unwrap();
    assert_eq!((arrived, used), (*packet, len), "{bytes:02X?}");
    assert_eq!(*packet, arrived);
    let either = Codec { role: Role::Either, ..codec };
    assert_eq!(either.decode(&bytes), Ok(Some((arrived, len))));
    assert_eq!(either.encoded_len(packet), Ok(len));
    assert_eq!(format!("{packet:?}"), format!("{arrived:?}"));

    // Too short a buffer says what is needed and stays as it was.
    for room in [0, 1, len / 2, len - 1] {
        let mut out = vec![UNTOUCHED; room];
        let error = EncodeError::BufferTooSmall { needed: len };
        assert_eq!(codec.encode(packet, &mut out), Err(error));
        assert!(out.iter().all(|byte| *byte == UNTOUCHED));
        assert_eq!(receiver.decode(&bytes[..room]), Ok(None));
    }

    // In parts, and from wire lists in parts, it is the same.
    for room in [1, 3, 7, 64] {
        let (mut sent, mut window) = (Vec::<u8>::new(), vec![0; room]);
        for packet in [packet, &arrived].into_iter().cycle() {
            let part = codec.encode_part(packet, sent.len(), &mut window).unwrap();
            if part == 0 {
                break;
            }
            sent.extend(&window[..part]);
        }
        assert_eq!(sent, bytes, "{room}");
    }
    if let Packet::Publish(publish) = packet {
        let mut head = vec![0; len];
        let payload_len = u32::try_from(publish.payload.len()).unwrap();
        let head_len = codec.encode_publish_head(publish, payload_len, &mut head).unwrap();
        assert_eq!([&head[..head_len], publish.payload].concat(), bytes);
    }
    bytes
}
