//! What the command lines of `mqtt-pub` and `mqtt-sub` have in common.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use lexopt::prelude::*;
use lexopt::{Arg, Error, Parser};
use mqtt_codec::{Property, QoS, Version};

use super::hello::{Hello, LastWill};
use super::place::{Place, TlsOptions, Url};
use super::properties::{self, Command, digits};

/// The end of both `--help`.
pub(crate) const USAGE: &str = "\
where
  -h, --host HOST, -p, --port PORT   localhost; 1883, in TLS 8883, with WebSocket 80, in TLS 443
  -L, --url URL     mqtt://user:password@host:port/topic, mqtts://.., ws://host/path, wss://..
  --ws, --path PATH over WebSocket, at this path of the server, /mqtt
who
  -i, --id ID       the client identifier; else the server chooses one
  -I, --id-prefix P a prefix for the process number as identifier
  -u, --username NAME, -P, --pw PASSWORD
  -c                go on with the session of this identifier, and have it kept
  -x SECONDS        5.0: how long it is kept, 0 to 4294967294, or -1: for ever, which is what -c means
  --store FILE      with -c: what must not be lost if this program is, written before any promise
how
  -V 5 | 3.1.1      the version of MQTT, 5; also mqttv5, mqttv311, 311
  -q 0 | 1 | 2      Quality of Service, 0
  -k SECONDS        keep alive, 60, up to 65535; 0 for none
  -M, --max-inflight N   messages of QoS 1 and 2 at once, 20, up to 2048
  -D PACKET NAME VALUE   5.0: a property; PACKET is connect, will, publish, subscribe, unsubscribe or
                    disconnect. -D PACKET user-property NAME VALUE
  --will-topic TOPIC, --will-payload TEXT, --will-qos 0|1|2, --will-retain
                    what the server publishes if this client is gone without a word
TLS
  --cafile FILE, --capath FOLDER   trusts these authorities (PEM)
  --tls-use-os-certs     trusts those of the system. For mqtts://, wss:// and port 8883 none of the three is
                    needed: it trusts those that browsers trust
  --cert FILE, --key FILE   this client's certificate, and its private key without a password (PEM)
  --insecure        the server's certificate may be for another name
  --tls-alpn NAME   what is spoken inside (ALPN); several: the best first
what is told
  -d, --debug       what happens, on standard error
  --quiet           no errors
  --help            this text

exit code: 0 done, 1 it failed, 2 a wrong command line, 128 and more: the reason code with which the
server refuses";

/// The largest number of messages of QoS 1 and 2 in flight.
pub(crate) const IN_FLIGHT: usize = 2048;

/// Messages of QoS 2 that a broker may send before it releases the first one. There are brokers that send
/// far more at once than they say, and in 3.1.1 nobody can tell them how many there is room for.
pub(crate) const PROMISED: usize = 8192;

/// What both programs are told.
pub(crate) struct Common {
    pub(crate) place: Place,
    pub(crate) hello: Hello,
    pub(crate) qos: QoS,
    pub(crate) in_flight: u16,
    pub(crate) maximum_packet_size: Option<u32>,
    pub(crate) store: Option<PathBuf>,
    pub(crate) properties: Vec<(Command, Property<'static>)>,
    /// Of the URL.
    pub(crate) topic: Option<String>,
    pub(crate) debug: bool,
    pub(crate) quiet: bool,
    version: Option<Version>,
    has_id_prefix: bool,
    uses_websocket: bool,
    will: LastWill,
    has_will_detail: bool,
}

impl Common {
    pub(crate) fn new() -> Self {
        let place = Place { host: "localhost".into(), port: None, tls: None, websocket: None };
        Self {
            place,
            hello: Hello::new(Version::V5, String::new()),
            qos: QoS::AtMostOnce,
            in_flight: 20,
            maximum_packet_size: None,
            store: None,
            properties: Vec::new(),
            topic: None,
            debug: false,
            quiet: false,
            version: None,
            has_id_prefix: false,
            uses_websocket: false,
            will: LastWill {
                topic: String::new(),
                payload: Vec::new(),
                qos: QoS::AtMostOnce,
                retain: false,
                properties: Vec::new(),
            },
            has_will_detail: false,
        }
    }

