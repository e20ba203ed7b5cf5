//! HTTP in the program: its greeting, its log, its ports.

use std::net::{SocketAddr, TcpListener};

use tokio_rustls::rustls::version::TLS13;

use crate::http_client::Http;
use crate::process::{Running, gateway};
use crate::tls::Certificate;

/// The address in a line such as `HTTP on 127.0.0.1:8080:`, which is found.
fn address(gateway: &mut Running, protocol: &str) -> SocketAddr {
    loop {
        let line = gateway.line();
        if let Some(address) =
            line.strip_prefix(protocol).and_then(|rest| rest.strip_prefix(" on "))
        {
            return address.trim_end_matches(':').parse().unwrap();
        }
    }
}

#[test]
fn the_lines_to_paste_work() {
    let mut gateway = Running::start(&["--quiet"]);
    let address = address(&mut gateway, "HTTP");
    let mut http = Http::new(address);
    let mut target = || {
        let line = gateway.line();
        let (command, uri) = line.trim().split_once("http://").unwrap();
        (command.to_owned(), uri.strip_prefix(&address.to_string()).unwrap().to_owned())
    };
    let (command, index) = target();
    let page = http.get(&index);
    assert_eq!((&*command, page.status), ("in a browser: ", 200));
    assert!(page.text().starts_with("<!doctype html>"));
    let (command, sensor) = target();
    assert_eq!(command, "curl ");
    // As soon as the sensors have measured.
    let got = loop {
        let got = http.get(&sensor);
        if got.status == 200 {
            break got;
        }
        assert_eq!(got.status, 404);
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(got.field("content-type"), Some("application/json"));
    assert!(got.text().starts_with(r#"{"value":"#), "{}", got.text());
    let (command, attic) = target();
    assert_eq!(command, "echo 19.5 | curl -T- ");
    http.put(&attic, "19.5\n").expect(201, "");
}

#[test]
fn https_is_greeted_with() {
    let certificate = Certificate::new();
    let (cert, key) = (certificate.path("cert.pem"), certificate.path("key.pem"));
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let mut gateway = Running::start(&["--quiet", "--tls-cert", cert, "--tls-key", key]);
    let address = address(&mut gateway, "HTTPS");
    assert_eq!(gateway.line().trim(), format!("curl --cacert '{cert}' https://{address}/topics"));
    let mut http = Http::over(certificate.connect(address, &TLS13, &[b"http/1.1"]));
    assert_eq!(http.get("/topics").status, 200);
}

#[test]
fn without_http_there_is_none() {
    let args = ["--mqtt-port", "0", "--no-coap", "--no-http", "--quiet", "--run-for", "100ms"];
    let output = gateway(&args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !text.contains("HTTP"), "{text}");
}

#[test]
fn a_taken_port_is_explained() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output =
        gateway(&["--mqtt-port", "0", "--no-coap", "--http-port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("port {port} on 127.0.0.1 is taken")), "{text}");
    assert!(text.contains("`--http-port"), "{text}");
}

/// Method, path and status; nothing else of what a client says.
#[test]
fn a_log_line_for_each_request() {
    let mut gateway = Running::start(&["--run-for", "600ms", "--no-sensors"]);
    let address = address(&mut gateway, "HTTP");
    let mut http = Http::new(address);
    let secret = ["Authorization: Basic c2VjcmV0OnNlY3JldA==", "Content-Type: text/secret"];
    http.ask("PUT /topics/a%1b?secret=secret", &secret, b"secret");
    http.ask("GET /topics/a%1b", &secret, b"");
    http.ask(&format!("BREW /{}", "x".repeat(100)), &secret, b"");
    http.send("GET / HTTP/1.1\r\nsecret : secret\r\n\r\n");
    http.answer();
    let (code, log) = gateway.finish();
    assert_eq!(code, Some(0));
    for part in [
        ": connected, HTTP",
        r#": "PUT" "/topics/a%1b" 201"#,
        r#": "GET" "/topics/a%1b" 200"#,
        &format!(r#": "BREW" "/{}".. 501"#, "x".repeat(63)),
        "refused: 400 white space before the colon at byte 22 (RFC 9112 section 5.1)",
    ] {
        assert!(log.contains(part), "{part}\n{log}");
    }
    assert!(!log.contains("secret") && !log.contains("c2Vj"), "{log}");
}
