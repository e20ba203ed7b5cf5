//! Asks an HTTP server for something, or sends it something: `http-get https://host/path`.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use sansio_examples::http_client::{self, Command, Options};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = writeln!(stdout(), "{}", http_client::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(stderr(), "http-get: {error}\nTry `http-get --help`.");
            return ExitCode::from(2);
        }
    };
    ExitCode::from(http_client::run(&options))
}
