//! Frames to send, and what a session makes of them.

#![allow(dead_code, reason = "each user needs a part of it")]

use http_lite::websocket::{
    Close, Event, FrameHeader, Kind, Message, Opcode, Role, Session, Settings,
};

/// Limits of the session that is tried.
pub(crate) const SETTINGS: Settings =
    Settings { message: 70_000, fragments: 100, ..Settings::DEFAULT };

/// All that was heard, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Heard {
    /// Whole messages.
    pub(crate) messages: Vec<(bool, Vec<u8>)>,
    /// The start of a message that did not end.
    pub(crate) rest: Option<(bool, Vec<u8>)>,
    pub(crate) pings: Vec<Vec<u8>>,
    pub(crate) pongs: Vec<Vec<u8>>,
    /// The code, 1005 if there was none, and the reason.
    pub(crate) close: Option<(u16, String)>,
    /// What was wrong, and where in its frame.
    pub(crate) error: Option<(Kind, u64)>,
    /// What the session sends by itself: opcodes and payloads.
    pub(crate) answers: Vec<(u8, Vec<u8>)>,
}

/// A frame as `sender` sends it, with any first byte and the shortest length.
pub(crate) fn frame(sender: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let masked = if sender == Role::Client { 0x80 } else { 0 };
    match payload.len() {
        len @ 0..=125 => bytes.push(masked | len as u8),
        len @ 126..=0xFFFF => {
            bytes.push(masked | 126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(masked | 127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    end(sender, bytes, payload)
}

/// The mask, if there is one, and the payload.
pub(crate) fn end(sender: Role, mut bytes: Vec<u8>, payload: &[u8]) -> Vec<u8> {
    if sender == Role::Client {
        let key = [0xA5, 0x01, 0xFF, 0x3C];
        bytes.extend(key);
        bytes.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]));
    } else {
        bytes.extend_from_slice(payload);
    }
    bytes
}

/// What a session hears that is given these bytes, cut at these places.
pub(crate) fn hear(role: Role, bytes: &[u8], cuts: &[usize]) -> Heard {
    let mut session = Session::new(role, SETTINGS);
    let mut heard = Heard::default();
    let mut held = Vec::new();
    let mut begin = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        held.extend_from_slice(&bytes[begin..end]);
        begin = end;
        while heard.error.is_none() && !held.is_empty() {
            match session.handle_input(&mut held, 0) {
                Ok((taken, event)) => {
                    assert!(taken > 0);
                    if let Some(event) = event {
                        heard.note(event);
                    }
                    held.drain(..taken);
                }
                Err(error) => {
                    assert_eq!(session.handle_input(&mut held, 0), Err(error));
                    heard.error = Some((error.kind, error.offset));
                }
            }
        }
    }
    let mut out = [0; 131];
    while let Some(len) = session.poll_transmit(0, 0x1234_5678, &mut out).unwrap() {
        heard.answers.push(unframe(role, &out[..len]));
    }
    heard
}

/// Opcode and payload of the one frame that this is.
pub(crate) fn unframe(sender: Role, frame: &[u8]) -> (u8, Vec<u8>) {
    let (header, len) = FrameHeader::decode(frame, sender).unwrap().unwrap();
    assert_eq!(frame.len() as u64, len as u64 + header.len);
    assert!(header.is_final);
    let mut payload = frame[len..].to_vec();
    if let Some(mask) = header.mask {
        mask.apply(&mut payload, 0);
    }
    (header.opcode as u8, payload)
}

impl Heard {
    /// Without what depends on how the bytes were cut: a message that failed, or that is empty so far.
    pub(crate) fn settled(mut self) -> Self {
        self.rest = self.rest.filter(|(_, all)| self.error.is_none() && !all.is_empty());
        self
    }

    fn note(&mut self, event: Event<'_>) {
        match event {
            Event::Data { message, data, is_first, is_last } => {
                let is_text = message == Message::Text;
                assert_eq!(is_first, self.rest.is_none());
                let (kind, all) = self.rest.get_or_insert((is_text, Vec::new()));
                assert_eq!(*kind, is_text);
                all.extend_from_slice(data);
                if is_last {
                    self.messages.extend(self.rest.take());
                }
            }
            Event::Ping(data) => self.pings.push(data.as_bytes().to_vec()),
            Event::Pong(data) => self.pongs.push(data.as_bytes().to_vec()),
            Event::Close(payload) => {
                let Close { code, reason } = payload.close();
                assert_eq!(self.close, None);
                self.close = Some((code.map_or(1005, |code| code.get()), reason.into()));
            }
        }
    }

    /// The code of the Close that is sent.
    pub(crate) fn closes_with(&self) -> Option<u16> {
        let close = self.answers.iter().find(|(opcode, _)| *opcode == Opcode::Close as u8);
        close.map(|(_, payload)| match payload[..] {
            [] => 1005,
            [a, b] => u16::from_be_bytes([a, b]),
            _ => panic!("an answer with a reason"),
        })
    }
}
