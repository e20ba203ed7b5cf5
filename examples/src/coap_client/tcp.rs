//! Messages over a TCP connection. RFC 8323 section 3.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use coap_codec::{Code, DecodeError, ReliableMessage, tcp};

use super::Error;
use super::options::Options;
use super::reliable::{Carrier, Connection, MAX_MESSAGE_SIZE};

/// A stream that is cut into messages.
pub(super) struct Tcp {
    stream: TcpStream,
    codec: tcp::Codec,
    /// What has been read and not yet taken.
    input: Vec<u8>,
}

impl Tcp {
    pub(super) fn open(to: SocketAddr, options: &Options) -> Result<Connection<Self>, Error> {
        let patience = Duration::from_secs(options.patience_secs.into());
        let stream = TcpStream::connect_timeout(&to, patience)?;
        stream.set_nodelay(true)?;
        let codec = tcp::Codec::new().with_max_message_size(MAX_MESSAGE_SIZE);
        let tcp = Self { stream, codec, input: Vec::new() };
        Connection::open(tcp, options.log(), Instant::now() + patience)
    }

    /// Reads more; false if nothing has come up to `end`.
    fn read(&mut self, end: Instant) -> Result<bool, Error> {
        let mut chunk = [0; 8192];
        loop {
            let wait = end.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return Ok(false);
            }
            self.stream.set_read_timeout(Some(wait))?;
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Error::new("the server has closed the connection")),
                Ok(len) => {
                    self.input.extend_from_slice(chunk.get(..len).unwrap_or_default());
                    return Ok(true);
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => return Err(error.into()),
                },
            }
        }
    }
}

impl Carrier for Tcp {
    fn send(&mut self, message: &ReliableMessage<'_>) -> Result<(), Error> {
        let mut bytes = vec![0; self.codec.encoded_len(message)?];
        self.codec.encode(message, &mut bytes)?;
        Ok(self.stream.write_all(&bytes)?)
    }

    fn receive(&mut self, end: Instant) -> Result<Option<Vec<u8>>, Error> {
        loop {
            match self.codec.frame_len(&self.input) {
                Ok(Some(len)) if len <= self.input.len() => {
                    return Ok(Some(self.input.drain(..len).collect()));
                }
                // Decoding tells what is wrong.
                Err(_) => return Ok(Some(std::mem::take(&mut self.input))),
                Ok(_) => {}
            }
            if !self.read(end)? {
                return Ok(None);
            }
        }
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<ReliableMessage<'a>, DecodeError> {
        let decoded = self.codec.decode(bytes)?;
        // It is complete.
        Ok(decoded.map_or(ReliableMessage::new(Code::EMPTY), |(message, _)| message))
    }
}
