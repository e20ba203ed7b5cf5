//! MQTT over TLS.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mqtt_codec::{Connect, Packet, QoS, ReasonCode, Text, Version, Will};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sansio_examples::gateway::{Limits, TlsFiles};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::client::{BOTH, Broker, Client};

const PATIENCE: Duration = Duration::from_secs(10);

/// A server's certificate for `localhost` in files, an authority between it and the one that clients
/// trust. The files go with it.
pub struct Certificate {
    folder: PathBuf,
    root: RootCertStore,
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

impl Certificate {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gateway-test-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();

        let authority = |name: &str| {
            let mut params = CertificateParams::new([]).unwrap();
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            (params, KeyPair::generate().unwrap())
        };
        let (params, root_key) = authority("root");
        let root_cert = params.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(params, root_key);
        let (params, middle_key) = authority("middle");
        let middle_cert = params.signed_by(&middle_key, &root_issuer).unwrap();
        let middle_issuer = Issuer::new(params, middle_key);
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let cert = cert.signed_by(&key, &middle_issuer).unwrap();

        let mut root = RootCertStore::empty();
        root.add(root_cert.der().clone()).unwrap();
        let this = Self { folder, root };
        std::fs::write(this.path("cert.pem"), cert.pem() + &middle_cert.pem()).unwrap();
        std::fs::write(this.path("key.pem"), key.serialize_pem()).unwrap();
        this
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn files(&self) -> TlsFiles {
        TlsFiles { cert: self.path("cert.pem"), key: self.path("key.pem") }
    }

