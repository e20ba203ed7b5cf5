//! What a head says about its own connection and body, judged field by field.

use crate::error::ErrorKind;
use crate::field::{Field, decimal};
use crate::scan::{TCHAR, is_lower, trim};

/// The version of a message. HTTP/1.2 to 1.9 count as 1.1, as RFC 9110 section 2.5 wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0: no chunked coding, and a connection ends with its first response unless both sides
    /// say `keep-alive`.
    Http10,
    /// HTTP/1.1.
    Http11,
}

/// What [`decide`](crate::framing::decide) and a connection need to know of a head.
///
/// Values are judged while they are read, so a malformed Content-Length or Transfer-Encoding is an
/// error with its offset and never gets here. Whether what is here goes together is for
/// [`decide`](crate::framing::decide).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Facts {
    /// The value of Content-Length.
    pub content_length: Option<u64>,
    /// What Transfer-Encoding lists.
    pub transfer_encoding: TransferEncoding,
    /// Whether there is one Host.
    pub host: Host,
    /// Connection has `close`.
    pub close: bool,
    /// Connection has `keep-alive`.
    pub keep_alive: bool,
    /// There is an Upgrade, and Connection has `upgrade`.
    pub upgrade: bool,
    /// What Expect says.
    pub expect: Expect,
    /// Of Upgrade and its connection option: which of them were seen.
    upgrade_parts: u8,
    /// Version of the message.
    pub version: Version,
}

/// The transfer codings of a message, in the order they were applied.
///
/// RFC 9112 section 6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferEncoding {
    /// No such field.
    None,
    /// `chunked` and nothing else.
    Chunked,
    /// Others, and `chunked` as the last one.
    CodedChunked,
    /// Others, without `chunked`.
    Coded,
    /// `chunked` before another coding, or twice.
    ChunkedNotLast,
}

/// The Host field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host {
    /// There is none.
    Missing,
    /// There is one. Whether it is well-formed is for the connection to look at: see
    /// [`is_authority`](crate::is_authority).
    One,
    /// There are several.
    Several,
}

/// The Expect field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// There is none.
    Nothing,
    /// `100-continue`.
    Continue,
    /// Something else.
    Unknown,
}

const UPGRADE_FIELD: u8 = 1;
const UPGRADE_OPTION: u8 = 2;

