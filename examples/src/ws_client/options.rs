//! The command line of the client.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use http_lite::Field;
use http_lite::websocket::{Close, CloseCode, Message, Settings};
use lexopt::prelude::*;

use super::input::By;
use crate::command_line::Command;
use crate::http_client::{Log, Url};

/// What `--help` prints.
const USAGE: &str = "\
usage: ws-cat [OPTION].. URL     ws://user:password@host:port/path?query or wss://..

Lines of standard input become text messages; messages go to standard output, a text as a line.

what is asked for
  -p, --protocol NAME   a subprotocol that we speak; several, the best first
  -H 'NAME: VALUE'      a field of the request
what is sent
  -b, --binary          standard input as binary messages: what one read brings is one
  -1, --one             all of standard input is one message, in fragments as they are read
  --close CODE[:REASON] with which to close at its end, 1000
when it ends
  -w, --wait SECONDS    listens so long behind the end of standard input before it closes, 0
  -n, --count N         closes once N messages have come, and not at the end of standard input
how messages are shown
  -x, --hex             a binary one as a line of hexadecimal digits, not as it is
  -v, --verbose         tells on standard error what goes back and forth beside messages
limits
  --ca FILE             trusts these certificates (PEM) instead of those that browsers trust
  --ping SECONDS        asks a server that says nothing for so long whether it is there, 30; 0: never
  --pong SECONDS        how long it may be silent behind that, 20
  --connect-timeout S   for name, connection, TLS and handshake, 10 s
  --max-message BYTES   in a message, 0: any; what it shows it does not keep
  --help                this text

A line longer than 16 KiB goes in fragments. A server has 10 s to answer Close.

exit code: 0 both have closed, 1 the server closed with another code than 1000, 1001 or none, 2 a wrong
command line, 3 there was no WebSocket, 4 the connection broke or the server broke a rule, 5 standard
input or output";

/// The command line.
pub struct Options {
    /// With `http` for `ws` and `https` for `wss`.
    pub(super) url: Vec<u8>,
    pub(super) protocols: Vec<String>,
    pub(super) fields: Vec<(String, String)>,
    pub(super) message: Message,
    pub(super) by: By,
    close: (CloseCode, String),
    pub(super) wait: Duration,
    pub(super) count: Option<u64>,
    pub(super) hex: bool,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) connect_time: Duration,
    pub(super) settings: Settings,
    verbose: bool,
}

impl Options {
    /// Reads the command line, without the program's name.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command<Self>, lexopt::Error> {
        let mut args = lexopt::Parser::from_args(args);
        let mut options = Self::default();
        let mut is_whole = false;
        while let Some(arg) = args.next()? {
            match arg {
                Short('p') | Long("protocol") => {
                    let name = args.value()?.parse_with(protocol)?;
                    if options.protocols.contains(&name) {
                        return Err(format!("-p {name} twice").into());
                    }
                    options.protocols.push(name);
                }
                Short('H') | Long("header") => {
                    options.fields.push(args.value()?.parse_with(field)?);
                }
                Short('b') | Long("binary") => options.message = Message::Binary,
                Short('1') | Long("one") => is_whole = true,
                Long("close") => options.close = args.value()?.parse_with(close)?,
                Short('w') | Long("wait") => options.wait = args.value()?.parse_with(seconds)?,
                Short('n') | Long("count") => options.count = Some(args.value()?.parse()?),
                Short('x') | Long("hex") => options.hex = true,
                Short('v') | Long("verbose") => options.verbose = true,
                Long("ca") => options.ca_file = Some(args.value()?.into()),
                Long("ping") => {
                    let millis = args.value()?.parse_with(millis)?;
                    options.settings.ping_ms = if millis == 0 { u64::MAX } else { millis };
                }
                Long("pong") => options.settings.pong_ms = args.value()?.parse_with(millis)?,
                Long("connect-timeout") => {
                    options.connect_time = args.value()?.parse_with(seconds)?;
                }
                Long("max-message") => {
                    let bytes = args.value()?.parse()?;
                    options.settings.message = if bytes == 0 { u64::MAX } else { bytes };
                }
                Long("help") => return Ok(Command::Help(USAGE.into())),
                Value(url) if options.url.is_empty() => options.take_url(&url.string()?)?,
                other => return Err(other.unexpected()),
            }
        }
        if options.url.is_empty() {
            return Err("a URL is missing".into());
        }
        options.by = match (is_whole, options.message) {
            (true, _) => By::Whole,
            (false, Message::Text) => By::Lines,
            (false, Message::Binary) => By::Reads,
        };
        Ok(Command::Run(Box::new(options)))
    }

    /// RFC 6455 section 3.
    fn take_url(&mut self, text: &str) -> Result<(), String> {
        let malformed = || format!("{} is no URL of a WebSocket", text.escape_debug());
        let (scheme, rest) = text.split_once("://").unwrap_or(("ws", text));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "ws" => "http",
            "wss" => "https",
            _ => return Err(malformed()),
        };
        if rest.contains('#') {
            return Err(format!("{}: # has no meaning here", text.escape_debug()));
        }
        let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| malformed())?;
        if let Some(user) = &url.user_info {
            let value = crate::http_client::credentials(user).map_err(|error| error.to_string())?;
            self.fields.push(("Authorization".into(), value));
        }
        self.url = url.text;
        Ok(())
    }

    /// What to close with.
    pub(super) fn close(&self) -> Close<'_> {
        Close { code: Some(self.close.0), reason: &self.close.1 }
    }

    pub(super) fn log(&self) -> Log {
        Log { verbose: self.verbose }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: Vec::new(),
            protocols: Vec::new(),
            fields: Vec::new(),
            message: Message::Text,
            by: By::Lines,
            close: (CloseCode::NORMAL, String::new()),
            wait: Duration::ZERO,
            count: None,
            hex: false,
            ca_file: None,
            connect_time: Duration::from_secs(10),
            settings: Settings { message: u64::MAX, fragments: u32::MAX, ..Settings::DEFAULT },
            verbose: false,
        }
    }
}

