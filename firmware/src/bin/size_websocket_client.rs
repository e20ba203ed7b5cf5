//! http-lite: the client's side of WebSocket. It shakes hands, sends masked messages, and takes those of
//! a server in frames that may be cut anywhere, with its Pings and its Close.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use http_lite::websocket::handshake::Key;
use http_lite::websocket::{Close, CloseCode, Event, Message, Role, Session, Settings};
use http_lite::{Field, Fields, HeadParser, Method, RequestHead, Target};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        if shake_hands(&mut input, &mut output) {
            let mut session = Session::new(Role::Client, Settings::DEFAULT);
            while !session.wants_close() {
                send(&mut session, &mut input, &mut output);
                receive(&mut session, &mut input, &mut output);
            }
        }
    }
}

/// True if the server agrees.
fn shake_hands(input: &mut [u8], output: &mut [u8]) -> bool {
    let key = Key::new(core::array::from_fn(|_| number() as u8));
    let [upgrade, connection, version, key_field] = key.fields();
    let host = const { field("Host", "server") };
    let protocol = const { field("Sec-WebSocket-Protocol", "mqtt") };
    let fields = [host, upgrade, connection, version, key_field, protocol];
    let target = const { Target::new(b"/mqtt", &Method::GET).unwrap() };
    let request = RequestHead::new(Method::GET, target, Fields::new(&fields));
    put(request.encode(output).ok(), output);
    let mut parser = HeadParser::new();
    match parser.parse_response(bytes(input)) {
        Ok(Some((head, len))) => {
            put_number(len as u32);
            match key.check(&head, &["mqtt"]) {
                Ok(protocol) => {
                    put_bytes(protocol.unwrap_or("").as_bytes());
                    return true;
                }
                Err(refusal) => put_number(refusal as u32),
            }
        }
        Ok(None) => {}
        Err(error) => put_number(error.kind as u32),
    }
    false
}

fn send(session: &mut Session, input: &mut [u8], output: &mut [u8]) {
    let data = bytes(input);
    let len = match number() {
        0 => session.text(core::str::from_utf8(data).unwrap_or(""), number(), output),
        1 => session.ping(data, number(), output),
        2 => session.close(Close::new(CloseCode::NORMAL), now_ms(), number(), output),
        _ => session.binary(data, number(), output),
    };
    put(len.ok(), output);
}

fn receive(session: &mut Session, input: &mut [u8], output: &mut [u8]) {
    let len = bytes(input).len();
    let received = input.get_mut(..len).unwrap_or_default();
    match session.handle_input(received, now_ms()) {
        Ok((taken, event)) => {
            put_number(taken as u32);
            match event {
                Some(Event::Data { message, data, is_first, is_last }) => {
                    put_number((message == Message::Text).into());
                    put_number((is_first || is_last).into());
                    put_bytes(data);
                }
                Some(Event::Ping(payload) | Event::Pong(payload)) => put_bytes(payload.as_bytes()),
                Some(Event::Close(payload)) => {
                    put_number(payload.close().code.map_or(0, CloseCode::get).into());
                }
                None => {}
            }
        }
        Err(error) => put_number(error.kind as u32),
    }
    session.handle_timeout(now_ms());
    put(session.poll_transmit(now_ms(), number(), output).ok().flatten(), output);
    if len == 0 && session.handle_eof().is_err() {
        put_number(1);
    }
}

fn now_ms() -> u64 {
    number().into()
}

fn put(len: Option<usize>, output: &[u8]) {
    put_bytes(len.and_then(|len| output.get(..len)).unwrap_or(&[]));
}

const fn field(name: &'static str, value: &'static str) -> Field<'static> {
    match Field::new(name, value) {
        Ok(field) => field,
        Err(_) => panic!("not a field"),
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
