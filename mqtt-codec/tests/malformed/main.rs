//! Malformed packets: what, bytes, kind, offset; rule and reason code by kind in `kind`. A row per
//! rule and packet, and generated tables where a rule is a table in the standard.

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

mod connect;
mod encode;
mod encode_property;
mod field;
mod header;
mod kind;
mod place;
mod property;
mod publish;
mod reason;
mod response;
mod rule;
mod subscribe;
mod text;

use mqtt_codec::{Codec, DecodeError, ErrorKind, Role, Version};

use crate::common::{bytes, codec, refused};

/// What, the frame, the kind, the offset.
type Row = (&'static str, &'static str, ErrorKind, u32);

/// Every row of this crate: version, receiver, rows.
const ROWS: &[(Version, Role, &[Row])] = &[
    (Version::V3, Role::Server, connect::V3),
    (Version::V5, Role::Server, connect::V5),
    (Version::V3, Role::Client, response::CONNACK_V3),
    (Version::V5, Role::Client, response::CONNACK_V5),
    (Version::V3, Role::Server, publish::V3),
    (Version::V3, Role::Client, publish::V3),
    (Version::V5, Role::Server, publish::V5),
    (Version::V5, Role::Client, publish::V5),
    (Version::V5, Role::Server, publish::V5_FROM_CLIENT),
    (Version::V3, Role::Server, publish::ACKS_V3),
    (Version::V3, Role::Client, publish::ACKS_V3),
    (Version::V5, Role::Server, publish::ACKS_V5),
    (Version::V5, Role::Client, publish::ACKS_V5),
    (Version::V3, Role::Server, subscribe::V3),
    (Version::V5, Role::Server, subscribe::V5),
    (Version::V3, Role::Client, subscribe::ANSWERS_V3),
    (Version::V5, Role::Client, subscribe::ANSWERS_V5),
    (Version::V3, Role::Server, response::FROM_CLIENT_V3),
    (Version::V3, Role::Client, response::FROM_SERVER_V3),
    (Version::V5, Role::Server, response::FROM_CLIENT_V5),
    (Version::V5, Role::Client, response::FROM_SERVER_V5),
];

#[test]
fn every_row_is_refused_where_it_says() {
    for (version, role, rows) in ROWS {
        for (what, notation, kind, offset) in *rows {
            let frame = bytes(notation);
            let error = refused(codec(*version, *role), &frame, what);
            let expected = (*kind, *offset, *version);
            assert_eq!((error.kind, error.offset, error.version), expected, "{what}: {notation}");
            is_refused_however_it_comes(codec(*version, *role), &frame, error);
        }
    }
}

/// Who reads along refuses what both sides refuse; what only one side refuses is a matter of role.
#[test]
fn every_row_is_refused_by_who_reads_along() {
    for (version, role, rows) in ROWS {
        for (what, notation, kind, offset) in *rows {
            let frame = bytes(notation);
            if codec(*version, role.peer()).decode(&frame).is_ok() {
                continue;
            }
            let error = refused(codec(*version, Role::Either), &frame, what);
            assert_eq!((error.kind, error.offset), (*kind, *offset), "{what}: {notation}");
        }
    }
}

/// The same error whatever follows, and as soon as it can be known; never "read more" once the
/// frame is there.
fn is_refused_however_it_comes(codec: Codec, frame: &[u8], error: DecodeError) {
    for next in [&[0x00][..], &[0xFF; 300], &[0xC0, 0x00]] {
        assert_eq!(codec.decode(&[frame, next].concat()), Err(error), "{frame:02X?}");
    }
    for len in 0..frame.len() {
        match codec.decode(&frame[..len]) {
            Ok(None) => {}
            early => assert_eq!(early, Err(error), "{len} bytes of {frame:02X?}"),
        }
    }
    assert!(error.offset as usize <= frame.len());
    assert!(
        codec.frame_len(frame) == Err(error) || codec.frame_len(frame) == Ok(Some(frame.len()))
    );
}

/// What the generated tables check for each frame.
#[track_caller]
fn check(codec: Codec, frame: &[u8], kind: ErrorKind, offset: usize) {
    let error = refused(codec, frame, kind);
    assert_eq!((error.kind, error.offset as usize), (kind, offset), "{frame:02X?} {codec:?}");
    assert_eq!(codec.decode(&[frame, &[0x00; 9]].concat()), Err(error));
}
