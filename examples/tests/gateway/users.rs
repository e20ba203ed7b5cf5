//! Names and passwords: `--add-user`, `--users`, and who is let in by which protocol.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coap_codec::Code;
use mqtt_codec::{Connect, Packet, QoS, ReasonCode, Text, Version};
use sansio_examples::gateway::{Gateway, Options, add_user};
use tokio::runtime::Runtime;

use crate::client::{BOTH, Broker, Client};
use crate::coap_client::{Owned, Udp};
use crate::http_client::Http;
use crate::process::gateway;
use crate::websocket::WebSocket;

/// A file that goes with the test.
pub struct File(pub PathBuf);

impl File {
    pub fn new(text: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gateway-{}-{n}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    /// Users whose passwords are their names backwards.
    pub fn users(names: &[&str]) -> Self {
        let file = Self::new("# users\n");
        for name in names {
            add_user(&file.0, name, password_of(name).as_bytes()).unwrap();
        }
        file
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn password_of(name: &str) -> String {
    name.chars().rev().collect()
}

/// A field of HTTP.
pub fn basic(name: &str, password: &str) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// With the right password.
pub fn basic_of(name: &str) -> String {
    basic(name, &password_of(name))
}

pub fn broker(users: Option<&File>, access: Option<&File>) -> Broker {
    let path = |file: Option<&File>| file.map(|file| file.0.clone());
    let (users, access) = (path(users), path(access));
    Broker::with_options(Options { users, access, ..Options::default() })
}

/// What CONNACK says to a CONNECT with a client identifier, a name and a password.
pub fn connect(
    address: SocketAddr,
    version: Version,
    id: &'static str,
    says: (Option<&str>, Option<&str>),
) -> (Client, ReasonCode) {
    let mut client = Client::raw(address, version);
    let reason_code = connect_over(&mut client, id, says);
    (client, reason_code)
}

fn connect_over<S: Read + Write>(
    client: &mut Client<S>,
    id: &'static str,
    (name, password): (Option<&str>, Option<&str>),
) -> ReasonCode {
    client.send(&Packet::Connect(Connect {
        user_name: name.map(|name| Text::new(name).unwrap()),
        password: password.map(str::as_bytes),
        ..Connect::new(client.version(), Text::from_static(id))
    }));
    client.connack().reason_code
}

/// A client of a user, let in.
pub fn client_of(broker: &Broker, version: Version, name: &str, id: &'static str) -> Client {
    let says = (Some(name), Some(&*password_of(name)));
    let (client, reason_code) = connect(broker.address, version, id, says);
    assert_eq!(reason_code, ReasonCode::SUCCESS);
    client
}

fn add(file: &Path, name: &str, input: &str) -> (Option<i32>, String) {
    let args = ["--add-user", file.to_str().unwrap(), name];
    let mut child = gateway(&args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_line_is_made_of_a_name_and_standard_input() {
    let file = File::new("");
    fs::remove_file(&file.0).unwrap();
    assert_eq!(add(&file.0, "alice", "first\n").0, Some(0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&file.0, format!("# ours\n\n{}", file.text())).unwrap();
    assert_eq!(add(&file.0, "bob", "second\r\nnot looked at").0, Some(0));
    assert_eq!(add(&file.0, "alice", "third: \u{e9}").0, Some(0));
    let text = file.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[..2], ["# ours", ""]);
    for (line, name) in lines[2..].iter().zip(["bob", "alice"]) {
        let hash = line.strip_prefix(&format!("{name}:")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
    for word in ["first", "second", "third"] {
        assert!(!text.contains(word));
    }
    let broker = broker(Some(&file), None);
    for (name, password, reason) in [
        ("alice", "third: \u{e9}", ReasonCode::SUCCESS),
        ("alice", "first", ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        ("bob", "second", ReasonCode::SUCCESS),
    ] {
        let says = (Some(name), Some(password));
        assert_eq!(connect(broker.address, Version::V5, "c", says).1, reason, "{name}");
    }
}

#[test]
fn a_name_that_rules_could_not_tell_is_refused_and_the_file_stays() {
    let file = File::users(&["alice"]);
    let before = file.text();
    let long = "x".repeat(257);
    for (name, input, why) in [
        ("", "x", "empty name"),
        ("a b", "x", "white space"),
        ("a:b", "x", "colon"),
        ("#a", "x", "#"),
        ("*", "x", "meaning of its own"),
        ("anonymous", "x", "meaning of its own"),
        (&*long, "x", "256 bytes"),
        ("bob", "\nx", "empty password"),
    ] {
        let (code, text) = add(&file.0, name, input);
        assert_eq!(code, Some(1));
        assert!(text.contains(why) && text.contains(file.path()), "{text}");
    }
    assert_eq!(file.text(), before);
    let foreign = File::new("alice read a\n");
    assert!(add(&foreign.0, "bob", "x").1.contains("line 1: no colon"));
    assert_eq!(foreign.text(), "alice read a\n");
}

#[test]
fn a_file_that_is_none_of_ours_is_explained() {
    let good = File::users(&["alice"]).text();
    let hash = good.lines().last().unwrap().strip_prefix("alice:").unwrap().to_owned();
    for (text, why) in [
        ("alice\n".to_owned(), "line 1: no colon"),
        ("\nalice:secret\n".to_owned(), "line 2: not a hash that --add-user writes"),
        (format!("{good}alice:{hash}\n"), "line 3: this name is in a line before"),
        (format!("a b:{hash}\n"), "line 1: a name with a colon or white space"),
        (format!("a:{}\n", hash.replace("m=19456", "m=65537")), "costs more"),
        (format!("a:{}\n", hash.replace("t=2", "t=17")), "costs more"),
        (format!("a:{}\n", hash.replace("argon2id", "argon2i")), "not a hash of Argon2id"),
        ("a:$argon2id$v=19$m=19456,t=2,p=1\n".to_owned(), "not a hash of Argon2id"),
    ] {
        let file = File::new(&text);
        let options = Options { users: Some(file.0.clone()), mqtt_port: 0, ..Options::default() };
        let error = Runtime::new().unwrap().block_on(Gateway::start(options)).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(why) && error.starts_with(file.path()), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let missing = PathBuf::from("/nowhere/users");
    let options = Options { users: Some(missing), ..Options::default() };
    let error = Runtime::new().unwrap().block_on(Gateway::start(options)).unwrap_err();
    assert!(error.to_string().contains("/nowhere/users: cannot read it"), "{error}");
}

/// MQTT 5.0 section 3.2.2.2, MQTT 3.1.1 section 3.2.2.3
#[test]
fn mqtt_lets_in_who_knows_the_password() {
    let file = File::users(&["alice", "bob"]);
    let broker = broker(Some(&file), None);
    for version in BOTH {
        for (name, password, reason) in [
            (Some("alice"), Some("ecila"), ReasonCode::SUCCESS),
            (Some("alice"), Some("ecila"), ReasonCode::SUCCESS),
            (Some("alice"), Some("bob"), ReasonCode::BAD_USER_NAME_OR_PASSWORD),
            (Some("alice"), Some(""), ReasonCode::BAD_USER_NAME_OR_PASSWORD),
            (Some("alice"), None, ReasonCode::BAD_USER_NAME_OR_PASSWORD),
            (Some("carol"), Some("ecila"), ReasonCode::BAD_USER_NAME_OR_PASSWORD),
            (Some(""), Some(""), ReasonCode::BAD_USER_NAME_OR_PASSWORD),
            (Some("bob"), Some("bob"), ReasonCode::SUCCESS),
            (None, None, ReasonCode::NOT_AUTHORIZED),
        ] {
            let says = (name, password);
            let (mut client, told) = connect(broker.address, version, "c", says);
            assert_eq!(told, reason, "{says:?} {version:?}");
            match told {
                ReasonCode::SUCCESS => client.expect_nothing(),
                _ => client.expect_closed(),
            }
        }
    }
    let says = (None, Some("ecila"));
    let told = connect(broker.address, Version::V5, "c", says).1;
    assert_eq!(told, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
}

/// A name that the file does not have must not be told from one that it has.
#[test]
fn a_wrong_name_takes_as_long_as_a_wrong_password() {
    let file = File::users(&["alice"]);
    let broker = broker(Some(&file), None);
    let time = |name| {
        let start = Instant::now();
        connect(broker.address, Version::V5, "c", (Some(name), Some("wrong")));
        start.elapsed()
    };
    // In turn, as the machine may be busy.
    let times: Vec<_> = (0..10).map(|_| (time("alice"), time("carol"))).collect();
    let known = times.iter().map(|both| both.0).min().unwrap();
    let unknown = times.iter().map(|both| both.1).min().unwrap();
    // Without a hash it would be a twentieth.
    assert!(known < unknown * 5 && unknown < known * 5, "{known:?} {unknown:?}");
    // The right one of a user is remembered, for that user alone.
    client_of(&broker, Version::V5, "alice", "c");
    let says = (Some("carol"), Some("ecila"));
    let told = connect(broker.address, Version::V5, "c", says).1;
    assert_eq!(told, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
}

#[test]
fn who_was_let_in_once_does_not_wait_behind_those_who_guess() {
    let file = File::users(&["alice"]);
    let broker = broker(Some(&file), None);
    client_of(&broker, Version::V5, "alice", "c").disconnect();
    let guess = |_| {
        let mut client = Client::raw(broker.address, Version::V5);
        client.send(&Packet::Connect(Connect {
            user_name: Some(Text::from_static("alice")),
            password: Some(b"guess"),
            ..Connect::new(Version::V5, Text::from_static("g"))
        }));
        client
    };
    let mut guesses: Vec<Client> = (0..40).map(guess).collect();
    let start = Instant::now();
    client_of(&broker, Version::V5, "alice", "c");
    Http::new(broker.http).ask("GET /topics", &[&basic_of("alice")], b"").expect(200, "[]\n");
    let known = start.elapsed();
    for guess in &mut guesses {
        // The last of them perhaps had to wait for too long.
        let told = [ReasonCode::BAD_USER_NAME_OR_PASSWORD, ReasonCode::SERVER_BUSY];
        assert!(told.contains(&guess.connack().reason_code));
    }
    let all = start.elapsed();
    assert!(known < all / 2, "{known:?} of {all:?}");
}

#[test]
fn http_asks_who_it_is() {
    let file = File::users(&["alice"]);
    let broker = broker(Some(&file), None);
    let mut http = Http::new(broker.http);
    for line in
        ["GET /", "GET /topics", "PUT /topics/a", "GET /events", "GET /coap/ps", "OPTIONS *"]
    {
        let answer = http.ask(line, &[], b"");
        assert_eq!(answer.expect_refusal(401).field("www-authenticate").unwrap(), CHALLENGE);
    }
    let wrong = ["Authorization: Bearer x", "Authorization: Basic !", "Authorization: Basic eA=="];
    let wrong = wrong.map(str::to_owned).into_iter().chain([
        basic("alice", "bob"),
        basic("carol", "ecila"),
        basic("", ""),
    ]);
    for field in wrong {
        let answer = http.ask("GET /topics", &[&field], b"");
        assert_eq!(answer.expect_refusal(401).field("www-authenticate").unwrap(), CHALLENGE);
    }
    let (twice, alice) = (basic("alice", "bob"), basic_of("alice"));
    http.ask("GET /topics", &[&alice, &twice], b"").expect_refusal(400);
    http.ask("PUT /topics/a", &[&alice], b"1").expect_status(201);
    http.ask("GET /coap/ps/a", &[&alice], b"").expect(200, "1");
    // One connection is not one client.
    http.get("/topics/a").expect_refusal(401);
    // Refused by its head: the body is not waited for.
    http.say("PUT /topics/a", &["Expect: 100-continue", "Content-Length: 5"], b"");
    http.answer().expect_refusal(401);
}

const CHALLENGE: &str = "Basic realm=\"gateway\", charset=\"UTF-8\"";

#[test]
fn what_cannot_say_who_it_is_is_not_let_in() {
    let file = File::users(&["alice"]);
    let broker = broker(Some(&file), None);
    let mut coap = Udp::new(broker.coap);
    for request in [
        Owned::get("/ps/a"),
        Owned::put("/ps/a", "1"),
        Owned::get("/ps"),
        Owned::get("/.well-known/core"),
        Owned::get("/rd-lookup/ep"),
        Owned::request(Code::POST, "/rd?ep=node"),
    ] {
        assert_eq!(coap.ask(&request).code, Code::UNAUTHORIZED);
    }
}

/// The handshake is HTTP's; what is not said there may be said in CONNECT.
#[test]
fn over_websocket_one_of_both_says_who_it_is() {
    let file = File::users(&["alice", "bob"]);
    let broker = broker(Some(&file), None);
    let open = |fields: &[String]| {
        let http = Http::new(broker.http);
        let socket = WebSocket::open_with(http, ("/mqtt", "mqtt"), usize::MAX, fields);
        Client::over(socket, Version::V5)
    };
    let alice = (Some("alice"), Some("ecila"));
    assert_eq!(connect_over(&mut open(&[]), "c", (None, None)), ReasonCode::NOT_AUTHORIZED);
    assert_eq!(connect_over(&mut open(&[]), "c", alice), ReasonCode::SUCCESS);
    let of_bob = [basic_of("bob")];
    assert_eq!(connect_over(&mut open(&of_bob), "c", (None, None)), ReasonCode::SUCCESS);
    assert_eq!(connect_over(&mut open(&of_bob), "c", alice), ReasonCode::SUCCESS);
    let wrong = (Some("alice"), Some("bob"));
    let told = connect_over(&mut open(&of_bob), "c", wrong);
    assert_eq!(told, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
    Http::new(broker.http).ask("GET /mqtt", &[&basic("bob", "x")], b"").expect_refusal(401);
}

/// Two users may have a client of the same name; neither hears or ends the other.
#[test]
fn a_session_belongs_to_its_user() {
    let file = File::users(&["alice", "bob"]);
    let broker = broker(Some(&file), None);
    let keep = |name: &'static str| {
        let password = password_of(name);
        let mut client = Client::raw(broker.address, Version::V3);
        client.send(&Packet::Connect(Connect {
            clean_start: false,
            user_name: Some(Text::from_static(name)),
            password: Some(password.as_bytes()),
            ..Connect::new(Version::V3, Text::from_static("same"))
        }));
        let connack = client.connack();
        assert_eq!(connack.reason_code, ReasonCode::SUCCESS);
        let session_present = connack.session_present;
        (client, session_present)
    };
    let (mut alice, _) = keep("alice");
    alice.subscribe("secret", QoS::AtLeastOnce);
    let (mut bob, session_present) = keep("bob");
    assert!(!session_present);
    bob.publish_1("secret", b"1");
    assert_eq!(alice.acknowledged_text(), "secret 1");
    bob.expect_nothing();
    alice.disconnect();
    bob.publish_1("secret", b"2");
    bob.disconnect();
    let (mut bob, session_present) = keep("bob");
    assert!(session_present);
    bob.expect_nothing();
    let (mut alice, session_present) = keep("alice");
    assert!(session_present);
    assert_eq!(alice.acknowledged_text(), "secret 2");
}

#[test]
fn no_password_is_in_the_log() {
    let file = File::users(&["alice"]);
    let ports = ["--mqtt-port", "0", "--http-port", "0", "--no-coap", "--no-sensors"];
    let mut child = gateway(&[&ports[..], &["--users", file.path(), "--run-for", "3s"]].concat())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut address_behind = |word: &str| -> SocketAddr {
        let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains(word)).unwrap();
        let address = line.split_once(" on ").unwrap().1.split([' ', ':']).take(2);
        address.collect::<Vec<_>>().join(":").trim_end_matches('.').parse().unwrap()
    };
    let (mqtt, http) = (address_behind("MQTT 3.1.1"), address_behind("HTTP on"));
    for (name, password) in [("alice", "ecila"), ("alice", "hunter2"), ("carol", "hunter2")] {
        connect(mqtt, Version::V5, "c", (Some(name), Some(password)));
        Http::new(http).ask("GET /topics", &[&basic(name, password)], b"");
    }
    let log: Vec<String> = lines.map(Result::unwrap).collect();
    let mut text = log.join("\n");
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    assert!(text.contains("\"c of alice\" connected") && text.contains("401"), "{text}");
    for secret in ["ecila", "hunter2", "Basic", &STANDARD.encode("alice:ecila"), "argon2"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
