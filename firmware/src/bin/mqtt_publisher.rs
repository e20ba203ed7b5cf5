//! Speaks MQTT 5 with the gateway through whatever `firmware::transport` is: publishes readings, then
//! shows the messages of a topic until one says `end`. Ends with success or failure.

#![no_std]
#![no_main]

use core::fmt::{self, Display, Write as _};

use embedded_io::{Error as _, ErrorKind, Read, Write};
use firmware::semihosting::{Host, exit, now_ms, stack_of};
use firmware::transport;
use mqtt_codec::{
    Ack, AckKind, Codec, Connect, DecodeError, Delivery, Disconnect, Item, List, Packet, PacketId,
    Property, Publish, QoS, ReasonCode, Stream, Subscribe, Subscription, Text, TopicFilter,
    TopicName, Version, Will, WriteError,
};

/// Bytes of the longest packet that it takes. The gateway is told, and sends none that is longer.
const INPUT: usize = 256;
const CODEC: Codec = Codec::client(Version::V5).with_max_packet_size(INPUT as u32);

const CONNECT: Packet<'_> = Packet::Connect(Connect {
    keep_alive: 30,
    will: Some(Will::new(LOST, b"")),
    properties: List::new(&[Property::MaximumPacketSize(PACKET_SIZE)]),
    ..Connect::new(Version::V5, Text::from_static("firmware"))
});
const PACKET_SIZE: core::num::NonZeroU32 = core::num::NonZeroU32::new(INPUT as u32).unwrap();
/// Said by the gateway if the connection ends without DISCONNECT.
const LOST: TopicName<'_> = TopicName::from_static("firmware/lost");
/// For how long QEMU runs, three times at QoS 0; that it was told three times, at QoS 1 and retained.
const UPTIME: TopicName<'_> = TopicName::from_static("firmware/uptime_ms");
const READINGS: TopicName<'_> = TopicName::from_static("firmware/readings");
const SHOWN: TopicFilter<'_> = TopicFilter::from_static("firmware/shown");
const SUBSCRIPTIONS: &[Subscription<'_>] = &[Subscription::new(SHOWN, QoS::AtLeastOnce)];
const ID: PacketId = PacketId::new(1).unwrap();

/// Why it does not go on.
enum Failure<E> {
    Transport(E),
    /// The gateway has ended the connection.
    Ended,
    /// It says nothing in time.
    Silent,
    /// It sends what is no packet.
    Packet(DecodeError),
    /// It does not agree, or ends the connection and says why.
    Refused(ReasonCode),
    /// Not what is due.
    Unexpected,
}

#[unsafe(no_mangle)]
fn image() -> ! {
    let used = stack_of(run);
    let _ = writeln!(Host, "stack mqtt-codec: a publisher over {}: {used}", transport::NAME);
    exit(true)
}

fn run() {
    let mut input = [0; INPUT];
    match transport::with_link(|link| publish(link, &mut input)) {
        Ok(()) => {}
        Err(transport::Failure::Link(error)) => panic!("{}: {error}", transport::NAME),
        Err(transport::Failure::Work(failure)) => panic!("{failure}"),
    }
}

/// The whole of a connection: all that it needs is to read and to write.
fn publish<T: Read + Write>(link: &mut T, input: &mut [u8]) -> Result<(), Failure<T::Error>> {
    let mut client = Client { link, stream: Stream::new(input) };
    client.send(&CONNECT)?;
    match client.receive()? {
        Packet::Connack(connack) => {
            accepted(connack.reason_code)?;
            say("connected", b"over MQTT 5");
        }
        _ => return Err(Failure::Unexpected),
    }

    let mut text = [0; 20];
    for _ in 0..3 {
        let uptime = number(now_ms(), &mut text);
        client.send(&Packet::Publish(Publish::new(UPTIME, uptime)))?;
        say("sent", uptime);
    }
    let delivery = Delivery::AtLeastOnce { id: ID, dup: false };
    let count = Publish { delivery, retain: true, ..Publish::new(READINGS, b"3") };
    client.send(&Packet::Publish(count))?;
    match client.receive()? {
        Packet::Ack(Ack { kind: AckKind::Puback, id: ID, reason_code, .. }) => {
            accepted(reason_code)?;
            say("acknowledged", count.payload);
        }
        _ => return Err(Failure::Unexpected),
    }

    client.send(&Packet::Subscribe(Subscribe::new(ID, List::new(SUBSCRIPTIONS))))?;
    match client.receive()? {
        Packet::Suback(suback) if suback.id == ID => {
            suback.reason_codes.iter().try_for_each(accepted)?;
            say("subscribed", SHOWN.as_bytes());
        }
        _ => return Err(Failure::Unexpected),
    }

    show(&mut client)?;
    client.send(&Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)))
}

