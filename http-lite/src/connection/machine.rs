//! The states of a connection, all of them.
//!
//! A connection is two parties that take turns, a client and a server, and the rules are the same
//! for whoever looks at them: so this file does not know which of the two we are. Each party goes
//! through its own states by what it sends:
//!
//! ```text
//! client   Idle --Request--> Body --End--> Done
//! server   Idle --Request--> Respond --Response--> Body --End--> Done
//!                            Respond --Informational--> Respond
//!                            Respond --Switch--> Switched
//!          Idle --Response--> Body         an answer to what could not be read as a request
//! both     Idle, Done, MustClose, Closed --Close--> Closed
//! ```
//!
//! Where both stand decides the rest, in [`Machine::settle`]:
//!
//! ```text
//! a party is Done, the connection does not persist     it MustClose; a server not before it has
//!                                                      answered the client's last request
//! the client is Done and has asked for another protocol     it MightSwitch: what it sends now is not
//!                                                           read before the server has answered
//! the server switches                                  both are Switched
//! the server answers otherwise                         the client is Done as ever
//! one has Closed, the other is Idle or Done            the other MustClose
//! both are Done                                        both are Idle: the next request
//! ```
//!
//! A client that sends requests without waiting is Idle again as soon as it is Done; then the server
//! is Respond again, not Idle, while requests are in flight.
//!
//! RFC 9112 section 9; RFC 9110 section 7.8 and 9.3.6. What is in no row is out of turn.

/// Where a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Between messages.
    Idle,
    /// The server has a request to answer.
    Respond,
    /// Within a message, behind its head.
    Body,
    /// Behind its message.
    Done,
    /// The client waits whether the protocol changes.
    MightSwitch,
    /// It sends nothing more on this connection.
    MustClose,
    /// It has ended its direction.
    Closed,
    /// Another protocol is spoken.
    Switched,
}

/// What a party sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The head of a request.
    Request,
    /// The head of a response of 1xx but 101.
    Informational,
    /// The head of 101, or of 2xx to CONNECT.
    Switch,
    /// The head of a final response.
    Response,
    /// The end of a message.
    End,
    /// The end of the direction.
    Close,
}

use State::*;

/// What the client's steps do to the client.
const CLIENT: &[(State, Step, State)] = &[
    (Idle, Step::Request, Body),
    (Body, Step::End, Done),
    (Idle, Step::Close, Closed),
    (Done, Step::Close, Closed),
    (MightSwitch, Step::Close, Closed),
    (MustClose, Step::Close, Closed),
    (Closed, Step::Close, Closed),
];

/// What the client's request and the server's steps do to the server.
const SERVER: &[(State, Step, State)] = &[
    (Idle, Step::Request, Respond),
    (Respond, Step::Request, Respond),
    (Body, Step::Request, Body),
    (Done, Step::Request, Done),
    (Idle, Step::Response, Body),
    (Respond, Step::Informational, Respond),
    (Respond, Step::Response, Body),
    (Respond, Step::Switch, Switched),
    (Body, Step::End, Done),
    (Idle, Step::Close, Closed),
    (Done, Step::Close, Closed),
    (MustClose, Step::Close, Closed),
    (Closed, Step::Close, Closed),
];

/// Requests that a client can have in flight.
const IN_FLIGHT: u8 = 32;

/// Both parties, and what was agreed upon.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) client: State,
    pub(crate) server: State,
    /// The client has not said that this request is its last one.
    pub(crate) client_persists: bool,
    /// The server has not said that this response is its last one.
    pub(crate) server_persists: bool,
    /// The client has asked for another protocol with the request that is not answered yet.
    pub(crate) switch_asked: bool,
    /// The client does not wait for responses.
    pipelines: bool,
    /// Requests whose response has not ended.
    pub(crate) in_flight: u8,
}

impl Machine {
    pub(crate) const fn new(pipelines: bool) -> Self {
        Self {
            client: Idle,
            server: Idle,
            client_persists: true,
            server_persists: true,
            switch_asked: false,
            pipelines,
            in_flight: 0,
        }
    }

    /// True if the connection is to go on after this exchange.
    pub(crate) fn persists(&self) -> bool {
        self.client_persists && self.server_persists
    }

    /// True if the client may do `step` now.
    pub(crate) fn client_may(&self, step: Step) -> bool {
        let allowed = look_up(CLIENT, self.client, step).is_some();
        match step {
            Step::Request => {
                allowed
                    && self.persists()
                    && !self.switch_asked
                    && self.in_flight < if self.pipelines { IN_FLIGHT } else { 1 }
                    && look_up(SERVER, self.server, step).is_some()
            }
            _ => allowed,
        }
    }

    /// True if the server may do `step` now.
    pub(crate) fn server_may(&self, step: Step) -> bool {
        look_up(SERVER, self.server, step).is_some()
            && match step {
                // The whole request first: RFC 9110 section 7.8.
                Step::Switch => self.client == MightSwitch,
                _ => true,
            }
    }

    /// The client does `step`, which it may.
    pub(crate) fn client_does(&mut self, step: Step) {
        if let Some(next) = look_up(CLIENT, self.client, step) {
            self.client = next;
        }
        if step == Step::Request {
            self.in_flight = self.in_flight.saturating_add(1);
            if let Some(next) = look_up(SERVER, self.server, step) {
                self.server = next;
            }
        }
        self.settle();
    }

    /// The server does `step`, which it may.
    pub(crate) fn server_does(&mut self, step: Step) {
        if let Some(next) = look_up(SERVER, self.server, step) {
            self.server = next;
        }
        if step == Step::Response {
            self.switch_asked = false;
        }
        self.settle();
    }

    /// What follows from where both are.
    pub(crate) fn settle(&mut self) {
        loop {
            let before = (self.client, self.server);
            (self.client, self.server) = match before {
                (Done, server) if self.switch_asked => (MightSwitch, server),
                (MightSwitch, Switched) => (Switched, Switched),
                (MightSwitch, server) if !self.switch_asked => (Done, server),
                (Done, server) if !self.persists() => (MustClose, server),
                // Its last response, or that to the client's last request: what else is in flight
                // is lost.
                (client, Done)
                    if !self.server_persists || (!self.client_persists && self.in_flight <= 1) =>
                {
                    self.in_flight = 0;
                    (client, MustClose)
                }
                (Closed, Idle | Done) => (Closed, MustClose),
                (Idle | Done, Closed) => (MustClose, Closed),
                (Done, server) if self.pipelines => (Idle, server),
                // The last request has not ended, though its response has.
                (Body, Done) if self.pipelines && self.in_flight <= 1 => (Body, Done),
                (client, Done) if self.pipelines => {
                    self.in_flight = self.in_flight.saturating_sub(1);
                    (client, if self.in_flight > 0 { Respond } else { Idle })
                }
                (Done, Done) => {
                    self.in_flight = 0;
                    (Idle, Idle)
                }
                other => other,
            };
            if before == (self.client, self.server) {
                return;
            }
        }
    }
}

fn look_up(table: &[(State, Step, State)], state: State, step: Step) -> Option<State> {
    table.iter().find(|row| row.0 == state && row.1 == step).map(|row| row.2)
}
