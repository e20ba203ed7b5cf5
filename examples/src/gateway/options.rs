//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

use super::bridge::{BridgeOptions, Said};
use super::tls::TlsFiles;

/// What the gateway does.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on.
    pub bind: IpAddr,
    /// TCP port of MQTT; 0 lets the system choose one.
    pub mqtt_port: u16,
    /// Speak MQTT and HTTP over TLS too, with this certificate.
    pub tls: Option<TlsFiles>,
    /// TCP port of MQTT over TLS; 0 lets the system choose one.
    pub mqtts_port: u16,
    /// Speak CoAP too.
    pub coap: bool,
    /// UDP and TCP port of CoAP; 0 lets the system choose one.
    pub coap_port: u16,
    /// Speak HTTP too.
    pub http: bool,
    /// TCP port of HTTP; 0 lets the system choose one.
    pub http_port: u16,
    /// TCP port of HTTP over TLS; 0 lets the system choose one.
    pub https_port: u16,
    /// A file with the users' names and passwords.
    pub users: Option<PathBuf>,
    /// A file with rules: who may read and write which topics.
    pub access: Option<PathBuf>,
    /// A file for kept sessions and retained messages, so that they outlive the process.
    pub store: Option<PathBuf>,
    /// Bring messages over to another broker and back.
    pub bridge: Option<Box<BridgeOptions>>,
    /// End after this time.
    pub run_for: Option<Duration>,
    /// No line for each connection.
    pub quiet: bool,
    /// Simulated sensors publish.
    pub sensors: bool,
    /// What clients can use up.
    pub limits: Limits,
}

/// What clients can use up at most. Nothing is reserved in advance. Beside what is counted here,
/// each connection holds up to one packet of input and about as much output.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once, of which a quarter each can be CoAP's, HTTP's and HTTPS's. The default
    /// leaves some of the 1,024 files that a process may usually have open.
    pub connections: usize,
    /// Time from a connection's beginning to its CONNECT, and for the head of an HTTP request. Over
    /// TLS, the handshake has as long before it.
    pub connect_timeout: Duration,
    /// The longest Keep Alive of a 5.0 client in seconds; one that asks for more, or for none, is
    /// told so. 0 leaves it to the client.
    pub keep_alive: u16,
    /// Bytes of one packet from a client.
    pub packet_size: u32,
    /// Sessions, of clients that are here and of clients that are away.
    pub sessions: usize,
    /// Messages that wait for one client.
    pub queued: usize,
    /// Bytes that wait for one client or for its acknowledgement.
    pub queued_bytes: usize,
    /// Messages of QoS 1 and 2 in flight to one client, if it allows so many. At most 128.
    pub in_flight: u16,
    /// Subscriptions of one session.
    pub subscriptions: usize,
    /// Bytes of all topic filters of one session.
    pub filter_bytes: usize,
    /// Retained messages.
    pub retained: usize,
    /// Bytes of all retained messages.
    pub retained_bytes: usize,
    /// Bytes of all that the hub holds: messages that are retained, wait or are in flight, each
    /// counted once, wills, queues, topic filters and names. Beside it each session has about 6 kB
    /// for itself, its name and a small will.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1000,
            connect_timeout: Duration::from_secs(10),
            keep_alive: 0,
            packet_size: (1 << 20) + (64 << 10),
            sessions: 4096,
            queued: 100_000,
            queued_bytes: 32 << 20,
            in_flight: 64,
            subscriptions: 1000,
            filter_bytes: 256 << 10,
            retained: 10_000,
            retained_bytes: 64 << 20,
            memory: 256 << 20,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            mqtt_port: 1883,
            tls: None,
            mqtts_port: 8883,
            coap: true,
            coap_port: 5683,
            http: true,
            http_port: 8080,
            https_port: 8443,
            users: None,
            access: None,
            store: None,
            bridge: None,
            run_for: None,
            quiet: false,
            sensors: true,
            limits: Limits::default(),
        }
    }
}

/// What [`Options::parse`] found.
#[derive(Debug)]
pub enum Command {
    /// Run.
    Run(Box<Options>),
    /// Add a user to a file; the password comes from standard input.
    AddUser {
        /// A file for `--users`.
        file: PathBuf,
        /// The user's name.
        name: String,
    },
    /// Print [`HELP`].
    Help,
}

