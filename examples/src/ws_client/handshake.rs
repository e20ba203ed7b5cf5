//! From a URL to a WebSocket: TCP, TLS, and the handshake of RFC 6455 section 4.1.

use std::net::SocketAddr;
use std::path::Path;

use http_lite::connection::{Client, ClientEvent, Settings};
use http_lite::websocket::handshake::Key;
use http_lite::{Field, Fields, HttpUri, Method, RequestHead, ResponseHead, StatusCode, Target};
use ring::rand::{SecureRandom, SystemRandom};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::error::Error;
use crate::http_client::{self, Log, printable};

/// What to ask for.
pub(crate) struct Ask<'a> {
    /// With `http` for `ws` and `https` for `wss`.
    pub(crate) uri: HttpUri<'a>,
    /// Those that we speak, the best first.
    pub(crate) protocols: &'a [&'a str],
    /// More fields of the request. A Host of them is sent in place of the URL's.
    pub(crate) fields: &'a [(String, String)],
    /// Whom to trust, in place of those that browsers trust.
    pub(crate) ca_file: Option<&'a Path>,
    pub(crate) log: Log,
}

/// Bytes both ways, in TLS or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection on which WebSocket is spoken.
pub(crate) struct Switched {
    pub(crate) stream: Box<dyn Stream>,
    /// The subprotocol that the server has chosen.
    pub(crate) protocol: Option<String>,
    /// What came behind the response.
    pub(crate) received: Vec<u8>,
}

/// A response's head may have so many bytes.
const BUFFER: u32 = 16 << 10;

impl Ask<'_> {
    /// Connects to the first of these addresses where somebody listens.
    pub(super) async fn open(&self, addresses: &[SocketAddr]) -> Result<Switched, Error> {
        let place = http_client::place(&self.uri);
        let mut why = Error::connect("the host has no address");
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(socket) => return self.on(socket).await,
                Err(error) => why = Error::unreachable(&place, &error),
            }
        }
        Err(why)
    }

    async fn on(&self, socket: TcpStream) -> Result<Switched, Error> {
        let place = http_client::place(&self.uri);
        let fail = |error: std::io::Error| Error::unreachable(&place, &error);
        socket.set_nodelay(true).map_err(fail)?;
        self.log.note(format_args!("connected to {place}"));
        if !self.uri.is_https() {
            return self.switch(Box::new(socket)).await;
        }
        let tls = http_client::tls_config(self.ca_file);
        let tls = tls.map_err(|error| Error::connect(error.to_string()))?;
        let name = ServerName::try_from(http_client::name(&self.uri))
            .map_err(|error| Error::connect(format!("{place}: {error}")))?;
        let stream = TlsConnector::from(tls).connect(name, socket).await.map_err(fail)?;
        self.switch(Box::new(stream)).await
    }

    /// Asks for WebSocket on a connection that is there.
    pub(crate) async fn switch(&self, mut stream: Box<dyn Stream>) -> Result<Switched, Error> {
        let mut nonce = [0; 16];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| Error::connect("there are no random numbers"))?;
        let key = Key::new(nonce);
        let mut http = Client::new(Settings::CLIENT.with_buffer(BUFFER));
        let request = self.request(&mut http, &key)?;
        let gone = |error: std::io::Error| Error::connect(format!("in the handshake: {error}"));
        stream.write_all(&request).await.map_err(gone)?;
        stream.flush().await.map_err(gone)?;

        let mut received = vec![0; BUFFER as usize];
        let mut len = 0;
        loop {
            let room = received.get_mut(len..).unwrap_or_default();
            let read = stream.read(room).await.map_err(gone)?;
            if read == 0 {
                return Err(Error::connect("the server ends the connection instead of an answer"));
            }
            len += read;
            loop {
                let input = received.get(..len).unwrap_or_default();
                let (taken, event) = http.handle_input(input, 0).map_err(|error| {
                    Error::connect(format!("the server sent {error} [{}]", error.rule()))
                })?;
                let protocol = match event {
                    None => break,
                    Some(ClientEvent::Informational(head)) => {
                        self.log.response(&head);
                        let is_101 = head.status == StatusCode::SWITCHING_PROTOCOLS;
                        if is_101 { Some(self.check(&key, &head)?) } else { None }
                    }
                    Some(ClientEvent::Response { head, .. }) => {
                        self.log.response(&head);
                        return Err(refused(&head));
                    }
                    Some(ClientEvent::Body(_)) => None, // never before a response
                };
                received.drain(..taken);
                len -= taken;
                if let Some(protocol) = protocol {
                    received.truncate(len);
                    return Ok(Switched { stream, protocol, received });
                }
                received.resize(BUFFER as usize, 0);
            }
        }
    }

    /// The request in bytes.
    fn request(&self, http: &mut Client, key: &Key) -> Result<Vec<u8>, Error> {
        let own_field = |name, value| {
            Field::new(name, value).map_err(|error| Error::connect(format!("{name}: {error}")))
        };
        let host = String::from_utf8_lossy(self.uri.authority());
        let protocols = self.protocols.join(", ");
        let mut fields = Vec::new();
        if !self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("Host")) {
            fields.push(own_field("Host", &host)?);
        }
        fields.extend(key.fields());
        if !protocols.is_empty() {
            fields.push(own_field("Sec-WebSocket-Protocol", &protocols)?);
        }
        for (name, value) in self.fields {
            fields.push(own_field(name, value)?);
        }
        let target = self.uri.target().unwrap_or(Target::ROOT);
        let head = RequestHead::new(Method::GET, target, Fields::new(&fields));
        self.log.request(&head);
        let mut bytes = vec![0; head.encoded_len()];
        let len = http.request(&head, 0, &mut bytes);
        bytes.truncate(len.map_err(|error| Error::connect(error.to_string()))?);
        Ok(bytes)
    }

    /// Checks a 101: the subprotocol.
    fn check(&self, key: &Key, head: &ResponseHead<'_>) -> Result<Option<String>, Error> {
        match key.check(head, self.protocols) {
            Ok(protocol) => Ok(protocol.map(str::to_owned)),
            Err(why) => {
                Err(Error::connect(format!("the server answers with {why} [{}]", why.rule())))
            }
        }
    }
}

/// Any status but 101.
fn refused(head: &ResponseHead<'_>) -> Error {
    let (status, reason) = (head.status.get(), printable(head.reason.as_bytes()));
    let mut text = format!("the server answers {status} {reason}").trim_end().to_owned();
    if let Some(place) = head.fields.single("Location").filter(|_| head.status.is_redirection()) {
        text += &format!(", which leads to {}", printable(place.as_bytes()));
    }
    Error::connect(text)
}
