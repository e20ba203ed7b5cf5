//! UTF-8 Encoded Strings. MQTT 5.0 section 1.5.4, MQTT 3.1.1 section 1.5.3.

use core::fmt;
use core::str;

use crate::codec::Strictness;
use crate::error::ErrorKind;
use crate::grammar;
use crate::reader::Reader;

/// A UTF-8 Encoded String: at most 65,535 bytes of UTF-8 without U+0000.
///
/// Its bytes are free. [`to_str`](Self::to_str) looks at them once more, because this crate holds
/// no unsafe code; comparing with a `&str` does not.
///
/// ```
/// use mqtt_codec::Text;
///
/// const NAME: Text<'static> = Text::from_static("sensor-7");
/// assert_eq!(NAME, "sensor-7");
/// assert!(Text::new("zero\0").is_err());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

/// Why a `&str` cannot be sent as a [`Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// It is longer than 65,535 bytes. MQTT 5.0 section 1.5.4
    #[error("a text has at most 65535 bytes")]
    TooLong,
    /// It contains U+0000. [MQTT-1.5.4-2]
    #[error("a text has no null character")]
    Null,
}

impl<'a> Text<'a> {
    /// The text of no characters.
    pub const EMPTY: Self = Self(&[]);

    /// Checks that `text` can be sent.
    ///
    /// # Errors
    ///
    /// [`TextError`] if it is longer than 65,535 bytes or contains U+0000.
    pub const fn new(text: &'a str) -> Result<Self, TextError> {
        let bytes = text.as_bytes();
        if bytes.len() > u16::MAX as usize {
            return Err(TextError::TooLong);
        }
        if !grammar::is_plain(bytes, b' ') && has_null(bytes) {
            return Err(TextError::Null);
        }
        Ok(Self(bytes))
    }

    /// A text known when the program is built: in a `const`, a bad one fails the build.
    ///
    /// # Panics
    ///
    /// Outside a `const`, if the text is longer than 65,535 bytes or contains U+0000.
    #[expect(clippy::panic, reason = "meant for constants, where it fails the build")]
    pub const fn from_static(text: &'static str) -> Text<'static> {
        match Text::new(text) {
            Ok(text) => text,
            Err(_) => panic!("not a text that MQTT can carry"),
        }
    }

    /// The bytes, UTF-8.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text as a string slice, in time linear in its length.
    pub const fn to_str(&self) -> &'a str {
        match str::from_utf8(self.0) {
            Ok(text) => text,
            Err(_) => "", // never: the bytes were checked when the value was made
        }
    }

    /// Length in bytes.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True if it has no character.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that were checked before: a part of a text cut at characters, or of a checked frame.
    pub(crate) const fn from_checked(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn read(r: &mut Reader<'a>, strictness: Strictness) -> Self {
        match Self::from_wire(r.binary(), strictness) {
            Ok(text) => text,
            Err(e) => {
                r.fail(e);
                Self::EMPTY
            }
        }
    }

    /// Checks the bytes of a string in a packet.
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub(crate) const fn from_wire(
        bytes: &'a [u8],
        strictness: Strictness,
    ) -> Result<Self, ErrorKind> {
        if grammar::BY_WORDS && grammar::is_plain(bytes, b' ') {
            return Ok(Self(bytes));
        }
        match check_unusual(bytes, strictness) {
            Ok(()) => Ok(Self(bytes)),
            Err(e) => Err(e),
        }
    }
}

/// The rules for a text that has anything but printable ASCII in it.
#[inline(never)]
const fn check_unusual(bytes: &[u8], strictness: Strictness) -> Result<(), ErrorKind> {
    if str::from_utf8(bytes).is_err() {
        return Err(ErrorKind::NotUtf8); // [MQTT-1.5.4-1]
    }
    if has_null(bytes) {
        return Err(ErrorKind::NullCharacter); // [MQTT-1.5.4-2]
    }
    if strictness.refuse_control_characters && has_control(bytes) {
        return Err(ErrorKind::ControlCharacter);
    }
    if strictness.refuse_non_characters && has_non_character(bytes) {
        return Err(ErrorKind::NonCharacter);
    }
    Ok(())
}

const fn has_null(mut bytes: &[u8]) -> bool {
    while let Some((&byte, rest)) = bytes.split_first() {
        if byte == 0 {
            return true;
        }
        bytes = rest;
    }
    false
}

/// U+0001 to U+001F and U+007F to U+009F, in UTF-8.
const fn has_control(mut bytes: &[u8]) -> bool {
    while let Some((_, rest)) = bytes.split_first() {
        if let [0x01..=0x1F | 0x7F, ..] | [0xC2, 0x80..=0x9F, ..] = *bytes {
            return true;
        }
        bytes = rest;
    }
    false
}

/// U+FDD0 to U+FDEF and the last two code points of each of the 17 planes, in UTF-8.
const fn has_non_character(mut bytes: &[u8]) -> bool {
    while let Some((_, rest)) = bytes.split_first() {
        match *bytes {
            [0xEF, 0xB7, 0x90..=0xAF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => return true,
            // A plane ends where the low 16 bits are all set but the last: xxFFFE and xxFFFF.
            [0xF0..=0xF4, b, 0xBF, 0xBE | 0xBF, ..] if b & 0x0F == 0x0F => return true,
            _ => bytes = rest,
        }
    }
    false
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.to_str(), f)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.to_str(), f)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl<'a> TryFrom<&'a str> for Text<'a> {
    type Error = TextError;

    fn try_from(text: &'a str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_judged_as_unicode_does() {
        let strict = Strictness { refuse_control_characters: true, refuse_non_characters: true };
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let code = u32::from(c);
            let mut buffer = [b'a'; 16];
            let len = 11 + c.encode_utf8(&mut buffer[11..]).len();
            let one = &buffer[..len];
            let expected = if code == 0 {
                Err(ErrorKind::NullCharacter)
            } else if c.is_control() {
                Err(ErrorKind::ControlCharacter)
            } else if (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE {
                Err(ErrorKind::NonCharacter)
            } else {
                Ok(Text(one))
            };
            assert_eq!(Text::from_wire(one, strict), expected, "U+{code:04X}");
            let lenient = if code == 0 { expected } else { Ok(Text(one)) };
            assert_eq!(Text::from_wire(one, Strictness::STANDARD), lenient, "U+{code:04X}");
        }
    }

    #[test]
    fn surrogates_overlong_forms_and_cut_sequences_are_not_utf8() {
        for bytes in [
            &[0xED, 0xA0, 0x80][..],
            &[0xC0, 0x80],
            &[0xE0, 0x80, 0xAF],
            &[0xF4, 0x90, 0x80, 0x80],
            &[0xC3],
            &[0xFF],
            &[b'a', 0x80],
        ] {
            assert_eq!(Text::from_wire(bytes, Strictness::STANDARD), Err(ErrorKind::NotUtf8));
        }
    }

    #[test]
    fn a_byte_order_mark_is_kept() {
        let text = Text::from_wire(b"\xEF\xBB\xBFa", Strictness::STANDARD).unwrap();
        assert_eq!(text, "\u{FEFF}a"); // [MQTT-1.5.4-3]
    }
}
