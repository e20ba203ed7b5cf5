//! Every property in every packet from either side: place, repetition, value, length.

use mqtt_codec::ErrorKind as Kind;
use mqtt_codec::{Codec, Role, Version};

use crate::check;
use crate::common::bytes;
use crate::place::{Data, Known, PLACES, PROPERTIES, Place};

/// Every place that takes the property.
fn allowed() -> impl Iterator<Item = (Place, &'static Known)> {
    PLACES.into_iter().flat_map(|place| {
        PROPERTIES.iter().filter(move |known| place.allows(known)).map(move |known| (place, known))
    })
}

#[test]
fn each_stands_where_table_2_4_says_and_nowhere_else() {
    let either = Codec::either(Version::V5);
    for place in PLACES {
        for known in &PROPERTIES {
            let (frame, offset) = place.with_one(known.id, &known.bytes());
            if place.allows(known) {
                let taken = place.receiver().decode(&frame);
                assert!(
                    matches!(taken, Ok(Some((_, len))) if len == frame.len()),
                    "{place:?} {known:?}"
                );
                assert_eq!(either.decode(&frame), taken);
                continue;
            }
            let kind = match (known.id, place.name) {
                (11, "PUBLISH") => Kind::SubscriptionIdFromClient,
                (17, "DISCONNECT") => Kind::SessionExpiryFromServer,
                _ => Kind::PropertyNotAllowed,
            };
            check(place.receiver(), &frame, kind, offset);
            // Who reads along cannot know the sender of a PUBLISH; a DISCONNECT with a reason code
            // of the server alone tells it.
            if kind != Kind::SubscriptionIdFromClient {
                check(either, &frame, kind, offset);
            }
            // Behind a property that may stand there, too.
            let user = bytes("26 <> <>");
            let (frame, offset) = place.with(&[&user[..], &known.bytes()].concat());
            check(place.receiver(), &frame, kind, offset + user.len());
        }
    }
}

#[test]
fn no_other_identifier_exists() {
    for place in PLACES {
        for id in (0..=255).filter(|id| PROPERTIES.iter().all(|known| known.id != *id)) {
            for value in ["", "00", "00000000", "00 00 00 00 00 00 00 00"] {
                let (frame, offset) = place.with(&[&[id][..], &bytes(value)].concat());
                check(place.receiver(), &frame, Kind::PropertyUnknown, offset);
            }
        }
    }
}

#[test]
fn an_identifier_of_more_bytes_does_not_exist() {
    // The identifier is a Variable Byte Integer: 0x0081 is non-minimal, 0x80 0x02 is 256.
    for place in PLACES {
        for identifier in ["A600 <k> <v>", "8002", "FFFFFFFF"] {
            let (frame, offset) = place.with(&bytes(identifier));
            check(place.receiver(), &frame, Kind::PropertyUnknown, offset);
        }
    }
}

#[test]
fn none_but_user_properties_and_a_servers_subscription_identifiers_stand_twice() {
    for (place, known) in allowed() {
        let one = known.bytes();
        for between in ["", "26 <a> <b>"] {
            let twice = [&one[..], &bytes(between), &one].concat();
            let (frame, offset) = place.with_one(known.id, &twice);
            if place.repeats(known) {
                assert!(place.receiver().decode(&frame).is_ok(), "{place:?} {known:?}");
            } else {
                let second = offset + twice.len() - one.len();
                check(place.receiver(), &frame, Kind::PropertyRepeated, second);
            }
        }
    }
}

#[test]
fn a_value_that_runs_out_of_the_properties_is_refused_at_its_identifier() {
    for (place, known) in allowed() {
        let whole = known.bytes();
        for len in 1..whole.len() {
            let (frame, offset) = place.with_one(known.id, &whole[..len]);
            check(place.receiver(), &frame, Kind::Truncated, offset);
        }
    }
}

#[test]
fn a_length_inside_a_value_that_lies_is_refused() {
    for (place, known) in allowed() {
        if !matches!(known.data, Data::Text | Data::TopicName | Data::Binary | Data::Pair) {
            continue;
        }
        for length in [[0x00, 0x20], [0x01, 0x00], [0xFF, 0xFF]] {
            let mut value = known.bytes();
            value[1..3].copy_from_slice(&length);
            let (frame, offset) = place.with_one(known.id, &value);
            check(place.receiver(), &frame, Kind::Truncated, offset);
        }
    }
}

#[test]
fn flags_are_0_or_1() {
    for (place, known) in allowed().filter(|(_, known)| known.data == Data::Flag) {
        for value in 0..=255 {
            let (frame, offset) = place.with(&[known.id, value]);
            if value < 2 {
                assert!(place.receiver().decode(&frame).is_ok(), "{place:?} {known:?}");
            } else {
                check(place.receiver(), &frame, Kind::PropertyValue, offset);
            }
        }
    }
}

