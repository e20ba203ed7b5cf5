//! picohttpparser-sys: `phr_parse_request` with the length that was there before, which it uses to
//! look for the end first; `phr_decode_chunked`, in place.

use std::ffi::{c_char, c_int};
use std::hint::black_box;
use std::{mem, ptr, slice};

use picohttpparser_sys::{
    phr_chunked_decoder, phr_decode_chunked, phr_header, phr_parse_request, phr_parse_response,
};

use super::{CHUNKED, FIELDS, Peer};
use crate::visit::Visit;

pub struct Pico {
    buffer: Vec<u8>,
}

impl Peer for Pico {
    const NAME: &'static str = "picohttpparser";
    const FRAMES: (bool, bool) = (false, false);

    fn new() -> Self {
        Self { buffer: Vec::with_capacity(CHUNKED.len()) }
    }

    #[inline(always)]
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        assert!(parse_request(bytes, 0, v));
    }

    #[inline(always)]
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut lengths = 1..=bytes.len();
        assert!(lengths.any(|len| parse_request(black_box(&bytes[..len]), len - 1, v)));
    }

    #[inline(always)]
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        let mut headers = [phr_header::default(); FIELDS];
        let (mut version, mut status): (c_int, c_int) = (0, 0);
        let (mut reason, mut reason_len, mut count) = (ptr::null(), 0, FIELDS);
        // SAFETY: all pointers are to values that live, and the lengths are theirs.
        let parsed = unsafe {
            phr_parse_response(
                bytes.as_ptr().cast(),
                bytes.len(),
                &mut version,
                &mut status,
                &mut reason,
                &mut reason_len,
                headers.as_mut_ptr(),
                &mut count,
                0,
            )
        };
        assert_eq!(parsed, bytes.len() as c_int);
        v.number(version as u64);
        v.number(status as u64);
        v.bytes(part(reason, reason_len));
        visit_fields(&headers[..count], v);
    }

    #[inline(always)]
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V) {
        self.buffer.clear();
        self.buffer.extend_from_slice(bytes);
        // SAFETY: all of it may be zero, and its documentation wants it so.
        let mut decoder: phr_chunked_decoder = unsafe { mem::zeroed() };
        decoder.consume_trailer = 1;
        let mut len = self.buffer.len();
        // SAFETY: the buffer has this length, and the decoder writes within it.
        let behind =
            unsafe { phr_decode_chunked(&mut decoder, self.buffer.as_mut_ptr().cast(), &mut len) };
        assert_eq!(behind, 0);
        v.bytes(&self.buffer[..len]);
    }
}

/// False if the head is not complete.
#[inline(always)]
fn parse_request<V: Visit>(bytes: &[u8], last_len: usize, v: &mut V) -> bool {
    let mut headers = [phr_header::default(); FIELDS];
    let (mut method, mut method_len, mut path, mut path_len) = (ptr::null(), 0, ptr::null(), 0);
    let (mut version, mut count): (c_int, usize) = (0, FIELDS);
    // SAFETY: all pointers are to values that live, and the lengths are theirs.
    let parsed = unsafe {
        phr_parse_request(
            bytes.as_ptr().cast(),
            bytes.len(),
            &mut method,
            &mut method_len,
            &mut path,
            &mut path_len,
            &mut version,
            headers.as_mut_ptr(),
            &mut count,
            last_len,
        )
    };
    if parsed == -2 {
        return false;
    }
    assert_eq!(parsed, bytes.len() as c_int);
    v.bytes(part(method, method_len));
    v.bytes(part(path, path_len));
    v.number(version as u64);
    visit_fields(&headers[..count], v);
    true
}

#[inline(always)]
fn visit_fields<V: Visit>(fields: &[phr_header], v: &mut V) {
    for field in fields {
        v.bytes(part(field.name, field.name_len));
        v.bytes(part(field.value, field.value_len));
    }
}

#[inline(always)]
fn part<'a>(start: *const c_char, len: usize) -> &'a [u8] {
    // SAFETY: it is only called with what the parser has found in its input, which is there.
    unsafe { slice::from_raw_parts(start.cast(), len) }
}
