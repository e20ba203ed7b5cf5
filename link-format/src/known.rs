//! What the standards say about attributes by name: how often they stand in a link, and what values
//! they have. Links that are made keep to it; those that are read are taken as they come.

use crate::error::{DecodeError, ErrorKind};
use crate::grammar::same_name;
use crate::uri::UriReference;

/// Attributes that MUST NOT appear more than once in a link: RFC 6690 section 3.1 to 3.3; and those
/// of which a reader MUST ignore the later ones: RFC 8288 section 3.3, 3.4.1 and appendix B.2 (for
/// `anchor`), RFC 7641 section 6.
const ONCE: [&str; 10] =
    ["rt", "if", "sz", "rel", "anchor", "media", "title", "title*", "type", "obs"];

/// Attributes with values between spaces that stand for themselves. RFC 6690 section 2
pub(crate) const RELATION_TYPES: [&str; 4] = ["rel", "rev", "rt", "if"];

/// Attributes that stand for nothing without a value.
const WITH_VALUE: [&str; 11] =
    ["rel", "rev", "rt", "if", "sz", "ct", "anchor", "hreflang", "media", "title", "type"];

/// A bit of its own for each attribute that may stand once in a link.
pub(crate) const fn single_bit(name: &str) -> u16 {
    let mut rest: &[&str] = &ONCE;
    let mut bit = 1;
    while let [other, tail @ ..] = rest {
        if same_name(name, other) {
            return bit;
        }
        bit <<= 1;
        rest = tail;
    }
    0
}

/// May an attribute of this name have no value?
pub(crate) const fn may_be_flag(name: &str) -> bool {
    !is_one_of(name, &WITH_VALUE)
}

pub(crate) const fn is_one_of(name: &str, names: &[&str]) -> bool {
    let mut rest = names;
    while let [other, tail @ ..] = rest {
        if same_name(name, other) {
            return true;
        }
        rest = tail;
    }
    false
}

/// Checks a value that has to be more than any text.
pub(crate) const fn check_value(name: &str, text: &str) -> Result<(), DecodeError> {
    let bytes = text.as_bytes();
    let checked = if same_name(name, "anchor") {
        return match UriReference::new(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
    } else if is_one_of(name, &RELATION_TYPES) {
        match check_types(bytes) {
            Ok(()) => Ok(()),
            Err(at) => Err((ErrorKind::RelationTypes, at)),
        }
    } else if same_name(name, "ct") {
        match check_formats(bytes) {
            Ok(()) => Ok(()),
            Err(at) => Err((ErrorKind::ContentFormat, at)),
        }
    } else if same_name(name, "sz") {
        match cardinal_len(bytes) {
            len if len > 0 && len == bytes.len() => Ok(()),
            len => Err((ErrorKind::Size, len)),
        }
    } else if same_name(name, "obs") {
        Err((ErrorKind::ObsValue, 0)) // RFC 7641 section 6: MUST NOT be given
    } else {
        Ok(())
    };
    match checked {
        Ok(()) => Ok(()),
        Err((kind, at)) => Err(DecodeError::new(kind, at)),
    }
}

/// `relation-type *( 1*SP relation-type )`, where a relation type is anything without a space: many
/// devices have others than those in lower case and URIs. RFC 6690 section 2
const fn check_types(text: &[u8]) -> Result<(), usize> {
    match text {
        [] | [b' ', ..] => Err(0),
        [.., b' '] => {
            let mut rest = text;
            while let [before @ .., b' '] = rest {
                rest = before;
            }
            Err(rest.len())
        }
        _ => Ok(()),
    }
}

/// `cardinal *( 1*SP cardinal )`, each up to 65,535. RFC 7252 section 7.2.1
const fn check_formats(text: &[u8]) -> Result<(), usize> {
    let mut rest = text;
    loop {
        let at = text.len().saturating_sub(rest.len());
        let (digits, tail) = match rest.split_at_checked(cardinal_len(rest)) {
            Some((digits @ [_, ..], tail)) if is_format(digits) => (digits, tail),
            _ => return Err(at),
        };
        rest = tail;
        let end = at.saturating_add(digits.len());
        match rest {
            [] => return Ok(()),
            [b' ', ..] => {}
            _ => return Err(end),
        }
        while let [b' ', tail @ ..] = rest {
            rest = tail;
        }
        if rest.is_empty() {
            return Err(end);
        }
    }
}

/// Are these digits a number up to 65,535?
const fn is_format(digits: &[u8]) -> bool {
    let mut number: u32 = 0;
    let mut rest = digits;
    while let [digit, tail @ ..] = rest {
        number = number.saturating_mul(10).saturating_add(digit.wrapping_sub(b'0') as u32);
        rest = tail;
    }
    number <= u16::MAX as u32
}

/// Length of the `cardinal` that `text` begins with: digits without a zero before them.
/// RFC 6690 section 2
const fn cardinal_len(text: &[u8]) -> usize {
    if let [b'0', ..] = text {
        return 1;
    }
    let mut rest = text;
    while let [b'0'..=b'9', tail @ ..] = rest {
        rest = tail;
    }
    text.len().saturating_sub(rest.len())
}
