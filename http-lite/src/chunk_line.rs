//! The line before each chunk: its size, and extensions that nobody reads but that must be right.

use crate::error::ErrorKind;
use crate::scan::TCHAR;

/// Takes the line byte by byte.
///
/// ```text
/// chunk-size [ chunk-ext ] CRLF
/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// ```
///
/// RFC 9112 section 7.1 and 7.1.1. A size that is padded, signed, prefixed or empty, and a quoted
/// line end, are how one request is hidden in another's body: none is taken.
#[derive(Debug, Clone)]
pub(crate) struct ChunkLine {
    size: u64,
    digits: u8,
    place: Place,
}

/// What stands before the byte that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Size,
    /// White space, which `;` must follow.
    BeforeSemicolon,
    /// `;`, perhaps white space.
    BeforeName,
    Name,
    /// White space behind a name.
    BeforeEquals,
    /// `=`, perhaps white space.
    BeforeValue,
    Token,
    Quoted,
    /// `\` in a quoted string.
    Escape,
    /// The closing quote.
    BehindQuote,
    Cr,
}

impl ChunkLine {
    pub(crate) const fn new() -> Self {
        Self { size: 0, digits: 0, place: Place::Size }
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// True behind the size, before the line's end.
    pub(crate) const fn is_in_extension(&self) -> bool {
        !matches!(self.place, Place::Size | Place::Cr)
    }

    /// Takes a byte: true if the line has ended with it.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn take(&mut self, byte: u8) -> Result<bool, ErrorKind> {
        if self.place == Place::Size {
            let Some(digit) = hex_digit(byte) else {
                return match self.digits {
                    0 => Err(bad(byte, ErrorKind::ChunkSize)),
                    _ => self.behind_size(byte),
                };
            };
            if self.digits == 16 {
                return Err(ErrorKind::ChunkSizeTooLong);
            }
            self.digits = self.digits.saturating_add(1);
            self.size = self.size << 4 | u64::from(digit);
            return Ok(false);
        }
        self.behind_size(byte)
    }

    fn behind_size(&mut self, byte: u8) -> Result<bool, ErrorKind> {
        use Place::*;
        self.place = match (self.place, byte) {
            (Cr, b'\n') => return Ok(true),
            (Cr, _) => return Err(ErrorKind::BareCr),
            (Size | Name | Token | BehindQuote, b'\r') => Cr,
            (Size | BeforeSemicolon | Name | BeforeEquals | Token | BehindQuote, b';') => {
                BeforeName
            }
            (Size | BeforeSemicolon | Token | BehindQuote, b' ' | b'\t') => BeforeSemicolon,
            (BeforeName, b' ' | b'\t') => BeforeName,
            (Name | BeforeEquals, b' ' | b'\t') => BeforeEquals,
            (Name | BeforeEquals, b'=') => BeforeValue,
            (BeforeValue, b' ' | b'\t') => BeforeValue,
            (BeforeValue, b'"') => Quoted,
            (BeforeName | Name, _) if TCHAR.has(byte) => Name,
            (BeforeValue | Token, _) if TCHAR.has(byte) => Token,
            (Quoted, b'"') => BehindQuote,
            (Quoted, b'\\') => Escape,
            // qdtext and quoted-pair, RFC 9110 section 5.6.4
            (Quoted | Escape, b'\t' | b' '..=b'~' | 0x80..) => Quoted,
            (Size, _) => return Err(bad(byte, ErrorKind::ChunkSize)),
            _ => return Err(bad(byte, ErrorKind::ChunkExtension)),
        };
        Ok(false)
    }
}

/// A line that is all there and has no extension: the size, and the line's length. `None` for any
/// other, which the machine above looks at.
#[inline(always)]
pub(crate) fn plain(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut size, mut rest) = (0, bytes);
    for len in 3..=18 {
        let (&byte, behind) = rest.split_first()?;
        size = size << 4 | u64::from(hex_digit(byte)?);
        if let [b'\r', b'\n', ..] = behind {
            return Some((size, len));
        }
        rest = behind;
    }
    None
}

#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a' - 10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A' - 10)),
        _ => None,
    }
}

fn bad(byte: u8, kind: ErrorKind) -> ErrorKind {
    if byte == b'\n' { ErrorKind::BareLf } else { kind }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    /// The machine, over a whole line.
    fn slow(bytes: &[u8]) -> Option<(u64, usize)> {
        let mut line = ChunkLine::new();
        for (at, &byte) in bytes.iter().enumerate() {
            if line.take(byte).ok()? {
                return Some((line.size(), at.saturating_add(1)));
            }
        }
        None
    }

    #[test]
    fn a_plain_line_is_what_the_machine_says() {
        const ALPHABET: [u8; 9] = *b"0fA9g;\r\n ";
        let mut lines: Vec<Vec<u8>> = std::vec![Vec::new()];
        for _ in 0..5 {
            lines = lines
                .iter()
                .flat_map(|line| ALPHABET.map(|byte| [&line[..], &[byte]].concat()))
                .collect();
            for line in &lines {
                let plain = plain(line);
                assert!(plain.is_none() || plain == slow(line), "{line:?}");
                let has_extension = line.contains(&b';') || line.contains(&b' ');
                assert!(has_extension || plain == slow(line), "{line:?}");
            }
        }
        for (text, size) in [
            ("0000000000000000\r\n", Some(0)),
            ("ffffffffffffffff\r\n", Some(u64::MAX)),
            ("00000000000000000\r\n", None),
            ("1ffffffffffffffff\r\n", None),
        ] {
            assert_eq!(plain(text.as_bytes()).map(|(size, _)| size), size, "{text}");
            assert_eq!(slow(text.as_bytes()).map(|(size, _)| size), size, "{text}");
        }
    }
}
