//! CoAP over WebSocket. RFC 8323 section 4.

use coap_codec::{Code, OptionNumber};

use crate::server::{Frames, Reply, ask, errors, over_websocket, payload};

#[test]
fn asks_at_the_well_known_path_and_puts_a_body_together() {
    let uri = over_websocket(Frames::Whole, |request| {
        assert_eq!(request.options.first(OptionNumber::URI_HOST), None);
        let path: Vec<_> = request.options.all(OptionNumber::URI_PATH).collect();
        assert_eq!(path, [b"a", b"b"]);
        vec![Reply::content(request.payload.repeat(50))]
    });
    let output = ask(&["-m", "put", "-e", &"x".repeat(1000), &format!("{uri}a/b")]);
    assert_eq!(payload(output), "x".repeat(50_000));
}

#[test]
fn takes_messages_in_fragments_between_pings() {
    let uri = over_websocket(Frames::Bytes, |_| vec![Reply::content("y".repeat(300))]);
    assert_eq!(payload(ask(&[&uri])), "y".repeat(300));
}

#[test]
fn tells_what_the_server_has_done() {
    for (frames, wanted) in [
        (Frames::Text, "the server sent a text [RFC 8323 section 4.2]"),
        (Frames::Close, "the server closes with 1011: tired"),
        (Frames::Cut, "the connection ended without Close [RFC 6455 section 7.1.5]"),
        (Frames::Masked, "the server sent a masked frame of a server at byte 1"),
        (Frames::LongLen, "the server sent a Length other than 0 over WebSockets at byte 0"),
        (Frames::NoProtocol, "the server does not speak coap there"),
    ] {
        let uri = over_websocket(frames, |_| vec![Reply::new(Code::CONTENT, "z")]);
        let output = ask(&[&uri]);
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains(wanted), "{wanted}: {}", errors(&output));
    }
}
