//! The command line of `mqtt-sub`.

use std::ffi::OsString;
use std::time::Duration;

use lexopt::{Error, Parser};
use mqtt_codec::{RetainHandling, Subscription, SubscriptionOptions, TopicFilter};

use super::format::Format;
use crate::command_line::Command;
use crate::mqtt_client::options::{self, Common, Name, number};

/// What `--help` prints in front of what both programs have.
const USAGE: &str = "\
usage: mqtt-sub -t FILTER [-t FILTER]..  [OPTION]..

what
  -t, --topic FILTER    what to subscribe to, may stand several times; with -L also what the URL has
                        behind the host
  -U, --unsubscribe FILTER   what to unsubscribe from, behind that
  -T, --filter-out FILTER    shows no message that it takes
  -R                    shows no retained messages
  --retained-only       shows none but these, and ends with the first other one
  --retain-as-published 5.0: others keep the mark that they are retained
  --remove-retained     has the server forget each retained message that comes
when it ends
  -C COUNT              behind so many messages
  -E                    once the server has answered
  -W SECONDS            after so long (exit code 27)
how messages are shown
  -v, --verbose         the topic before the payload
  -N                    no end of line behind it
  -F FORMAT             %t topic, %p payload, %x %X in hexadecimal, %l its length, %q QoS, %r retained,
                        %m packet identifier, %I UTC, %U seconds since 1970; properties: %C content type,
                        %D correlation data, %E expiry, %F format, %P user properties, %R response topic,
                        %S subscription identifier; %% \\n \\t \\0 \\\\ ..";

/// The command line.
pub struct Options {
    pub(super) common: Common,
    pub(super) subscriptions: Vec<Subscription<'static>>,
    pub(super) unsubscribe: Vec<TopicFilter<'static>>,
    pub(super) filter_out: Vec<topic_matcher::TopicFilter<'static>>,
    /// Of retained messages and others: those that are shown.
    pub(super) shows_retained: bool,
    pub(super) shows_others: bool,
    pub(super) removes_retained: bool,
    pub(super) count: Option<u64>,
    pub(super) ends_subscribed: bool,
    pub(super) time: Option<Duration>,
    pub(super) format: Format,
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
        let (mut topics, mut unsubscribe, mut filter_out) = (Vec::new(), Vec::new(), Vec::new());
        let (mut skips_retained, mut retained_only) = (false, false);
        let (mut removes_retained, mut retain_as_published) = (false, false);
        let (mut count, mut time, mut ends_subscribed) = (None, None, false);
        let (mut verbose, mut has_newline, mut format) = (false, true, None);
        while let Some(arg) = args.next()? {
            let name = Name::of(arg)?;
            match name.as_str() {
                "t" | "topic" => topics.push(args.value()?.into_string().map_err(not_text)?),
                "U" | "unsubscribe" => {
                    unsubscribe.push(args.value()?.into_string().map_err(not_text)?)
                }
                "T" | "filter-out" => {
                    filter_out.push(args.value()?.into_string().map_err(not_text)?)
                }
                "R" => skips_retained = true,
                "retained-only" => retained_only = true,
                "retain-as-published" => retain_as_published = true,
                "remove-retained" => removes_retained = true,
                "C" => count = Some(number(&mut args, &name, 1)?),
                "E" => ends_subscribed = true,
                "W" => time = Some(options::seconds(&mut args, &name)?),
                "v" | "verbose" => verbose = true,
                "N" => has_newline = false,
                "F" => format = Some(args.value()?.into_string().map_err(not_text)?),
                "help" => return Ok(Command::Help(format!("{USAGE}\n{}", options::USAGE).into())),
                _ if common.take(&name, &mut args)? => {}
                _ => return Err(name.unknown()),
            }
        }
        common.finish()?;
        topics.extend(common.topic.take());
        if topics.is_empty() && unsubscribe.is_empty() {
            return Err("what? -t FILTER is missing".into());
        }
        if skips_retained && retained_only {
            return Err("-R and --retained-only together leave nothing".into());
        }
        if removes_retained && common.store.is_some() {
            return Err("--store is not for --remove-retained".into());
        }
        if retain_as_published && common.hello.version == mqtt_codec::Version::V3 {
            return Err("--retain-as-published is of MQTT 5, not with -V 3.1.1".into());
        }
        let wanted = SubscriptionOptions {
            retain_as_published,
            retain_handling: RetainHandling::Send,
            ..SubscriptionOptions::new(common.qos)
        };
        let subscription = |text: String| {
            filter("-t", text).map(|filter| Subscription { filter, options: wanted })
        };
        let filter_out = filter_out.into_iter().map(|text: String| {
            let text: &'static str = text.leak();
            topic_matcher::TopicFilter::new(text).map_err(|error| format!("-T {text:?}: {error}"))
        });
        let format = match format {
            Some(text) => Format::parse(&text, has_newline)?,
            None => Format::plain(verbose, has_newline),
        };
        Ok(Command::Run(Box::new(Self {
            common,
            subscriptions: topics.into_iter().map(subscription).collect::<Result<_, _>>()?,
            unsubscribe: unsubscribe
                .into_iter()
                .map(|text| filter("-U", text))
                .collect::<Result<_, _>>()?,
            filter_out: filter_out.collect::<Result<_, _>>()?,
            shows_retained: !skips_retained,
            shows_others: !retained_only,
            removes_retained,
            count,
            ends_subscribed,
            time,
            format,
        })))
    }
}

fn filter(option: &str, text: String) -> Result<TopicFilter<'static>, String> {
    let text: &'static str = text.leak();
    TopicFilter::new(text).map_err(|error| format!("{option} {text:?}: {error}"))
}

fn not_text(text: OsString) -> Error {
    format!("{text:?} is not UTF-8").into()
}
