//! The codec value: what decoding and encoding depend on.

use crate::connect::Connect;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::fixed_header::{FixedHeader, check_sender};
use crate::grammar::BY_WORDS;
use crate::packet::{IN_PLACE, Packet, PacketType};
use crate::publish::Publish;
use crate::reader::Reader;
use crate::subscribe::Subscribe;
use crate::varint;
use crate::writer::{Counter, Storer};

/// What decoding and encoding depend on: version, side, limits. Small, `Copy`, made in `const`.
///
/// ```
/// use mqtt_codec::{Codec, Packet, Publish, TopicName, Version};
///
/// let codec = Codec::client(Version::V5);
/// let publish = Publish::new(TopicName::from_static("house/door"), b"open");
/// let mut buffer = [0; 64];
/// let len = codec.encode(&Packet::Publish(publish), &mut buffer)?;
/// assert_eq!(&buffer[..len], b"\x30\x11\x00\x0Ahouse/door\x00open");
///
/// let server = Codec::server().with_version(Version::V5);
/// let (packet, used) = server.decode(&buffer).unwrap().unwrap();
/// assert_eq!((packet, used), (Packet::Publish(publish), len));
/// # Ok::<(), mqtt_codec::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codec {
    /// The version that is spoken. `None`: a server before CONNECT, which takes either and nothing
    /// but a CONNECT; [`Connect::version`](crate::Connect::version) then tells.
    pub version: Option<Version>,
    /// Which side we are. Many rules hold for one direction only.
    pub role: Role,
    /// The largest packet that is decoded, in bytes with its fixed header. A larger one is refused
    /// as soon as its Remaining Length is there.
    pub max_packet_size: u32,
    /// What is refused although the standard only advises against it.
    pub strictness: Strictness,
}

/// The version of MQTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Version {
    /// 3.1.1, protocol level 4.
    V3 = 4,
    /// 5.0, protocol version 5.
    V5 = 5,
}

/// Which side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The side that sends CONNECT.
    Client,
    /// The side that answers it.
    Server,
    /// Neither: who reads along takes what any side may send.
    Either,
}

impl Role {
    /// The side that sends to this one.
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
            Self::Either => Self::Either,
        }
    }
}

/// Refusals that the standard leaves to the receiver. MQTT 5.0 section 1.5.4
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Strictness {
    /// Refuse texts with U+0001 to U+001F or U+007F to U+009F.
    pub refuse_control_characters: bool,
    /// Refuse texts with U+FDD0 to U+FDEF or a code point that ends in FFFE or FFFF.
    pub refuse_non_characters: bool,
}

impl Strictness {
    /// What the standard says MUST be refused, no more.
    pub const STANDARD: Self =
        Self { refuse_control_characters: false, refuse_non_characters: false };
    /// Also what it says SHOULD NOT be sent.
    pub const PEDANTIC: Self =
        Self { refuse_control_characters: true, refuse_non_characters: true };
}

/// What the body of a packet depends on.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    pub(crate) version: Version,
    pub(crate) sender: Role,
    pub(crate) strictness: Strictness,
}

impl Codec {
    /// A client that speaks `version`, without a limit on what it receives.
    pub const fn client(version: Version) -> Self {
        Self { version: Some(version), ..Self::new(Role::Client) }
    }

    /// A server before CONNECT: it takes a CONNECT of either version, of any size.
    pub const fn server() -> Self {
        Self::new(Role::Server)
    }

    /// A reader of both directions.
    pub const fn either(version: Version) -> Self {
        Self { version: Some(version), ..Self::new(Role::Either) }
    }

    const fn new(role: Role) -> Self {
        Self { version: None, role, max_packet_size: u32::MAX, strictness: Strictness::STANDARD }
    }

