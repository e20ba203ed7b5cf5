//! Servers that do what a test says, and the client that talks to them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::certificate;
use crate::peer::Peer;

/// A server for one connection.
pub struct Server<T> {
    pub port: u16,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Server<T> {
    pub fn start(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            serve(stream)
        });
        Self { port, thread }
    }

    /// One that has accepted a WebSocket.
    pub fn websocket(serve: impl FnOnce(&mut Peer<TcpStream>) -> T + Send + 'static) -> Self {
        Self::start(|stream| serve(&mut Peer::accept(stream, None)))
    }

    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// What it has to say once the client is gone.
    pub fn end(self) -> T {
        self.thread.join().unwrap()
    }
}

/// A server that reads the head of a request and answers with these bytes.
pub fn answer(bytes: impl Into<Vec<u8>>) -> Server<()> {
    let bytes = bytes.into();
    Server::start(move |mut stream| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        stream.write_all(&bytes).unwrap();
        let _ = stream.shutdown(Shutdown::Write);
        while matches!(stream.read(&mut [0; 1024]), Ok(1..)) {}
    })
}

/// TLS with a certificate for this name, which is left in a file.
pub fn tls(name: &str, file: &Path) -> impl FnOnce(TcpStream) -> Tls + Send + use<> {
    let config = certificate::config(name, file);
    move |socket| StreamOwned::new(ServerConnection::new(config).unwrap(), socket)
}

pub type Tls = StreamOwned<ServerConnection, TcpStream>;

/// Runs the client with this on its standard input.
pub fn cat(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ws-cat"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read all.
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output
}

/// What it showed, of a client that ended well.
pub fn shown(output: Output) -> Vec<u8> {
    assert_eq!(failure(&output), (0, String::new()));
    output.stdout
}

/// The exit code, and what it said.
pub fn failure(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code().unwrap(), text)
}