impl Facts {
    /// The facts of a head without fields.
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            content_length: None,
            transfer_encoding: TransferEncoding::None,
            host: Host::Missing,
            close: false,
            keep_alive: false,
            upgrade: false,
            expect: Expect::Nothing,
            upgrade_parts: 0,
        }
    }

    /// True if Upgrade is there without its connection option.
    pub(crate) const fn lacks_upgrade_option(&self) -> bool {
        self.upgrade_parts == UPGRADE_FIELD
    }

    /// True if the connection is to go on after this message, as far as this side says.
    ///
    /// RFC 9112 section 9.3.
    pub const fn persists(&self) -> bool {
        !self.close && (self.keep_alive || matches!(self.version, Version::Http11))
    }

    /// False for most fields that say nothing about connection and body, by the length of the name
    /// and its first letter.
    #[inline(always)]
    pub(crate) const fn may_matter(first: u8, len: usize) -> bool {
        let known = match len {
            4 => b'h',
            6 => b'e',
            7 => b'u',
            10 | 14 => b'c',
            17 => b't',
            _ => 0,
        };
        first | 0x20 == known
    }

    /// Judges one field; its value may have white space around it.
    pub(crate) const fn judge(&mut self, name: &[u8], value: &[u8]) -> Result<(), ErrorKind> {
        let value = trim(value);
        match Word::of(name) {
            Word::HOST => self.host(),
            Word::EXPECT => self.expect(value),
            Word::UPGRADE => self.upgrade(UPGRADE_FIELD),
            Word::CONNECTION => return self.list(value, false),
            Word::CONTENT_LENGTH => return self.content_length(value),
            Word::TRANSFER_ENCODING => return self.list(value, true),
            _ => {}
        }
        Ok(())
    }

    /// As [`judge`](Self::judge), of a field that is to be sent.
    pub(crate) const fn judge_own(&mut self, field: &Field<'_>) -> Result<(), ErrorKind> {
        match (field.value.to_number(), field.name.is("content-length")) {
            (Some(number), true) if field.value.as_bytes().is_empty() => {
                match self.content_length {
                    None => self.content_length = Some(number),
                    Some(_) => return Err(ErrorKind::ContentLengthTwice),
                }
            }
            _ => return self.judge(field.name.as_bytes(), field.value.as_bytes()),
        }
        Ok(())
    }

    const fn upgrade(&mut self, part: u8) {
        self.upgrade_parts |= part;
        self.upgrade = self.upgrade_parts == UPGRADE_FIELD | UPGRADE_OPTION;
    }

    const fn host(&mut self) {
        self.host = match self.host {
            Host::Missing => Host::One,
            _ => Host::Several,
        };
    }

    const fn expect(&mut self, value: &[u8]) {
        self.expect = match self.expect {
            Expect::Unknown => Expect::Unknown,
            _ if Word::of(value).is(Word::CONTINUE) => Expect::Continue,
            _ => Expect::Unknown,
        };
    }

    const fn content_length(&mut self, value: &[u8]) -> Result<(), ErrorKind> {
        match (self.content_length, decimal(value)) {
            (_, None) => Err(ErrorKind::ContentLength),
            (Some(_), _) => Err(ErrorKind::ContentLengthTwice),
            (None, Some(None)) => Err(ErrorKind::ContentLengthTooLarge),
            (None, Some(length)) => {
                self.content_length = length;
                Ok(())
            }
        }
    }

    /// The elements of Connection or Transfer-Encoding.
    const fn list(&mut self, value: &[u8], codings: bool) -> Result<(), ErrorKind> {
        if cfg!(target_pointer_width = "64") && !codings {
            match value {
                b"close" => {
                    self.close = true;
                    return Ok(());
                }
                b"keep-alive" => {
                    self.keep_alive = true;
                    return Ok(());
                }
                _ => {}
            }
        }
        // Options are tokens: a quote hides no comma. In a parameter of a coding it could, so none
        // is taken.
        if codings && split_at(value, b'"').1.is_some() {
            return Err(ErrorKind::TransferEncoding);
        }
        let mut rest = Some(value);
        while let Some(list) = rest {
            let (element, behind) = split_at(list, b',');
            let element = trim(element);
            let word = Word::of(element);
            if codings {
                // A token, and parameters perhaps.
                let len = TCHAR.len_in(element);
                match element.split_at_checked(len) {
                    Some((_, behind)) if len > 0 && matches!(trim(behind), [] | [b';', ..]) => {
                        self.coding(word.is(Word::CHUNKED));
                    }
                    _ => return Err(ErrorKind::TransferEncoding),
                }
            } else {
                self.close |= word.is(Word::CLOSE);
                self.keep_alive |= word.is(Word::KEEP_ALIVE);
                if word.is(Word::UPGRADE) {
                    self.upgrade(UPGRADE_OPTION);
                }
            }
            rest = behind;
        }
        Ok(())
    }

    const fn coding(&mut self, chunked: bool) {
        self.transfer_encoding = match self.transfer_encoding {
            TransferEncoding::None if chunked => TransferEncoding::Chunked,
            TransferEncoding::Coded if chunked => TransferEncoding::CodedChunked,
            TransferEncoding::None | TransferEncoding::Coded => TransferEncoding::Coded,
            _ => TransferEncoding::ChunkedNotLast,
        };
    }
}

/// A word that decides something: the name of a field, or what stands in one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(u8);

/// All of them, each behind its length.
#[cfg(not(target_pointer_width = "64"))]
const WORDS: &[u8] = b"\x04host\x06expect\x07upgrade\x0Aconnection\x0Econtent-length\
    \x11transfer-encoding\x05close\x0Akeep-alive\x07chunked\x0C100-continue";

impl Word {
    const HOST: Self = Self(0);
    const EXPECT: Self = Self(1);
    const UPGRADE: Self = Self(2);
    const CONNECTION: Self = Self(3);
    const CONTENT_LENGTH: Self = Self(4);
    const TRANSFER_ENCODING: Self = Self(5);
    const CLOSE: Self = Self(6);
    const KEEP_ALIVE: Self = Self(7);
    const CHUNKED: Self = Self(8);
    const CONTINUE: Self = Self(9);

    const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// In any case; another number if it is none of them.
    #[cfg(not(target_pointer_width = "64"))]
    #[inline(never)]
    const fn of(bytes: &[u8]) -> Self {
        let (mut number, mut rest) = (0u8, WORDS);
        while let [len, behind @ ..] = rest
            && let Some((word, behind)) = behind.split_at_checked(*len as usize)
            && !is_lower(bytes, word)
        {
            rest = behind;
            number = number.wrapping_add(1); // up to 10
        }
        Self(number)
    }

    /// In any case; another number if it is none of them.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    const fn of(bytes: &[u8]) -> Self {
        match bytes.len() {
            4 if is_lower(bytes, b"host") => Self::HOST,
            5 if is_lower(bytes, b"close") => Self::CLOSE,
            6 if is_lower(bytes, b"expect") => Self::EXPECT,
            7 if is_lower(bytes, b"upgrade") => Self::UPGRADE,
            7 if is_lower(bytes, b"chunked") => Self::CHUNKED,
            10 if is_lower(bytes, b"connection") => Self::CONNECTION,
            10 if is_lower(bytes, b"keep-alive") => Self::KEEP_ALIVE,
            12 if is_lower(bytes, b"100-continue") => Self::CONTINUE,
            14 if is_lower(bytes, b"content-length") => Self::CONTENT_LENGTH,
            17 if is_lower(bytes, b"transfer-encoding") => Self::TRANSFER_ENCODING,
            _ => Self(10),
        }
    }
}

