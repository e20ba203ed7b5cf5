//! TLS for servers of tests.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// With a certificate for this name, which is left in a file.
pub(crate) fn config(name: &str, file: &Path) -> Arc<ServerConfig> {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(file, certified.cert.pem()).unwrap();
    let cert = CertificateDer::from(certified.cert.der().to_vec());
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    Arc::new(config)
}
