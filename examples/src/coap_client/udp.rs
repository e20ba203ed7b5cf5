//! Messages over UDP: repetition until acknowledged, acknowledgements, resets. RFC 7252 section 4.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use coap_codec::{
    Codec, Csm, DecodeError, Knowledge, Message, OptionNumber, Reaction, Type, react,
};

use super::Error;
use super::log::Log;
use super::options::{Losses, Options};
use super::transport::{Answer, Request, Transport, random};

/// A socket that is connected: what others send does not arrive.
pub(super) struct Udp {
    socket: UdpSocket,
    buffer: Vec<u8>,
    next_id: u16,
    non_confirmable: bool,
    /// The request on its way.
    request: Option<Outgoing>,
    /// Message IDs of the last responses, to know repeated ones.
    seen: VecDeque<u16>,
    losses: Losses,
    sent: u64,
    log: Log,
}

/// A request, and when to send it again.
struct Outgoing {
    id: u16,
    token: Vec<u8>,
    datagram: Vec<u8>,
    /// `None` once it is acknowledged, or if it is Non-confirmable.
    repeat: Option<Repeat>,
}

struct Repeat {
    at: Instant,
    after: Duration,
    left: u32,
}

/// RFC 7252 section 4.8.
const ACK_TIMEOUT_MS: u64 = 2000;
const MAX_RETRANSMIT: u32 = 4;

/// Options that are critical and may be in a response that we process.
pub(super) const RECOGNIZED: &[OptionNumber] = &[OptionNumber::BLOCK1, OptionNumber::BLOCK2];

impl Udp {
    pub(super) fn open(to: SocketAddr, options: &Options) -> Result<Self, Error> {
        let any = if to.is_ipv4() { IpAddr::from([0; 4]) } else { IpAddr::from([0; 16]) };
        let local = options.local_address.unwrap_or(any);
        let socket = UdpSocket::bind((local, options.local_port))?;
        socket.connect(to)?;
        Ok(Self {
            socket,
            buffer: vec![0; 65_536],
            next_id: random() as u16,
            non_confirmable: options.non_confirmable,
            request: None,
            seen: VecDeque::new(),
            losses: options.losses.clone(),
            sent: 0,
            log: options.log(),
        })
    }

    fn send_datagram(&mut self, datagram: &[u8]) -> Result<(), Error> {
        self.sent += 1;
        if let Ok(message) = Codec::new().decode(datagram) {
            self.log.message('>', &message);
        }
        if self.losses.take(self.sent, random()) {
            self.log.line(format_args!("  lost on purpose"));
            return Ok(());
        }
        self.socket.send(datagram)?;
        Ok(())
    }

    fn send_empty(&mut self, message: &Message<'_>) -> Result<(), Error> {
        let mut datagram = [0; 4];
        let len = Codec::new().encode(message, &mut datagram)?;
        self.send_datagram(datagram.get(..len).unwrap_or_default())
    }

    /// Sends the request again if it is time to; when it will be again.
    fn repeat(&mut self, now: Instant) -> Result<Option<Instant>, Error> {
        let Some(Outgoing { datagram, repeat: Some(repeat), .. }) = &mut self.request else {
            return Ok(None);
        };
        if now < repeat.at {
            return Ok(Some(repeat.at));
        }
        if repeat.left == 0 {
            self.request = None;
            return Err(Error::new("no acknowledgement"));
        }
        // RFC 7252 section 4.2: exponential back-off.
        repeat.left -= 1;
        repeat.after *= 2;
        repeat.at = now + repeat.after;
        let (at, datagram) = (repeat.at, datagram.clone());
        self.send_datagram(&datagram)?;
        Ok(Some(at))
    }