/// The text of `--help`.
pub const HELP: &str = "\
An MQTT 3.1.1 and 5.0 broker, a CoAP server and an HTTP server, made of the crates of
this repository.

usage: gateway [OPTIONS]
       gateway --add-user FILE NAME     reads the password from standard input

  --bind ADDRESS          address to listen on              [127.0.0.1]
  --mqtt-port PORT        TCP port of MQTT, 0 for any       [1883]
  --coap-port PORT        UDP and TCP port of CoAP, 0 for any [5683]
  --no-coap               no CoAP
  --http-port PORT        TCP port of HTTP, 0 for any       [8080]
  --no-http               no HTTP
  --tls-cert FILE         a certificate and its chain, PEM: MQTT and HTTP over TLS too
  --tls-key FILE          the certificate's private key, PEM
  --mqtts-port PORT       TCP port of MQTT over TLS, 0 for any [8883]
  --https-port PORT       TCP port of HTTP over TLS, 0 for any [8443]
  --users FILE            who is let in, as --add-user makes it; without it, everybody
  --access FILE           who may read and write which topics, a rule in each line such as
                          `alice read house/#`; without it, whoever is let in may do all
  --store FILE            keeps sessions and retained messages on disk, so that they are there
                          after a restart; nothing is acknowledged before it is written
  --run-for TIME          end after 500ms, 5s, 2m ..
  --quiet                 no line for each connection
  --no-sensors            no simulated sensors
  --help                  this text

A bridge to another broker, of which both keep their session when the other is away:
  --bridge URL            mqtt://user:password@host:port, mqtts://.., ws://host/path, wss://..
  --bridge-out FILTER     what goes there, several times if need be
  --bridge-in FILTER      what comes from there
  --bridge-local-prefix P   what the topics begin with here, and the filters stand behind,
  --bridge-remote-prefix P  and what they begin with there in place of it
  --bridge-qos 0|1|2      at most                           [1]
  --bridge-id ID          the client identifier, of nobody else there [gateway-bridge]
  --bridge-version 5|3.1.1  3.1.1 cannot say that what goes there is not to come back: no topic may be
                          in --bridge-out and in --bridge-in then [5]
  --bridge-cafile FILE    trusts these authorities (PEM), not those that browsers trust
  --bridge-cert FILE      this client's certificate, PEM
  --bridge-key FILE       its private key without a password, PEM
  --bridge-local-user NAME:PASSWORD   who the bridge is here, with --users

What clients can use up:
  --max-connections N     connections at once               [1000]
  --max-sessions N        sessions, with those of absent clients [4096]
  --max-packet-size BYTES one packet from a client, or body [1114112]
  --max-queued N          messages waiting for one client   [100000]
  --max-queued-bytes N    bytes waiting for one client      [33554432]
  --max-subscriptions N   subscriptions of one session      [1000]
  --max-retained N        retained messages                 [10000]
  --max-memory BYTES      all that the hub holds            [268435456]
  --max-keep-alive SECS   of 5.0 clients, 0 for any         [0]
  --connect-timeout TIME  until CONNECT, or an HTTP head, is here [10s]

A client that does not keep up loses the oldest waiting messages of QoS 0; if none
of these waits, the new message. It never holds up the others. When all memory is
taken, absent clients lose their oldest messages; when there are as many sessions as
may be, the client that is absent longest loses its session.
";

