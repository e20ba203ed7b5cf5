//! CONNACK, DISCONNECT, AUTH, the pings, and packets that come from the wrong side: what is wrong
//! with them.

use mqtt_codec::ErrorKind as Kind;

use crate::Row;

pub(crate) const CONNACK_V3: &[Row] = &[
    ("flags in the header", "21 { 00 00 }", Kind::ReservedFlags, 0),
    ("nothing", "20 {}", Kind::Truncated, 2),
    ("acknowledge flag 1", "20 { 02 00 }", Kind::ConnackReservedFlags, 2),
    ("acknowledge flag 7 beside Session Present", "20 { 81 00 }", Kind::ConnackReservedFlags, 2),
    ("no return code", "20 { 00 }", Kind::Truncated, 3),
    ("return code 6", "20 { 00 06 }", Kind::ReasonCode, 3),
    ("reason code of 5.0", "20 { 00 86 }", Kind::ReasonCode, 3),
    ("Session Present in a refusal", "20 { 01 05 }", Kind::SessionPresentOnError, 3),
    ("a byte left over", "20 { 00 00 00 }", Kind::TrailingBytes, 4),
];

pub(crate) const CONNACK_V5: &[Row] = &[
    ("flags in the header", "28 { 00 00 {} }", Kind::ReservedFlags, 0),
    ("acknowledge flag 1", "20 { 02 00 {} }", Kind::ConnackReservedFlags, 2),
    ("acknowledge flag 7", "20 { 80 00 {} }", Kind::ConnackReservedFlags, 2),
    ("no reason code", "20 { 00 }", Kind::Truncated, 3),
    ("return code of 3.1.1", "20 { 00 05 {} }", Kind::ReasonCode, 3),
    ("reason code of a DISCONNECT", "20 { 00 8B {} }", Kind::ReasonCode, 3),
    ("Session Present in a refusal", "20 { 01 80 {} }", Kind::SessionPresentOnError, 3),
    ("as in 3.1.1", "20 { 00 00 }", Kind::Truncated, 4),
    ("property length beyond the frame", "20 { 00 00 01 }", Kind::Truncated, 4),
    ("property length not minimal", "20 { 00 00 808000 }", Kind::VarintNotMinimal, 4),
    ("property length of five bytes", "20 { 00 00 FFFFFFFF }", Kind::VarintTooLong, 4),
    ("Receive Maximum 0", "20 { 00 00 { 21 0000 } }", Kind::ReceiveMaximumZero, 5),
    ("Maximum Packet Size 0", "20 { 00 00 { 27 00000000 } }", Kind::MaximumPacketSizeZero, 5),
    ("Maximum QoS 2", "20 { 00 00 { 24 02 } }", Kind::PropertyValue, 5),
    ("Retain Available 2", "20 { 00 00 { 25 02 } }", Kind::PropertyValue, 5),
    ("Reason String twice", "20 { 00 00 { 1F <> 26 <> <> 1F <> } }", Kind::PropertyRepeated, 13),
    ("Will Delay Interval", "20 { 00 00 { 18 00000000 } }", Kind::PropertyNotAllowed, 5),
    ("a byte left over", "20 { 00 00 {} 00 }", Kind::TrailingBytes, 5),
];

pub(crate) const FROM_CLIENT_V3: &[Row] = &[
    ("type 0", "00 {}", Kind::ReservedType, 0),
    ("type 15", "F0 {}", Kind::ReservedType, 0),
    ("CONNACK", "20 { 00 00 }", Kind::WrongDirection, 0),
    ("SUBACK", "90 { 0001 00 }", Kind::WrongDirection, 0),
    ("UNSUBACK", "B0 { 0001 }", Kind::WrongDirection, 0),
    ("PINGRESP", "D0 {}", Kind::WrongDirection, 0),
    ("CONNECT flags", "11 { <MQTT> 04 02 003C <id> }", Kind::ReservedFlags, 0),
    ("PINGREQ flags", "C1 {}", Kind::ReservedFlags, 0),
    ("PINGREQ with a byte", "C0 { 00 }", Kind::TrailingBytes, 2),
    ("DISCONNECT flags", "E1 {}", Kind::ReservedFlags, 0),
    ("DISCONNECT with a reason code", "E0 { 00 }", Kind::TrailingBytes, 2),
    ("Remaining Length not minimal", "C0 8000", Kind::VarintNotMinimal, 1),
    ("Remaining Length of five bytes", "C0 8080808000", Kind::VarintTooLong, 1),
];

