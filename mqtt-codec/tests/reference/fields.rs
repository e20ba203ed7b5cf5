//! The fields of a decoded packet, in the order of the grammar.

use mqtt_codec::{Packet, Properties, Property};

/// A packet as a list of named fields; numbers as their bytes.
pub(crate) type Fields = Vec<(&'static str, Vec<u8>)>;

/// What the grammar should have found.
pub(crate) fn fields(packet: &Packet<'_>) -> Fields {
    let mut fields = vec![("type", vec![packet.packet_type() as u8])];
    let id = |id: mqtt_codec::PacketId| ("packet id", id.get().to_be_bytes().to_vec());
    match packet {
        Packet::Connect(p) => {
            fields.push(("version", vec![p.version as u8]));
            fields.push(("clean start", vec![u8::from(p.clean_start)]));
            fields.push(("keep alive", p.keep_alive.to_be_bytes().to_vec()));
            fields.extend(properties(&p.properties));
            fields.push(("client id", p.client_id.as_bytes().to_vec()));
            if let Some(will) = &p.will {
                fields.push(("will qos", vec![will.qos as u8]));
                fields.push(("will retain", vec![u8::from(will.retain)]));
                fields.push(("will topic", will.topic.as_bytes().to_vec()));
                fields.push(("will payload", will.payload.to_vec()));
                fields.extend(properties(&will.properties));
            }
            fields.extend(p.user_name.map(|name| ("user name", name.as_bytes().to_vec())));
            fields.extend(p.password.map(|password| ("password", password.to_vec())));
        }
        Packet::Connack(p) => {
            fields.push(("session present", vec![u8::from(p.session_present)]));
            fields.push(("reason", vec![p.reason_code.get()]));
            fields.extend(properties(&p.properties));
        }
        Packet::Publish(p) => {
            fields.push(("dup", vec![u8::from(p.delivery.dup())]));
            fields.push(("qos", vec![p.delivery.qos() as u8]));
            fields.push(("retain", vec![u8::from(p.retain)]));
            fields.push(("topic", p.topic.as_bytes().to_vec()));
            fields.extend(p.delivery.packet_id().map(id));
            fields.extend(properties(&p.properties));
            fields.push(("payload", p.payload.to_vec()));
        }
        Packet::Ack(p) => {
            assert_eq!(p.kind as u8, packet.packet_type() as u8);
            fields.push(id(p.id));
            fields.push(("reason", vec![p.reason_code.get()]));
            fields.extend(properties(&p.properties));
        }
        Packet::Subscribe(p) => {
            fields.push(id(p.id));
            fields.extend(properties(&p.properties));
            for one in p.subscriptions {
                fields.push(("filter", one.filter.as_bytes().to_vec()));
                let options = one.options;
                let byte = options.qos as u8
                    | u8::from(options.no_local) << 2
                    | u8::from(options.retain_as_published) << 3
                    | (options.retain_handling as u8) << 4;
                fields.push(("options", vec![byte]));
            }
        }
        Packet::Unsubscribe(p) => {
            fields.push(id(p.id));
            fields.extend(properties(&p.properties));
            fields.extend(p.filters.iter().map(|f| ("filter", f.as_bytes().to_vec())));
        }
        Packet::Suback(p) => {
            fields.push(id(p.id));
            fields.extend(properties(&p.properties));
            fields.extend(p.reason_codes.iter().map(|code| ("code", vec![code.get()])));
        }
        Packet::Unsuback(p) => {
            fields.push(id(p.id));
            fields.extend(properties(&p.properties));
            fields.extend(p.reason_codes.iter().map(|code| ("code", vec![code.get()])));
        }
        Packet::Pingreq | Packet::Pingresp => {}
        Packet::Disconnect(p) => {
            fields.push(("reason", vec![p.reason_code.get()]));
            fields.extend(properties(&p.properties));
        }
        Packet::Auth(p) => {
            fields.push(("reason", vec![p.reason_code.get()]));
            fields.extend(properties(&p.properties));
        }
    }
    fields
}

fn properties(list: &Properties<'_>) -> Fields {
    list.iter().map(|property| ("property", bytes(property))).collect()
}

fn bytes(property: Property<'_>) -> Vec<u8> {
    let flag = |flag| vec![u8::from(flag)];
    let string =
        |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let (id, value) = match property {
        Property::PayloadFormatIndicator(yes) => (1, flag(yes)),
        Property::MessageExpiryInterval(secs) => (2, secs.to_be_bytes().to_vec()),
        Property::ContentType(text) => (3, string(text.as_bytes())),
        Property::ResponseTopic(topic) => (8, string(topic.as_bytes())),
        Property::CorrelationData(data) => (9, string(data)),
        Property::SubscriptionIdentifier(id) => (11, varint(id.get())),
        Property::SessionExpiryInterval(secs) => (17, secs.to_be_bytes().to_vec()),
        Property::AssignedClientIdentifier(text) => (18, string(text.as_bytes())),
        Property::ServerKeepAlive(secs) => (19, secs.to_be_bytes().to_vec()),
        Property::AuthenticationMethod(text) => (21, string(text.as_bytes())),
        Property::AuthenticationData(data) => (22, string(data)),
        Property::RequestProblemInformation(yes) => (23, flag(yes)),
        Property::WillDelayInterval(secs) => (24, secs.to_be_bytes().to_vec()),
        Property::RequestResponseInformation(yes) => (25, flag(yes)),
        Property::ResponseInformation(text) => (26, string(text.as_bytes())),
        Property::ServerReference(text) => (28, string(text.as_bytes())),
        Property::ReasonString(text) => (31, string(text.as_bytes())),
        Property::ReceiveMaximum(n) => (33, n.get().to_be_bytes().to_vec()),
        Property::TopicAliasMaximum(n) => (34, n.to_be_bytes().to_vec()),
        Property::TopicAlias(n) => (35, n.get().to_be_bytes().to_vec()),
        Property::MaximumQos(qos) => (36, vec![qos as u8]),
        Property::RetainAvailable(yes) => (37, flag(yes)),
        Property::UserProperty(name, value) => {
            (38, [string(name.as_bytes()), string(value.as_bytes())].concat())
        }
        Property::MaximumPacketSize(n) => (39, n.get().to_be_bytes().to_vec()),
        Property::WildcardSubscriptionAvailable(yes) => (40, flag(yes)),
        Property::SubscriptionIdentifiersAvailable(yes) => (41, flag(yes)),
        Property::SharedSubscriptionAvailable(yes) => (42, flag(yes)),
        other => panic!("{other:?}"),
    };
    [vec![id], value].concat()
}

fn varint(mut n: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 128 {
        bytes.push((n % 128) as u8 | 128);
        n /= 128;
    }
    bytes.push(n as u8);
    bytes
}
