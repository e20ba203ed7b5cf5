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
