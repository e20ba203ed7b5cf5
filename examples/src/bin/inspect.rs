//! What bytes mean, field by field, and what is wrong with them: `inspect mqtt 10 10 00 04 ..`,
//! `inspect coap 40 01 ..`, `inspect http 'GET / HTTP/1.1\r\n..'`, `inspect ws 81 05 ..`,
//! `inspect link '</a>;ct=50'`.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::ExitCode;

use http_lite::{Method, websocket};
use lexopt::prelude::*;
use mqtt_codec::{Role, Version};
use sansio_examples::inspect::{self, Options, Over, Report};

const USAGE: &str = "\
usage: inspect mqtt [OPTION].. HEX..      packets in hexadecimal: 30 05 00:03 0x612f62 41
       inspect coap [OPTION].. HEX..      a CoAP message, over TCP several
       inspect ws [OPTION].. HEX..        WebSocket frames
       inspect mqtt|coap|ws [OPTION].. -         the same from standard input
       inspect mqtt|coap|ws [OPTION].. --file F  the same from a file
       inspect http [OPTION].. TEXT       messages of HTTP/1.1, in which \\r\\n ends a line
       inspect http [OPTION].. - | --file F   the same as they went over the wire
       inspect link LINKS [QUERY]..       links, attribute by attribute; which the queries take
       inspect topic FILTER NAME          does the filter take the name, and if not why

  --binary          standard input or the file holds the bytes themselves
  --version V       MQTT 3.1.1 or 5.0; otherwise a CONNECT tells, and without one 5.0 goes first
  --from SIDE       who sent the packets of MQTT or the frames, client or server; otherwise what
                    either may send is taken, or the first frame's mask tells
  --asked METHOD    what the responses of HTTP answer, GET if it is not said
  --coap            each binary message of WebSocket is one of CoAP, which is shown too
  --tcp, --ws       the CoAP message went over TCP, or in a WebSocket message; otherwise over UDP

exit code: 0, 1 if something is malformed or incomplete, 2 for a wrong command line";

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = std::io::stdout().write_all(report.text.as_bytes());
            if report.well_formed { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            let text = match error {
                Failure::CommandLine(error) => format!("{error}\nTry `inspect --help`."),
                Failure::Input(error) => error,
            };
            let _ = writeln!(std::io::stderr(), "inspect: {text}");
            ExitCode::from(2)
        }
    }
}

/// Why there is nothing to report.
enum Failure {
    CommandLine(lexopt::Error),
    /// The bytes cannot be read.
    Input(String),
}

impl<E: Into<lexopt::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::CommandLine(error.into())
    }
}

fn run() -> Result<Report, Failure> {
    let help = || Ok(Report { text: format!("{USAGE}\n"), well_formed: true });
    // Of one protocol too; but a topic may be called so.
    if matches!(std::env::args_os().collect::<Vec<_>>().as_slice(), [_, _, last] if last == "--help")
    {
        return help();
    }
    let mut args = lexopt::Parser::from_env();
    match args.next()? {
        Some(Value(what)) if what == "mqtt" => mqtt(args),
        Some(Value(what)) if what == "coap" => coap(args),
        Some(Value(what)) if what == "http" => http(args),
        Some(Value(what)) if what == "ws" => websocket(args),
        Some(Value(what)) if what == "link" => link(args),
        Some(Value(what)) if what == "topic" => topic(args),
        Some(Short('h') | Long("help")) => help(),
        Some(other) => Err(other.unexpected().into()),
        None => Err("mqtt, coap, http, ws, link or topic?".into()),
    }
}

fn mqtt(mut args: lexopt::Parser) -> Result<Report, Failure> {
    let mut options = Options { version: None, from: Role::Either };
    let mut input = Input::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("version") => options.version = Some(version(&args.value()?.string()?)?),
            Long("from") => options.from = side(&args.value()?.string()?)?,
            Long("file") => input.file = Some(args.value()?),
            Long("binary") => input.binary = true,
            Value(value) => input.value(value)?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(inspect::mqtt_packets(&input.bytes()?, options))
}

