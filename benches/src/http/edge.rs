//! edge-http: `RequestHeaders::receive` from a reader, and `resolve`; byte by byte as its server does,
//! which asks for single bytes; `Body::read`.

use std::convert::Infallible;

use edge_http::io::Body as BodyReader;
use edge_http::{BodyType, ConnectionType, Headers, Method, RequestHeaders, ResponseHeaders};
use embedded_io_async::Read;

use super::{Body, FIELDS, Peer, visit_body};
use crate::ready::ready;
use crate::visit::Visit;

pub struct Edge {
    buffer: Box<[u8; 1024]>,
    out: Box<[u8; 16384]>,
}

impl Peer for Edge {
    const NAME: &'static str = "edge-http";

    fn new() -> Self {
        Self { buffer: Box::new([0; 1024]), out: Box::new([0; 16384]) }
    }

    #[inline(always)]
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        self.receive(bytes, false, v);
    }

    #[inline(always)]
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        self.receive(bytes, true, v);
    }

    #[inline(always)]
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut head = ResponseHeaders::<FIELDS>::new();
        ready(head.receive(&mut self.buffer[..], bytes, false)).unwrap();
        v.number(u64::from(head.http11));
        v.number(head.code.into());
        v.text(head.reason.unwrap());
        visit_fields(&head.headers, v);
        let (_, body) = head.resolve::<Infallible>(ConnectionType::KeepAlive).unwrap();
        visit_body(of(body), v);
    }

    #[inline(always)]
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut body = BodyReader::new(BodyType::Chunked, &mut self.buffer[..], 0, bytes);
        loop {
            match ready(body.read(&mut self.out[..])).unwrap() {
                0 => return assert!(body.is_complete()),
                len => v.bytes(&self.out[..len]),
            }
        }
    }
}

impl Edge {
    #[inline(always)]
    fn receive<V: Visit>(&mut self, bytes: &'static [u8], exact: bool, v: &mut V) {
        let mut head = RequestHeaders::<FIELDS>::new();
        ready(head.receive(&mut self.buffer[..], bytes, exact)).unwrap();
        v.text(match head.method {
            Method::Get => "GET",
            Method::Post => "POST",
            method => panic!("{method}"),
        });
        v.text(head.path);
        v.number(u64::from(head.http11));
        visit_fields(&head.headers, v);
        let (_, body) = head.resolve::<Infallible>().unwrap();
        visit_body(of(body), v);
    }
}

#[inline(always)]
fn of(body: BodyType) -> Body {
    match body {
        BodyType::ContentLen(0) => Body::None,
        BodyType::ContentLen(length) => Body::Length(length),
        BodyType::Chunked => Body::Chunked,
        BodyType::Raw => Body::UntilClose,
    }
}

#[inline(always)]
fn visit_fields<V: Visit>(fields: &Headers<'_, FIELDS>, v: &mut V) {
    for (name, value) in fields.iter_raw() {
        v.text(name);
        v.bytes(value);
    }
}
