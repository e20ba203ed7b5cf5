//! A stream in pieces gives the messages that the whole input has. Used by the tests and by the fuzz
//! target.

use coap_codec::{DecodeError, ErrorKind, tcp};

/// How a stream is read.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) codec: tcp::Codec,
    /// Bytes of the buffer.
    pub(crate) room: usize,
    /// How many bytes arrive at a time, over and over.
    pub(crate) pieces: Vec<usize>,
    /// Read into the space, or push.
    pub(crate) into_space: bool,
}

/// Eight bytes of plan, and what is behind them.
#[allow(dead_code, reason = "for the fuzz target")]
pub(crate) fn from_bytes(data: &[u8]) -> (Plan, &[u8]) {
    let (head, input) = data.split_at(data.len().min(8));
    let mut head = head.to_vec();
    head.resize(8, 0);
    let codec = tcp::Codec::new()
        .with_max_token_len([8, 8, 20, 65_804][usize::from(head[0]) % 4])
        .with_max_message_size([1152, 40, 9, 1 << 20][usize::from(head[1]) % 4]);
    let room = usize::from(u16::from_be_bytes([head[2] % 8, head[3]]));
    let pieces = head[4..7].iter().map(|piece| usize::from(*piece) + 1).collect();
    (Plan { codec, room, pieces, into_space: head[7] & 1 == 1 }, input)
}

/// The same messages and the same error as of who has the whole input.
pub(crate) fn hold(plan: &Plan, input: &[u8]) {
    let mut buffer = vec![0x5A; plan.room];
    let mut stream = tcp::Stream::new(&mut buffer);
    let (mut sent, mut given) = (0, 0);
    for piece in plan.pieces.iter().cycle() {
        // What the caller would read: all of the piece, unless there is no room.
        let len = (*piece).min(input.len() - sent);
        let taken = if plan.into_space {
            let space = stream.space();
            let len = len.min(space.len());
            space[..len].copy_from_slice(&input[sent..sent + len]);
            stream.filled(len);
            len
        } else {
            stream.push(&input[sent..sent + len])
        };
        sent += taken;
        assert_eq!(stream.held(), &input[given..sent]);
        loop {
            let expected = expect(plan, &input[given..sent]);
            assert_eq!(stream.has_next(&plan.codec), expected != Ok(None));
            let next = stream.next(&plan.codec);
            match (next, expected) {
                (Ok(Some(message)), Ok(Some(len))) => {
                    let (whole, _) = plan.codec.decode(&input[given..]).unwrap().unwrap();
                    assert_eq!(message, whole);
                    given += len;
                }
                (Ok(None), Ok(None)) => break,
                (Err(error), Err(by_the_book)) => {
                    assert_eq!(error, by_the_book);
                    // It stays where it is.
                    assert_eq!(stream.next(&plan.codec), Err(error));
                    assert_eq!(stream.held(), &input[given..sent]);
                    return;
                }
                (next, expected) => panic!("{next:?}, not {expected:?}: {plan:?} {input:02X?}"),
            }
        }
        if sent == input.len() {
            break;
        }
        // Who takes every message can always go on.
        assert!(taken > 0 || len == 0, "{plan:?} {input:02X?}");
    }
    assert_eq!(stream.held(), &input[given..]);
}

/// What the next call has to say, if the stream holds these bytes: how long the next message is.
fn expect(plan: &Plan, held: &[u8]) -> Result<Option<usize>, DecodeError> {
    match (plan.codec.decode(held)?, plan.codec.frame_len(held)?) {
        (Some((_, len)), _) => Ok(Some(len)),
        (None, Some(len)) if len > plan.room => Err(too_large()),
        // Too little room for even a header.
        (None, None) if held.len() == plan.room => Err(too_large()),
        _ => Ok(None),
    }
}

/// The error of a message that is too large for anything.
pub(crate) fn too_large() -> DecodeError {
    let error = tcp::Codec::new().with_max_message_size(0).frame_len(&[0x10]).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::MessageTooLarge, 0));
    error
}
