//! TLS: who is trusted, who we are, and what is spoken inside.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::server::{ACCEPTED, Peer, Server, done, failed};

/// An authority, a server of the name `localhost`, and a client, in files that go with it.
pub struct Certificates {
    folder: PathBuf,
    pub config: Arc<ServerConfig>,
}

impl Certificates {
    pub fn new(name: &str) -> Self {
        let folder = format!("mqtt-clients-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let signed = |name: &str, purpose| {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.extended_key_usages = vec![purpose];
            (params.signed_by(&key, &issuer).unwrap(), key)
        };
        let (cert, key) = signed("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let (client, client_key) = signed("sensor-7", ExtendedKeyUsagePurpose::ClientAuth);
        std::fs::write(folder.join("ca.pem"), root.pem()).unwrap();
        for (name, cert, key) in [("server", &cert, &key), ("client", &client, &client_key)] {
            std::fs::write(folder.join(format!("{name}.pem")), cert.pem()).unwrap();
            std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        }

        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
        let cert = CertificateDer::from(cert.der().to_vec());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(vec![cert], key)
            .unwrap();
        config.alpn_protocols = vec![b"x-amzn-mqtt-ca".to_vec()];
        Self { folder, config: Arc::new(config) }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn shows_its_certificate_and_says_what_is_spoken() {
    let (files, server) = (Certificates::new("client"), Server::new());
    let (ca, cert, key) =
        (files.path("ca.pem"), files.path("client.pem"), files.path("client.key"));
    let tls = ["--cafile", &ca, "--cert", &cert, "--key", &key, "--tls-alpn", "x-amzn-mqtt-ca"];
    let message = ["-t", "a", "-m", "hi"];
    // The name, and any name.
    for how in [&["-h", "localhost"][..], &["-h", "127.0.0.1", "--insecure"]] {
        let client = server.publisher(&[how, &tls, &message].concat());
        let stream = server.accept_tcp();
        let tls = ServerConnection::new(Arc::clone(&files.config)).unwrap();
        let mut peer = Peer(StreamOwned::new(tls, stream));
        assert_eq!(peer.packet()[0], 0x10);
        assert_eq!(peer.0.conn.alpn_protocol(), Some(&b"x-amzn-mqtt-ca"[..]));
        assert_eq!(peer.0.conn.peer_certificates().unwrap().len(), 1);
        let name = peer.0.conn.server_name().map(str::to_owned);
        assert_eq!(name.as_deref(), (how.len() == 2).then_some("localhost")); // SNI
        peer.send(ACCEPTED);
        assert_eq!(peer.packet(), b"\x30\x06\0\x01a\0hi");
        peer.goodbye();
        assert_eq!(done(client), "");
    }
}

#[test]
fn trusts_nobody_else() {
    let (files, server) = (Certificates::new("trust"), Server::new());
    let other = Certificates::new("other");
    let (ca, wrong) = (files.path("ca.pem"), other.path("ca.pem"));
    for (args, why) in [
        (&["-h", "127.0.0.1", "--cafile", &ca][..], "not valid for name"),
        (&["-h", "localhost", "--cafile", &wrong], "invalid peer certificate"),
        (&["-h", "127.0.0.1", "--cafile", &wrong, "--insecure"], "invalid peer certificate"),
        (&["-h", "localhost", "--tls-alpn", "mqtt", "--cafile", &ca], "NoApplicationProtocol"),
    ] {
        let client = server.publisher(&[args, &["-t", "a", "-n"]].concat());
        let mut stream = server.accept_tcp();
        let mut tls = ServerConnection::new(Arc::clone(&files.config)).unwrap();
        while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
        drop(stream);
        let text = failed(client, 1);
        assert!(text.contains(why), "{args:?}: {text}");
    }
}
