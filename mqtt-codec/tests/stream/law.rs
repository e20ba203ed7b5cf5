//! What holds for a stream of any bytes in any pieces through a buffer of any size. Used by the
//! tests and by the fuzz targets.

#![allow(dead_code, reason = "each user needs a part of it")]

use core::iter::{Copied, Cycle};
use core::slice::Iter;

use mqtt_codec::{
    Codec, DecodeError, ErrorKind, FixedHeader, Item, Packet, PacketType, Stream, Version,
};

use crate::fields::{Fields, fields};

/// How the bytes come and what is done with packets that are larger than the buffer.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) codec: Codec,
    /// Length of the buffer.
    pub(crate) room: usize,
    /// Lengths of the pieces, over and over; at least one, none of 0.
    pub(crate) pieces: Vec<usize>,
    /// What is done with one large packet after the other, over and over.
    pub(crate) choices: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Skip,
    Stream,
    /// Stream it, and skip the payload after the head.
    Leave,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    Packet(Fields),
    /// Frame length and type, and what was done with it.
    Large(usize, PacketType, Choice),
    Head(Fields, u32),
    /// All parts of a payload together.
    Payload(Vec<u8>),
    Error(Fault),
}

/// How it ends.
enum End {
    /// At the start of a packet of which these bytes are held, fewer than it has.
    Held(Vec<u8>),
    /// Within a large packet.
    Within,
    Error,
}

/// Plans from the first bytes, what comes from the others.
pub(crate) fn from_bytes(data: &[u8]) -> (Plan, &[u8]) {
    let byte = |at: usize| data.get(at).copied().unwrap_or(0);
    let codecs = [
        Codec::server(),
        Codec::client(Version::V5),
        Codec::client(Version::V3),
        Codec::server().with_version(Version::V5),
        Codec::server().with_version(Version::V3),
        Codec::either(Version::V5),
    ];
    let choices = [Choice::Stream, Choice::Skip, Choice::Leave];
    let plan = Plan {
        codec: codecs[usize::from(byte(0)) % codecs.len()],
        room: usize::from(byte(1)) + 1,
        pieces: (2..6).map(|at| usize::from(byte(at)) % 64 + 1).collect(),
        choices: (6..8).map(|at| choices[usize::from(byte(at)) % 3]).collect(),
    };
    (plan, data.get(8..).unwrap_or_default())
}

/// The events are those that a decoder of the whole input has.
pub(crate) fn hold(plan: &Plan, input: &[u8]) {
    let mut buffer = vec![0; plan.room];
    let mut stream = Stream::new(&mut buffer);
    let mut taker = Taker::new(plan);
    let (mut pieces, mut rest) = (plan.pieces.iter().copied().cycle(), input);
    while taker.take(&mut stream, rest) && !rest.is_empty() {
        let (piece, _) = rest.split_at(pieces.next().unwrap().min(rest.len()));
        let taken = fill(&mut stream, piece);
        assert!(taken > 0, "nobody can go on: {plan:?} {input:02X?}");
        rest = &rest[taken..];
    }
    taker.has_all(&stream, input);
}

/// Takes what a stream gives.
pub(crate) struct Taker<'p> {
    plan: &'p Plan,
    codec: Codec,
    choices: Cycle<Copied<Iter<'p, Choice>>>,
    events: Vec<Event>,
    leave: bool,
}

