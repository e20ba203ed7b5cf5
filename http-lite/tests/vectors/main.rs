//! The examples of RFC 9110 and 9112, both ways: decoded, encoded from parts, cut at every place,
//! and into every buffer that is too short.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod bodies;
mod constant;
mod requests;
mod responses;

use http_lite::{EncodeError, Field};

/// Lines of an example, as they are on the wire.
pub(crate) fn wire(lines: &str) -> Vec<u8> {
    let lines: Vec<&str> = lines.trim().lines().map(str::trim).collect();
    format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes()
}

/// The fields of an example, made anew.
pub(crate) fn fields(lines: &str) -> Vec<Field<'_>> {
    let lines = lines.trim().lines().skip(1).map(str::trim);
    lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            Field::new(name, value.trim()).unwrap()
        })
        .collect()
}

/// It is written as `bytes`, and into no buffer that is shorter.
#[track_caller]
pub(crate) fn is_written(bytes: &[u8], write: impl Fn(&mut [u8]) -> Result<usize, EncodeError>) {
    let needed = bytes.len();
    for room in 0..needed {
        let short = write(&mut vec![0; room]);
        assert_eq!(short, Err(EncodeError::BufferTooSmall { needed }), "{room}");
    }
    let mut out = vec![0xA5; needed + 1];
    assert_eq!(write(&mut out), Ok(needed));
    assert_eq!(out[..needed].escape_ascii().to_string(), bytes.escape_ascii().to_string());
    assert_eq!(out[needed], 0xA5);
}
