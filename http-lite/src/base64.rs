//! Base64 with padding, RFC 4648 section 4: bytes in, bytes out, without a buffer.
//!
//! Not the crate of this name: what is compared with a secret must not lie in a buffer before, and what
//! is encoded here comes in pieces, in a `const fn`.

use crate::writer::Writer;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes what comes in pieces.
pub(crate) struct Encoder {
    /// The bytes of the group that has begun, 0 to 2 of them.
    bits: u32,
    count: u8,
}

impl Encoder {
    pub(crate) const fn new() -> Self {
        Self { bits: 0, count: 0 }
    }

    pub(crate) const fn bytes(&mut self, mut bytes: &[u8], w: &mut Writer<'_>) {
        while let [byte, rest @ ..] = bytes {
            self.bits = self.bits << 8 | *byte as u32;
            self.count = self.count.saturating_add(1);
            if self.count == 3 {
                w.bytes(&digits(self.bits));
                *self = Self::new();
            }
            bytes = rest;
        }
    }

    pub(crate) const fn finish(self, w: &mut Writer<'_>) {
        match (self.count, digits(self.bits << 8), digits(self.bits << 16)) {
            (2, [a, b, c, _], _) => w.bytes(&[a, b, c, b'=']),
            (1, _, [a, b, _, _]) => w.bytes(&[a, b, b'=', b'=']),
            _ => {}
        }
    }
}

/// How many characters so many bytes become.
pub(crate) const fn encoded_len(len: usize) -> usize {
    len.div_ceil(3).saturating_mul(4)
}

/// The four characters of 24 bits.
const fn digits(bits: u32) -> [u8; 4] {
    [digit(bits >> 18), digit(bits >> 12), digit(bits >> 6), digit(bits)]
}

/// The character of the lowest 6 bits.
const fn digit(bits: u32) -> u8 {
    match ALPHABET.split_at_checked((bits & 63) as usize) {
        Some((_, [digit, ..])) => *digit,
        _ => b'=', // never: there are 64
    }
}

/// The bytes of a text, which has been checked.
#[derive(Clone)]
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
    /// What has been read and not been given out: the lowest `count` bits.
    bits: u32,
    count: u32,
}

impl<'a> Decoder<'a> {
    /// `None` if the text is malformed: a character that does not belong there, too much or too little
    /// padding, or bits before the padding that are not 0, so that each text has bytes of its own
    /// (RFC 4648 section 3.5).
    pub(crate) const fn new(text: &'a [u8]) -> Option<Self> {
        let (digits, unused) = match text {
            [digits @ .., b'=', b'='] => (digits, 0b1111),
            [digits @ .., b'='] => (digits, 0b11),
            digits => (digits, 0),
        };
        let (mut rest, mut last) = (digits, 0);
        while let [digit, tail @ ..] = rest {
            last = match value(*digit) {
                Some(value) => value,
                None => return None,
            };
            rest = tail;
        }
        if text.len() & 3 == 0 && last & unused == 0 {
            Some(Self { rest: digits, bits: 0, count: 0 })
        } else {
            None
        }
    }

    pub(crate) const fn next_byte(&mut self) -> Option<u8> {
        while self.count < 8 {
            let [digit, rest @ ..] = self.rest else { return None };
            let Some(value) = value(*digit) else { return None };
            self.rest = rest;
            self.bits = self.bits << 6 | value;
            self.count = self.count.saturating_add(6);
        }
        self.count = self.count.saturating_sub(8);
        Some(self.bits.wrapping_shr(self.count) as u8) // by less than 8
    }
}

/// Only characters of the alphabet?
#[cfg(feature = "websocket")]
pub(crate) const fn are_digits(mut text: &[u8]) -> bool {
    while let [digit, rest @ ..] = text {
        if value(*digit).is_none() {
            return false;
        }
        text = rest;
    }
    true
}

/// The 6 bits of a character.
const fn value(digit: u8) -> Option<u32> {
    let (first, value) = match digit {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' => (b'+', 62),
        b'/' => (b'/', 63),
        _ => return None,
    };
    Some(digit.saturating_sub(first).saturating_add(value) as u32)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::collections::HashSet;
    use std::vec::Vec;

    fn encode(bytes: &[u8]) -> Vec<u8> {
        let mut out = [0; 64];
        let mut w = Writer::new(&mut out);
        let mut encoder = Encoder::new();
        for piece in bytes.chunks(2) {
            encoder.bytes(piece, &mut w);
        }
        encoder.finish(&mut w);
        let len = w.finish().unwrap();
        assert_eq!(len, encoded_len(bytes.len()));
        out[..len].to_vec()
    }

    fn decode(text: &[u8]) -> Option<Vec<u8>> {
        let mut decoder = Decoder::new(text)?;
        let mut bytes = Vec::new();
        while let Some(byte) = decoder.next_byte() {
            bytes.push(byte);
        }
        Some(bytes)
    }

    #[test]
    fn the_examples_of_rfc_4648_section_10_both_ways() {
        for (bytes, text) in [
            (&b""[..], &b""[..]),
            (b"f", b"Zg=="),
            (b"fo", b"Zm8="),
            (b"foo", b"Zm9v"),
            (b"foob", b"Zm9vYg=="),
            (b"fooba", b"Zm9vYmE="),
            (b"foobar", b"Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).unwrap(), bytes);
        }
    }

    #[test]
    fn every_group_of_up_to_three_bytes_comes_back() {
        for number in 0..1u32 << 16 {
            let [_, _, a, b] = number.to_be_bytes();
            for bytes in [&[a][..], &[a, b], &[b, a, b]] {
                assert_eq!(decode(&encode(bytes)).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn every_other_group_is_malformed() {
        let with_padding: HashSet<_> = (0..=u16::MAX)
            .flat_map(|number| [encode(&[number as u8]), encode(&number.to_be_bytes())])
            .collect();
        let alphabet = b"AQgwB/+9= -_\n";
        for number in 0..alphabet.len().pow(4) {
            let text = [0, 1, 2, 3].map(|at| {
                let place = alphabet.len().pow(at);
                alphabet[number / place % alphabet.len()]
            });
            let is_right = if text.contains(&b'=') {
                with_padding.contains(&text[..])
            } else {
                text.iter().all(|digit| ALPHABET.contains(digit))
            };
            assert_eq!(decode(&text).is_some(), is_right, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_text_whose_length_is_no_multiple_of_four_is_malformed() {
        for text in
            [&b"Zg"[..], b"Zm8", b"Z", b"Zm9vY", b"=", b"==", b"Zg=", b"Zm9v=", b"Zm9vZg==="]
        {
            assert_eq!(decode(text), None);
        }
    }
}
