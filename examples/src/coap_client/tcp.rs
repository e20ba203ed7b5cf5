//! Messages over a TCP connection. RFC 8323 section 3.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use coap_codec::{
    CoapOption, Code, Csm, Knowledge, OptionNumber, Options as CoapOptions, ReliableMessage,
    ReliableReaction, Type, Uint, react_reliable, tcp,
};

use super::Error;
use super::log::Log;
use super::options::Options;
use super::transport::{Answer, Request, Transport};
use super::udp::RECOGNIZED;

/// A client, whose connection carries nothing but responses that it waits for.
const KNOWLEDGE: Knowledge<'static> =
    Knowledge { awaits_token: true, ..Knowledge::client(RECOGNIZED) };

/// A connection on which both sides have said their settings.
pub(super) struct Tcp {
    stream: TcpStream,
    codec: tcp::Codec,
    /// What has been read and not yet handled.
    input: Vec<u8>,
    peer: Option<Csm>,
    log: Log,
}

/// The longest message that we take, in bytes.
const MAX_MESSAGE_SIZE: u32 = 1 << 20;

impl Tcp {
    pub(super) fn open(to: SocketAddr, options: &Options) -> Result<Self, Error> {
        let patience = Duration::from_secs(options.patience_secs.into());
        let stream = TcpStream::connect_timeout(&to, patience)?;
        stream.set_nodelay(true)?;
        let codec = tcp::Codec::new().with_max_message_size(MAX_MESSAGE_SIZE);
        let mut tcp = Self { stream, codec, input: Vec::new(), peer: None, log: options.log() };
        let size = Uint::new(MAX_MESSAGE_SIZE.into());
        let settings = [
            CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, size.as_bytes()),
            CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
        ];
        tcp.write(&ReliableMessage::new(Code::CSM).with_options(CoapOptions::new(&settings)))?;
        // How long requests may be, the server's first message says.
        let end = Instant::now() + patience;
        while tcp.peer.is_none() {
            if !tcp.read(end)? {
                return Err(Error::new("the server says nothing"));
            }
            tcp.handle(&[])?;
        }
        Ok(tcp)
    }

    fn write(&mut self, message: &ReliableMessage<'_>) -> Result<(), Error> {
        self.log.reliable('>', message);
        let mut bytes = vec![0; self.codec.encoded_len(message)?];
        self.codec.encode(message, &mut bytes)?;
        Ok(self.stream.write_all(&bytes)?)
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

    /// Deals with the messages that are there, up to a response that is wanted.
    fn handle(&mut self, awaited: &[Vec<u8>]) -> Result<Option<Answer>, Error> {
        loop {
            let input = std::mem::take(&mut self.input);
            let (len, done) = self.handle_one(&input, awaited)?;
            self.input = input;
            self.input.drain(..len);
            if done.is_some() || len == 0 {
                return Ok(done);
            }
        }
    }

    /// Deals with the first message; how long it is, 0 if it is not complete.
    fn handle_one(
        &mut self,
        input: &[u8],
        awaited: &[Vec<u8>],
    ) -> Result<(usize, Option<Answer>), Error> {
        let (message, len) = match self.codec.decode(input) {
            Ok(Some((message, len))) => (Ok(message), len),
            Ok(None) => return Ok((0, None)),
            Err(error) => (Err(error), 0),
        };
        match &message {
            Ok(message) => self.log.reliable('<', message),
            Err(error) => self.log.malformed(error),
        }
        let reaction = react_reliable(&message, self.peer.is_some(), &KNOWLEDGE);
        match (reaction, message) {
            (ReliableReaction::Settings, Ok(message)) => {
                self.peer.get_or_insert(Csm::BASE).apply(&message.options);
            }
            (ReliableReaction::Pong, Ok(ping)) => self.write(&ping.response(Code::PONG))?,
            (ReliableReaction::Release, _) => {
                return Err(Error::new("the server releases the connection"));
            }
            (ReliableReaction::Close, Ok(abort)) => {
                let why = String::from_utf8_lossy(abort.payload);
                return Err(Error::new(format!("the server aborts: {}", why.escape_debug())));
            }
            (ReliableReaction::Abort(option), message) => {
                let value = Uint::new(option.map_or(0, |option| option.0.into()));
                let bad = [CoapOption::new(OptionNumber::BAD_CSM_OPTION, value.as_bytes())];
                let bad = if option.is_some() { bad.as_slice() } else { &[] };
                // It may be gone already.
                let _ = self
                    .write(&ReliableMessage::new(Code::ABORT).with_options(CoapOptions::new(bad)));
                return Err(Error::new(match message {
                    Err(error) => format!("the server sent {error} [{}]", error.rule()),
                    Ok(message) => format!("the server sent {:#} out of place", message.code),
                }));
            }
            (ReliableReaction::Process, Ok(message)) if message.code.is_response() => {
                let token = message.token.as_bytes();
                if awaited.iter().any(|wanted| wanted.as_slice() == token) {
                    return Ok((len, Some(Answer::new(&message)?)));
                }
            }
            // A client serves no requests. RFC 7252 section 5.2 has no silence for them over a
            // connection.
            (ReliableReaction::Process | ReliableReaction::Respond(_), Ok(request))
                if request.code.is_request() =>
            {
                self.write(&request.response(Code::NOT_IMPLEMENTED))?;
            }
            _ => {}
        }
        Ok((len, None))
    }
}

impl Transport for Tcp {
    fn send(&mut self, request: &Request<'_>) -> Result<(), Error> {
        // The type and the Message ID do not go over the connection.
        request.build(Type::Confirmable, 0, |message| self.write(&message.message().reliable()))?
    }

    fn receive(&mut self, awaited: &[Vec<u8>], end: Instant) -> Result<Option<Answer>, Error> {
        loop {
            if let Some(answer) = self.handle(awaited)? {
                return Ok(Some(answer));
            }
            if !self.read(end)? {
                return Ok(None);
            }
        }
    }

    fn settings(&self) -> Option<Csm> {
        self.peer
    }
}
