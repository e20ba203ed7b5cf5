//! Where messages come from.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::options::{Options, Payload};
use crate::mqtt_client::error::Error;
use crate::mqtt_client::store::Content;

/// Payloads, one after the other.
pub(super) enum Source {
    /// The same, so often, the next one not before.
    Same {
        content: Content,
        left: u32,
        delay: Duration,
        next: Instant,
    },
    Lines(mpsc::Receiver<io::Result<Vec<u8>>>),
    Nothing,
}

/// The longest packet of MQTT has so many bytes behind its fixed header.
const LONGEST: u64 = 268_435_455;
/// Lines that are read ahead.
const AHEAD: usize = 64;
/// A file up to this size is read at once.
const SMALL: u64 = 64 << 10;

impl Source {
    pub(super) fn open(options: &Options) -> Result<Self, Error> {
        let content = match &options.payload {
            Payload::Text(text) => Content::Bytes(text.clone()),
            Payload::File(path) => file(path)?,
            Payload::Stdin => Content::Bytes(all("standard input", io::stdin())?),
            Payload::Lines => return Ok(Self::Lines(lines())),
        };
        let (left, delay) = (options.repeat, options.repeat_delay);
        Ok(Self::Same { content, left, delay, next: Instant::now() })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Nothing | Self::Same { left: 0, .. })
    }

    /// The next payload; `None` if there is none. If it is dropped, nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Option<Content>, Error> {
        match self {
            Self::Nothing => Ok(None),
            Self::Same { content, left, next, .. } => {
                sleep_until(*next).await;
                *left = left.saturating_sub(1);
                Ok(Some(content.clone()))
            }
            Self::Lines(lines) => match lines.recv().await {
                Some(Ok(line)) => Ok(Some(Content::Bytes(line))),
                Some(Err(error)) => Err(Error::failed(format!("standard input: {error}"))),
                None => {
                    *self = Self::Nothing;
                    Ok(None)
                }
            },
        }
    }

    /// A message was delivered.
    pub(super) fn delivered(&mut self) {
        if let Self::Same { delay, next, .. } = self {
            *next = Instant::now() + *delay;
        }
    }

    /// True if the next message waits for the delivery of the last.
    pub(super) fn is_patient(&self) -> bool {
        matches!(self, Self::Same { delay, .. } if !delay.is_zero())
    }
}

/// What is in a file: as it is when it is sent, if it is large.
fn file(path: &Path) -> Result<Content, Error> {
    let fail = |error: io::Error| Error::failed(format!("{}: {error}", path.display()));
    let about = fs::metadata(path).map_err(fail)?;
    if about.is_dir() {
        return Err(Error::failed(format!("{}: a folder", path.display())));
    }
    if about.is_file() && about.len() > SMALL {
        if about.len() > LONGEST {
            let why = "more than 268,435,455 bytes, which is too much for a packet of MQTT";
            return Err(Error::failed(format!("{}: {why}", path.display())));
        }
        return Ok(Content::File(std::path::absolute(path).map_err(fail)?));
    }
    all(&path.display().to_string(), File::open(path).map_err(fail)?).map(Content::Bytes)
}

fn all(name: &str, from: impl Read) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    let read = from.take(LONGEST + 1).read_to_end(&mut all);
    read.map_err(|error| Error::failed(format!("{name}: {error}")))?;
    if all.len() as u64 > LONGEST {
        let why = "more than 268,435,455 bytes, which is too much for a packet of MQTT";
        return Err(Error::failed(format!("{name}: {why}")));
    }
    Ok(all)
}

/// The system has no way to wait for standard input and a socket at once.
fn lines() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (to, lines) = mpsc::channel(AHEAD);
    thread::spawn(move || {
        let mut from = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = from.by_ref().take(LONGEST).read_until(b'\n', &mut line);
            if matches!(read, Ok(0)) {
                return;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            let is_error = read.is_err();
            if to.blocking_send(read.map(|_| line)).is_err() || is_error {
                return;
            }
        }
    });
    lines
}