impl Options {
    /// Reads the command line, without the program's name.
    ///
    /// # Errors
    ///
    /// [`lexopt::Error`], for people.
    pub fn parse(
        args: impl IntoIterator<Item = impl Into<std::ffi::OsString>>,
    ) -> Result<Command, lexopt::Error> {
        let mut options = Self::default();
        let (mut cert, mut key, mut bridge) = (None, None, Said::default());
        let mut parser = lexopt::Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Long("bind") => options.bind = value(&mut parser, "bind", address)?,
                Long("mqtt-port") => {
                    options.mqtt_port = value(&mut parser, "mqtt-port", number(0))?;
                }
                Long("coap-port") => {
                    options.coap_port = value(&mut parser, "coap-port", number(0))?;
                }
                Long("no-coap") => options.coap = false,
                Long("http-port") => {
                    options.http_port = value(&mut parser, "http-port", number(0))?;
                }
                Long("https-port") => {
                    options.https_port = value(&mut parser, "https-port", number(0))?;
                }
                Long("no-http") => options.http = false,
                Long("tls-cert") => cert = Some(PathBuf::from(parser.value()?)),
                Long("tls-key") => key = Some(PathBuf::from(parser.value()?)),
                Long("mqtts-port") => {
                    options.mqtts_port = value(&mut parser, "mqtts-port", number(0))?;
                }
                Long("users") => options.users = Some(PathBuf::from(parser.value()?)),
                Long("access") => options.access = Some(PathBuf::from(parser.value()?)),
                Long("store") => options.store = Some(PathBuf::from(parser.value()?)),
                Long("add-user") => {
                    let (file, name) = (PathBuf::from(parser.value()?), parser.value()?.string()?);
                    return Ok(Command::AddUser { file, name });
                }
                Long("run-for") => {
                    options.run_for = Some(value(&mut parser, "run-for", duration)?);
                }
                Long("quiet") | Short('q') => options.quiet = true,
                Long("no-sensors") => options.sensors = false,
                Long("help") | Short('h') => return Ok(Command::Help),
                Long(name) => {
                    let name = name.to_owned();
                    if !bridge.take(&name, &mut parser)? {
                        options.limits.parse(&name, &mut parser)?;
                    }
                }
                _ => return Err(arg.unexpected()),
            }
        }
        options.bridge = bridge.finish()?.map(Box::new);
        options.tls = match (cert, key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            (Some(_), None) => return Err("--tls-cert needs --tls-key FILE too".into()),
            (None, Some(_)) => return Err("--tls-key needs --tls-cert FILE too".into()),
        };
        Ok(Command::Run(Box::new(options)))
    }
}

impl Limits {
    fn parse(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), lexopt::Error> {
        match name {
            "max-connections" => self.connections = value(parser, name, number(1))?,
            "max-sessions" => self.sessions = value(parser, name, number(1))?,
            "max-packet-size" => self.packet_size = value(parser, name, number(128))?,
            "max-queued" => self.queued = value(parser, name, number(1))?,
            "max-queued-bytes" => self.queued_bytes = value(parser, name, number(0))?,
            "max-subscriptions" => self.subscriptions = value(parser, name, number(0))?,
            "max-retained" => self.retained = value(parser, name, number(0))?,
            "max-memory" => self.memory = value(parser, name, number(0))?,
            "max-keep-alive" => self.keep_alive = value(parser, name, number(0))?,
            "connect-timeout" => self.connect_timeout = value(parser, name, duration)?,
            _ => return Err(lexopt::Error::UnexpectedOption(format!("--{name}"))),
        }
        Ok(())
    }
}

/// The value of `--name`. What is wrong with it is said with the option's name.
fn value<T>(
    parser: &mut lexopt::Parser,
    name: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, lexopt::Error> {
    let text = parser.value()?.string()?;
    read(&text).map_err(|why| format!("--{name} {text:?}: {why}").into())
}

/// `500ms`, `5s`, `2m`, or seconds as a bare number.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits).unwrap_or_default();
    let millis: Option<u64> = match unit {
        "ms" => Some(1),
        "" | "s" => Some(1000),
        "m" => Some(60_000),
        _ => None,
    };
    let number: Option<u64> = digits.parse().ok();
    match number.zip(millis).and_then(|(number, millis)| number.checked_mul(millis)) {
        Some(millis) => Ok(Duration::from_millis(millis)),
        None => Err("not a time: write 500ms, 5s or 2m".to_owned()),
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "not an IP address: write 127.0.0.1 or ::1".to_owned())
}

