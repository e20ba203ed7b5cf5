//! CoAP clients that do what they are told, over UDP and TCP.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use coap_codec::{
    CoapOption, Code, Codec, ContentFormat, Message, MessageMut, OptionNumber, Options,
    ReliableMessage, Token, Type, Uint, tcp,
};

/// Longer than anything takes, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(10);
/// As long as it takes to be sure that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

/// A message that has come, or is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    pub kind: Type,
    pub code: Code,
    pub id: u16,
    pub token: Vec<u8>,
    pub options: Vec<(OptionNumber, Vec<u8>)>,
    pub payload: Vec<u8>,
    /// Length of the datagram.
    pub len: usize,
}

impl Owned {
    /// A request for a path, with queries behind a `?`.
    pub fn request(code: Code, uri: &str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let segments = path.split('/').skip(1).map(|s| (OptionNumber::URI_PATH, s.into()));
        let queries = query.split('&').filter(|q| !q.is_empty());
        let queries = queries.map(|q| (OptionNumber::URI_QUERY, q.into()));
        let (kind, options) = (Type::Confirmable, segments.chain(queries).collect());
        Self { kind, code, id: 0, token: b"token".into(), options, payload: vec![], len: 0 }
    }

    pub fn get(uri: &str) -> Self {
        Self::request(Code::GET, uri)
    }

    pub fn put(uri: &str, payload: impl Into<Vec<u8>>) -> Self {
        Self { payload: payload.into(), ..Self::request(Code::PUT, uri) }
    }

    pub fn with(mut self, number: OptionNumber, value: &[u8]) -> Self {
        self.options.push((number, value.into()));
        self
    }

    pub fn with_uint(self, number: OptionNumber, value: u64) -> Self {
        self.with(number, Uint::new(value).as_bytes())
    }

    pub fn with_token(self, token: &[u8]) -> Self {
        Self { token: token.into(), ..self }
    }

    pub fn of_type(self, kind: Type) -> Self {
        Self { kind, ..self }
    }

    pub fn option(&self, number: OptionNumber) -> Option<&[u8]> {
        let mut all = self.options.iter().filter(|(other, _)| *other == number);
        let (_, value) = all.next()?;
        assert!(all.next().is_none(), "{number} twice");
        Some(value)
    }

    pub fn uint(&self, number: OptionNumber) -> Option<u64> {
        Uint::decode(self.option(number)?)
    }

    pub fn format(&self) -> Option<ContentFormat> {
        let number = self.uint(OptionNumber::CONTENT_FORMAT)?;
        Some(ContentFormat(number.try_into().unwrap()))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).unwrap()
    }

    /// 2.05 with this payload.
    #[track_caller]
    pub fn expect(&self, payload: &str) -> &Self {
        assert_eq!((self.code, self.text()), (Code::CONTENT, payload));
        self
    }

    pub fn location(&self) -> String {
        let all = self.options.iter().filter(|(n, _)| *n == OptionNumber::LOCATION_PATH);
        all.map(|(_, value)| format!("/{}", std::str::from_utf8(value).unwrap())).collect()
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut buffer = vec![0; 70_000];
        let token = Token::new(&self.token).unwrap();
        let mut message =
            MessageMut::new(&mut buffer, self.kind, self.code, self.id, token).unwrap();
        for (number, value) in &self.options {
            message.insert(*number, value).unwrap();
        }
        message.set_payload(&self.payload).unwrap();
        message.as_bytes().to_vec()
    }

    pub fn of(message: &Message<'_>, len: usize) -> Self {
        Self {
            kind: message.message_type,
            code: message.code,
            id: message.message_id,
            token: message.token.as_bytes().to_vec(),
            options: message.options.iter().map(|o| (o.number, o.value.to_vec())).collect(),
            payload: message.payload.to_vec(),
            len,
        }
    }
}

/// A client over UDP.
pub struct Udp {
    pub socket: UdpSocket,
    next_id: u16,
}

impl Udp {
    pub fn new(gateway: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(gateway).unwrap();
        Self { socket, next_id: 1 }
    }

    pub fn send_bytes(&self, bytes: &[u8]) {
        self.socket.send(bytes).unwrap();
    }

    /// Sends a request with a new Message ID, which is returned.
    pub fn send(&mut self, request: &Owned) -> u16 {
        self.next_id += 1;
        self.send_bytes(&Owned { id: self.next_id, ..request.clone() }.encode());
        self.next_id
    }

    pub fn receive(&mut self) -> Owned {
        self.receive_within(PATIENCE).expect("nothing came")
    }