    /// The same with this version, and no other.
    pub const fn with_version(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The same with a limit on packets that are decoded, in bytes with their fixed header.
    pub const fn with_max_packet_size(self, max_packet_size: u32) -> Self {
        Self { max_packet_size, ..self }
    }

    /// The same with another strictness.
    pub const fn with_strictness(self, strictness: Strictness) -> Self {
        Self { strictness, ..self }
    }

    /// The packet at the start of `input` and its length; `None` if it is not complete.
    ///
    /// Every rule of the standard that one packet alone can break is checked here; lists are then
    /// iterated without errors. The packet borrows from `input`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with kind, offset, rule, and the reason code to answer with.
    #[inline]
    pub fn decode<'a>(&self, input: &'a [u8]) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        match self.fixed_header(input)? {
            Some(header) => self.decode_behind(header, input),
            None => Ok(None),
        }
    }

    /// As [`decode`](Self::decode), where the fixed header was read before.
    #[inline]
    pub(crate) fn decode_behind<'a>(
        &self,
        header: FixedHeader,
        input: &'a [u8],
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        let len = header.frame_len();
        let Some(body) = input.get(header.len..len) else {
            return Ok(None);
        };
        if IN_PLACE {
            let context = self.context(self.role.peer());
            match header.packet_type {
                PacketType::Publish => return self.decode_publish(header, body, input),
                PacketType::Connect => {
                    let read = |r: &mut _| Connect::read_body(r, self.version, self.strictness);
                    return self.decode_as(header, body, input, read, Packet::Connect);
                }
                PacketType::Subscribe => {
                    let read = |r: &mut _| Subscribe::read_body(r, context);
                    return self.decode_as(header, body, input, read, Packet::Subscribe);
                }
                _ => {}
            }
        }
        let mut r = Reader::new(body);
        let packet = Packet::read_body(&mut r, header, self);
        match self.error_of(&r, len, input) {
            None => Ok(Some((packet, len))),
            Some(error) => Err(error),
        }
    }

    /// [`Packet::read_body`] for a PUBLISH alone, with a reader that stays in registers.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn decode_publish<'a>(
        &self,
        header: FixedHeader,
        body: &'a [u8],
        input: &'a [u8],
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        let (mut r, len, mut publish) = (Reader::new(body), header.frame_len(), Publish::NOTHING);
        publish.read_body(&mut r, header.flags, self.context(self.role.peer()));
        match self.error_of(&r, len, input) {
            None => Ok(Some((Packet::Publish(publish), len))),
            Some(error) => Err(error),
        }
    }

    /// [`Packet::read_body`] for one type alone, with a reader that stays in registers.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn decode_as<'a, T>(
        &self,
        header: FixedHeader,
        body: &'a [u8],
        input: &'a [u8],
        read: impl FnOnce(&mut Reader<'a>) -> T,
        wrap: fn(T) -> Packet<'a>,
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        let (mut r, len) = (Reader::new(body), header.frame_len());
        let packet = read(&mut r);
        match self.error_of(&r, len, input) {
            None => Ok(Some((wrap(packet), len))),
            Some(error) => Err(error),
        }
    }

    /// Writes `packet` to the start of `out` and returns its length.
    ///
    /// It is `const`, so that a packet can be made while the program is built:
    ///
    /// ```
    /// use mqtt_codec::{Codec, Connect, Packet, Text, Version};
    ///
    /// const CONNECT: Packet<'static> =
    ///     Packet::Connect(Connect::new(Version::V3, Text::from_static("sensor-7")));
    /// const CODEC: Codec = Codec::client(Version::V3);
    /// static BYTES: [u8; 22] = CODEC.encode_const(&CONNECT);
    /// assert_eq!(&BYTES, b"\x10\x14\0\x04MQTT\x04\x02\0\x3C\0\x08sensor-7");
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`] with the exact length, [`EncodeError::Invalid`] for a packet
    /// that the standard forbids; then `out` is as it was.
    #[inline]
    pub const fn encode(&self, packet: &Packet<'_>, out: &mut [u8]) -> Result<usize, EncodeError> {
        self.encode_before(packet, 0, out)
    }

    /// As [`encode`](Self::encode), where somebody else sends the last `behind` bytes of the packet.
    #[inline]
    pub(crate) const fn encode_before(
        &self,
        packet: &Packet<'_>,
        behind: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        if !BY_WORDS {
            return self.encode_one(packet, behind, out);
        }
        // The frequent types have a way of their own: what depends on the type is asked once, not
        // at every step. Half the time, for flash that a small machine does not have.
        match packet {
            Packet::Publish(_) => self.encode_one(packet, behind, out),
            Packet::Connect(_) => self.encode_one(packet, behind, out),
            Packet::Subscribe(_) => self.encode_one(packet, behind, out),
            _ => self.encode_other(packet, behind, out),
        }
    }

    #[inline(never)]
    const fn encode_other(
        &self,
        packet: &Packet<'_>,
        behind: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        self.encode_one(packet, behind, out)
    }

    #[inline(always)]
    const fn encode_one(
        &self,
        packet: &Packet<'_>,
        behind: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let plan = match self.plan(packet, behind) {
            Ok(plan) => plan,
            Err(kind) => return Err(EncodeError::Invalid(kind)),
        };
        let needed = plan.frame_len().saturating_sub(behind as usize);
        let Some((out, _)) = out.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        plan.write(packet, &mut Storer::store_in(out));
        Ok(needed)
    }

    /// The length of `packet` in bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] for a packet that the standard forbids.
    pub const fn encoded_len(&self, packet: &Packet<'_>) -> Result<usize, EncodeError> {
        match self.plan(packet, 0) {
            Ok(plan) => Ok(plan.frame_len()),
            Err(kind) => Err(EncodeError::Invalid(kind)),
        }
    }

    /// Writes the bytes of `packet` from index `from` on, as many as `out` holds, and returns how
    /// many; 0 once `from` is the packet's length. So a packet passes through a buffer of any size,
    /// and encoding goes on where a short write stopped. Each call checks the whole packet;
    /// [`Sending`](crate::Sending) checks it once.
    ///
    /// ```
    /// # use mqtt_codec::{Codec, Packet, Publish, TopicName, Version};
    /// let codec = Codec::client(Version::V3);
    /// let packet = Packet::Publish(Publish::new(TopicName::from_static("a/b"), b"a long payload"));
    /// let (mut fifo, mut sent) = ([0; 4], Vec::new());
    /// loop {
    ///     let len = codec.encode_part(&packet, sent.len(), &mut fifo)?;
    ///     if len == 0 {
    ///         break;
    ///     }
    ///     sent.extend_from_slice(&fifo[..len]);
    /// }
    /// assert_eq!(sent.len(), codec.encoded_len(&packet)?);
    /// # Ok::<(), mqtt_codec::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] for a packet that the standard forbids.
    pub const fn encode_part(
        &self,
        packet: &Packet<'_>,
        from: usize,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let plan = match self.plan(packet, 0) {
            Ok(plan) => plan,
            Err(kind) => return Err(EncodeError::Invalid(kind)),
        };
        Ok(plan.write_part(packet, from, out))
    }

    /// Writes all of a PUBLISH but its payload, which follows from where it lies: `payload_len`
    /// bytes of it ([`Publish::payload`] is not looked at). Returns the length of what was written.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); `needed` is the length of this head.
    pub const fn encode_publish_head(
        &self,
        publish: &Publish<'_>,
        payload_len: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let head = Publish { payload: &[], ..*publish };
        self.encode_publish(&head, payload_len, out)
    }

    /// As [`encode_before`](Self::encode_before) for a PUBLISH.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn encode_publish(
        &self,
        publish: &Publish<'_>,
        behind: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let Some(version) = self.version else {
            return Err(EncodeError::Invalid(ErrorKind::NotConnect));
        };
        let lengths = match publish.measure(self.context(self.role)) {
            Ok(lengths) => lengths,
            Err(kind) => return Err(EncodeError::Invalid(kind)),
        };
        let mut w = Counter::new();
        publish.write_body(&mut w, version, lengths);
        let remaining_length = w.len().saturating_add(behind as usize);
        if remaining_length > varint::MAX as usize {
            return Err(EncodeError::Invalid(ErrorKind::PacketTooLarge));
        }
        let remaining_length = remaining_length as u32;
        let needed = w.len().saturating_add(1).saturating_add(varint::len(remaining_length));
        let Some((out, _)) = out.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        let mut w = Storer::store_in(out);
        w.u8(0x30 | publish.flags());
        w.varint(remaining_length);
        publish.write_body(&mut w, version, lengths);
        Ok(needed)
    }

    /// Encodes a packet while the program is built, into exactly `N` bytes.
    ///
    /// # Panics
    ///
    /// If the packet is not `N` bytes long or not allowed: in a `const` or `static`, the build
    /// fails.
    #[expect(clippy::panic, reason = "meant for constants, where it fails the build")]
    pub const fn encode_const<const N: usize>(&self, packet: &Packet<'_>) -> [u8; N] {
        let mut bytes = [0; N];
        match self.encode(packet, &mut bytes) {
            Ok(len) if len == N => bytes,
            Ok(_) => panic!("the packet is shorter than the array"),
            Err(EncodeError::BufferTooSmall { .. }) => {
                panic!("the packet is longer than the array")
            }
            Err(EncodeError::Invalid(_)) => panic!("not a packet that MQTT allows"),
        }
    }

    #[inline(always)]
    pub(crate) const fn context(&self, sender: Role) -> Context {
        let version = match self.version {
            Some(version) => version,
            None => Version::V5,
        };
        Context { version, sender, strictness: self.strictness }
    }

    /// Checks `packet`, of which `behind` bytes are sent by somebody else, and measures what must be known
    /// before its first byte.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline)]
    pub(crate) const fn plan(&self, packet: &Packet<'_>, behind: u32) -> Result<Plan, ErrorKind> {
        let mut context = self.context(self.role);
        match (packet, self.version) {
            (Packet::Connect(connect), None) => context.version = connect.version,
            (_, None) => return Err(ErrorKind::NotConnect),
            (Packet::Connect(connect), Some(version)) if connect.version as u8 != version as u8 => {
                return Err(ErrorKind::ProtocolVersion);
            }
            _ => {}
        }
        let packet_type = packet.packet_type();
        if let Err(e) = check_sender(packet_type, context.version, context.sender) {
            return Err(match e {
                ErrorKind::ReservedType => ErrorKind::NotInVersion,
                e => e,
            });
        }
        let lengths = match packet.measure(context) {
            Ok(lengths) => lengths,
            Err(e) => return Err(e),
        };
        let mut w = Counter::new();
        packet.write_body(&mut w, context.version, context.sender, lengths);
        let remaining_length = w.len().saturating_add(behind as usize);
        if remaining_length > varint::MAX as usize {
            return Err(ErrorKind::PacketTooLarge);
        }
        Ok(Plan {
            version: context.version,
            sender: context.sender,
            lengths,
            remaining_length: remaining_length as u32,
        })
    }

    /// The error in `r`, which ends with byte `end` of the frame that `input` starts with.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn error_of(
        &self,
        r: &Reader<'_>,
        end: usize,
        input: &[u8],
    ) -> Option<DecodeError> {
        match r.error() {
            None => None,
            Some(kind) => Some(self.error(kind, end.saturating_sub(r.error_mark()), input)),
        }
    }

    /// The error `offset` bytes from the start of the frame that `input` starts with.
    #[inline(always)]
    pub(crate) const fn error(&self, kind: ErrorKind, offset: usize, input: &[u8]) -> DecodeError {
        match (self.version, self.role) {
            (Some(version), _) => error_in(version, kind, offset, input),
            // A client has a version.
            (None, Role::Client) => error_in(Version::V5, kind, offset, input),
            (None, _) => error_before_version(kind, offset, input),
        }
    }
}

