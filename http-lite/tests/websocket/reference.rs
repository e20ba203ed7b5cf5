//! A slow reader of frames, written from the text of RFC 6455 and of nothing else: it waits for whole
//! frames, collects whole messages, and compares.

use http_lite::websocket::{Kind, Role};

use crate::peer::{Heard, SETTINGS};

/// What is heard of these bytes, which `sender` sends.
pub(crate) fn read(sender: Role, bytes: &[u8]) -> Heard {
    let mut heard = Heard::default();
    let mut frames = 0;
    let mut at = 0;
    while heard.close.is_none() {
        match frame(sender, &bytes[at..], &mut heard, &mut frames) {
            Ok(0) => break,
            Ok(len) => at += len,
            Err((kind, offset)) => {
                heard.error = Some((kind, offset));
                let code: u16 = match kind {
                    Kind::Utf8 | Kind::CloseReason => 1007,
                    Kind::MessageTooLong | Kind::TooManyFragments => 1009,
                    _ => 1002,
                };
                heard.answers = vec![(8, code.to_be_bytes().to_vec())];
                return heard;
            }
        }
    }
    if let Some((code, _)) = &heard.close {
        let code = if *code == 1005 { vec![] } else { code.to_be_bytes().to_vec() };
        heard.answers = vec![(8, code)];
    } else if let Some(ping) = heard.pings.last() {
        heard.answers = vec![(10, ping.clone())];
    }
    heard
}

/// The next frame: how long it is, 0 if it is not there as a whole. Of a data frame what is there
/// counts already.
fn frame(
    sender: Role,
    bytes: &[u8],
    heard: &mut Heard,
    frames: &mut u32,
) -> Result<usize, (Kind, u64)> {
    let Some(&first) = bytes.first() else { return Ok(0) };
    let (is_final, opcode) = (first >> 7 == 1, first & 15);
    if first >> 4 & 7 != 0 {
        return Err((Kind::ReservedBit, 0));
    }
    if !matches!(opcode, 0 | 1 | 2 | 8 | 9 | 10) {
        return Err((Kind::ReservedOpcode, 0));
    }
    if opcode >= 8 && !is_final {
        return Err((Kind::ControlFragment, 0));
    }
    let Some(&second) = bytes.get(1) else { return Ok(0) };
    let (is_masked, short) = (second >> 7 == 1, u64::from(second & 127));
    match (sender, is_masked) {
        (Role::Client, false) => return Err((Kind::Unmasked, 1)),
        (Role::Server, true) => return Err((Kind::Masked, 1)),
        _ => {}
    }
    if opcode >= 8 && short > 125 {
        return Err((Kind::ControlTooLong, 1));
    }
    let extended = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if short == 127 && bytes.get(2).is_some_and(|byte| byte >> 7 == 1) {
        return Err((Kind::LengthBit, 2));
    }
    let Some(digits) = bytes.get(2..2 + extended) else { return Ok(0) };
    let long = digits.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let len = if extended == 0 { short } else { long };
    if (extended == 2 && len < 126) || (extended == 8 && len < 65_536) {
        return Err((Kind::LongLength, 2));
    }
    let start = 2 + extended + if is_masked { 4 } else { 0 };
    if bytes.len() < start {
        return Ok(0);
    }
    let key = if is_masked { &bytes[start - 4..start] } else { &[0; 4] };
    let payload: Vec<u8> = bytes[start..]
        .iter()
        .take(len.min(1 << 20) as usize)
        .enumerate()
        .map(|(at, byte)| byte ^ key[at % 4])
        .collect();
    let is_whole = payload.len() as u64 == len;
    if opcode >= 8 {
        if is_whole {
            control(opcode, &payload, heard).map_err(|(kind, at)| (kind, at + start as u64))?;
            return Ok(start + payload.len());
        }
        return Ok(0);
    }
    match (opcode, *frames) {
        (0, 0) => return Err((Kind::NothingToContinue, 0)),
        (1 | 2, 1..) => return Err((Kind::Interleaved, 0)),
        _ => {}
    }
    *frames += 1;
    if *frames > SETTINGS.fragments {
        return Err((Kind::TooManyFragments, 0));
    }
    let (is_text, mut all) = heard.rest.clone().unwrap_or((opcode == 1, Vec::new()));
    if all.len() as u64 + len > SETTINGS.message {
        return Err((Kind::MessageTooLong, 1));
    }
    for (at, byte) in payload.iter().enumerate() {
        all.push(*byte);
        // As soon as no text can begin like this: what is wrong is not that it has ended.
        if is_text && core::str::from_utf8(&all).is_err_and(|error| error.error_len().is_some()) {
            return Err((Kind::Utf8, (start + at) as u64));
        }
    }
    if is_whole && is_final && is_text && core::str::from_utf8(&all).is_err() {
        return Err((Kind::Utf8, (start + payload.len()) as u64));
    }
    if is_whole && is_final {
        heard.rest = None;
        heard.messages.push((is_text, all));
        *frames = 0;
    } else {
        heard.rest = Some((is_text, all));
    }
    if is_whole { Ok(start + payload.len()) } else { Ok(0) }
}

fn control(opcode: u8, payload: &[u8], heard: &mut Heard) -> Result<(), (Kind, u64)> {
    match opcode {
        9 => heard.pings.push(payload.to_vec()),
        10 => heard.pongs.push(payload.to_vec()),
        _ => {
            let (code, reason) = match payload {
                [] => (1005, &[][..]),
                [_] => return Err((Kind::HalfCloseCode, 0)),
                [a, b, reason @ ..] => (u16::from(*a) << 8 | u16::from(*b), reason),
            };
            let allowed = [1000..=1003, 1007..=1014, 3000..=4999].iter().any(|r| r.contains(&code));
            if !allowed && !payload.is_empty() {
                return Err((Kind::CloseCode, 0));
            }
            match core::str::from_utf8(reason) {
                Ok(reason) => heard.close = Some((code, reason.into())),
                Err(error) => return Err((Kind::CloseReason, 2 + error.valid_up_to() as u64)),
            }
        }
    }
    Ok(())
}
