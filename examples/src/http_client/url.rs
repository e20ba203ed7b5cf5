//! URLs as people write them, and hosts.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use http_lite::HttpUri;

use super::error::{Error, code};
use super::log::printable;

/// A URL of the command line: `http` if it has no scheme; user and password before the host.
pub(crate) struct Url {
    /// What [`HttpUri::parse`] takes.
    pub(crate) text: Vec<u8>,
    pub(crate) user_info: Option<String>,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let malformed = || Error::new(code::URL, format!("{} is no URL", text.escape_debug()));
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user_info, rest) = match authority.rsplit_once('@') {
            Some((user_info, _)) => {
                (Some(user_info), rest.get(user_info.len() + 1..).unwrap_or_default())
            }
            None => (None, rest),
        };
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(Error::new(
                code::SCHEME,
                format!("{} is not spoken here", scheme.escape_debug()),
            ));
        }
        let path_at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(path_at).unwrap_or_default();
        let mut text = format!("{scheme}://{authority}").into_bytes();
        text.append(&mut encoded(path.as_bytes()));
        let uri = HttpUri::parse(&text).ok_or_else(malformed)?;
        // The path is `/` where there is none.
        let mut out = vec![0; text.len() + 16];
        let text = uri.resolve(b"", &mut out).map_err(|_| malformed())?.as_bytes().to_vec();
        let user_info = user_info.map(decoded).transpose().map_err(|()| malformed())?;
        Ok(Self { text, user_info })
    }
}

/// Percent-encodes what may not stand in a URL, such as a space or a letter other than ASCII, which
/// people and servers write there all the same.
pub(super) fn encoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            0x21..=0x7E if !b"\"<>\\^`{|}".contains(&byte) => out.push(byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}

fn decoded(text: &str) -> Result<String, ()> {
    let encoded = http_lite::percent::Encoded::new(text.as_bytes()).map_err(|_| ())?;
    String::from_utf8(encoded.bytes().collect()).map_err(|_| ())
}

/// Host and port for people: `example.org:80`.
pub(crate) fn place(uri: &HttpUri<'_>) -> String {
    format!("{}:{}", printable(uri.host()), uri.port())
}

/// The addresses of a host, in at most so much time.
pub(super) fn resolve(uri: &HttpUri<'_>, wait: Duration) -> Result<Vec<SocketAddr>, Error> {
    let host = name(uri);
    let port = uri.port();
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (tell, answer) = mpsc::channel();
    let asked = host.clone();
    // The system has no way to ask with a time limit; who is too late tells nobody.
    thread::spawn(move || {
        let found = (asked.as_str(), port).to_socket_addrs();
        let _ = tell.send(found.map(Iterator::collect::<Vec<_>>));
    });
    match answer.recv_timeout(wait) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(Error::new(code::RESOLVE, format!("{host} has no address"))),
        Ok(Err(error)) => Err(Error::new(code::RESOLVE, format!("{host}: {error}"))),
        Err(_) => Err(Error::timeout("the host's address was not found in time")),
    }
}

/// The host as rustls and the system want it: an IPv6 address without brackets.
pub(crate) fn name(uri: &HttpUri<'_>) -> String {
    let host = String::from_utf8_lossy(uri.host()).into_owned();
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.to_owned(),
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_as_people_write_them() {
        for (text, wanted) in [
            ("localhost", "http://localhost/"),
            ("localhost:8080/a", "http://localhost:8080/a"),
            ("HTTP://a?x=1#top", "http://a/?x=1"),
            ("https://a/b c/\u{e9}{1}", "https://a/b%20c/%C3%A9%7B1%7D"),
            ("http://[::1]:80/../a/./b", "http://[::1]:80/a/b"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(String::from_utf8(url.text).unwrap(), wanted);
            assert_eq!(url.user_info, None);
        }
        let url = Url::parse("http://me:a%40b@host/x@y").unwrap();
        assert_eq!(url.text, b"http://host/x@y");
        assert_eq!(url.user_info.as_deref(), Some("me:a@b"));
    }

    #[test]
    fn rejects_what_is_no_url() {
        for (text, wanted) in [
            ("", 3),
            ("http://", 3),
            ("http:///a", 3),
            ("http://a:65536/", 3),
            ("http://a/%zz", 3),
            ("http://a\r\nb/", 3),
            ("http://a b/", 3),
            ("http://\u{e9}/", 3),
            ("ftp://a/", 1),
            ("file:///etc/passwd", 1),
        ] {
            assert_eq!(Url::parse(text).map(|_| ()).unwrap_err().code, wanted, "{text}");
        }
    }
}
