//! Asks for a page, or sends content to it:
//! `cargo run -p sansio-http-lite --example http_client -- http://localhost:8080/ [CONTENT]`.

use core::error::Error;
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use http_lite::body::BodyPart;
use http_lite::connection::{Client, ClientEvent, Settings};
use http_lite::{Field, Fields, HttpUri, Method, RequestHead, Target};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://localhost:8080/".to_owned());
    let content = arguments.next();
    let uri = HttpUri::parse(url.as_bytes()).filter(|uri| !uri.is_https());
    let uri = uri.ok_or("not a URL that begins with http://")?;
    let host = str::from_utf8(uri.host())?;
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), uri.port()))?;
    let start = Instant::now();
    let now_ms = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);

    // The request.
    let mut client = Client::new(Settings::CLIENT);
    let mut buffer = [0; 4096];
    let host = Field::new("Host", str::from_utf8(uri.authority())?)?;
    let length = content.as_ref().map(|content| Field::content_length(content.len() as u64));
    let fields: Vec<_> = [Some(host), length, Some(Field::CLOSE)].into_iter().flatten().collect();
    let method = if content.is_some() { Method::POST } else { Method::GET };
    let target = uri.target().unwrap_or(Target::ROOT);
    let head = RequestHead::new(method, target, Fields::new(&fields));
    let len = client.request(&head, now_ms(), &mut buffer)?;
    stream.write_all(buffer.get(..len).unwrap_or_default())?;
    let mut rest = content.as_deref().unwrap_or_default().as_bytes();
    while !rest.is_empty() {
        let (taken, len) = client.data(rest, &mut buffer)?;
        stream.write_all(buffer.get(..len).unwrap_or_default())?;
        rest = rest.get(taken..).unwrap_or_default();
    }
    client.finish(&Fields::EMPTY, now_ms(), &mut buffer)?;

    // The response.
    let mut received = Vec::new();
    loop {
        let (taken, event) = client.handle_input(&received, now_ms())?;
        let waits = event.is_none() && taken == 0;
        match event {
            Some(ClientEvent::Response { head, framing }) => {
                eprintln!("{} {}", head.status, head.status.reason().unwrap_or_default());
                for field in head.fields {
                    eprintln!("{field:?}");
                }
                eprintln!("body: {framing:?}");
            }
            Some(ClientEvent::Body(BodyPart::Data(data))) => std::io::stdout().write_all(data)?,
            Some(_) | None => {}
        }
        // In any case: bytes may be taken without an event.
        received.drain(..taken);
        if !waits {
            continue;
        }
        if !client.wants_input() {
            return Ok(());
        }
        // Only now: what was received is not late. What is, `handle_input` tells.
        client.handle_timeout(now_ms());
        if client.wants_input() {
            let wait = client.poll_timeout().map(|at| at.saturating_sub(now_ms()).max(1));
            stream.set_read_timeout(wait.map(Duration::from_millis))?;
            match stream.read(&mut buffer) {
                Ok(0) => client.handle_eof()?,
                Ok(len) => received.extend_from_slice(buffer.get(..len).unwrap_or_default()),
                Err(error) if is_timeout(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
