//! Calls every public function of http-lite's WebSocket with unknown input. It links only if none of
//! them can panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write};
use firmware::{Sink, bytes, keep, number};
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
