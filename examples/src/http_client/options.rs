//! The command line of the client; the letters are curl's.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_lite::connection::Budgets;
use http_lite::{Field, Method, Range};
use lexopt::prelude::*;

use super::body::{FormField, Piece};
use super::error::Error;
use super::log::Log;
use crate::command_line::Command;

/// What `--help` prints.
const USAGE: &str = "\
usage: http-get [OPTION].. URL..     http://user:password@host:port/path?query or https://..

what is asked for
  -X METHOD             GET, or what -d, -F, -T and -I imply
  -I                    HEAD: shows the head
  -H 'NAME: VALUE'      a field; 'NAME:' leaves out one that is sent else, 'NAME;' is an empty one
  -u USER:PASSWORD      Basic credentials
  -r RANGES             only these bytes, such as 0-499 or -500
  -L                    follows redirects, up to ten
  -f, --fail            a status of 400 and more is an error, and its body is not shown
what is sent
  -d DATA, -d @FILE     POSTs a form, @FILE without its line ends; several are joined with &
  --data-binary DATA    the same, @FILE as it is; - is standard input
  -F NAME=VALUE         POSTs multipart/form-data; NAME=@FILE;type=T;filename=N sends a file
  -T FILE               PUTs a file; - is standard input, chunked
where it goes
  -o FILE, -O           a file for the next URL; -O takes its name from the URL; standard output
  -C OFFSET, -C -       resumes a download at this byte, or behind what the file has
  --etag-save FILE      stores the ETag of the response, marked as incomplete until all is there
  --etag-compare FILE   only if it has another ETag; with -C, goes on only if it has the same
  -i                    shows heads too
  -v                    tells on standard error what goes back and forth
  -s, -S                neither errors nor progress are shown; -S: errors are
  -N                    a slow stream: nothing is too slow behind the head of the response
limits
  --cacert FILE         trusts these certificates (PEM) instead of those that browsers trust
  --connect-timeout S   for name, connection and TLS, 60 s
  -m, --max-time S      for all of a URL, redirects too
  -y, --speed-time S    for a response's head, and to bring -Y bytes of a body, 60 s
  -Y, --speed-limit N   bytes of body in each -y seconds, 1024
  --help                this text

What has come is kept when a download is cut, and -C - goes on with it if the server sends the rest;
if --etag-compare has an ETag, only with the same strong one. Else the file stays as it is (33). It is
complete if the server says that it has as many bytes.

An event stream may be as slow as it likes. To another origin, a redirect takes no credentials and of
-H only Accept.., User-Agent, Range, and what belongs to a body that is sent again. The ETag of
--etag-compare is of what redirects lead to, and goes along.

exit code: 0, 2 a wrong command line, else as curl: 1 scheme, 3 URL, 6 name, 7 connection,
8 not HTTP, 18 cut, 22 status, 23 writing, 25 upload, 26 reading, 28 time, 33 range, 35 TLS,
47 redirects, 52 no reply, 55 sending, 56 receiving, 60 certificate, 65 cannot be sent again,
77 --cacert";

/// The command line.
pub struct Options {
    pub(super) urls: Vec<String>,
    /// For the URLs in their order.
    pub(super) outputs: Vec<SendTo>,
    pub(super) method: Option<String>,
    pub(super) payload: Payload,
    /// Without value: is left out.
    pub(super) fields: Vec<(String, Option<String>)>,
    pub(super) head: bool,
    pub(super) follow: bool,
    pub(super) fail: bool,
    pub(super) user: Option<String>,
    pub(super) resume: Option<Resume>,
    pub(super) range: Option<String>,
    pub(super) etag_save: Option<PathBuf>,
    pub(super) etag_compare: Option<PathBuf>,
    pub(super) include: bool,
    pub(super) silent: bool,
    pub(super) show_errors: bool,
    pub(super) patient: bool,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) connect_time: Duration,
    pub(super) max_time: Option<Duration>,
    pub(super) budgets: Budgets,
    verbose: bool,
}

/// Where the body of a response goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendTo {
    Stdout,
    File(PathBuf),
    /// A file of the name that stands last in the URL.
    Named,
}

