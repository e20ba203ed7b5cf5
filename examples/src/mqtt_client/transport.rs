//! From a place to a stream of bytes: TCP, TLS in it, WebSocket in either. MQTT 5.0 sections 4.2 and 6

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http_lite::HttpUri;
use http_lite::websocket::Role;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::place::Place;
use super::tls;
use crate::http_client::Log;
use crate::websocket::WebSocket;
use crate::ws_client::{Ask, Stream};

/// All that it takes to connect, as often as it takes.
#[derive(Clone)]
pub(crate) struct Transport {
    pub(crate) place: Place,
    tls: Option<Arc<ClientConfig>>,
}

/// How long TCP, TLS and WebSocket's handshake may take together.
const PATIENCE: Duration = Duration::from_secs(20);

impl Transport {
    /// Reads the files that `place` names.
    ///
    /// # Errors
    ///
    /// Which of them is no good, and why.
    pub(crate) fn new(place: Place) -> Result<Self, String> {
        let tls = place.tls.as_ref().map(tls::config).transpose()?;
        Ok(Self { place, tls })
    }

    /// Connects. If it is dropped before, nothing is left.
    ///
    /// # Errors
    ///
    /// Who did not answer as it should.
    pub(crate) async fn open(self) -> Result<Box<dyn Stream>, String> {
        match timeout(PATIENCE, self.connect()).await {
            Ok(done) => done,
            Err(_) => Err(format!("no connection to {} in time", self.place.authority())),
        }
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, String> {
        let place = &self.place;
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", place.authority());
        let address = (place.host.as_str(), place.port());
        let tcp = TcpStream::connect(address).await.map_err(|error| fail(&error))?;
        tcp.set_nodelay(true).map_err(|error| fail(&error))?;
        let mut stream: Box<dyn Stream> = Box::new(tcp);
        if let Some(tls) = &self.tls {
            // The name goes to the server too (SNI), an address does not.
            let name = ServerName::try_from(place.host.clone()).map_err(|error| fail(&error))?;
            let connector = TlsConnector::from(Arc::clone(tls));
            stream = Box::new(connector.connect(name, stream).await.map_err(|error| fail(&error))?);
        }
        if place.websocket.is_none() {
            return Ok(stream);
        }
        let url = place.http_url()?;
        let uri = HttpUri::parse(&url).ok_or("no URL")?;
        let ask = Ask {
            uri,
            protocols: &["mqtt"], // [MQTT-6.0.0-3]
            fields: &[],
            ca_file: None,
            log: Log { verbose: false },
        };
        let switched = ask.switch(stream).await.map_err(|error| fail(&error))?;
        if switched.protocol.is_none() {
            return Err(fail(&"no MQTT at this path"));
        }
        let received = BytesMut::from(switched.received.as_slice());
        let socket = WebSocket::new(switched.stream, Role::Client, received, BytesMut::new());
        Ok(Box::new(socket))
    }
}
