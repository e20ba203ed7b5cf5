//! How messages lie in a connection's bytes: over TCP each with its length before it, over WebSocket
//! each in a binary message. RFC 8323 sections 3.2 and 4.2

use std::borrow::Cow;

use coap_codec::{Code, DecodeError, ReliableMessage, tcp, ws};
use http_lite::websocket::{
    Close, CloseCode, Error, Event, FrameHeader, Message, Role, Session, Settings,
};

use super::resources::Transport;

/// The longest message from a client, as our CSM announces.
pub(super) const MESSAGE: u32 = 64 << 10;
/// A fragment may be one byte. Empty ones are not for ever either.
const FRAGMENTS: u32 = MESSAGE;

const TCP: tcp::Codec = tcp::Codec::new().with_max_message_size(MESSAGE);
const WEBSOCKET: ws::Codec = ws::Codec::new();

/// What reads and writes the messages of one connection.
#[derive(Debug)]
pub(super) enum Framing {
    Tcp,
    WebSocket(Box<Frames>),
}

/// A server's side of WebSocket, behind the handshake.
#[derive(Debug)]
pub(super) struct Frames {
    session: Session,
    /// What there is of a message that came in pieces: at most [`MESSAGE`] bytes.
    begun: Vec<u8>,
}

/// What [`Framing::next`] has found.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    /// So many bytes were taken; 0 if there are too few.
    pub(super) len: usize,
    /// The bytes of the message that is whole with them.
    pub(super) message: Option<Cow<'a, [u8]>>,
}

/// Why no message can be read any more.
#[derive(Debug)]
pub(super) enum Fault {
    /// What should be a message of CoAP is none.
    Message(DecodeError),
    /// A rule of WebSocket is broken.
    Frame(Error),
    /// A text, where only binary messages are messages of CoAP.
    Text,
    /// None: the client has sent Close.
    Closed,
}

impl Framing {
    pub(super) fn websocket() -> Self {
        // RFC 8323 section 4.4: no Ping, as CoAP has its own.
        let settings = Settings {
            message: MESSAGE.into(),
            fragments: FRAGMENTS,
            ping_ms: u64::MAX,
            ..Settings::DEFAULT
        };
        let session = Session::new(Role::Server, settings);
        Self::WebSocket(Box::new(Frames { session, begun: Vec::new() }))
    }

    pub(super) fn transport(&self) -> Transport {
        match self {
            Self::Tcp => Transport::Tcp,
            Self::WebSocket(_) => Transport::WebSocket,
        }
    }

    /// Takes the first bytes of `input`.
    pub(super) fn next<'a>(&mut self, input: &'a mut [u8]) -> Result<Taken<'a>, Fault> {
        match self {
            Self::Tcp => {
                let len = TCP.frame_len(input).map_err(Fault::Message)?;
                let message = len.and_then(|len| input.get(..len));
                let message = message.map(Cow::Borrowed);
                Ok(Taken { len: message.as_ref().map_or(0, |message| message.len()), message })
            }
            Self::WebSocket(frames) => frames.next(input),
        }
    }

    /// The message that [`next`](Self::next) has found.
    pub(super) fn decode<'a>(&self, bytes: &'a [u8]) -> Result<ReliableMessage<'a>, DecodeError> {
        match self {
            Self::Tcp => {
                let never = ReliableMessage::new(Code::EMPTY); // it is whole
                Ok(TCP.decode(bytes)?.map_or(never, |(message, _)| message))
            }
            Self::WebSocket(_) => WEBSOCKET.decode(bytes),
        }
    }

    /// The bytes of a message; none if it may not be sent.
    pub(super) fn encode(&mut self, message: &ReliableMessage<'_>) -> Vec<u8> {
        match self {
            Self::Tcp => {
                let mut out = vec![0; TCP.encoded_len(message).unwrap_or(0)];
                TCP.encode(message, &mut out).map(|_| out).unwrap_or_default()
            }
            Self::WebSocket(frames) => frames.encode(message).unwrap_or_default(),
        }
    }

    /// What WebSocket wants to say by itself: Pong, Close.
    pub(super) fn owed(&mut self) -> Vec<u8> {
        match self {
            Self::Tcp => Vec::new(),
            Self::WebSocket(frames) => frames.owed(),
        }
    }

    /// The last bytes of a connection, where something comes behind the last message.
    pub(super) fn close(&mut self, code: CloseCode, why: &str) -> Vec<u8> {
        match self {
            Self::Tcp => Vec::new(),
            Self::WebSocket(frames) => frames.close(code, why),
        }
    }
}