fn coap(mut args: lexopt::Parser) -> Result<Report, Failure> {
    let (mut over, mut input) = (Over::Udp, Input::default());
    while let Some(arg) = args.next()? {
        match arg {
            Long("udp") => over = Over::Udp,
            Long("tcp") => over = Over::Tcp,
            Long("ws") => over = Over::WebSocket,
            Long("file") => input.file = Some(args.value()?),
            Long("binary") => input.binary = true,
            Value(value) => input.value(value)?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(inspect::coap_messages(&input.bytes()?, over))
}

fn websocket(mut args: lexopt::Parser) -> Result<Report, Failure> {
    let (mut from, mut is_coap, mut input) = (None, false, Input::default());
    while let Some(arg) = args.next()? {
        match arg {
            Long("from") => {
                from = Some(match side(&args.value()?.string()?)? {
                    Role::Server => websocket::Role::Server,
                    _ => websocket::Role::Client,
                });
            }
            Long("coap") => is_coap = true,
            Long("file") => input.file = Some(args.value()?),
            Long("binary") => input.binary = true,
            Value(value) => input.value(value)?,
            other => return Err(other.unexpected().into()),
        }
    }
    let explain = if is_coap { inspect::websocket_coap_frames } else { inspect::websocket_frames };
    Ok(explain(&input.bytes()?, from))
}

fn http(mut args: lexopt::Parser) -> Result<Report, Failure> {
    let (mut asked, mut text) = (None, None);
    let mut input = Input { binary: true, ..Input::default() };
    while let Some(arg) = args.next()? {
        match arg {
            Long("asked") => asked = Some(args.value()?.string()?),
            Long("file") => input.file = Some(args.value()?),
            Long("binary") => {}
            Value(value) if value == "-" => input.stdin = true,
            Value(value) if text.is_none() => text = Some(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let bytes = match text {
        Some(text) if input.file.is_none() && !input.stdin => {
            let bytes = inspect::unescape(&text).map_err(Failure::Input)?;
            if bytes.is_empty() { return Err(Failure::Input("no bytes".into())) } else { bytes }
        }
        Some(_) => return Err("one of TEXT, - and --file".into()),
        None if input.file.is_none() && !input.stdin => {
            return Err("no message: TEXT, - or --file".into());
        }
        None => input.bytes()?,
    };
    let method = match &asked {
        Some(asked) => match Method::new(asked.as_bytes()) {
            Some(method) => Some(method),
            None => return Err(format!("{asked:?} is no method").into()),
        },
        None => None,
    };
    Ok(inspect::http_messages(&bytes, method.as_ref()))
}

/// Where bytes come from.
#[derive(Default)]
struct Input {
    hex: String,
    file: Option<OsString>,
    stdin: bool,
    binary: bool,
}

impl Input {
    /// An argument: `-`, or bytes in hexadecimal.
    fn value(&mut self, value: OsString) -> Result<(), Failure> {
        if value == "-" {
            self.stdin = true;
        } else {
            self.hex += &(value.string()? + " ");
        }
        Ok(())
    }

    fn bytes(self) -> Result<Vec<u8>, Failure> {
        let Self { hex, file, stdin, binary } = self;
        let bytes = match (file, stdin, hex.is_empty()) {
            (Some(path), false, true) => {
                let failure = |e| Failure::Input(format!("{}: {e}", path.to_string_lossy()));
                std::fs::read(&path).map_err(failure)?
            }
            (None, true, true) => {
                let mut all = Vec::new();
                std::io::stdin()
                    .read_to_end(&mut all)
                    .map_err(|error| Failure::Input(error.to_string()))?;
                all
            }
            (None, false, false) if binary => return Err("--binary is for a file or -".into()),
            (None, false, false) => hex.into_bytes(),
            (None, false, true) => return Err("no bytes: HEX, - or --file".into()),
            _ => return Err("one of HEX, - and --file".into()),
        };
        let bytes = if binary { bytes } else { from_hex(&bytes)? };
        if bytes.is_empty() {
            return Err(Failure::Input("no bytes".into()));
        }
        Ok(bytes)
    }
}

fn from_hex(text: &[u8]) -> Result<Vec<u8>, Failure> {
    let text = std::str::from_utf8(text)
        .map_err(|_| Failure::Input("not hexadecimal: --binary?".into()))?;
    inspect::parse_hex(text)
        .map_err(|error| Failure::Input(format!("{error} (--binary for bytes)")))
}

fn link(mut args: lexopt::Parser) -> Result<Report, Failure> {
    let mut texts = Vec::new();
    for arg in args.raw_args()? {
        texts.push(arg.string()?);
    }
    match texts.split_first() {
        Some((document, queries)) => Ok(inspect::links(document, queries)),
        None => Err("links, as '</a>;ct=50,</b>'".into()),
    }
}

fn topic(mut args: lexopt::Parser) -> Result<Report, Failure> {
    let mut texts = Vec::new();
    // As they are: a filter may begin with a dash.
    for arg in args.raw_args()? {
        texts.push(arg.string()?);
    }
    match texts.as_slice() {
        [filter, name] => Ok(inspect::topic_match(filter, name)),
        _ => Err("a topic filter and a topic name".into()),
    }
}

fn version(text: &str) -> Result<Version, lexopt::Error> {
    match text {
        "3.1.1" | "3" | "4" => Ok(Version::V3),
        "5.0" | "5" => Ok(Version::V5),
        _ => Err(format!("MQTT {text} is not known, 3.1.1 or 5.0").into()),
    }
}

fn side(text: &str) -> Result<Role, lexopt::Error> {
    match text {
        "client" => Ok(Role::Client),
        "server" => Ok(Role::Server),
        _ => Err(format!("{text} is no side, client or server").into()),
    }
}
