//! Addresses as hosts are written. RFC 3986 section 3.2.2, RFC 5952.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::UriErrorKind;
use super::encoded::hex;
use crate::writer::Writer;

/// The address behind `[`, and what is behind its `]`. An error comes with the number of bytes from
/// its place to the end.
pub(super) const fn read_literal(text: &[u8]) -> Result<(Ipv6Addr, &[u8]), (UriErrorKind, usize)> {
    if let [b'v' | b'V', ..] = text {
        return Err((UriErrorKind::IpFuture, text.len()));
    }
    let mut rest = text;
    while let [byte, behind @ ..] = rest {
        match byte {
            b']' => {
                let (literal, _) = super::split_at(text, text.len().saturating_sub(rest.len()));
                return match v6(literal) {
                    Some(address) => Ok((address, behind)),
                    None => Err((UriErrorKind::IpLiteral, text.len())),
                };
            }
            b'%' => return Err((UriErrorKind::ZoneId, rest.len())),
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':' | b'.' => rest = behind,
            _ => break,
        }
    }
    Err((UriErrorKind::IpLiteral, rest.len()))
}

/// Four numbers of up to 255, without leading zeros.
pub(super) const fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut rest, mut address, mut dots) = (text, 0_u32, 0_u8);
    loop {
        let (octet, behind) = match rest {
            // RFC 3986 section 3.2.2: dec-octet has no leading zero.
            [b'0', behind @ ..] => (0, behind),
            _ => decimal(rest),
        };
        if octet > 255 || behind.len() == rest.len() {
            return None;
        }
        address = address << 8 | octet;
        match (behind, dots) {
            ([], 3) => return Some(Ipv4Addr::from_bits(address)),
            ([b'.', behind @ ..], 0..3) => (rest, dots) = (behind, dots.saturating_add(1)),
            _ => return None,
        }
    }
}

/// A number of digits, and what is behind them.
const fn decimal(text: &[u8]) -> (u32, &[u8]) {
    let (mut rest, mut number) = (text, 0_u32);
    while let [digit @ b'0'..=b'9', behind @ ..] = rest {
        number = number.saturating_mul(10).saturating_add((*digit & 0x0F) as u32);
        rest = behind;
    }
    (number, rest)
}

/// Eight groups of up to four hexadecimal digits, of which `::` stands for one or more zero ones, and
/// of which the last two may be an IPv4 address.
const fn v6(text: &[u8]) -> Option<Ipv6Addr> {
    // The groups before and behind `::`, in the low bits, and how many there are.
    let (mut head, mut head_len) = (0_u128, 0_u32);
    let (mut tail, mut tail_len) = (0_u128, 0_u32);
    let mut compressed = false;
    let mut rest = text;
    if let [b':', b':', behind @ ..] = rest {
        (compressed, rest) = (true, behind);
    }
    while !(rest.is_empty() && compressed && tail_len == 0) {
        let (group, behind) = group(rest);
        let (bits, groups, behind) = if let [b'.', ..] = behind {
            match v4(rest) {
                Some(address) => (address.to_bits() as u128, 2, [].as_slice()),
                None => return None,
            }
        } else if behind.len() == rest.len() {
            return None; // no digit
        } else {
            (group as u128, 1, behind)
        };
        let shift = groups << 4;
        if compressed {
            (tail, tail_len) = (tail << shift | bits, tail_len.saturating_add(groups));
        } else {
            (head, head_len) = (head << shift | bits, head_len.saturating_add(groups));
        }
        if head_len.saturating_add(tail_len) > 8 {
            return None;
        }
        match behind {
            [] => break,
            [b':', b':', behind @ ..] if !compressed => (compressed, rest) = (true, behind),
            [b':', behind @ ..] if !behind.is_empty() => rest = behind,
            _ => return None,
        }
    }
    let zeros = 8_u32.saturating_sub(head_len).saturating_sub(tail_len);
    // Exactly one of: all eight are written, `::` stands for some.
    if compressed == (zeros == 0) {
        return None;
    }
    let below_head = zeros.saturating_add(tail_len) << 4;
    // Nothing is written before `::`: the shift would be by all 128 bits.
    let head = if head_len == 0 { 0 } else { head << below_head };
    Some(Ipv6Addr::from_bits(head | tail))
}

/// Up to four hexadecimal digits, and what is behind them.
const fn group(text: &[u8]) -> (u16, &[u8]) {
    let (mut rest, mut group, mut digits) = (text, 0_u16, 0_u8);
    while let [byte, behind @ ..] = rest {
        match (hex(*byte), digits) {
            (Some(digit), 0..4) => {
                (group, digits) = (group << 4 | digit as u16, digits.saturating_add(1));
            }
            _ => break,
        }
        rest = behind;
    }
    (group, rest)
}

/// Is `text` an IPv6 address in brackets?
pub(super) fn is_literal(text: &[u8]) -> bool {
    match text {
        [b'[', literal @ ..] => matches!(read_literal(literal), Ok((_, []))),
        _ => false,
    }
}

pub(super) fn write_v4(address: Ipv4Addr, w: &mut Writer<'_>) {
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            w.u8(b'.');
        }
        write_decimal(u16::from(octet), w);
    }
}

/// The recommended form: lowercase, no leading zeros, `::` for the longest run of two or more zero
/// groups, the first of equal ones. RFC 5952 section 4.
pub(super) fn write_v6(address: Ipv6Addr, w: &mut Writer<'_>) {
    let groups = address.segments();
    let (start, len) = longest_zeros(&groups);
    w.u8(b'[');
    if let Some(address) = mapped(address) {
        // RFC 5952 section 5: a prefix that is known to hold an IPv4 address.
        w.bytes(b"::ffff:");
        write_v4(address, w);
    } else {
        for (index, group) in groups.into_iter().enumerate() {
            let in_zeros = index >= start && index < start.saturating_add(len);
            if in_zeros {
                if index == start {
                    w.bytes(b"::");
                }
                continue;
            }
            if index > 0 && index != start.saturating_add(len) {
                w.u8(b':');
            }
            write_group(group, w);
        }
    }
    w.u8(b']');
}

/// `::ffff:0:0/96`
const fn mapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    address.to_ipv4_mapped()
}

/// Where the longest run of zero groups begins and how long it is; a run of one does not count.
fn longest_zeros(groups: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut run) = ((8, 0), (0, 0_usize));
    for (index, group) in groups.iter().enumerate() {
        run = match (group, run) {
            (0, (_, 0)) => (index, 1),
            (0, (start, len)) => (start, len.saturating_add(1)),
            _ => (0, 0),
        };
        if run.1 > best.1 && run.1 > 1 {
            best = run;
        }
    }
    best
}

fn write_group(group: u16, w: &mut Writer<'_>) {
    let mut started = false;
    for shift in [12, 8, 4, 0_u32] {
        let digit = (group >> shift & 0x0F) as u8;
        started |= digit != 0 || shift == 0;
        if started {
            w.u8(hex_digit(digit, b'a'));
        }
    }
}

/// The digit, 0 to 15, with this letter for ten.
pub(super) const fn hex_digit(digit: u8, ten: u8) -> u8 {
    if digit < 10 { b'0' | digit } else { ten.saturating_add(digit.saturating_sub(10)) }
}

pub(super) fn write_decimal(number: u16, w: &mut Writer<'_>) {
    let mut started = false;
    for unit in [10_000_u16, 1000, 100, 10, 1] {
        let digit = (number.checked_div(unit).unwrap_or(0) % 10) as u8;
        started |= digit != 0 || unit == 1;
        if started {
            w.u8(b'0' | digit);
        }
    }
}
