//! A small blocking HTTP client in curl's manner on `std::net` and rustls, behind the program
//! `http-get`.
//!
//! Read it from the bottom up: `link` carries bytes, with TLS or without, `connection` does one
//! exchange of a request and its response on it, `request` says what to ask and `body` what to send,
//! `output` is where responses go and `download` what becomes of them there, `transfer` makes all
//! the requests that one URL needs: redirects, and second tries. What the bytes mean and who may send
//! when is http-lite's; sockets, time, buffers and files are here.

mod body;
mod connection;
mod download;
mod error;
mod etag_file;
mod link;
mod log;
mod options;
mod output;
mod request;
mod transfer;
mod url;

pub use options::Options;

// What the WebSocket client does in the same way.
pub(crate) use link::tls_config;
pub(crate) use log::{Log, printable, say};
pub(crate) use request::credentials;
pub(crate) use url::{Url, name, place};

use error::Error;
use transfer::Client;

/// Fetches each URL of the command line in turn; the exit code, as curl has them: 0, or that of the
/// last one that failed.
#[must_use]
pub fn run(options: &Options) -> u8 {
    let mut client = match Client::new(options) {
        Ok(client) => client,
        Err(error) => return tell(options, &error),
    };
    let mut code = 0;
    for number in 0..options.urls.len() {
        if let Err(error) = client.fetch(number) {
            code = tell(options, &error);
        }
    }
    code
}

fn tell(options: &Options, error: &Error) -> u8 {
    if (!options.silent || options.show_errors) && !error.is_unread() {
        say(format_args!("http-get: ({}) {error}", error.code));
    }
    error.code
}
