//! Asks a CoAP server for something, or tells it something: `coap-get coap://host/path`.

use std::process::ExitCode;

use sansio_examples::coap_client::{self, Command, Options};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            println!("{}", coap_client::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("coap-get: {error}\nTry `coap-get --help`.");
            return ExitCode::from(2);
        }
    };
    match coap_client::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("coap-get: {error}");
            ExitCode::FAILURE
        }
    }
}
