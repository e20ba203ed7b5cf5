//! Calls every public function of http-lite's WebSocket with unknown input. It links only if none of
//! them can panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write as _};
use embedded_io::{ErrorKind, Read, Write};
use firmware::device::Device;
use firmware::{Sink, bytes, keep, number, poll};
use http_lite::connection::{self, Client, Server};
use http_lite::io::{Driver, ReadBuffer, WebSocket, WebSocketError};
use http_lite::websocket::handshake::{Accept, Key, Offer, Refusal};
use http_lite::websocket::{
    Close, CloseCode, Error, Event, FrameHeader, Kind, Mask, Opcode, Payload, Role, SendError,
    Session, Settings, Utf8,
};
use http_lite::{Fields, HeadParser, Method, RequestHead, ResponseHead, StatusCode, Target};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        frames(bytes(&mut input), &mut output);
        let len = bytes(&mut output).len();
        receive(input.get_mut(..len).unwrap_or_default(), &mut output);
        send(bytes(&mut input), &mut output);
        shake_hands(bytes(&mut input));
        let (mut held, mut buffer) = ([0; 256], [0; 256]);
        blocking(&mut held, &mut buffer, &mut output);
        waiting(&mut held, &mut buffer, &mut output);
    }
}

#[inline(never)]
fn frames(input: &[u8], output: &mut [u8]) {
    match keep(FrameHeader::decode(input, role())) {
        Ok(Some((header, _))) => {
            keep(Opcode::is_control(header.opcode));
            let _ = keep(FrameHeader::encode(&header, output));
            keep(FrameHeader::encoded_len(&header));
        }
        Ok(None) => {}
        Err(error) => show_error(&error),
    }
    let _ = keep(FrameHeader::new(Opcode::Ping, number64()));
    let mask = keep(Mask::new(number()));
    keep(Mask::apply(mask, output, number64()));
    let mut text = keep(Utf8::new());
    let _ = keep(Utf8::check(&mut text, input));
    let _ = keep(Utf8::check(&mut text, input));
    keep(Utf8::is_complete(&text));
    keep(<Utf8 as Default>::default());
    if let Ok(close) = keep(Close::decode(input)) {
        keep(close.code.map(|code| keep(CloseCode::get(code))));
    }
    keep(<Close<'_> as Default>::default());
    if let Some(code) = keep(CloseCode::new(number() as u16)) {
        keep(Close::new(code));
    }
}

#[inline(never)]
fn receive(input: &mut [u8], output: &mut [u8]) {
    let mut session = keep(Session::new(role(), settings()));
    loop {
        match keep(Session::handle_input(&mut session, input, number64())) {
            Ok((_, Some(Event::Ping(payload) | Event::Pong(payload) | Event::Close(payload)))) => {
                keep(Payload::as_bytes(&payload));
                keep(Payload::close(&payload));
                keep(<Payload as PartialEq>::eq(&payload, &keep(payload)));
            }
            Ok((_, Some(event))) => _ = keep(event),
            Ok((0, None)) => break,
            Ok(_) => {}
            Err(error) => {
                show_error(&error);
                break;
            }
        }
        let _ = keep(Session::handle_stream(&mut session, input, number64()));
        let _ = keep(Session::poll_transmit(&mut session, number64(), number(), output));
        keep(Session::handle_timeout(&mut session, number64()));
        keep(Session::poll_timeout(&session));
        keep(Session::wants_close(&session));
        keep(Session::is_open(&session));
        keep(Session::is_close_received(&session));
        keep(Session::received_close(&session));
        keep(Session::error(&session));
    }
    let _ = keep(Session::handle_eof(&mut session));
}

#[inline(never)]
fn send(input: &[u8], output: &mut [u8]) {
    let mut session = keep(Session::new(role(), settings()));
    let text = core::str::from_utf8(input).unwrap_or_default();
    let last = number() == 0;
    for _ in 0..number() {
        let _ = keep(Session::text(&mut session, text, number(), output));
        let _ = keep(Session::binary(&mut session, input, number(), output));
        let _ = keep(Session::text_fragment(&mut session, text, last, number(), output));
        let _ = keep(Session::binary_fragment(&mut session, input, last, number(), output));
        let _ = keep(Session::binary_prefix(&mut session, number64(), last, number(), output));
        let _ = keep(Session::mask_payload(&mut session, output));
        let _ = keep(Session::ping(&mut session, input, number(), output));
        let close = Close { code: CloseCode::new(number() as u16), reason: text };
        if let Err(error) = keep(Session::close(&mut session, close, number64(), number(), output))
        {
            show(|f| keep(<SendError as Display>::fmt(&error, f)));
        }
    }
}

#[inline(never)]
fn shake_hands(input: &[u8]) {
    let text = core::str::from_utf8(input).unwrap_or_default();
    let mut parser = HeadParser::new();
    if let Ok(Some((head, _))) = parser.parse_request(input) {
        match keep(Offer::of(&head)) {
            Ok(offer) => {
                let mut protocols = keep(Offer::protocols(&offer));
                keep(protocols.next());
                keep(Offer::choose(&offer, &[text, "mqtt"]));
                let accept = keep(Offer::accept(&offer));
                keep(Accept::as_bytes(&accept));
                keep(Accept::fields(&accept));
                keep(Accept::fields_with_protocol(&accept, text));
            }
            Err(refusal) => show_refusal(refusal),
        }
    }
    let key = keep(Key::new([number() as u8; 16]));
    keep(Key::as_bytes(&key));
    let fields = keep(Key::fields(&key));
    let request = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    keep(request.encoded_len());
    let mut parser = HeadParser::new();
    if let Ok(Some((head, _))) = parser.parse_response(input)
        && let Err(refusal) = keep(Key::check(&key, &head, &[text, "mqtt"]))
    {
        show_refusal(refusal);
    }
    keep(ResponseHead::new(StatusCode::OK, Fields::EMPTY).encoded_len());
}

#[inline(never)]
fn blocking(held: &mut [u8], buffer: &mut [u8], output: &mut [u8]) {
    let (received, session) = (ReadBuffer::new(held), Session::new(role(), settings()));
    let mut device = Device;
    let mut link = keep(WebSocket::new(session, &mut device, number64, number, received, output));
    for _ in 0..number() {
        if let Err(error) = keep(<WebSocket<'_, _, _, _> as Read>::read(&mut link, buffer)) {
            show(|f| keep(<WebSocketError<ErrorKind> as Display>::fmt(&error, f)));
            keep(<WebSocketError<ErrorKind> as embedded_io::Error>::kind(&error));
        }
        let _ = keep(<WebSocket<'_, _, _, _> as Write>::write(&mut link, buffer));
        let _ = keep(<WebSocket<'_, _, _, _> as Write>::flush(&mut link));
    }
    let _ = keep(WebSocket::close(&mut link, Close::default()));
    keep(keep(WebSocket::session(&link)).wants_close());
}

#[inline(never)]
fn waiting(held: &mut [u8], buffer: &mut [u8], output: &mut [u8]) {
    let (mut device, mut client) = (Device, Client::new(connection::Settings::CLIENT));
    let driver = Driver::new(&mut client, &mut device, number64, held, output);
    let link = keep(Driver::<Client, _, _>::into_websocket(driver, settings(), number));
    if let Some(mut link) = link {
        wait(&mut link, buffer);
    }
    let mut server = Server::new(connection::Settings::SERVER);
    let driver = Driver::new(&mut server, &mut device, number64, held, output);
    if let Some(mut link) = keep(Driver::<Server, _, _>::into_websocket(driver, settings())) {
        wait(&mut link, buffer);
    }
}

fn wait<C: FnMut() -> u64, R: FnMut() -> u32>(
    link: &mut WebSocket<'_, Device, C, R>,
    buffer: &mut [u8],
) {
    let _ = keep(poll(<WebSocket<'_, _, _, _> as embedded_io_async::Read>::read(link, buffer)));
    let _ = keep(poll(<WebSocket<'_, _, _, _> as embedded_io_async::Write>::write(link, buffer)));
    let _ = keep(poll(<WebSocket<'_, _, _, _> as embedded_io_async::Write>::flush(link)));
    let _ = keep(poll(WebSocket::close_async(link, Close::default())));
}

fn show_refusal(refusal: Refusal) {
    keep(Refusal::rule(refusal));
    keep(Refusal::status(refusal));
    show(|f| keep(<Refusal as Display>::fmt(&refusal, f)));
}

fn show_error(error: &Error) {
    keep(Kind::rule(error.kind));
    keep(Kind::close_code(error.kind));
    show(|f| keep(<Error as Display>::fmt(error, f)));
    show(|f| keep(<Kind as Display>::fmt(&error.kind, f)));
}

fn settings() -> Settings {
    Settings {
        message: number64(),
        fragments: number(),
        ping_ms: number64(),
        pong_ms: number64(),
        close_ms: number64(),
    }
}

fn role() -> Role {
    if number() == 0 { Role::Client } else { Role::Server }
}

fn number64() -> u64 {
    u64::from(number()) << 32 | u64::from(number())
}

fn show(text: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(text));
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
