//! Bytes to and from a server, over TCP or TLS inside it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_lite::HttpUri;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::error::{Error, code};
use super::url;

/// A connection that carries bytes.
pub(super) struct Link {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

/// What has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Received {
    Bytes(usize),
    /// Nothing in that time.
    Nothing,
    /// The server sends no more. `cut` if it has not said so, which TLS wants it to: then somebody
    /// else may have ended the connection.
    End {
        cut: bool,
    },
}

/// How long one write may wait: then it is time to look at what the server says meanwhile.
const WRITE_WAIT: Duration = Duration::from_millis(20);

impl Link {
    /// Connects to the first of these addresses where somebody listens.
    pub(super) fn open(
        uri: &HttpUri<'_>,
        addresses: &[SocketAddr],
        tls: &Arc<ClientConfig>,
        end: Instant,
    ) -> Result<Self, Error> {
        let mut why = Error::new(code::CONNECT, "the host has no address");
        for (address, left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
            // One that does not answer leaves time for the others.
            let wait = end.saturating_duration_since(Instant::now()) / left;
            if wait.is_zero() {
                return Err(late());
            }
            why = match TcpStream::connect_timeout(address, wait) {
                Ok(socket) => return Self::on(socket, uri, tls, end),
                Err(error) if error.kind() == ErrorKind::TimedOut => late(),
                Err(error) => Error::new(code::CONNECT, format!("{}: {error}", url::place(uri))),
            };
        }
        Err(why)
    }

    fn on(
        socket: TcpStream,
        uri: &HttpUri<'_>,
        tls: &Arc<ClientConfig>,
        end: Instant,
    ) -> Result<Self, Error> {
        let fail = |error: io::Error| Error::new(code::CONNECT, error.to_string());
        socket.set_nodelay(true).map_err(fail)?;
        socket.set_write_timeout(Some(WRITE_WAIT)).map_err(fail)?;
        if !uri.is_https() {
            return Ok(Self { socket, tls: None });
        }
        let host = url::name(uri);
        let name = ServerName::try_from(host)
            .map_err(|error| Error::new(code::URL, format!("{}: {error}", url::place(uri))))?;
        let mut tls = ClientConnection::new(Arc::clone(tls), name)
            .map_err(|error| Error::new(code::TLS, error.to_string()))?;
        handshake(&mut tls, &socket, end)?;
        Ok(Self { socket, tls: Some(Box::new(tls)) })
    }

    /// Sends some of the bytes, in a short time perhaps none: how many.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return attempt(|| self.socket.write(bytes)) };
        let mut taken = 0;
        if !tls.wants_write() {
            taken = tls.writer().write(bytes)?;
        }
        while tls.wants_write() {
            if attempt(|| tls.write_tls(&mut self.socket))? == 0 {
                break;
            }
        }
        Ok(taken)
    }

    /// True while bytes that [`send`](Self::send) has taken are not on their way.
    pub(super) fn is_sending(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Reads what comes in at most this time; with a time of zero, what is there.
    pub(super) fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<Received> {
        if wait.is_zero() {
            self.socket.set_nonblocking(true)?;
            let received = self.read(buffer);
            self.socket.set_nonblocking(false)?;
            return received;
        }
        self.socket.set_read_timeout(Some(wait))?;
        self.read(buffer)
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        let Some(tls) = &mut self.tls else {
            return match self.socket.read(buffer) {
                Ok(0) => Ok(Received::End { cut: false }),
                Ok(len) => Ok(Received::Bytes(len)),
                Err(error) if is_pause(&error) => Ok(Received::Nothing),
                Err(error) => Err(error),
            };
        };
        loop {
            match tls.reader().read(buffer) {
                Ok(0) => return Ok(Received::End { cut: false }),
                Ok(len) => return Ok(Received::Bytes(len)),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(Received::End { cut: true });
                }
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) => {}
            }
            match tls.read_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if is_pause(&error) => return Ok(Received::Nothing),
                Err(error) => return Err(error),
            }
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

fn handshake(tls: &mut ClientConnection, socket: &TcpStream, end: Instant) -> Result<(), Error> {
    let fail = |error: io::Error| Error::new(code::TLS, error.to_string());
    let mut stream = socket;
    while tls.is_handshaking() {
        let wait = end.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return Err(late());
        }
        if tls.wants_write() {
            attempt(|| tls.write_tls(&mut stream)).map_err(fail)?;
            continue;
        }
        socket.set_read_timeout(Some(wait)).map_err(fail)?;
        match tls.read_tls(&mut stream) {
            Ok(0) => return Err(Error::new(code::TLS, "the server ended the handshake")),
            Ok(_) => {}
            Err(error) if is_pause(&error) => continue,
            Err(error) => return Err(fail(error)),
        }
        if let Err(error) = tls.process_new_packets() {
            // Tell the server why, if it listens.
            let _ = tls.write_tls(&mut stream);
            let code = match error {
                rustls::Error::InvalidCertificate(_) => code::CERTIFICATE,
                _ => code::TLS,
            };
            return Err(Error::new(code, error.to_string()));
        }
    }
    Ok(())
}

fn late() -> Error {
    Error::timeout("no connection in time")
}

/// Zero instead of an error that only says that it takes time.
fn attempt(mut write: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    match write() {
        Err(error) if is_pause(&error) => Ok(0),
        done => done,
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// What a client trusts: the file that the command line names, or what browsers trust.
pub(crate) fn tls_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let fail =
                |why: String| Error::new(code::CA_FILE, format!("{}: {why}", path.display()));
            let all = CertificateDer::pem_file_iter(path).map_err(|e| fail(e.to_string()))?;
            for certificate in all {
                let certificate = certificate.map_err(|error| fail(error.to_string()))?;
                roots.add(certificate).map_err(|error| fail(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(fail("no certificate in it, which must be PEM".into()));
            }
        }
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(code::TLS, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
