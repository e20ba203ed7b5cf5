//! MQTT 5.0 table 2-4, for people: the names of the properties and what their numbers count.

/// How the value lies on the wire, and what stands behind its number.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// One byte: what 0 and 1 mean.
    Flag(&'static str, &'static str),
    /// Two bytes, and the unit.
    TwoByte(&'static str),
    /// Four bytes, and the unit.
    FourByte(&'static str),
    Varint,
    Text,
    Binary,
    Pair,
}

const NO_YES: Shape = Shape::Flag("no", "yes");

pub(super) const fn shape(identifier: u8) -> Option<(&'static str, Shape)> {
    Some(match identifier {
        1 => ("Payload Format Indicator", Shape::Flag("bytes", "UTF-8 text")),
        2 => ("Message Expiry Interval", Shape::FourByte(" s")),
        3 => ("Content Type", Shape::Text),
        8 => ("Response Topic", Shape::Text),
        9 => ("Correlation Data", Shape::Binary),
        11 => ("Subscription Identifier", Shape::Varint),
        17 => ("Session Expiry Interval", Shape::FourByte(" s")),
        18 => ("Assigned Client Identifier", Shape::Text),
        19 => ("Server Keep Alive", Shape::TwoByte(" s")),
        21 => ("Authentication Method", Shape::Text),
        22 => ("Authentication Data", Shape::Binary),
        23 => ("Request Problem Information", NO_YES),
        24 => ("Will Delay Interval", Shape::FourByte(" s")),
        25 => ("Request Response Information", NO_YES),
        26 => ("Response Information", Shape::Text),
        28 => ("Server Reference", Shape::Text),
        31 => ("Reason String", Shape::Text),
        33 => ("Receive Maximum", Shape::TwoByte(" messages in flight")),
        34 => ("Topic Alias Maximum", Shape::TwoByte("")),
        35 => ("Topic Alias", Shape::TwoByte("")),
        36 => ("Maximum QoS", Shape::Flag("QoS 0", "QoS 1")),
        37 => ("Retain Available", NO_YES),
        38 => ("User Property", Shape::Pair),
        39 => ("Maximum Packet Size", Shape::FourByte(" bytes")),
        40 => ("Wildcard Subscription Available", NO_YES),
        41 => ("Subscription Identifiers Available", NO_YES),
        42 => ("Shared Subscription Available", NO_YES),
        _ => return None,
    })
}
