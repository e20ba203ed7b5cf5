//! A server that says what a test wants, packet by packet, and the programs at it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// What waits for a client.
pub struct Server(TcpListener);

/// A connection that a test looks into.
pub struct Peer<S = TcpStream>(pub S);

/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// CONNACK of 5.0: no session, nothing to say.
pub const ACCEPTED: &[u8] = b"\x20\x03\0\0\0";
/// The same with Session Present.
pub const RESUMED: &[u8] = b"\x20\x03\x01\0\0";

impl Server {
    pub fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// `mqtt-pub` with these arguments, at this server.
    pub fn publisher(&self, args: &[&str]) -> Child {
        self.start(env!("CARGO_BIN_EXE_mqtt-pub"), args)
    }

    pub fn subscriber(&self, args: &[&str]) -> Child {
        self.start(env!("CARGO_BIN_EXE_mqtt-sub"), args)
    }

    fn start(&self, program: &str, args: &[&str]) -> Child {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", &self.port()]).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    pub fn port(&self) -> String {
        self.0.local_addr().unwrap().port().to_string()
    }

    /// The next connection, before a word.
    pub fn accept_tcp(&self) -> TcpStream {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The next connection, behind CONNECT: that, and what it said.
    pub fn accept(&self, answer: &[u8]) -> (Peer, Vec<u8>) {
        let mut peer = Peer(self.accept_tcp());
        let connect = peer.packet();
        assert_eq!(connect[0], 0x10);
        peer.send(answer);
        (peer, connect)
    }
}

impl<S: Read + Write> Peer<S> {
    /// The next packet in bytes.
    pub fn packet(&mut self) -> Vec<u8> {
        self.maybe().expect("a packet")
    }

    /// The next packet; none behind the last.
    pub fn maybe(&mut self) -> Option<Vec<u8>> {
        let mut packet = vec![0];
        if self.0.read(&mut packet).unwrap() == 0 {
            return None;
        }
        let (mut len, mut shift) = (0, 0);
        loop {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            packet.push(byte[0]);
            len |= usize::from(byte[0] & 0x7F) << shift;
            shift += 7;
            if byte[0] < 0x80 {
                break;
            }
        }
        let start = packet.len();
        packet.resize(start + len, 0);
        self.0.read_exact(&mut packet[start..]).unwrap();
        Some(packet)
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
        self.0.flush().unwrap();
    }

    /// DISCONNECT, and nothing behind it.
    pub fn goodbye(&mut self) {
        let packet = self.packet();
        assert_eq!(packet, b"\xE0\0", "{}", packet.escape_ascii());
        assert_eq!(self.maybe(), None);
    }
}

/// What the program has printed and how it has ended.
pub fn end(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

/// It has done what it was to do, and said this.
pub fn done(child: Child) -> String {
    let output = end(child);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// It has failed with this code, and said why.
pub fn failed(child: Child, code: i32) -> String {
    let output = end(child);
    assert_eq!(output.status.code(), Some(code));
    String::from_utf8(output.stderr).unwrap()
}
