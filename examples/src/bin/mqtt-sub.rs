//! Shows messages: `mqtt-sub -v -t 'a/#'`.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use sansio_examples::mqtt_client::subscribe::{self, Command, Options};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help(text)) => {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            let _ = writeln!(stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(stderr(), "mqtt-sub: {error}\nTry `mqtt-sub --help`.");
            return ExitCode::from(2);
        }
    };
    ExitCode::from(subscribe::run(&options))
}
