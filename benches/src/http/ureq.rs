//! ureq-proto: `Reply::try_request(&[u8])` and `proceed`, again from the start with each byte;
//! `parser::try_parse_response(&[u8])`; `Reply::read(&[u8], &mut [u8])` behind a small request.

use std::hint::black_box;

use ureq_proto::BodyMode;
use ureq_proto::http::{HeaderMap, Request, Version};
use ureq_proto::parser::try_parse_response;
use ureq_proto::server::state::{RecvBody, RecvRequest};
use ureq_proto::server::{RecvRequestResult, Reply};

use super::{BODY, Body, FIELDS, Peer, visit_body};
use crate::visit::Visit;

const CHUNKED_HEAD: &[u8] = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

pub struct Ureq {
    out: Vec<u8>,
}

impl Peer for Ureq {
    const NAME: &'static str = "ureq-proto";
    const FRAMES: (bool, bool) = (true, false);
    const REASON: bool = false;

    fn new() -> Self {
        Self { out: vec![0; BODY.len()] }
    }

    #[inline(always)]
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut reply = Reply::new().unwrap();
        let (_, request) = reply.try_request(bytes).unwrap();
        visit_request(request.unwrap(), reply, v);
    }

    #[inline(always)]
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut reply = Reply::new().unwrap();
        for len in 1..=bytes.len() {
            if let (_, Some(request)) = reply.try_request(black_box(&bytes[..len])).unwrap() {
                return visit_request(request, reply, v);
            }
        }
        panic!("the head does not end");
    }

    #[inline(always)]
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let (_, response) = try_parse_response::<FIELDS>(bytes).unwrap().unwrap();
        visit_version(response.version(), v);
        v.number(response.status().as_u16().into());
        visit_fields(response.headers(), v);
    }

    #[inline(always)]
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut reply = Reply::new().unwrap();
        reply.try_request(CHUNKED_HEAD).unwrap();
        let mut reply = body_of(reply).unwrap();
        let (mut read, mut written) = (0, 0);
        while !reply.is_ended() {
            let (consumed, len) = reply.read(&bytes[read..], &mut self.out[written..]).unwrap();
            assert_ne!(consumed, 0);
            read += consumed;
            written += len;
        }
        assert_eq!(read, bytes.len());
        v.bytes(&self.out[..written]);
    }
}

/// Nothing if the request has no body.
#[inline(always)]
fn body_of(reply: Reply<RecvRequest>) -> Option<Reply<RecvBody>> {
    match reply.proceed().unwrap() {
        RecvRequestResult::RecvBody(reply) => Some(reply),
        _ => None,
    }
}

#[inline(always)]
fn visit_request<V: Visit>(request: Request<()>, reply: Reply<RecvRequest>, v: &mut V) {
    v.text(request.method().as_str());
    v.text(request.uri().path_and_query().unwrap().as_str());
    visit_version(request.version(), v);
    visit_fields(request.headers(), v);
    let body = match body_of(reply).map(|reply| reply.body_mode()) {
        None | Some(BodyMode::NoBody) => Body::None,
        Some(BodyMode::LengthDelimited(length)) => Body::Length(length),
        Some(BodyMode::Chunked) => Body::Chunked,
        Some(BodyMode::CloseDelimited) => Body::UntilClose,
    };
    visit_body(body, v);
}

#[inline(always)]
fn visit_version<V: Visit>(version: Version, v: &mut V) {
    v.number(u64::from(version == Version::HTTP_11));
}

#[inline(always)]
fn visit_fields<V: Visit>(fields: &HeaderMap, v: &mut V) {
    for (name, value) in fields {
        v.text(name.as_str());
        v.bytes(value.as_bytes());
    }
}