impl<'p> Taker<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        let choices = plan.choices.iter().copied().cycle();
        Self { plan, codec: plan.codec, choices, events: Vec::new(), leave: false }
    }

    /// All that is there. False after an error, which `more` does not change.
    pub(crate) fn take(&mut self, stream: &mut Stream<'_>, more: &[u8]) -> bool {
        loop {
            let between = stream.is_between_packets();
            let has_next = stream.has_next(&self.codec);
            assert!(!(between && has_next));
            let item = match stream.next(&self.codec) {
                Ok(Some(item)) => item,
                Ok(None) => {
                    assert!(!has_next);
                    return true;
                }
                Err(error) => {
                    assert!(has_next);
                    self.events.push(Event::Error(told(error)));
                    is_sticky(stream, &self.codec, more, error);
                    return false;
                }
            };
            assert!(has_next);
            match item {
                Item::Packet(packet) => {
                    if let Packet::Connect(connect) = packet {
                        self.codec = self.codec.with_version(connect.version);
                    }
                    self.events.push(Event::Packet(fields(&packet)));
                }
                Item::Large(header) => {
                    let mut choice = self.choices.next().unwrap();
                    assert!(header.frame_len() > self.plan.room);
                    // It comes again until somebody chooses.
                    assert_eq!(stream.next(&self.codec), Ok(Some(Item::Large(header))));
                    if choice != Choice::Skip && !stream.stream() {
                        assert_ne!(header.packet_type, PacketType::Publish);
                        choice = Choice::Skip;
                    }
                    if choice == Choice::Skip {
                        stream.skip();
                    }
                    self.leave = choice == Choice::Leave;
                    self.events.push(Event::Large(header.frame_len(), header.packet_type, choice));
                }
                Item::PublishHead { publish, payload_len } => {
                    assert!(payload_len > 0 && publish.payload.is_empty());
                    let packet = Packet::Publish(publish);
                    self.events.push(Event::Head(fields(&packet), payload_len));
                    self.events.push(Event::Payload(Vec::new()));
                    if self.leave {
                        stream.skip();
                    }
                }
                Item::Payload { bytes, remaining } => {
                    assert!(!bytes.is_empty());
                    let [.., Event::Head(_, len), Event::Payload(payload)] = &mut self.events[..]
                    else {
                        panic!("a payload without a head");
                    };
                    payload.extend(bytes);
                    assert_eq!(payload.len() + remaining as usize, *len as usize);
                }
            }
        }
    }

    /// The events, and what the stream holds, are those of who has the whole input.
    pub(crate) fn has_all(self, stream: &Stream<'_>, input: &[u8]) {
        let (expected, end) = whole(self.plan, input);
        assert_eq!(self.events, expected, "{:?} {input:02X?}", self.plan);
        match end {
            End::Held(bytes) => assert_eq!(
                (stream.is_between_packets(), stream.held()),
                (bytes.is_empty(), &bytes[..])
            ),
            End::Within => assert!(!stream.is_between_packets()),
            End::Error => {}
        }
    }
}

/// Both ways to give bytes, by turns.
fn fill(stream: &mut Stream<'_>, piece: &[u8]) -> usize {
    if piece.len().is_multiple_of(2) {
        return stream.push(piece);
    }
    let space = stream.space();
    let len = piece.len().min(space.len());
    space[..len].copy_from_slice(&piece[..len]);
    stream.filled(len);
    len
}

/// After an error it gives the same error again, whatever comes.
fn is_sticky(stream: &mut Stream<'_>, codec: &Codec, more: &[u8], error: DecodeError) {
    for _ in 0..2 {
        assert_eq!(stream.next(codec), Err(error));
        assert!(stream.has_next(codec));
        stream.push(more);
    }
}

/// The events of who has the whole input.
fn whole(plan: &Plan, input: &[u8]) -> (Vec<Event>, End) {
    let mut codec = plan.codec;
    let mut choices = plan.choices.iter().copied().cycle();
    let mut events = Vec::new();
    let mut rest = input;
    loop {
        let visible = &rest[..rest.len().min(plan.room)];
        let header = match codec.fixed_header(visible) {
            Ok(Some(header)) => header,
            Ok(None) if visible.len() < plan.room => return (events, End::Held(rest.to_vec())),
            Ok(None) => {
                events.push(Event::Error(too_large(codec, 1)));
                return (events, End::Error);
            }
            Err(error) => {
                events.push(Event::Error(told(error)));
                return (events, End::Error);
            }
        };
        let len = header.frame_len();
        let frame = &rest[..rest.len().min(len)];
        if len <= plan.room {
            match codec.decode(frame) {
                Ok(Some((packet, _))) => {
                    if let Packet::Connect(connect) = packet {
                        codec = codec.with_version(connect.version);
                    }
                    events.push(Event::Packet(fields(&packet)));
                    rest = &rest[len..];
                    continue;
                }
                Ok(None) => return (events, End::Held(rest.to_vec())),
                Err(error) => events.push(Event::Error(told(error))),
            }
            return (events, End::Error);
        }
        let mut choice = choices.next().unwrap();
        if header.packet_type != PacketType::Publish {
            choice = Choice::Skip;
        }
        events.push(Event::Large(len, header.packet_type, choice));
        if choice != Choice::Skip {
            match head(codec, frame, header, plan.room) {
                Ok(Some((head, at))) => {
                    events.push(Event::Head(head, u32::try_from(len - at).unwrap()));
                    let payload = if choice == Choice::Leave { &[] } else { &frame[at..] };
                    events.push(Event::Payload(payload.to_vec()));
                }
                Ok(None) => return (events, End::Within),
                Err(error) => {
                    events.push(Event::Error(error));
                    return (events, End::Error);
                }
            }
        }
        if rest.len() < len {
            return (events, End::Within);
        }
        rest = &rest[len..];
    }
}

