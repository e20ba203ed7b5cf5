//! What is the same over every connection: the settings of both sides, signalling, and responses in
//! any order. RFC 8323.

use std::time::Instant;

use coap_codec::{
    CoapOption, Code, Csm, DecodeError, Knowledge, OptionNumber, Options as CoapOptions,
    ReliableMessage, ReliableReaction, Type, Uint, react_reliable,
};

use super::Error;
use super::log::Log;
use super::transport::{Answer, Request, Transport};
use super::udp::RECOGNIZED;

/// Carries messages one behind the other, and loses none.
pub(super) trait Carrier {
    /// Sends it.
    fn send(&mut self, message: &ReliableMessage<'_>) -> Result<(), Error>;

    /// The bytes of the next message; `None` if it is not there up to `end`.
    fn receive(&mut self, end: Instant) -> Result<Option<Vec<u8>>, Error>;

    /// The message in such bytes.
    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<ReliableMessage<'a>, DecodeError>;
}

/// A connection on which both sides have said their settings.
pub(super) struct Connection<C> {
    carrier: C,
    peer: Option<Csm>,
    log: Log,
}

/// A client, whose connection carries nothing but responses that it waits for.
const KNOWLEDGE: Knowledge<'static> =
    Knowledge { awaits_token: true, ..Knowledge::client(RECOGNIZED) };

/// The longest message that we take, in bytes.
pub(super) const MAX_MESSAGE_SIZE: u32 = 1 << 20;

impl<C: Carrier> Connection<C> {
    /// Exchanges settings, up to `end`.
    pub(super) fn open(carrier: C, log: Log, end: Instant) -> Result<Self, Error> {
        let mut connection = Self { carrier, peer: None, log };
        let size = Uint::new(MAX_MESSAGE_SIZE.into());
        let settings = [
            CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, size.as_bytes()),
            CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
        ];
        let settings = CoapOptions::new(&settings);
        connection.write(&ReliableMessage::new(Code::CSM).with_options(settings))?;
        // How long requests may be, the server's first message says.
        while connection.peer.is_none() {
            let Some(bytes) = connection.carrier.receive(end)? else {
                return Err(Error::new("the server says nothing"));
            };
            connection.handle(&bytes, &[])?;
        }
        Ok(connection)
    }

    fn write(&mut self, message: &ReliableMessage<'_>) -> Result<(), Error> {
        self.log.reliable('>', message);
        self.carrier.send(message)
    }

    /// Deals with a message; the response that it is, if one is wanted.
    fn handle(&mut self, bytes: &[u8], awaited: &[Vec<u8>]) -> Result<Option<Answer>, Error> {
        let message = self.carrier.decode(bytes);
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
                    return Ok(Some(Answer::new(&message)?));
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
        Ok(None)
    }
}

impl<C: Carrier> Transport for Connection<C> {
    fn send(&mut self, request: &Request<'_>) -> Result<(), Error> {
        // The type and the Message ID do not go over the connection.
        request.build(Type::Confirmable, 0, |message| self.write(&message.message().reliable()))?
    }

    fn receive(&mut self, awaited: &[Vec<u8>], end: Instant) -> Result<Option<Answer>, Error> {
        while let Some(bytes) = self.carrier.receive(end)? {
            if let Some(answer) = self.handle(&bytes, awaited)? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    fn settings(&self) -> Option<Csm> {
        self.peer
    }
}
