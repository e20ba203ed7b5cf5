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

use http_lite::percent::Encoded;
use topic_matcher::{CaptureFilter, TopicName};

/// The longest topic name, in bytes.
const LONGEST: usize = u16::MAX as usize;

/// The path with these segments, which are decoded. Without any it is `/`, as with an empty one: RFC 9110
/// section 4.2.3, RFC 7252 section 6.5. It is a topic name: of what is longer, the first 65,535 bytes.
pub(super) fn path_of<S: IntoIterator<Item = u8>>(segments: impl Iterator<Item = S>) -> String {
    let mut path = encode(segments, LONGEST);
    path.truncate(LONGEST);
    if path.is_empty() { "/".to_owned() } else { path }
}

/// The path that stands for a topic name, up to three times as long.
pub(super) fn path_of_topic(topic: &str) -> String {
    encode(topic.split('/').map(str::bytes), usize::MAX)
}

/// What the wildcard takes of a path, percent-encoded as it is there. Empty if it takes nothing, and if the
/// filter does not take the path.
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

/// Stops behind `most` bytes, with the whole of what the last of them is a part of.
fn encode<S: IntoIterator<Item = u8>>(segments: impl Iterator<Item = S>, most: usize) -> String {
    let mut path = String::new();
    for segment in segments {
        if path.len() >= most {
            return path;
        }
        path.push('/');
        for byte in segment {
            if path.len() >= most {
                return path;
            }
            push(byte, &mut path);
        }
    }
    path
}

/// RFC 3986 section 3.3. A plus need not be encoded there, but it is a wildcard here.
fn push(byte: u8, out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |four: u8| DIGITS.get(usize::from(four)).copied().unwrap_or_default();
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte.into()),
        b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b','
        | b';' | b'=' | b':' | b'@' => out.push(byte.into()),
        _ => out.extend(['%', digit(byte >> 4), digit(byte & 15)]),
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

    #[test]
    fn every_path_is_a_topic_name() {
        for byte in 0..=255 {
            let path = path(&[b"", &[byte], &[b'a', byte]]);
            assert_eq!(TopicName::new(&path).unwrap().levels().count(), 4, "{path}");
            let (_, last) = path.rsplit_once('/').unwrap();
            assert!(Encoded::new(last.as_bytes()).unwrap().is(&[b'a', byte]));
            assert!(last.len() == 2 || last == format!("a%{byte:02X}"));
        }
        assert_eq!((&*path(&[]), &*path(&[b""])), ("/", "/"));
    }

    #[test]
    fn no_more_is_made_of_a_path_than_a_topic_name_can_be_long() {
        for (len, byte, whole) in [
            (65_534, b'a', true),
            (65_535, b'a', false),
            (21_844, b'+', true),
            (21_845, b'+', false),
            (1 << 20, b'+', false),
        ] {
            let taken = std::cell::Cell::new(0);
            let bytes = std::iter::repeat_n(byte, len).inspect(|_| taken.set(taken.get() + 1));
            let path = path_of(std::iter::once(bytes));
            assert!(TopicName::new(&path).is_ok());
            assert!(whole || path.len() == 65_535, "{len}: {}", path.len());
            let most = if byte == b'a' { 65_535 } else { 21_846 };
            assert_eq!(taken.get(), len.min(most), "{len}");
            assert_eq!(topic_of_path(&path[1..]).is_ok(), byte == b'a');
        }
        let taken = std::cell::Cell::new(0);
        let segments = std::iter::repeat_n([], 1 << 20).inspect(|_| taken.set(taken.get() + 1));
        assert_eq!((path_of(segments).len(), taken.get()), (65_535, 65_536));
        // A link to a topic is whole, however long.
        assert_eq!(path_of_topic(&"\u{e9}".repeat(30_000)).len(), 180_001);
    }
}
