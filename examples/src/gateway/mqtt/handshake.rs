//! From the first byte to CONNACK.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;
use std::time::Duration;

use mqtt_codec::{
    Codec, Connack, Connect, DecodeError, ErrorKind, List, Packet, Property, QoS, ReasonCode, Text,
    Version,
};
use tokio::time::timeout;

use super::end::Fault;
use super::inbound::{TOPIC_ALIASES, will_of};
use crate::gateway::Shared;
use crate::gateway::guard::{Credentials, Denied, Rights};
use crate::gateway::hub::{Attach, Attached, NEVER_ENDS};
use crate::gateway::log::Shown;
use crate::gateway::wire::{Step, Wire};

/// The User Property of a CONNECT that asks for the [origin](super::outbound) of messages.
const WANTS_ORIGIN: &str = "want-origin";

/// A client that has been let in. Its CONNACK is in the output.
#[derive(Debug)]
pub(super) struct Greeted {
    pub(super) codec: Codec,
    pub(super) attached: Attached,
    pub(super) rights: Rights,
    pub(super) keep_alive: Option<Duration>,
    /// The client's Maximum Packet Size.
    pub(super) send_limit: usize,
    /// The Session Expiry Interval of the CONNECT.
    pub(super) expiry: u32,
    /// It asks by which protocol each message came, and when.
    pub(super) wants_origin: bool,
}

/// Why nobody was let in.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Not even a CONNECT.
    Silent(&'static str),
    /// The answer, if there is one, is in the output.
    Fault(Fault),
}

/// Reads the CONNECT and answers it. What lies behind it stays in the input: a client need not wait
/// for the CONNACK. MQTT 5.0 section 3.1.4
pub(super) async fn greet(wire: &mut Wire, shared: &Shared) -> Result<Greeted, Refusal> {
    let limits = &shared.options.limits;
    let codec = Codec::server().with_max_packet_size(limits.packet_size);
    let wait = async {
        loop {
            match codec.frame_len(&wire.input) {
                Ok(Some(len)) if wire.input.len() >= len => return Ok(len),
                Ok(_) => {}
                Err(error) => {
                    let input = wire.input.split();
                    return Err(refuse_bytes(wire, codec, error, &input));
                }
            }
            match wire.step(true).await {
                Ok(Step::Read(0)) | Err(_) => return Err(Refusal::Silent("left before CONNECT")),
                Ok(_) => {}
            }
        }
    };
    let len = timeout(limits.connect_timeout, wait)
        .await
        .unwrap_or(Err(Refusal::Silent("sent no CONNECT in time")))?;

    let frame = wire.input.split_to(len);
    match codec.decode(&frame) {
        Ok(Some((Packet::Connect(connect), _))) => {
            let codec = codec.with_version(connect.version);
            let client_id = match connect.client_id.to_str() {
                "" => new_client_id(),
                client_id => client_id.to_owned(),
            };
            let rights = admit(&connect, &client_id, wire, shared).await;
            let rights = rights.map_err(|fault| refuse(wire, codec, fault))?;
            accept(wire, codec, &connect, &client_id, rights, shared)
        }
        Ok(_) => Err(Refusal::Silent("sent no CONNECT")),
        Err(error) => Err(refuse_bytes(wire, codec, error, &frame)),
    }
}

/// What the client may do, if it is let in. Sections 4.13 and 5.4; [MQTT-3.1.4-2]
async fn admit(
    connect: &Connect<'_>,
    client_id: &str,
    wire: &Wire,
    shared: &Shared,
) -> Result<Rights, Fault> {
    let guard = &shared.guard;
    let identity = match (connect.user_name, connect.password) {
        // Over WebSocket, HTTP may have asked before.
        (None, None) => wire.stream().identity().clone(),
        (name, password) => {
            let name = name.as_ref().map_or("", |name| name.to_str());
            let credentials = Credentials { name, password: password.unwrap_or_default() };
            guard.identify(&credentials).await.map_err(|denied| match denied {
                Denied::Wrong => {
                    let reason = ReasonCode::BAD_USER_NAME_OR_PASSWORD;
                    Fault::new(reason, "the user name or the password is wrong")
                }
                Denied::Busy => Fault::new(
                    match connect.version {
                        Version::V3 => ReasonCode::SERVER_UNAVAILABLE,
                        Version::V5 => ReasonCode::SERVER_BUSY,
                    },
                    "too many passwords to look at",
                ),
            })?
        }
    };
    let rights = guard.rights(&identity, Some(client_id));
    let will = connect.will.map(|will| will.topic);
    if !rights.is_admitted() {
        return Err(Fault::new(ReasonCode::NOT_AUTHORIZED, "say who you are"));
    }
    if will.is_some_and(|topic| !rights.may_write(topic.to_str())) {
        return Err(Fault::new(ReasonCode::NOT_AUTHORIZED, "no rule lets you publish this will"));
    }
    Ok(rights)
}

