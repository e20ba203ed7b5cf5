//! Serves a page and a value as JSON over a UART, until someone posts to `/end`.

#![no_std]
#![no_main]

use core::fmt::Write;

use firmware::semihosting::{Host, exit, now_ms, stack_of};
use firmware::uart::{Uart, UartError};
use http_lite::body::BodyPart;
use http_lite::connection::{Budgets, Server, ServerEvent, Settings};
use http_lite::io::{Driver, IoError, Sender};
use http_lite::{Field, Fields, RequestHead, ResponseHead, StatusCode};
use serde::Serialize;

const PAGE: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>A microcontroller</title>
<h1>A microcontroller</h1>
<p>This page comes out of flash, through a UART. <a href=\"/value\">A value</a> is read anew each time.
</html>
";

/// What `/value` says.
#[derive(Serialize)]
struct Value {
    uptime_ms: u32,
    requests: u32,
}

/// Fixed answers: a head and a body, both in flash.
struct Fixed {
    head: ResponseHead<'static>,
    body: &'static str,
}

static PAGE_ANSWER: Fixed = Fixed::new(
    StatusCode::OK,
    &[
        field("Content-Type", "text/html; charset=utf-8"),
        field("Cache-Control", "max-age=3600"),
        Field::content_length(PAGE.len() as u64),
    ],
    PAGE,
);
static NOT_FOUND: Fixed = Fixed::new(
    StatusCode::NOT_FOUND,
    &[field("Content-Type", "text/plain"), Field::content_length(22)],
    "There is nothing here\n",
);
static READ_ONLY: Fixed = Fixed::new(
    StatusCode::METHOD_NOT_ALLOWED,
    &[field("Allow", "GET, HEAD"), Field::content_length(0)],
    "",
);
static POST_ONLY: Fixed = Fixed::new(
    StatusCode::METHOD_NOT_ALLOWED,
    &[field("Allow", "POST"), Field::content_length(0)],
    "",
);
static ENDED: Fixed = Fixed::new(StatusCode::NO_CONTENT, &[Field::CLOSE], "");

/// What a request gets, once it has come to its end.
enum Answer {
    Fixed(&'static Fixed),
    Value,
    End,
}

/// Longest head of a request, longest content, what is sent at once, in bytes.
const INPUT: usize = 1024;
const CONTENT: u64 = 1024;
const OUTPUT: usize = 256;
/// In two seconds a head, or 64 bytes of content; a minute between two requests.
const BUDGETS: Budgets = Budgets { head_ms: 2000, body_ms: 2000, body_bytes: 64, idle_ms: 60_000 };
/// How often the server looks whether a client is too slow, and how long the line must be silent behind
/// what was refused.
const READ_LIMIT_MS: u64 = 200;

type Connection<'a> = Driver<'a, Server, Uart, fn() -> u64>;
type Answerer<'a> = Sender<'a, Server, Uart, fn() -> u64>;

#[unsafe(no_mangle)]
fn image() -> ! {
    let used = stack_of(run);
    let _ = writeln!(Host, "stack http-lite: a server over a UART: {used}");
    exit(true)
}

fn run() {
    let mut uart = Uart::new(READ_LIMIT_MS);
    let (mut input, mut output) = ([0; INPUT], [0; OUTPUT]);
    let mut requests = 0;
    loop {
        // A connection ends where HTTP says so. The line itself does not tell.
        let settings = Settings::SERVER.with_buffer(INPUT as u32).with_content(CONTENT);
        let mut server = Server::new(settings.with_budgets(BUDGETS));
        let mut connection =
            Driver::new(&mut server, &mut uart, now_ms as fn() -> u64, &mut input, &mut output);
        match serve(&mut connection, &mut requests) {
            Ok(Answer::End) => return,
            Ok(_) => {}
            Err(error) => {
                uart.drop_input();
                let _ = writeln!(Host, "refused: {error}");
            }
        }
    }
}

/// Answers the requests of a connection: its last answer.
fn serve(
    connection: &mut Connection<'_>,
    requests: &mut u32,
) -> Result<Answer, IoError<UartError>> {
    let mut answer = Answer::Fixed(&NOT_FOUND);
    loop {
        match connection.read_next() {
            Ok(Some((ServerEvent::Request { head, .. }, _))) => {
                *requests += 1;
                let (method, target) = (head.method.as_str(), head.target.as_str());
                let _ = writeln!(Host, "{method} {target}");
                answer = choose(&head);
            }
            Ok(Some((ServerEvent::Body(BodyPart::End), sender))) => {
                send(sender, &answer, *requests)?;
            }
            Ok(Some(_)) => {} // Content that nobody wants.
            Ok(None) => return Ok(answer),
            Err(IoError::Read(UartError::TimedOut)) => {} // The next look tells who is too slow.
            Err(error) => return Err(error),
        }
    }
}

fn choose(head: &RequestHead<'_>) -> Answer {
    let reads = head.method == "GET" || head.method == "HEAD";
    match head.target.path() {
        b"/" if reads => Answer::Fixed(&PAGE_ANSWER),
        b"/value" if reads => Answer::Value,
        b"/end" if head.method == "POST" => Answer::End,
        b"/" | b"/value" => Answer::Fixed(&READ_ONLY),
        b"/end" => Answer::Fixed(&POST_ONLY),
        _ => Answer::Fixed(&NOT_FOUND),
    }
}

fn send(
    sender: &mut Answerer<'_>,
    answer: &Answer,
    requests: u32,
) -> Result<(), IoError<UartError>> {
    match answer {
        Answer::Fixed(fixed) => fixed.send(sender),
        Answer::End => ENDED.send(sender),
        Answer::Value => {
            let mut json = [0; 64]; // longer than two numbers of ten digits and their names
            let value = Value { uptime_ms: now_ms() as u32, requests };
            let len = serde_json_core::to_slice(&value, &mut json).unwrap_or(0);
            let fields = [
                const { field("Content-Type", "application/json") },
                const { field("Cache-Control", "no-store") },
                Field::content_length(len as u64),
            ];
            sender.respond(&ResponseHead::new(StatusCode::OK, Fields::new(&fields)))?;
            sender.data(&json[..len])?;
            sender.finish(&Fields::EMPTY)
        }
    }
}

impl Fixed {
    /// For statics: an illegal or too long head, or another length than it says, does not compile.
    const fn new(
        status: StatusCode,
        fields: &'static [Field<'static>],
        body: &'static str,
    ) -> Self {
        let head = ResponseHead::new(status, Fields::new(fields));
        // Room for `Connection: close`, which the server adds at the end of a connection.
        assert!(head.encode(&mut [0; OUTPUT - 19]).is_ok());
        let fits = match fields {
            [.., Field { value, .. }] => match value.to_number() {
                Some(len) => len == body.len() as u64,
                None => body.is_empty(),
            },
            [] => false,
        };
        assert!(fits, "Content-Length is the last field");
        Self { head, body }
    }

    fn send(&self, sender: &mut Answerer<'_>) -> Result<(), IoError<UartError>> {
        sender.respond(&self.head)?;
        sender.data(self.body.as_bytes())?;
        sender.finish(&Fields::EMPTY)
    }
}

const fn field(name: &'static str, value: &'static str) -> Field<'static> {
    match Field::new(name, value) {
        Ok(field) => field,
        Err(_) => panic!("not a field"),
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
