//! Servers that say what a test wants byte by byte, and the client that asks them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What a server does on one connection, in this order, unless the client ends it before; then it ends
/// its direction and listens until the client ends the other one.
pub type Script = Vec<Step>;

#[derive(Clone)]
pub enum Step {
    /// Reads the head of a request.
    Head,
    /// Reads so many bytes of a body.
    Body(usize),
    /// Reads up to these bytes.
    Until(&'static str),
    Send(Vec<u8>),
    /// Sends it again and again while the client listens.
    Repeat(Vec<u8>),
    WaitMs(u64),
    /// Waits until the test lets it go on; leaves if it does not.
    Gate(Arc<AtomicBool>),
    /// Waits until the client has closed the connection.
    AwaitClose,
    /// Leaves without a word, over TLS without its goodbye.
    Cut,
}

pub use Step::{AwaitClose, Body, Cut, Gate, Head, Repeat, Until, WaitMs};

pub fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// A server that plays one script for each connection.
pub struct Server {
    pub port: u16,
    heard: mpsc::Receiver<Vec<u8>>,
    connections: usize,
}

impl Server {
    /// The scripts may name the port.
    pub fn start(scripts: impl FnOnce(u16) -> Vec<Script>) -> Self {
        Self::start_with(scripts, |socket, script| {
            let mut heard = Vec::new();
            let goes_on = play(&mut &socket, &script, &mut heard);
            if goes_on {
                let _ = socket.shutdown(Shutdown::Write);
                listen(&mut &socket, &mut heard);
            }
            heard
        })
    }

    pub fn start_with(
        scripts: impl FnOnce(u16) -> Vec<Script>,
        serve: impl Fn(TcpStream, Script) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let scripts = scripts(port);
        let connections = scripts.len();
        let (tell, heard) = mpsc::channel();
        thread::spawn(move || {
            for script in scripts {
                let (socket, _) = listener.accept().unwrap();
                socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                socket.set_nodelay(true).unwrap();
                let _ = tell.send(serve(socket, script));
            }
        });
        Self { port, heard, connections }
    }

    /// One that answers one request with these bytes and ends the connection.
    pub fn answer(response: impl AsRef<[u8]>) -> Self {
        Self::start(|_| vec![vec![Head, send(response)]])
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What was sent on each of its connections.
    pub fn heard(self) -> Vec<String> {
        let wait = Duration::from_secs(20);
        let heard = (0..self.connections).map(|_| self.heard.recv_timeout(wait).expect("heard"));
        heard.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
    }

    /// What was sent on its only connection.
    pub fn heard_once(self) -> String {
        assert_eq!(self.connections, 1);
        self.heard().remove(0)
    }
}

/// False if the connection is to be left as it is.
pub fn play(stream: &mut (impl Read + Write), script: &Script, heard: &mut Vec<u8>) -> bool {
    for step in script {
        match step {
            Head if !read_until(stream, heard, "\r\n\r\n") => break,
            Until(end) if !read_until(stream, heard, end) => break,
            Body(len) => {
                let mut body = vec![0; *len];
                if stream.read_exact(&mut body).is_err() {
                    break;
                }
                heard.extend_from_slice(&body);
            }
            Head | Until(_) => {}
            // The client may have seen enough.
            Step::Send(bytes) => {
                let _ = stream.write_all(bytes).and_then(|()| stream.flush());
            }
            Repeat(bytes) => while stream.write_all(bytes).is_ok() {},
            Gate(gate) => {
                let end = Instant::now() + Duration::from_secs(20);
                while !gate.load(Ordering::Relaxed) {
                    if Instant::now() > end {
                        return false;
                    }
                    thread::sleep(Duration::from_millis(5));
                }
            }
            WaitMs(ms) => thread::sleep(Duration::from_millis(*ms)),
            AwaitClose => listen(stream, heard),
            Cut => return false,
        }
    }
    true
}

/// False if the client has ended before.
fn read_until(stream: &mut impl Read, heard: &mut Vec<u8>, end: &str) -> bool {
    let start = heard.len();
    while !heard[start..].ends_with(end.as_bytes()) {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => heard.push(byte[0]),
            _ => return false,
        }
    }
    true
}

pub fn listen(stream: &mut impl Read, heard: &mut Vec<u8>) {
    let mut chunk = [0; 65536];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return,
            Ok(len) => heard.extend_from_slice(&chunk[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// A response with this head, without its empty line, and a body of a length that it tells.
pub fn response(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub fn client() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_http-get"));
    command.stdin(Stdio::null());
    command
}

/// Runs the client.
pub fn ask(args: &[&str]) -> Output {
    client().args(args).output().unwrap()
}

/// Runs the client with this on its standard input.
pub fn ask_with_stdin(args: &[&str], input: &[u8]) -> Output {
    let mut command = client();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// What it printed, of a client that ended well.
pub fn shown(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The exit code, and what it said.
pub fn failure(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), errors(output))
}

pub fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An empty folder of this name.
pub fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("http_get").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Bytes that are different everywhere.
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
