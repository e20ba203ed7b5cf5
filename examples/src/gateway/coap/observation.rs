//! What an observer is told next, whatever the transport. RFC 7641 section 4.2

use std::time::Instant;

use coap_codec::{Block, Code, ContentFormat, Token};

use super::reply::Reply;
use super::resources;
use crate::gateway::hub::Hub;

/// An observer's registration, and what it knows.
#[derive(Debug)]
pub(super) struct Observation {
    token: Vec<u8>,
    pub(super) topic: String,
    /// The block of the registration: how large one may be.
    pub(super) block: Option<Block>,
    /// That of the first representation, or of Accept, which all others must have.
    format: Option<ContentFormat>,
    /// It has got a message.
    has_content: bool,
}

impl Observation {
    pub(super) fn new(token: Token<'_>, topic: String, block: Option<Block>) -> Self {
        let token = token.as_bytes().to_vec();
        Self { token, topic, block, format: None, has_content: false }
    }

    pub(super) fn token(&self) -> Token<'_> {
        Token::new(&self.token).unwrap_or_default()
    }

    /// The response to the registration has gone.
    pub(super) fn answered(&mut self, reply: &Reply, accept: Option<ContentFormat>) {
        self.format = reply.format.or(accept);
        self.has_content = reply.format.is_some();
    }

    /// The newest state as a response, without Observe. Anything but 2.05 is the last one.
    pub(super) fn state(&mut self, hub: &Hub, now: Instant) -> Reply {
        let Some(message) = hub.state(&self.topic) else {
            // There is nothing any more, or nobody has published yet.
            return Reply::new(if self.has_content { Code::NOT_FOUND } else { Code::CONTENT });
        };
        let reply = resources::representation(&message, self.format, now);
        if self.format.is_some() && reply.format != self.format {
            return Reply::error(Code::NOT_ACCEPTABLE, "the Content-Format has changed");
        }
        (self.format, self.has_content) = (reply.format, true);
        reply
    }
}
