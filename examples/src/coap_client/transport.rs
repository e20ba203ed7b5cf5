//! What carries messages: the same for a datagram socket and a connection.

use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use coap_codec::uri::{Destination, Uri};
use coap_codec::{
    Block, Code, Csm, EncodeError, MessageMut, OptionNumber, ReliableMessage, Token, Type, ws,
};

use super::Error;

/// Sends requests and gives the responses that are awaited.
pub(super) trait Transport {
    /// Sends it. A Confirmable one is repeated by [`receive`](Self::receive) until it is acknowledged.
    fn send(&mut self, request: &Request<'_>) -> Result<(), Error>;

    /// The next response with one of the `awaited` tokens; `None` if there is none up to `end`.
    fn receive(&mut self, awaited: &[Vec<u8>], end: Instant) -> Result<Option<Answer>, Error>;

    /// What the other side of a connection has said of itself; `None` over datagrams.
    fn settings(&self) -> Option<Csm>;

    /// Is there a block in this option? SZX 7 means BERT where messages arrive by themselves.
    fn block(&self, answer: &ReliableMessage<'_>, number: OptionNumber) -> Option<Block> {
        let value = answer.options.first(number)?;
        let reliable = self.settings().is_some();
        if reliable { Block::decode_reliable(value) } else { Block::decode(value) }.ok()
    }
}

/// A request before it is encoded.
pub(super) struct Request<'a> {
    pub(super) method: Code,
    pub(super) token: &'a [u8],
    /// Where to, unless the options say so.
    pub(super) uri: Option<(&'a Uri<'a>, &'a Destination<'a>)>,
    /// In any order.
    pub(super) options: &'a [(OptionNumber, Vec<u8>)],
    pub(super) payload: &'a [u8],
}

impl Request<'_> {
    /// The message in a buffer that fits it.
    pub(super) fn build<T>(
        &self,
        message_type: Type,
        message_id: u16,
        then: impl FnOnce(&MessageMut<'_>) -> T,
    ) -> Result<T, EncodeError> {
        let options: usize = self.options.iter().map(|(_, value)| value.len() + 5).sum();
        let uri = self.uri.map_or(0, |(uri, _)| uri.as_str().len() * 2 + 16);
        let mut buffer = vec![0; 32 + self.token.len() + options + uri + self.payload.len()];
        let token = Token::new(self.token).unwrap_or(Token::EMPTY);
        let mut message =
            MessageMut::new(&mut buffer, message_type, self.method, message_id, token)?;
        if let Some((uri, destination)) = self.uri {
            uri.write_options(&mut message, destination)?;
        }
        for (number, value) in self.options {
            message.insert(*number, value)?;
        }
        message.set_payload(self.payload)?;
        Ok(then(&message))
    }
}

/// A response, kept as the bytes that it would be in a WebSocket message: without type and Message
/// ID, so the same from all transports.
pub(super) struct Answer(Vec<u8>);

impl Answer {
    pub(super) fn new(message: &ReliableMessage<'_>) -> Result<Self, EncodeError> {
        let codec = ws::Codec::new();
        let mut bytes = vec![0; codec.encoded_len(message)?];
        codec.encode(message, &mut bytes)?;
        Ok(Self(bytes))
    }

    pub(super) fn message(&self) -> ReliableMessage<'_> {
        // It was a message.
        ws::Codec::new().decode(&self.0).unwrap_or(ReliableMessage::new(Code::EMPTY))
    }
}

/// A number that nobody can guess: for tokens, Message IDs and times to wait. The standard library
/// keys every hash map with such a number.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(0)
}