fn accept(
    wire: &mut Wire,
    codec: Codec,
    connect: &Connect<'_>,
    client_id: &str,
    rights: Rights,
    shared: &Shared,
) -> Result<Greeted, Refusal> {
    let properties = connect.properties;
    if properties.authentication_method().is_some() {
        let fault = Fault::new(ReasonCode::BAD_AUTHENTICATION_METHOD, "no enhanced authentication");
        return Err(refuse(wire, codec, fault));
    }
    if connect.will.is_some_and(|will| will.qos > QoS::AtLeastOnce) {
        // [MQTT-3.2.2-12]; 3.1.1 has no return code for it.
        let fault = Fault::new(ReasonCode::QOS_NOT_SUPPORTED, "a will of QoS 2");
        return Err(refuse(wire, codec, fault));
    }
    let assigned = connect.client_id.is_empty();
    let session_name = shared.guard.session_name(rights.identity(), client_id);
    let expiry = match connect.version {
        Version::V5 => properties.session_expiry_interval().unwrap_or(0),
        Version::V3 if connect.clean_start => 0,
        Version::V3 => NEVER_ENDS,
    };
    let in_flight = shared.options.limits.in_flight;
    let receive_maximum =
        properties.receive_maximum().map_or(in_flight, |n| n.get().min(in_flight));
    let send_limit = properties.maximum_packet_size().map_or(usize::MAX, |n| n.get() as usize);
    let mut own = own_properties(codec, assigned.then_some(client_id));
    let mut keep_alive = connect.keep_alive;
    let longest = shared.options.limits.keep_alive;
    if connect.version == Version::V5 && longest > 0 && (keep_alive == 0 || keep_alive > longest) {
        keep_alive = longest;
        own.push(Property::ServerKeepAlive(longest)); // [MQTT-3.1.2-21]
    }
    let answer =
        Connack { properties: List::new(&own), ..Connack::new(false, ReasonCode::SUCCESS) };
    if !codec.encoded_len(&Packet::Connack(answer)).is_ok_and(|len| len <= send_limit) {
        let text = "its limit leaves no room for a CONNACK"; // [MQTT-3.1.2-24]
        return Err(Refusal::Fault(Fault::new(ReasonCode::PACKET_TOO_LARGE, text)));
    }
    let attach = Attach {
        will: connect.will.map(|will| will_of(&will, &session_name, wire.stream().via_mqtt())),
        client_id: session_name,
        clean_start: connect.clean_start,
        expiry,
        receive_maximum,
    };
    let attached = shared.hub.attach(attach).map_err(|_| {
        let reason = match connect.version {
            Version::V3 => ReasonCode::SERVER_UNAVAILABLE,
            Version::V5 => ReasonCode::QUOTA_EXCEEDED,
        };
        refuse(wire, codec, Fault::new(reason, "too many sessions, or no memory left for a will"))
    })?;
    if let Some(ended) = &attached.ended {
        let ended = Shown(ended);
        shared.log.line(format_args!("{ended}: session ended to make room, it was away longest"));
    }
    let answer = Connack { session_present: attached.session_present, ..answer };
    let _ = wire.output.append(|out| codec.encode(&Packet::Connack(answer), out));
    let keep_alive = (keep_alive > 0).then(|| Duration::from_millis(u64::from(keep_alive) * 1500)); // [MQTT-3.1.2-22]
    let wants_origin = properties.user_properties().any(|(name, _)| name == *WANTS_ORIGIN);
    Ok(Greeted { codec, attached, rights, keep_alive, send_limit, expiry, wants_origin })
}

/// What a CONNACK of 5.0 says of this server.
fn own_properties(codec: Codec, assigned: Option<&str>) -> Vec<Property<'_>> {
    let mut properties = Vec::new();
    if codec.version == Some(Version::V5) {
        properties.push(Property::MaximumQos(QoS::AtLeastOnce)); // [MQTT-3.2.2-9]
        properties.push(Property::TopicAliasMaximum(TOPIC_ALIASES));
        properties.extend(NonZeroU32::new(codec.max_packet_size).map(Property::MaximumPacketSize));
        let assigned = assigned.and_then(|id| Text::new(id).ok());
        properties.extend(assigned.map(Property::AssignedClientIdentifier)); // [MQTT-3.1.3-7]
    }
    properties
}

/// Answers what is no acceptable CONNECT: who speaks another protocol gets nothing.
fn refuse_bytes(wire: &mut Wire, codec: Codec, error: DecodeError, input: &[u8]) -> Refusal {
    if input.first() != Some(&0x10) {
        return Refusal::Silent("does not speak MQTT");
    }
    let version = match error.kind {
        ErrorKind::VarintTooLong | ErrorKind::VarintNotMinimal | ErrorKind::PacketTooLarge => None,
        // [MQTT-3.1.2-2]: 3.1.1 answers with return code 1, 5.0 with 0x84. Who asks for less than
        // 3.1.1, also by the name that 3.1 had, understands the former.
        ErrorKind::ProtocolVersion => match input.get(error.offset as usize) {
            Some(0..=4) => Some(Version::V3),
            _ => Some(Version::V5),
        },
        ErrorKind::ProtocolName => {
            input.windows(6).take(8).any(|name| name == b"MQIsdp").then_some(Version::V3)
        }
        _ => Some(error.version),
    };
    match version {
        Some(version) => refuse(wire, codec.with_version(version), error.into()),
        None => Refusal::Fault(error.into()),
    }
}

/// A CONNACK that says no. 3.1.1 has few words for it; without one, it says nothing. [MQTT-3.2.2-6]
fn refuse(wire: &mut Wire, codec: Codec, fault: Fault) -> Refusal {
    let mut answer = Connack::new(false, fault.reason);
    let reason = Text::new(&fault.text).map(Property::ReasonString).ok();
    if codec.version == Some(Version::V5) {
        answer.properties = List::new(reason.as_slice());
    }
    let packet = Packet::Connack(answer);
    let _ = wire.output.append(|out| codec.encode(&packet, out));
    Refusal::Fault(fault)
}

/// A name that no client has by accident.
fn new_client_id() -> String {
    format!("gateway-{:016x}", RandomState::new().build_hasher().finish())
}