/// What stands before and behind the first `byte`.
const fn split_at(bytes: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        if *first == byte {
            let before = bytes.len().saturating_sub(rest.len());
            return match bytes.split_at_checked(before) {
                Some((front, _)) => (front, Some(behind)),
                None => (bytes, None), // never
            };
        }
        rest = behind;
    }
    (bytes, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(fields: &[(&str, &str)]) -> Result<Facts, ErrorKind> {
        let mut facts = Facts::new(Version::Http11);
        for (name, value) in fields {
            facts.judge(name.as_bytes(), value.as_bytes())?;
        }
        Ok(facts)
    }

    #[test]
    fn transfer_encoding_by_its_last_coding() {
        for (values, expected) in [
            (&["chunked"][..], Ok(TransferEncoding::Chunked)),
            (&["Chunked"], Ok(TransferEncoding::Chunked)),
            (&["gzip"], Ok(TransferEncoding::Coded)),
            (&["gzip, chunked"], Ok(TransferEncoding::CodedChunked)),
            (&["gzip;a=b ,\tchunked"], Ok(TransferEncoding::CodedChunked)),
            (&["gzip", "chunked"], Ok(TransferEncoding::CodedChunked)),
            (&["chunked", "chunked"], Ok(TransferEncoding::ChunkedNotLast)),
            (&["chunked, gzip"], Ok(TransferEncoding::ChunkedNotLast)),
            (&["chunked, gzip, chunked"], Ok(TransferEncoding::ChunkedNotLast)),
            (&["xchunked"], Ok(TransferEncoding::Coded)),
            (&["identity"], Ok(TransferEncoding::Coded)),
            (&["chunked;a=b"], Ok(TransferEncoding::Coded)),
            (&["chunked;"], Ok(TransferEncoding::Coded)),
            (&[""], Err(ErrorKind::TransferEncoding)),
            (&[",chunked"], Err(ErrorKind::TransferEncoding)),
            (&["chunked,"], Err(ErrorKind::TransferEncoding)),
            (&["gzip,,chunked"], Err(ErrorKind::TransferEncoding)),
            (&["\"chunked\""], Err(ErrorKind::TransferEncoding)),
            (&["gzip;a=\"b,chunked\""], Err(ErrorKind::TransferEncoding)),
            (&["chun ked"], Err(ErrorKind::TransferEncoding)),
            (&["chunked\u{b}"], Err(ErrorKind::TransferEncoding)),
            (&["\u{ff}chunked"], Err(ErrorKind::TransferEncoding)),
        ] {
            let mut facts = Facts::new(Version::Http11);
            let mut result = Ok(());
            for value in values {
                result = result.and(facts.judge(b"transfer-ENCODING", value.as_bytes()));
            }
            assert_eq!(result.map(|()| facts.transfer_encoding), expected, "{values:?}");
        }
    }

    #[test]
    fn content_length_is_digits_once() {
        for (values, expected) in [
            (&["0"][..], Ok(Some(0))),
            (&["010"], Ok(Some(10))),
            (&["18446744073709551615"], Ok(Some(u64::MAX))),
            (&["18446744073709551616"], Err(ErrorKind::ContentLengthTooLarge)),
            (&["99999999999999999999999"], Err(ErrorKind::ContentLengthTooLarge)),
            (&["5", "5"], Err(ErrorKind::ContentLengthTwice)),
            (&["5", "6"], Err(ErrorKind::ContentLengthTwice)),
            (&["5, 5"], Err(ErrorKind::ContentLength)),
            (&[""], Err(ErrorKind::ContentLength)),
            (&["+5"], Err(ErrorKind::ContentLength)),
            (&["-0"], Err(ErrorKind::ContentLength)),
            (&["0x10"], Err(ErrorKind::ContentLength)),
            (&["1_0"], Err(ErrorKind::ContentLength)),
            (&["1Z"], Err(ErrorKind::ContentLength)),
            (&["1 2"], Err(ErrorKind::ContentLength)),
        ] {
            let fields: [(&str, &str); 2] =
                [("Content-length", values[0]), ("CONTENT-LENGTH", values.last().unwrap())];
            assert_eq!(
                facts(&fields[..values.len()]).map(|f| f.content_length),
                expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn connection_options_in_any_case_and_any_field() {
        let facts = facts(&[
            ("connection", "a, Keep-Alive"),
            ("Upgrade", "websocket"),
            ("CONNECTION", "UPGRADE,close"),
        ]);
        let facts = facts.unwrap();
        assert!(facts.close && facts.keep_alive && facts.upgrade && !facts.persists());
        let upgrade = |fields: &[(&str, &str)]| self::facts(fields).unwrap().upgrade;
        assert!(!upgrade(&[("upgrade", "a")]) && !upgrade(&[("connection", "upgrade")]));
    }
}