    pub fn receive_within(&mut self, time: Duration) -> Option<Owned> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut buffer = [0; 2048];
        match self.socket.recv(&mut buffer) {
            Ok(len) => Some(Owned::of(&Codec::new().decode(&buffer[..len]).unwrap(), len)),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(e) => panic!("{e}"),
        }
    }

    pub fn expect_nothing(&mut self) {
        assert_eq!(self.receive_within(SILENCE), None);
    }

    /// The piggybacked response to a request.
    #[track_caller]
    pub fn ask(&mut self, request: &Owned) -> Owned {
        let id = self.send(request);
        let response = self.receive();
        assert_eq!((response.kind, response.id), (Type::Acknowledgement, id), "{response:?}");
        assert_eq!(response.token, request.token);
        response
    }

    /// A notification, acknowledged if it wants that.
    #[track_caller]
    pub fn notification(&mut self) -> Owned {
        let message = self.receive();
        assert!(matches!(message.kind, Type::Confirmable | Type::NonConfirmable), "{message:?}");
        if message.kind == Type::Confirmable {
            self.send_empty(Type::Acknowledgement, message.id);
        }
        message
    }

    pub fn send_empty(&self, kind: Type, id: u16) {
        let mut buffer = [0; 4];
        Codec::new().encode(&Message::new(kind, Code::EMPTY, id), &mut buffer).unwrap();
        self.send_bytes(&buffer);
    }

    /// Proves the address by the Echo option that comes for a long answer to a short request. There
    /// must be a topic.
    #[track_caller]
    pub fn prove(&mut self) {
        let get = Owned::get("/ps").with_token(b"");
        let response = self.ask(&get);
        assert_eq!(response.code, Code::UNAUTHORIZED);
        let echo = response.option(OptionNumber::ECHO).unwrap();
        assert_eq!(self.ask(&get.with(OptionNumber::ECHO, echo)).code, Code::CONTENT);
    }

    /// A whole body, block by block, as one would expect of a simple client.
    pub fn whole(&mut self, request: &Owned) -> (Vec<u8>, usize) {
        let (mut body, mut blocks) = (Vec::new(), 0);
        let mut response = self.ask(request);
        loop {
            assert_eq!(response.code, Code::CONTENT, "{response:?}");
            body.extend_from_slice(&response.payload);
            blocks += 1;
            let block = response.option(OptionNumber::BLOCK2).map(coap_codec::Block::decode);
            let Some(block) = block.transpose().unwrap().filter(|block| block.more()) else {
                return (body, blocks);
            };
            let next = block.next(response.payload.len()).unwrap();
            // RFC 7959 section 2.7: without the body of the request.
            let next = request.clone().with(OptionNumber::BLOCK2, next.to_uint().as_bytes());
            let next = Owned { payload: vec![], ..next };
            response = self.ask(&next);
        }
    }
}

/// A client over TCP.
pub struct Tcp {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

impl Tcp {
    /// Connected, and nothing said yet.
    pub fn raw(gateway: SocketAddr) -> Self {
        let stream = TcpStream::connect(gateway).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// Both have said what they can do.
    pub fn new(gateway: SocketAddr) -> Self {
        let mut client = Self::raw(gateway);
        assert_eq!(client.receive().code, Code::CSM);
        let options = [
            CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, &[0x20, 0]),
            CoapOption::new(OptionNumber::BLOCK_WISE_TRANSFER, b""),
        ];
        client.send(&ReliableMessage::new(Code::CSM).with_options(Options::new(&options)));
        client
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn send(&mut self, message: &ReliableMessage<'_>) {
        let mut buffer = vec![0; 70_000];
        let len = tcp::Codec::new().encode(message, &mut buffer).unwrap();
        self.send_bytes(&buffer[..len]);
    }

    pub fn request(&mut self, request: &Owned) {
        let bytes = request.encode();
        self.send(&Codec::new().decode(&bytes).unwrap().reliable());
    }

    /// The next message; `None` once the gateway has closed the connection.
    pub fn try_receive(&mut self) -> Option<Owned> {
        let codec = tcp::Codec::new().with_max_message_size(1 << 20);
        loop {
            if let Some((message, len)) = codec.decode(&self.buffer).unwrap() {
                let message = Owned::of(&message.over_udp(Type::NonConfirmable, 0), len);
                self.buffer.drain(..len);
                return Some(message);
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(len) => self.buffer.extend_from_slice(&chunk[..len]),
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return None,
                Err(e) => panic!("nothing came: {e}"),
            }
        }
    }

    pub fn receive(&mut self) -> Owned {
        self.try_receive().expect("the gateway closed the connection")
    }

    pub fn ask(&mut self, request: &Owned) -> Owned {
        self.request(request);
        let response = self.receive();
        assert_eq!(response.token, request.token);
        response
    }
}
