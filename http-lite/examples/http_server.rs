//! A server on threads: GET answers with a page, POST with the content that came.
//! `cargo run -p sansio-http-lite --example http_server -- 8080`, then `curl localhost:8080 -d hello`.

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
        let Ok(stream) = stream else { continue }; // gone before it was accepted
        std::thread::spawn(move || {
            if let Err(error) = serve(stream) {
                println!("{error}");
            }
        });
    }
    Ok(())
}

/// Serves a connection to its end.
pub(crate) fn serve(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let now_ms = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Slow to send is the machine's matter, slow to read is ours.
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    let mut server = Server::new(SETTINGS);
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    let (mut status, mut echoes, mut content) = (StatusCode::OK, false, Vec::new());
    loop {
        let said = server.handle_input(&received, now_ms());
        let taken = said.as_ref().map_or(0, |(taken, _)| *taken);
        match said {
            Ok((_, Some(ServerEvent::Request { head, .. }))) => {
                println!("{} {}", head.method, head.target);
                content.clear();
                echoes = head.method == "POST";
                let is_page = head.target.path() == b"/";
                status = match head.method.as_str() {
                    "POST" => StatusCode::OK,
                    "GET" | "HEAD" if is_page => StatusCode::OK,
                    "GET" | "HEAD" => StatusCode::NOT_FOUND,
                    _ => StatusCode::METHOD_NOT_ALLOWED,
                };
                if status == StatusCode::OK && !echoes {
                    content.extend_from_slice(b"hello\n");
                }
            }
            Ok((_, Some(ServerEvent::Body(BodyPart::Data(data))))) => {
                if echoes {
                    content.extend_from_slice(data);
                }
            }
            Ok((_, Some(ServerEvent::Body(BodyPart::End)))) => {
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
            Ok((_, Some(ServerEvent::Body(BodyPart::Trailers(_))))) | Ok((1.., None)) => {}
            // Nothing more in what was received, or an error: first what the server owes.
            Ok((0, None)) | Err(_) => {
                if let Some(len) = server.poll_transmit(now_ms(), &mut buffer)? {
                    stream.write_all(buffer.get(..len).unwrap_or_default())?;
                }
                if said.is_err() || server.wants_close() {
                    close(stream)?;
                    return said.map(|_| ()).map_err(Into::into);
                }
                // Only now: what was received is not late.
                server.handle_timeout(now_ms());
                if server.wants_input() {
                    let wait = server.poll_timeout().map(|at| at.saturating_sub(now_ms()).max(1));
                    stream.set_read_timeout(wait.map(Duration::from_millis))?;
                    match stream.read(&mut buffer) {
                        // An end within a request is an error that `handle_input` tells again.
                        Ok(0) => _ = server.handle_eof(),
                        Ok(len) => {
                            received.extend_from_slice(buffer.get(..len).unwrap_or_default())
                        }
                        Err(error) if is_timeout(&error) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        // In any case: bytes may be taken without an event.
        received.drain(..taken);
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Ends our direction and reads on for a moment, so that the client can read the answer.
fn close(mut stream: TcpStream) -> Result<(), std::io::Error> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut dropped = [0; 4096];
    for _ in 0..16 {
        if !matches!(stream.read(&mut dropped), Ok(1..)) {
            break;
        }
    }
    Ok(())
}
