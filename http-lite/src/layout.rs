//! Where the parts of what was found lie in its bytes: to give it again from other bytes, or once
//! the borrow of the first look has ended.

use crate::body::BodyPart;
use crate::connection::{ClientEvent, ServerEvent};
use crate::facts::Version;
use crate::field::Fields;
use crate::framing::Framing;
use crate::head::{Reason, RequestHead, ResponseHead};
use crate::method::Method;
use crate::status::StatusCode;
use crate::target::{Target, TargetForm};
use crate::writer::Writer;

/// Of the head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestLayout {
    method: usize,
    target: usize,
    form: TargetForm,
    version: Version,
}

impl RequestLayout {
    pub(crate) const fn of(head: &RequestHead<'_>) -> Self {
        let (method, target) = (head.method.as_bytes().len(), head.target.as_bytes().len());
        Self { method, target, form: head.target.form(), version: head.version }
    }

    /// The head that `bytes` are, with the empty lines before it.
    pub(crate) fn head<'a>(&self, mut bytes: &'a [u8]) -> RequestHead<'a> {
        while let [b'\r' | b'\n', rest @ ..] = bytes {
            bytes = rest;
        }
        let (method, rest) = split(bytes, self.method);
        let (target, rest) = split(rest.get(1..).unwrap_or_default(), self.target);
        RequestHead {
            method: Method::of_checked(method),
            target: Target::of_checked(target, self.form),
            version: self.version,
            fields: lines(rest.get(b" HTTP/1.1\r\n".len()..).unwrap_or_default()),
        }
    }
}

/// Of the head of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResponseLayout {
    version: Version,
    status: StatusCode,
    reason: usize,
}

impl ResponseLayout {
    pub(crate) const fn of(head: &ResponseHead<'_>) -> Self {
        let reason = head.reason.as_bytes().len();
        Self { version: head.version, status: head.status, reason }
    }

    /// The head that `bytes` are.
    pub(crate) fn head<'a>(&self, bytes: &'a [u8]) -> ResponseHead<'a> {
        let mut rest = bytes.get(b"HTTP/1.1 200".len()..).unwrap_or_default();
        // The SP may be missing if the reason phrase is.
        if let [b' ', behind @ ..] = rest {
            rest = behind;
        }
        let (reason, rest) = split(rest, self.reason);
        ResponseHead {
            version: self.version,
            status: self.status,
            reason: Reason::of_checked(reason),
            fields: lines(rest.get(2..).unwrap_or_default()),
        }
    }
}

/// Of a part of a body: how many of the last bytes that were taken are it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartLayout {
    Data(usize),
    /// With the empty line.
    Trailers(usize),
    End,
}

impl PartLayout {
    pub(crate) fn of(part: &BodyPart<'_>) -> Self {
        match part {
            BodyPart::Data(data) => Self::Data(data.len()),
            BodyPart::Trailers(fields) => {
                let mut counter = Writer::counter();
                fields.write(&mut counter);
                Self::Trailers(counter.len().saturating_add(2))
            }
            BodyPart::End => Self::End,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        match *self {
            Self::Data(len) | Self::Trailers(len) => len,
            Self::End => 0,
        }
    }

    /// The part that the last of the bytes that were taken are.
    pub(crate) fn part<'a>(&self, taken: &'a [u8]) -> BodyPart<'a> {
        let last = split(taken, taken.len().saturating_sub(self.len())).1;
        match self {
            Self::Data(_) => BodyPart::Data(last),
            Self::Trailers(_) => BodyPart::Trailers(lines(last)),
            Self::End => BodyPart::End,
        }
    }
}

/// Of what a client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerLayout {
    Request(RequestLayout, Framing),
    Body(PartLayout),
}

impl ServerLayout {
    pub(crate) fn of(event: &ServerEvent<'_>) -> Self {
        match event {
            ServerEvent::Request { head, framing } => {
                Self::Request(RequestLayout::of(head), *framing)
            }
            ServerEvent::Body(part) => Self::Body(PartLayout::of(part)),
        }
    }

    #[cfg(feature = "embedded-io")]
    pub(crate) fn event<'a>(&self, taken: &'a [u8]) -> ServerEvent<'a> {
        match self {
            Self::Request(layout, framing) => {
                ServerEvent::Request { head: layout.head(taken), framing: *framing }
            }
            Self::Body(layout) => ServerEvent::Body(layout.part(taken)),
        }
    }
}

/// Of what a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientLayout {
    Informational(ResponseLayout),
    Response(ResponseLayout, Framing),
    Body(PartLayout),
}

impl ClientLayout {
    pub(crate) fn of(event: &ClientEvent<'_>) -> Self {
        match event {
            ClientEvent::Informational(head) => Self::Informational(ResponseLayout::of(head)),
            ClientEvent::Response { head, framing } => {
                Self::Response(ResponseLayout::of(head), *framing)
            }
            ClientEvent::Body(part) => Self::Body(PartLayout::of(part)),
        }
    }

    #[cfg(feature = "embedded-io")]
    pub(crate) fn event<'a>(&self, taken: &'a [u8]) -> ClientEvent<'a> {
        match self {
            Self::Informational(layout) => ClientEvent::Informational(layout.head(taken)),
            Self::Response(layout, framing) => {
                ClientEvent::Response { head: layout.head(taken), framing: *framing }
            }
            Self::Body(layout) => ClientEvent::Body(layout.part(taken)),
        }
    }
}

/// Field lines, of a section that ends with its empty line.
fn lines(section: &[u8]) -> Fields<'_> {
    Fields::of_lines(split(section, section.len().saturating_sub(2)).0)
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or_default()
}
