//! What all transports have in common: token, options, payload.

use crate::code::Code;
use crate::error::ErrorKind;
use crate::extended;
use crate::message::ReliableMessage;
use crate::options::{self, Options, PAYLOAD_MARKER};
use crate::token::Token;
use crate::writer::Writer;

/// A kind, and how many bytes before the end of the message its field begins, or [`START`].
#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) ErrorKind, pub(crate) usize);

/// More bytes before the end than any message has.
const START: usize = usize::MAX;

/// Judges a Token Length nibble. RFC 7252 section 3, or RFC 8974 section 2.1 with `max_len` above 8.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn check_token_length(nibble: u8, max_len: u32) -> Result<(), ErrorKind> {
    match nibble {
        0..=8 => Ok(()),
        9..=14 if max_len > Token::MAX_LEN => Ok(()),
        _ => Err(ErrorKind::TokenLength),
    }
}

/// Reads what follows the code (and Message ID): the extension of the token length, token, options
/// and payload.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn read(
    code: Code,
    token_length: u8,
    max_token_len: u32,
    bytes: &[u8],
) -> Result<ReliableMessage<'_>, At> {
    if let Err(kind) = check_token_length(token_length, max_token_len) {
        return Err(At(kind, START));
    }
    if code.is_empty() {
        // RFC 7252 section 4.1.
        return match (token_length, bytes) {
            (0, []) => Ok(ReliableMessage::new(code)),
            (0, _) => Err(At(ErrorKind::EmptyMessage, bytes.len())),
            _ => Err(At(ErrorKind::EmptyMessage, START)),
        };
    }
    let truncated = At(ErrorKind::Truncated, bytes.len());
    let Ok((len, rest)) = extended::read(token_length, bytes, ErrorKind::TokenLength) else {
        return Err(truncated);
    };
    if len > max_token_len && len > Token::MAX_LEN {
        return Err(At(ErrorKind::TokenTooLong, START));
    }
    let Some((token, body)) = rest.split_at_checked(len as usize) else {
        return Err(truncated);
    };
    let (mut rest, mut number) = (body, 0);
    let payload = loop {
        match rest {
            [] => break rest,
            [PAYLOAD_MARKER] => return Err(At(ErrorKind::EmptyPayload, rest.len())),
            [PAYLOAD_MARKER, payload @ ..] => break payload,
            _ => match options::next(rest, number) {
                Ok((option, behind)) => (rest, number) = (behind, option.number.0),
                Err(kind) => return Err(At(kind, rest.len())),
            },
        }
    };
    // Up to the marker, or to the end.
    let options = match body.split_at_checked(body.len().saturating_sub(rest.len())) {
        Some((options, _)) => Options::wire(options),
        None => Options::EMPTY,
    };
    Ok(ReliableMessage { code, token: Token::from_wire(token), options, payload })
}

/// The nibble of a token that may be sent.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn token_length(token: &Token<'_>, max_len: u32) -> Result<u8, ErrorKind> {
    let len = token.len() as u32;
    match len {
        0..=Token::MAX_LEN => Ok(len as u8),
        _ if len > max_len => Err(ErrorKind::TokenTooLong),
        _ => Ok(extended::nibble(len)),
    }
}

/// Writes the extension of the token length and the token.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn write_token(token: &Token<'_>, w: &mut Writer<'_>) {
    extended::write(token.len() as u32, w);
    w.bytes(token.as_bytes());
}

/// Writes options and payload.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn write(
    code: Code,
    options: &Options<'_>,
    payload: &[u8],
    w: &mut Writer<'_>,
) -> Result<(), ErrorKind> {
    if let Err(kind) = options.write(code, w) {
        return Err(kind);
    }
    if !payload.is_empty() {
        w.u8(PAYLOAD_MARKER);
        w.bytes(payload);
    }
    Ok(())
}