    /// Takes an option with its values; false if it is none of those that both programs have.
    pub(crate) fn take(&mut self, name: &Name, args: &mut Parser) -> Result<bool, Error> {
        match name.as_str() {
            "h" | "host" => self.place.host = args.value()?.string()?,
            "p" | "port" => self.place.port = Some(number(args, name, 1)?),
            "L" | "url" => self.take_url(&args.value()?.string()?)?,
            "ws" => self.uses_websocket = true,
            "path" => {
                let path = args.value()?.string()?;
                let slash = if path.starts_with('/') { "" } else { "/" };
                self.place.websocket = Some(format!("{slash}{path}"));
            }
            "i" | "id" => self.hello.client_id = args.value()?.string()?,
            "I" | "id-prefix" => {
                self.hello.client_id = args.value()?.string()? + &std::process::id().to_string();
                self.has_id_prefix = true;
            }
            "u" | "username" => self.hello.user_name = Some(args.value()?.string()?),
            "P" | "pw" => self.hello.password = Some(args.value()?.string()?.into_bytes()),
            "c" | "disable-clean-session" => self.hello.keeps_session = true,
            "x" => self.hello.expiry = Some(args.value()?.parse_with(expiry)?),
            "store" => self.store = Some(args.value()?.into()),
            "V" | "protocol-version" => self.version = Some(args.value()?.parse_with(version)?),
            "q" | "qos" => self.qos = args.value()?.parse_with(qos)?,
            "k" | "keepalive" => self.hello.keep_alive = number(args, name, 0)?,
            "M" | "max-inflight" => {
                self.in_flight = number(args, name, 1)?;
                if usize::from(self.in_flight) > IN_FLIGHT {
                    return Err(format!("-M {}: at most {IN_FLIGHT}", self.in_flight).into());
                }
                self.hello.receive_maximum = NonZeroU16::new(self.in_flight);
            }
            "D" | "property" => self.take_property(args)?,
            "will-topic" => self.will.topic = args.value()?.string()?,
            "will-payload" | "will-qos" | "will-retain" => {
                self.has_will_detail = true;
                match name.as_str() {
                    "will-payload" => self.will.payload = args.value()?.string()?.into_bytes(),
                    "will-qos" => self.will.qos = args.value()?.parse_with(qos)?,
                    _ => self.will.retain = true,
                }
            }
            "cafile" => self.tls().ca_file = Some(args.value()?.into()),
            "capath" => self.tls().ca_path = Some(args.value()?.into()),
            "tls-use-os-certs" => self.tls().system_roots = true,
            "cert" => self.tls().cert = Some(args.value()?.into()),
            "key" => self.tls().key = Some(args.value()?.into()),
            "insecure" => self.tls().any_name = true,
            "tls-alpn" | "alpn" => {
                let protocol = args.value()?.string()?;
                if protocol.is_empty() || protocol.len() > 255 {
                    return Err(format!("--{} has 1 to 255 bytes", name.as_str()).into());
                }
                self.tls().protocols.push(protocol);
            }
            "d" | "debug" => self.debug = true,
            "quiet" => self.quiet = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn tls(&mut self) -> &mut TlsOptions {
        self.place.tls.get_or_insert_default()
    }

    /// What the URL says, over what was said before; what follows is over it.
    fn take_url(&mut self, text: &str) -> Result<(), String> {
        let url = Url::parse(text).map_err(|why| format!("-L: {why}"))?;
        self.place.host = url.place.host;
        self.place.port = url.place.port;
        self.place.websocket = url.place.websocket;
        if url.place.tls.is_some() {
            self.tls();
        }
        let hello = &mut self.hello;
        hello.user_name = url.user_name.or(hello.user_name.take());
        hello.password = url.password.map(String::into_bytes).or(hello.password.take());
        self.topic = url.topic;
        Ok(())
    }

    fn take_property(&mut self, args: &mut Parser) -> Result<(), Error> {
        let command = Command::parse(&args.value()?.string()?)?;
        let name = args.value()?.string()?;
        let property = properties::parse(command, &name, || {
            args.value().and_then(|value| value.string()).map_err(|error| error.to_string())
        })?;
        match (command, property) {
            (Command::Connect, Property::SessionExpiryInterval(secs)) => {
                self.hello.expiry = Some(secs);
            }
            (Command::Connect, Property::ReceiveMaximum(most)) => {
                self.hello.receive_maximum = Some(most);
            }
            (Command::Connect, Property::MaximumPacketSize(most)) => {
                self.maximum_packet_size = Some(most.get());
            }
            (Command::Connect, property) => self.hello.properties.push(property),
            (Command::Will, property) => {
                self.has_will_detail = true;
                self.will.properties.push(property);
            }
            (command, property) => self.properties.push((command, property)),
        }
        Ok(())
    }

    /// Looks at all that was said together.
    ///
    /// # Errors
    ///
    /// What contradicts what, or is missing.
    pub(crate) fn finish(&mut self) -> Result<(), String> {
        let is_v5_only = self.hello.expiry.is_some()
            || !self.properties.is_empty()
            || !self.hello.properties.is_empty()
            || !self.will.properties.is_empty()
            || self.maximum_packet_size.is_some();
        self.hello.version = self.version.unwrap_or(Version::V5);
        if self.hello.version == Version::V3 && is_v5_only {
            return Err("-D and -x are of MQTT 5, not with -V 3.1.1".into());
        }
        if self.uses_websocket && self.place.websocket.is_none() {
            self.place.websocket = Some("/mqtt".into());
        }
        if self.place.port == Some(8883) && self.place.websocket.is_none() {
            self.tls();
        }
        if self.place.websocket.is_some() {
            self.place.http_url()?;
        }
        if !self.will.topic.is_empty() {
            self.hello.will = Some(self.will.clone());
        } else if self.has_will_detail {
            return Err("a will needs --will-topic".into());
        }
        if self.hello.keeps_session {
            if self.hello.client_id.is_empty() {
                return Err("-c needs -i ID: whose session?".into());
            }
            if self.has_id_prefix {
                return Err("-c needs -i ID: with -I the name is another one each time".into());
            }
            if self.hello.version == Version::V5 {
                self.hello.expiry.get_or_insert(u32::MAX);
            }
        } else if self.store.is_some() {
            return Err("--store needs -c: a session that is kept".into());
        }
        self.hello.check()
    }

    /// The properties of one of the packets.
    pub(crate) fn properties_of(&self, command: Command) -> Vec<Property<'static>> {
        let all = self.properties.iter();
        all.filter(|(of, _)| *of == command).map(|(_, property)| *property).collect()
    }
}

/// An option's name without hyphens.
pub(crate) struct Name(String);

impl Name {
    /// Of an argument.
    ///
    /// # Errors
    ///
    /// It is no option.
    pub(crate) fn of(arg: Arg<'_>) -> Result<Self, Error> {
        match arg {
            Short(letter) => Ok(Self(letter.to_string())),
            Long(name) => Ok(Self(name.to_owned())),
            other => Err(other.unexpected()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it was written.
    pub(crate) fn written(&self) -> String {
        format!("{}{}", if self.0.chars().nth(1).is_some() { "--" } else { "-" }, self.0)
    }

    /// Nobody knows it.
    pub(crate) fn unknown(&self) -> Error {
        format!("invalid option '{}'", self.written()).into()
    }
}

/// A number from `least` on that fits.
pub(crate) fn number<T: FromStr + PartialOrd + From<u8>>(
    args: &mut Parser,
    name: &Name,
    least: u8,
) -> Result<T, Error> {
    let text = args.value()?.string()?;
    let number = digits(&text).filter(|number| *number >= T::from(least));
    number.ok_or_else(|| format!("{} {text:?}: no number that it can be", name.written()).into())
}

fn expiry(text: &str) -> Result<u32, String> {
    match text {
        "-1" | "∞" => Ok(u32::MAX),
        text => digits(text).ok_or_else(|| "0 to 4294967295, or -1 for ever".to_owned()),
    }
}

fn qos(text: &str) -> Result<QoS, &'static str> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        "2" => Ok(QoS::ExactlyOnce),
        _ => Err("QoS is 0, 1 or 2"),
    }
}

fn version(text: &str) -> Result<Version, &'static str> {
    match text {
        "5" | "5.0" | "mqttv5" => Ok(Version::V5),
        "3.1.1" | "311" | "mqttv311" => Ok(Version::V3),
        _ => Err("the version is 5 (mqttv5) or 3.1.1 (mqttv311, 311)"),
    }
}

/// A time in seconds, whole or not.
pub(crate) fn seconds(args: &mut Parser, name: &Name) -> Result<Duration, Error> {
    let text = args.value()?.string()?;
    let time = text.parse().ok().and_then(|secs| Duration::try_from_secs_f64(secs).ok());
    let time = time.filter(|time| *time < Duration::from_secs(1 << 32));
    time.ok_or_else(|| format!("{} {text:?} are no seconds", name.written()).into())
}
