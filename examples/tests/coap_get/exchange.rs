//! What goes back and forth: acknowledgements, repetitions, resets, tokens, uploads.

use std::net::UdpSocket;
use std::process::Output;
use std::sync::mpsc;
use std::time::Duration;

use coap_codec::{
    Block, CoapOption, Code, Codec, Message, MessageMut, OptionNumber, Options, Szx, Token, Type,
};

use crate::server::{ask, errors, payload};

/// Runs the client at a server that answers each datagram with these; what the client printed, and
/// what it sent.
fn at_server(
    args: &[&str],
    mut answer: impl FnMut(usize, &Message<'_>) -> Vec<Vec<u8>> + Send + 'static,
) -> (Output, Vec<Vec<u8>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let uri = format!("coap://{}/x", socket.local_addr().unwrap());
    let (heard, all) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        for number in 0.. {
            let Ok((len, from)) = socket.recv_from(&mut buffer) else { return };
            let message = Codec::new().decode(&buffer[..len]).expect("the client's message");
            let answers = answer(number, &message);
            if heard.send(buffer[..len].to_vec()).is_err() {
                return;
            }
            for datagram in answers {
                socket.send_to(&datagram, from).unwrap();
            }
        }
    });
    let output = ask(&[args, &[&uri]].concat());
    let mut datagrams = Vec::new();
    while let Ok(datagram) = all.recv_timeout(Duration::from_millis(300)) {
        datagrams.push(datagram);
    }
    (output, datagrams)
}

fn decoded(datagram: &[u8]) -> Message<'_> {
    Codec::new().decode(datagram).unwrap()
}

fn bytes(message: &Message<'_>) -> Vec<u8> {
    let mut bytes = vec![0; Codec::new().encoded_len(message).unwrap()];
    Codec::new().encode(message, &mut bytes).unwrap();
    bytes
}

/// The piggybacked response with one option.
fn piggybacked(request: &Message<'_>, code: Code, number: OptionNumber, value: &[u8]) -> Vec<u8> {
    let option = [CoapOption::new(number, value)];
    bytes(&request.response(code, 0).with_options(Options::new(&option)))
}

fn content(request: &Message<'_>) -> Vec<u8> {
    bytes(&request.response(Code::CONTENT, 0x7777).with_payload(b"here"))
}

#[test]
fn sends_the_same_again_until_it_is_acknowledged() {
    let (output, sent) = at_server(&[], |number, request| match number {
        0 => vec![], // lost
        _ => vec![content(request)],
    });
    assert_eq!(payload(output), "here");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
}

#[test]
fn acknowledges_a_separate_response_each_time_and_shows_it_once() {
    let (output, sent) = at_server(&["-s", "1"], |number, request| {
        let response = Message::new(Type::Confirmable, Code::CONTENT, 0x4321);
        let observe = [CoapOption::new(OptionNumber::OBSERVE, b"\x01")];
        let response = response.with_token(request.token).with_payload(b"late");
        let response = bytes(&response.with_options(Options::new(&observe)));
        match number {
            // RFC 7252 section 5.2.2, and its Acknowledgement is lost.
            0 => {
                vec![
                    bytes(&Message::acknowledgement(request.message_id)),
                    response.clone(),
                    response,
                ]
            }
            _ if request.code.is_request() => vec![content(request)],
            _ => vec![],
        }
    });
    assert_eq!(payload(output), "late\n");
    let acknowledgement = bytes(&Message::acknowledgement(0x4321));
    assert_eq!(sent[1..3], [acknowledgement.clone(), acknowledgement]);
    // RFC 7641 section 3.6: the same request with Observe 1, and with its token.
    let [first, last] = [decoded(&sent[0]), decoded(&sent[3])];
    assert_eq!(sent.len(), 4);
    assert_eq!((first.token, first.options.observe().unwrap().get()), (last.token, 0));
    assert_eq!(last.options.observe().unwrap().get(), 1);
    assert!(last.options.path_is("x") && last.message_id != first.message_id);
}

