//! Where a server is, and a URL that says so: `mqtts://user:password@host:port/topic`.

use std::path::PathBuf;

use http_lite::HttpUri;

/// Where a server is and how it is spoken to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) host: String,
    /// None: the usual one.
    pub(crate) port: Option<u16>,
    pub(crate) tls: Option<TlsOptions>,
    /// MQTT inside WebSocket, at this path.
    pub(crate) websocket: Option<String>,
}

/// Whom to trust, and who we are.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsOptions {
    /// PEM, instead of the authorities that browsers trust.
    pub(crate) ca_file: Option<PathBuf>,
    /// A folder of such files.
    pub(crate) ca_path: Option<PathBuf>,
    /// Those of the system.
    pub(crate) system_roots: bool,
    /// PEM: our certificate first, then those that lead to one that the server trusts.
    pub(crate) cert: Option<PathBuf>,
    /// PEM, without a password.
    pub(crate) key: Option<PathBuf>,
    /// ALPN, RFC 7301.
    pub(crate) protocols: Vec<String>,
    /// The certificate may be for another name.
    pub(crate) any_name: bool,
}

/// A URL, taken apart.
#[derive(Debug)]
pub(crate) struct Url {
    pub(crate) place: Place,
    pub(crate) user_name: Option<String>,
    pub(crate) password: Option<String>,
    /// What `mqtt` and `mqtts` have behind the host, which is no part of the place.
    pub(crate) topic: Option<String>,
}

impl Place {
    /// The port of TCP: 1883, in TLS 8883, with WebSocket 80 and 443.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(match (&self.websocket, &self.tls) {
            (None, None) => 1883,
            (None, Some(_)) => 8883,
            (Some(_), None) => 80,
            (Some(_), Some(_)) => 443,
        })
    }

    /// As people write it, an IPv6 address in brackets.
    pub(crate) fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port()),
            false => format!("{}:{}", self.host, self.port()),
        }
    }
}

impl Url {
    /// `mqtt`, `mqtts`, `ws` or `wss`. What WebSocket has behind the host is the path, `/mqtt` if there
    /// is none; of the other two it is a topic.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without what may be a password.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("no URL: mqtt://HOST is one")?;
        let (is_tls, is_websocket) = match scheme.to_ascii_lowercase().as_str() {
            "mqtt" => (false, false),
            "mqtts" => (true, false),
            "ws" => (false, true),
            "wss" => (true, true),
            _ => return Err("a URL begins with mqtt://, mqtts://, ws:// or wss://".into()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or_default();
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        let (host, port) = split_port(host)?;
        let (user_name, password) =
            match user_info.map(|info| info.split_once(':').unwrap_or((info, ""))) {
                Some((user_name, password)) => (
                    Some(decoded(user_name)?),
                    Some(decoded(password)?).filter(|_| user_info.is_some_and(|i| i.contains(':'))),
                ),
                None => (None, None),
            };
        let topic = path.strip_prefix('/').filter(|topic| !topic.is_empty() && !is_websocket);
        let websocket = match path {
            _ if !is_websocket => None,
            "" | "/" => Some("/mqtt".to_owned()),
            path => Some(path.to_owned()),
        };
        let tls = is_tls.then(TlsOptions::default);
        let place = Place { host, port, tls, websocket };
        if place.websocket.is_some() {
            place.http_url()?;
        }
        Ok(Self { place, user_name, password, topic: topic.map(decoded).transpose()? })
    }
}

impl Place {
    /// What WebSocket's handshake asks for.
    pub(crate) fn http_url(&self) -> Result<Vec<u8>, String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let path = self.websocket.as_deref().unwrap_or("/");
        let text = format!("{scheme}://{}{path}", self.authority()).into_bytes();
        match path.starts_with('/') && HttpUri::parse(&text).is_some() {
            true => Ok(text),
            false => Err(format!("{} is no path", path.escape_debug())),
        }
    }
}

/// A host, which may be an IPv6 address in brackets, and perhaps a port.
fn split_port(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':').or((!rest.is_empty()).then_some("x"))),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("a URL without a host".into());
    }
    let port = port.map(|port| {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|&port: &u16| is_number && port > 0);
        port.ok_or("a port is a number from 1 to 65535")
    });
    Ok((host.to_owned(), port.transpose()?))
}

fn decoded(text: &str) -> Result<String, String> {
    let wrong = || "a URL with % and no two hexadecimal digits of UTF-8 behind it".to_owned();
    let encoded = http_lite::percent::Encoded::new(text.as_bytes()).map_err(|_| wrong())?;
    String::from_utf8(encoded.bytes().collect()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_where_and_how() {
        for (text, authority, is_tls, path) in [
            ("mqtt://a", "a:1883", false, None),
            ("MQTTS://a.example", "a.example:8883", true, None),
            ("mqtt://[::1]:18830/", "[::1]:18830", false, None),
            ("ws://a", "a:80", false, Some("/mqtt")),
            ("ws://a:8080/", "a:8080", false, Some("/mqtt")),
            ("wss://a/broker/ws?x=1", "a:443", true, Some("/broker/ws?x=1")),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(url.place.authority(), authority, "{text}");
            assert_eq!(url.place.tls.is_some(), is_tls, "{text}");
            assert_eq!(url.place.websocket.as_deref(), path, "{text}");
            assert_eq!((url.user_name, url.topic), (None, None), "{text}");
        }
    }

    #[test]
    fn urls_name_users_and_topics() {
        let url = Url::parse("mqtt://me:a%40%3Ab@host/house/attic%20room").unwrap();
        assert_eq!(url.user_name.as_deref(), Some("me"));
        assert_eq!(url.password.as_deref(), Some("a@:b"));
        assert_eq!(url.topic.as_deref(), Some("house/attic room"));
        let url = Url::parse("mqtts://me@host").unwrap();
        assert_eq!((url.user_name.as_deref(), url.password), (Some("me"), None));
    }

    #[test]
    fn rejects_what_is_no_url() {
        for text in [
            "",
            "host",
            "http://a",
            "mqtt://",
            "mqtt:///a",
            "mqtt://a:0",
            "mqtt://a:65536",
            "mqtt://a:",
            "mqtt://a:+1",
            "mqtt://[::1",
            "mqtt://[::1]x",
            "mqtt://%zz@a",
            "mqtt://a/%F",
            "ws://a/b c",
            "mqtt://a:b:c",
        ] {
            let error = Url::parse(text).unwrap_err();
            assert!(!error.is_empty(), "{text}");
        }
    }
}
