//! The program `http-get`, at servers inside the test.

#[path = "../common/certificate.rs"]
mod certificate;
mod etag;
mod fetch;
mod hostile;
mod process;
mod redirect;
mod resume;
mod send;
mod server;
mod tls;
