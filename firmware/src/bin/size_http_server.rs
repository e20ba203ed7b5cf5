//! http-lite: a server's connection. It reads requests with bodies of any framing, answers each with a
//! fixed head and a body, answers what is wrong with its status, and cuts slow clients.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use http_lite::body::BodyPart;
use http_lite::connection::{Server, ServerEvent, Settings};
use http_lite::{Field, Fields, ResponseHead, StatusCode};

const FIELDS: [Field<'_>; 1] = [Field::content_length(2)];

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    let mut server = Server::new(Settings::SERVER.with_buffer(256));
    loop {
        baseline();
        let now_ms = u64::from(number());
        match server.handle_input(bytes(&mut input), now_ms) {
            Ok((taken, event)) => {
                put_number(taken as u32);
                match event {
                    Some(ServerEvent::Request { head, .. }) => {
                        put_bytes(head.method.as_bytes());
                        put_bytes(head.target.as_bytes());
                        for field in head.fields.iter() {
                            put_bytes(field.name.as_bytes());
                            put_bytes(field.value.as_bytes());
                        }
                    }
                    Some(ServerEvent::Body(BodyPart::Data(data))) => put_bytes(data),
                    Some(ServerEvent::Body(BodyPart::End)) => {
                        answer(&mut server, now_ms, &mut output)
                    }
                    _ => {}
                }
            }
            Err(error) => {
                put_number(error.kind as u32);
                send(server.poll_transmit(now_ms, &mut output).ok().flatten(), &output);
                server = Server::new(Settings::SERVER.with_buffer(256));
            }
        }
        if server.poll_timeout().is_some_and(|at| at <= now_ms) {
            server.handle_timeout(now_ms);
        }
        put_number(server.wants_close().into());
    }
}

fn answer(server: &mut Server, now_ms: u64, output: &mut [u8]) {
    let head = ResponseHead::new(StatusCode::OK, Fields::new(&FIELDS));
    send(server.respond(&head, now_ms, output).ok(), output);
    send(server.data(b"ok", output).ok().map(|(_, len)| len), output);
    send(server.finish(&Fields::EMPTY, now_ms, output).ok(), output);
}

fn send(len: Option<usize>, output: &[u8]) {
    put_bytes(len.and_then(|len| output.get(..len)).unwrap_or(&[]));
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