pub(crate) const FROM_SERVER_V3: &[Row] = &[
    ("CONNECT", "10 { <MQTT> 04 02 003C <id> }", Kind::WrongDirection, 0),
    ("SUBSCRIBE", "82 { 0001 <a> 00 }", Kind::WrongDirection, 0),
    ("UNSUBSCRIBE", "A2 { 0001 <a> }", Kind::WrongDirection, 0),
    ("PINGREQ", "C0 {}", Kind::WrongDirection, 0),
    // Table 2.1: a DISCONNECT goes from client to server only.
    ("DISCONNECT", "E0 {}", Kind::WrongDirection, 0),
    ("AUTH", "F0 {}", Kind::ReservedType, 0),
    ("PINGRESP flags", "D2 {}", Kind::ReservedFlags, 0),
    ("PINGRESP with a byte", "D0 { 00 }", Kind::TrailingBytes, 2),
];

pub(crate) const FROM_CLIENT_V5: &[Row] = &[
    ("type 0", "0F {}", Kind::ReservedType, 0),
    ("CONNACK", "20 { 00 00 {} }", Kind::WrongDirection, 0),
    ("SUBACK", "90 { 0001 {} 00 }", Kind::WrongDirection, 0),
    ("UNSUBACK", "B0 { 0001 {} 00 }", Kind::WrongDirection, 0),
    ("PINGRESP", "D0 {}", Kind::WrongDirection, 0),
    ("PINGREQ with a byte", "C0 { 00 }", Kind::TrailingBytes, 2),
    ("DISCONNECT flags", "E2 {}", Kind::ReservedFlags, 0),
    ("DISCONNECT reason code of the server", "E0 { 8B }", Kind::ReasonCode, 2),
    ("DISCONNECT unknown reason code", "E0 { 01 }", Kind::ReasonCode, 2),
    ("DISCONNECT property length beyond the frame", "E0 { 00 05 11 000000 }", Kind::Truncated, 3),
    ("DISCONNECT property length not minimal", "E0 { 00 8000 }", Kind::VarintNotMinimal, 3),
    (
        "DISCONNECT Session Expiry Interval twice",
        "E0 { 00 { 11 00000000 11 00000000 } }",
        Kind::PropertyRepeated,
        9,
    ),
    ("DISCONNECT with a byte left over", "E0 { 00 {} 00 }", Kind::TrailingBytes, 4),
    ("AUTH flags", "F2 { 18 { 15 <M> } }", Kind::ReservedFlags, 0),
    ("AUTH of nothing says the server's SUCCESS", "F0 {}", Kind::ReasonCode, 2),
    ("AUTH reason code of the server", "F0 { 00 { 15 <M> } }", Kind::ReasonCode, 2),
    ("AUTH without properties", "F0 { 18 }", Kind::Truncated, 3),
    ("AUTH with no property", "F0 { 18 {} }", Kind::AuthenticationMethodMissing, 4),
    ("AUTH without a method", "F0 { 19 { 16 <D> } }", Kind::AuthenticationMethodMissing, 4),
    ("AUTH method twice", "F0 { 18 { 15 <M> 15 <M> } }", Kind::PropertyRepeated, 8),
    ("AUTH with a byte left over", "F0 { 18 { 15 <M> } 00 }", Kind::TrailingBytes, 8),
];

pub(crate) const FROM_SERVER_V5: &[Row] = &[
    ("CONNECT", "10 { <MQTT> 05 02 003C {} <id> }", Kind::WrongDirection, 0),
    ("SUBSCRIBE", "82 { 0001 {} <a> 00 }", Kind::WrongDirection, 0),
    ("UNSUBSCRIBE", "A2 { 0001 {} <a> }", Kind::WrongDirection, 0),
    ("PINGREQ", "C0 {}", Kind::WrongDirection, 0),
    ("PINGRESP with a byte", "D0 { 00 }", Kind::TrailingBytes, 2),
    ("DISCONNECT reason code of the client", "E0 { 04 }", Kind::ReasonCode, 2),
    (
        "DISCONNECT Session Expiry Interval",
        "E0 { 00 { 11 00000001 } }",
        Kind::SessionExpiryFromServer,
        4,
    ),
    (
        "DISCONNECT Session Expiry Interval in a refusal",
        "E0 { 8B { 1F <> 11 00000001 } }",
        Kind::SessionExpiryFromServer,
        7,
    ),
    ("AUTH reason code of the client", "F0 { 19 { 15 <M> } }", Kind::ReasonCode, 2),
    ("AUTH SUCCESS without properties", "F0 { 00 }", Kind::Truncated, 3),
    ("AUTH without a method", "F0 { 18 { 16 <D> } }", Kind::AuthenticationMethodMissing, 4),
    ("Subscription Identifier 0 in a PUBLISH", "30 { <t> { 0B 00 } }", Kind::SubscriptionIdZero, 6),
    (
        "Subscription Identifier 0 behind another",
        "30 { <t> { 0B 01 0B 00 } }",
        Kind::SubscriptionIdZero,
        8,
    ),
];
