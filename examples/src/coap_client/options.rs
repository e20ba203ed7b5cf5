//! The command line of the client; the letters are those of libcoap's `coap-client`.

use std::ffi::OsString;
use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;

use coap_codec::uri::Uri;
use coap_codec::{Block, Code, ContentFormat, OptionNumber, Szx, Uint};
use lexopt::prelude::*;

use super::log::Log;
use crate::command_line::Command;

/// What `--help` prints.
const USAGE: &str = "\
usage: coap-get [OPTION].. URI

  coap://host:port/path?query, or coap+tcp, coap+ws or coaps+ws, which is WebSocket over TLS

  -m METHOD        get, put, post, delete, fetch, patch or ipatch; get
  -e TEXT          the payload; %41 is the byte 0x41
  -f FILE          the payload is what is in the file, - for standard input
  -t FORMAT        Content-Format of the payload: number, media type or a short name such as json
  -A FORMAT        Accept: the Content-Format that is wanted
  -o FILE          where the payload of the response goes, standard output
  -w               ends it with a newline
  -s SECONDS       observes: shows every change for so long, each on its line
  -b [NUM,]SIZE    in blocks of 16, 32, 64, 128, 256, 512 or 1024 bytes, beginning with block NUM
  -N               Non-confirmable: nothing is repeated
  -T TOKEN         the token of the first request, up to 8 bytes
  -O NUM,TEXT      an option; 0x.. is hexadecimal
  -U               never Uri-Host and Uri-Port
  -B SECONDS       how long to wait for a response, 90
  -a ADDRESS       sends from this address
  -p PORT          sends from this port
  -l LIST | N%     does not really send these datagrams (1,4-6), or N of 100
  -R FILE          trusts these certificates (PEM) instead of those that browsers trust
  -v LEVEL         0 to 9; from 6 on, shows all messages on standard error
  --help           this text

A response has up to 64 MiB. Of changes that come while a body is fetched in blocks, the last 16
are shown.

exit code: 0 the response is a success, 1 it is none or there is none, 2 a wrong command line";

/// The command line.
#[derive(Debug)]
pub struct Options {
    uri: String,
    pub(super) method: Code,
    pub(super) payload: Vec<u8>,
    /// Content-Format, Accept and what `-O` says.
    pub(super) options: Vec<(OptionNumber, Vec<u8>)>,
    pub(super) output: Option<PathBuf>,
    pub(super) newline: bool,
    pub(super) observe: Option<u32>,
    pub(super) block: Option<Block>,
    pub(super) non_confirmable: bool,
    pub(super) token: Option<Vec<u8>>,
    pub(super) omit_host: bool,
    pub(super) patience_secs: u32,
    pub(super) local_address: Option<IpAddr>,
    pub(super) local_port: u16,
    pub(super) losses: Losses,
    pub(super) ca_file: Option<PathBuf>,
    verbosity: u8,
}

impl Options {
    /// Reads the command line, without the program's name, and the payload if it is in a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command<Self>, lexopt::Error> {
        let mut args = lexopt::Parser::from_args(args);
        let mut options = Self {
            uri: String::new(),
            method: Code::GET,
            payload: Vec::new(),
            options: Vec::new(),
            output: None,
            newline: false,
            observe: None,
            block: None,
            non_confirmable: false,
            token: None,
            omit_host: false,
            patience_secs: 90,
            local_address: None,
            local_port: 0,
            losses: Losses::default(),
            ca_file: None,
            verbosity: 3,
        };
        while let Some(arg) = args.next()? {
            match arg {
                Short('m') => options.method = args.value()?.parse_with(method)?,
                Short('e') => options.payload = percent_decoded(&args.value()?.string()?),
                Short('f') => options.payload = read(args.value()?.into())?,
                Short('t') => {
                    let format = args.value()?.parse_with(content_format)?;
                    options.set(OptionNumber::CONTENT_FORMAT, uint(format.0));
                }
                Short('A') => {
                    let format = args.value()?.parse_with(content_format)?;
                    options.set(OptionNumber::ACCEPT, uint(format.0));
                }
                Short('o') => options.output = Some(args.value()?.into()),
                Short('w') => options.newline = true,
                Short('s') => options.observe = Some(args.value()?.parse()?),
                Short('b') => options.block = Some(args.value()?.parse_with(block)?),
                Short('N') => options.non_confirmable = true,
                Short('T') => options.token = Some(args.value()?.parse_with(token)?),
                Short('O') => {
                    let (number, value) = args.value()?.parse_with(option)?;
                    options.options.push((number, value));
                }
                Short('U') => options.omit_host = true,
                Short('B') => options.patience_secs = args.value()?.parse()?,
                Short('a') => options.local_address = Some(args.value()?.parse()?),
                Short('p') => options.local_port = args.value()?.parse()?,
                Short('l') => options.losses = args.value()?.parse_with(Losses::parse)?,
                Short('R') => options.ca_file = Some(args.value()?.into()),
                Short('v') => options.verbosity = args.value()?.parse()?,
                Long("help") => return Ok(Command::Help(USAGE.into())),
                Value(uri) if options.uri.is_empty() => {
                    options.uri = uri.string()?;
                    if let Err(error) = Uri::new(&options.uri) {
                        let (at, rule) = (error.offset, error.rule());
                        let kind = error.kind;
                        return Err(format!("the URI has {kind}, at byte {at} [{rule}]").into());
                    }
                }
                other => return Err(other.unexpected()),
            }
        }
        if options.uri.is_empty() {
            return Err("a URI is missing".into());
        }
        Ok(Command::Run(Box::new(options)))
    }

    /// The URI; it has been checked.
    pub(super) fn uri(&self) -> Uri<'_> {
        Uri::new(&self.uri).unwrap_or(Uri::from_static("coap://localhost/"))
    }

    pub(super) fn log(&self) -> Log {
        Log { messages: self.verbosity >= 6 }
    }

    /// Puts it in the place of one that an earlier argument gave.
    fn set(&mut self, number: OptionNumber, value: Vec<u8>) {
        self.options.retain(|(other, _)| *other != number);
        self.options.push((number, value));
    }
}