impl Frames {
    fn next<'a>(&mut self, input: &'a mut [u8]) -> Result<Taken<'a>, Fault> {
        // Nothing here asks what time it is.
        let (len, event) = self.session.handle_input(input, 0).map_err(Fault::Frame)?;
        let message = match event {
            Some(Event::Data { message: Message::Text, .. }) => return Err(Fault::Text),
            Some(Event::Data { data, is_first: true, is_last: true, .. }) => {
                Some(Cow::Borrowed(data))
            }
            Some(Event::Data { data, is_last, .. }) => {
                self.begun.extend_from_slice(data);
                is_last.then(|| Cow::Owned(std::mem::take(&mut self.begun)))
            }
            Some(Event::Close(_)) => return Err(Fault::Closed),
            Some(Event::Ping(_) | Event::Pong(_)) | None => None,
        };
        Ok(Taken { len, message })
    }

    fn encode(&mut self, message: &ReliableMessage<'_>) -> Option<Vec<u8>> {
        let len = WEBSOCKET.encoded_len(message).ok()?;
        let mut out = vec![0; len + FrameHeader::MAX_LEN];
        let start = self.session.binary_prefix(len as u64, true, 0, &mut out).ok()?;
        let place = out.get_mut(start..start + len)?;
        WEBSOCKET.encode(message, place).ok()?;
        self.session.mask_payload(place).ok()?;
        out.truncate(start + len);
        Some(out)
    }

    fn owed(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut out = [0; FrameHeader::MAX_LEN + FrameHeader::MAX_CONTROL];
        while let Ok(Some(len)) = self.session.poll_transmit(0, 0, &mut out) {
            all.extend_from_slice(out.get(..len).unwrap_or_default());
        }
        all
    }

    fn close(&mut self, code: CloseCode, why: &str) -> Vec<u8> {
        let mut all = self.owed();
        if self.session.is_open() {
            let reason = why.get(..why.len().min(Close::MAX_REASON)).unwrap_or_default();
            let mut out = [0; FrameHeader::MAX_LEN + FrameHeader::MAX_CONTROL];
            let close = Close { code: Some(code), reason };
            let len = self.session.close(close, 0, 0, &mut out).unwrap_or(0);
            all.extend_from_slice(out.get(..len).unwrap_or_default());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of a client.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(payload.len()).unwrap();
        let mask = [7, 0x80, 0xFF, 1];
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        [first, 0x80 | len].into_iter().chain(mask).chain(masked).collect()
    }

    /// All messages of some pieces of input, and what ended them.
    fn messages(framing: &mut Framing, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<Fault>) {
        let (mut input, mut all) = (Vec::new(), Vec::new());
        for piece in pieces {
            input.extend_from_slice(piece);
            loop {
                let Taken { len, message } = match framing.next(&mut input) {
                    Ok(taken) => taken,
                    Err(fault) => return (all, Some(fault)),
                };
                all.extend(message.map(Cow::into_owned));
                if len == 0 {
                    break;
                }
                input.drain(..len);
            }
        }
        (all, None)
    }

    #[test]
    fn however_the_bytes_are_cut_the_messages_are_the_same() {
        let (csm, get, ping) = (&b"\x00\xE1"[..], &b"\x01\x01t\xB2ps"[..], &b"\x00\xE2"[..]);
        let tcp = b"\x00\xE1\x31\x01t\xB2ps\x00\xE2".to_vec();
        let websocket = [
            frame(0x82, csm),
            frame(0x02, &get[..1]),
            frame(0x89, b"there?"),
            frame(0x00, b""),
            frame(0x80, &get[1..]),
            frame(0x82, b""),
            frame(0x82, ping),
            frame(0x88, b""),
        ];
        let inside = vec![csm.to_vec(), get.to_vec(), vec![], ping.to_vec()];
        let inside_tcp = vec![csm.to_vec(), b"\x31\x01t\xB2ps".to_vec(), ping.to_vec()];
        type Make = fn() -> Framing;
        let rows: [(Make, Vec<u8>, _, bool); 2] = [
            (|| Framing::Tcp, tcp, inside_tcp, false),
            (Framing::websocket, websocket.concat(), inside, true),
        ];
        for (make, bytes, wanted, is_closed) in rows {
            for a in 0..=bytes.len() {
                for b in a..=bytes.len() {
                    let pieces = [&bytes[..a], &bytes[a..b], &bytes[b..]];
                    let (all, fault) = messages(&mut make(), &pieces);
                    assert_eq!(all, wanted, "cut at {a} and {b}");
                    assert_eq!(matches!(fault, Some(Fault::Closed)), is_closed, "{fault:?}");
                }
            }
        }
    }

    /// RFC 8323 section 5.3.1: as much as our CSM announces, and not a byte more is kept.
    #[test]
    fn a_message_in_fragments_has_a_limit() {
        // 1,024 pieces of 64 bytes, the first and the last of which make the difference.
        for (last, is_taken) in [(62, true), (63, false)] {
            let mut framing = Framing::websocket();
            let mut bytes = frame(0x02, b"\x00\x45");
            bytes.extend(frame(0x00, &[0xFF; 64]).repeat(MESSAGE as usize / 64 - 1));
            bytes.extend(frame(0x80, &[0xFF; 64][..last]));
            let (all, fault) = messages(&mut framing, &[&bytes]);
            assert_eq!(all.first().map(Vec::len), is_taken.then_some(MESSAGE as usize));
            assert_eq!(matches!(fault, Some(Fault::Frame(_))), !is_taken);
            let Framing::WebSocket(frames) = framing else { unreachable!() };
            assert!(frames.begun.len() < MESSAGE as usize);
        }
    }
}
