//! Each state with each step: who may do what when.

use http_lite::connection::{Client, SendError, Server, Settings};
use http_lite::{ErrorKind, Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};

/// `+` it may, `-` it is out of turn, `!` it can never be so, `=` it does nothing.
const SERVER: &str = "
    state             100  200  204  101  data end  | input close
    idle               -    -    -    !    -    =   |   +     -
    head               +    +    +    !    -    =   |   +     -
    whole              +    +    +    !    -    =   |   -     -
    early head         -    -    -    !    +    +   |   +     -
    early end          -    -    -    !    -    =   |   +     -
    response           -    -    -    !    +    +   |   -     -
    next               -    -    -    !    -    =   |   +     -
    last               +    +    +    !    -    =   |   -     -
    last response      -    -    -    !    +    +   |   -     -
    closed             -    -    -    !    -    =   |   -     +
    upgrade            +    +    +    +    -    =   |   -     -
    upgrade refused    -    -    -    !    +    +   |   -     -
    switched           -    -    -    -    -    =   |   -     -
    client gone        -    -    -    !    -    =   |   -     +
    gone, unanswered   +    +    +    !    -    =   |   -     -
    error              -    +    +    !    -    =   |   -     -
    error answered     -    -    -    !    -    =   |   -     +
    error in response  -    -    -    !    +    +   |   -     +
    HEAD               +    +    +    !    -    =   |   -     -
    HEAD answered      -    -    -    !    =    =   |   +     -
";

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n";
const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n";
const HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";

