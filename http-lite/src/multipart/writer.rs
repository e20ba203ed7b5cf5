//! A multipart body written part by part.

use super::Boundary;
use crate::error::EncodeError;
use crate::field::{Field, FieldValue, Fields};
use crate::scan::is_value;
use crate::writer::Writer;

/// What stands before the data of a part: its delimiter and its fields.
///
/// A body is, for each part, the head, the data and [`PART_END`](Self::PART_END), then once
/// [`encode_end`]. All lengths are known before anything is written.
///
/// The boundary must not be in the data. Draw it at random ([`RandomBoundary`]), or ask
/// [`Boundary::is_in`].
///
/// ```
/// use http_lite::multipart::{Boundary, PartHead, encode_end};
/// use http_lite::{Field, Fields};
///
/// let boundary = Boundary::new(b"ranges").unwrap();
/// let fields = [Field::new("Content-Range", "bytes 0-1/9").unwrap()];
/// let head = PartHead { boundary, fields: Fields::new(&fields) };
///
/// let mut out = [0; 128];
/// let mut len = head.encode(&mut out)?;
/// for piece in [&b"ab"[..], PartHead::PART_END] {
///     out[len..][..piece.len()].copy_from_slice(piece);
///     len += piece.len();
/// }
/// len += encode_end(boundary, &mut out[len..])?;
/// assert_eq!(&out[..len], b"--ranges\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--ranges--\r\n");
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHead<'a> {
    /// The boundary of the body.
    pub boundary: Boundary<'a>,
    /// The fields of the part. Of those that HTTP defines, only the ones named `Content-` mean
    /// anything here.
    pub fields: Fields<'a>,
}

impl PartHead<'_> {
    /// What stands behind the data of every part.
    pub const PART_END: &'static [u8] = b"\r\n";

    /// Writes the head; how many bytes that were.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// How many bytes [`encode`](Self::encode) writes.
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(&self, w: &mut Writer<'_>) {
        write_delimiter(w, self.boundary, b"\r\n");
        self.fields.write(w);
        w.bytes(b"\r\n");
    }
}

/// What stands before the data of a part of `multipart/form-data`.
///
/// ```text
/// --boundary
/// Content-Disposition: form-data; name="field"; filename="file.txt"
/// Content-Type: text/plain
///
/// ```
///
/// Nothing can be injected through the names: a quote, CR and LF are written as `%22`, `%0D` and
/// `%0A`, as browsers do, and controls are refused. A name that has these three characters of
/// its own (`%22`) is written as it is, and would be read as a quote: the standard has no other way.
///
/// RFC 7578 section 4.2, the HTML standard on form submission.
///
/// ```
/// use http_lite::FieldValue;
/// use http_lite::multipart::{Boundary, FormPart, encoded_total};
///
/// const BOUNDARY: Boundary<'_> = Boundary::new(b"xx").unwrap();
/// let file = FormPart::new(BOUNDARY, "file")
///     .and_then(|part| part.with_filename("a\".bin"))
///     .unwrap()
///     .with_content_type(FieldValue::new(b"image/png").unwrap());
/// let mut out = [0; 128];
/// let len = file.encode(&mut out)?;
/// assert_eq!(
///     &out[..len],
///     b"--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22.bin\"\r\n\
///       Content-Type: image/png\r\n\r\n"
/// );
/// // The Content-Length of an upload of this one file.
/// assert_eq!(encoded_total(BOUNDARY, &[(file.encoded_len(), 5_000_000_000)]), Some(5_000_000_109));
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormPart<'a> {
    boundary: Boundary<'a>,
    name: &'a str,
    filename: Option<&'a str>,
    content_type: Option<FieldValue<'a>>,
}

impl<'a> FormPart<'a> {
    /// The field of this name. `None` if the name has a control other than CR, LF and HTAB, or ends
    /// with a backslash, which some readers would take together with the quote behind it.
    pub const fn new(boundary: Boundary<'a>, name: &'a str) -> Option<Self> {
        if !is_name(name.as_bytes()) {
            return None;
        }
        Some(Self { boundary, name, filename: None, content_type: None })
    }

    /// A file of this name. `None` as for [`new`](Self::new).
    pub const fn with_filename(self, filename: &'a str) -> Option<Self> {
        if !is_name(filename.as_bytes()) {
            return None;
        }
        Some(Self { filename: Some(filename), ..self })
    }

    /// Says what the data are; without it, they are text if there is no file name.
    pub const fn with_content_type(self, content_type: FieldValue<'a>) -> Self {
        Self { content_type: Some(content_type), ..self }
    }

    /// Writes the head; how many bytes that were.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// How many bytes [`encode`](Self::encode) writes.
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(&self, w: &mut Writer<'_>) {
        write_delimiter(w, self.boundary, b"\r\n");
        w.bytes(b"Content-Disposition: form-data; name=\"");
        write_name(w, self.name.as_bytes());
        if let Some(filename) = self.filename {
            w.bytes(b"\"; filename=\"");
            write_name(w, filename.as_bytes());
        }
        w.bytes(b"\"\r\n");
        if let Some(content_type) = self.content_type {
            Field { value: content_type, ..Field::of_checked(b"Content-Type", b"") }.write(w);
        }
        w.bytes(b"\r\n");
    }
}

