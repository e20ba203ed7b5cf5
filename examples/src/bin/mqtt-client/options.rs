//! The command line of the client.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use mqtt_codec::{QoS, Version};

pub const USAGE: &str = "\
usage: mqtt-client sub -t FILTER [-t FILTER].. [-C COUNT] [-v] [OPTION]..
       mqtt-client pub -t TOPIC -m TEXT | -f FILE | -s  [-r] [OPTION]..

sub   prints the payload of every message, a line each
  -t FILTER        what to subscribe to, may stand several times
  -C COUNT         ends after so many messages
  -v               says when it is subscribed, prints the topic name before the payload
pub   publishes one message
  -t TOPIC         where
  -m TEXT, -f FILE, -s (standard input)   what
  -r               to be retained
both
  -h HOST, -p PORT the server, 127.0.0.1 and 1883
  -w PATH          over WebSocket, at this path of the server; often /mqtt
  -V 3.1.1 | 5     the version of MQTT, 5
  -q 0 | 1         Quality of Service, 0
  -i ID            client identifier, chosen by the server
  -c               go on with the session of this ID, and keep it
  -k SECONDS       keep alive, 60; 0 for none
  --will-topic TOPIC, --will-payload TEXT, --will-qos 0|1, --will-retain
                   what the server publishes if this client dies
  --help           this text
exit code: 0 done, 1 it failed, 2 a wrong command line";

/// Where the payload comes from.
pub enum Payload {
    Text(String),
    File(PathBuf),
    Stdin,
}

/// What [`Options::parse`] found.
pub enum Command {
    Run(Box<Options>),
    Help,
}

/// The command line.
pub struct Options {
    pub subscribe: bool,
    pub topics: Vec<String>,
    pub payload: Payload,
    pub count: Option<u64>,
    pub verbose: bool,
    pub retain: bool,
    pub host: String,
    pub port: u16,
    pub websocket: Option<String>,
    pub version: Version,
    pub qos: QoS,
    pub client_id: String,
    pub keep_session: bool,
    pub keep_alive: u16,
    pub will_topic: Option<String>,
    pub will_payload: String,
    pub will_qos: QoS,
    pub will_retain: bool,
}

impl Options {
    /// Reads the command line, without the program's name.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
        let mut args = lexopt::Parser::from_args(args);
        let subscribe = match args.next()? {
            Some(Value(what)) if what == "sub" => true,
            Some(Value(what)) if what == "pub" => false,
            Some(Long("help")) => return Ok(Command::Help),
            Some(other) => return Err(other.unexpected()),
            None => return Err("sub or pub?".into()),
        };
        let mut options = Self {
            subscribe,
            topics: Vec::new(),
            payload: Payload::Text(String::new()),
            count: None,
            verbose: false,
            retain: false,
            host: "127.0.0.1".into(),
            port: 1883,
            websocket: None,
            version: Version::V5,
            qos: QoS::AtMostOnce,
            client_id: String::new(),
            keep_session: false,
            keep_alive: 60,
            will_topic: None,
            will_payload: String::new(),
            will_qos: QoS::AtMostOnce,
            will_retain: false,
        };
        let mut has_payload = subscribe;
        while let Some(arg) = args.next()? {
            match arg {
                Short('t') => options.topics.push(args.value()?.string()?),
                Short('C') => options.count = Some(args.value()?.parse()?),
                Short('v') => options.verbose = true,
                Short('r') => options.retain = true,
                Short('h') => options.host = args.value()?.string()?,
                Short('p') => options.port = args.value()?.parse()?,
                Short('w') => options.websocket = Some(args.value()?.string()?),
                Short('V') => options.version = args.value()?.parse_with(version)?,
                Short('q') => options.qos = args.value()?.parse_with(qos)?,
                Short('i') => options.client_id = args.value()?.string()?,
                Short('c') => options.keep_session = true,
                Short('k') => options.keep_alive = args.value()?.parse()?,
                Long("will-topic") => options.will_topic = Some(args.value()?.string()?),
                Long("will-payload") => options.will_payload = args.value()?.string()?,
                Long("will-qos") => options.will_qos = args.value()?.parse_with(qos)?,
                Long("will-retain") => options.will_retain = true,
                Long("help") => return Ok(Command::Help),
                Short(what @ ('m' | 'f' | 's')) if !subscribe => {
                    has_payload = true;
                    options.payload = match what {
                        'm' => Payload::Text(args.value()?.string()?),
                        'f' => Payload::File(args.value()?.into()),
                        _ => Payload::Stdin,
                    };
                }
                other => return Err(other.unexpected()),
            }
        }
        if options.topics.is_empty() {
            return Err("-t is missing".into());
        }
        if !has_payload {
            return Err("-m, -f or -s is missing".into());
        }
        Ok(Command::Run(Box::new(options)))
    }
}

fn qos(text: &str) -> Result<QoS, &'static str> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        _ => Err("this client speaks QoS 0 and 1"),
    }
}

fn version(text: &str) -> Result<Version, &'static str> {
    match text {
        "3.1.1" | "311" => Ok(Version::V3),
        "5" | "5.0" => Ok(Version::V5),
        _ => Err("3.1.1 or 5"),
    }
}
