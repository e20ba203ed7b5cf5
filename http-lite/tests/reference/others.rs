//! What we take and what we write, read by httparse: the same parts.

#![allow(dead_code, reason = "each user needs a part of it")]

use crate::reference::head::{Head, Start, ows};

/// A head that we have taken means the same to httparse. It knows no minor version above 1.
pub(crate) fn means_the_same(head: &Head, bytes: &[u8]) {
    let mut fields = vec![httparse::EMPTY_HEADER; head.fields.len()];
    let text = bytes.escape_ascii();
    let (found, len) = match &head.start {
        Start::Request { method, target, .. } => {
            let mut read = httparse::Request::new(&mut fields);
            let len = match read.parse(bytes) {
                Err(httparse::Error::Version) => return,
                len => len.unwrap_or_else(|error| panic!("{error}: {text}")),
            };
            assert_eq!((read.method, read.path), (Some(&**method), Some(&**target)), "{text}");
            assert_eq!(read.version, Some(head.minor), "{text}");
            (read.headers, len)
        }
        Start::Response { status, reason } => {
            let mut read = httparse::Response::new(&mut fields);
            let len = match read.parse(bytes) {
                Err(httparse::Error::Version) => return,
                len => len.unwrap_or_else(|error| panic!("{error}: {text}")),
            };
            assert_eq!((read.code, read.version), (Some(*status), Some(head.minor)), "{text}");
            // It gives no reason phrase that is not ASCII.
            let ascii = reason.iter().all(u8::is_ascii);
            let expected = if ascii { str::from_utf8(reason).unwrap() } else { "" };
            assert_eq!(read.reason, Some(expected), "{text}");
            (read.headers, len)
        }
    };
    assert_eq!(len, httparse::Status::Complete(bytes.len()), "{text}");
    assert_eq!(found.len(), head.fields.len(), "{text}");
    for (found, (name, value)) in found.iter().zip(&head.fields) {
        assert_eq!((found.name, ows(found.value)), (&**name, &value[..]), "{text}");
    }
}
