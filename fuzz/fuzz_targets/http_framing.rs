//! Any bytes as what a server and a client receive: the first message is framed as the slow reader
//! says, and what is taken means the same to httparse. What httparse takes and we refuse breaks a
//! rule of the slow reader.

#![no_main]

use http_lite::connection::{Client, ClientEvent, Server, ServerEvent, Settings};
use http_lite::framing::Framing;
use http_lite::{Field, Fields, Method, RequestHead, Target};
use libfuzzer_sys::fuzz_target;

#[path = "../../http-lite/tests/reference/mod.rs"]
mod reference;

use reference::head::{Ends, Head, Read, Start, request, response};
use reference::others;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    a_server(bytes);
    a_client(bytes, [Method::GET, Method::HEAD, Method::CONNECT][usize::from(*first) % 3]);
});

fn same(framing: Framing) -> Ends {
    match framing {
        Framing::None => Ends::None,
        Framing::Length(len) => Ends::After(len),
        Framing::Chunked => Ends::Chunked,
        Framing::UntilClose => Ends::WithConnection,
        Framing::Tunnel => Ends::Tunnel,
    }
}

fn a_server(bytes: &[u8]) {
    let mut server = Server::new(Settings::SERVER);
    let found = server.handle_input(bytes, 0);
    let text = bytes.escape_ascii();
    let slow = match request(bytes, 16_384, 100) {
        Read::Good(head, len) => {
            let ends = head.host_and_expect().and_then(|()| head.ends(""));
            ends.map(|ends| Some((head, ends, len))).map_err(|_| ())
        }
        Read::More => Ok(None),
        Read::Bad(_) => Err(()),
    };
    match (&found, &slow) {
        (Ok((taken, Some(ServerEvent::Request { framing, .. }))), Ok(Some((head, ends, len)))) => {
            assert_eq!((*taken, same(*framing)), (*len, *ends), "{text}");
            others::means_the_same(head, &bytes[..*len]);
        }
        (Ok((0, None)), Ok(None)) | (Err(_), Err(()) | Ok(None)) => {}
        _ => panic!("{found:?}, but {slow:?}: {text}"),
    }
    // What another parser takes as a whole is refused for a rule alone.
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut read = httparse::Request::new(&mut fields);
    if let (Ok(httparse::Status::Complete(len)), Err(error)) = (read.parse(bytes), found) {
        let strict = request(&bytes[..len], 16_384, 100);
        let is_refused = match &strict {
            Read::Good(head, _) => head.host_and_expect().is_err() || head.ends("").is_err(),
            _ => true,
        };
        assert!(is_refused, "{error}: {text}");
    }
}

fn a_client(bytes: &[u8], method: Method<'static>) {
    let mut client = Client::new(Settings::CLIENT);
    let raw: &[u8] = if method == Method::CONNECT { b"a:1" } else { b"/" };
    let fields = [Field::new("Host", "a").unwrap()];
    let target = Target::new(raw, &method).unwrap();
    let head = RequestHead::new(method, target, Fields::new(&fields));
    client.request(&head, 0, &mut [0; 100]).unwrap();
    let found = client.handle_input(bytes, 0);
    let text = bytes.escape_ascii();
    let slow = match response(bytes, 16_384, 100) {
        Read::Good(head, len) => match head.ends(method.as_str()) {
            // Nobody has asked for another protocol.
            Ok(_) if status(&head) == 101 => Err(()),
            Ok(ends) => Ok(Some((head, ends, len))),
            Err(_) => Err(()),
        },
        Read::More => Ok(None),
        Read::Bad(_) => Err(()),
    };
    match (&found, &slow) {
        (Ok((taken, Some(event))), Ok(Some((head, ends, len)))) => {
            assert_eq!(taken, len);
            match event {
                ClientEvent::Response { framing, .. } => {
                    assert_eq!(same(*framing), *ends, "{text}")
                }
                ClientEvent::Informational(_) => assert!(status(head) < 200, "{text}"),
                ClientEvent::Body(_) => panic!("{text}"),
            }
            others::means_the_same(head, &bytes[..*len]);
        }
        (Ok((0, None)), Ok(None)) | (Err(_), Err(()) | Ok(None)) => {}
        _ => panic!("{found:?}, but {slow:?}: {text}"),
    }
}

fn status(head: &Head) -> u16 {
    match head.start {
        Start::Response { status, .. } => status,
        Start::Request { .. } => 0,
    }
}
