//! Eight bytes of limits and cuts, then any bytes as a chunked body, in pieces, cut at every place,
//! and in place: the same verdict, content and trailers as of the slow reader.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../http-lite/tests/reference/mod.rs"]
mod reference;

use reference::chunked::{MOST, Most};
use reference::compare;

fuzz_target!(|data: &[u8]| {
    let Some(([a, b, c, d, e, cuts @ ..], bytes)) = data.split_first_chunk::<8>() else { return };
    let most = match a % 4 {
        0 => Most {
            content: u64::from(*b),
            extensions: u64::from(*c),
            trailer_bytes: usize::from(*d) + 1,
            trailers: usize::from(*e % 8),
        },
        _ => MOST,
    };
    let mut cuts = cuts.map(usize::from);
    cuts.sort_unstable();
    compare::bodies(bytes, &cuts, most);
    let every: Vec<usize> = (0..bytes.len()).collect();
    compare::bodies(bytes, &every, most);
    if bytes.len() < 200 {
        for cut in every {
            compare::bodies(bytes, &[cut], most);
        }
    }
});
