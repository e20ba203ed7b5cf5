//! The files of `--etag-save` and `--etag-compare`.
//!
//! A line with the tag, as curl has it, stands for a body that is complete. While a body comes, and
//! when it was cut, the word `incomplete` stands before the tag: `-C` may go on with such a file, and
//! nothing else may take it for what the server has. An empty file stands for no tag.

use std::io::ErrorKind;
use std::path::Path;

use http_lite::EntityTag;

use super::error::{Error, code};

/// What such a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) tag: String,
    pub(super) is_complete: bool,
}

const INCOMPLETE: &str = "incomplete ";

impl Stored {
    /// A tag as it stands in a field or a file; `None` if it is none.
    pub(super) fn new(tag: &[u8], is_complete: bool) -> Option<Self> {
        EntityTag::parse(tag)?;
        let tag = String::from_utf8(tag.to_vec()).ok()?; // other bytes no command line has
        Some(Self { tag, is_complete })
    }

    /// Is this the tag of the same bytes? RFC 9110 section 8.8.3.2.
    pub(super) fn is_strongly(&self, other: &[u8]) -> bool {
        let tags = EntityTag::parse(self.tag.as_bytes()).zip(EntityTag::parse(other));
        tags.is_some_and(|(own, other)| own.strongly_matches(other))
    }

    pub(super) fn is_strong(&self) -> bool {
        self.is_strongly(self.tag.as_bytes())
    }
}

/// Nothing if there is no file, or no tag in it.
pub(super) fn read(path: &Path) -> Result<Option<Stored>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(match text.trim().strip_prefix(INCOMPLETE) {
            Some(tag) => Stored::new(tag.as_bytes(), false),
            None => Stored::new(text.trim().as_bytes(), true),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(Error::at(code::READ, path, &error)),
    }
}

pub(super) fn write(path: &Path, stored: Option<&Stored>) -> Result<(), Error> {
    let line = stored.map_or(String::new(), |Stored { tag, is_complete }| {
        format!("{}{tag}\n", if *is_complete { "" } else { INCOMPLETE })
    });
    std::fs::write(path, line).map_err(|error| Error::at(code::WRITE, path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_what_curl_writes() {
        let path = std::env::temp_dir().join(format!("http-get-etag-{}", std::process::id()));
        for (text, wanted) in [
            ("\"v1\"\n", Some(("\"v1\"", true))),
            ("\"v1\"", Some(("\"v1\"", true))),
            ("W/\"v1\"\r\n", Some(("W/\"v1\"", true))),
            ("incomplete \"v1\"\n", Some(("\"v1\"", false))),
            ("", None),
            ("incomplete", None),
            ("incomplete \"v1", None),
            ("\"v1", None),
            ("v1", None),
            ("\"v1\" \"v2\"", None),
        ] {
            std::fs::write(&path, text).unwrap();
            let stored = read(&path).unwrap();
            let found = stored.as_ref().map(|stored| (stored.tag.as_str(), stored.is_complete));
            assert_eq!(found, wanted, "{text:?}");
            write(&path, stored.as_ref()).unwrap();
            assert_eq!(read(&path).unwrap(), stored);
        }
        std::fs::write(&path, b"\"\xff\"\n").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&path).unwrap(), None);
    }

    #[test]
    fn only_strong_tags_are_strongly_the_same() {
        for (own, other, is) in [
            ("\"a\"", "\"a\"", true),
            ("\"a\"", "\"b\"", false),
            ("W/\"a\"", "W/\"a\"", false),
            ("W/\"a\"", "\"a\"", false),
            ("\"a\"", "W/\"a\"", false),
            ("\"a\"", "a", false),
        ] {
            let own = Stored::new(own.as_bytes(), true).unwrap();
            assert_eq!(own.is_strongly(other.as_bytes()), is, "{own:?} {other}");
        }
    }
}
