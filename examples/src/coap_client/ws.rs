//! Messages over a WebSocket. RFC 8323 section 4.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use coap_codec::uri::{Scheme, Uri};
use coap_codec::{DecodeError, ReliableMessage, ws};
use http_lite::HttpUri;
use http_lite::websocket::{CloseCode, Event, Message, Settings};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep_until, timeout_at};

use super::Error;
use super::options::Options;
use super::reliable::{Carrier, Connection, MAX_MESSAGE_SIZE};
use crate::http_client::Log;
use crate::ws_client::{self, Ask};

/// A WebSocket whose binary messages are CoAP's.
pub(super) struct WebSocket {
    runtime: Runtime,
    socket: ws_client::Connection,
    codec: ws::Codec,
    /// What there is of a message.
    message: Vec<u8>,
    patience: Duration,
}

/// The path and the subprotocol of every server. RFC 8323 section 4.1 and 8.3.
const PATH: &str = "/.well-known/coap";
const PROTOCOL: &str = "coap";

/// RFC 8323 section 4.4 leaves it to CoAP to ask whether a server is there.
const SETTINGS: Settings =
    Settings { message: MAX_MESSAGE_SIZE as u64, ping_ms: u64::MAX, ..Settings::DEFAULT };

impl WebSocket {
    pub(super) fn open(
        uri: &Uri<'_>,
        to: SocketAddr,
        options: &Options,
    ) -> Result<Connection<Self>, Error> {
        let patience = Duration::from_secs(options.patience_secs.into());
        let end = Instant::now() + patience;
        let scheme = if uri.scheme() == Scheme::CoapsWs { "https" } else { "http" };
        let port = match uri.port() {
            port if port == uri.scheme().default_port() => String::new(),
            port => format!(":{port}"),
        };
        let url = format!("{scheme}://{}{port}{PATH}", uri.host_str());
        let ask = Ask {
            uri: HttpUri::parse(url.as_bytes()).ok_or_else(|| Error::new("no host for HTTP"))?,
            protocols: &[PROTOCOL],
            fields: &[],
            ca_file: options.ca_file.as_deref(),
            log: Log { verbose: options.log().messages },
        };
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let addresses = [to];
        let opened = ws_client::Connection::open(&ask, &addresses, SETTINGS, patience);
        let socket = runtime.block_on(opened)?;
        if socket.protocol.is_none() {
            return Err(Error::new("the server does not speak coap there"));
        }
        let (codec, message) = (ws::Codec::new(), Vec::new());
        let carrier = Self { runtime, socket, codec, message, patience };
        Connection::open(carrier, options.log(), end)
    }
}

impl Carrier for WebSocket {
    fn send(&mut self, message: &ReliableMessage<'_>) -> Result<(), Error> {
        let mut bytes = vec![0; self.codec.encoded_len(message)?];
        self.codec.encode(message, &mut bytes)?;
        let Self { runtime, socket, patience, .. } = self;
        socket.send(bytes.len(), |session, random, out| session.binary(&bytes, random, out))?;
        runtime.block_on(async {
            let end = tokio::time::Instant::now() + *patience;
            while socket.is_sending() {
                let done = timeout_at(end, socket.step()).await;
                done.map_err(|_| Error::new("the server takes nothing more"))??;
            }
            Ok(())
        })
    }

    fn receive(&mut self, end: Instant) -> Result<Option<Vec<u8>>, Error> {
        let Self { runtime, socket, message, .. } = self;
        runtime.block_on(async {
            loop {
                while socket.has_input() {
                    match socket.take()? {
                        Some(Event::Data { message: Message::Binary, data, is_last, .. }) => {
                            message.extend_from_slice(data);
                            if is_last {
                                return Ok(Some(std::mem::take(message)));
                            }
                        }
                        Some(Event::Data { message: Message::Text, .. }) => {
                            socket.leave(CloseCode::UNSUPPORTED_DATA).await;
                            let what = "the server sent a text [RFC 8323 section 4.2]";
                            return Err(Error::new(what));
                        }
                        Some(Event::Close(payload)) => {
                            return Err(Error::new(ws_client::describe(payload.close())));
                        }
                        _ => {}
                    }
                }
                tokio::select! {
                    done = socket.step() => done?,
                    () = sleep_until(end.into()) => return Ok(None),
                }
            }
        })
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<ReliableMessage<'a>, DecodeError> {
        self.codec.decode(bytes)
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        self.runtime.block_on(self.socket.leave(CloseCode::NORMAL));
    }
}

impl From<ws_client::Error> for Error {
    fn from(error: ws_client::Error) -> Self {
        Self { is_refused: error.is_refused, text: error.to_string() }
    }
}