    /// Connects, and shakes hands as soon as something is read or written.
    pub fn connect(
        &self,
        address: SocketAddr,
        version: &'static SupportedProtocolVersion,
        protocols: &[&[u8]],
    ) -> Tls {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.root.clone())
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        let tls = ClientConnection::new(Arc::new(config), name).unwrap();
        StreamOwned::new(tls, tcp(address))
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn start(limits: Limits) -> (Certificate, Broker, SocketAddr) {
    let certificate = Certificate::new();
    let broker = Broker::with_tls(limits, Some(certificate.files()));
    let address = broker.mqtts.unwrap();
    (certificate, broker, address)
}

fn let_in(stream: Tls, connect: &Connect<'_>) -> Client<Tls> {
    let mut client = Client::over(stream, connect.version);
    client.send(&Packet::Connect(*connect));
    assert_eq!(client.connack().reason_code, ReasonCode::SUCCESS);
    client
}

fn named(version: Version, id: &'static str) -> Connect<'static> {
    Connect::new(version, Text::from_static(id))
}

/// All that comes until the end.
fn rest_of(mut stream: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => rest,
    }
}

/// Lets the gateway see that a connection is there, or gone.
fn settle() {
    std::thread::sleep(Duration::from_millis(100));
}

#[test]
fn messages_go_both_ways_with_both_versions_of_tls() {
    let (certificate, broker, address) = start(Limits::default());
    let mut plain = broker.client(Version::V5, "plain");
    plain.subscribe("up", QoS::AtLeastOnce);
    // Far more than a record, and than the buffers of sockets and of TLS.
    let large: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    for tls in [&TLS12, &TLS13] {
        for version in BOTH {
            let stream = certificate.connect(address, tls, &[]);
            let mut client = let_in(stream, &named(version, "secret"));
            client.subscribe("down", QoS::AtLeastOnce);
            for payload in [&b"small"[..], &large] {
                assert_eq!(client.publish_1("up", payload), ReasonCode::SUCCESS);
                let message = plain.message();
                assert!(message.payload == payload);
                let id = message.delivery.packet_id().unwrap();
                plain.puback(id);
                plain.publish("down", payload);
                assert!(client.message().payload == payload);
            }
            client.disconnect();
        }
    }
}

#[test]
fn a_client_that_reads_late_gets_everything() {
    let (certificate, broker, address) = start(Limits::default());
    let mut publisher = broker.client(Version::V5, "publisher");
    let stream = certificate.connect(address, &TLS13, &[]);
    let mut late = let_in(stream, &named(Version::V5, "late"));
    late.subscribe("a", QoS::AtMostOnce);
    let payload = vec![b'x'; 100_000];
    for n in 0..100_u8 {
        publisher.publish("a", &[&[n][..], &payload].concat());
    }
    publisher.expect_nothing();
    for n in 0..100 {
        assert_eq!(late.message().payload[0], n);
    }
    late.expect_nothing();
}

#[test]
fn the_protocol_inside_is_mqtt_if_the_client_names_any() {
    let (certificate, _broker, address) = start(Limits::default());
    for (offered, chosen) in
        [(&[][..], None), (&[&b"mqtt"[..]], Some(&b"mqtt"[..])), (&[b"x", b"mqtt"], Some(b"mqtt"))]
    {
        let stream = certificate.connect(address, &TLS13, offered);
        let client = let_in(stream, &named(Version::V5, "client"));
        assert_eq!(client.stream.conn.alpn_protocol(), chosen);
    }
    let mut stream = certificate.connect(address, &TLS13, &[b"http/1.1"]);
    let error = stream.write_all(b"x").unwrap_err().to_string();
    assert!(error.contains("NoApplicationProtocol"), "{error}");
}

#[test]
fn a_client_that_does_not_trust_the_certificate_is_gone_and_disturbs_nobody() {
    let (certificate, _broker, address) = start(Limits::default());
    let mut bystander =
        let_in(certificate.connect(address, &TLS13, &[]), &named(Version::V5, "bystander"));
    let mut distrustful = Certificate::new().connect(address, &TLS13, &[]);
    let error = distrustful.write_all(b"x").unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
    bystander.expect_nothing();
}

#[test]
fn bytes_that_are_not_tls_are_answered_with_an_alert_and_the_end() {
    let (certificate, broker, address) = start(Limits::default());
    let mut bystander =
        let_in(certificate.connect(address, &TLS12, &[]), &named(Version::V5, "bystander"));
    let connect = b"\x10\x0D\0\x04MQTT\x05\x02\0\x3C\0\0\0";
    for bytes in [&connect[..], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[0; 100], &[0xFF; 30_000]] {
        let begin = Instant::now();
        let mut stream = tcp(address);
        let _ = stream.write_all(bytes);
        let rest = rest_of(stream);
        // An alert (RFC 8446 section 6): type 21, and a level of 2, fatal.
        assert!(matches!(*rest, [21, 3, _, 0, 2, 2, _]), "{rest:?}");
        assert!(begin.elapsed() < PATIENCE / 2);
    }
    // And TLS where there should be none.
    let mut stream = certificate.connect(broker.address, &TLS13, &[]);
    assert!(stream.write_all(b"x").is_err());
    bystander.expect_nothing();
}

#[test]
fn a_handshake_has_its_time_and_counts_as_a_connection() {
    let connect_timeout = Duration::from_millis(500);
    let limits = Limits { connections: 1, connect_timeout, ..Limits::default() };
    let (certificate, broker, address) = start(limits);
    // Nothing, the head of a record, and a record without end.
    for bytes in [&b""[..], b"\x16\x03\x01", b"\x16\x03\x01\x40\x00\x01\x00\x3F\xF0\x03\x03"] {
        let begin = Instant::now();
        let mut stream = tcp(address);
        stream.write_all(bytes).unwrap();
        settle();
        while begin.elapsed() < connect_timeout / 2 {
            Client::raw(broker.address, Version::V5).expect_closed();
        }
        assert_eq!(rest_of(stream), b"");
        let waited = begin.elapsed().as_millis();
        assert!((490..3000).contains(&waited), "{waited} ms");
        settle();
    }
    // One who shook hands has as long again to say who it is.
    let begin = Instant::now();
    let mut stream = certificate.connect(address, &TLS13, &[]);
    stream.conn.complete_io(&mut stream.sock).unwrap();
    Client::over(stream, Version::V5).expect_closed();
    let waited = begin.elapsed().as_millis();
    assert!((490..3000).contains(&waited), "{waited} ms");
}

#[test]
fn the_connection_under_it_may_end_without_a_farewell() {
    let (certificate, broker, address) = start(Limits::default());
    let mut bystander = broker.client(Version::V5, "bystander");
    bystander.subscribe("wills", QoS::AtMostOnce);
    let topic = mqtt_codec::TopicName::new("wills").unwrap();
    for (n, tls) in [&TLS12, &TLS13].into_iter().enumerate() {
        let stream = certificate.connect(address, tls, &[]);
        let text = n.to_string();
        let will = Will::new(topic, text.as_bytes());
        let connect = Connect { will: Some(will), ..named(Version::V5, "client") };
        let Client { stream: Tls { sock, .. }, .. } = let_in(stream, &connect);
        drop(sock);
        assert_eq!(bystander.text(), format!("wills {n}"));
    }
}

/// Seeded, so that a failure can be repeated.
#[test]
fn garbage_during_the_handshake_and_after_it_disturbs_nobody() {
    let (certificate, _broker, address) = start(Limits::default());
    let mut bystander =
        let_in(certificate.connect(address, &TLS13, &[]), &named(Version::V5, "bystander"));
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..100 {
        let mut garbage: Vec<u8> = (0..random() % 300).map(|_| (random() >> 24) as u8).collect();
        let mut stream = certificate.connect(address, [&TLS12, &TLS13][round % 2], &[]);
        if round % 4 < 2 {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        } else {
            let head = [0x16, 3, 1, 0, garbage.len().min(255) as u8, 1, 0, 0];
            garbage.splice(0..0, head);
        }
        let _ = stream.sock.write_all(&garbage);
    }
    bystander.expect_nothing();
}
