//! http-lite: `HeadParser::parse_request(&[u8])`, `parse_response(&[u8])` and `framing::decide`; byte by
//! byte the same parser, which keeps its place; `BodyDecoder::decode(&[u8])`.

use std::hint::black_box;

use http_lite::body::{BodyDecoder, BodyPart};
use http_lite::framing::{self, Asked, Framing, Message};
use http_lite::{ErrorKind, Fields, HeadParser, RequestHead, Version};

use super::{Body, Peer, visit_body};
use crate::visit::Visit;

pub struct Ours {
    parser: HeadParser,
}

impl Peer for Ours {
    const NAME: &'static str = "http-lite";

    fn new() -> Self {
        Self { parser: black_box(HeadParser::new()) }
    }

    #[inline(always)]
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let (head, _) = self.parser.parse_request(bytes).unwrap().unwrap();
        visit_request(&head, framing::decide(Message::Request, self.parser.facts()), v);
    }

    #[inline(always)]
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        for len in 1..=bytes.len() {
            if let Some((head, _)) = self.parser.parse_request(black_box(&bytes[..len])).unwrap() {
                let body = framing::decide(Message::Request, self.parser.facts());
                return visit_request(&head, body, v);
            }
        }
        panic!("the head does not end");
    }

    #[inline(always)]
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let (head, _) = self.parser.parse_response(bytes).unwrap().unwrap();
        visit_version(head.version, v);
        v.number(head.status.get().into());
        v.bytes(head.reason.as_bytes());
        let message = Message::Response(Asked::Other, head.status);
        visit_rest(&head.fields, framing::decide(message, self.parser.facts()), v);
    }

    #[inline(always)]
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut decoder = BodyDecoder::new(Framing::Chunked);
        let mut rest = bytes;
        loop {
            let (len, part) = decoder.decode(rest).unwrap();
            rest = &rest[len..];
            match part {
                Some(BodyPart::Data(data)) => v.bytes(data),
                Some(BodyPart::End) => return assert!(rest.is_empty()),
                part => panic!("{part:?}"),
            }
        }
    }
}

#[inline(always)]
fn visit_request<V: Visit>(head: &RequestHead<'_>, body: Result<Framing, ErrorKind>, v: &mut V) {
    v.bytes(head.method.as_bytes());
    v.bytes(head.target.as_bytes());
    visit_version(head.version, v);
    visit_rest(&head.fields, body, v);
}

#[inline(always)]
fn visit_version<V: Visit>(version: Version, v: &mut V) {
    v.number(u64::from(version == Version::Http11));
}

#[inline(always)]
fn visit_rest<V: Visit>(fields: &Fields<'_>, body: Result<Framing, ErrorKind>, v: &mut V) {
    for field in fields.iter() {
        v.bytes(field.name.as_bytes());
        v.bytes(field.value.as_bytes());
    }
    let body = match body.unwrap() {
        Framing::None => Body::None,
        Framing::Length(length) => Body::Length(length),
        Framing::Chunked => Body::Chunked,
        Framing::UntilClose | Framing::Tunnel => Body::UntilClose,
    };
    visit_body(body, v);
}
