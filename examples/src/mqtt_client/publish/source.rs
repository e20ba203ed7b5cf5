//! Where messages come from.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
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
    Lines {
        from: mpsc::Receiver<io::Result<Vec<Vec<u8>>>>,
        /// What has come and was not taken.
        some: std::vec::IntoIter<Vec<u8>>,
    },
    Nothing,
}

/// The longest packet of MQTT has so many bytes behind its fixed header.
const LONGEST: u64 = 268_435_455;
/// So much is read ahead at once, or one line if that is longer, and so often.
const AHEAD: usize = 16 << 10;
const TIMES: usize = 2;
/// A file up to this size is read at once.
const SMALL: u64 = 64 << 10;

impl Source {
    pub(super) fn open(options: &Options) -> Result<Self, Error> {
        let content = match &options.payload {
            Payload::Text(text) => Content::Bytes(text.clone()),
            Payload::File(path) => file(path)?,
            Payload::Stdin => Content::Bytes(all("standard input", io::stdin())?),
            Payload::Lines => {
                return Ok(Self::Lines { from: lines(), some: Vec::new().into_iter() });
            }
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
            Self::Lines { from, some } => {
                if some.len() == 0 {
                    *some = match from.recv().await {
                        Some(Ok(lines)) => lines.into_iter(),
                        Some(Err(error)) => {
                            return Err(Error::failed(format!("standard input: {error}")));
                        }
                        None => {
                            *self = Self::Nothing;
                            return Ok(None);
                        }
                    };
                }
                Ok(self.at_hand())
            }
        }
    }

    /// The next payload, if it is here already.
    pub(super) fn at_hand(&mut self) -> Option<Content> {
        match self {
            Self::Lines { some, .. } => some.next().map(Content::Bytes),
            _ => None,
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

/// The system has no way to wait for standard input and a socket at once. Lines that come together go
/// together, so that the other side is woken once for all of them.
fn lines() -> mpsc::Receiver<io::Result<Vec<Vec<u8>>>> {
    let (to, lines) = mpsc::channel(TIMES);
    thread::spawn(move || {
        let mut from = BufReader::with_capacity(AHEAD, io::stdin());
        loop {
            let some = next_lines(&mut from);
            let (is_end, is_error) =
                (matches!(&some, Ok(lines) if lines.is_empty()), some.is_err());
            if is_end || to.blocking_send(some).is_err() || is_error {
                return;
            }
        }
    });
    lines
}

/// The next line, and those that have come with it; none at the end.
fn next_lines(from: &mut BufReader<impl Read>) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        if from.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(lines);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        lines.push(line);
        if !from.buffer().contains(&b'\n') {
            return Ok(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    #[test]
    fn lines_that_come_together_go_together() {
        let pieces = ["1\n2\n\n3", "", "4\n", "5\r\n6\n", "7"];
        let pieces = pieces.map(|piece| VecDeque::from(piece.as_bytes().to_vec()));
        let [a, b, c, d, e] = pieces;
        let mut from = BufReader::new(a.chain(b).chain(c).chain(d).chain(e));
        let mut next = || {
            let lines = next_lines(&mut from).unwrap();
            lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(next(), ["1", "2", ""]);
        assert_eq!(next(), ["34"]);
        assert_eq!(next(), ["5\r", "6"]);
        assert_eq!(next(), ["7"]);
        assert_eq!(next(), [""; 0]);
    }
}
