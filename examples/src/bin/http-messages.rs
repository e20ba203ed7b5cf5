//! Messages that our encoder writes, and what they mean, for comparing with how other people's parsers
//! read them.
//!
//! `http-messages COUNT SEED` prints a line for each message:
//!
//! ```text
//! LETTER BYTES MEANING
//! ```
//!
//! The letter says what it is: `q` a request, `s` a response, `h` a response to HEAD, `c` one to CONNECT.
//! The bytes are hexadecimal. The meaning is JSON, texts in it are hexadecimal too; it is what the
//! message was made from, never what was read from it.

use std::env;
use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, Write};

use http_lite::body::BodyEncoder;
use http_lite::framing::Framing;
use http_lite::{
    Field, FieldName, FieldValue, Fields, Method, Reason, RequestHead, ResponseHead, StatusCode,
    Target, Version,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(count), Some(seed), None) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Err("http-messages COUNT SEED".into());
    };
    let (count, mut random) = (count?, Random(seed?));
    let mut output = BufWriter::new(io::stdout().lock());
    for _ in 0..count {
        let (letter, bytes, meaning) =
            if random.one_in(2) { request(&mut random) } else { response(&mut random) };
        writeln!(output, "{letter} {} {meaning}", Hex(&bytes))?;
    }
    Ok(output.flush()?)
}

type Pairs = Vec<(String, Vec<u8>)>;

/// Methods that llhttp knows; a request with another one is an error to it.
const METHODS: [&str; 15] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND",
    "MKCOL", "M-SEARCH", "PURGE", "REPORT", "LINK",
];

fn request(random: &mut Random) -> (char, Vec<u8>, String) {
    let method = random.of(&METHODS);
    let connect = method == "CONNECT";
    let target = match method {
        "CONNECT" => "example.org:8080".to_owned(),
        "OPTIONS" if random.one_in(2) => "*".to_owned(),
        _ if random.one_in(8) => format!("http://example.org:8080{}", path(random)),
        _ => path(random),
    };
    let old = random.one_in(8);
    let upgrade = !connect && !old && random.one_in(10);
    let body = match method {
        "CONNECT" | "TRACE" => Body::None, // they have no content
        _ if upgrade => Body::None,
        _ => Body::any(random, old, false),
    };
    let mut fields = vec![("Host".to_owned(), b"example.org:8080".to_vec())];
    let keep_alive = connection(&mut fields, random, old, upgrade);
    frame(&mut fields, &body, random);

    let method = Method::new(method.as_bytes()).expect("a token");
    let ours = ours(&fields);
    let mut head = RequestHead::new(
        method,
        Target::new(target.as_bytes(), &method).expect("a target"),
        Fields::new(&ours),
    );
    head.version = version(old);
    let mut bytes = vec![0; head.encoded_len()];
    head.encode(&mut bytes).expect("a head that may be sent");
    body.write(&mut bytes, random);
    let tunnel = if connect { random.bytes(20) } else { Vec::new() };
    bytes.extend(&tunnel);
    let meaning = format!(
        "{{{},\"method\":\"{method}\",\"target\":\"{}\",\"upgrade\":{},\"keep_alive\":{keep_alive},\"rest\":{}}}",
        common(&fields, &body, head.version),
        Hex(target.as_bytes()),
        connect || upgrade,
        tunnel.len(),
    );
    ('q', bytes, meaning)
}