#[test]
fn numbers_that_must_not_be_0() {
    for (place, known) in allowed() {
        let kind = match known.id {
            11 => Kind::SubscriptionIdZero,
            33 => Kind::ReceiveMaximumZero,
            35 => Kind::TopicAliasZero,
            39 => Kind::MaximumPacketSizeZero,
            _ => continue,
        };
        assert!(matches!(known.data, Data::IntegerNot0 | Data::Varint));
        let zeros = vec![0; if known.id == 11 { 1 } else { known.bytes().len() - 1 }];
        let (frame, offset) = place.with(&[&[known.id][..], &zeros].concat());
        check(place.receiver(), &frame, kind, offset);
    }
}

#[test]
fn integers_of_every_value_are_taken() {
    for (place, known) in allowed().filter(|(_, known)| known.data == Data::Integer) {
        for byte in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
            let mut value = known.bytes();
            value[1..].fill(byte);
            let (frame, _) = place.with(&value);
            assert!(place.receiver().decode(&frame).is_ok(), "{place:?} {known:?}");
        }
    }
}

#[test]
fn subscription_identifier_is_a_minimal_integer_of_four_bytes() {
    for (place, known) in allowed().filter(|(_, known)| known.data == Data::Varint) {
        for (value, kind) in [
            ("8100", Kind::VarintNotMinimal),
            ("8000", Kind::VarintNotMinimal),
            ("FF8000", Kind::VarintNotMinimal),
            ("FFFF8000", Kind::VarintNotMinimal),
            ("FFFFFFFF", Kind::VarintTooLong),
            ("8080808001", Kind::VarintTooLong),
            ("FFFFFF", Kind::Truncated),
        ] {
            let (frame, offset) = place.with(&[&[known.id][..], &bytes(value)].concat());
            check(place.receiver(), &frame, kind, offset);
        }
    }
}

#[test]
fn property_length_in_every_packet() {
    for place in PLACES {
        for (length, kind) in [
            ("8000", Kind::VarintNotMinimal),
            ("808000", Kind::VarintNotMinimal),
            ("80808000", Kind::VarintNotMinimal),
            ("80808080", Kind::VarintTooLong),
            ("FFFFFFFF7F", Kind::VarintTooLong),
            ("FFFFFF7F", Kind::Truncated),
            ("7F", Kind::Truncated),
        ] {
            let (frame, start) = place.frame(&bytes(length), true);
            check(place.receiver(), &frame, kind, start);
        }
        // The frame ends within the length, or before the properties do.
        for length in ["80", "FF", "FFFF", "FFFFFF", "01", "05 26 0000"] {
            let (frame, start) = place.frame(&bytes(length), false);
            check(place.receiver(), &frame, Kind::Truncated, start);
        }
    }
}

#[test]
fn authentication_data_need_a_method_in_connect_and_auth() {
    for place in PLACES.into_iter().filter(|place| ["CONNECT", "AUTH"].contains(&place.name)) {
        for (block, refused) in [
            ("{ 16 <D> }", true),
            ("{ 26 <> <> 16 <D> }", true),
            ("{ 16 <D> 15 <M> }", false),
            ("{ 15 <> 16 <> }", false),
            // Section 3.15.2.2.2: an AUTH is nothing without a method.
            ("{}", place.name == "AUTH"),
            ("{ 26 <> <> }", place.name == "AUTH"),
        ] {
            let (frame, start) = place.frame(&bytes(block), true);
            if refused {
                check(place.receiver(), &frame, Kind::AuthenticationMethodMissing, start + 1);
            } else {
                assert!(place.receiver().decode(&frame).is_ok(), "{place:?} {block}");
            }
        }
    }
    // Section 3.2.2.3.18 does not ask for one in a CONNACK.
    let frame = bytes("20 { 00 00 { 16 <D> } }");
    assert!(Codec::client(Version::V5).decode(&frame).is_ok());
}

#[test]
fn an_empty_topic_name_needs_an_alias_and_nothing_else() {
    for role in [Role::Client, Role::Server, Role::Either] {
        let codec = crate::common::codec(Version::V5, role);
        assert!(codec.decode(&bytes("30 { <> { 23 0001 } }")).is_ok());
        assert!(codec.decode(&bytes("34 { <> 0001 { 26 <> <> 23 FFFF 01 00 } 'p' }")).is_ok());
        check(codec, &bytes("30 { <> { 22 0001 } }"), Kind::PropertyNotAllowed, 5);
        check(codec, &bytes("30 { <> { 26 <> <> } 23 0001 }"), Kind::TopicNameEmpty, 2);
    }
}
