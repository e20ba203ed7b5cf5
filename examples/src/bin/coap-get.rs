//! Asks a CoAP server for something, or tells it something: `coap-get coap://host/path`.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use sansio_examples::coap_client::{self, Command, Options};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = writeln!(stdout(), "{}", coap_client::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(format_args!("{error}\nTry `coap-get --help`."), 2),
    };
    match coap_client::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => fail(error, 1),
    }
}

fn fail(message: impl Display, code: u8) -> ExitCode {
    let _ = writeln!(stderr(), "coap-get: {message}");
    ExitCode::from(code)
}
