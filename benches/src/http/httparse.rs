//! httparse: `Request::parse_with_uninit_headers(&[u8])`, again from the start with each byte;
//! `parse_chunk_size`, with the loop that its users write.

use std::hint::black_box;
use std::mem::MaybeUninit;

use httparse::{Header, Request, Response, Status, parse_chunk_size};

use super::{FIELDS, Peer};
use crate::visit::Visit;

pub struct Httparse;

impl Peer for Httparse {
    const NAME: &'static str = "httparse";
    const FRAMES: (bool, bool) = (false, false);

    fn new() -> Self {
        Self
    }

    #[inline(always)]
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        assert!(parse_request(bytes, v));
    }

    #[inline(always)]
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        assert!((1..=bytes.len()).any(|len| parse_request(black_box(&bytes[..len]), v)));
    }

    #[inline(always)]
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
        let mut response = Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let status =
            config.parse_response_with_uninit_headers(&mut response, bytes, &mut headers).unwrap();
        assert!(status.is_complete());
        v.number(response.version.unwrap().into());
        v.number(response.code.unwrap().into());
        v.text(response.reason.unwrap());
        visit_fields(response.headers, v);
    }

    #[inline(always)]
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut rest = bytes;
        loop {
            let Status::Complete((start, size)) = parse_chunk_size(rest).unwrap() else {
                panic!("the whole body is there");
            };
            let (data, behind) = rest[start..].split_at(size as usize);
            rest = behind.strip_prefix(b"\r\n").unwrap();
            if size == 0 {
                return assert!(rest.is_empty());
            }
            v.bytes(data);
        }
    }
}

/// False if the head is not complete.
#[inline(always)]
fn parse_request<V: Visit>(bytes: &[u8], v: &mut V) -> bool {
    let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
    let mut request = Request::new(&mut []);
    if request.parse_with_uninit_headers(bytes, &mut headers).unwrap().is_partial() {
        return false;
    }
    v.text(request.method.unwrap());
    v.text(request.path.unwrap());
    v.number(request.version.unwrap().into());
    visit_fields(request.headers, v);
    true
}

#[inline(always)]
fn visit_fields<V: Visit>(fields: &[Header<'_>], v: &mut V) {
    for field in fields {
        v.text(field.name);
        v.bytes(field.value);
    }
}