/// Where a download goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resume {
    At(u64),
    BehindFile,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    None,
    /// A form, or whatever Content-Type says.
    Data(Vec<Piece>),
    Form(Vec<FormField>),
    Upload(PathBuf),
}

impl Options {
    /// Reads the command line, without the program's name, and small files that are sent.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command<Self>, lexopt::Error> {
        let mut args = lexopt::Parser::from_args(args);
        let mut options = Self::default();
        while let Some(arg) = args.next()? {
            match arg {
                Short('X') | Long("request") => {
                    options.method = Some(args.value()?.parse_with(method)?);
                }
                Short('I') | Long("head") => options.head = true,
                Short('H') | Long("header") => {
                    options.fields.push(args.value()?.parse_with(field)?);
                }
                Short('u') | Long("user") => options.user = Some(args.value()?.string()?),
                Short('r') | Long("range") => {
                    options.range = Some(args.value()?.parse_with(range)?)
                }
                Short('L') | Long("location") => options.follow = true,
                Short('f') | Long("fail") => options.fail = true,
                Short('d') | Long("data") => options.data(&args.value()?.string()?, true)?,
                Long("data-binary") => options.data(&args.value()?.string()?, false)?,
                Short('F') | Long("form") => {
                    let field = FormField::parse(&args.value()?.string()?).map_err(custom)?;
                    match &mut options.payload {
                        Payload::None => options.payload = Payload::Form(vec![field]),
                        Payload::Form(fields) => fields.push(field),
                        _ => return Err(ONE_PAYLOAD.into()),
                    }
                }
                Short('T') | Long("upload-file") => match options.payload {
                    Payload::None => options.payload = Payload::Upload(args.value()?.into()),
                    _ => return Err(ONE_PAYLOAD.into()),
                },
                Short('o') | Long("output") => {
                    let path = PathBuf::from(args.value()?);
                    let is_stdout = path == Path::new("-");
                    let to = if is_stdout { SendTo::Stdout } else { SendTo::File(path) };
                    options.outputs.push(to);
                }
                Short('O') | Long("remote-name") => options.outputs.push(SendTo::Named),
                Short('C') | Long("continue-at") => {
                    options.resume = Some(args.value()?.parse_with(resume)?);
                }
                Long("etag-save") => options.etag_save = Some(args.value()?.into()),
                Long("etag-compare") => options.etag_compare = Some(args.value()?.into()),
                Short('i') | Long("include") => options.include = true,
                Short('v') | Long("verbose") => options.verbose = true,
                Short('s') | Long("silent") => options.silent = true,
                Short('S') | Long("show-error") => options.show_errors = true,
                Short('N') | Long("no-buffer") => options.patient = true,
                Long("cacert") => options.ca_file = Some(args.value()?.into()),
                Long("connect-timeout") => {
                    options.connect_time = args.value()?.parse_with(seconds)?;
                }
                Short('m') | Long("max-time") => {
                    options.max_time = Some(args.value()?.parse_with(seconds)?);
                }
                Short('y') | Long("speed-time") => {
                    let millis = args.value()?.parse_with(seconds)?.as_millis();
                    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
                    (options.budgets.head_ms, options.budgets.body_ms) = (millis, millis);
                }
                Short('Y') | Long("speed-limit") => {
                    options.budgets.body_bytes = args.value()?.parse()?;
                }
                Long("help") => return Ok(Command::Help(USAGE.into())),
                Value(url) => options.urls.push(url.string()?),
                other => return Err(other.unexpected()),
            }
        }
        options.check()?;
        Ok(Command::Run(Box::new(options)))
    }

    fn check(&self) -> Result<(), &'static str> {
        let sends = !matches!(self.payload, Payload::None);
        if self.urls.is_empty() {
            return Err("a URL is missing");
        }
        if self.head && sends {
            return Err("-I sends nothing");
        }
        if self.resume.is_some() && (sends || self.head || self.include || self.range.is_some()) {
            return Err("-C does not go with -d, -F, -T, -I, -i and -r");
        }
        if self.resume == Some(Resume::BehindFile) && self.outputs.len() < self.urls.len() {
            return Err("-C - needs -o or -O for each URL");
        }
        if self.outputs.len() > self.urls.len() {
            return Err("more of -o and -O than URLs");
        }
        if self.urls.len() > 1 && (self.etag_save.is_some() || self.etag_compare.is_some()) {
            return Err("--etag-save and --etag-compare go with one URL");
        }
        if self.user.as_ref().is_some_and(|user| !user.contains(':')) {
            return Err("-u takes USER:PASSWORD");
        }
        Ok(())
    }

    /// Adds to what is sent. Line ends in a file that is a form count for nothing.
    fn data(&mut self, data: &str, is_form: bool) -> Result<(), lexopt::Error> {
        let piece = match data.strip_prefix('@') {
            None => Piece::Bytes(data.into()),
            Some("-") => {
                let mut bytes = Vec::new();
                let done = std::io::stdin().read_to_end(&mut bytes);
                done.map_err(|error| format!("standard input: {error}"))?;
                Piece::Bytes(if is_form { without_line_ends(bytes) } else { bytes })
            }
            Some(path) if is_form => {
                let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
                Piece::Bytes(without_line_ends(bytes))
            }
            Some(path) => Piece::file(Path::new(path)).map_err(custom)?,
        };
        match &mut self.payload {
            Payload::None => self.payload = Payload::Data(vec![piece]),
            Payload::Data(pieces) => pieces.extend([Piece::Bytes(b"&".into()), piece]),
            _ => return Err(ONE_PAYLOAD.into()),
        }
        Ok(())
    }

    /// Is it what `-C` could ask for too?
    pub(super) fn is_plain_get(&self) -> bool {
        let is_get = self.method.as_deref().is_none_or(|method| method == "GET");
        is_get && matches!(self.payload, Payload::None) && !self.head && self.range.is_none()
    }

    pub(super) fn log(&self) -> Log {
        Log { verbose: self.verbose }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            outputs: Vec::new(),
            method: None,
            payload: Payload::None,
            fields: Vec::new(),
            head: false,
            follow: false,
            fail: false,
            user: None,
            resume: None,
            range: None,
            etag_save: None,
            etag_compare: None,
            include: false,
            silent: false,
            show_errors: false,
            patient: false,
            ca_file: None,
            connect_time: Duration::from_secs(60),
            max_time: None,
            budgets: Budgets { head_ms: 60_000, body_ms: 60_000, ..Budgets::CLIENT },
            verbose: false,
        }
    }
}

