//! Lines for the person at the terminal.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// So many lines wait at most.
const LINES: usize = 1024;

/// Writes to standard error, unless it is to be quiet, on a thread of its own: when nobody reads
/// there, lines are lost, and nothing else waits. A broken pipe is nobody's problem.
#[derive(Debug)]
pub(super) struct Log {
    lines: Option<SyncSender<String>>,
    counts: Arc<Counts>,
    start: Instant,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicUsize,
    lost: AtomicUsize,
}

impl Log {
    pub(super) fn new(quiet: bool) -> Self {
        let counts = Arc::new(Counts::default());
        let mut lines = None;
        if !quiet {
            let (sender, receiver) = sync_channel(LINES);
            let counts = Arc::clone(&counts);
            let write = move || write_lines(&receiver, &counts, &mut std::io::stderr());
            let thread = std::thread::Builder::new().name("log".to_owned()).spawn(write);
            lines = thread.is_ok().then_some(sender);
        }
        Self { lines, counts, start: Instant::now() }
    }

    pub(super) fn line(&self, text: fmt::Arguments<'_>) {
        if let Some(lines) = &self.lines {
            let secs = self.start.elapsed().as_secs_f64();
            self.counts.waiting.fetch_add(1, Ordering::AcqRel);
            if lines.try_send(format!("{secs:9.3} {text}\n")).is_err() {
                self.counts.waiting.fetch_sub(1, Ordering::AcqRel);
                self.counts.lost.fetch_add(1, Ordering::AcqRel);
            }
        }
    }

    /// Waits until all lines are written, or for `most`.
    pub(super) async fn flush(&self, most: Duration) {
        let end = Instant::now() + most;
        while self.counts.waiting.load(Ordering::Acquire) > 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn write_lines(lines: &Receiver<String>, counts: &Counts, out: &mut impl Write) {
    for line in lines {
        let _ = out.write_all(line.as_bytes());
        match counts.lost.swap(0, Ordering::AcqRel) {
            0 => {}
            lost => {
                let _ = writeln!(out, "{lost} lines lost, nobody read them in time");
            }
        }
        counts.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A name that a client chose, safe for a terminal and not too long for a line.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 64;
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{:?}..", self.0.get(..end).unwrap_or_default()),
            None => write!(f, "{:?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_lines_are_counted() {
        let counts = Counts { waiting: 2.into(), lost: 3.into() };
        let (sender, receiver) = sync_channel(2);
        for line in ["a\n", "b\n"] {
            sender.send(line.to_owned()).unwrap();
        }
        drop(sender);
        let mut out = Vec::new();
        write_lines(&receiver, &counts, &mut out);
        assert_eq!(out, b"a\n3 lines lost, nobody read them in time\nb\n");
        assert_eq!(counts.waiting.into_inner(), 0);
    }
}
