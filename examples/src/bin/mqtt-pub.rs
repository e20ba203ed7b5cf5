//! Publishes messages: `mqtt-pub -t a/b -m hello`.

use std::process::ExitCode;

use sansio_examples::command_line::{arguments, main as do_it};
use sansio_examples::mqtt_client::publish::{Options, run};

fn main() -> ExitCode {
    do_it("mqtt-pub", Options::parse(arguments()), run)
}
