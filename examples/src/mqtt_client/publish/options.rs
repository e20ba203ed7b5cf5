//! The command line of `mqtt-pub`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Error, Parser};
use mqtt_codec::{Property, TopicName};

use crate::command_line::Command;
use crate::mqtt_client::options::{self, Common, Name, number};
use crate::mqtt_client::properties::Command as Packet;

/// What `--help` prints in front of what both programs have.
const USAGE: &str = "\
usage: mqtt-pub -t TOPIC -m TEXT | -f FILE | -s | -l | -n  [OPTION]..

what
  -t, --topic TOPIC     where; with -L also what the URL has behind the host
  -m, --message TEXT, -n, --null-message   the payload; none
  -f, --file FILE, -s, --stdin-file        what is in the file, of any size; all of standard input
  -l, --stdin-line      each line of standard input is a message
  -r, --retain          to be retained
  --repeat N, --repeat-delay SECONDS       -m, -f, -n and -s so often, and how long after the last
                        was delivered";

/// The command line.
pub struct Options {
    pub(super) common: Common,
    pub(super) topic: TopicName<'static>,
    pub(super) properties: &'static [Property<'static>],
    pub(super) payload: Payload,
    pub(super) retain: bool,
    pub(super) repeat: u32,
    pub(super) repeat_delay: Duration,
}

/// Where the payload comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Payload {
    Text(Vec<u8>),
    File(PathBuf),
    Stdin,
    Lines,
}

impl Options {
    /// Reads the command line, without the program's name.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command<Self>, Error> {
        let mut args = Parser::from_args(args);
        let mut common = Common::new();
        let mut topic: Option<String> = None;
        let mut payload = None;
        let (mut retain, mut repeat, mut repeat_delay) = (false, 1, Duration::ZERO);
        while let Some(arg) = args.next()? {
            let name = Name::of(arg)?;
            let what = match name.as_str() {
                "t" | "topic" => {
                    if topic.replace(args.value()?.into_string().map_err(not_text)?).is_some() {
                        return Err("-t twice: a message has one topic".into());
                    }
                    None
                }
                "m" | "message" => Some(Payload::Text(args.value()?.into_encoded_bytes())),
                "n" | "null-message" => Some(Payload::Text(Vec::new())),
                "f" | "file" => Some(Payload::File(args.value()?.into())),
                "s" | "stdin-file" => Some(Payload::Stdin),
                "l" | "stdin-line" => Some(Payload::Lines),
                "r" | "retain" => {
                    retain = true;
                    None
                }
                "repeat" => {
                    repeat = number(&mut args, &name, 1)?;
                    None
                }
                "repeat-delay" => {
                    repeat_delay = options::seconds(&mut args, &name)?;
                    None
                }
                "help" => return Ok(Command::Help(format!("{USAGE}\n{}", options::USAGE).into())),
                _ if common.take(&name, &mut args)? => None,
                _ => return Err(name.unknown()),
            };
            if what.is_some() && std::mem::replace(&mut payload, what).is_some() {
                return Err("a message has one payload: one of -m, -n, -f, -s and -l".into());
            }
        }
        common.finish()?;
        let Some(payload) = payload else {
            return Err("what? -m TEXT, -f FILE, -s, -l or -n is missing".into());
        };
        if payload == Payload::Lines && repeat > 1 {
            return Err("--repeat is not for -l".into());
        }
        let topic = topic.or_else(|| common.topic.take());
        let topic: &'static str = topic.ok_or("where? -t TOPIC is missing")?.leak();
        let topic = TopicName::new(topic).map_err(|error| format!("-t {topic:?}: {error}"))?;
        let properties = common.properties_of(Packet::Publish).leak();
        let command = Self { common, topic, properties, payload, retain, repeat, repeat_delay };
        Ok(Command::Run(Box::new(command)))
    }
}

fn not_text(text: OsString) -> Error {
    format!("{text:?} is not UTF-8").into()
}
