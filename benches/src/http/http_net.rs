//! http-net: `parse_request_head(&[u8])`, `parse_response_head(&[u8])`; byte by byte
//! `ServerConn::feed` and `poll`; `ChunkedDecoder::decode`.

use std::hint::black_box;

use http_net::{
    Asked, BodyFraming, ChunkStep, ChunkedDecoder, FieldSpan, Headers, Limits, Parsed, RequestHead,
    ServerConn, ServerEvent, Version, parse_request_head, parse_response_head,
};

use super::{Body, FIELDS, Peer, visit_body};
use crate::visit::Visit;

pub struct HttpNet {
    limits: Limits,
    connection: ServerConn,
}

impl Peer for HttpNet {
    const NAME: &'static str = "http-net";

    fn new() -> Self {
        Self { limits: Limits::new(), connection: ServerConn::new() }
    }

    #[inline(always)]
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut fields = [FieldSpan::default(); FIELDS];
        match parse_request_head(bytes, &self.limits, &mut fields).unwrap() {
            Parsed::Complete { head, .. } => visit_request(&head.view(), v),
            _ => panic!("the whole head is there"),
        }
    }

    #[inline(always)]
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        self.connection.reset();
        for byte in bytes.chunks(1) {
            assert_eq!(self.connection.feed(black_box(byte)), 1);
            match self.connection.poll().unwrap() {
                ServerEvent::Request(head) => return visit_request(&head, v),
                ServerEvent::NeedInput => {}
                event => panic!("{event:?}"),
            }
        }
        panic!("the head does not end");
    }

    #[inline(always)]
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut fields = [FieldSpan::default(); FIELDS];
        let parsed = parse_response_head(bytes, &self.limits, Asked::default(), &mut fields);
        let Parsed::Complete { head, .. } = parsed.unwrap() else {
            panic!("the whole head is there");
        };
        let head = head.view();
        visit_version(head.version(), v);
        v.number(head.status().into());
        v.text(head.reason());
        visit_rest(head.headers(), head.framing(), v);
    }

    #[inline(always)]
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut decoder = ChunkedDecoder::new(&self.limits);
        let mut rest = bytes;
        loop {
            match decoder.decode(rest, false).unwrap() {
                ChunkStep::Data { skip, len } => {
                    let (data, behind) = rest[skip..].split_at(len);
                    v.bytes(data);
                    rest = behind;
                }
                ChunkStep::Done { consumed } => return assert_eq!(consumed, rest.len()),
                step => panic!("{step:?}"),
            }
        }
    }
}

#[inline(always)]
fn visit_request<V: Visit>(head: &RequestHead<'_>, v: &mut V) {
    v.text(head.method_str());
    v.text(head.target());
    visit_version(head.version(), v);
    visit_rest(head.headers(), head.framing(), v);
}

#[inline(always)]
fn visit_version<V: Visit>(version: Version, v: &mut V) {
    v.number(u64::from(version == Version::Http11));
}

#[inline(always)]
fn visit_rest<V: Visit>(fields: Headers<'_>, framing: BodyFraming, v: &mut V) {
    for (name, value) in fields {
        v.text(name);
        v.bytes(value);
    }
    let body = match framing {
        BodyFraming::None => Body::None,
        BodyFraming::Length(length) => Body::Length(length),
        BodyFraming::Chunked => Body::Chunked,
        _ => Body::UntilClose,
    };
    visit_body(body, v);
}
