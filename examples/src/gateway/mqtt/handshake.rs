//! From the first byte to CONNACK.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Instant;

use bytes::BytesMut;
use mqtt_codec::session::{Event, SessionError, Settings};
use mqtt_codec::{
    Codec, Connack, Connect, List, Packet, PacketType, Property, ReasonCode, Text, Version,
};
use tokio::time::{timeout, timeout_at};
use topic_matcher::TopicFilter;

use super::end::Fault;
use super::inbound::{TOPIC_ALIASES, will_of};
use crate::gateway::Shared;
use crate::gateway::guard::{Credentials, Denied, Rights};
use crate::gateway::hub::{Attach, Attached, Departure, Refused, Server, ms_of};
use crate::gateway::log::Shown;
use crate::gateway::wire::{Step, Wire};

/// The User Property of a CONNECT that asks for the [origin](super::outbound) of messages.
const WANTS_ORIGIN: &str = "want-origin";

/// For the topic names that messages are sent with once and then by their alias.
const ALIAS_MEMORY: usize = 1024;

/// A client that has been let in. Its CONNACK is in the output.
#[derive(Debug)]
pub(super) struct Greeted<'m> {
    pub(super) server: Box<Server<'m>>,
    pub(super) version: Version,
    pub(super) attached: Attached,
    pub(super) rights: Rights,
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
/// Whoever takes topic aliases gets names remembered in `lent`.
pub(super) async fn greet<'m>(
    wire: &mut Wire,
    lent: &'m mut Vec<u8>,
    shared: &Shared,
) -> Result<Greeted<'m>, Refusal> {
    let limits = &shared.options.limits;
    let settings = Settings::DEFAULT
        .with_buffer(limits.packet_size)
        .with_max_packet_size(limits.packet_size)
        .with_topic_aliases(TOPIC_ALIASES);
    let mut server = Box::new(Server::new(settings, now_ms()));
    let deadline = tokio::time::Instant::now() + limits.connect_timeout;
    let mut input = BytesMut::new();
    let (len, connect) = loop {
        match server.handle_input(&input, now_ms()) {
            Ok((len, Some(Event::Connect(connect)))) => break (len, connect),
            Ok(_) => {}
            Err(error) => return Err(refuse(wire, &mut server, error)),
        }
        match timeout_at(deadline, wire.step(true)).await {
            Err(_) => return Err(Refusal::Silent("sent no CONNECT in time")),
            Ok(Ok(Step::Read(0)) | Err(_)) => return Err(Refusal::Silent("left before CONNECT")),
            Ok(Ok(_)) => input.unsplit(wire.input.split()),
        }
    };
    wire.input.extend_from_slice(input.get(len..).unwrap_or_default());
    if server.limits().topic_alias_maximum > 0 {
        lent.resize(ALIAS_MEMORY, 0);
        server.lend_aliases(lent, &mut []);
    }
    Greeting { wire, shared, server, connect }.answer().await
}

/// A CONNECT to answer.
struct Greeting<'g, 'm> {
    wire: &'g mut Wire,
    shared: &'g Shared,
    server: Box<Server<'m>>,
    connect: Connect<'g>,
}

