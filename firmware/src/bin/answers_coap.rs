//! Known answers of coap-codec on a microcontroller, and the stack that they take.

#![no_std]
#![no_main]

use coap_codec::uri::{Destination, Uri};
use coap_codec::{
    CoapOption, Code, Codec, EncodeError, ErrorKind, Knowledge, Message, MessageMut, OptionNumber,
    Options, Reaction, Token, Type, react, tcp,
};
use core::fmt::Write;
use firmware::keep;
use firmware::semihosting::{Host, exit, stack_of};

/// RFC 7252 appendix A: GET for the temperature, and the answer.
const GET: &[u8] = b"\x41\x01\x7D\x35\x20\xBBtemperature";
const CONTENT: &[u8] = b"\x61\x45\x7D\x35\x20\xFF22.3 C";

/// Decoded and encoded again, these are the same bytes.
const ROUND_TRIPS: [&[u8]; 7] = [
    GET,
    CONTENT,
    b"\x40\0\x12\x34",
    b"\x44\x01\x12\x34\x71\x13\x9A\xC4\xB7sensors\x0Btemperature\x44u=C1",
    b"\x64\x45\x12\x34\x71\x13\x9A\xC4\x44\x5F\xC3\x02\x9D\x81\x32\x21\x3C\xFF{}",
    b"\x50\x02\0\x01\xBD\x0Dtwenty-six-bytes-of-a-path\xD3\x24big",
    b"\x50\x02\0\x01\xE1\x01\x02x\xFFy",
];

/// What is refused, why, at which byte, and what it deserves.
const MALFORMED: [(&[u8], ErrorKind, u32, Reaction); 8] = [
    (b"\x80\x01\0\x01", ErrorKind::Version, 0, Reaction::Ignore),
    (b"\x40\x01\0", ErrorKind::Truncated, 2, Reaction::Ignore),
    (b"\x49\x01\0\x01123456789", ErrorKind::TokenLength, 0, Reaction::Reset),
    (b"\x50\0\0\x01\xFF1", ErrorKind::EmptyMessage, 4, Reaction::Ignore),
    (b"\x40\x01\0\x01\xB1a\xF0", ErrorKind::OptionDelta, 6, Reaction::Reset),
    (b"\x40\x01\0\x01\xB1a\x0F", ErrorKind::OptionLength, 6, Reaction::Reset),
    (b"\x40\x01\0\x01\xB1", ErrorKind::OptionTruncated, 4, Reaction::Reset),
    (b"\x40\x01\0\x01\xB1a\xFF", ErrorKind::EmptyPayload, 6, Reaction::Reset),
];

const PATH: &[CoapOption<'static>] = &[CoapOption::new(OptionNumber::URI_PATH, b"temperature")];

#[unsafe(no_mangle)]
fn image() -> ! {
    let codec = Codec::new();
    let mut buffer = [0; 64];
    for bytes in keep(ROUND_TRIPS) {
        let message = match codec.decode(bytes) {
            Ok(message) => message,
            other => panic!("{bytes:x?} is {other:?}"),
        };
        let mut options = [CoapOption::new(OptionNumber::ETAG, b""); 4];
        let mut count = 0;
        for option in message.options {
            options[count] = option;
            count += 1;
        }
        for list in [message.options, Options::new(&options[..count])] {
            let message = message.with_options(list);
            assert!(codec.encode(&message, &mut buffer) == Ok(bytes.len()), "{message:?}");
            assert!(&buffer[..bytes.len()] == bytes, "{message:?} is {:x?}", &buffer);
            for cut in 0..bytes.len() {
                let short = codec.encode(&message, &mut buffer[..cut]);
                let needed = bytes.len();
                assert!(short == Err(EncodeError::BufferTooSmall { needed }), "{message:?}");
            }
        }
    }
    for (bytes, kind, offset, reaction) in keep(MALFORMED) {
        match codec.decode(bytes) {
            Err(error) if error.kind == kind && error.offset == offset => {
                assert!(error.reaction() == reaction, "{bytes:x?}: {error}");
            }
            other => panic!("{bytes:x?} is {other:?}"),
        }
    }

    let server = Knowledge::server(&[OptionNumber::URI_PATH]);
    let decoded = codec.decode(keep(GET));
    assert!(react(&decoded, &server) == Reaction::Process);
    let get = decoded.unwrap();
    assert!(get.options.path_is("temperature"));
    let content = get.response(Code::CONTENT, 0).with_payload(b"22.3 C");
    let len = codec.encode(&content, &mut buffer).unwrap();
    assert!(&buffer[..len] == CONTENT, "{:x?}", &buffer[..len]);
    edited();
    streamed();

    report("decode GET", || {
        let _ = keep(Codec::new().decode(keep(GET)));
    });
    report("decode GET, react, encode 2.05", || {
        let mut buffer = [0; 32];
        let decoded = Codec::new().decode(keep(GET));
        let server = Knowledge::server(&[OptionNumber::URI_PATH]);
        if let (Reaction::Process, Ok(get)) = (react(&decoded, &server), decoded) {
            let content = get.response(Code::CONTENT, 0).with_payload(b"22.3 C");
            let _ = keep(Codec::new().encode(&content, &mut buffer));
        }
        keep(buffer);
    });
    report("encode GET from a list", || {
        let mut buffer = [0; 32];
        let get = Message::new(Type::Confirmable, Code::GET, 1).with_options(Options::new(PATH));
        let _ = keep(Codec::new().encode(&keep(get), &mut buffer));
        keep(buffer);
    });
    let _ = writeln!(Host, "all answers right");
    exit(true)
}

/// Options in any order, taken out again, and a URI.
fn edited() {
    let mut buffer = [0; 64];
    let token = Token::new(&[0x20]).unwrap();
    let mut get =
        MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 0x7D35, token).unwrap();
    get.insert_uint(OptionNumber::ACCEPT, keep(50)).unwrap();
    get.insert(OptionNumber::URI_PATH, keep(b"temperature")).unwrap();
    get.set_payload(b"?").unwrap();
    assert!(get.as_bytes() == b"\x41\x01\x7D\x35\x20\xBBtemperature\x61\x32\xFF?");
    assert!(get.remove(OptionNumber::ACCEPT));
    get.set_payload(b"").unwrap();
    assert!(get.as_bytes() == GET, "{get:?}");

    let uri = Uri::new(keep("coap://192.0.2.1/%62/c?d")).unwrap();
    let mut get = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, Token::EMPTY);
    let get = get.as_mut().unwrap();
    let destination = Destination::new([192, 0, 2, 1].into(), 5683);
    uri.write_options(get, &destination).unwrap();
    assert!(get.as_bytes() == b"\x40\x01\0\x01\xB1b\x01c\x41d", "{get:?}");
}

/// CSM and Ping over TCP, byte by byte.
fn streamed() {
    let mut buffer = [0; 16];
    let mut stream = tcp::Stream::new(&mut buffer);
    let mut codes = [Code::EMPTY; 2];
    let mut count = 0;
    for byte in keep(*b"\0\xE1\x01\xE2\x42") {
        assert!(stream.push(&[byte]) == 1);
        while let Some(message) = stream.next(&tcp::Codec::new()).unwrap() {
            codes[count] = message.code;
            count += 1;
        }
    }
    assert!(codes == [Code::CSM, Code::PING]);
}

fn report(what: &str, work: fn()) {
    let _ = writeln!(Host, "stack coap-codec: {what}: {}", stack_of(work));
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
