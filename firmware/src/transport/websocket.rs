//! WebSocket over the UART or TCP, at `/mqtt` of the gateway's HTTP port.

use core::fmt::{self, Display};

use embedded_io::{ErrorType, Read, Write};
use http_lite::io::{IoError, ReadBuffer, WebSocket, WebSocketError};
use http_lite::websocket::handshake::{Key, Refusal};
use http_lite::websocket::{Close, CloseCode, Role, Session, Settings};
use http_lite::{Field, Fields, HeadParser, Method, RequestHead, StatusCode, Target};

use super::{Failure, line};
use crate::random::random;
use crate::semihosting::now_ms;

/// What is read from and written to.
pub type Link<'l, 'a> = WebSocket<'a, line::Link<'l>, fn() -> u64, fn() -> u32>;

/// Why there is no WebSocket, or none that has ended in order.
#[derive(Debug)]
pub enum LinkError {
    /// What is below it.
    Line(line::LinkError),
    /// The line fails within the handshake, the gateway ends it there, or what comes is not HTTP.
    Handshake(IoError<LineError>),
    /// The gateway has ended the connection instead of an answer.
    NoAnswer,
    /// The gateway does not agree.
    Refused(StatusCode, Refusal),
    /// It does not close in order.
    Close(WebSocketError<LineError>),
}

type LineError = <line::Link<'static> as ErrorType>::Error;

/// Bytes of the longest head of a response, and of what is sent at once: the request, or messages.
const INPUT: usize = 512;
const OUTPUT: usize = 256;

const PROTOCOL: &str = "mqtt";
const HOST: Field<'_> = field("Host", "gateway");
const OFFERED: Field<'_> = field("Sec-WebSocket-Protocol", PROTOCOL);

/// Makes a WebSocket over the line, lends it to `work`, and closes it.
///
/// # Errors
///
/// [`Failure`].
pub fn with_link<R, W>(
    work: impl FnOnce(&mut Link<'_, '_>) -> Result<R, W>,
) -> Result<R, Failure<LinkError, W>> {
    let result = line::with_link(|line| {
        let (mut input, mut output) = ([0; INPUT], [0; OUTPUT]);
        let mut link = open(line, &mut input, &mut output).map_err(Failure::Link)?;
        let result = work(&mut link).map_err(Failure::Work);
        let closed = close(&mut link).map_err(|error| Failure::Link(LinkError::Close(error)));
        result.and_then(|result| closed.map(|()| result)) // of two failures the first
    });
    result.map_err(|failure| match failure {
        Failure::Link(error) => Failure::Link(LinkError::Line(error)),
        Failure::Work(failure) => failure,
    })
}

/// The handshake.
fn open<'l, 'a>(
    line: &'a mut line::Link<'l>,
    input: &'a mut [u8; INPUT],
    output: &'a mut [u8; OUTPUT],
) -> Result<Link<'l, 'a>, LinkError> {
    let target = const { Target::new(b"/mqtt", &Method::GET).unwrap() };
    let key = Key::new((0..4).fold(0, |key, _| key << 32 | u128::from(random())).to_ne_bytes());
    let [upgrade, connection, version, key_field] = key.fields();
    let fields = [HOST, upgrade, connection, version, key_field, OFFERED];
    let request = RequestHead::new(Method::GET, target, Fields::new(&fields));
    let Ok(len) = request.encode(output) else { panic!("OUTPUT is too short") };
    line.write_all(&output[..len]).map_err(|error| LinkError::Handshake(IoError::Write(error)))?;
    line.flush().map_err(|error| LinkError::Handshake(IoError::Write(error)))?;

    let mut received = ReadBuffer::new(input);
    let response = received.read_response(&mut HeadParser::new(), line);
    let Some(head) = response.map_err(LinkError::Handshake)? else {
        return Err(LinkError::NoAnswer);
    };
    if let Err(refusal) = key.check(&head, &[PROTOCOL]) {
        return Err(LinkError::Refused(head.status, refusal));
    }
    let session = Session::new(Role::Client, Settings::DEFAULT);
    Ok(WebSocket::new(session, line, now_ms, random, received, output))
}

/// The closing handshake, where there is still something to close; drops what is still said.
fn close(link: &mut Link<'_, '_>) -> Result<(), WebSocketError<LineError>> {
    if !link.session().is_open() {
        return Ok(());
    }
    link.close(Close::new(CloseCode::NORMAL))?;
    while link.read(&mut [0; 64])? > 0 {}
    Ok(())
}

const fn field(name: &'static str, value: &'static str) -> Field<'static> {
    match Field::new(name, value) {
        Ok(field) => field,
        Err(_) => panic!("not a field"),
    }
}

impl Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(error) => write!(f, "{error}"),
            Self::Handshake(error) => write!(f, "no handshake: {error}"),
            Self::NoAnswer => f.write_str("no handshake: the gateway has ended the connection"),
            Self::Refused(status, refusal) => {
                write!(f, "no handshake: {refusal}, the status is {}", status.get())
            }
            Self::Close(error) => write!(f, "not closed in order: {error}"),
        }
    }
}