#[cold]
#[inline(never)]
const fn error_in(version: Version, kind: ErrorKind, offset: usize, input: &[u8]) -> DecodeError {
    let packet_type = match input {
        [first, ..] => PacketType::from_first_byte(*first),
        [] => None,
    };
    DecodeError { kind, offset: offset as u32, version, packet_type }
}

#[cold]
#[inline(never)]
const fn error_before_version(kind: ErrorKind, offset: usize, input: &[u8]) -> DecodeError {
    // The fixed header is judged before anything behind it is there.
    let version = if offset < 2 { Version::V5 } else { connect_version(input) };
    error_in(version, kind, offset, input)
}

/// The version in whose words a CONNECT that is wrong is answered: 3.1.1 up to its level, also with the
/// bit by which brokers tell that they are a bridge, and for the name of 3.1; else 5.0. 3.1.1 [MQTT-3.1.2-2]
const fn connect_version(frame: &[u8]) -> Version {
    let mut r = Reader::new(frame);
    r.u8();
    if r.varint() < 7 {
        return Version::V5;
    }
    match r.take(7) {
        [0, 4, b'M', b'Q', b'T', b'T', 0..=4 | 0x80..=0x84]
        | [0, 6, b'M', b'Q', b'I', b's', b'd'] => Version::V3,
        _ => Version::V5,
    }
}

