//! Standard input, cut into messages.

use std::io::{self, Read};
use std::thread;

use http_lite::websocket::Message;
use tokio::sync::mpsc;

use super::connection::PIECE;
use super::error::{Error, code};

/// What is a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A line, without its end.
    Lines,
    /// What one read brings.
    Reads,
    /// All that there is.
    Whole,
}

/// Pieces of messages, as standard input brings them.
pub(super) struct Input {
    cutter: Cutter,
    reads: mpsc::Receiver<io::Result<Vec<u8>>>,
}

impl Input {
    /// Reads from now on, ahead of what is asked for by a few pieces.
    pub(super) fn start(by: By, message: Message) -> Self {
        let (tell, reads) = mpsc::channel(2);
        // Reading blocks, and standard input cannot be asked whether it will.
        thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut bytes = vec![0; PIECE];
                let read = match stdin.read(&mut bytes) {
                    Ok(0) => return,
                    Ok(len) => {
                        bytes.truncate(len);
                        Ok(bytes)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_last = read.is_err();
                if tell.blocking_send(read).is_err() || is_last {
                    return;
                }
            }
        });
        Self { cutter: Cutter::new(by, message), reads }
    }

    /// True if [`read`](Self::read) should be called before there is a next piece.
    pub(super) fn wants_read(&self) -> bool {
        let held = self.cutter.rest().len();
        let is_enough = if self.cutter.by == By::Reads { held > 0 } else { held > PIECE };
        !self.cutter.is_ended && !is_enough
    }

    /// Waits for more. If it is dropped nothing is lost.
    pub(super) async fn read(&mut self) -> Result<(), Error> {
        match self.reads.recv().await {
            Some(Ok(bytes)) => self.cutter.push(&bytes),
            Some(Err(error)) => {
                return Err(Error::new(code::LOCAL, format!("standard input: {error}")));
            }
            None => self.cutter.is_ended = true,
        }
        Ok(())
    }

    /// The next piece, and whether it ends its message.
    pub(super) fn next(&mut self) -> Result<Option<(&[u8], bool)>, Error> {
        self.cutter.next()
    }

    /// True if nothing more comes.
    pub(super) fn is_done(&self) -> bool {
        self.cutter.is_done()
    }
}

struct Cutter {
    by: By,
    message: Message,
    held: Vec<u8>,
    /// How much of it was handed out.
    start: usize,
    /// A message has begun and not ended.
    has_begun: bool,
    /// No more comes behind what is held.
    is_ended: bool,
    /// The only message has ended.
    is_complete: bool,
}

