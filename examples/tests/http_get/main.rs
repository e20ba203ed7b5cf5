//! The program `http-get`, at servers inside the test.

mod etag;
mod fetch;
mod hostile;
mod process;
mod redirect;
mod resume;
mod send;
mod server;
mod tls;
