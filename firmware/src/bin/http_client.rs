//! Reads a message of the gateway over a UART as JSON, posts what it makes of it, and reads that back:
//! three requests over one connection. Ends with success or failure.

#![no_std]
#![no_main]

use core::fmt::Write;

use firmware::semihosting::{Host, exit, now_ms, stack_of};
use firmware::uart::Uart;
use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, Settings};
use http_lite::io::Driver;
use http_lite::{Field, Fields, Method, RequestHead, StatusCode, Target};
use serde::{Deserialize, Serialize};

/// What the gateway has.
#[derive(Deserialize)]
struct Measured<'a> {
    sensor: &'a str,
    millicelsius: i32,
}

/// What it gets.
#[derive(Serialize)]
struct Converted<'a> {
    sensor: &'a str,
    millifahrenheit: i32,
}

const MEASURED: Target<'_> = target("/topics/firmware/measured");
const CONVERTED: Target<'_> = target("/topics/firmware/converted");
const HOST: Field<'_> = field("Host", "gateway");
const ACCEPT: Field<'_> = field("Accept", "application/json");
const CONTENT_TYPE: Field<'_> = field("Content-Type", "application/json");

/// Longest head of a response, content of a response, head of a request, in bytes.
const INPUT: usize = 1024;
const CONTENT: usize = 128;
const OUTPUT: usize = 256;
/// How long the gateway may be silent.
const READ_LIMIT_MS: u64 = 3000;

type Connection<'a> = Driver<'a, Client, Uart, fn() -> u64>;

#[unsafe(no_mangle)]
fn image() -> ! {
    let used = stack_of(run);
    let _ = writeln!(Host, "stack http-lite: a client over a UART: {used}");
    exit(true)
}

fn run() {
    let settings = Settings::CLIENT.with_buffer(INPUT as u32).with_content(CONTENT as u64);
    let mut client = Client::new(settings);
    let mut uart = Uart::new(READ_LIMIT_MS);
    let (mut input, mut output) = ([0; INPUT], [0; OUTPUT]);
    let mut connection =
        Driver::new(&mut client, &mut uart, now_ms as fn() -> u64, &mut input, &mut output);

    let mut content = [0; CONTENT];
    let (status, got) = get(&mut connection, MEASURED, &mut content);
    say("GET", status, got);
    assert!(status == StatusCode::OK, "nothing was measured");
    let measured: Measured<'_> = match serde_json_core::from_slice(got) {
        Ok((measured, _)) => measured,
        Err(error) => panic!("not what is measured: {error}"),
    };
    let Some(millifahrenheit) = fahrenheit(measured.millicelsius) else {
        panic!("too hot or too cold")
    };

    let mut json = [0; CONTENT];
    let converted = Converted { sensor: measured.sensor, millifahrenheit };
    let Ok(len) = serde_json_core::to_slice(&converted, &mut json) else {
        panic!("the name of the sensor is too long")
    };
    let json = &json[..len];
    let fields = [HOST, CONTENT_TYPE, Field::content_length(len as u64)];
    let head = RequestHead::new(Method::POST, CONVERTED, Fields::new(&fields));
    let (status, got) = ask(&mut connection, &head, json, &mut content);
    say("POST", status, got);
    assert!(status == StatusCode::CREATED || status == StatusCode::NO_CONTENT, "not taken");

    let (status, got) = get(&mut connection, CONVERTED, &mut content);
    say("GET", status, got);
    assert!(status == StatusCode::OK && got == json, "not what was posted");
}

fn get<'c>(
    connection: &mut Connection<'_>,
    target: Target<'_>,
    content: &'c mut [u8; CONTENT],
) -> (StatusCode, &'c [u8]) {
    let head = RequestHead::new(Method::GET, target, Fields::new(&[HOST, ACCEPT]));
    ask(connection, &head, b"", content)
}

/// Sends a request, and gives the status and the content of its response.
fn ask<'c>(
    connection: &mut Connection<'_>,
    head: &RequestHead<'_>,
    body: &[u8],
    content: &'c mut [u8; CONTENT],
) -> (StatusCode, &'c [u8]) {
    let status = match connection.exchange(head, body) {
        Ok((head, _)) => head.status,
        Err(error) => panic!("{error}"),
    };
    let mut len = 0;
    loop {
        match connection.read_next() {
            // Never longer than the settings say.
            Ok(Some((ClientEvent::Body(BodyPart::Data(data)), _))) => {
                content[len..][..data.len()].copy_from_slice(data);
                len += data.len();
            }
            Ok(Some(_)) => {}
            Ok(None) => return (status, &content[..len]),
            Err(error) => panic!("{error}"),
        }
    }
}

/// 32 °F at 0 °C, 1.8 °F for each 1 °C.
fn fahrenheit(millicelsius: i32) -> Option<i32> {
    millicelsius.checked_mul(9)?.checked_div(5)?.checked_add(32_000)
}

fn say(what: &str, status: StatusCode, content: &[u8]) {
    let content = core::str::from_utf8(content).unwrap_or("(not UTF-8)");
    let _ = writeln!(Host, "{what} {} {content}", status.get());
}

const fn target(path: &'static str) -> Target<'static> {
    match Target::new(path.as_bytes(), &Method::GET) {
        Some(target) => target,
        None => panic!("not a target"),
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
