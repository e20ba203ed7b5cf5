//! TLS, by rustls: a certificate from files, and handshakes.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use super::Shared;
use super::stream::Stream;
use super::wire::Wire;

/// Where the certificate is.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM, the server's own certificate first, then those that lead to one that clients know.
    pub cert: PathBuf,
    /// PEM, the private key of the first of them, without a password.
    pub key: PathBuf,
}

/// A certificate that cannot be used.
#[derive(Debug)]
pub struct TlsError(String);

/// A server's half of TLS 1.2 and 1.3, for one protocol.
#[derive(Clone)]
pub(super) struct Tls(TlsAcceptor);

impl Tls {
    /// Reads the files. A client that names the protocols which it speaks inside (ALPN, RFC 7301)
    /// has to name `protocol`; one that names none is served.
    pub(super) fn load(files: &TlsFiles, protocol: &[u8]) -> Result<Self, TlsError> {
        let TlsFiles { cert, key } = files;
        let fail = |option: &str, path: &PathBuf, why: &dyn fmt::Display| {
            TlsError(format!("{option} {}: {why}", path.display()))
        };
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(cert).and_then(Iterator::collect);
        let chain = match chain {
            Ok(chain) if chain.is_empty() => {
                return Err(fail("--tls-cert", cert, &"no certificate in it, which must be PEM"));
            }
            Ok(chain) => chain,
            Err(error) => return Err(fail("--tls-cert", cert, &what_is_wrong(&error))),
        };
        let private = match PrivateKeyDer::from_pem_file(key) {
            Ok(private) => private,
            Err(pem::Error::NoItemsFound) => {
                let why = "no private key in it, which must be PEM without a password";
                return Err(fail("--tls-key", key, &why));
            }
            Err(error) => return Err(fail("--tls-key", key, &what_is_wrong(&error))),
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, private));
        match config {
            Ok(mut config) => {
                config.alpn_protocols = vec![protocol.to_vec()];
                Ok(Self(TlsAcceptor::from(Arc::new(config))))
            }
            Err(rustls::Error::InconsistentKeys(_)) => {
                let why = format!("not the key of the certificate in {}", cert.display());
                Err(fail("--tls-key", key, &why))
            }
            Err(rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding)) => {
                Err(fail("--tls-cert", cert, &"a certificate in it is damaged"))
            }
            Err(error @ rustls::Error::InvalidCertificate(_)) => {
                Err(fail("--tls-cert", cert, &error))
            }
            // All that it says is that none of its kinds of keys fits.
            Err(rustls::Error::General(_)) => {
                let why = "not a key that can be used: ECDSA with P-256 or P-384, Ed25519, or RSA \
                           of 2048 to 4096 bits";
                Err(fail("--tls-key", key, &why))
            }
            Err(error) => Err(fail("--tls-key", key, &error)),
        }
    }

    /// Lets a client shake hands, as long as it may take to say its first words. `None` if that did
    /// not come to a good end.
    pub(super) async fn handshake(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        shared: &Shared,
    ) -> Option<Stream> {
        let limit = shared.options.limits.connect_timeout;
        let mut ending = shared.ending.subscribe();
        let handshake = timeout(limit, self.0.accept(stream).into_fallible());
        let result = tokio::select! {
            result = handshake => result,
            _ = ending.wait_for(|ending| *ending) => return None,
        };
        match result {
            Ok(Ok(stream)) => return Some(Stream::Tls(Box::new(stream))),
            Ok(Err((error, stream))) => {
                shared.log.line(format_args!("{peer}: TLS handshake failed: {error}"));
                // So that the client gets to see the alert.
                Wire::new(Stream::Plain(stream)).close().await;
            }
            Err(_) => shared.log.line(format_args!("{peer}: no TLS handshake in time")),
        }
        None
    }
}

/// In our own words: rustls would quote lines of a file that may be a key.
fn what_is_wrong(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        _ => "not valid PEM without a password".to_owned(),
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}
