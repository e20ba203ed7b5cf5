//! The properties of a packet. MQTT 5.0 section 2.2.2.
//!
//! ```text
//! +------------------+----------------------------------+----
//! | length in bytes  | identifier | value, by its type  | ...
//! | 1 to 4 bytes     | 1 byte     | 1 byte and more     |
//! +------------------+----------------------------------+----
//! ```

use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::{Strictness, Version};
use crate::error::ErrorKind;
use crate::grammar::BY_WORDS;
use crate::list::{List, Repr};
use crate::place::Place;
use crate::property::{Property, SubscriptionId};
use crate::property_rules::{TOPIC_ALIAS, check_values, check_wire};
use crate::publish::QoS;
use crate::reader::Reader;
use crate::text::Text;
use crate::topic::TopicName;
use crate::writer::{Storer, Writer};

/// The properties of a packet or of a will, in their order. Empty in MQTT 3.1.1.
pub type Properties<'a> = List<'a, Property<'a>>;

/// The value of each property by its name, `None` if it is not there.
///
/// A look-up goes through the list; whoever wants many goes through it once with `iter`.
impl<'a> List<'a, Property<'a>> {
    fn first<T>(&self, pick: impl FnMut(Property<'a>) -> Option<T>) -> Option<T> {
        self.iter().find_map(pick)
    }

    /// True if the payload is UTF-8 text; none means that nothing is said.
    pub fn payload_format_indicator(&self) -> Option<bool> {
        self.first(|p| if let Property::PayloadFormatIndicator(v) = p { Some(v) } else { None })
    }

    /// The message's lifetime in seconds; none means for ever.
    pub fn message_expiry_interval(&self) -> Option<u32> {
        self.first(|p| if let Property::MessageExpiryInterval(v) = p { Some(v) } else { None })
    }

    /// What the payload is.
    pub fn content_type(&self) -> Option<Text<'a>> {
        self.first(|p| if let Property::ContentType(v) = p { Some(v) } else { None })
    }

    /// Where an answer goes.
    pub fn response_topic(&self) -> Option<TopicName<'a>> {
        self.first(|p| if let Property::ResponseTopic(v) = p { Some(v) } else { None })
    }

    /// Which request an answer is for.
    pub fn correlation_data(&self) -> Option<&'a [u8]> {
        self.first(|p| if let Property::CorrelationData(v) = p { Some(v) } else { None })
    }

    /// The first subscription identifier.
    pub fn subscription_identifier(&self) -> Option<SubscriptionId> {
        self.first(|p| if let Property::SubscriptionIdentifier(v) = p { Some(v) } else { None })
    }

    /// Seconds that the session outlives the connection; none means 0, in a CONNACK or DISCONNECT
    /// what the CONNECT said.
    pub fn session_expiry_interval(&self) -> Option<u32> {
        self.first(|p| if let Property::SessionExpiryInterval(v) = p { Some(v) } else { None })
    }

    /// The client identifier that the server chose.
    pub fn assigned_client_identifier(&self) -> Option<Text<'a>> {
        self.first(|p| {
            if let Property::AssignedClientIdentifier(value) = p { Some(value) } else { None }
        })
    }

    /// The keep alive that the server asks for, in seconds; none means the CONNECT's.
    pub fn server_keep_alive(&self) -> Option<u16> {
        self.first(|p| if let Property::ServerKeepAlive(v) = p { Some(v) } else { None })
    }

    /// The authentication method's name.
    pub fn authentication_method(&self) -> Option<Text<'a>> {
        self.first(|p| if let Property::AuthenticationMethod(v) = p { Some(v) } else { None })
    }

    /// The authentication data.
    pub fn authentication_data(&self) -> Option<&'a [u8]> {
        self.first(|p| if let Property::AuthenticationData(v) = p { Some(v) } else { None })
    }

    /// Whether the client wants Reason Strings and User Properties; none means yes.
    pub fn request_problem_information(&self) -> Option<bool> {
        self.first(|p| {
            if let Property::RequestProblemInformation(value) = p { Some(value) } else { None }
        })
    }

    /// Seconds from the end of the connection to the will; none means 0.
    pub fn will_delay_interval(&self) -> Option<u32> {
        self.first(|p| if let Property::WillDelayInterval(v) = p { Some(v) } else { None })
    }

    /// Whether the client asks for a Response Information; none means no.
    pub fn request_response_information(&self) -> Option<bool> {
        self.first(|p| {
            if let Property::RequestResponseInformation(value) = p { Some(value) } else { None }
        })
    }

    /// The basis of response topics.
    pub fn response_information(&self) -> Option<Text<'a>> {
        self.first(|p| if let Property::ResponseInformation(v) = p { Some(v) } else { None })
    }

    /// Another server to go to.
    pub fn server_reference(&self) -> Option<Text<'a>> {
        self.first(|p| if let Property::ServerReference(v) = p { Some(v) } else { None })
    }

    /// The reason for a human reader.
    pub fn reason_string(&self) -> Option<Text<'a>> {
        self.first(|p| if let Property::ReasonString(v) = p { Some(v) } else { None })
    }

    /// QoS 1 and 2 messages that may be in flight at once; none means 65,535.
    pub fn receive_maximum(&self) -> Option<NonZeroU16> {
        self.first(|p| if let Property::ReceiveMaximum(v) = p { Some(v) } else { None })
    }

    /// The highest topic alias that is taken; none means 0, no alias at all.
    pub fn topic_alias_maximum(&self) -> Option<u16> {
        self.first(|p| if let Property::TopicAliasMaximum(v) = p { Some(v) } else { None })
    }

    /// The number that stands for the topic name.
    pub fn topic_alias(&self) -> Option<NonZeroU16> {
        self.first(|p| if let Property::TopicAlias(v) = p { Some(v) } else { None })
    }

    /// The highest QoS that the server takes; none means QoS 2.
    pub fn maximum_qos(&self) -> Option<QoS> {
        self.first(|p| if let Property::MaximumQos(v) = p { Some(v) } else { None })
    }

    /// Whether the server keeps retained messages; none means yes.
    pub fn retain_available(&self) -> Option<bool> {
        self.first(|p| if let Property::RetainAvailable(v) = p { Some(v) } else { None })
    }

    /// The largest packet that is taken, in bytes; none means no limit but the protocol's.
    pub fn maximum_packet_size(&self) -> Option<NonZeroU32> {
        self.first(|p| if let Property::MaximumPacketSize(v) = p { Some(v) } else { None })
    }

    /// Whether the server takes wildcards; none means yes.
    pub fn wildcard_subscription_available(&self) -> Option<bool> {
        self.first(|p| {
            if let Property::WildcardSubscriptionAvailable(value) = p { Some(value) } else { None }
        })
    }

    /// Whether the server takes subscription identifiers; none means yes.
    pub fn subscription_identifiers_available(&self) -> Option<bool> {
        self.first(|p| {
            if let Property::SubscriptionIdentifiersAvailable(value) = p {
                Some(value)
            } else {
                None
            }
        })
    }

    /// Whether the server takes shared subscriptions; none means yes.
    pub fn shared_subscription_available(&self) -> Option<bool> {
        self.first(|p| {
            if let Property::SharedSubscriptionAvailable(value) = p { Some(value) } else { None }
        })
    }

    /// Names and values of the user properties, in their order.
    pub fn user_properties(&self) -> impl Iterator<Item = (Text<'a>, Text<'a>)> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::UserProperty(name, value) => Some((name, value)),
            _ => None,
        })
    }

    /// The subscription identifiers: one in a SUBSCRIBE, one for each subscription that matched in
    /// a PUBLISH from the server.
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = SubscriptionId> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::SubscriptionIdentifier(id) => Some(id),
            _ => None,
        })
    }

    /// The properties of a 5.0 packet: their length, and they themselves, checked for `place`.
    pub(crate) const fn read(r: &mut Reader<'a>, place: Place, strictness: Strictness) -> Self {
        let mut properties = Self::EMPTY;
        properties.fill(r, place, strictness);
        properties
    }

    /// [`read`](Self::read) into an empty list that is already in its place; true if there is a Topic
    /// Alias.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn fill(
        &mut self,
        r: &mut Reader<'a>,
        place: Place,
        strictness: Strictness,
    ) -> bool {
        let len = r.varint();
        if len == 0 && !place.meets(Place::AUTH) {
            return false;
        }
        let bytes = r.take(len as usize);
        *self = Self::wire(bytes);
        match check_wire(bytes, place, strictness) {
            Ok(seen) => seen.has(TOPIC_ALIAS),
            Err((e, mark)) => {
                r.fail_at(e, mark.saturating_add(r.rest().len()));
                false
            }
        }
    }

    /// Checks the properties for `place` before they are written, and returns their length.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn measure(&self, version: Version, place: Place) -> Result<u32, ErrorKind> {
        if let Version::V3 = version {
            return if self.is_empty() { Ok(0) } else { Err(ErrorKind::NotInVersion) };
        }
        if self.is_empty() && !place.meets(Place::AUTH) {
            return Ok(0);
        }
        match self.0 {
            Repr::Wire(bytes) => match check_wire(bytes, place, Strictness::STANDARD) {
                Ok(_) => Ok(bytes.len() as u32),
                Err((e, _)) => Err(e),
            },
            Repr::Values(values) => check_values(values, place),
        }
    }

    /// True if `encode` may leave the topic name of a PUBLISH empty.
    pub(crate) const fn has_topic_alias(&self, version: Version) -> bool {
        match (version, self.0) {
            (Version::V3, _) => false,
            (Version::V5, Repr::Wire(bytes)) => {
                match check_wire(bytes, Place::PUBLISH, Strictness::STANDARD) {
                    Ok(seen) => seen.has(TOPIC_ALIAS),
                    Err(_) => false,
                }
            }
            (Version::V5, Repr::Values(mut values)) => {
                while let Some((property, rest)) = values.split_first() {
                    if let Property::TopicAlias(_) = property {
                        return true;
                    }
                    values = rest;
                }
                false
            }
        }
    }

    /// Writes the length (as `measure` returned it) and the properties; nothing in 3.1.1.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write<const COUNT: bool>(
        &self,
        w: &mut Writer<'_, COUNT>,
        version: Version,
        len: u32,
    ) {
        if let Version::V5 = version {
            w.varint(len);
            if COUNT {
                w.count(len as usize);
            } else if !BY_WORDS {
                self.write_items(w);
            } else if len > 0 {
                // `w` itself is lent to nobody: see `Writer::take`.
                match w.place(len as usize) {
                    Some(place) => self.write_into(place),
                    None => {
                        let mut part = w.take();
                        self.write_items(&mut part);
                        *w = part;
                    }
                }
            }
        }
    }

    /// Writes the properties into the place that they fill.
    #[inline(never)]
    const fn write_into(&self, place: &mut [u8]) {
        let mut w = Storer::store_in(place);
        self.write_each(&mut w);
    }

    /// Writes the properties without their length.
    #[inline(never)]
    pub(crate) const fn write_items<const COUNT: bool>(&self, w: &mut Writer<'_, COUNT>) {
        self.write_each(w);
    }

    #[inline(always)]
    const fn write_each<const COUNT: bool>(&self, w: &mut Writer<'_, COUNT>) {
        match self.0 {
            Repr::Wire(bytes) => w.bytes(bytes),
            Repr::Values(mut values) => {
                while let Some((property, rest)) = values.split_first() {
                    property.write(w);
                    values = rest;
                }
            }
        }
    }
}
