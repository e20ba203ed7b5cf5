//! Shows messages: `mqtt-sub -v -t 'a/#'`.

use std::process::ExitCode;

use sansio_examples::command_line::{arguments, main as do_it};
use sansio_examples::mqtt_client::subscribe::{Options, run};

fn main() -> ExitCode {
    do_it("mqtt-sub", Options::parse(arguments()), run)
}
