//! Records as bytes. Numbers are big-endian.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mqtt_codec::{
    Codec, Delivery, List, Packet, PacketId, Publish, QoS, RetainHandling, SubscriptionId,
    SubscriptionOptions, TopicName, Version,
};

use super::{Row, Subscribed};
use crate::gateway::hub::{Message, Via};
use crate::gateway::mqtt;

/// A message:
///
/// ```text
/// +--------------+-----+---------------------+-----------+-------------------+
/// | kept at      | via | publisher's length  | publisher | PUBLISH           |
/// | 8, Unix time | 1   | 4; none is all ones |           | as in MQTT 5.0    |
/// +--------------+-----+---------------------+-----------+-------------------+
/// ```
///
/// Its Message Expiry Interval is what was left when it was kept. `None` if it cannot be said.
pub(in crate::gateway) fn message_of(message: &Message, now: Instant) -> Option<Box<[u8]>> {
    let mut properties = Vec::new();
    mqtt::properties_of(message, now, &mut properties);
    let id = PacketId::new(1)?;
    let delivery = match message.qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { id, dup: false },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { id, dup: false },
    };
    let publish = Packet::Publish(Publish {
        topic: TopicName::new(&message.topic).ok()?,
        delivery,
        retain: message.retain,
        properties: List::new(&properties),
        payload: &message.payload,
    });
    let codec = Codec::client(Version::V5);
    let mut out = unix_secs().to_be_bytes().to_vec();
    out.push(VIAS.iter().position(|via| *via == message.via)? as u8);
    let publisher = message.publisher.as_deref();
    let len = publisher.map_or(u32::MAX, |publisher| publisher.len() as u32);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(publisher.unwrap_or_default().as_bytes());
    let head = out.len();
    out.resize(head + codec.encoded_len(&publish).ok()?, 0);
    codec.encode(&publish, out.get_mut(head..)?).ok()?;
    Some(out.into())
}

/// Reads it again; `None` if it is no such record.
pub(in crate::gateway) fn message_from(bytes: &[u8], now: Instant) -> Option<Message> {
    let (kept_at, rest) = bytes.split_first_chunk()?;
    let (&via, rest) = rest.split_first()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (publisher, rest) = match u32::from_be_bytes(*len) {
        u32::MAX => (None, rest),
        len => {
            let (publisher, rest) = rest.split_at_checked(len as usize)?;
            (Some(std::str::from_utf8(publisher).ok()?.into()), rest)
        }
    };
    let (packet, len) = Codec::server().with_version(Version::V5).decode(rest).ok()??;
    let Packet::Publish(publish) = packet else { return None };
    let via = VIAS.get(usize::from(via)).filter(|_| len == rest.len())?;
    let mut message = mqtt::message_of(&publish.properties, publish.payload, *via);
    message.topic = publish.topic.to_str().into();
    message.qos = publish.delivery.qos();
    message.retain = publish.retain;
    message.publisher = publisher;
    let waited = unix_secs().saturating_sub(u64::from_be_bytes(*kept_at));
    let left = publish.properties.message_expiry_interval();
    message.expire_in(left.map(|left| u64::from(left).saturating_sub(waited) as u32), now);
    Some(message)
}

/// A place is a number: only the end may grow.
const VIAS: [Via; 12] = [
    Via::Gateway,
    Via::Mqtt,
    Via::Mqtts,
    Via::Ws,
    Via::Wss,
    Via::Coap,
    Via::CoapTcp,
    Via::CoapsTcp,
    Via::CoapWs,
    Via::CoapsWs,
    Via::Http,
    Via::Https,
];

/// The time, in seconds since 1970.
pub(in crate::gateway) fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

const HAS_MESSAGE: u8 = 1;
const HAS_HANDLE: u8 = 2;
const EXACTLY_ONCE: u8 = 4;
const RETAIN: u8 = 8;

/// `flags 1, message 8, handle 4, subscription identifiers 4 each`; what is not there is 0.
pub(super) fn row_of(row: &Row) -> Vec<u8> {
    let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
    let flags = flag(row.message.is_some(), HAS_MESSAGE)
        | flag(row.handle.is_some(), HAS_HANDLE)
        | flag(row.exactly_once, EXACTLY_ONCE)
        | flag(row.retain, RETAIN);
    let mut out = vec![flags];
    out.extend_from_slice(&row.message.unwrap_or_default().to_be_bytes());
    out.extend_from_slice(&row.handle.unwrap_or_default().to_be_bytes());
    for id in &row.subscription_ids {
        out.extend_from_slice(&id.get().to_be_bytes());
    }
    out
}

