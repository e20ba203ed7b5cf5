//! Talks to a WebSocket server: `ws-cat ws://host/path`. Lines go there, messages come from there.

use std::process::ExitCode;

use sansio_examples::command_line::{arguments, main as do_it};
use sansio_examples::ws_client::{Options, run};

fn main() -> ExitCode {
    do_it("ws-cat", Options::parse(arguments()), run)
}
