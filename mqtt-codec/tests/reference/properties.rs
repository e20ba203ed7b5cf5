//! The grammar of properties: MQTT 5.0 section 2.2.2 and those of the packets.

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{consumed, map, verify};
use nom::multi::length_data;
use nom::number::complete::{be_u16, be_u32, u8};

use super::{Fields, Given, Input, Parsed, fail, string, topic_name, varint};

/// The properties of the packet `name`, each as its bytes.
pub(crate) fn properties<'a>(i: Input<'a>, name: &str, given: Given) -> Parsed<'a, Fields> {
    let (behind, mut i) = length_data(varint).parse(i)?;
    let mut fields: Fields = Vec::new();
    while !i.is_empty() {
        let (next, (bytes, id)) = consumed(|i| property(i, name, given)).parse(i)?;
        let again = fields.iter().any(|(_, bytes)| u32::from(bytes[0]) == id);
        if again && id != 38 && !(id == 11 && name == "PUBLISH") {
            return fail(i);
        }
        fields.push(("property", bytes.to_vec()));
        i = next;
    }
    let has = |id| fields.iter().any(|(_, bytes)| bytes[0] == id);
    let needs_method = name == "AUTH" || name == "CONNECT" && has(22);
    if needs_method && !has(21) { fail(i) } else { Ok((behind, fields)) }
}

/// One property that this packet may have; its identifier.
fn property<'a>(i: Input<'a>, name: &str, given: Given) -> Parsed<'a, u32> {
    let (i, id) = varint(i)?;
    let from_server = !given.from_client;
    let allowed = match id {
        1 | 2 | 3 | 8 | 9 => ["PUBLISH", "Will"].contains(&name),
        11 => name == "SUBSCRIBE" || name == "PUBLISH" && from_server,
        17 => ["CONNECT", "CONNACK"].contains(&name) || name == "DISCONNECT" && given.from_client,
        21 | 22 => ["CONNECT", "CONNACK", "AUTH"].contains(&name),
        23 | 25 => name == "CONNECT",
        24 => name == "Will",
        28 => ["CONNACK", "DISCONNECT"].contains(&name),
        31 => !["CONNECT", "Will", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"].contains(&name),
        33 | 34 | 39 => ["CONNECT", "CONNACK"].contains(&name),
        35 => name == "PUBLISH",
        18 | 19 | 26 | 36 | 37 | 40 | 41 | 42 => name == "CONNACK",
        38 => true,
        _ => false,
    };
    if !allowed {
        return fail(i);
    }
    let (i, ()) = match id {
        1 | 23 | 25 | 36 | 37 | 40 | 41 | 42 => map(verify(u8, |n| *n < 2), drop).parse(i)?,
        2 | 17 | 24 => map(take(4_usize), drop).parse(i)?,
        39 => map(verify(be_u32, |n| *n > 0), drop).parse(i)?,
        19 | 34 => map(take(2_usize), drop).parse(i)?,
        33 | 35 => map(verify(be_u16, |n| *n > 0), drop).parse(i)?,
        11 => map(verify(varint, |n| *n > 0), drop).parse(i)?,
        9 | 22 => map(length_data(be_u16), drop).parse(i)?,
        8 => map(topic_name, drop).parse(i)?,
        38 => map((string, string), drop).parse(i)?,
        _ => map(string, drop).parse(i)?,
    };
    Ok((i, id))
}
