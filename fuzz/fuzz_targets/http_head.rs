//! Six bytes of limits and cuts, then any bytes as the head of a request and of a response: the same
//! verdict and meaning as of the slow reader, and, through a small buffer, as of the parser.

#![no_main]

use http_lite::Limits;
use libfuzzer_sys::fuzz_target;

#[path = "../../http-lite/tests/reference/mod.rs"]
mod reference;
#[path = "../../http-lite/tests/laws/stream.rs"]
mod stream;

use reference::{compare, others};

fuzz_target!(|data: &[u8]| {
    let Some(([a, b, c, d, e, f], bytes)) = data.split_first_chunk() else { return };
    let limits = match a % 4 {
        0 => Limits { bytes: u32::from(*b), fields: u16::from(*a >> 4) },
        _ => Limits::DEFAULT,
    };
    let mut cuts = [*c, *d, *e, *f].map(usize::from);
    cuts.sort_unstable();
    let every: Vec<usize> = (0..bytes.len()).collect();
    stream::hold(bytes, &cuts, limits, usize::from(*f), *e & 1 == 0);
    for cuts in [&cuts[..], &every[..every.len().min(600)]] {
        if let Some(head) = compare::requests(bytes, cuts, limits) {
            others::means_the_same(&head, &bytes[..len(bytes)]);
        }
        if let Some(head) = compare::responses(bytes, cuts, limits) {
            others::means_the_same(&head, &bytes[..len(bytes)]);
        }
    }
});

/// Where a good head ends.
fn len(bytes: &[u8]) -> usize {
    let skipped = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let end = bytes[skipped..].windows(4).position(|window| window == b"\r\n\r\n");
    skipped + end.unwrap() + 4
}