/// Writes what ends the body, behind the [`PART_END`](PartHead::PART_END) of the last part.
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`].
pub const fn encode_end(boundary: Boundary<'_>, out: &mut [u8]) -> Result<usize, EncodeError> {
    let mut w = Writer::new(out);
    write_delimiter(&mut w, boundary, b"--\r\n");
    w.finish()
}

/// The length of a whole body in bytes, for `Content-Length`: of each part the length of its head
/// and of its data. `None` above 2^64 - 1.
pub const fn encoded_total(boundary: Boundary<'_>, parts: &[(usize, u64)]) -> Option<u64> {
    let mut total = boundary.0.len().saturating_add(6) as u64;
    let mut rest = parts;
    while let Some((&(head_len, data_len), tail)) = rest.split_first() {
        let part = (head_len as u64).saturating_add(PartHead::PART_END.len() as u64);
        total = match total.checked_add(part) {
            Some(total) => match total.checked_add(data_len) {
                Some(total) => total,
                None => return None,
            },
            None => return None,
        };
        rest = tail;
    }
    Some(total)
}

/// A boundary of 128 random bits, which no data have but by design of somebody who knows it.
///
/// ```
/// use http_lite::multipart::RandomBoundary;
///
/// let random = [0x5A; 16]; // from your source of random numbers
/// let boundary = RandomBoundary::new(random);
/// assert_eq!(boundary.get().as_bytes(), b"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RandomBoundary([u8; 32]);

impl RandomBoundary {
    /// The 32 hexadecimal digits of these bytes.
    pub const fn new(random: [u8; 16]) -> Self {
        let mut digits = [b'0'; 32];
        let (mut to, mut from): (&mut [u8], &[u8]) = (&mut digits, &random);
        while let ([high, low, rest @ ..], [byte, behind @ ..]) = (to, from) {
            (*high, *low) = (digit(*byte >> 4), digit(*byte & 15));
            (to, from) = (rest, behind);
        }
        Self(digits)
    }

    /// The boundary.
    pub const fn get(&self) -> Boundary<'_> {
        Boundary(&self.0)
    }
}

const fn digit(number: u8) -> u8 {
    if number < 10 {
        b'0'.saturating_add(number)
    } else {
        b'a'.saturating_sub(10).saturating_add(number)
    }
}

const fn write_delimiter(w: &mut Writer<'_>, boundary: Boundary<'_>, end: &[u8]) {
    w.bytes(b"--");
    w.bytes(boundary.0);
    w.bytes(end);
}

const fn is_name(name: &[u8]) -> bool {
    let mut rest = name;
    while let Some((&byte, tail)) = rest.split_first() {
        if !is_value(byte) && !matches!(byte, b'\r' | b'\n') {
            return false;
        }
        rest = tail;
    }
    !matches!(name, [.., b'\\'])
}

const fn write_name(w: &mut Writer<'_>, name: &[u8]) {
    let mut rest = name;
    while let Some((&byte, tail)) = rest.split_first() {
        match byte {
            b'"' => w.bytes(b"%22"),
            b'\r' => w.bytes(b"%0D"),
            b'\n' => w.bytes(b"%0A"),
            _ => w.u8(byte),
        }
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDARY: Boundary<'_> = Boundary::new(b"b").unwrap();

    #[test]
    fn nothing_gets_through_a_name() {
        for name in ["a\0", "\x7F", "\x1B[", "a\\"] {
            assert!(FormPart::new(BOUNDARY, name).is_none());
            assert!(FormPart::new(BOUNDARY, "").unwrap().with_filename(name).is_none());
        }
        let part = FormPart::new(BOUNDARY, "a\r\nX: \"\\\"é\t").unwrap();
        let part = part.with_filename("\n--b--").unwrap();
        let mut out = [0; 128];
        let len = part.encode(&mut out).unwrap();
        let expected = "--b\r\nContent-Disposition: form-data; name=\"a%0D%0AX: %22\\%22é\t\"; \
                        filename=\"%0A--b--\"\r\n\r\n";
        assert_eq!(&out[..len], expected.as_bytes());
    }

    #[test]
    fn every_short_buffer_tells_what_is_needed() {
        let part = FormPart::new(BOUNDARY, "a\"").unwrap().with_filename("f").unwrap();
        let part = part.with_content_type(FieldValue::number(7));
        let head = PartHead { boundary: BOUNDARY, fields: Fields::EMPTY };
        let mut out = [0; 128];
        let needed = part.encode(&mut out).unwrap();
        assert_eq!((needed, head.encode(&mut out)), (part.encoded_len(), Ok(7)));
        assert_eq!(encode_end(BOUNDARY, &mut out), Ok(7));
        for len in 0..needed {
            let error = EncodeError::BufferTooSmall { needed };
            assert_eq!(part.encode(&mut out[..len]), Err(error));
        }
        for len in 0..7 {
            let error = Err(EncodeError::BufferTooSmall { needed: 7 });
            assert_eq!(head.encode(&mut out[..len]), error);
            assert_eq!(encode_end(BOUNDARY, &mut out[..len]), error);
        }
    }

    #[test]
    fn the_total_is_not_beyond_64_bits() {
        assert_eq!(encoded_total(BOUNDARY, &[]), Some(7));
        assert_eq!(encoded_total(BOUNDARY, &[(10, 0), (11, 5)]), Some(37));
        assert_eq!(encoded_total(BOUNDARY, &[(10, u64::MAX - 19)]), Some(u64::MAX));
        assert_eq!(encoded_total(BOUNDARY, &[(10, u64::MAX - 18)]), None);
        assert_eq!(encoded_total(BOUNDARY, &[(10, u64::MAX), (0, 0)]), None);
    }

    #[test]
    fn random_boundaries_have_all_bits() {
        let mut random = [0; 16];
        random[0] = 0x09;
        random[15] = 0xAF;
        assert_eq!(RandomBoundary::new(random).get().0, b"090000000000000000000000000000af");
    }
}
