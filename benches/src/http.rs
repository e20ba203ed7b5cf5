//! Heads of HTTP/1.1 messages, whole and byte by byte, and a chunked body.

mod edge;
mod http_net;
mod httparse;
mod ours;
mod pico;
mod ureq;

use std::hint::black_box;
use std::sync::LazyLock;

use crate::cell::Cell;
use crate::visit::{Sum, Trace, Visit};

/// A request head as it lies on the wire, and what it says.
struct Request {
    name: &'static str,
    bytes: &'static [u8],
    method: &'static str,
    target: &'static str,
    fields: &'static [(&'static str, &'static str)],
    body: Body,
}

/// How long the body behind a head is.
#[derive(Clone, Copy)]
pub enum Body {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// What a browser asks for a page.
const PAGE: Request = Request {
    name: "request head, 703 bytes",
    bytes: b"GET /catalogue/lamps/standing/arc-lamp-brass.html?view=large&lang=en HTTP/1.1\r\n\
        Host: shop.example.org\r\n\
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
        Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
        Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n\
        Accept-Encoding: gzip, deflate, br\r\n\
        Referer: http://shop.example.org/catalogue/lamps/standing/\r\n\
        Connection: keep-alive\r\n\
        Cookie: session=7f3c9a61d0e84b52; basket=brass-arc:1,linen-shade:2,bulb-e27:4; \
        consent=necessary,statistics; visitor=2f1d8c4ab09e47d3a6c5; theme=dark; currency=EUR; \
        lastseen=1753190412; page=14; recent=4711,4712,4850,5023,5119,60\r\n\
        Cache-Control: max-age=0\r\n\r\n",
    method: "GET",
    target: "/catalogue/lamps/standing/arc-lamp-brass.html?view=large&lang=en",
    fields: &[
        ("Host", "shop.example.org"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        (
            "Accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        ),
        ("Accept-Language", "en-GB,en;q=0.7,de;q=0.3"),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Referer", "http://shop.example.org/catalogue/lamps/standing/"),
        ("Connection", "keep-alive"),
        (
            "Cookie",
            "session=7f3c9a61d0e84b52; basket=brass-arc:1,linen-shade:2,bulb-e27:4; \
            consent=necessary,statistics; visitor=2f1d8c4ab09e47d3a6c5; theme=dark; currency=EUR; \
            lastseen=1753190412; page=14; recent=4711,4712,4850,5023,5119,60",
        ),
        ("Cache-Control", "max-age=0"),
    ],
    body: Body::None,
};

/// What a sensor sends.
const READING: Request = Request {
    name: "request head, 113 bytes",
    bytes: b"POST /v1/telemetry/room-12 HTTP/1.1\r\n\
        Host: hub.local:8080\r\n\
        Content-Type: application/json\r\n\
        Content-Length: 64\r\n\r\n",
    method: "POST",
    target: "/v1/telemetry/room-12",
    fields: &[
        ("Host", "hub.local:8080"),
        ("Content-Type", "application/json"),
        ("Content-Length", "64"),
    ],
    body: Body::Length(64),
};

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Content-Type: application/json\r\n\
    Content-Length: 27\r\n\
    Connection: keep-alive\r\n\r\n";
const RESPONSE_FIELDS: [(&str, &str); 3] =
    [("Content-Type", "application/json"), ("Content-Length", "27"), ("Connection", "keep-alive")];

const _: () = assert!(PAGE.bytes.len() == 703 && READING.bytes.len() == 113);
const _: () = assert!(RESPONSE.len() == 95);

/// As many fields as each peer has room for, where it asks for room.
const FIELDS: usize = 16;

const CHUNKS: usize = 1024;

/// A megabyte in chunks of 1 KiB.
static CHUNKED: LazyLock<&[u8]> = LazyLock::new(|| {
    let mut wire = Vec::new();
    for chunk in BODY.chunks(CHUNKS) {
        wire.extend(b"400\r\n");
        wire.extend(chunk);
        wire.extend(b"\r\n");
    }
    wire.extend(b"0\r\n\r\n");
    wire.leak()
});

/// The same without the chunks.
static BODY: LazyLock<&[u8]> = LazyLock::new(|| {
    (0..1 << 20).map(|n: u32| (n.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect::<Vec<_>>().leak()
});

/// A parser that is compared.
trait Peer: 'static {
    const NAME: &'static str;
    /// Whether it decides how long the body behind a request and behind a response is.
    const FRAMES: (bool, bool) = (true, true);
    /// Whether it gives the reason phrase.
    const REASON: bool = true;

    fn new() -> Self;
    /// Visits method, target, minor version, name and value of each field, then the body.
    fn request<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V);
    /// The same, of a head that comes byte by byte: the peer is called after each one.
    fn byte_by_byte<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V);
    /// Visits minor version, status, reason phrase, name and value of each field, then the body.
    fn response<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V);
    /// Visits what the chunks hold, in pieces of any size.
    fn chunked<V: Visit>(&mut self, bytes: &'static [u8], v: &mut V);
}

/// The length of a body as a field that is visited.
#[inline(always)]
fn visit_body<V: Visit>(body: Body, v: &mut V) {
    v.number(match body {
        Body::None => 0,
        Body::Length(length) => length,
        Body::Chunked => u64::MAX,
        Body::UntilClose => u64::MAX - 1,
    });
}

/// All cells of the table `http`.
pub fn add(cells: &mut Vec<Cell>) {
    add_peer::<ours::Ours>(cells);
    add_peer::<httparse::Httparse>(cells);
    add_peer::<pico::Pico>(cells);
    add_peer::<http_net::HttpNet>(cells);
    add_peer::<ureq::Ureq>(cells);
    add_peer::<edge::Edge>(cells);
}

fn add_peer<P: Peer>(cells: &mut Vec<Cell>) {
    let mut cell = |row: String, run, check| {
        cells.push(Cell { table: "http", row, peer: P::NAME, run, check });
    };
    for request in [&PAGE, &READING] {
        cell(
            request.name.to_owned(),
            run(P::new(), request.bytes, P::request::<Sum>),
            check_request::<P>(request, P::request::<Trace>),
        );
    }
    cell(
        format!("{}, byte by byte", PAGE.name),
        run(P::new(), PAGE.bytes, P::byte_by_byte::<Sum>),
        check_request::<P>(&PAGE, P::byte_by_byte::<Trace>),
    );
    cell(
        "response head, 95 bytes".to_owned(),
        run(P::new(), RESPONSE, P::response::<Sum>),
        check_response::<P>(),
    );
    cell(
        "body of 1 MiB in chunks of 1 KiB".to_owned(),
        run(P::new(), &CHUNKED, P::chunked::<Sum>),
        Box::new(|| {
            let mut given = Joined(Vec::new());
            P::new().chunked(&CHUNKED, &mut given);
            assert!(given.0 == **BODY, "{}", P::NAME);
        }),
    );
}

fn run<P: Peer>(
    mut peer: P,
    bytes: &'static [u8],
    work: impl Fn(&mut P, &'static [u8], &mut Sum) + 'static,
) -> Box<dyn FnMut(u64) -> u64> {
    Box::new(move |times| {
        let mut sum = Sum(0);
        for _ in 0..times {
            work(&mut peer, black_box(bytes), &mut sum);
        }
        black_box(sum.0)
    })
}

fn check_request<P: Peer>(
    request: &'static Request,
    work: impl Fn(&mut P, &'static [u8], &mut Trace) + 'static,
) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut wanted = Trace::default();
        wanted.text(request.method);
        wanted.text(request.target);
        wanted.number(1);
        visit_rest(request.fields, P::FRAMES.0.then_some(request.body), &mut wanted);
        let mut given = Trace::default();
        work(&mut P::new(), request.bytes, &mut given);
        assert_same::<P>(given, wanted);
    })
}

fn check_response<P: Peer>() -> Box<dyn FnMut()> {
    Box::new(|| {
        let mut wanted = Trace::default();
        wanted.number(1);
        wanted.number(200);
        if P::REASON {
            wanted.text("OK");
        }
        visit_rest(&RESPONSE_FIELDS, P::FRAMES.1.then_some(Body::Length(27)), &mut wanted);
        let mut given = Trace::default();
        P::new().response(RESPONSE, &mut given);
        assert_same::<P>(given, wanted);
    })
}

fn visit_rest(fields: &[(&str, &str)], body: Option<Body>, trace: &mut Trace) {
    for (name, value) in fields {
        trace.text(name);
        trace.text(value);
    }
    if let Some(body) = body {
        visit_body(body, trace);
    }
}

/// But for the case of names, which some peers change.
fn assert_same<P: Peer>(mut given: Trace, mut wanted: Trace) {
    for text in given.0.iter_mut().chain(&mut wanted.0) {
        text.make_ascii_lowercase();
    }
    assert_eq!(given, wanted, "{}", P::NAME);
}

/// The pieces of a body, put together.
struct Joined(Vec<u8>);

impl Visit for Joined {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    fn number(&mut self, _: u64) {}
}