fn response(random: &mut Random) -> (char, Vec<u8>, String) {
    let letter = if random.one_in(5) { random.of(&['h', 'c']) } else { 's' };
    let status = match random.below(4) {
        0 => random.of(&[100, 103, 204, 304]),
        1 => 200 + random.below(100) as u16,
        _ => random.of(&[200, 201, 206, 301, 400, 404, 405, 500, 503, 599]),
    };
    let status = if status == 205 { 200 } else { status }; // it has no content
    let bodiless = matches!(status, 100..=199 | 204 | 304);
    let tunnel = letter == 'c' && (200..300).contains(&status) && status != 204;
    let old = random.one_in(8) && status >= 200;
    let upgrade = !old && letter == 's' && random.one_in(20);
    let status = if upgrade { 101 } else { status };
    let body = match () {
        () if upgrade || bodiless || (letter == 'c' && status < 300) => Body::None,
        () => Body::any(random, old, true),
    };
    let mut fields = Vec::new();
    let persists = connection(&mut fields, random, old, upgrade);
    frame(&mut fields, &body, random);
    let sent = if letter == 'h' { Body::None } else { body };
    let ends_by_itself =
        bodiless || upgrade || matches!(sent, Body::Length(_) | Body::Chunked { .. });
    let framed =
        fields.iter().any(|(name, _)| name == "Content-Length" || name == "Transfer-Encoding");

    let ours = ours(&fields);
    let mut head =
        ResponseHead::new(StatusCode::new(status).expect("three digits"), Fields::new(&ours));
    head.version = version(old);
    if random.one_in(3) {
        head.reason =
            Reason::new(random.of(&["", "So so", "\u{dc}ber\tall", "a:b, c"])).expect("no control");
    }
    let mut bytes = vec![0; head.encoded_len()];
    head.encode(&mut bytes).expect("a head that may be sent");
    sent.write(&mut bytes, random);
    let rest = if tunnel || upgrade { random.bytes(20) } else { Vec::new() };
    bytes.extend(&rest);
    let meaning = format!(
        "{{{},\"status\":{status},\"reason\":\"{}\",\"upgrade\":{upgrade},\"keep_alive\":{},\"rest\":{}}}",
        common(&fields, &sent, head.version),
        Hex(head.reason.as_bytes()),
        persists && (ends_by_itself || framed),
        rest.len(),
    );
    (letter, bytes, meaning)
}

/// What a body is made of.
enum Body {
    None,
    Length(Vec<u8>),
    Chunked { content: Vec<u8>, trailers: Pairs },
    UntilClose(Vec<u8>),
}

impl Body {
    fn any(random: &mut Random, old: bool, response: bool) -> Self {
        let content = random.bytes(200);
        match random.below(4) {
            0 if response => Self::UntilClose(content),
            0 => Self::None,
            1 => Self::Length(content),
            _ if old => Self::Length(content),
            _ => {
                let trailers = if random.one_in(3) { others(random) } else { Pairs::new() };
                Self::Chunked { content, trailers }
            }
        }
    }

    fn content(&self) -> &[u8] {
        match self {
            Self::None => b"",
            Self::Length(content) | Self::UntilClose(content) | Self::Chunked { content, .. } => {
                content
            }
        }
    }

    fn trailers(&self) -> &[(String, Vec<u8>)] {
        match self {
            Self::Chunked { trailers, .. } => trailers,
            _ => &[],
        }
    }

    /// In pieces of any size.
    fn write(&self, bytes: &mut Vec<u8>, random: &mut Random) {
        let mut encoder = BodyEncoder::new(match self {
            Self::None => Framing::None,
            Self::Length(content) => Framing::Length(content.len() as u64),
            Self::Chunked { .. } => Framing::Chunked,
            Self::UntilClose(_) => Framing::UntilClose,
        });
        let mut left = self.content();
        let mut out = [0; 4096];
        while !left.is_empty() {
            let size = 8 + random.below(60) as usize;
            let (taken, len) = encoder.encode(left, &mut out[..size]).expect("room for a byte");
            bytes.extend(&out[..len]);
            left = &left[taken..];
        }
        let trailers = ours(self.trailers());
        let len =
            encoder.finish(&Fields::new(&trailers), &mut out).expect("trailers that may be sent");
        bytes.extend(&out[..len]);
    }
}