/// Shows messages until one says `end`. Asks who is silent whether he is there.
fn show<T: Read + Write>(client: &mut Client<'_, T>) -> Result<(), Failure<T::Error>> {
    let mut was_asked = false;
    loop {
        match client.receive() {
            Ok(Packet::Publish(message)) => {
                say("shown", message.payload);
                let is_last = message.payload == b"end";
                if let Delivery::AtLeastOnce { id, .. } = message.delivery {
                    client.send(&Packet::Ack(Ack::new(AckKind::Puback, id)))?;
                }
                if is_last {
                    return Ok(());
                }
            }
            Ok(Packet::Pingresp) => was_asked = false,
            Ok(_) => return Err(Failure::Unexpected),
            Err(Failure::Silent) if !was_asked => {
                client.send(&Packet::Pingreq)?;
                was_asked = true;
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Packets over a transport.
struct Client<'a, T> {
    link: &'a mut T,
    stream: Stream<'a>,
}

impl<T: Read + Write> Client<'_, T> {
    fn send(&mut self, packet: &Packet<'_>) -> Result<(), Failure<T::Error>> {
        match CODEC.write(packet, self.link) {
            Ok(()) => self.link.flush().map_err(Failure::Transport),
            Err(WriteError::Io(error)) => Err(Failure::Transport(error)),
            Err(_) => Err(Failure::Ended), // all packets above may be sent
        }
    }

    fn receive(&mut self) -> Result<Packet<'_>, Failure<T::Error>> {
        while !self.stream.has_next(&CODEC) {
            match self.link.read(self.stream.space()) {
                Ok(0) => return Err(Failure::Ended),
                Ok(len) => self.stream.filled(len),
                Err(error) if error.kind() == ErrorKind::TimedOut => return Err(Failure::Silent),
                Err(error) => return Err(Failure::Transport(error)),
            }
        }
        match self.stream.next(&CODEC) {
            Ok(Some(Item::Packet(Packet::Disconnect(end)))) => {
                Err(Failure::Refused(end.reason_code))
            }
            Ok(Some(Item::Packet(packet))) => Ok(packet),
            Ok(_) => Err(Failure::Unexpected),
            Err(error) => Err(Failure::Packet(error)),
        }
    }
}

fn accepted<E>(reason_code: ReasonCode) -> Result<(), Failure<E>> {
    if reason_code.is_error() { Err(Failure::Refused(reason_code)) } else { Ok(()) }
}

/// The digits of a number.
fn number(value: u64, text: &mut [u8; 20]) -> &[u8] {
    let mut rest = &mut text[..];
    let _ = write!(rest, "{value}"); // it has no more digits
    let len = 20 - rest.len();
    &text[..len]
}

fn say(what: &str, payload: &[u8]) {
    let _ = writeln!(Host, "{what} {}", payload.escape_ascii());
}

impl<E: Display> Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => write!(f, "the transport fails: {error}"),
            Self::Ended => f.write_str("the gateway has ended the connection"),
            Self::Silent => f.write_str("the gateway is silent"),
            Self::Packet(error) => write!(f, "{error}"),
            Self::Refused(reason_code) => write!(f, "the gateway refuses: {reason_code}"),
            Self::Unexpected => f.write_str("the gateway sends what is not due"),
        }
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