/// Which datagrams not to send.
#[derive(Debug, Clone, Default)]
pub(super) struct Losses {
    percent: u64,
    /// First and last, counted from 1.
    ranges: Vec<(u64, u64)>,
}

impl Losses {
    fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
        if let Some(percent) = text.strip_suffix('%') {
            return match number(percent)? {
                percent @ 0..=100 => Ok(Self { percent, ranges: Vec::new() }),
                _ => Err("0% to 100%".into()),
            };
        }
        let mut losses = Self::default();
        for range in text.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            losses.ranges.push((number(first)?, number(last)?));
        }
        Ok(losses)
    }

    /// Is the datagram of this number, counted from 1, lost?
    pub(super) fn take(&self, number: u64, random: u64) -> bool {
        random % 100 < self.percent
            || self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }
}

fn method(text: &str) -> Result<Code, String> {
    let known = (1..=7).map(Code);
    let same = |code: &Code| code.name().is_some_and(|name| name.eq_ignore_ascii_case(text));
    known.into_iter().find(same).ok_or_else(|| format!("{text} is no method"))
}

fn content_format(text: &str) -> Result<ContentFormat, String> {
    if let Ok(number) = text.parse() {
        return Ok(ContentFormat(number));
    }
    let short = match text {
        "text" | "plain" => Some(ContentFormat::TEXT_PLAIN),
        "link" | "link-format" => Some(ContentFormat::LINK_FORMAT),
        "octets" | "binary" | "octet-stream" => Some(ContentFormat::OCTET_STREAM),
        _ => ["application/", ""]
            .iter()
            .find_map(|main| ContentFormat::from_media_type(&format!("{main}{text}"))),
    };
    short.ok_or_else(|| format!("{text} is no Content-Format that is known by name"))
}

fn block(text: &str) -> Result<Block, String> {
    let (num, size) = text.split_once(',').unwrap_or(("0", text));
    let szx = size.parse().ok().and_then(Szx::from_size);
    let num = num.parse().ok();
    szx.zip(num)
        .and_then(|(szx, num)| Block::new(num, false, szx))
        .ok_or_else(|| format!("{text}: [NUM,]SIZE, and the size is 16, 32, .. or 1024"))
}

fn token(text: &str) -> Result<Vec<u8>, String> {
    let bytes = bytes(text)?;
    if bytes.len() > 8 { Err("a token has up to 8 bytes".into()) } else { Ok(bytes) }
}

fn option(text: &str) -> Result<(OptionNumber, Vec<u8>), String> {
    let (number, value) = text.split_once(',').unwrap_or((text, ""));
    let number = number.parse().map_err(|_| format!("{number} is no option number"))?;
    Ok((OptionNumber(number), bytes(value)?))
}

/// The text as it is, or what stands behind `0x` in hexadecimal.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    match text.strip_prefix("0x") {
        Some(hex) => crate::inspect::parse_hex(hex).map_err(|error| error.to_string()),
        None => Ok(text.as_bytes().to_vec()),
    }
}

/// `%` and two hexadecimal digits are a byte; any other `%` is itself.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        rest = behind;
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

fn uint(number: u16) -> Vec<u8> {
    Uint::new(number.into()).as_bytes().to_vec()
}

fn read(path: PathBuf) -> Result<Vec<u8>, String> {
    let read = if path.as_os_str() == "-" {
        let mut all = Vec::new();
        std::io::stdin().read_to_end(&mut all).map(|_| all)
    } else {
        std::fs::read(&path)
    };
    read.map_err(|error| format!("{}: {error}", path.display()))
}
