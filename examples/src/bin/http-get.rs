//! Asks an HTTP server for something, or sends it something: `http-get https://host/path`.

use std::process::ExitCode;

use sansio_examples::command_line::{arguments, main as do_it};
use sansio_examples::http_client::{Options, run};

fn main() -> ExitCode {
    do_it("http-get", Options::parse(arguments()), run)
}
