//! Known answers of link-format on a microcontroller, and the stack that they take.

#![no_std]
#![no_main]

use core::fmt::Write;
use firmware::keep;
use firmware::semihosting::{Host, exit, stack_of};
use link_format::{Attribute, EncodeError, ErrorKind, Link, Links, Query, Uri, UriReference};

/// RFC 6690 section 5, shortened.
const DOCUMENT: &str = "</sensors>;ct=40;title=\"Sensor Index\",\
    </sensors/temp>;rt=\"temperature-c\";if=\"sensor\",\
    </sensors/light>;rt=\"light-lux core.sen-light\";if=\"sensor\";obs";

/// The same as values.
const LINKS: [Link<'static>; 3] = [
    Link::from_static(
        "/sensors",
        &const { [Attribute::from_static("ct", "40"), Attribute::from_static("title", "Sensor Index")] },
    ),
    Link::from_static(
        "/sensors/temp",
        &const {
            [
                Attribute::from_static("rt", "temperature-c").in_quotes(),
                Attribute::from_static("if", "sensor").in_quotes(),
            ]
        },
    ),
    Link::from_static(
        "/sensors/light",
        &const {
            [
                Attribute::from_static("rt", "light-lux core.sen-light"),
                Attribute::from_static("if", "sensor").in_quotes(),
                Attribute::flag_from_static("obs"),
            ]
        },
    ),
];

/// What is refused, why, and at which byte.
const MALFORMED: [(&[u8], ErrorKind, u32); 5] = [
    (b"/a", ErrorKind::LinkStart, 0),
    (b"</a", ErrorKind::TargetUnterminated, 0),
    (b"</a>;rt=\"b", ErrorKind::QuoteUnterminated, 8),
    (b"</a>;rt=b;rt=c", ErrorKind::Repeated, 10),
    (b"</a>, </b>", ErrorKind::LinkStart, 5),
];

/// A query, and how many of the links it takes.
const QUERIES: [(&[u8], usize); 4] =
    [(b"rt=light*", 1), (b"if=sensor", 2), (b"href=/sensors*", 3), (b"rt=none", 0)];

#[unsafe(no_mangle)]
fn image() -> ! {
    let links = Links::decode(keep(DOCUMENT.as_bytes())).unwrap();
    let given = keep(LINKS);
    assert!(links == Links::new(&given), "{links:?}");
    let mut buffer = [0; 256];
    for links in [links, Links::new(&given)] {
        let len = links.encode(&mut buffer).unwrap();
        assert!(&buffer[..len] == DOCUMENT.as_bytes(), "{links:?}");
        let short = links.encode(&mut buffer[..len - 1]);
        assert!(short == Err(EncodeError::BufferTooSmall { needed: len }));
        for from in (0..len).step_by(16) {
            let mut block = [0; 16];
            let part = links.encode_part(from, &mut block);
            let end = len.min(from + 16);
            assert!(block[..part.len] == DOCUMENT.as_bytes()[from..end], "from {from}");
            assert!(part.has_more() == (end < len), "from {from}");
        }
    }
    for (query, count) in keep(QUERIES) {
        let queries = [Query::decode(query).unwrap()];
        assert!(links.matching(&queries).iter().count() == count, "{query:?}");
    }
    for (bytes, kind, offset) in keep(MALFORMED) {
        match Links::decode(bytes) {
            Err(error) if error.kind == kind && error.offset == offset => {}
            other => panic!("{bytes:?} is {other:?}"),
        }
    }
    let base = Uri::new(keep("coap://[2001:db8::1]/a/b")).unwrap();
    let uri = base.resolve(UriReference::new(keep("../c")).unwrap(), &mut buffer).unwrap();
    assert!(uri.as_str() == "coap://[2001:db8::1]/c", "{uri}");

    report("read a document", || {
        for link in Links::decode(keep(DOCUMENT.as_bytes())).unwrap() {
            for attribute in link.attributes() {
                keep(attribute);
            }
        }
    });
    report("write a block of a directory", || {
        let mut block = [0; 16];
        keep(Links::new(&LINKS).encode_part(keep(32), &mut block));
        keep(block);
    });
    let _ = writeln!(Host, "all answers right");
    exit(true)
}

fn report(what: &str, work: fn()) {
    let _ = writeln!(Host, "stack link-format: {what}: {}", stack_of(work));
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
