//! Lines for the person at the terminal.

use std::fmt;
use std::io::Write;
use std::time::Instant;

/// Writes to standard error, unless it is to be quiet. A broken pipe is nobody's problem.
#[derive(Debug)]
pub(super) struct Log {
    quiet: bool,
    start: Instant,
}

impl Log {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, start: Instant::now() }
    }

    pub(super) fn line(&self, text: fmt::Arguments<'_>) {
        if !self.quiet {
            let secs = self.start.elapsed().as_secs_f64();
            let _ = writeln!(std::io::stderr().lock(), "{secs:9.3} {text}");
        }
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