/// A number of `least` or more that fits its type.
fn number<T: TryFrom<u64>>(least: u64) -> impl Fn(&str) -> Result<T, String> {
    move |text| match text.parse() {
        Ok(number) if number < least => Err(format!("must be {least} or more")),
        Ok(number) => T::try_from(number).map_err(|_| "too large".to_owned()),
        Err(_) => Err(format!("not a number of {least} or more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_or_are_seconds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("5"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "5h", "-1s", "1.5s", "99999999999999999999s", "18446744073709551615m"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_help_tells_the_defaults() {
        let Limits { connections, packet_size, sessions, queued, queued_bytes, .. } =
            Limits::default();
        let Limits { subscriptions, retained, memory, .. } = Limits::default();
        let numbers = [connections, packet_size as usize, sessions, queued, queued_bytes];
        for number in numbers.into_iter().chain([subscriptions, retained, memory]) {
            assert!(HELP.contains(&format!("[{number}]")), "{number}");
        }
        let every_option = HELP.lines().filter_map(|line| line.strip_prefix("  --"));
        for line in every_option {
            let name = line.split(' ').next().unwrap();
            let value = match name {
                "bind" => "::1",
                "run-for" | "connect-timeout" => "1s",
                "max-packet-size" => "128",
                "bridge" => "mqtts://host",
                "bridge-qos" => "2",
                "bridge-version" => "3.1.1",
                "bridge-local-user" => "a:b",
                _ => "7",
            };
            let args = match name {
                "quiet" | "no-coap" | "no-http" | "no-sensors" | "help" => {
                    vec![format!("--{name}")]
                }
                "users" | "access" | "store" => vec![format!("--{name}=file")],
                "tls-cert" | "tls-key" => vec!["--tls-cert=c".to_owned(), "--tls-key=k".to_owned()],
                "bridge" => vec!["--bridge-in=a".to_owned(), format!("--{name}={value}")],
                _ if name.starts_with("bridge-") => {
                    let bridge = ["--bridge=mqtts://host", "--bridge-in=a"].map(str::to_owned);
                    [&bridge[..], &[format!("--{name}={value}")]].concat()
                }
                _ => vec![format!("--{name}"), value.to_owned()],
            };
            Options::parse(args).unwrap();
        }
    }

    #[test]
    fn a_user_to_add_has_a_file_and_a_name() {
        let Ok(Command::AddUser { file, name }) = Options::parse(["--add-user", "f", "n"]) else {
            panic!("not understood");
        };
        assert_eq!((file, &*name), ("f".into(), "n"));
        assert!(Options::parse(["--add-user", "f"]).is_err());
        let both = Options::parse(["--users", "u", "--access", "a"]);
        let Ok(Command::Run(options)) = both else { panic!("{both:?}") };
        let Options { users, access, .. } = *options;
        assert_eq!((users, access), (Some("u".into()), Some("a".into())));
    }

    #[test]
    fn a_wrong_value_is_refused_with_the_name_of_its_option() {
        for (name, value, why) in [
            ("bind", "home", "not an IP address"),
            ("mqtt-port", "65536", "too large"),
            ("mqtt-port", "mqtt", "not a number"),
            ("coap-port", "65536", "too large"),
            ("mqtts-port", "65536", "too large"),
            ("http-port", "65536", "too large"),
            ("https-port", "-1", "not a number"),
            ("run-for", "soon", "not a time"),
            ("max-connections", "0", "1 or more"),
            ("max-sessions", "0", "1 or more"),
            ("max-queued", "0", "1 or more"),
            ("max-packet-size", "127", "128 or more"),
            ("max-packet-size", "4294967296", "too large"),
            ("max-keep-alive", "-1", "not a number"),
            ("connect-timeout", "", "not a time"),
        ] {
            let text = Options::parse([format!("--{name}"), value.to_owned()]).unwrap_err();
            let text = text.to_string();
            assert!(text.contains(&format!("--{name} {value:?}: ")), "{text}");
            assert!(text.contains(why), "{text}");
        }
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        for (args, missing) in
            [(["--tls-cert", "c"], "--tls-key FILE"), (["--tls-key", "k"], "--tls-cert FILE")]
        {
            let text = Options::parse(args).unwrap_err().to_string();
            assert!(text.contains(missing), "{text}");
        }
        let both = Options::parse(["--tls-key", "k", "--tls-cert", "c", "--mqtts-port", "1"]);
        let Ok(Command::Run(options)) = both else { panic!("{both:?}") };
        let Options { tls: Some(files), mqtts_port: 1, .. } = *options else {
            panic!("{options:?}");
        };
        assert_eq!((files.cert, files.key), ("c".into(), "k".into()));
    }

    #[test]
    fn unknown_options_and_words_are_refused() {
        for args in [&["--prot", "1"][..], &["run"], &["--mqtt-port", "65536"], &["--bind"]] {
            assert!(Options::parse(args).is_err(), "{args:?}");
        }
    }
}
