//! A client that sends what it is told, and reads responses without any help of `http-lite`.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longer than anything takes, unless it never comes.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Http<S = TcpStream> {
    pub stream: S,
    pub buffer: Vec<u8>,
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Http {
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self::over(stream)
    }
}

impl<S: Read + Write> Http<S> {
    pub fn over(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
        self.stream.flush().unwrap();
    }

    /// Sends a request with Host and, if there is a body, Content-Length.
    pub fn say(&mut self, line: &str, fields: &[&str], body: &[u8]) {
        let mut head = format!("{line} HTTP/1.1\r\nHost: localhost\r\n");
        for field in fields {
            head += &format!("{field}\r\n");
        }
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        self.send([head.as_bytes(), b"\r\n", body].concat());
    }

    /// Sends a request, such as `GET /`, and reads the response.
    pub fn ask(&mut self, line: &str, fields: &[&str], body: &[u8]) -> Answer {
        self.say(line, fields, body);
        self.answer_to(line)
    }

    pub fn get(&mut self, target: &str) -> Answer {
        self.ask(&format!("GET {target}"), &[], b"")
    }

    pub fn put(&mut self, target: &str, body: impl AsRef<[u8]>) -> Answer {
        self.ask(&format!("PUT {target}"), &[], body.as_ref())
    }

    /// The next response, to a GET.
    pub fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    /// The next response, to this request.
    pub fn answer_to(&mut self, line: &str) -> Answer {
        let mut answer = self.head();
        let has_body =
            !line.starts_with("HEAD ") && !matches!(answer.status, 100..=199 | 204 | 304);
        answer.body = match (answer.field("content-length"), answer.field("transfer-encoding")) {
            _ if !has_body => Vec::new(),
            (Some(len), None) => self.bytes(len.parse().unwrap()),
            (None, Some("chunked")) => {
                let mut body = Vec::new();
                while let Some(chunk) = self.chunk() {
                    body.extend(chunk);
                }
                body
            }
            (None, None) => self.rest(),
            both => panic!("{both:?}"),
        };
        answer
    }

    /// The head of the next response.
    pub fn head(&mut self) -> Answer {
        let status_line = self.line();
        let mut words = status_line.splitn(3, ' ');
        assert_eq!(words.next(), Some("HTTP/1.1"), "{status_line}");
        let status = words.next().unwrap().parse().unwrap();
        assert!(words.next().is_some(), "{status_line}");
        let mut fields = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                return Answer { status, fields, body: Vec::new() };
            }
            let (name, value) = line.split_once(": ").unwrap();
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// The next chunk; `None` for the last one.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let len = usize::from_str_radix(&self.line(), 16).unwrap();
        let chunk = self.bytes(len);
        assert_eq!(self.line(), "");
        (len > 0).then_some(chunk)
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line = self.bytes(end + 2);
                return String::from_utf8(line[..end].to_vec()).unwrap();
            }
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            assert!(self.read(), "the gateway closed the connection after {text:?}");
        }
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        while self.buffer.len() < len {
            assert!(self.read(), "{} of {len} bytes", self.buffer.len());
        }
        self.buffer.drain(..len).collect()
    }

    /// Reads something; false at the end.
    pub fn read(&mut self) -> bool {
        let mut chunk = vec![0; 65536];
        let mut read = || loop {
            match self.stream.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        };
        match read() {
            Ok(0) => false,
            Ok(len) => {
                self.buffer.extend_from_slice(&chunk[..len]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("nothing came: {error}"),
        }
    }

    /// All that comes until the end.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.read() {}
        std::mem::take(&mut self.buffer)
    }

    /// The gateway says nothing more and closes, without waiting for anything.
    pub fn expect_closed(&mut self) {
        let start = Instant::now();
        assert_eq!(String::from_utf8_lossy(&self.rest()), "");
        assert!(start.elapsed() < PATIENCE / 2);
    }
}

impl Answer {
    /// The value of a field that is there once; its name in small letters.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut all = self.fields.iter().filter(|field| field.0 == name);
        let first = all.next().map(|field| &*field.1);
        assert!(all.next().is_none(), "{name} twice: {:?}", self.fields);
        first
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status and body.
    pub fn expect(&self, status: u16, body: impl AsRef<[u8]>) -> &Self {
        let text = String::from_utf8_lossy(&self.body);
        let expected = String::from_utf8_lossy(body.as_ref());
        assert_eq!((self.status, text), (status, expected), "{:?}", self.fields);
        self
    }

    pub fn expect_status(&self, status: u16) {
        assert_eq!(self.status, status, "{:?}", self.fields);
    }

    /// A refusal: its text tells the status too.
    pub fn expect_refusal(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{:?}", self.fields);
        if !self.body.is_empty() {
            assert!(self.text().starts_with(&format!("{status} ")), "{}", self.text());
            assert_eq!(self.field("content-type"), Some("text/plain; charset=utf-8"));
        }
        self
    }
}