#[test]
fn acknowledges_again_what_it_no_longer_waits_for() {
    // RFC 7252 section 4.5: a response that comes twice is no unexpected one.
    let (output, sent) = at_server(&[], |number, request| {
        let num = request.options.block2().map_or(0, Block::num);
        let value = Block::new(num, num == 0, Szx::S16).unwrap().to_uint();
        let block = [CoapOption::new(OptionNumber::BLOCK2, value.as_bytes())];
        let response = Message::new(Type::Confirmable, Code::CONTENT, 0x4321)
            .with_token(request.token)
            .with_options(Options::new(&block))
            .with_payload(b"sixteen bytes..\n");
        match number {
            0 => vec![bytes(&response), bytes(&response)],
            _ if request.code.is_request() => vec![bytes(&Message {
                message_type: Type::Acknowledgement,
                message_id: request.message_id,
                ..response
            })],
            _ => vec![],
        }
    });
    assert_eq!(payload(output), "sixteen bytes..\nsixteen bytes..\n");
    let acknowledgement = bytes(&Message::acknowledgement(0x4321));
    let empty: Vec<_> = sent.iter().filter(|datagram| datagram.len() == 4).collect();
    assert!(empty.iter().all(|datagram| **datagram == acknowledgement), "{sent:?}");
    assert_eq!(empty.len(), 2);
}

#[test]
fn resets_what_it_has_not_asked_for() {
    let (output, sent) = at_server(&[], |number, request| {
        let other = Token::new(b"another!").unwrap();
        let unexpected = Message::new(Type::Confirmable, Code::CONTENT, 0x1111).with_token(other);
        let malformed = vec![0x40, 0x45, 0x22, 0x22, 0xFF];
        let ping = bytes(&Message::ping(0x3333));
        let get = bytes(&Message::new(Type::Confirmable, Code::GET, 0x4444));
        let ignored = vec![0x50, 0x45, 0x55, 0x55, 0xFF];
        match number {
            0 => vec![bytes(&unexpected), malformed, ignored, ping, get, content(request)],
            _ => vec![],
        }
    });
    assert_eq!(payload(output), "here");
    let resets: Vec<_> =
        [0x1111, 0x2222, 0x3333, 0x4444].map(|id| bytes(&Message::reset(id))).into();
    assert_eq!(sent[1..], resets);
}

