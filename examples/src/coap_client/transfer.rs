//! Bodies in blocks, one after the other. RFC 7959.

use coap_codec::{Block, Code, Observe, OptionNumber, ReliableMessage, Szx, Uint};

use super::Error;
use super::client::{Ask, Client};
use super::transport::Answer;

/// A response with its whole body.
pub(super) struct Body {
    pub(super) code: Code,
    pub(super) body: Vec<u8>,
    /// The Observe of the response that it began with.
    pub(super) observe: Option<Observe>,
}

/// How often to begin again if the resource changes while its blocks are fetched.
const ATTEMPTS: usize = 4;

/// The longest body that we put together, in bytes: what a server can make us store.
const MAX_BODY: usize = 64 << 20;

impl<'a> Client<'a> {
    /// Sends the request, in blocks if it is long, and fetches the response, in blocks if the server
    /// cuts it. With `register`, asks for notifications too.
    pub(super) fn transfer(&mut self, register: bool) -> Result<Body, Error> {
        for attempt in 0..ATTEMPTS {
            // The observation that the first request began goes on.
            let first = self.request(register && attempt == 0)?;
            if let Some(body) = self.download(&first)? {
                return Ok(body);
            }
        }
        Err(Error::new("the resource changes faster than its blocks can be fetched"))
    }

    /// The response to the request, of which the body may be one block only.
    fn request(&mut self, register: bool) -> Result<Answer, Error> {
        let payload = &self.options.payload;
        let mut ask = Ask { payload, registers: register, ..Ask::default() };
        if register {
            ask.options.push(Self::observe_option(Observe::REGISTER));
        }
        if let Some(szx) = self.needs_blocks(payload.len()) {
            return self.upload(payload, szx);
        }
        if let Some(block) = self.options.block {
            ask.options.push(option(OptionNumber::BLOCK2, block));
        }
        let answer = self.ask(&ask)?;
        // RFC 7959 section 2.9.3: too large in one piece, but perhaps in blocks of this size.
        match self.wants_blocks(&answer.message()) {
            Some(szx) if payload.len() > szx.size().into() => self.upload(payload, szx),
            _ => Ok(answer),
        }
    }

    /// The size of blocks, if a payload of this length is sent in blocks.
    fn needs_blocks(&self, len: usize) -> Option<Szx> {
        let szx = self.szx().unwrap_or(Szx::S1024);
        let room = match self.transport.settings() {
            // A connection takes messages as long as the server says; leave room for the options.
            Some(csm) if self.szx().is_none() => {
                (csm.max_message_size as usize).saturating_sub(512)
            }
            _ => szx.size().into(),
        };
        (len > room).then_some(szx)
    }

    /// What follow-up requests carry: a FETCH, if it fits, says again what is fetched, so that a
    /// server without memory can go on. RFC 7959 section 2.7 wants them to be similar.
    pub(super) fn repeated_payload(&self) -> &'a [u8] {
        let payload = &self.options.payload;
        let repeats =
            self.options.method == Code::FETCH && self.needs_blocks(payload.len()).is_none();
        if repeats { payload } else { &[] }
    }

    fn wants_blocks(&self, answer: &ReliableMessage<'_>) -> Option<Szx> {
        if answer.code != Code::REQUEST_ENTITY_TOO_LARGE {
            return None;
        }
        let block = self.transport.block(answer, OptionNumber::BLOCK1)?;
        Some(block.szx().smaller(Szx::S1024))
    }

    /// Sends the payload block by block; the response to the last one, or to one that is refused.
    fn upload(&mut self, payload: &[u8], szx: Szx) -> Result<Answer, Error> {
        let mut block = Block::first(szx);
        loop {
            let (start, end, more) = block.window(payload.len()).ok_or_else(too_long)?;
            let mut ask =
                Ask { payload: payload.get(start..end).unwrap_or_default(), ..Ask::default() };
            ask.options.push(option(OptionNumber::BLOCK1, block.with_more(more)));
            if start == 0 {
                let size = Uint::new(payload.len() as u64);
                ask.options.push((OptionNumber::SIZE1, size.as_bytes().to_vec()));
            }
            if let (false, Some(block2)) = (more, self.options.block) {
                ask.options.push(option(OptionNumber::BLOCK2, Block::first(block2.szx())));
            }
            let answer = self.ask(&ask)?;
            let message = answer.message();
            match self.wants_blocks(&message) {
                // RFC 7959 section 2.9.3: begin again with smaller blocks.
                Some(szx) if start == 0 && szx < block.szx() => {
                    block = Block::first(szx);
                    continue;
                }
                _ => {}
            }
            if !more || !message.code.is_success() {
                return Ok(answer);
            }
            let taken = self.transport.block(&message, OptionNumber::BLOCK1);
            let Some(taken) = taken.filter(|taken| taken.num() == block.num()) else {
                return Err(Error::new("the server does not say which block it has taken"));
            };
            // RFC 7959 section 2.3: go on in the size that the server prefers.
            let next = block.next(end - start).ok_or_else(too_long)?;
            block = next.resized(next.szx().smaller(taken.szx())).ok_or_else(too_long)?;
        }
    }

    /// The whole of what `first` is the first block of; `None` if it has changed in between.
    pub(super) fn download(&mut self, first: &Answer) -> Result<Option<Body>, Error> {
        let message = first.message();
        let (code, mut etag) = (message.code, message.options.etag().map(<[u8]>::to_vec));
        let mut all =
            Body { code, body: message.payload.to_vec(), observe: message.options.observe() };
        let Some(mut block) = self.transport.block(&message, OptionNumber::BLOCK2) else {
            return Ok(Some(all));
        };
        let start = block.offset() as usize;
        let asked = self.options.block.map_or(0, |block| block.offset() as usize);
        if start != asked && start != 0 {
            return Err(Error::new("the server answers with another block"));
        }
        let mut len = message.payload.len();
        while block.more() && code.is_success() {
            let next = block.next(len).ok_or_else(|| {
                Error::new(format!("a block of {len} bytes where it says {}", block.szx().size()))
            })?;
            let answer = self.ask(&Ask {
                options: vec![option(OptionNumber::BLOCK2, next)],
                payload: self.repeated_payload(),
                ..Ask::default()
            })?;
            let message = answer.message();
            if !message.code.is_success() {
                return Ok(Some(Body {
                    code: message.code,
                    body: message.payload.to_vec(),
                    observe: None,
                }));
            }
            // RFC 7959 section 2.4: the blocks of one representation have the same ETag. A block
            // without one, as the server SHOULD not but may send it, tells nothing.
            if let Some(new) = message.options.etag() {
                if etag.get_or_insert_with(|| new.to_vec()) != new {
                    return Ok(None);
                }
            }
            block = match self.transport.block(&message, OptionNumber::BLOCK2) {
                Some(block) if block.offset() as usize == start + all.body.len() => block,
                _ => return Err(Error::new("the server answers with another block")),
            };
            len = message.payload.len();
            if all.body.len() + len > MAX_BODY {
                return Err(Error::new("the body is longer than 64 MiB"));
            }
            all.body.extend_from_slice(message.payload);
        }
        Ok(Some(all))
    }
}

fn option(number: OptionNumber, block: Block) -> (OptionNumber, Vec<u8>) {
    (number, block.to_uint().as_bytes().to_vec())
}

fn too_long() -> Error {
    Error::new("a body of more than 2^20 blocks")
}