pub(super) fn row_from(bytes: &[u8]) -> Option<Row> {
    let (&flags, rest) = bytes.split_first()?;
    let (message, rest) = rest.split_first_chunk()?;
    let (handle, rest) = rest.split_first_chunk()?;
    if rest.len() % 4 != 0 || flags > 15 {
        return None;
    }
    let ids = rest.chunks_exact(4).filter_map(|id| Some(u32::from_be_bytes(id.try_into().ok()?)));
    let ids = ids.map(SubscriptionId::new);
    Some(Row {
        message: (flags & HAS_MESSAGE != 0).then(|| u64::from_be_bytes(*message)),
        handle: (flags & HAS_HANDLE != 0).then(|| u32::from_be_bytes(*handle)),
        exactly_once: flags & EXACTLY_ONCE != 0,
        retain: flags & RETAIN != 0,
        subscription_ids: ids.collect::<Option<_>>()?,
    })
}

/// `QoS 1, No Local 1, Retain As Published 1, Retain Handling 1, identifier or 0 4, owes retained 1`
pub(super) fn subscribed_of(subscription: &Subscribed) -> [u8; 9] {
    let SubscriptionOptions { qos, no_local, retain_as_published, retain_handling, .. } =
        subscription.options;
    let [a, b, c, d] = subscription.id.map_or(0, |id| id.get()).to_be_bytes();
    let flags = [qos as u8, no_local.into(), retain_as_published.into(), retain_handling as u8];
    let [e, f, g, h] = flags;
    [e, f, g, h, a, b, c, d, subscription.owes_retained.into()]
}

pub(super) fn subscribed_from(bytes: &[u8]) -> Option<Subscribed> {
    let &[qos, no_local @ 0..=1, as_published @ 0..=1, handling, a, b, c, d, owes @ 0..=1] = bytes
    else {
        return None;
    };
    let mut options = SubscriptionOptions::new(QoS::new(qos)?);
    options.no_local = no_local == 1;
    options.retain_as_published = as_published == 1;
    options.retain_handling = match handling {
        0 => RetainHandling::Send,
        1 => RetainHandling::SendIfNew,
        2 => RetainHandling::DoNotSend,
        _ => return None,
    };
    let id = SubscriptionId::new(u32::from_be_bytes([a, b, c, d]));
    Some(Subscribed { options, id, owes_retained: owes == 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were() {
        let now = Instant::now();
        let mut message = Message::new("a/b", "payload");
        message.qos = QoS::ExactlyOnce;
        message.retain = true;
        message.via = Via::Https;
        message.publisher = Some("me of alice".into());
        message.properties.content_type = Some("text/plain".into());
        message.properties.correlation_data = Some([0, 1, 2].into());
        message.properties.user_properties = vec![("n".into(), "v".into()); 2];
        message.expire_in(Some(100), now);
        let bytes = message_of(&message, now).unwrap();
        let again = message_from(&bytes, now).unwrap();
        let without_time = |message: &Message| {
            let mut message = message.clone();
            message.expires = None;
            format!("{message:?}")
        };
        assert_eq!(without_time(&again), without_time(&message));
        assert!((98..=100).contains(&again.remaining_secs(now).unwrap()));
        for len in 0..bytes.len() {
            assert!(message_from(&bytes[..len], now).is_none(), "{len}");
        }
        // An hour later.
        let mut late = bytes.to_vec();
        late[..8].copy_from_slice(&(unix_secs() - 3600).to_be_bytes());
        assert!(message_from(&late, now).unwrap().is_expired(now));
        for row in [
            Row {
                message: Some(7),
                handle: None,
                exactly_once: true,
                retain: false,
                subscription_ids: vec![SubscriptionId::new(1).unwrap(); 2],
            },
            Row {
                message: None,
                handle: Some(0),
                exactly_once: false,
                retain: true,
                subscription_ids: Vec::new(),
            },
        ] {
            let bytes = row_of(&row);
            assert_eq!(row_from(&bytes).unwrap(), row);
            assert!(row_from(&bytes[..bytes.len() - 1]).is_none());
        }
        let mut options = SubscriptionOptions::new(QoS::AtLeastOnce);
        options.no_local = true;
        options.retain_handling = RetainHandling::SendIfNew;
        for (id, owes_retained) in [(None, true), (SubscriptionId::new(268_435_455), false)] {
            let subscription = Subscribed { options, id, owes_retained };
            let bytes = subscribed_of(&subscription);
            assert_eq!(subscribed_from(&bytes), Some(subscription));
            assert_eq!(subscribed_from(&bytes[1..]), None);
        }
    }
}
