//! MQTT 3.1.1 and 5.0 as a grammar in nom, written from the standards and not from `src`: slow,
//! plain, with one answer to every fault. It says whether a frame is a packet, and which fields.

mod fields;
mod properties;

use core::str;

use nom::branch::alt;
use nom::bytes::complete::{take, take_while_m_n};
use nom::combinator::{all_consuming, cond, map, map_opt, rest, success, verify};
use nom::multi::length_data;
use nom::number::complete::{be_u16, u8};
use nom::{IResult, Parser};

pub(crate) use fields::{Fields, fields};
use properties::properties;

type Input<'a> = &'a [u8];
type Parsed<'a, T> = IResult<Input<'a>, T>;

/// What a rule may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) five: bool,
    pub(crate) from_client: bool,
}

/// The fields of the packet at the start of `input`, if there is one and it is whole.
pub(crate) fn packet(input: &[u8], given: Given) -> Option<(Fields, usize)> {
    let (behind, (first, body)) =
        (u8::<_, nom::error::Error<_>>, length_data(varint)).parse(input).ok()?;
    let (_, mut fields) = all_consuming(|i| self::body(i, first, given)).parse(body).ok()?;
    fields.insert(0, ("type", vec![first >> 4]));
    Some((fields, input.len() - behind.len()))
}

