//! How the bytes of MQTT travel: TCP, or WebSocket in it. MQTT 5.0 section 6

use std::error::Error as StdError;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use embedded_io_adapters::std::FromStd;
use http_lite::connection::{Client, Settings as HttpSettings};
use http_lite::io::{Driver, WebSocket, WebSocketError};
use http_lite::websocket::{Close, CloseCode, Settings, handshake::Key};
use http_lite::{Field, Fields, Method, RequestHead, Target};
use ring::rand::{SecureRandom, SystemRandom};

use crate::options::Options;

/// What a connection needs of it.
pub trait Transport: Read + Write {
    /// Says what a protocol says that ends.
    fn close(&mut self) -> io::Result<()>;
}

impl Transport for &TcpStream {
    fn close(&mut self) -> io::Result<()> {
        Ok(()) // the system does it
    }
}

/// MQTT is a stream of bytes in binary messages: [MQTT-6.0.0-1] and [MQTT-6.0.0-2].
struct OverWebSocket<'a, C, R>(WebSocket<'a, FromStd<&'a TcpStream>, C, R>);

/// Longest head of the answer, and what is collected before it is sent, in bytes.
const INPUT: usize = 8 << 10;
const OUTPUT: usize = 16 << 10;

/// Opens the transport that the options want over `tcp`, and lets `run` use it.
pub fn with<R>(
    tcp: &TcpStream,
    options: &Options,
    run: impl FnOnce(&mut dyn Transport) -> Result<R, Box<dyn StdError>>,
) -> Result<R, Box<dyn StdError>> {
    let Some(path) = &options.websocket else {
        return run(&mut &*tcp);
    };
    let random = SystemRandom::new();
    let fresh = || {
        let mut bytes = [0; 16];
        random.fill(&mut bytes).map(|()| bytes).map_err(|_| "the system has no random numbers")
    };
    let key = Key::new(fresh()?);
    let [upgrade, connection, version, key_field] = key.fields();
    let host = format!("{}:{}", options.host, options.port);
    let host = Field::new("Host", &host)?;
    let protocol = Field::new("Sec-WebSocket-Protocol", "mqtt")?; // [MQTT-6.0.0-3]
    let fields = [host, upgrade, connection, version, key_field, protocol];
    let target = Target::new(path.as_bytes(), &Method::GET).ok_or("-w wants a path")?;
    let request = RequestHead::new(Method::GET, target, Fields::new(&fields));

    let start = Instant::now();
    let clock = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (mut input, mut output) = (vec![0; INPUT], vec![0; OUTPUT]);
    let mut http = Client::new(HttpSettings::CLIENT.with_buffer(INPUT as u32));
    let mut tcp = FromStd::new(tcp);
    let mut driver = Driver::new(&mut http, &mut tcp, clock, &mut input, &mut output);
    let (response, _) = driver.exchange(&request, b"")?;
    let status = response.status.get();
    match key.check(&response, &["mqtt"]) {
        Ok(Some(_)) => {}
        Ok(None) => return Err("no MQTT at this path".into()),
        Err(refusal) => return Err(format!("no WebSocket: {refusal}, {status}").into()),
    }
    // MQTT sees by itself who is silent, and has limits of its own.
    let settings = Settings { message: u64::MAX, ping_ms: u64::MAX, ..Settings::DEFAULT };
    let mask = || match fresh() {
        Ok([a, b, c, d, ..]) => u32::from_ne_bytes([a, b, c, d]),
        Err(_) => 0, // it had some a moment ago
    };
    let stream = driver.into_websocket(settings, mask).ok_or("no WebSocket behind 101")?;
    run(&mut OverWebSocket(stream))
}

impl<C: FnMut() -> u64, R: FnMut() -> u32> Read for OverWebSocket<'_, C, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        embedded_io::Read::read(&mut self.0, buffer).map_err(to_io)
    }
}

impl<C: FnMut() -> u64, R: FnMut() -> u32> Write for OverWebSocket<'_, C, R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        embedded_io::Write::write(&mut self.0, bytes).map_err(to_io)
    }

    fn flush(&mut self) -> io::Result<()> {
        embedded_io::Write::flush(&mut self.0).map_err(to_io)
    }
}

impl<C: FnMut() -> u64, R: FnMut() -> u32> Transport for OverWebSocket<'_, C, R> {
    fn close(&mut self) -> io::Result<()> {
        self.0.close(Close::new(CloseCode::NORMAL)).map_err(to_io)
    }
}

fn to_io(error: WebSocketError<io::Error>) -> io::Error {
    match error {
        WebSocketError::Read(error) | WebSocketError::Write(error) => error,
        error => io::Error::other(error.to_string()),
    }
}
