//! Asks a CoAP server for something, or tells it something: `coap-get coap://host/path`.

use std::process::ExitCode;

use sansio_examples::coap_client::{Options, run};
use sansio_examples::command_line::{arguments, fail, main as do_it};

const NAME: &str = "coap-get";

fn main() -> ExitCode {
    do_it(NAME, Options::parse(arguments()), |options| match run(options) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(error) => {
            fail(NAME, error);
            1
        }
    })
}
