//! What a head says about its own connection and body, judged field by field.

use crate::error::ErrorKind;
use crate::field::{Field, decimal};
use crate::list::is_token;
use crate::scan::{is_lower, trim};

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
    /// Version of the message.
    pub version: Version,
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
    upgrade_field: bool,
    upgrade_option: bool,
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
            upgrade_field: false,
            upgrade_option: false,
        }
    }

    /// True if Upgrade is there without its connection option.
    pub(crate) const fn lacks_upgrade_option(&self) -> bool {
        self.upgrade_field && !self.upgrade_option
    }

    /// True if the connection is to go on after this message, as far as this side says.
    ///
    /// RFC 9112 section 9.3.
    pub const fn persists(&self) -> bool {
        !self.close && (self.keep_alive || matches!(self.version, Version::Http11))
    }

    /// False for most fields that say nothing about connection and body, by the length of the name
    /// and its first letter.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
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
        match name.len() {
            4 if is_lower(name, b"host") => self.host(),
            6 if is_lower(name, b"expect") => self.expect(value),
            7 if is_lower(name, b"upgrade") => {
                self.upgrade_field = true;
                self.upgrade = self.upgrade_option;
            }
            10 if is_lower(name, b"connection") => self.connection(value),
            14 if is_lower(name, b"content-length") => return self.content_length(value),
            17 if is_lower(name, b"transfer-encoding") => return self.transfer_encoding(value),
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

    const fn host(&mut self) {
        self.host = match self.host {
            Host::Missing => Host::One,
            _ => Host::Several,
        };
    }

    const fn expect(&mut self, value: &[u8]) {
        self.expect = match self.expect {
            Expect::Unknown => Expect::Unknown,
            _ if is_lower(value, b"100-continue") => Expect::Continue,
            _ => Expect::Unknown,
        };
    }

    const fn connection(&mut self, value: &[u8]) {
        if cfg!(target_pointer_width = "64") {
            match value {
                b"close" => return self.close = true,
                b"keep-alive" => return self.keep_alive = true,
                _ => {}
            }
        }
        // Options are tokens: a quote hides no comma.
        let mut rest = Some(value);
        while let Some(list) = rest {
            let (option, behind) = split_at(list, b',');
            let option = trim(option);
            self.close |= is_lower(option, b"close");
            self.keep_alive |= is_lower(option, b"keep-alive");
            self.upgrade_option |= is_lower(option, b"upgrade");
            rest = behind;
        }
        self.upgrade = self.upgrade_option && self.upgrade_field;
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

    const fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), ErrorKind> {
        let mut rest = Some(value);
        while let Some(list) = rest {
            let (element, behind) = split_at(list, b',');
            // Its name; a quoted string in a parameter could hide a comma, so none is taken.
            let (name, parameters) = split_at(trim(element), b';');
            if !is_token(trim(name)) || !is_plain(parameters) {
                return Err(ErrorKind::TransferEncoding);
            }
            let chunked = parameters.is_none() && is_lower(name, b"chunked");
            self.transfer_encoding = match (self.transfer_encoding, chunked) {
                (TransferEncoding::None, true) => TransferEncoding::Chunked,
                (TransferEncoding::None, false) => TransferEncoding::Coded,
                (TransferEncoding::Coded, true) => TransferEncoding::CodedChunked,
                (TransferEncoding::Coded, false) => TransferEncoding::Coded,
                _ => TransferEncoding::ChunkedNotLast,
            };
            rest = behind;
        }
        Ok(())
    }
}

/// True without parameters, or if they have no quote.
const fn is_plain(parameters: Option<&[u8]>) -> bool {
    match parameters {
        Some(text) => split_at(text, b'"').1.is_none(),
        None => true,
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