fn protocol(text: &str) -> Result<String, String> {
    // A token, as names of fields are.
    Field::new(text, "").map_err(|_| format!("{text:?} is no name of a subprotocol"))?;
    Ok(text.to_owned())
}

fn field(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("{text:?} is not NAME: VALUE");
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    let value = value.trim_matches([' ', '\t']);
    Field::new(name, value).map_err(|error| format!("{text:?}: {error}"))?;
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("sec-websocket-") || OURS.contains(&lower.as_str()) {
        return Err(format!("{name} is what the handshake says"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Fields that would make another request of it.
const OURS: [&str; 5] = ["connection", "upgrade", "content-length", "transfer-encoding", "expect"];

fn close(text: &str) -> Result<(CloseCode, String), String> {
    let (code, reason) = text.split_once(':').unwrap_or((text, ""));
    let code = code.parse().ok().and_then(CloseCode::new);
    let code = code.ok_or("1000 to 1003, 1007 to 1014, or 3000 to 4999")?;
    if reason.len() > Close::MAX_REASON {
        return Err(format!("a reason has up to {} bytes", Close::MAX_REASON));
    }
    Ok((code, reason.to_owned()))
}

fn millis(text: &str) -> Result<u64, String> {
    Ok(u64::try_from(seconds(text)?.as_millis()).unwrap_or(u64::MAX))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} are no seconds");
    let number: f64 = text.parse().map_err(|_| wrong())?;
    let time = Duration::try_from_secs_f64(number).map_err(|_| wrong())?;
    if time < Duration::from_secs(1 << 32) { Ok(time) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        match Options::parse(args.iter().map(OsString::from)) {
            Ok(Command::Run(options)) => Ok(*options),
            Ok(Command::Help(_)) => Err("help".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn takes_urls_as_people_write_them() {
        for (text, wanted) in [
            ("localhost", "http://localhost/"),
            ("WS://a:8080/mqtt", "http://a:8080/mqtt"),
            ("wss://[::1]/a b?c", "https://[::1]/a%20b?c"),
        ] {
            assert_eq!(parse(&[text]).unwrap().url, wanted.as_bytes(), "{text}");
        }
        let options = parse(&["ws://me:secret@host/"]).unwrap();
        let basic = ("Authorization".to_owned(), "Basic bWU6c2VjcmV0".to_owned());
        assert_eq!(options.fields, [basic]);
    }

    #[test]
    fn rejects_what_makes_no_sense() {
        for args in [
            &[][..],
            &["http://a/"],
            &["ws://a/#b"],
            &["ws://a/", "b"],
            &["ws://"],
            &["a", "-p", "a b"],
            &["a", "-p", "mqtt", "-p", "mqtt"],
            &["a", "-H", "no field"],
            &["a", "-H", "Upgrade: h2c"],
            &["a", "-H", "Sec-WebSocket-Key: x"],
            &["a", "-H", "A: b\r\nC: d"],
            &["a", "--close", "1005"],
            &["a", "--close", "999"],
            &["a", "--close", "x"],
            &["a", "-w", "-1"],
            &["a", "--ping", "soon"],
        ] {
            assert!(parse(args).is_err(), "{args:?}");
        }
        let reason = "x".repeat(124);
        assert!(parse(&["a", "--close", &format!("1000:{reason}")]).is_err());
        assert!(parse(&["a", "--close", &format!("4999:{}", &reason[1..])]).is_ok());
    }
}
