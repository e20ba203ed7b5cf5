//! The command line of the client.

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
  -V 3.1.1 | 5     the version of MQTT, 5
  -q 0 | 1         Quality of Service, 0
  -i ID            client identifier, chosen by the server
  -c               go on with the session of this ID, and keep it
  -k SECONDS       keep alive, 60; 0 for none
  --will-topic TOPIC, --will-payload TEXT, --will-qos 0|1, --will-retain
                   what the server publishes if this client dies
exit code: 0 done, 1 it failed, 2 a wrong command line";

/// Where the payload comes from.
pub enum Payload {
    Text(String),
    File(String),
    Stdin,
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
    pub fn parse(mut args: impl Iterator<Item = String>) -> std::result::Result<Self, String> {
        let subscribe = match args.next().as_deref() {
            Some("sub") => true,
            Some("pub") => false,
            _ => return Err("sub or pub?".into()),
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
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "-t" => options.topics.push(value()?),
                "-C" => options.count = Some(number(&value()?)?),
                "-v" => options.verbose = true,
                "-r" => options.retain = true,
                "-h" => options.host = value()?,
                "-p" => options.port = number(&value()?)?,
                "-V" => options.version = version(&value()?)?,
                "-q" => options.qos = qos(&value()?)?,
                "-i" => options.client_id = value()?,
                "-c" => options.keep_session = true,
                "-k" => options.keep_alive = number(&value()?)?,
                "--will-topic" => options.will_topic = Some(value()?),
                "--will-payload" => options.will_payload = value()?,
                "--will-qos" => options.will_qos = qos(&value()?)?,
                "--will-retain" => options.will_retain = true,
                "-m" | "-f" | "-s" if !subscribe => {
                    has_payload = true;
                    options.payload = match arg.as_str() {
                        "-m" => Payload::Text(value()?),
                        "-f" => Payload::File(value()?),
                        _ => Payload::Stdin,
                    };
                }
                _ => return Err(format!("{arg} is not known")),
            }
        }
        if options.topics.is_empty() {
            return Err("-t is missing".into());
        }
        if !has_payload {
            return Err("-m, -f or -s is missing".into());
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> std::result::Result<T, String> {
    text.parse().map_err(|_| format!("{text} is not a number in range"))
}

fn qos(text: &str) -> std::result::Result<QoS, String> {
    match text {
        "0" => Ok(QoS::AtMostOnce),
        "1" => Ok(QoS::AtLeastOnce),
        _ => Err(format!("this client speaks QoS 0 and 1, not {text}")),
    }
}

fn version(text: &str) -> std::result::Result<Version, String> {
    match text {
        "3.1.1" | "311" => Ok(Version::V3),
        "5" | "5.0" => Ok(Version::V5),
        _ => Err(format!("MQTT {text} is not known, 3.1.1 or 5")),
    }
}