    /// Deals with a datagram; the response that it is, if one is wanted.
    fn handle(&mut self, len: usize, awaited: &[Vec<u8>]) -> Result<Option<Answer>, Error> {
        let datagram = self.buffer.get(..len).unwrap_or_default().to_vec();
        let decoded = Codec::new().decode(&datagram);
        match &decoded {
            Ok(message) => self.log.message('<', message),
            Err(error) => self.log.malformed(error),
        }
        if let Ok(message) = &decoded {
            if self.is_repeated(message) {
                // RFC 7252 section 4.5: acknowledged again, processed once.
                if message.message_type == Type::Confirmable {
                    self.send_empty(&Message::acknowledgement(message.message_id))?;
                }
                return Ok(None);
            }
        }
        match react(&decoded, &self.knowledge(&decoded, awaited)) {
            Reaction::Process => match decoded {
                Ok(message) => self.process(&message),
                Err(_) => Ok(None), // never: what is malformed is not processed
            },
            Reaction::Reset => {
                let id = match &decoded {
                    Ok(message) => message.message_id,
                    Err(error) => error.message_id,
                };
                self.send_empty(&Message::reset(id))?;
                Ok(None)
            }
            // A client serves no requests, so it owes no responses.
            Reaction::Ignore | Reaction::Respond(_) => Ok(None),
        }
    }

    fn knowledge(
        &self,
        decoded: &Result<Message<'_>, DecodeError>,
        awaited: &[Vec<u8>],
    ) -> Knowledge<'static> {
        let mut know = Knowledge::client(RECOGNIZED);
        if let Ok(message) = decoded {
            let id = Some(message.message_id);
            know.sent_message_id = self.request.as_ref().map(|request| request.id) == id;
            know.awaits_token =
                awaited.iter().any(|token| token.as_slice() == message.token.as_bytes());
        }
        know
    }

    fn is_repeated(&self, message: &Message<'_>) -> bool {
        matches!(message.message_type, Type::Confirmable | Type::NonConfirmable)
            && self.seen.contains(&message.message_id)
    }

    fn process(&mut self, message: &Message<'_>) -> Result<Option<Answer>, Error> {
        match message.message_type {
            Type::Reset => {
                self.request = None;
                return Err(Error::new("the server answers with a Reset"));
            }
            Type::Confirmable | Type::NonConfirmable => {
                self.seen.push_back(message.message_id);
                if self.seen.len() > 64 {
                    self.seen.pop_front();
                }
                if message.message_type == Type::Confirmable {
                    self.send_empty(&Message::acknowledgement(message.message_id))?;
                }
            }
            Type::Acknowledgement => {}
        }
        // RFC 7252 section 5.2.2: a response stands for the acknowledgement too, if that was lost.
        if let Some(request) = &mut self.request {
            let acknowledged = message.message_type == Type::Acknowledgement;
            if acknowledged || request.token == message.token.as_bytes() {
                request.repeat = None;
            }
        }
        if message.code.is_empty() {
            return Ok(None); // acknowledged, the response comes later
        }
        Ok(Some(Answer::new(&message.reliable())?))
    }
}

impl Transport for Udp {
    fn send(&mut self, request: &Request<'_>) -> Result<(), Error> {
        let (id, message_type) = match self.non_confirmable {
            true => (self.next_id, Type::NonConfirmable),
            false => (self.next_id, Type::Confirmable),
        };
        self.next_id = self.next_id.wrapping_add(1);
        let datagram = request.build(message_type, id, |message| message.as_bytes().to_vec())?;
        if datagram.len() > MAX_DATAGRAM {
            return Err(Error::new(format!("{} bytes are no datagram: -b?", datagram.len())));
        }
        // RFC 7252 section 4.2: between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR.
        let after = Duration::from_millis(ACK_TIMEOUT_MS + random() % (ACK_TIMEOUT_MS / 2 + 1));
        let repeat = Repeat { at: Instant::now() + after, after, left: MAX_RETRANSMIT };
        self.send_datagram(&datagram)?;
        let repeat = (!self.non_confirmable).then_some(repeat);
        let token = request.token.to_vec();
        self.request = Some(Outgoing { id, token, datagram, repeat });
        Ok(())
    }

    fn receive(&mut self, awaited: &[Vec<u8>], end: Instant) -> Result<Option<Answer>, Error> {
        loop {
            let now = Instant::now();
            let wake = self.repeat(now)?.map_or(end, |at| at.min(end));
            if now >= end {
                return Ok(None);
            }
            let wait = wake.saturating_duration_since(now).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(wait))?;
            match self.socket.recv(&mut self.buffer) {
                Ok(len) => {
                    if let Some(answer) = self.handle(len, awaited)? {
                        return Ok(Some(answer));
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => return Err(error.into()),
                },
            }
        }
    }

    fn settings(&self) -> Option<Csm> {
        None
    }
}

/// What IPv4 can carry over UDP.
const MAX_DATAGRAM: usize = 65_507;
