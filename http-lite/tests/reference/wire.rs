//! Whether what two machines have sent each other is legal: a slow reader of whole conversations.

#![allow(dead_code, reason = "each user needs a part of it")]

use crate::reference::chunked::{MOST, chunked};
use crate::reference::head::{Ends, Head, Read, Start, is_token, request, response};

/// What a server must know of a request that it answers.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) minor: u8,
    pub(crate) persists: bool,
    pub(crate) wants_upgrade: bool,
    /// Its body is there as a whole.
    pub(crate) whole: bool,
}

const ANY: usize = usize::MAX;

/// All that a client has sent: requests, the last of which may not have ended.
pub(crate) fn requests(bytes: &[u8]) -> Vec<Asked> {
    let (mut at, mut asked) = (0, Vec::<Asked>::new());
    while at < bytes.len() {
        let rest = &bytes[at..];
        if let Some(last) = asked.last() {
            assert!(last.persists && last.whole, "behind the last request: {}", shown(rest));
        }
        let Read::Good(head, len) = request(rest, ANY, ANY) else {
            panic!("not a request: {}", shown(rest));
        };
        sender(&head, &rest[..len]);
        head.host_and_expect().unwrap();
        let Start::Request { method, .. } = &head.start else { unreachable!() };
        let ends = head.ends("").unwrap();
        if head.lists("expect", "100-continue") {
            assert!(!matches!(ends, Ends::None | Ends::After(0)), "expects without content");
        }
        assert!(method != "CONNECT" || ends == Ends::None, "CONNECT with content");
        let body = body(&rest[len..], ends);
        asked.push(Asked {
            method: method.clone(),
            minor: head.minor,
            persists: head.persists(),
            wants_upgrade: head.minor == 1
                && !head.all("upgrade").is_empty()
                && head.lists("connection", "upgrade"),
            whole: body.is_some(),
        });
        at += len + body.unwrap_or(rest.len() - len);
    }
    asked
}

/// All that a server has sent: the answers to these requests in order, perhaps with one more to what
/// could not be read as a request. True if it has switched to another protocol.
pub(crate) fn responses(bytes: &[u8], asked: &[Asked], one_more: bool) -> bool {
    let (mut at, mut asked) = (0, asked.iter());
    let mut current = asked.next();
    let mut open = true;
    while at < bytes.len() {
        let rest = &bytes[at..];
        assert!(open, "behind the last response: {}", shown(rest));
        let Read::Good(head, len) = response(rest, ANY, ANY) else {
            panic!("not a response: {}", shown(rest));
        };
        sender(&head, &rest[..len]);
        let Start::Response { status, .. } = head.start else { unreachable!() };
        let unread = Asked {
            method: String::new(),
            minor: 1,
            persists: false,
            wants_upgrade: false,
            whole: false,
        };
        let to = match current {
            Some(asked) => asked,
            None => {
                assert!(one_more, "answers nothing: {}", shown(rest));
                &unread
            }
        };
        let framed = head.content_length.is_some() || !head.codings.is_empty();
        if status < 200 || status == 204 {
            assert!(!framed, "{status} with a length: {}", shown(rest));
        }
        if status < 200 {
            assert!(to.minor == 1, "1xx to HTTP/1.0: {}", shown(rest));
            at += len;
            if status == 101 {
                assert!(to.wants_upgrade && to.whole, "101 unasked: {}", shown(rest));
                assert!(!head.all("upgrade").is_empty() && head.lists("connection", "upgrade"));
                assert_eq!(at, bytes.len());
                return true;
            }
            continue;
        }
        let ends = head.ends(&to.method).unwrap();
        if ends == Ends::Tunnel {
            assert!(!framed && at + len == bytes.len());
            return true;
        }
        assert!(head.codings.is_empty() || to.minor == 1, "chunked to HTTP/1.0: {}", shown(rest));
        let body = match ends {
            Ends::WithConnection => Some(rest.len() - len),
            ends => body(&rest[len..], ends),
        };
        open = body.is_some() && head.persists() && to.persists && ends != Ends::WithConnection;
        if !open && body.is_some() {
            // RFC 9112 section 9.6, to clients of HTTP/1.0 too.
            assert!(head.lists("connection", "close"), "it closes: {}", shown(rest));
        } else if to.minor == 0 && body.is_some() {
            assert!(head.lists("connection", "keep-alive"), "it persists: {}", shown(rest));
        }
        at += len + body.unwrap_or(rest.len() - len);
        current = asked.next();
    }
    false
}

/// What a sender must do that a reader need not ask for.
fn sender(head: &Head, bytes: &[u8]) {
    assert!(!bytes.starts_with(b"\r\n"));
    if let Start::Response { .. } = head.start {
        // RFC 9112 section 4: the SP is there even without a reason phrase.
        assert_eq!(bytes.get(12), Some(&b' '));
    }
    for (name, value) in &head.fields {
        assert!(is_token(name.as_bytes()));
        let line = [name.as_bytes(), b": ", value, b"\r\n"].concat();
        assert!(bytes.windows(line.len()).any(|window| window == line), "{name}");
    }
}

/// The length of a body, if it has ended; what is there of it must be right.
fn body(bytes: &[u8], ends: Ends) -> Option<usize> {
    match ends {
        Ends::None => Some(0),
        Ends::After(len) => usize::try_from(len).ok().filter(|len| *len <= bytes.len()),
        Ends::Chunked => match chunked(bytes, MOST).0 {
            Read::Good((), len) => Some(len),
            Read::More => None,
            Read::Bad(why) => panic!("{why}: {}", shown(bytes)),
        },
        Ends::WithConnection | Ends::Tunnel => unreachable!(),
    }
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
