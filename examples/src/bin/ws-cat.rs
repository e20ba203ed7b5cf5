//! Talks to a WebSocket server: `ws-cat ws://host/path`. Lines go there, messages come from there.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use sansio_examples::ws_client::{self, Command, Options};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = writeln!(stdout(), "{}", ws_client::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(stderr(), "ws-cat: {error}\nTry `ws-cat --help`.");
            return ExitCode::from(2);
        }
    };
    ExitCode::from(ws_client::run(&options))
}
