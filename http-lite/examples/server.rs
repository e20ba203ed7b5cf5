//! A server on threads: GET answers with a page, POST with the content that came.
//! `cargo run -p sansio-http-lite --example server -- 8080`, then `curl localhost:8080 -d hello`.

use core::error::Error;
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Instant;

use http_lite::body::BodyPart;
use http_lite::connection::{Server, ServerEvent, Settings};
use http_lite::{Field, Fields, ResponseHead, StatusCode};

const SETTINGS: Settings = Settings::SERVER.with_content(1 << 20);

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(8080), |port| port.parse::<u16>())?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || {
            if let Err(error) = serve(stream) {
                println!("{error}");
            }
        });
    }
    Ok(())
}

/// Serves a connection to its end.
fn serve(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let now_ms = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut server = Server::new(SETTINGS);
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    let (mut status, mut content) = (StatusCode::OK, Vec::new());
    loop {
        server.handle_timeout(now_ms());
        let (taken, event) = match server.handle_input(&received, now_ms()) {
            Ok(said) => said,
            Err(error) => {
                if let Some(len) = server.poll_transmit(now_ms(), &mut buffer)? {
                    stream.write_all(buffer.get(..len).unwrap_or_default())?;
                }
                close(stream)?;
                return Err(error.into());
            }
        };
        let waits = event.is_none() && taken == 0;
        match event {
            Some(ServerEvent::Request { head, .. }) => {
                println!("{} {}", head.method, head.target);
                content.clear();
                status = match head.method.as_str() {
                    "GET" | "HEAD" if head.target.path() == b"/" => StatusCode::OK,
                    "GET" | "HEAD" => StatusCode::NOT_FOUND,
                    "POST" => StatusCode::OK,
                    _ => StatusCode::METHOD_NOT_ALLOWED,
                };
                if status == StatusCode::OK && head.method != "POST" {
                    content.extend_from_slice(b"hello\n");
                }
                if server.awaits_continue() {
                    let len = server.respond(&ResponseHead::CONTINUE, now_ms(), &mut buffer)?;
                    stream.write_all(buffer.get(..len).unwrap_or_default())?;
                }
            }
            Some(ServerEvent::Body(BodyPart::Data(data))) => content.extend_from_slice(data),
            Some(ServerEvent::Body(BodyPart::End)) => {
                let allow = Field::new("Allow", "GET, HEAD, POST")?;
                let fields = [Field::content_length(content.len() as u64), allow];
                let head = ResponseHead::new(status, Fields::new(&fields));
                let len = server.respond(&head, now_ms(), &mut buffer)?;
                stream.write_all(buffer.get(..len).unwrap_or_default())?;
                let mut rest = &content[..];
                while !rest.is_empty() {
                    let (taken, len) = server.data(rest, &mut buffer)?;
                    stream.write_all(buffer.get(..len).unwrap_or_default())?;
                    rest = rest.get(taken..).unwrap_or_default();
                }
                server.finish(&Fields::EMPTY, now_ms(), &mut buffer)?;
            }
            Some(ServerEvent::Body(BodyPart::Trailers(_))) | None => {}
        }
        received.drain(..taken);
        if server.wants_close() {
            return Ok(close(stream)?);
        }
        if waits {
            let wait = server.poll_timeout().map(|at| at.saturating_sub(now_ms()).max(1));
            stream.set_read_timeout(wait.map(Duration::from_millis))?;
            match stream.read(&mut buffer) {
                Ok(0) => server.handle_eof()?,
                Ok(len) => received.extend_from_slice(buffer.get(..len).unwrap_or_default()),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Ends our direction and reads on for a moment, so that the client can read the answer.
fn close(stream: TcpStream) -> Result<(), std::io::Error> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let _ = std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink());
    Ok(())
}
