//! The handshake of both sides. RFC 6455 section 4.

use http_lite::websocket::handshake::{Key, Offer, Refusal, UPGRADE_REQUIRED};
use http_lite::{Field, Fields, HeadParser, Method, RequestHead, ResponseHead, StatusCode, Target};

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The subprotocols of an offer, or why it is refused.
fn offer(request: &str) -> Result<Vec<String>, Refusal> {
    let mut parser = HeadParser::new();
    let (head, _) = parser.parse_request(request.as_bytes()).unwrap().unwrap();
    let offer = Offer::of(&head)?;
    assert_eq!(offer.accept().as_bytes(), ACCEPT.as_bytes());
    Ok(offer.protocols().map(str::to_owned).collect())
}

#[test]
fn the_example_of_section_1_3() {
    assert_eq!(offer(REQUEST), Ok(vec!["chat".into(), "superchat".into()]));
}

#[test]
fn what_a_server_takes_and_refuses() {
    let chat = || Ok(vec!["chat".into(), "superchat".into()]);
    let protocols = "Sec-WebSocket-Protocol: chat, superchat\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let twice = key.repeat(2);
    for (from, to, wanted) in [
        ("Connection: Upgrade", "Connection: keep-alive, Upgrade", chat()),
        ("Connection: Upgrade", "connection: UPGRADE", chat()),
        ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: upgrade", chat()),
        ("Upgrade: websocket", "Upgrade: WebSocket", chat()),
        ("Upgrade: websocket", "Upgrade: h2c, websocket", chat()),
        ("Connection: Upgrade\r\n", "", Err(Refusal::NoUpgrade)),
        ("Connection: Upgrade", "Connection: keep-alive", Err(Refusal::NoUpgrade)),
        ("Upgrade: websocket\r\n", "", Err(Refusal::NoUpgrade)),
        ("Upgrade: websocket", "Upgrade: websockets", Err(Refusal::NoUpgrade)),
        ("GET", "POST", Err(Refusal::Method)),
        ("HTTP/1.1", "HTTP/1.0", Err(Refusal::Http10)),
        ("Version: 13", "Version: 12", Err(Refusal::Version)),
        ("Version: 13", "Version: 13, 8", Err(Refusal::Version)),
        ("Version: 13", "Version: 013", Err(Refusal::Version)),
        ("Sec-WebSocket-Version: 13\r\n", "", Err(Refusal::Version)),
        (key, "", Err(Refusal::Key)),
        (key, &twice, Err(Refusal::Key)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "", Err(Refusal::Key)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", Err(Refusal::Key)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZS4=", Err(Refusal::Key)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j", Err(Refusal::Key)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==dGhl", Err(Refusal::Key)),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub2_jZQ==", Err(Refusal::Key)),
        (protocols, "", Ok(vec![])),
        ("chat, superchat", "mqtt", Ok(vec!["mqtt".into()])),
        ("chat, superchat", "a\r\nSec-WebSocket-Protocol: b", Ok(vec!["a".into(), "b".into()])),
        ("chat, superchat", "chat, chat", Err(Refusal::Protocols)),
        ("chat, superchat", "a b", Err(Refusal::Protocols)),
        ("chat, superchat", "\"chat\"", Err(Refusal::Protocols)),
    ] {
        assert!(REQUEST.contains(from));
        assert_eq!(offer(&REQUEST.replace(from, to)), wanted, "{to}");
    }
    let many = |count: u32| (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>().join(", ");
    assert_eq!(offer(&REQUEST.replace("chat, superchat", &many(32))).unwrap().len(), 32);
    assert_eq!(offer(&REQUEST.replace("chat, superchat", &many(33))), Err(Refusal::Protocols));
}

#[test]
fn what_a_server_answers() {
    for (refusal, status) in [
        (Refusal::NoUpgrade, 426),
        (Refusal::Version, 426),
        (Refusal::Method, 405),
        (Refusal::Key, 400),
        (Refusal::Protocols, 400),
        (Refusal::Http10, 400),
    ] {
        assert_eq!(refusal.status().get(), status);
        assert!(refusal.rule().starts_with("RFC 6455 section 4.2"));
    }
    let head = ResponseHead::new(StatusCode::UPGRADE_REQUIRED, Fields::new(UPGRADE_REQUIRED));
    let mut out = [0; 256];
    let len = head.encode(&mut out).unwrap();
    let text = str::from_utf8(&out[..len]).unwrap();
    assert!(text.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{text}");
}

/// Of those that the server speaks, the one that the client likes most.
#[test]
fn subprotocols_are_chosen_by_the_client() {
    let mut parser = HeadParser::new();
    let (head, _) = parser.parse_request(REQUEST.as_bytes()).unwrap().unwrap();
    let offer = Offer::of(&head).unwrap();
    assert_eq!(offer.choose(&["superchat", "chat"]), Some("chat"));
    assert_eq!(offer.choose(&["mqtt", "superchat"]), Some("superchat"));
    assert_eq!(offer.choose(&["Chat", "mqtt"]), None);
    assert_eq!(offer.choose(&[]), None);
    let accept = offer.accept();
    assert!(accept.fields_with_protocol("a b").is_none());
    assert!(accept.fields_with_protocol("").is_none());
}

#[test]
fn what_a_client_takes_and_refuses() {
    let key = Key::new(*b"the sample nonce");
    assert_eq!(key.as_bytes(), b"dGhlIHNhbXBsZSBub25jZQ==");
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
    );
    for (from, to, wanted) in [
        ("", "", Ok(Some("chat"))),
        ("Connection: Upgrade", "connection: x, UPGRADE", Ok(Some("chat"))),
        ("Sec-WebSocket-Protocol: chat\r\n", "", Ok(None)),
        ("101", "200", Err(Refusal::Status)),
        ("HTTP/1.1", "HTTP/1.0", Err(Refusal::Http10)),
        ("Upgrade: websocket", "Upgrade: WebSocket", Ok(Some("chat"))),
        ("Upgrade: websocket", "Upgrade: h2c", Err(Refusal::NoUpgrade)),
        ("Upgrade: websocket", "Upgrade: h2c, websocket", Err(Refusal::NoUpgrade)),
        ("Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: websocket", Err(Refusal::NoUpgrade)),
        ("Connection: Upgrade", "Connection: close", Err(Refusal::NoUpgrade)),
        ("Accept: s3p", "Accept: S3p", Err(Refusal::Accept)),
        ("Sec-WebSocket-Accept", "Sec-WebSocket-Except", Err(Refusal::Accept)),
        (
            "Accept: ",
            "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: ",
            Err(Refusal::Accept),
        ),
        ("chat\r\n", "mqtt\r\n", Err(Refusal::ProtocolNotOffered)),
        ("chat\r\n", "CHAT\r\n", Err(Refusal::ProtocolNotOffered)),
        ("chat\r\n", "chat, superchat\r\n", Err(Refusal::ProtocolNotOffered)),
        ("chat\r\n", "chat\r\nSec-WebSocket-Protocol: chat\r\n", Err(Refusal::ProtocolNotOffered)),
        ("chat\r\n", "\r\n", Err(Refusal::ProtocolNotOffered)),
        ("chat\r\n", "chat\r\nSec-WebSocket-Extensions: x\r\n", Err(Refusal::ExtensionNotOffered)),
    ] {
        assert!(response.contains(from));
        let response = if from.is_empty() { response.clone() } else { response.replace(from, to) };
        let mut parser = HeadParser::new();
        let (head, _) = parser.parse_response(response.as_bytes()).unwrap().unwrap();
        assert_eq!(key.check(&head, &["superchat", "chat"]), wanted, "{to}");
    }
}

/// What our client sends, our server takes; and the other way round.
#[test]
fn both_sides_agree() {
    let key = Key::new([0xFF; 16]);
    let mut fields = vec![Field::new("Host", "a").unwrap()];
    fields.extend(key.fields());
    fields.push(Field::new("Sec-WebSocket-Protocol", "mqtt").unwrap());
    let request = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&fields));
    let mut out = [0; 512];
    let len = request.encode(&mut out).unwrap();
    let mut parser = HeadParser::new();
    let (head, _) = parser.parse_request(&out[..len]).unwrap().unwrap();
    let offer = Offer::of(&head).unwrap();
    let accept = offer.accept();
    for protocol in [None, offer.choose(&["mqtt"])] {
        let with = protocol.map(|protocol| accept.fields_with_protocol(protocol).unwrap());
        let without = accept.fields();
        let fields = with.as_ref().map_or(&without[..], |with| with);
        let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS, Fields::new(fields));
        let mut out = [0; 256];
        head.encode(&mut out).unwrap();
        assert_eq!(key.check(&head, &["mqtt"]), Ok(protocol));
    }
}