/// What an error tells.
type Fault = (ErrorKind, u32, Version);

fn told(error: DecodeError) -> Fault {
    (error.kind, error.offset, error.version)
}

fn too_large(codec: Codec, offset: usize) -> Fault {
    fault(codec, ErrorKind::PacketTooLarge, offset)
}

fn fault(codec: Codec, kind: ErrorKind, offset: usize) -> Fault {
    let version = codec.version.unwrap_or(Version::V5);
    (kind, u32::try_from(offset).unwrap(), version)
}

/// Fields of the head of a large PUBLISH, and where its payload begins; `None` if the input ends
/// before. First its lengths, as far as the buffer shows them; then the head as a PUBLISH without
/// a payload.
fn head(
    codec: Codec,
    frame: &[u8],
    header: FixedHeader,
    room: usize,
) -> Result<Option<(Fields, usize)>, Fault> {
    let visible = &frame[..frame.len().min(room)];
    // The input has ended, or the buffer is full.
    let cut_off = || {
        if visible.len() < room { Ok(None) } else { Err(too_large(codec, header.len)) }
    };
    let lies = |at| Err(fault(codec, ErrorKind::Truncated, at));
    let limit = header.frame_len();
    let topic = header.len;
    let Some(topic_len) = visible.get(topic..topic + 2) else { return cut_off() };
    let id = topic + 2 + usize::from(u16::from_be_bytes([topic_len[0], topic_len[1]]));
    if id > limit {
        return lies(topic);
    }
    let properties = if header.flags & 0b110 == 0 { id } else { id + 2 };
    if properties > limit {
        return lies(id);
    }
    let mut end = properties;
    if codec.version == Some(Version::V5) {
        let length = visible.get(properties..).unwrap_or_default();
        let more = length.iter().take(4).take_while(|byte| **byte >= 0x80).count();
        match length.get(more) {
            _ if more == 4 => return Err(fault(codec, ErrorKind::VarintTooLong, properties)),
            None => return cut_off(),
            Some(0) if more > 0 => {
                return Err(fault(codec, ErrorKind::VarintNotMinimal, properties));
            }
            Some(_) => {}
        }
        let value =
            length[..=more].iter().rev().fold(0, |n, byte| n * 128 + usize::from(byte & 0x7F));
        end += more + 1 + value;
        if end > limit {
            return lies(properties);
        }
    }
    if end > room {
        return Err(too_large(codec, header.len));
    }
    if end > frame.len() {
        return Ok(None);
    }
    // The same head with a Remaining Length of its own.
    let body = &frame[header.len..end];
    let mut alone = vec![frame[0], 0];
    match body.len() {
        len @ 0..=127 => alone[1] = u8::try_from(len).unwrap(),
        len => {
            alone[1] = u8::try_from(len % 128).unwrap() | 0x80;
            alone.push(u8::try_from(len / 128).unwrap());
        }
    }
    let alone_len = alone.len();
    alone.extend(body);
    match codec.decode(&alone) {
        Ok(Some((packet, _))) => Ok(Some((fields(&packet), end))),
        Ok(None) => panic!("a whole frame"),
        Err(error) => {
            let offset = error.offset as usize - alone_len + header.len;
            Err(fault(codec, error.kind, offset))
        }
    }
}
