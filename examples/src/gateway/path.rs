//! Paths of URIs as topic names, so that a table of topic filters says what is where, and what a wildcard
//! takes of a path is the topic.
//!
//! ```text
//! GET /t%6Fpics/a+b/%C3%A9   /topics/a%2Bb/%C3%A9
//! Uri-Path: ps, $SYS, x      /ps/$SYS/x
//! ```
//!
//! Segments are levels. They are percent-encoded, all in the same way: so a slash in a segment divides no
//! level, and `+`, `#`, NUL and what is not UTF-8 are no trouble, since none is left. The slash in front
//! makes the first level an empty one; behind it, wildcards take names that begin with `$`.

use std::fmt::Write as _;

use http_lite::percent::Encoded;
use topic_matcher::{CaptureFilter, TopicName};

/// The path with these segments, which are decoded. Without any it is `/`, as with an empty one: RFC 9110
/// section 4.2.3, RFC 7252 section 6.5
pub(super) fn path_of<S: IntoIterator<Item = u8>>(segments: impl Iterator<Item = S>) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        segment.into_iter().for_each(|byte| push(byte, &mut path));
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

/// The path that stands for a topic name.
pub(super) fn path_of_topic(topic: &str) -> String {
    path_of(topic.split('/').map(str::bytes))
}

/// What the wildcard takes of a path; nothing, if the filter does not take it.
pub(super) fn captured<'p>(filter: &CaptureFilter<'_, 1>, path: &'p str) -> &'p str {
    let captures = TopicName::new(path).ok().and_then(|path| filter.captures(path));
    captures.map_or("", |[taken]| taken)
}

/// The topic name that a part of such a path stands for, from behind a slash on.
///
/// # Errors
///
/// What is wrong with it, for people.
pub(super) fn topic_of_path(path: &str) -> Result<String, &'static str> {
    if path.contains("%2F") {
        return Err("a path segment with a slash: levels are segments of their own");
    }
    let decoded = Encoded::new(path.as_bytes()).map(|path| path.bytes().collect());
    let topic = String::from_utf8(decoded.unwrap_or_default());
    let topic = topic.map_err(|_| "a path segment is not UTF-8")?;
    match TopicName::new(&topic) {
        Ok(_) => Ok(topic),
        Err(_) => Err("not a topic name: it is empty, or has +, # or NUL, or is too long"),
    }
}

/// RFC 3986 section 3.3; a plus is encoded too.
fn push(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() || b"-._~!$&'()*,;=:@".contains(&byte) {
        out.push(byte.into());
    } else {
        let _ = write!(out, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segments: &[&[u8]]) -> String {
        path_of(segments.iter().map(|segment| segment.iter().copied()))
    }

    #[test]
    fn segments_are_levels() {
        for (segments, topic) in [
            (&[&b"a"[..]][..], "a"),
            (&[b"a", b"b c", "\u{e9}".as_bytes()], "a/b c/\u{e9}"),
            (&[b"", b"a"], "/a"),
            (&[b"a", b""], "a/"),
            (&[b"", b""], "/"),
            (&[b"$SYS", b"100%2F"], "$SYS/100%2F"),
        ] {
            let path = path(segments);
            assert_eq!(topic_of_path(&path[1..]).as_deref(), Ok(topic));
            assert_eq!(path_of_topic(topic), path);
        }
        for segments in [&[&b""[..]][..], &[b"a/b"], &[b"+"], &[b"a", b"#"], &[b"a\0"], &[b"\xFF"]]
        {
            assert!(topic_of_path(&path(segments)[1..]).is_err(), "{segments:?}");
        }
    }

    /// Up to 65,535 bytes.
    #[test]
    fn every_path_is_a_topic_name() {
        for byte in 0..=255 {
            let path = path(&[b"", &[byte], &[b'a', byte]]);
            assert_eq!(TopicName::new(&path).unwrap().levels().count(), 4, "{path}");
        }
        assert_eq!((&*path(&[]), &*path(&[b""])), ("/", "/"));
    }
}
