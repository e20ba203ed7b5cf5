//! One question at a time: tokens, and the Echo option. RFC 7252 section 5.3, RFC 9175 section 2.3.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use coap_codec::uri::{Destination, Uri};
use coap_codec::{Code, Observe, OptionNumber, Szx};

use super::options::Options;
use super::transport::{Answer, Request, Transport, random};
use super::{Error, Output};

pub(super) struct Client<'a> {
    pub(super) transport: Box<dyn Transport>,
    pub(super) options: &'a Options,
    uri: Uri<'a>,
    destination: Destination<'a>,
    next_token: Vec<u8>,
    /// What the server wants to hear again.
    echo: Option<Vec<u8>>,
    /// The token of the observation, while there is one.
    pub(super) observation: Option<Vec<u8>>,
    /// Notifications that came while something else was awaited, the last
    /// [`MAX_NOTIFICATIONS`] of them.
    pub(super) notifications: VecDeque<Answer>,
}

/// RFC 7641 section 1.3: what counts is the newest state, so the oldest may be left out.
const MAX_NOTIFICATIONS: usize = 16;

/// What one request has besides what all have.
#[derive(Default)]
pub(super) struct Ask<'a> {
    pub(super) options: Vec<(OptionNumber, Vec<u8>)>,
    pub(super) payload: &'a [u8],
    /// Ask with this token instead of a new one.
    pub(super) token: Option<Vec<u8>>,
    /// Begins an observation.
    pub(super) registers: bool,
    /// Wait no longer than this, however long the command line lets us.
    pub(super) patience: Option<Duration>,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        transport: Box<dyn Transport>,
        uri: Uri<'a>,
        destination: Destination<'a>,
        options: &'a Options,
    ) -> Self {
        let next_token = match &options.token {
            Some(token) => token.clone(),
            None => random().to_be_bytes().get(..4).unwrap_or_default().to_vec(),
        };
        Self {
            transport,
            options,
            uri,
            destination,
            next_token,
            echo: None,
            observation: None,
            notifications: VecDeque::new(),
        }
    }

    /// Does what the command line asks for; true if the last response was a success.
    pub(super) fn run(mut self, output: &mut Output) -> Result<bool, Error> {
        match self.options.observe {
            Some(secs) => self.observe(Duration::from_secs(secs.into()), output),
            None => {
                let answer = self.transfer(false)?;
                output.show(answer.code, &answer.body)
            }
        }
    }

    /// Sends a request and waits for its response. If the server wants to see that the request is
    /// fresh, once more with what it sent.
    pub(super) fn ask(&mut self, ask: &Ask<'_>) -> Result<Answer, Error> {
        let answer = self.ask_once(ask)?;
        let wants_echo = answer.message().options.echo().is_some();
        if answer.message().code == Code::UNAUTHORIZED && wants_echo {
            return self.ask_once(ask);
        }
        Ok(answer)
    }

    fn ask_once(&mut self, ask: &Ask<'_>) -> Result<Answer, Error> {
        let token = ask.token.clone().unwrap_or_else(|| self.new_token());
        if ask.registers {
            self.observation = Some(token.clone());
        }
        let mut options = self.options.options.clone();
        options.extend(ask.options.iter().cloned());
        options.extend(self.echo.take().map(|echo| (OptionNumber::ECHO, echo)));
        let destination = if self.options.omit_host { self.as_it_is() } else { self.destination };
        self.transport.send(&Request {
            method: self.options.method,
            token: &token,
            uri: Some((&self.uri, &destination)),
            options: &options,
            payload: ask.payload,
        })?;
        let mut awaited = vec![token.clone()];
        awaited.extend(self.observation.clone());
        let patience = Duration::from_secs(self.options.patience_secs.into());
        let end = Instant::now() + ask.patience.map_or(patience, |most| most.min(patience));
        loop {
            let Some(answer) = self.transport.receive(&awaited, end)? else {
                return Err(Error::new(format!("no response in {} s", self.options.patience_secs)));
            };
            if answer.message().token.as_bytes() == token {
                self.echo = answer.message().options.echo().map(<[u8]>::to_vec);
                return Ok(answer);
            }
            if self.notifications.len() == MAX_NOTIFICATIONS {
                self.notifications.pop_front();
            }
            self.notifications.push_back(answer);
        }
    }

    /// The destination for which no Uri-Host and Uri-Port are sent.
    fn as_it_is(&self) -> Destination<'a> {
        Destination::named(self.uri.host_str(), self.uri.port())
    }

    /// Tokens are counted up, and so never used twice.
    fn new_token(&mut self) -> Vec<u8> {
        let token = self.next_token.clone();
        for byte in self.next_token.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        token
    }

    /// The size of blocks that the command line wants.
    pub(super) fn szx(&self) -> Option<Szx> {
        self.options.block.map(|block| block.szx())
    }

    /// Register or deregister.
    pub(super) fn observe_option(what: Observe) -> (OptionNumber, Vec<u8>) {
        (OptionNumber::OBSERVE, what.to_uint().as_bytes().to_vec())
    }
}
