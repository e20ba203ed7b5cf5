//! What a request sends: texts, files, a form, or standard input; read piece by piece.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use http_lite::FieldValue;
use http_lite::multipart::{FormPart, PartHead, RandomBoundary, encode_end};

use super::error::{Error, code};

/// A body, and how much of it has been read.
#[derive(Default)]
pub(super) struct Body {
    pieces: Vec<Piece>,
    /// The piece to read next.
    next: usize,
    /// What is left of the piece before it.
    open: Option<Box<dyn Read>>,
}

/// A part of a body.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// So many bytes of a file.
    File(PathBuf, u64),
    Stdin,
}

/// A field of a form: `name=value`, `name=@file` or `name=<file`.
#[derive(Debug, Clone)]
pub(super) struct FormField {
    name: String,
    data: Piece,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl Piece {
    /// The whole of a file.
    pub(super) fn file(path: &Path) -> Result<Self, Error> {
        let metadata = std::fs::metadata(path);
        let metadata = metadata.map_err(|error| Error::at(code::READ, path, &error))?;
        if metadata.is_dir() {
            let text = format!("{} is a folder", path.display());
            return Err(Error::new(code::READ, text));
        }
        Ok(Self::File(path.to_owned(), metadata.len()))
    }

    fn len(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(_, len) => Some(*len),
            Self::Stdin => None,
        }
    }

    fn open(&self) -> Result<Box<dyn Read>, Error> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
            Self::File(path, len) => {
                let file = File::open(path).map_err(|error| Error::at(code::READ, path, &error))?;
                // What is written to it meanwhile is not sent.
                Box::new(file.take(*len))
            }
            Self::Stdin => Box::new(io::stdin()),
        })
    }
}

impl Body {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces, ..Self::default() }
    }

    /// A form as `multipart/form-data`, and its Content-Type. RFC 7578.
    pub(super) fn form(fields: &[FormField]) -> Result<(Self, String), Error> {
        let bits = (u128::from(random()) << 64) | u128::from(random());
        let random = RandomBoundary::new(bits.to_le_bytes());
        let boundary = random.get();
        let mut pieces = Vec::new();
        for field in fields {
            let refuse = || Error::new(code::UPLOAD, format!("{:?} cannot be sent", field.name));
            let mut head = FormPart::new(boundary, &field.name).ok_or_else(refuse)?;
            if let Some(name) = &field.file_name {
                head = head.with_filename(name).ok_or_else(refuse)?;
            }
            if let Some(content_type) = &field.content_type {
                let value = FieldValue::new(content_type.as_bytes()).ok_or_else(refuse)?;
                head = head.with_content_type(value);
            }
            let mut bytes = vec![0; head.encoded_len()];
            head.encode(&mut bytes).map_err(|_| refuse())?;
            pieces.push(Piece::Bytes(bytes));
            pieces.push(field.data.clone());
            pieces.push(Piece::Bytes(PartHead::PART_END.to_vec()));
        }
        let mut end = vec![0; boundary.as_bytes().len() + 6];
        encode_end(boundary, &mut end)
            .map_err(|error| Error::new(code::UPLOAD, error.to_string()))?;
        pieces.push(Piece::Bytes(end));
        let content_type =
            format!("multipart/form-data; boundary={}", boundary.as_bytes().escape_ascii());
        Ok((Self::new(pieces), content_type))
    }

    /// How long it is; `None` if only its end will tell.
    pub(super) fn len(&self) -> Option<u64> {
        self.pieces.iter().try_fold(0_u64, |sum, piece| sum.checked_add(piece.len()?))
    }

    /// Can it be sent once more?
    pub(super) fn is_replayable(&self) -> bool {
        self.next == 0 || self.len().is_some()
    }

    /// Begins anew; it must be replayable.
    pub(super) fn rewind(&mut self) {
        (self.next, self.open) = (0, None);
    }

    /// Reads some of it, 0 at its end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            let fail = |error: io::Error| Error::new(code::READ, format!("the body: {error}"));
            if let Some(piece) = &mut self.open {
                match piece.read(buffer) {
                    Ok(0) => self.open = None,
                    Ok(len) => return Ok(len),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(fail(error)),
                }
                continue;
            }
            let Some(piece) = self.pieces.get(self.next) else { return Ok(0) };
            self.open = Some(piece.open()?);
            self.next += 1;
        }
    }
}

impl FormField {
    /// Reads `name=value`, `name=@file;type=text/plain;filename=a` or `name=<file`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = || Error::new(code::USAGE, format!("-F {text:?} is not NAME=VALUE"));
        let (name, value) = text.split_once('=').ok_or_else(refuse)?;
        let name = name.to_owned();
        let (marker, rest) = match value.chars().next() {
            Some(marker @ ('@' | '<')) => (marker, value.get(1..).unwrap_or_default()),
            _ => {
                let data = Piece::Bytes(value.as_bytes().to_vec());
                return Ok(Self { name, data, file_name: None, content_type: None });
            }
        };
        let mut parts = rest.split(';');
        let path = Path::new(parts.next().unwrap_or_default());
        let mut field =
            Self { name, data: Piece::file(path)?, file_name: None, content_type: None };
        if marker == '@' {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            field.file_name = Some(name);
            field.content_type = Some("application/octet-stream".into());
        }
        for part in parts {
            match part.split_once('=') {
                Some(("type", value)) => field.content_type = Some(value.into()),
                Some(("filename", value)) => field.file_name = Some(value.into()),
                _ => return Err(refuse()),
            }
        }
        Ok(field)
    }
}

/// A number that nobody can guess: the standard library keys its hashes at random.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(body: &mut Body) -> String {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 5]);
        loop {
            match body.read(&mut buffer).unwrap() {
                0 => return String::from_utf8(bytes).unwrap(),
                len => bytes.extend_from_slice(&buffer[..len]),
            }
        }
    }

    #[test]
    fn gives_its_pieces_one_after_the_other_and_once_more() {
        let piece = |text: &str| Piece::Bytes(text.into());
        let mut body = Body::new(vec![piece("first"), piece(""), piece("second one")]);
        assert_eq!(body.len(), Some(15));
        for _ in 0..2 {
            assert_eq!(all(&mut body), "firstsecond one");
            assert!(body.is_replayable());
            body.rewind();
        }
        let mut body = Body::new(vec![Piece::Stdin]);
        assert!(body.len().is_none() && body.is_replayable());
        body.next = 1;
        assert!(!body.is_replayable());
    }

    #[test]
    fn a_form_is_as_long_as_it_says_and_has_a_boundary_of_its_own() {
        let fields = [FormField::parse("a=b").unwrap(), FormField::parse("c=").unwrap()];
        let (mut body, content_type) = Body::form(&fields).unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let text = all(&mut body);
        assert_eq!(body.len(), Some(text.len() as u64));
        let wanted = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n\r\n\
             --{boundary}--\r\n"
        );
        assert_eq!(text, wanted);
        assert_ne!(Body::form(&fields).unwrap().1, content_type);
    }
}