fn body(i: Input<'_>, first: u8, given: Given) -> Parsed<'_, Fields> {
    let Given { five, from_client } = given;
    match (first, from_client) {
        (0x10, true) => connect(i, given),
        (0x20, false) => connack(i, given),
        (0x30..=0x3F, _) => publish(i, first & 0x0F, given),
        (0x40, _) => ack(i, given, "PUBACK", PUBACK),
        (0x50, _) => ack(i, given, "PUBREC", PUBACK),
        (0x62, _) => ack(i, given, "PUBREL", PUBREL),
        (0x70, _) => ack(i, given, "PUBCOMP", PUBREL),
        (0x82, true) => subscribe(i, given),
        (0x90, false) => {
            let codes: &[u8] = if five { SUBACK } else { &[0x00, 0x01, 0x02, 0x80] };
            answer(i, given, "SUBACK", codes)
        }
        (0xA2, true) => unsubscribe(i, given),
        (0xB0, false) if five => answer(i, given, "UNSUBACK", UNSUBACK),
        (0xB0, false) => map(packet_id, |id| vec![id]).parse(i),
        (0xC0, true) | (0xD0, false) => Ok((i, Vec::new())),
        (0xE0, true) if !five => Ok((i, vec![("reason", vec![0])])),
        (0xE0, _) if five => disconnect(i, given),
        (0xF0, _) if five => auth(i, given),
        _ => fail(i),
    }
}

fn connect(i: Input<'_>, given: Given) -> Parsed<'_, Fields> {
    let version = if given.five { 5 } else { 4 };
    let (i, _) = verify(length_data(be_u16), |name: &[u8]| name == b"MQTT").parse(i)?;
    let (i, _) = verify(u8, |byte| *byte == version).parse(i)?;
    let (i, flags) = verify(u8, |flags| flags_are_right(*flags, given)).parse(i)?;
    let (i, keep_alive) = be_u16(i)?;
    let (i, properties_) = cond(given.five, |i| properties(i, "CONNECT", given)).parse(i)?;
    let new = flags & 0x02 != 0;
    let (i, id) = verify(string, |id: &str| given.five || new || !id.is_empty()).parse(i)?;
    let mut fields = vec![
        ("version", vec![version]),
        ("clean start", vec![u8::from(new)]),
        ("keep alive", keep_alive.to_be_bytes().to_vec()),
    ];
    fields.extend(properties_.unwrap_or_default());
    fields.push(("client id", id.into()));
    let (i, will) = cond(flags & 0x04 != 0, |i| will(i, flags, given)).parse(i)?;
    fields.extend(will.unwrap_or_default());
    let (i, user_name) = cond(flags & 0x80 != 0, string).parse(i)?;
    fields.extend(user_name.map(|user_name| ("user name", user_name.into())));
    let (i, password) = cond(flags & 0x40 != 0, length_data(be_u16)).parse(i)?;
    fields.extend(password.map(|password: &[u8]| ("password", password.to_vec())));
    Ok((i, fields))
}

/// Figure 3-4 and the rules of its bits.
fn flags_are_right(flags: u8, given: Given) -> bool {
    let bits: [bool; 8] = core::array::from_fn(|bit| flags >> bit & 1 == 1);
    let [reserved, _, will, qos_low, qos_high, retain, password, user_name] = bits;
    let qos_3 = qos_low && qos_high;
    let without_will = !will && (qos_low || qos_high || retain);
    let password_alone = password && !user_name && !given.five;
    !(reserved || qos_3 || without_will || password_alone)
}

fn will(i: Input<'_>, flags: u8, given: Given) -> Parsed<'_, Fields> {
    let (i, properties_) = cond(given.five, |i| properties(i, "Will", given)).parse(i)?;
    let (i, topic) = topic_name(i)?;
    let (i, payload) = length_data(be_u16).parse(i)?;
    let mut fields = vec![
        ("will qos", vec![flags >> 3 & 3]),
        ("will retain", vec![flags >> 5 & 1]),
        ("will topic", topic.into()),
        ("will payload", payload.to_vec()),
    ];
    fields.extend(properties_.unwrap_or_default());
    Ok((i, fields))
}

fn connack(i: Input<'_>, given: Given) -> Parsed<'_, Fields> {
    let codes: &[u8] = if given.five { CONNACK } else { &[0, 1, 2, 3, 4, 5] };
    let (i, present) = verify(u8, |flags| *flags < 2).parse(i)?;
    let (i, code) = verify(reason(codes), |code| present == 0 || *code == 0).parse(i)?;
    let (i, properties_) = cond(given.five, |i| properties(i, "CONNACK", given)).parse(i)?;
    // MQTT 3.1.1 table 3.1, in the words of 5.0.
    let code = match (given.five, code) {
        (true, code) => code,
        (false, 1) => 0x84,
        (false, 2) => 0x85,
        (false, 3) => 0x88,
        (false, 4) => 0x86,
        (false, 5) => 0x87,
        (false, _) => 0,
    };
    let mut fields = vec![("session present", vec![present]), ("reason", vec![code])];
    fields.extend(properties_.unwrap_or_default());
    Ok((i, fields))
}

fn publish(i: Input<'_>, flags: u8, given: Given) -> Parsed<'_, Fields> {
    let (dup, qos, retain) = (flags >> 3, flags >> 1 & 3, flags & 1);
    if qos == 3 || dup == 1 && qos == 0 {
        return fail(i);
    }
    let empty = map_opt(string, |topic| topic.is_empty().then_some(topic));
    let (i, topic) = alt((topic_name, empty)).parse(i)?;
    let (i, id) = cond(qos > 0, packet_id).parse(i)?;
    let (i, properties_) = cond(given.five, |i| properties(i, "PUBLISH", given)).parse(i)?;
    let properties_ = properties_.unwrap_or_default();
    if topic.is_empty() && !properties_.iter().any(|(_, bytes)| bytes[0] == 35) {
        return fail(i);
    }
    let (i, payload) = rest(i)?;
    let mut fields = vec![
        ("dup", vec![dup]),
        ("qos", vec![qos]),
        ("retain", vec![retain]),
        ("topic", topic.into()),
    ];
    fields.extend(id);
    fields.extend(properties_);
    fields.push(("payload", payload.to_vec()));
    Ok((i, fields))
}

fn ack<'a>(i: Input<'a>, given: Given, name: &str, codes: &'static [u8]) -> Parsed<'a, Fields> {
    let (i, id) = packet_id(i)?;
    let (i, more) = if given.five { short(i, name, codes, given)? } else { (i, success_()) };
    Ok((i, [vec![id], more].concat()))
}

fn disconnect(i: Input<'_>, given: Given) -> Parsed<'_, Fields> {
    let codes = if given.from_client { DISCONNECT_FROM_CLIENT } else { DISCONNECT_FROM_SERVER };
    short(i, "DISCONNECT", codes, given)
}

fn success_() -> Fields {
    vec![("reason", vec![0])]
}

/// Reason code and properties, of which the end may be left out.
fn short<'a>(i: Input<'a>, name: &str, codes: &'static [u8], given: Given) -> Parsed<'a, Fields> {
    if i.is_empty() {
        return Ok((i, success_()));
    }
    let (i, code) = reason(codes).parse(i)?;
    let (i, properties_) = cond(!i.is_empty(), |i| properties(i, name, given)).parse(i)?;
    let mut fields = vec![("reason", vec![code])];
    fields.extend(properties_.unwrap_or_default());
    Ok((i, fields))
}

fn auth(i: Input<'_>, given: Given) -> Parsed<'_, Fields> {
    if i.is_empty() && !given.from_client {
        return Ok((i, success_()));
    }
    let codes: &[u8] = if given.from_client { &[0x18, 0x19] } else { &[0x00, 0x18] };
    let (i, code) = reason(codes).parse(i)?;
    let (i, properties_) = properties(i, "AUTH", given)?;
    Ok((i, [vec![("reason", vec![code])], properties_].concat()))
}

fn subscribe(i: Input<'_>, given: Given) -> Parsed<'_, Fields> {
    list(i, given, "SUBSCRIBE", |i| {
        let (i, filter) = topic_filter(i, given)?;
        let (i, options) = verify(u8, |options| {
            let (qos, no_local, handling) = (options & 3, options & 4 != 0, options >> 4 & 3);
            qos < 3
                && handling < 3
                && options & 0xC0 == 0
                && (given.five || *options < 3)
                && !(no_local && filter.starts_with("$share/"))
        })
        .parse(i)?;
        Ok((i, vec![("filter", filter.into()), ("options", vec![options])]))
    })
}

fn unsubscribe(i: Input<'_>, given: Given) -> Parsed<'_, Fields> {
    list(i, given, "UNSUBSCRIBE", |i| {
        map(|i| topic_filter(i, given), |filter| vec![("filter", filter.into())]).parse(i)
    })
}

fn answer<'a>(i: Input<'a>, given: Given, name: &str, codes: &'static [u8]) -> Parsed<'a, Fields> {
    list(i, given, name, |i| map(reason(codes), |code| vec![("code", vec![code])]).parse(i))
}

/// Packet identifier, properties, and one item or more to the end.
fn list<'a>(
    i: Input<'a>,
    given: Given,
    name: &str,
    mut item: impl FnMut(Input<'a>) -> Parsed<'a, Fields>,
) -> Parsed<'a, Fields> {
    let (i, id) = packet_id(i)?;
    let (i, properties_) = cond(given.five, |i| properties(i, name, given)).parse(i)?;
    let mut fields = [vec![id], properties_.unwrap_or_default()].concat();
    let (mut i, first) = item(i)?;
    fields.extend(first);
    while !i.is_empty() {
        let (behind, next) = item(i)?;
        fields.extend(next);
        i = behind;
    }
    Ok((i, fields))
}

fn packet_id(i: Input<'_>) -> Parsed<'_, (&'static str, Vec<u8>)> {
    let id = verify(take(2_usize), |id: &[u8]| id != [0, 0]);
    map(id, |id: &[u8]| ("packet id", id.to_vec())).parse(i)
}

fn reason<'a>(
    codes: &'static [u8],
) -> impl Parser<Input<'a>, Output = u8, Error = nom::error::Error<Input<'a>>> {
    verify(u8, |code| codes.contains(code))
}

/// Section 1.5.5: up to three bytes that say "more", and one that does not; and that is not 0
/// behind others, because then it would say nothing.
fn varint(i: Input<'_>) -> Parsed<'_, u32> {
    let (i, more) = take_while_m_n(0, 3, |byte| byte >= 0x80).parse(i)?;
    let (i, last) = verify(u8, |last| *last < 0x80 && (*last > 0 || more.is_empty())).parse(i)?;
    let value =
        more.iter().rev().fold(u32::from(last), |value, byte| value * 128 + u32::from(byte & 0x7F));
    Ok((i, value))
}

/// Section 1.5.4.
fn string(i: Input<'_>) -> Parsed<'_, &str> {
    map_opt(length_data(be_u16), |bytes| {
        str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
    })
    .parse(i)
}

fn topic_name(i: Input<'_>) -> Parsed<'_, &str> {
    verify(string, |name: &str| !name.is_empty() && !name.contains(['+', '#'])).parse(i)
}

/// Sections 4.7.1, 4.7.3 and, in 5.0, 4.8.2.
fn topic_filter(i: Input<'_>, given: Given) -> Parsed<'_, &str> {
    verify(string, |filter: &str| {
        let share = filter.strip_prefix("$share/").filter(|_| given.five);
        is_filter(filter)
            && share.is_none_or(|rest| {
                rest.split_once('/').is_some_and(|(name, filter)| {
                    !name.is_empty() && !name.contains(['+', '#']) && is_filter(filter)
                })
            })
    })
    .parse(i)
}

fn is_filter(filter: &str) -> bool {
    let levels: Vec<&str> = filter.split('/').collect();
    let last = levels.len() - 1;
    !filter.is_empty()
        && levels.iter().enumerate().all(|(i, level)| match *level {
            "+" => true,
            "#" => i == last,
            level => !level.contains(['+', '#']),
        })
}

fn fail<T>(i: Input<'_>) -> Parsed<'_, T> {
    map_opt(success(()), |()| None).parse(i)
}

const CONNACK: &[u8] = &[
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
    0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
];
const PUBACK: &[u8] = &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const PUBREL: &[u8] = &[0x00, 0x92];
const SUBACK: &[u8] = &[0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];
const UNSUBACK: &[u8] = &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];
const DISCONNECT_FROM_CLIENT: &[u8] =
    &[0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
const DISCONNECT_FROM_SERVER: &[u8] = &[
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95,
    0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
];