impl Cutter {
    fn new(by: By, message: Message) -> Self {
        let (has_begun, is_ended, is_complete) = (false, false, false);
        Self { by, message, held: Vec::new(), start: 0, has_begun, is_ended, is_complete }
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.start..).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        self.held.drain(..self.start);
        self.start = 0;
        self.held.extend_from_slice(bytes);
    }

    fn is_done(&self) -> bool {
        let is_pending = self.by == By::Whole && !self.is_complete;
        self.is_ended && self.rest().is_empty() && !self.has_begun && !is_pending
    }

    fn next(&mut self) -> Result<Option<(&[u8], bool)>, Error> {
        let rest = self.rest();
        let first = rest.get(..PIECE).unwrap_or(rest);
        let is_all = self.is_ended && first.len() == rest.len();
        // How much of it is a piece, with what separates it from the next, and whether it is the last.
        let (len, separator, is_last) = match self.by {
            By::Lines => match first.iter().position(|byte| *byte == b'\n') {
                Some(len) => (len, 1, true),
                None if is_all => (first.len(), 0, true),
                None if rest.len() > PIECE => (PIECE, 0, false),
                None => return Ok(None),
            },
            By::Reads => (first.len(), 0, true),
            By::Whole => (first.len(), 0, is_all),
        };
        let says = match self.by {
            By::Lines => len + separator > 0 || self.has_begun,
            By::Reads => len > 0,
            By::Whole => len > 0 || (is_last && !self.is_complete),
        };
        let len = self.whole_characters(len, is_last)?;
        if !says || (len == 0 && !is_last) {
            return Ok(None);
        }
        let start = self.start;
        self.start += len + if is_last { separator } else { 0 };
        self.has_begun = !is_last;
        self.is_complete |= is_last;
        let piece = self.held.get(start..start + len).unwrap_or_default();
        Ok(Some((piece, is_last)))
    }

    /// As much of the first `len` bytes as are whole characters, if it is a text.
    fn whole_characters(&self, len: usize, is_last: bool) -> Result<usize, Error> {
        let text = self.rest().get(..len).unwrap_or_default();
        match std::str::from_utf8(text) {
            Err(error) if self.message == Message::Text => match error.error_len() {
                None if !is_last => Ok(error.valid_up_to()),
                _ => Err(Error::new(code::LOCAL, "standard input is not UTF-8, as a text is")),
            },
            _ => Ok(len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of input that comes in these reads, the last of a message with a dot behind.
    fn cut(by: By, message: Message, reads: &[&[u8]]) -> Result<Vec<Vec<u8>>, String> {
        let mut cutter = Cutter::new(by, message);
        let mut pieces = Vec::new();
        for read in reads.iter().map(Some).chain([None]) {
            match read {
                Some(read) => cutter.push(read),
                None => cutter.is_ended = true,
            }
            while let Some((piece, is_last)) = cutter.next().map_err(|e| e.to_string())? {
                assert!(piece.len() <= PIECE);
                pieces.push([piece, if is_last { b"." } else { b"" }].concat());
            }
        }
        assert!(cutter.is_done());
        Ok(pieces)
    }

    #[test]
    fn lines_are_messages_however_they_are_read() {
        let text = "one\n\nthr\u{e9}e\r\n\u{1F600}";
        let wanted =
            ["one.", ".", "thr\u{e9}e\r.", "\u{1F600}."].map(|line| line.as_bytes().to_vec());
        for at in 0..=text.len() {
            let (a, b) = text.as_bytes().split_at(at);
            assert_eq!(cut(By::Lines, Message::Text, &[a, b]).unwrap(), wanted, "{at}");
        }
        assert!(cut(By::Lines, Message::Text, &[]).unwrap().is_empty());
        assert_eq!(cut(By::Lines, Message::Text, &[b"\n"]).unwrap(), [b"."]);
    }

    #[test]
    fn a_line_longer_than_a_piece_goes_in_fragments_of_whole_characters() {
        for len in [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 1] {
            // Characters of three bytes: a piece ends within one.
            let text = "\u{20AC}".repeat(len / 3 + 1) + "\nx\n";
            let chunks: Vec<_> = text.as_bytes().chunks(PIECE).collect();
            let pieces = cut(By::Lines, Message::Text, &chunks).unwrap();
            assert!(pieces.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
            assert_eq!(pieces.concat(), text.replace('\n', ".").as_bytes(), "{len}");
        }
    }

    #[test]
    fn a_read_is_a_message_and_all_is_one() {
        let reads: &[&[u8]] = &[b"a\n", b"\xff", b"b"];
        let wanted: [&[u8]; 3] = [b"a\n.", b"\xff.", b"b."];
        assert_eq!(cut(By::Reads, Message::Binary, reads).unwrap(), wanted);
        assert!(cut(By::Reads, Message::Binary, &[]).unwrap().is_empty());
        let wanted: [&[u8]; 4] = [b"a\n", b"\xff", b"b", b"."];
        assert_eq!(cut(By::Whole, Message::Binary, reads).unwrap(), wanted);
        assert_eq!(cut(By::Whole, Message::Text, &[]).unwrap(), [b"."]);
    }

    #[test]
    fn refuses_texts_that_are_not_utf_8() {
        for reads in [&[&b"a\n\xff"[..]][..], &[b"\xE2\x82\n"], &[b"\xE2\x82"]] {
            assert!(cut(By::Lines, Message::Text, reads).is_err(), "{reads:?}");
            assert!(cut(By::Whole, Message::Text, reads).is_err(), "{reads:?}");
        }
    }
}
