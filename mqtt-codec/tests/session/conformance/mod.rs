//! Statements of the standards that a session keeps and no other test shows alone. `conformance.toml`
//! names the statements of each test, and the change of the code that makes it fail.

mod application;
mod delivery;
mod handshake;
mod life;
mod limits;

use mqtt_codec::session::{
    Client, Event, Message, Receipt, SendError, Server, Session, Settings, Side,
};
use mqtt_codec::{
    Ack, AckKind, Codec, Connack, Connect, Delivery, List, Packet, PacketId, Properties, Property,
    Publish, QoS, ReasonCode, Role, Text, TopicName, Version,
};

pub(super) const OUT: usize = 512;
pub(super) const N: usize = 4;
pub(super) const BOTH: [Version; 2] = [Version::V3, Version::V5];
pub(super) const TOPIC: TopicName<'static> = TopicName::from_static("house/kitchen");
pub(super) const METHOD: Property<'static> = Property::AuthenticationMethod(Text::from_static("M"));

pub(super) fn id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

pub(super) fn message(qos: QoS) -> Message<'static> {
    Message::new(TOPIC, qos, b"x")
}

/// The bytes of a packet of either side.
pub(super) fn bytes(version: Version, packet: Packet<'_>) -> Vec<u8> {
    let mut out = vec![0; OUT];
    let len = Codec::either(version).encode(&packet, &mut out).unwrap();
    out.truncate(len);
    out
}

/// The packet that was written, by its side.
pub(super) fn sent(version: Version, by: Role, out: &[u8]) -> Packet<'_> {
    let codec = Codec { role: by.peer(), ..Codec::either(version) };
    let (packet, len) = codec.decode(out).unwrap().unwrap();
    assert_eq!(len, out.len());
    packet
}

pub(super) fn owed<S: Side>(session: &mut Session<'_, S, N>) -> Vec<u8> {
    let (mut out, mut all) = ([0; OUT], Vec::new());
    while let Some(len) = session.poll_transmit(0, &mut out).unwrap() {
        all.extend_from_slice(&out[..len]);
    }
    all
}

/// Publishes: the packet.
pub(super) fn published<S: Side>(
    session: &mut Session<'_, S, N>,
    qos: QoS,
    handle: u32,
) -> Vec<u8> {
    let mut out = vec![0; OUT];
    let len = session.publish(&message(qos), handle, 0, &mut out).unwrap();
    out.truncate(len);
    out
}

pub(super) fn hears<S: Side>(
    session: &mut Session<'_, S, N>,
    packet: Packet<'_>,
) -> Option<Receipt> {
    let bytes = bytes(session.version(), packet);
    match session.handle_input(&bytes, 0).unwrap() {
        (len, Some(Event::Publish { receipt, .. })) if len == bytes.len() => receipt,
        (len, _) => {
            assert_eq!(len, bytes.len());
            None
        }
    }
}

pub(super) fn ack<S: Side>(
    session: &mut Session<'_, S, N>,
    kind: AckKind,
    of: u16,
    reason_code: ReasonCode,
) {
    hears(session, Packet::Ack(Ack { reason_code, ..Ack::new(kind, id(of)) }));
}

pub(super) fn publish_of(delivery: Delivery) -> Packet<'static> {
    Packet::Publish(Publish { delivery, ..Publish::new(TOPIC, b"x") })
}

/// A client that has said CONNECT, in 5.0 with these properties besides, and asks for a session to keep.
pub(super) fn connecting<'m>(client: &mut Client<'m, N>, clean_start: bool, more: &[Property<'_>]) {
    let version = client.version();
    let all = [&client.announcements()[..], &[Property::SessionExpiryInterval(60)], more].concat();
    let properties = if version == Version::V5 { List::new(&all) } else { List::EMPTY };
    let connect =
        Connect { clean_start, properties, ..Connect::new(version, Text::from_static("c")) };
    client.connect(&connect, 0, &mut [0; OUT]).unwrap();
}

pub(super) fn answered(
    client: &mut Client<'_, N>,
    session_present: bool,
    properties: Properties<'_>,
) {
    let connack = Connack { properties, ..Connack::new(session_present, ReasonCode::SUCCESS) };
    hears(client, Packet::Connack(connack));
    assert!(client.is_connected());
}

pub(super) fn client(version: Version, of_server: &[Property<'_>]) -> Client<'static, N> {
    let mut client = Client::new(version, Settings::DEFAULT);
    connecting(&mut client, false, &[]);
    answered(&mut client, false, List::new(of_server));
    client
}

/// A server that has heard CONNECT.
pub(super) fn asked(connect: &Connect<'_>) -> Server<'static, N> {
    let mut server = Server::new(Settings::DEFAULT, 0);
    let bytes = bytes(connect.version, Packet::Connect(*connect));
    assert_eq!(server.handle_input(&bytes, 0).unwrap().0, bytes.len());
    server
}

pub(super) fn accept(
    server: &mut Server<'_, N>,
    session_present: bool,
    more: &[Property<'_>],
) -> Result<usize, SendError> {
    let all = [&server.announcements()[..], more].concat();
    let properties = if server.version() == Version::V5 { List::new(&all) } else { List::EMPTY };
    let connack = Connack { properties, ..Connack::new(session_present, ReasonCode::SUCCESS) };
    server.accept(&connack, 0, &mut [0; OUT])
}

pub(super) fn connect_of<'a>(version: Version, properties: &'a [Property<'a>]) -> Connect<'a> {
    let properties = if version == Version::V5 { List::new(properties) } else { List::EMPTY };
    let client_id = Text::from_static("c");
    Connect { clean_start: false, properties, ..Connect::new(version, client_id) }
}

pub(super) const KEPT: [Property<'static>; 1] = [Property::SessionExpiryInterval(60)];

pub(super) fn server(version: Version, of_client: &[Property<'_>]) -> Server<'static, N> {
    let mut server = asked(&connect_of(version, of_client));
    accept(&mut server, false, &[]).unwrap();
    server
}