/// What says how the body ends, and other fields around it.
fn frame(fields: &mut Pairs, body: &Body, random: &mut Random) {
    fields.extend(others(random));
    match body {
        Body::Length(content) => {
            fields.push(("Content-Length".to_owned(), content.len().to_string().into_bytes()));
        }
        Body::Chunked { .. } => fields.push(("Transfer-Encoding".to_owned(), b"chunked".to_vec())),
        Body::None | Body::UntilClose(_) => {}
    }
    fields.extend(others(random));
}

/// Connection and Upgrade, and whether the connection goes on.
fn connection(fields: &mut Pairs, random: &mut Random, old: bool, upgrade: bool) -> bool {
    let option = random.of(&["", "close", "keep-alive", "Keep-Alive", "x-hop"]);
    match (upgrade, option) {
        (true, _) => {
            fields.push(("Upgrade".to_owned(), b"websocket".to_vec()));
            fields.push(("Connection".to_owned(), b"keep-alive, Upgrade".to_vec()));
        }
        (false, "") => {}
        (false, option) => fields.push(("Connection".to_owned(), option.as_bytes().to_vec())),
    }
    match option {
        _ if upgrade => true,
        "close" => false,
        "keep-alive" | "Keep-Alive" => true,
        _ => !old,
    }
}

/// Up to eight fields that frame nothing, the same name more than once perhaps.
fn others(random: &mut Random) -> Pairs {
    const NAME: &[u8] = b"!#$%&'*+-.^_`|~0189azAZmnopqrstuvwxy";
    let mut fields = Pairs::new();
    for _ in 0..random.below(9) {
        let len = 1 + random.below(12);
        let name: String = (0..len).map(|_| char::from(random.of(NAME))).collect();
        let mut value: Vec<u8> = (0..random.below(40)).map(|_| random.value_byte()).collect();
        value = value.trim_ascii().to_vec();
        if random.one_in(10) {
            fields.push((name.clone(), b"again".to_vec()));
        }
        // Not one of a head's own, which cannot be made of these letters, but for `te`.
        fields.push((if name.len() == 2 { format!("x-{name}") } else { name }, value));
    }
    fields
}

fn path(random: &mut Random) -> String {
    const PLAIN: &[u8] = b"abcXYZ019/?&=-._~!$'()*+,;:@";
    let mut path = "/".to_owned();
    for _ in 0..random.below(40) {
        match random.one_in(6) {
            true => path.push_str(random.of(&["%20", "%C3%A9", "%2F", "%00", "%ff"])),
            false => path.push(char::from(random.of(PLAIN))),
        }
    }
    path
}

fn ours(fields: &[(String, Vec<u8>)]) -> Vec<Field<'_>> {
    fields
        .iter()
        .map(|(name, value)| Field {
            name: FieldName::new(name.as_bytes()).expect("a token"),
            value: FieldValue::new(value).expect("no control, no white space at an end"),
        })
        .collect()
}

fn version(old: bool) -> Version {
    if old { Version::Http10 } else { Version::Http11 }
}

/// What requests and responses have both.
fn common(fields: &[(String, Vec<u8>)], body: &Body, version: Version) -> String {
    format!(
        "\"version\":\"{}\",\"fields\":{},\"body\":\"{}\",\"trailers\":{},\"complete\":true",
        if version == Version::Http10 { "1.0" } else { "1.1" },
        pairs(fields),
        Hex(body.content()),
        pairs(body.trailers()),
    )
}

fn pairs(fields: &[(String, Vec<u8>)]) -> String {
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("[\"{}\",\"{}\"]", Hex(name.as_bytes()), Hex(value)))
        .collect();
    format!("[{}]", pairs.join(","))
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Numbers that repeat with their seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// Fewer than `limit` of them.
    fn bytes(&mut self, limit: u64) -> Vec<u8> {
        (0..self.below(limit)).map(|_| self.next() as u8).collect()
    }

    /// Of a field's value.
    fn value_byte(&mut self) -> u8 {
        match self.below(20) {
            0 => b'\t',
            1 => 0x80 | self.next() as u8,
            _ => b' ' + self.below(95) as u8,
        }
    }
}
