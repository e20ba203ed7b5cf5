//! What all programs but the gateway and the inspector do with their command line.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

/// What a command line asks for.
#[derive(Debug)]
pub enum Command<O> {
    /// Do it.
    Run(Box<O>),
    /// Print this.
    Help(Cow<'static, str>),
}

/// The arguments, without the program's name.
pub fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os().skip(1)
}

/// Does what the command line asks for, or tells what is wrong with it.
pub fn main<O>(
    name: &str,
    command: Result<Command<O>, lexopt::Error>,
    run: impl FnOnce(&O) -> u8,
) -> ExitCode {
    match command {
        Ok(Command::Run(options)) => ExitCode::from(run(&options)),
        Ok(Command::Help(text)) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = writeln!(stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            fail(name, format_args!("{error}\nTry `{name} --help`."));
            ExitCode::from(2)
        }
    }
}

/// Tells what is wrong.
pub fn fail(name: &str, why: impl Display) {
    let _ = writeln!(stderr(), "{name}: {why}");
}