/// A packet that was checked, ready to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    version: Version,
    sender: Role,
    lengths: Lengths,
    remaining_length: u32,
}

/// Lengths that stand before what they count. Of pointer size: two halves of a word that are read
/// together right after they were written make the processor wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) properties: usize,
    pub(crate) will_properties: usize,
}

impl Lengths {
    pub(crate) const NONE: Self = Self { properties: 0, will_properties: 0 };

    pub(crate) const fn of(properties: Result<u32, ErrorKind>) -> Result<Self, ErrorKind> {
        match properties {
            Ok(len) => Ok(Self { properties: len as usize, ..Self::NONE }),
            Err(e) => Err(e),
        }
    }
}

impl Plan {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn frame_len(&self) -> usize {
        varint::len(self.remaining_length)
            .saturating_add(1)
            .saturating_add(self.remaining_length as usize)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline)]
    const fn write(&self, packet: &Packet<'_>, w: &mut Storer<'_>) {
        w.u8(packet.first_byte());
        w.varint(self.remaining_length);
        packet.write_body(w, self.version, self.sender, self.lengths);
    }

    /// Writes from byte `from` on what `out` holds; how many bytes that was.
    pub(crate) const fn write_part(
        &self,
        packet: &Packet<'_>,
        from: usize,
        out: &mut [u8],
    ) -> usize {
        let room = out.len();
        let mut w = Storer::store_from(from, out);
        self.write(packet, &mut w);
        room.saturating_sub(w.room())
    }
}