fn respond(server: &mut Server, status: u16, fields: &[Field<'_>]) -> Result<usize, SendError> {
    let status = StatusCode::new(status).unwrap();
    server.respond(&ResponseHead::new(status, Fields::new(fields)), 0, &mut [0; 200])
}

fn length(len: u64) -> [Field<'static>; 1] {
    [Field::content_length(len)]
}

fn switch() -> [Field<'static>; 2] {
    [Field::new("Connection", "upgrade").unwrap(), Field::new("Upgrade", "a").unwrap()]
}

fn hear(server: &mut Server, mut bytes: &[u8]) {
    while let Ok((taken, event)) = server.handle_input(bytes, 0) {
        bytes = &bytes[taken..];
        if taken == 0 && event.is_none() {
            break;
        }
    }
}

fn server(state: &str) -> Server {
    let mut server = Server::new(Settings::SERVER);
    let s = &mut server;
    match state {
        "idle" => {}
        "head" => hear(s, POST),
        "whole" => hear(s, GET),
        "early head" => {
            hear(s, POST);
            respond(s, 200, &length(1)).unwrap();
        }
        "early end" => {
            hear(s, POST);
            respond(s, 204, &[]).unwrap();
        }
        "response" => {
            hear(s, GET);
            respond(s, 200, &length(1)).unwrap();
        }
        "next" => {
            hear(s, GET);
            respond(s, 204, &[]).unwrap();
        }
        "last" => hear(s, LAST),
        "last response" => {
            hear(s, LAST);
            respond(s, 200, &length(1)).unwrap();
        }
        "closed" => {
            hear(s, LAST);
            respond(s, 204, &[]).unwrap();
        }
        "upgrade" => hear(s, UPGRADE),
        "upgrade refused" => {
            hear(s, UPGRADE);
            respond(s, 200, &length(1)).unwrap();
        }
        "switched" => {
            hear(s, UPGRADE);
            respond(s, 101, &switch()).unwrap();
        }
        "client gone" => s.handle_eof().unwrap(),
        "gone, unanswered" => {
            hear(s, GET);
            s.handle_eof().unwrap();
        }
        "error" => hear(s, b"\0"),
        "error answered" => {
            hear(s, b"\0");
            s.poll_transmit(0, &mut [0; 200]).unwrap().unwrap();
        }
        "error in response" => {
            hear(s, b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            respond(s, 200, &length(1)).unwrap();
            hear(s, b"x");
        }
        "HEAD" => hear(s, HEAD),
        "HEAD answered" => {
            hear(s, HEAD);
            respond(s, 200, &length(1)).unwrap();
        }
        other => panic!("{other}"),
    }
    server
}

fn mark(result: Result<usize, SendError>) -> &'static str {
    match result {
        Ok(0) => "=",
        Ok(_) => "+",
        Err(SendError::OutOfTurn) => "-",
        Err(SendError::Invalid(_)) => "!",
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_server_in_each_state() {
    for row in SERVER.lines().skip(2).map(str::trim).filter(|row| !row.is_empty()) {
        let (state, cells) = row.split_at(row.find("  ").unwrap());
        let expected: Vec<&str> = cells.split_whitespace().filter(|cell| *cell != "|").collect();
        let data = |server: &mut Server| Ok(server.data(b"x", &mut [0; 99])?.1);
        let end = |server: &mut Server| {
            // What must come first, so that the body can end.
            let _ = server.data(b"x", &mut [0; 99]);
            let was_open = server.clone().data_prefix(0, &mut []).is_ok();
            let ended = server.finish(&Fields::EMPTY, 0, &mut [0; 99]);
            ended.map(|_| usize::from(was_open))
        };
        let yes = |yes: bool| if yes { "+" } else { "-" };
        let found = [
            mark(respond(&mut server(state), 100, &[])),
            mark(respond(&mut server(state), 200, &length(0))),
            mark(respond(&mut server(state), 204, &[])),
            mark(respond(&mut server(state), 101, &switch())),
            mark(data(&mut server(state))),
            mark(end(&mut server(state))),
            yes(server(state).wants_input()),
            yes(server(state).wants_close()),
        ];
        assert_eq!(found[..], expected, "{state}");
        // What is refused changes nothing: all else is as before.
        for (index, status) in [100, 200, 204, 101].into_iter().enumerate() {
            if matches!(expected[index], "-" | "!") {
                let mut server = server(state);
                let fields = if status == 101 { switch().to_vec() } else { Vec::new() };
                let before = format!("{server:?}");
                respond(&mut server, status, &fields).unwrap_err();
                assert_eq!(format!("{server:?}"), before, "{state} {status}");
            }
        }
    }
}

/// As above, of a client. `upgrade` is a request to.
const CLIENT: &str = "
    state              GET  upgrade data end  | input close
    idle                +      +     -    =   |   -     -
    body                -      -     +    +   |   +     -
    waiting             +      -     -    =   |   +     -
    response            +      -     -    =   |   +     -
    early response      -      -     +    +   |   -     -
    next                +      +     -    =   |   -     -
    last                -      -     -    =   |   +     -
    last response       -      -     -    =   |   +     -
    last done           -      -     -    =   |   -     +
    server says close   -      -     -    =   |   -     +
    upgrade             -      -     -    =   |   +     -
    upgrade refused     +      +     -    =   |   -     -
    switched            -      -     -    =   |   -     -
    server gone         -      -     -    =   |   -     +
    error               -      -     -    =   |   -     +
    error in body       -      -     -    -   |   -     +
";

fn ask(client: &mut Client, extra: &[Field<'_>]) -> Result<usize, SendError> {
    let mut fields = vec![Field::new("Host", "h").unwrap()];
    fields.extend_from_slice(extra);
    let head = RequestHead::new(Method::POST, Target::ROOT, Fields::new(&fields));
    client.request(&head, 0, &mut [0; 200])
}

fn listen(client: &mut Client, mut bytes: &[u8]) {
    while let Ok((taken, event)) = client.handle_input(bytes, 0) {
        bytes = &bytes[taken..];
        if taken == 0 && event.is_none() {
            break;
        }
    }
}

fn client(state: &str) -> Client {
    let mut client = Client::new(Settings::CLIENT);
    let c = &mut client;
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    let (head, body) = (&ok[..ok.len() - 1], &length(1)[..]);
    match state {
        "idle" => {}
        "body" => {
            ask(c, body).unwrap();
        }
        "waiting" => {
            ask(c, &[]).unwrap();
        }
        "response" => {
            ask(c, &[]).unwrap();
            listen(c, head);
        }
        "early response" => {
            ask(c, body).unwrap();
            listen(c, ok);
        }
        "next" => {
            ask(c, &[]).unwrap();
            listen(c, ok);
        }
        "last" => {
            ask(c, &[Field::CLOSE]).unwrap();
        }
        "last response" => {
            ask(c, &[Field::CLOSE]).unwrap();
            listen(c, head);
        }
        "last done" => {
            ask(c, &[Field::CLOSE]).unwrap();
            listen(c, ok);
        }
        "server says close" => {
            ask(c, &[]).unwrap();
            listen(c, b"HTTP/1.1 204 N\r\nConnection: close\r\n\r\n");
        }
        "upgrade" => {
            ask(c, &switch()).unwrap();
        }
        "upgrade refused" => {
            ask(c, &switch()).unwrap();
            listen(c, ok);
        }
        "switched" => {
            ask(c, &switch()).unwrap();
            listen(c, b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n");
        }
        "server gone" => c.handle_eof().unwrap(),
        "error" => {
            ask(c, &[]).unwrap();
            listen(c, b"\0");
        }
        "error in body" => {
            ask(c, body).unwrap();
            listen(c, b"\0");
        }
        other => panic!("{other}"),
    }
    client
}

#[test]
fn a_client_in_each_state() {
    for row in CLIENT.lines().skip(2).map(str::trim).filter(|row| !row.is_empty()) {
        let (state, cells) = row.split_at(row.find("  ").unwrap());
        let expected: Vec<&str> = cells.split_whitespace().filter(|cell| *cell != "|").collect();
        let end = |client: &mut Client| {
            let _ = client.data(b"x", &mut [0; 99]);
            let was_open = client.clone().data_prefix(0, &mut []).is_ok();
            let ended = client.finish(&Fields::EMPTY, 0, &mut [0; 99]);
            ended.map(|_| usize::from(was_open))
        };
        let yes = |yes: bool| if yes { "+" } else { "-" };
        let found = [
            mark(ask(&mut client(state), &[])),
            mark(ask(&mut client(state), &switch())),
            mark(client(state).data(b"x", &mut [0; 99]).map(|(_, len)| len)),
            mark(end(&mut client(state))),
            yes(client(state).wants_input()),
            yes(client(state).wants_close()),
        ];
        assert_eq!(found[..], expected, "{state}");
        assert_eq!(client(state).can_request(), expected[0] == "+", "{state}");
        for (index, fields) in [&[][..], &switch()].into_iter().enumerate() {
            if expected[index] == "-" {
                let mut client = client(state);
                let before = format!("{client:?}");
                ask(&mut client, fields).unwrap_err();
                assert_eq!(format!("{client:?}"), before, "{state}");
            }
        }
    }
}

#[test]
fn what_can_never_be_sent_changes_nothing() {
    let mut client = Client::new(Settings::CLIENT);
    let before = format!("{client:?}");
    let two = [Field::content_length(1), Field::CHUNKED];
    assert_eq!(ask(&mut client, &two), Err(SendError::Invalid(ErrorKind::LengthAndEncoding)));
    let host = [Field::new("host", "b").unwrap()];
    assert_eq!(ask(&mut client, &host), Err(SendError::Invalid(ErrorKind::HostTwice)));
    assert_eq!(format!("{client:?}"), before);
}
