//! A head through a small buffer: what a parser says that has the whole head, unless a line does not
//! fit. Used by the tests and by the fuzz target.

use http_lite::{
    DecodeError, ErrorKind, Facts, Field, FieldName, FieldValue, HeadItem, HeadParser, HeadStream,
    Limits,
};

const WANTED: [&str; 3] = ["a", "content-type", "Transfer-encoding"];

/// Start line, wanted fields, facts, length.
type Found = Result<Option<(String, Vec<(String, Vec<u8>)>, Facts, usize)>, DecodeError>;

pub(crate) fn hold(bytes: &[u8], cuts: &[usize], limits: Limits, room: usize, is_request: bool) {
    let whole = parsed(bytes, limits, is_request);
    let large = streamed(bytes, cuts, limits, bytes.len() + 1, is_request);
    let text = bytes.escape_ascii();
    if whole == large {
        // Nothing to say.
    } else {
        // One byte later.
        let at_limit = whole.as_ref().is_err_and(|error| is_too_long(*error));
        assert!(at_limit && large == Ok(None), "{whole:?}, but {large:?}: {text}");
        assert_eq!(bytes.len(), limits.bytes as usize, "{text}");
    }
    let small = streamed(bytes, cuts, limits, room, is_request);
    match small {
        Err(error) if is_too_long(error) => {
            // A start line with the empty lines before it, or another line, with its line end.
            let line = bytes.split(|byte| *byte == b'\n').map(|line| line.len() + 5).max();
            assert!(small == large || line.unwrap_or(0) > room, "{small:?} {text}");
        }
        small => assert_eq!(small, large, "{room}: {text}"),
    }
}

fn is_too_long(error: DecodeError) -> bool {
    matches!(error.kind, ErrorKind::FieldsTooLong | ErrorKind::TargetTooLong)
}

fn parsed(bytes: &[u8], limits: Limits, is_request: bool) -> Found {
    let mut parser = HeadParser::with_limits(limits);
    let (start, fields, len) = if is_request {
        let Some((head, len)) = parser.parse_request(bytes)? else { return Ok(None) };
        (format!("{} {} {:?}", head.method, head.target, head.version), head.fields, len)
    } else {
        let Some((head, len)) = parser.parse_response(bytes)? else { return Ok(None) };
        (format!("{:?} {} {:?}", head.version, head.status, head.reason), head.fields, len)
    };
    let wanted = |field: &Field<'_>| WANTED.iter().any(|name| field.name.is(name));
    let fields = fields.iter().filter(wanted).map(plain).collect();
    Ok(Some((start, fields, *parser.facts(), len)))
}

fn plain(field: Field<'_>) -> (String, Vec<u8>) {
    let Field { name, value } = field;
    assert!(FieldName::new(name.as_bytes()).is_some());
    assert!(FieldValue::new(value.as_bytes()).is_some());
    (name.as_str().to_owned(), value.as_bytes().to_vec())
}

fn streamed(bytes: &[u8], cuts: &[usize], limits: Limits, room: usize, is_request: bool) -> Found {
    let mut buffer = vec![0; room];
    let mut stream = if is_request {
        HeadStream::request(&mut buffer, &WANTED, limits)
    } else {
        HeadStream::response(&mut buffer, &WANTED, limits)
    };
    let (mut start, mut fields, mut at) = (String::new(), Vec::new(), 0);
    for end in cuts.iter().copied().filter(|cut| *cut < bytes.len()).chain([bytes.len()]) {
        loop {
            let (taken, item) = match stream.handle_input(&bytes[at..end.max(at)]) {
                Ok(found) => found,
                Err(error) => {
                    assert_eq!(stream.handle_input(b"x").map(|_| ()), Err(error));
                    return Err(error);
                }
            };
            at += taken;
            match item {
                Some(HeadItem::RequestLine { method, target, version }) => {
                    start = format!("{method} {target} {version:?}");
                }
                Some(HeadItem::StatusLine { version, status, reason }) => {
                    start = format!("{version:?} {status} {reason:?}");
                }
                Some(HeadItem::Field(field)) => fields.push(plain(field)),
                Some(HeadItem::End) => return Ok(Some((start, fields, *stream.facts(), at))),
                None => break,
            }
        }
        assert_eq!(at, end.max(at), "all are taken");
    }
    Ok(None)
}
