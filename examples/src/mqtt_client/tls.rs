//! What a client trusts, and who it is: rustls's settings out of files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::place::TlsOptions;

/// Where systems keep the authorities that they trust, all in one file.
const SYSTEM_ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Reads the files.
///
/// # Errors
///
/// Which of them is no good, and why.
pub(crate) fn config(options: &TlsOptions) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let roots = Arc::new(roots(options)?);
    let builder = match options.any_name {
        false => builder.with_root_certificates(roots),
        true => {
            let strict = WebPkiServerVerifier::builder_with_provider(roots, provider).build();
            let strict = strict.map_err(|error| error.to_string())?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyName(strict)))
        }
    };
    let mut config = match (&options.cert, &options.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let private = PrivateKeyDer::from_pem_file(key);
            let private = private.map_err(|error| match error {
                pem::Error::NoItemsFound => {
                    format!("{}: no private key in it, PEM without a password", key.display())
                }
                error => fail(key, &error),
            })?;
            let config = builder.with_client_auth_cert(chain, private);
            config.map_err(|error| format!("{} and {}: {error}", cert.display(), key.display()))?
        }
        _ => return Err("--cert and --key belong together".into()),
    };
    config.alpn_protocols = options.protocols.iter().map(|name| name.clone().into()).collect();
    Ok(Arc::new(config))
}

fn roots(options: &TlsOptions) -> Result<RootCertStore, String> {
    let mut files: Vec<PathBuf> = options.ca_file.iter().cloned().collect();
    if let Some(folder) = &options.ca_path {
        let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            if path.extension().is_some_and(|kind| kind == "crt" || kind == "pem") {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(format!("{}: no file with .crt or .pem in it", folder.display()));
        }
    }
    if options.system_roots {
        let found = SYSTEM_ROOTS.iter().map(Path::new).find(|path| path.exists());
        files.push(found.ok_or("the system's certificates are in no place that is known")?.into());
    }
    let mut roots = RootCertStore::empty();
    for path in &files {
        for certificate in certificates(path)? {
            let added = roots.add(certificate);
            // Systems trust some that rustls does not take.
            if !options.system_roots {
                added.map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
    }
    if files.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match all {
        Ok(all) if Vec::is_empty(&all) => {
            Err(format!("{}: no certificate in it, which must be PEM", path.display()))
        }
        Ok(all) => Ok(all),
        Err(error) => Err(fail(path, &error)),
    }
}

/// In our own words: rustls would quote lines of a file that may be a key.
fn fail(path: &Path, error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => format!("{}: {error}", path.display()),
        _ => format!("{}: not valid PEM", path.display()),
    }
}

/// `--insecure`: as strict as ever, but for the name.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let AnyName(strict) = self;
        match strict.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
