//! http-lite: a client's connection. It sends requests with a body of known length and reads responses
//! with bodies of any framing.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, Settings};
use http_lite::{Field, FieldValue, Fields, Method, RequestHead, Target};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    let mut client = Client::new(Settings::CLIENT.with_buffer(256));
    loop {
        baseline();
        let now_ms = u64::from(number());
        if client.can_request() {
            ask(&mut client, now_ms, &mut input, &mut output);
        }
        match client.handle_input(bytes(&mut input), now_ms) {
            Ok((taken, event)) => {
                put_number(taken as u32);
                match event {
                    Some(ClientEvent::Response { head, .. }) => {
                        put_number(head.status.get().into());
                        for field in head.fields.iter() {
                            put_bytes(field.name.as_bytes());
                            put_bytes(field.value.as_bytes());
                        }
                    }
                    Some(ClientEvent::Body(BodyPart::Data(data))) => put_bytes(data),
                    Some(ClientEvent::Body(BodyPart::End)) => put_number(1),
                    _ => {}
                }
            }
            Err(error) => {
                put_number(error.kind as u32);
                client = Client::new(Settings::CLIENT.with_buffer(256));
            }
        }
        if client.poll_timeout().is_some_and(|at| at <= now_ms) {
            client.handle_timeout(now_ms);
        }
        put_number(client.wants_close().into());
    }
}

fn ask(client: &mut Client, now_ms: u64, input: &mut [u8], output: &mut [u8]) {
    let body = bytes(input);
    let Some((host, body)) = body.split_first_chunk::<8>() else { return };
    let (Some(target), Some(value)) = (Target::new(body, &Method::POST), FieldValue::new(host))
    else {
        return;
    };
    let mut fields = [Field::content_length(body.len() as u64), Field::CLOSE];
    if let (Ok(name), [_, host]) = (Field::new("Host", ""), &mut fields) {
        *host = Field { value, ..name };
    }
    let head = RequestHead::new(Method::POST, target, Fields::new(&fields));
    send(client.request(&head, now_ms, output).ok(), output);
    send(client.data(body, output).ok().map(|(_, len)| len), output);
    send(client.finish(&Fields::EMPTY, now_ms, output).ok(), output);
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
