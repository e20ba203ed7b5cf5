//! Scenarios. Each runs in one piece, byte by byte, and cut at twenty random series of places.

use http_lite::body::BodyPart;
use http_lite::connection::{Budgets, Client, ClientEvent, Server, ServerEvent, Settings};
use http_lite::{Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};

use crate::pair::{run, run_with};

#[test]
fn keep_alive_and_close() {
    run(r#"
        C?
        c? idle request
        S?
        s? input until 60000
        C GET /a
        s GET /a Http11 {Host: h} None ;
        C?
        c? request input 1 in flight until 30000
        S?
        s?
        S 200 | Content-Length: 2
        c Http11 200 "OK" {Content-Length: 2} Length(2)
        S data ok
        c +"ok" ;
        S end
        C?
        c? idle request
        S?
        s? input until 60000
        C POST /b | Content-Length: 5
        s POST /b Http11 {Host: h, Content-Length: 5} Length(5)
        C data hello
        s +"hello" ;
        C end
        S 204
        c Http11 204 "No Content" {} None ;
        C GET /c | Connection: close
        s GET /c Http11 {Host: h, Connection: close} None ;
        C GET /d
        c! OutOfTurn
        S 200 | Content-Length: 0
        c Http11 200 "OK" {Content-Length: 0, Connection: close} Length(0) ;
        C?
        c? close
        S?
        s? close
        C GET /d
        c! OutOfTurn
        C raw GET /d HTTP/1.1\r\nHost: h\r\n\r\n
        S?
        s? close
        S 200
        s! OutOfTurn
    "#);
}

#[test]
fn nothing_is_answered_before_it_is_asked() {
    run("
        S 200 | Content-Length: 0
        s! OutOfTurn
        S 100
        s! OutOfTurn
        C GET /
        s GET / Http11 {Host: h} None ;
        S 204
        c Http11 204 \"No Content\" {} None ;
        S 204
        s! OutOfTurn
    ");
}

#[test]
fn the_server_closes() {
    run("
        C GET /a
        s GET /a Http11 {Host: h} None ;
        S last
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0, Connection: close} Length(0) ;
        C?
        c? close
        S?
        s? close
    ");
    run("
        C GET /a
        s GET /a Http11 {Host: h} None ;
        S 200 | Content-Length: 0 | Connection: close
        c Http11 200 \"OK\" {Content-Length: 0, Connection: close} Length(0) ;
        S?
        s? close
        C GET /b
        c! OutOfTurn
        S eof
        c eof ok
        C eof
        s eof ok
    ");
}

/// RFC 9112 section 6.3 and 9.6.
#[test]
fn what_follows_the_last_response_is_dropped() {
    run("
        C GET / | Connection: close
        s GET / Http11 {Host: h, Connection: close} None ;
        S raw HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\nxHTTP/1.1 200 OK\\r\\n\\r\\n
        c Http11 200 \"OK\" {Content-Length: 1} Length(1) +\"x\" ;
        C?
        c? close
    ");
}

#[test]
fn pipelining_up_to_the_limit() {
    let mut script = "C GET /0\ns GET /0 Http11 {Host: h} None ;\n".to_owned();
    for request in 1..32 {
        script.push_str(&format!("C GET /{request}\n"));
    }
    script.push_str("C?\nc? input 32 in flight until 30000\nC GET /32\nc! OutOfTurn\n");
    for request in 0..32 {
        script.push_str("S 200 | Content-Length: 1\n");
        script
            .push_str("c Http11 200 \"OK\" {Content-Length: 1} Length(1)\nS data x\nc +\"x\" ;\n");
        script.push_str("S end\n");
        if request < 31 {
            script.push_str(&format!("s GET /{} Http11 {{Host: h}} None ;\n", request + 1));
        }
        if request == 10 {
            // One was answered, one more may be sent.
            script.push_str("C HEAD /x\nC?\nc? request input 22 in flight until 30000\n");
        }
    }
    script.push_str("s HEAD /x Http11 {Host: h} None ;\nS 200 | Content-Length: 9\n");
    script.push_str("c Http11 200 \"OK\" {Content-Length: 9} None ;\nC?\nc? idle request\n");
    run(&script);
}

#[test]
fn a_request_between_head_and_end_of_a_response() {
    run("
        C GET /a
        s GET /a Http11 {Host: h} None ;
        S 200 | Content-Length: 5
        c Http11 200 \"OK\" {Content-Length: 5} Length(5)
        C HEAD /b
        S data hello
        c +\"hello\" ;
        S end
        s HEAD /b Http11 {Host: h} None ;
        S 200 | Content-Length: 5
        c Http11 200 \"OK\" {Content-Length: 5} None ;
        C GET /c
        s GET /c Http11 {Host: h} None ;
        S 204
        c Http11 204 \"No Content\" {} None ;
        C?
        c? idle request
    ");
}

/// The response to the first ends while the body of the second is on its way: the second waits for
/// its own response, whose time does not run before its body has ended.
#[test]
fn a_body_that_is_sent_while_an_earlier_request_is_answered() {
    run("
        C GET /a
        s GET /a Http11 {Host: h} None ;
        C POST /b | Content-Length: 4
        C data ab
        C?
        c? input 2 in flight until 30000
        wait 5
        S 204
        s POST /b Http11 {Host: h, Content-Length: 4} Length(4) +\"ab\"
        c Http11 204 \"No Content\" {} None ;
        C?
        c? input 1 in flight
        C data cd
        s +\"cd\" ;
        C end
        C?
        c? request input 1 in flight until 30005
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        C?
        c? idle request
    ");
}

#[test]
fn responses_without_content() {
    run("
        C HEAD /
        s HEAD / Http11 {Host: h} None ;
        S 200 | Content-Length: 1000
        c Http11 200 \"OK\" {Content-Length: 1000} None ;
        S data ignored
        S end
        C HEAD /
        s HEAD / Http11 {Host: h} None ;
        S 200 | Transfer-Encoding: chunked
        c Http11 200 \"OK\" {Transfer-Encoding: chunked} None ;
        C GET /
        s GET / Http11 {Host: h} None ;
        S 304 | ETag: \"a\" | Content-Length: 7
        c Http11 304 \"Not Modified\" {ETag: \\\"a\\\", Content-Length: 7} None ;
        C GET /
        s GET / Http11 {Host: h} None ;
        S 204 | Content-Length: 0
        s! Invalid(BodyForbidden)
        S 100 | Content-Length: 0
        s! Invalid(BodyForbidden)
        S 204 | Transfer-Encoding: chunked
        s! Invalid(BodyForbidden)
        S 103 | Link: </a>
        c Http11 103 \"Early Hints\" {Link: </a>} ;
        S 102
        c Http11 102 \"Processing\" {} ;
        S 204
        c Http11 204 \"No Content\" {} None ;
        S data x
        s! OutOfTurn
        S 100
        s! OutOfTurn
        C?
        c? idle request
    ");
}

#[test]
fn chunked_both_ways_with_trailers() {
    run("
        C PUT /a | Transfer-Encoding: chunked | Trailer: A
        s PUT /a Http11 {Host: h, Transfer-Encoding: chunked, Trailer: A} Chunked
        C data hello
        s +\"hello\"
        C data  world
        s +\" world\"
        C end | A: b
        s {A: b} ;
        S 200 | Transfer-Encoding: chunked
        c Http11 200 \"OK\" {Transfer-Encoding: chunked} Chunked
        S data \\r\\n0\\r\\n\\r\\n
        c +\"\\r\\n0\\r\\n\\r\\n\"
        S end | Content-Length: 5
        s! Invalid(TrailerForbidden)
        S end | Digest: x
        c {Digest: x} ;
        C?
        c? idle request
    ");
}

#[test]
fn one_hundred_continue() {
    // Granted.
    run("
        C POST / | Content-Length: 2 | Expect: 100-continue
        s POST / Http11 {Host: h, Content-Length: 2, Expect: 100-continue} Length(2)
        C?
        c? input continue 1 in flight until 1000
        S?
        s? input continue until 10000
        S 100
        c Http11 100 \"Continue\" {} ;
        C?
        c? input 1 in flight
        S?
        s? input until 10000
        C data ok
        s +\"ok\" ;
        C end
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        C?
        c? idle request
    ");
    // Refused: nobody knows whether the body comes, so the connection ends.
    run("
        C POST / | Content-Length: 2 | Expect: 100-continue
        s POST / Http11 {Host: h, Content-Length: 2, Expect: 100-continue} Length(2)
        S 413 | Content-Length: 0
        c Http11 413 \"Content Too Large\" {Content-Length: 0, Connection: close} Length(0) ;
        C?
        c? close
        S?
        s? input close until 10000
        C GET /
        c! OutOfTurn
        S eof
        c eof ok
    ");
    // The client goes on without it.
    run("
        C POST / | Content-Length: 2 | Expect: 100-continue
        s POST / Http11 {Host: h, Content-Length: 2, Expect: 100-continue} Length(2)
        wait 999
        C?
        c? input continue 1 in flight until 1000
        wait 1
        C?
        c? input 1 in flight
        C data ok
        s +\"ok\" ;
        S?
        s?
        C end
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        C?
        c? idle request
    ");
    // Neither the answer to an earlier request nor another informational response grants it.
    run("
        C GET /a
        s GET /a Http11 {Host: h} None ;
        C POST /b | Content-Length: 2 | Expect: 100-continue
        S 103
        c Http11 103 \"Early Hints\" {} ;
        S 204
        s POST /b Http11 {Host: h, Content-Length: 2, Expect: 100-continue} Length(2)
        c Http11 204 \"No Content\" {} None ;
        C?
        c? input continue 1 in flight until 1000
        S 103
        c Http11 103 \"Early Hints\" {} ;
        C?
        c? input continue 1 in flight until 1000
        S 100
        c Http11 100 \"Continue\" {} ;
        C?
        c? input 1 in flight
    ");
    run("
        C POST / | Expect: 100-continue
        c! Invalid(Expectation)
        C POST / | Content-Length: 0 | Expect: 100-continue
        c! Invalid(Expectation)
        C POST / | Content-Length: 1 | Expect: something
        c! Invalid(Expectation)
        C raw POST / HTTP/1.0\\r\\nContent-Length: 1\\r\\nExpect: 100-continue\\r\\n\\r\\n
        s POST / Http10 {Content-Length: 1, Expect: 100-continue} Length(1)
        S?
        s? input until 10000
        S 100
        s! Invalid(VersionUnsupported)
    ");
}

#[test]
fn another_protocol() {
    // Accepted: what follows belongs to it, on both sides.
    run("
        C GET /ws | Connection: keep-alive, Upgrade | Upgrade: websocket
        s GET /ws Http11 {Host: h, Connection: keep-alive, Upgrade, Upgrade: websocket} None ;
        C?
        c? input 1 in flight until 30000
        S?
        s? asked
        C GET /
        c! OutOfTurn
        C raw frames
        S?
        s? asked left \"frames\"
        S 101
        s! Invalid(SwitchNotAsked)
        S 101 | Upgrade: websocket
        s! Invalid(UpgradeOption)
        S 101 | Upgrade: websocket | Connection: upgrade
        c Http11 101 \"Switching Protocols\" {Upgrade: websocket, Connection: upgrade} ;
        S raw GET / HTTP/1.1
        C?
        c? switched 1 in flight left \"GET / HTTP/1.1\"
        S?
        s? switched asked left \"frames\"
        S 200
        s! OutOfTurn
        C GET /
        c! OutOfTurn
    ");
    // Refused: it goes on as ever.
    run("
        C GET /ws | Connection: upgrade | Upgrade: websocket
        s GET /ws Http11 {Host: h, Connection: upgrade, Upgrade: websocket} None ;
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        C?
        c? idle request
        C GET /
        s GET / Http11 {Host: h} None ;
        S 101 | Upgrade: websocket | Connection: upgrade
        s! Invalid(SwitchNotAsked)
        S 204
        c Http11 204 \"No Content\" {} None ;
    ");
    // Only behind the whole request.
    run("
        C POST / | Connection: upgrade | Upgrade: a | Content-Length: 1
        s POST / Http11 {Host: h, Connection: upgrade, Upgrade: a, Content-Length: 1} Length(1)
        S 101 | Upgrade: a | Connection: upgrade
        s! OutOfTurn
        C data x
        s +\"x\" ;
        C end
        S 101 | Upgrade: a | Connection: upgrade
        c Http11 101 \"Switching Protocols\" {Upgrade: a, Connection: upgrade} ;
    ");
    // Not while others are in flight, and not in HTTP/1.0.
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        C GET / | Connection: upgrade | Upgrade: a
        c! OutOfTurn
    ");
    run("
        C raw GET / HTTP/1.0\\r\\nConnection: upgrade\\r\\nUpgrade: a\\r\\n\\r\\n
        s GET / Http10 {Connection: upgrade, Upgrade: a} None ;
        S 101 | Upgrade: a | Connection: upgrade
        s! Invalid(SwitchNotAsked)
    ");
}

#[test]
fn connect() {
    run("
        C CONNECT h:443
        s CONNECT h:443 Http11 {Host: h} None ;
        C raw tls
        S 200 | Content-Length: 0
        s! Invalid(BodyForbidden)
        S 200 | Transfer-Encoding: chunked
        s! Invalid(BodyForbidden)
        S 101 | Upgrade: a | Connection: upgrade
        s! Invalid(SwitchNotAsked)
        S 200
        c Http11 200 \"OK\" {} Tunnel
        C?
        c? switched 1 in flight
        S?
        s? switched asked left \"tls\"
    ");
    run("
        C CONNECT h:443
        s CONNECT h:443 Http11 {Host: h} None ;
        S 407 | Content-Length: 2
        c Http11 407 \"Proxy Authentication Required\" {Content-Length: 2} Length(2)
        S data no
        c +\"no\" ;
        S end
        C CONNECT h:443
        s CONNECT h:443 Http11 {Host: h} None ;
        S 299
        c Http11 299 \"\" {} Tunnel
    ");
    run("
        C CONNECT h:443 | Content-Length: 1
        c! Invalid(BodyForbidden)
    ");
}

#[test]
fn until_the_connection_closes() {
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        C GET /2
        S 200
        c Http11 200 \"OK\" {Connection: close} UntilClose
        S data hello
        c +\"hello\"
        S data  world
        c +\" world\"
        S end
        S?
        s? close
        S eof
        c eof ok
        c ;
        C?
        c? close
    ");
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        S 200
        c Http11 200 \"OK\" {Connection: close} UntilClose
        S eof
        c eof ok
        c ;
    ");
}

#[test]
fn the_server_closes_too_early() {
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        S eof
        c eof Incomplete@0
        C?
        c? close
    ");
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        S 200 | Content-Length: 5
        c Http11 200 \"OK\" {Content-Length: 5} Length(5)
        S data hel
        c +\"hel\"
        S end
        s! Invalid(Incomplete)
        S eof
        c eof Incomplete@3
    ");
    run("
        S eof
        c eof ok
        C GET /
        c! OutOfTurn
        C?
        c? close
    ");
}

#[test]
fn the_client_closes() {
    // Half: it still wants its response.
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        C eof
        s eof ok
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        S?
        s? close
    ");
    // Who has ended its direction cannot speak another protocol.
    run("
        C GET / | Connection: upgrade | Upgrade: a
        s GET / Http11 {Host: h, Connection: upgrade, Upgrade: a} None ;
        C eof
        s eof ok
        S 101 | Upgrade: a | Connection: upgrade
        s! OutOfTurn
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        S?
        s? close
    ");
    run("
        C POST / | Content-Length: 5
        s POST / Http11 {Host: h, Content-Length: 5} Length(5)
        C data hel
        s +\"hel\"
        C eof
        s eof Incomplete@3
        S?
        s?
        S owed
        c Http11 400 \"Bad Request\" {Content-Length: 0, Connection: close} Length(0) ;
        S?
        s? close
    ");
    run("
        C eof
        s eof ok
        S?
        s? close
    ");
}

#[test]
fn http_1_0() {
    run("
        C raw GET /a HTTP/1.0\\r\\n\\r\\nGET /b HTTP/1.0\\r\\n\\r\\n
        s GET /a Http10 {} None ;
        S 200 | Transfer-Encoding: chunked
        s! Invalid(EncodingInHttp10)
        S 100
        s! Invalid(VersionUnsupported)
        S 200
        S data x
        S end
        S?
        s? close
    ");
    run("
        C raw GET /a HTTP/1.0\\r\\nConnection: keep-alive\\r\\n\\r\\n
        s GET /a Http10 {Connection: keep-alive} None ;
        S 200 | Content-Length: 0
        C raw HEAD / HTTP/1.0\\r\\nConnection: keep-alive\\r\\n\\r\\n
        s HEAD / Http10 {Connection: keep-alive} None ;
        S 200 | Transfer-Encoding: chunked
        s! Invalid(EncodingInHttp10)
        S 304 | Transfer-Encoding: chunked
        s! Invalid(EncodingInHttp10)
        S 304
        C raw GET /b HTTP/1.0\\r\\n\\r\\n
        s GET /b Http10 {} None ;
        S 200 | Content-Length: 0
        S?
        s? close
    ");
    // A server of HTTP/1.0.
    run("
        C GET /a
        s GET /a Http11 {Host: h} None ;
        S raw HTTP/1.0 200 OK\\r\\nContent-Length: 1\\r\\nConnection: keep-alive\\r\\n\\r\\nx
        c Http10 200 \"OK\" {Content-Length: 1, Connection: keep-alive} Length(1) +\"x\" ;
        C POST /b | Transfer-Encoding: chunked
        c! Invalid(EncodingInHttp10)
        C GET /b
        S raw HTTP/1.0 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\nx
        c Http10 200 \"OK\" {Content-Length: 1} Length(1) +\"x\" ;
        C?
        c? close
    ");
}

#[test]
fn an_early_response() {
    // The body is read, and the connection goes on.
    run("
        C POST / | Content-Length: 4
        s POST / Http11 {Host: h, Content-Length: 4} Length(4)
        C data ab
        s +\"ab\"
        S 200 | Content-Length: 0
        c Http11 200 \"OK\" {Content-Length: 0} Length(0) ;
        C?
        c? early 1 in flight
        S?
        s? input until 10000
        S 200
        s! OutOfTurn
        C GET /
        c! OutOfTurn
        C data cd
        s +\"cd\" ;
        C end
        C?
        c? idle request
        C GET /
        s GET / Http11 {Host: h} None ;
    ");
    // Or the server does not want it.
    run("
        C POST / | Content-Length: 4
        s POST / Http11 {Host: h, Content-Length: 4} Length(4)
        C data ab
        s +\"ab\"
        S last
        S 413 | Content-Length: 0
        c Http11 413 \"Content Too Large\" {Content-Length: 0, Connection: close} Length(0) ;
        C?
        c? close
        S?
        s? input close until 10000
    ");
}

#[test]
fn back_pressure() {
    run("
        C raw GET /a HTTP/1.1\\r\\nHost: h\\r\\n\\r\\nGET /b HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n
        s GET /a Http11 {Host: h} None ;
        S?
        s? left \"GET /b HTTP/1.1\\\\r\\\\nHost: h\\\\r\\\\n\\\\r\\\\n\"
        S 200 | Content-Length: 1
        S?
        s? left \"GET /b HTTP/1.1\\\\r\\\\nHost: h\\\\r\\\\n\\\\r\\\\n\"
        S data x
        S?
        s? left \"GET /b HTTP/1.1\\\\r\\\\nHost: h\\\\r\\\\n\\\\r\\\\n\"
        S end
        s GET /b Http11 {Host: h} None ;
    ");
}

#[test]
fn errors_are_answered_and_stay() {
    run("
        C raw GET / HTTP/1.1\\nHost: h\\r\\n\\r\\n
        s BareLf@14
        S?
        s?
        S 100
        s! OutOfTurn
        S owed
        S owed
        S?
        s? close
        S 200
        s! OutOfTurn
    ");
    // One's own answer.
    run("
        C raw GET / HTTP/2.0\\r\\n\\r\\n
        s VersionUnsupported@11
        S 505 | Content-Length: 4
        S data nope
        S end
        S owed
        S?
        s? close
    ");
    // The version of what cannot be read is not that of the request before.
    run("
        C raw GET / HTTP/1.0\\r\\nConnection: keep-alive\\r\\n\\r\\n
        s GET / Http10 {Connection: keep-alive} None ;
        S 204
        C raw GET\\r\\n
        s Method@3
        S 400 | Transfer-Encoding: chunked
        S end
        S?
        s? close
    ");
    // In a body, before a response.
    run("
        C POST / | Transfer-Encoding: chunked
        s POST / Http11 {Host: h, Transfer-Encoding: chunked} Chunked
        C raw +5\\r\\n
        s ChunkSize@0
        S owed
        c Http11 400 \"Bad Request\" {Content-Length: 0, Connection: close} Length(0) ;
        S?
        s? close
    ");
    // Within a response there is nothing more to say.
    run("
        C POST / | Transfer-Encoding: chunked
        s POST / Http11 {Host: h, Transfer-Encoding: chunked} Chunked
        S 200 | Content-Length: 5
        c Http11 200 \"OK\" {Content-Length: 5} Length(5)
        C raw x
        s ChunkSize@0
        S owed
        S?
        s? close
    ");
    // The client's.
    run("
        C GET /
        s GET / Http11 {Host: h} None ;
        S raw HTTP/1.1 200 OK\\nContent-Length: 0\\r\\n\\r\\n
        c BareLf@15
        C GET /
        c! OutOfTurn
        C?
        c? close
    ");
    run("
        S raw HTTP/1.1 200 OK\\r\\n\\r\\n
        c Unexpected@0
    ");
}

#[test]
fn bodies_larger_than_wanted() {
    run_with(
        Settings::CLIENT.with_content(3),
        Settings::SERVER.with_content(3),
        "
        C POST / | Content-Length: 3
        s POST / Http11 {Host: h, Content-Length: 3} Length(3)
        C data abc
        s +\"abc\" ;
        C end
        S 200 | Content-Length: 4
        c Http11 200 \"OK\" {Content-Length: 4} Length(4)
        S data x
        c BodyTooLong@0
        ",
    );
    run_with(
        Settings::CLIENT,
        Settings::SERVER.with_content(3),
        "
        C POST / | Content-Length: 4
        s BodyTooLong@26
        S owed
        c Http11 413 \"Content Too Large\" {Content-Length: 0, Connection: close} Length(0) ;
        ",
    );
}

/// A buffer bounds heads and trailer sections, and does not raise the bounds that are lower.
#[test]
fn sections_larger_than_the_buffer() {
    let server = Settings::SERVER.with_buffer(60);
    run_with(
        Settings::CLIENT,
        server,
        "
        C GET / | Accept: so-much-that-the-head-is-longer-than-sixty-bytes
        s FieldsTooLong@60
        S owed
        c Http11 431 \"Request Header Fields Too Large\" {Content-Length: 0, Connection: close} Length(0) ;
        ",
    );
    run_with(
        Settings::CLIENT,
        server,
        "
        C POST / | Transfer-Encoding: chunked
        s POST / Http11 {Host: h, Transfer-Encoding: chunked} Chunked
        C end | Digest: as-long-as-it-must-be-so-that-the-trailer-section-is-too-long
        s FieldsTooLong@63
        S owed
        c Http11 431 \"Request Header Fields Too Large\" {Content-Length: 0, Connection: close} Length(0) ;
        ",
    );
    let large = Settings::SERVER.with_buffer(100_000);
    assert_eq!((large.head.bytes, large.body.trailers.bytes), (100_000, 4096));
}

#[test]
fn slow_peers() {
    let budgets = Budgets { head_ms: 100, body_ms: 50, body_bytes: 4, idle_ms: 1000 };
    let (client, server) =
        (Settings::CLIENT.with_budgets(budgets), Settings::SERVER.with_budgets(budgets));
    // A head.
    run_with(
        client,
        server,
        "
        C raw G
        S?
        s? input until 100 left \"G\"
        wait 60
        C raw ET / HT
        wait 39
        S?
        s? input until 100 left \"GET / HT\"
        wait 1
        s TooSlow@8
        S owed
    ",
    );
    // A body: four bytes in each 50 ms.
    run_with(
        client,
        server,
        "
        C POST / | Content-Length: 100
        s POST / Http11 {Host: h, Content-Length: 100} Length(100)
        S?
        s? input until 50
        wait 40
        C data abcd
        s +\"abcd\"
        S?
        s? input until 90
        wait 49
        C data abc
        s +\"abc\"
        S?
        s? input until 90
        wait 1
        s TooSlow@0
        S owed
        c Http11 408 \"Request Timeout\" {Content-Length: 0, Connection: close} Length(0) ;
    ",
    );
    // Between two requests.
    run_with(
        client,
        server,
        "
        wait 0
        S?
        s? input until 1000
        wait 500
        C GET /
        s GET / Http11 {Host: h} None ;
        S?
        s?
        wait 10000
        c TooSlow@0
        S 200 | Content-Length: 0
        S?
        s? input until 11500
        wait 999
        S?
        s? input until 11500
        wait 1
        S?
        s? close
        S owed
    ",
    );
    // A response's head and body.
    run_with(
        client,
        server,
        "
        C GET /
        s GET / Http11 {Host: h} None ;
        C?
        c? request input 1 in flight until 100
        wait 99
        S 200 | Content-Length: 9
        c Http11 200 \"OK\" {Content-Length: 9} Length(9)
        C?
        c? request input 1 in flight until 149
        C POST / | Content-Length: 1
        C?
        c? input 2 in flight until 149
        wait 49
        S data abcd
        c +\"abcd\"
        wait 49
        C?
        c? input 2 in flight until 198
        wait 1
        c TooSlow@0
        C?
        c? close
    ",
    );
}

/// What came with the end of a response is not the answer to the next request.
#[test]
fn an_answer_that_nobody_asked_for() {
    let host = [Field::new("Host", "h").unwrap()];
    let get = RequestHead::new(Method::GET, Target::ROOT, Fields::new(&host));
    let good = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..];
    for (behind, allowed) in [(&b""[..], true), (b"\r", false), (good, false)] {
        let mut client = Client::new(Settings::CLIENT);
        let mut out = [0; 64];
        client.request(&get, 0, &mut out).unwrap();
        let received = [good, behind].concat();
        let mut rest = &received[..];
        loop {
            let (taken, event) = client.handle_input(rest, 0).unwrap();
            rest = &rest[taken..];
            if event == Some(ClientEvent::Body(BodyPart::End)) {
                break; // as the application of one that waits for one response does
            }
        }
        assert_eq!(rest, behind);
        assert_eq!((client.is_idle(), client.wants_close()), (allowed, !allowed));
        assert_eq!(client.request(&get, 0, &mut out).is_ok(), allowed);
    }
}

/// The application may refuse first: the server itself grants the body once it is waited for.
#[test]
fn one_hundred_continue_is_owed_once_the_body_is_wanted() {
    let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    let granted = &b"HTTP/1.1 100 Continue\r\n\r\n"[..];
    let mut out = [0; 64];
    let mut asked = Server::new(Settings::SERVER);
    assert!(matches!(asked.handle_input(head, 0), Ok((_, Some(ServerEvent::Request { .. })))));
    assert_eq!(asked.poll_transmit(0, &mut out), Ok(None));

    // Nothing of the body is there.
    let mut server = asked.clone();
    assert_eq!(server.handle_input(b"", 0), Ok((0, None)));
    assert_eq!(server.clone().respond(&ResponseHead::CONTINUE, 0, &mut out), Ok(granted.len()));
    assert_eq!(server.poll_transmit(0, &mut out), Ok(Some(granted.len())));
    assert_eq!(&out[..granted.len()], granted);
    assert_eq!(server.poll_transmit(0, &mut out), Ok(None));

    // The application has granted it, or refuses.
    for status in [StatusCode::CONTINUE, StatusCode::NO_CONTENT] {
        let mut server = asked.clone();
        assert_eq!(server.handle_input(b"", 0), Ok((0, None)));
        server.respond(&ResponseHead::new(status, Fields::EMPTY), 0, &mut out).unwrap();
        assert_eq!(server.poll_transmit(0, &mut out), Ok(None));
    }

    // The client does not wait.
    let mut server = asked;
    assert_eq!(
        server.handle_input(b"o", 0),
        Ok((1, Some(ServerEvent::Body(BodyPart::Data(b"o")))))
    );
    assert_eq!(server.handle_input(b"", 0), Ok((0, None)));
    assert_eq!(server.poll_transmit(0, &mut out), Ok(None));
}

/// What the server adds to its response, so that the client knows whether the connection goes on.
#[test]
fn the_connection_field_that_is_added() {
    let (close, keep_alive) = ([Field::CLOSE], [Field::KEEP_ALIVE]);
    for (request, own, connection) in [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", &[][..], ""),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", &keep_alive, "Connection: keep-alive\r\n"),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", &close, "Connection: close\r\n"),
        ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", &[], "Connection: close\r\n"),
        ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", &close, "Connection: close\r\n"),
        ("GET / HTTP/1.0\r\n\r\n", &[], "Connection: close\r\n"),
        ("GET / HTTP/1.0\r\n\r\n", &close, "Connection: close\r\n"),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &[], "Connection: keep-alive\r\n"),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            &keep_alive,
            "Connection: keep-alive\r\n",
        ),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &close, "Connection: close\r\n"),
    ] {
        let mut server = Server::new(Settings::SERVER);
        server.handle_input(request.as_bytes(), 0).unwrap();
        server.handle_input(b"", 0).unwrap();
        let mut out = [0; 100];
        let head = ResponseHead::new(StatusCode::NO_CONTENT, Fields::new(own));
        let len = server.respond(&head, 0, &mut out).unwrap();
        let expected = format!("HTTP/1.1 204 No Content\r\n{connection}\r\n");
        assert_eq!(str::from_utf8(&out[..len]), Ok(&expected[..]), "{request}");
        assert_eq!(server.wants_close(), connection.contains("close"), "{request}");
    }
}