const ONE_PAYLOAD: &str = "only one of -d, -F and -T, and one -T";

fn without_line_ends(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
    bytes
}

fn method(text: &str) -> Result<String, String> {
    match Method::new(text.as_bytes()) {
        Some(Method::CONNECT) => Err("tunnels are not made here".into()),
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("{text:?} is no method")),
    }
}

fn field(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match (text.split_once(':'), text.strip_suffix(';')) {
        (Some((name, value)), _) => (name, value.trim_matches([' ', '\t'])),
        (None, Some(name)) => (name, ""),
        (None, None) => return Err(format!("{text:?} is not NAME: VALUE")),
    };
    Field::new(name, value).map_err(|error| format!("{text:?}: {error}"))?;
    let is_left_out = value.is_empty() && text.contains(':');
    Ok((name.to_owned(), (!is_left_out).then(|| value.to_owned())))
}

fn range(text: &str) -> Result<String, String> {
    let value = format!("bytes={text}");
    match Range::parse(value.as_bytes()) {
        Some(_) => Ok(value),
        None => Err(format!("{text:?} are no ranges")),
    }
}

fn resume(text: &str) -> Result<Resume, String> {
    match text {
        "-" => Ok(Resume::BehindFile),
        number => {
            let at = number.parse().map_err(|_| format!("{number:?} is no offset"))?;
            Ok(Resume::At(at))
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} are no seconds");
    let number: f64 = text.parse().map_err(|_| wrong())?;
    match Duration::try_from_secs_f64(number) {
        Ok(time) if !time.is_zero() && time < Duration::from_secs(1 << 32) => Ok(time),
        _ => Err(wrong()),
    }
}

fn custom(error: Error) -> lexopt::Error {
    error.to_string().into()
}