impl<'m> Greeting<'_, 'm> {
    async fn answer(mut self) -> Result<Greeted<'m>, Refusal> {
        let Self { shared, connect, .. } = self;
        let (version, properties) = (connect.version, connect.properties);
        if properties.authentication_method().is_some() {
            let reason = ReasonCode::BAD_AUTHENTICATION_METHOD;
            return Err(self.refuse(Fault::new(reason, "no enhanced authentication")));
        }
        let (client_id, is_assigned) = match connect.client_id.to_str() {
            "" => (new_client_id(), true),
            client_id => (client_id.to_owned(), false),
        };
        let rights = self.admit(&client_id).await.map_err(|fault| self.refuse(fault))?;
        let assigned = Text::new(&client_id).ok().filter(|_| is_assigned);
        let own = self.properties(assigned);
        if !self.fits(&own) {
            let text = "its limit leaves no room for a CONNACK"; // [MQTT-3.1.2-24]
            return Err(Refusal::Fault(Fault::new(ReasonCode::PACKET_TOO_LARGE, text)));
        }
        let via = self.wire.stream().via_mqtt();
        let session_name = shared.guard.session_name(rights.identity(), &client_id);
        let mut attach = Attach {
            will: connect.will.map(|will| will_of(&will, &session_name, via)),
            client_id: session_name,
            clean_start: connect.clean_start,
            is_kept: match version {
                Version::V5 => properties.session_expiry_interval().is_some_and(|secs| secs > 0),
                Version::V3 => !connect.clean_start,
            },
        };
        let mut attached = self.attach(&mut attach).await?;
        if attached.is_found() && !rights.is_everything() {
            // Rules may be others than when it subscribed, before a restart.
            let may_subscribe = |filter: TopicFilter<'_>| rights.may_subscribe(filter);
            shared.hub.restrict(&attached.session, may_subscribe, |topic| rights.may_read(topic));
        }
        if let Some(ended) = &attached.ended {
            let ended = Shown(ended);
            shared
                .log
                .line(format_args!("{ended}: session ended to make room, it was away longest"));
        }
        let session_present = attached.resume(&mut self.server);
        let own = self.properties(assigned);
        let connack = Connack::new(session_present, ReasonCode::SUCCESS);
        let connack = Connack { properties: List::new(&own), ..connack };
        let Self { wire, mut server, .. } = self;
        if wire.output.append(|out| server.accept(&connack, now_ms(), out)).is_err() {
            let server = Box::new(server.absent(now_ms()));
            let departure = Departure { server, says_will: false };
            shared.hub.detach(&attached.session, &attached.link, Some(departure));
            let text = "a CONNACK that cannot be said";
            return Err(Refusal::Fault(Fault::new(
                ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
                text,
            )));
        }
        let wants_origin = properties.user_properties().any(|(name, _)| name == *WANTS_ORIGIN);
        Ok(Greeted { server, version, attached, rights, wants_origin })
    }

    /// What the client may do, if it is let in. Sections 4.13 and 5.4; [MQTT-3.1.4-2]
    async fn admit(&self, client_id: &str) -> Result<Rights, Fault> {
        let Self { shared, connect, .. } = self;
        let guard = &shared.guard;
        let identity = match (connect.user_name, connect.password) {
            // Over WebSocket, HTTP may have asked before.
            (None, None) => self.wire.stream().identity().clone(),
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
            let text = "no rule lets you publish this will";
            return Err(Fault::new(ReasonCode::NOT_AUTHORIZED, text));
        }
        Ok(rights)
    }

    /// What a CONNACK of 5.0 says of this server.
    fn properties<'p>(&self, assigned: Option<Text<'p>>) -> Vec<Property<'p>> {
        let mut properties = Vec::new();
        if self.connect.version == Version::V5 {
            properties.extend(self.server.announcements());
            properties.extend(assigned.map(Property::AssignedClientIdentifier)); // [MQTT-3.1.3-7]
            let wanted = self.connect.keep_alive;
            let longest = self.shared.options.limits.keep_alive;
            if longest > 0 && (wanted == 0 || wanted > longest) {
                properties.push(Property::ServerKeepAlive(longest)); // [MQTT-3.1.2-21]
            }
        }
        properties
    }

    /// Lets the client in, once another connection with its name has gone.
    async fn attach(&mut self, attach: &mut Attach) -> Result<Attached, Refusal> {
        let attach = async {
            loop {
                match self.shared.hub.attach(attach) {
                    Err(Refused::Occupied(link)) => link.gone().await,
                    Err(Refused::Full(_)) => return None,
                    Ok(attached) => return Some(attached),
                }
            }
        };
        let attached = timeout(self.shared.options.limits.connect_timeout, attach).await;
        attached.ok().flatten().ok_or_else(|| {
            let reason = match self.connect.version {
                Version::V3 => ReasonCode::SERVER_UNAVAILABLE,
                Version::V5 => ReasonCode::QUOTA_EXCEEDED,
            };
            let text = "too many sessions, or no memory left for a will";
            self.refuse(Fault::new(reason, text))
        })
    }

    /// Does the client take a CONNACK with these properties?
    fn fits(&self, properties: &[Property<'_>]) -> bool {
        let most = self.connect.properties.maximum_packet_size().map_or(u32::MAX, |n| n.get());
        let connack = Connack::new(false, ReasonCode::SUCCESS);
        let connack = Packet::Connack(Connack { properties: List::new(properties), ..connack });
        let len = Codec::server().with_version(self.connect.version).encoded_len(&connack);
        len.is_ok_and(|len| len <= most as usize)
    }

    /// A CONNACK that says no. 3.1.1 has few words for it; without one, it says nothing. [MQTT-3.2.2-6]
    fn refuse(&mut self, fault: Fault) -> Refusal {
        let mut connack = Connack::new(false, fault.reason);
        let reason = Text::new(&fault.text).map(Property::ReasonString).ok();
        if self.connect.version == Version::V5 {
            connack.properties = List::new(reason.as_slice());
        }
        let Self { wire, server, .. } = self;
        let _ = wire.output.append(|out| server.accept(&connack, now_ms(), out));
        Refusal::Fault(fault)
    }
}

/// Sends what the session answers to what is no acceptable CONNECT: who speaks another protocol gets nothing.
fn refuse(wire: &mut Wire, server: &mut Server<'_>, error: SessionError) -> Refusal {
    let answer =
        |out: &mut [u8]| server.poll_transmit(now_ms(), out).map(Option::unwrap_or_default);
    let _ = wire.output.append(answer);
    match error {
        SessionError::Packet(error) if error.packet_type != Some(PacketType::Connect) => {
            Refusal::Silent("does not speak MQTT")
        }
        error => Refusal::Fault(error.into()),
    }
}

fn now_ms() -> u64 {
    ms_of(Instant::now())
}

/// A name that no client has by accident.
fn new_client_id() -> String {
    format!("gateway-{:016x}", RandomState::new().build_hasher().finish())
}
