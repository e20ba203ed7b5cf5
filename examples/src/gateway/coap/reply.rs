//! A response before it is known how much of it fits: whole, or a block of it.

use std::ops::Range;

use bytes::Bytes;
use coap_codec::{Block, Code, ContentFormat, EncodeError, MessageMut, OptionNumber, Szx};

/// What a request is answered with, over any transport.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) code: Code,
    /// That of the body; with 2.03, of the one that the client has.
    pub(super) format: Option<ContentFormat>,
    pub(super) etag: Option<u32>,
    /// Seconds; 60 if there is none. RFC 7252 section 5.10.5
    pub(super) max_age: Option<u32>,
    /// All other options, in any order.
    pub(super) options: Vec<(OptionNumber, Vec<u8>)>,
    pub(super) body: Body,
}

/// A payload, as long as it may be.
#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Text(String),
    Bytes(Bytes),
}

/// How much of a body goes into one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// The block that the client wants.
    pub(super) wanted: Option<Block>,
    /// A body of up to so many bytes is sent whole, if no block is wanted.
    pub(super) whole: usize,
    /// One that does not fit may begin with its first block.
    pub(super) may_split: bool,
}

/// Not even the smallest block fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Reply {
    pub(super) fn new(code: Code) -> Self {
        let (format, etag, max_age, options) = (None, None, None, Vec::new());
        Self { code, format, etag, max_age, options, body: Body::Empty }
    }

    pub(super) fn content(format: ContentFormat, body: Body) -> Self {
        Self { format: Some(format), body, ..Self::new(Code::CONTENT) }
    }

    /// An error with a text for people: RFC 7252 section 5.5.2.
    pub(super) fn error(code: Code, why: &str) -> Self {
        Self { body: Body::Text(why.to_owned()), ..Self::new(code) }
    }

    pub(super) fn with(mut self, number: OptionNumber, value: &[u8]) -> Self {
        self.options.push((number, value.to_vec()));
        self
    }

    pub(super) fn with_uint(self, number: OptionNumber, value: u32) -> Self {
        self.with(number, coap_codec::Uint::new(value.into()).as_bytes())
    }

    /// 2.03 if the client has this representation already (RFC 7252 section 5.10.6.2), 4.00 if it
    /// wants a block behind the end.
    pub(super) fn for_request<'a>(
        self,
        mut etags: impl Iterator<Item = &'a [u8]>,
        wanted: Option<Block>,
    ) -> Self {
        if self.code != Code::CONTENT {
            return self;
        }
        if let Some(etag) = self.etag {
            if etags.any(|own| own == etag.to_be_bytes()) {
                return Self { code: Code::VALID, body: Body::Empty, ..self };
            }
        }
        match wanted {
            Some(block) if block.window(self.body.len()).is_none() => {
                Self::error(Code::BAD_REQUEST, "the body has no such block")
            }
            _ => self,
        }
    }

    /// Writes what fits into `message`, which has a header and a token: the whole body, or the block
    /// that is wanted, or the first one. Blocks get smaller until one fits. RFC 7959 section 2.4
    pub(super) fn write(&self, message: &mut MessageMut<'_>, fit: &Fit) -> Result<(), NoRoom> {
        self.write_options(message)?;
        let is_content = self.code == Code::CONTENT;
        if (fit.wanted.is_none() || !is_content) && self.body.len() <= fit.whole {
            let part = 0..self.body.len();
            if self.write_part(part, message) {
                return Ok(());
            }
        }
        match fit.wanted {
            _ if !is_content => Ok(()), // the text of an error is optional
            Some(block) => self.write_block(message, block),
            None if fit.may_split => self.write_block(message, Block::first(Szx::S1024)),
            None => Err(NoRoom),
        }
    }

    fn write_options(&self, message: &mut MessageMut<'_>) -> Result<(), EncodeError> {
        if let Some(etag) = self.etag {
            message.insert(OptionNumber::ETAG, &etag.to_be_bytes())?;
        }
        if let Some(format) = self.format.filter(|_| self.code != Code::VALID) {
            message.insert_uint(OptionNumber::CONTENT_FORMAT, format.0.into())?;
        }
        if let Some(secs) = self.max_age {
            message.insert_uint(OptionNumber::MAX_AGE, secs.into())?;
        }
        for (number, value) in &self.options {
            message.insert(*number, value)?;
        }
        Ok(())
    }

    fn write_block(&self, message: &mut MessageMut<'_>, wanted: Block) -> Result<(), NoRoom> {
        let mut size = Some(wanted.szx().smaller(Szx::S1024));
        while let Some(szx) = size {
            let (block, start, end) = wanted.answer(self.body.len(), szx).ok_or(NoRoom)?;
            let fits = message.set(OptionNumber::BLOCK2, block.to_uint().as_bytes()).is_ok();
            if fits && self.write_part(start..end, message) {
                return Ok(());
            }
            size = Szx::at_most(usize::from(szx.size()) / 2);
        }
        Err(NoRoom)
    }

    /// Makes a part of the body the payload; false if it does not fit.
    fn write_part(&self, part: Range<usize>, message: &mut MessageMut<'_>) -> bool {
        let (part, room) = (self.body.as_bytes().get(part), message.payload_room());
        let Some((part, room)) = part.and_then(|part| Some((part, room.get_mut(..part.len())?)))
        else {
            return false;
        };
        room.copy_from_slice(part);
        message.commit_payload(part.len());
        true
    }
}

impl From<EncodeError> for NoRoom {
    fn from(_: EncodeError) -> Self {
        Self
    }
}

impl Body {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Empty => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}