#[test]
fn ends_when_the_server_resets_or_never_answers() {
    let (output, _) = at_server(&[], |_, request| vec![bytes(&Message::reset(request.message_id))]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(errors(&output), "coap-get: the server answers with a Reset\n");
    // A Non-confirmable request is sent once.
    let (output, sent) = at_server(&["-N", "-B", "1"], |_, _| vec![]);
    assert_eq!(errors(&output), "coap-get: no response in 1 s\n");
    assert_eq!(sent.len(), 1);
    assert_eq!(decoded(&sent[0]).message_type, Type::NonConfirmable);
}

#[test]
fn an_error_goes_to_standard_error_and_the_exit_code() {
    let (output, _) = at_server(&[], |_, request| {
        vec![bytes(&request.response(Code::NOT_FOUND, 0).with_payload(b"no \x1B[1m"))]
    });
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    assert_eq!(errors(&output), "4.04 Not Found: no \\u{1b}[1m\n");
}

#[test]
fn repeats_a_request_with_what_echo_says() {
    // RFC 9175 section 2.3.
    let (output, sent) = at_server(&["-T", "t", "-m", "put", "-e", "1"], |_, request| {
        vec![match request.options.echo() {
            Some(b"fresh") => bytes(&request.response(Code::CHANGED, 0)),
            _ => piggybacked(request, Code::UNAUTHORIZED, OptionNumber::ECHO, b"fresh"),
        }]
    });
    assert_eq!(payload(output), "");
    let [first, second] = [decoded(&sent[0]), decoded(&sent[1])];
    assert_eq!((first.payload, second.payload), (&b"1"[..], &b"1"[..]));
    assert_eq!((first.token.as_bytes(), second.token.as_bytes()), (&b"t"[..], &b"u"[..]));
    // Once: a server that never has enough is not asked again and again.
    let (output, sent) = at_server(&[], |_, request| {
        vec![piggybacked(request, Code::UNAUTHORIZED, OptionNumber::ECHO, b"x")]
    });
    assert_eq!((output.status.code(), sent.len()), (Some(1), 2));
}

/// What a server with this limit hears of an upload: the blocks, and the body put together.
fn uploaded(args: &[&str], limit: Szx) -> (Vec<(u32, bool, Szx)>, Vec<u8>) {
    let (output, sent) = at_server(args, move |_, request| {
        let Some(block) = request.options.block1() else {
            let hint = Block::first(limit).to_uint();
            let code = Code::REQUEST_ENTITY_TOO_LARGE;
            return vec![piggybacked(request, code, OptionNumber::BLOCK1, hint.as_bytes())];
        };
        let code = if block.more() { Code::CONTINUE } else { Code::CHANGED };
        let taken = Block::new(block.num(), block.more(), block.szx().smaller(limit)).unwrap();
        let value = taken.to_uint();
        vec![piggybacked(request, code, OptionNumber::BLOCK1, value.as_bytes())]
    });
    assert_eq!(payload(output), "");
    let (mut blocks, mut body) = (Vec::new(), Vec::new());
    for message in sent.iter().map(|datagram| decoded(datagram)) {
        if let Some(block) = message.options.block1() {
            assert_eq!(block.offset() as usize, body.len());
            let size = if block.num() == 0 { Some(40) } else { None };
            assert_eq!(message.options.size1(), size);
            assert!(block.allows_payload(message.payload.len()));
            blocks.push((block.num(), block.more(), block.szx()));
            body.extend_from_slice(message.payload);
        }
    }
    (blocks, body)
}

#[test]
fn uploads_in_blocks_of_the_size_that_the_server_takes() {
    const BODY: &str = "0123456789abcdef0123456789abcdef01234567";
    let put = |more: &[&'static str]| [&["-m", "put", "-e", BODY], more].concat();
    // RFC 7959 section 3.2: as asked for; smaller from the second block on.
    let (blocks, body) = uploaded(&put(&["-b", "16"]), Szx::S1024);
    assert_eq!(blocks, [(0, true, Szx::S16), (1, true, Szx::S16), (2, false, Szx::S16)]);
    assert_eq!(body, BODY.as_bytes());
    let (blocks, body) = uploaded(&put(&["-b", "32"]), Szx::S16);
    assert_eq!(blocks, [(0, true, Szx::S32), (2, false, Szx::S16)]);
    assert_eq!(body, BODY.as_bytes());
    // Section 2.9.3: too large in one piece.
    let (blocks, body) = uploaded(&put(&[]), Szx::S32);
    assert_eq!(blocks, [(0, true, Szx::S32), (1, false, Szx::S32)]);
    assert_eq!(body, BODY.as_bytes());
}

#[test]
fn says_again_what_to_fetch_if_it_fits() {
    for (size, repeats) in [("64", true), ("16", false)] {
        let (output, sent) = at_server(
            &["-m", "fetch", "-b", size, "-e", "what to fetch from there"],
            |_, request| {
                let first = request.options.block1();
                if let Some(block) = first.filter(|block| block.more()) {
                    let value = block.to_uint();
                    let number = OptionNumber::BLOCK1;
                    return vec![piggybacked(request, Code::CONTINUE, number, value.as_bytes())];
                }
                let num = request.options.block2().map_or(0, Block::num);
                let mut buffer = [0; 64];
                let mut response = MessageMut::new(
                    &mut buffer,
                    Type::Acknowledgement,
                    Code::CONTENT,
                    request.message_id,
                    request.token,
                )
                .unwrap();
                let block = Block::new(num, num < 1, Szx::S16).unwrap();
                response.insert(OptionNumber::BLOCK2, block.to_uint().as_bytes()).unwrap();
                if let Some(block) = first {
                    response.insert(OptionNumber::BLOCK1, block.to_uint().as_bytes()).unwrap();
                }
                response.set_payload(b"sixteen bytes..\n").unwrap();
                vec![response.as_bytes().to_vec()]
            },
        );
        assert_eq!(payload(output), "sixteen bytes..\nsixteen bytes..\n");
        let last = decoded(sent.last().unwrap());
        assert_eq!(last.options.block2().map(Block::num), Some(1));
        assert_eq!(last.payload.is_empty(), !repeats);
    }
}
