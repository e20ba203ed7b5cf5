//! All requests that one URL needs: redirects, and second tries.

use std::sync::Arc;
use std::time::Instant;

use http_lite::{LocationError, Method, Redirect, RedirectError, StatusCode};
use rustls::ClientConfig;

use super::connection::{Connection, Failure};
use super::download::Download;
use super::error::{Error, code};
use super::link::tls_config;
use super::log::printable;
use super::options::{Options, SendTo};
use super::output::Output;
use super::request::Request;
use super::url::{Url, encoded};

/// Fetches URLs; a connection that is still good serves the next one too.
pub(super) struct Client<'a> {
    options: &'a Options,
    tls: Arc<ClientConfig>,
    connection: Option<Connection>,
}

/// Redirects that are followed.
const REDIRECTS: u8 = 10;

impl<'a> Client<'a> {
    pub(super) fn new(options: &'a Options) -> Result<Self, Error> {
        Ok(Self { options, tls: tls_config(options.ca_file.as_deref())?, connection: None })
    }

    /// Fetches one of the URLs.
    pub(super) fn fetch(&mut self, number: usize) -> Result<(), Error> {
        let options = self.options;
        let end = options.max_time.map(|time| Instant::now() + time);
        let url = Url::parse(options.urls.get(number).map_or("", String::as_str))?;
        let to = options.outputs.get(number).unwrap_or(&SendTo::Stdout);
        let mut output = Output::new(to, &url.text)?;
        let mut request = Request::new(options, url)?;
        let mut download = Download::new(options, &mut output)?;
        download.ask_for_rest(&mut request);
        let mut left = REDIRECTS;
        loop {
            download.begin(request.expects());
            self.exchange(&mut request, end, &mut download)?;
            let status = download.status;
            if status == StatusCode::EXPECTATION_FAILED && request.stop_expecting() {
                if !request.is_replayable() {
                    return Err(Error::new(code::REWIND, "the body cannot be sent again"));
                }
                request.rewind();
                continue;
            }
            let Some(location) = download.location.take() else { break };
            self.redirect(&mut request, status, &location, &mut left)?;
        }
        download.finish()
    }

    /// Makes the request that a redirect wants.
    fn redirect(
        &self,
        request: &mut Request,
        status: StatusCode,
        location: &[u8],
        left: &mut u8,
    ) -> Result<(), Error> {
        let location = encoded(location);
        let uri = request.uri()?;
        let mut out = vec![0; location.len() + uri.as_bytes().len() + 9];
        let next = uri.resolve(&location, &mut out).map_err(|error| {
            let code = if error == LocationError::Scheme { code::SCHEME } else { code::URL };
            Error::new(code, format!("the redirect has {error}"))
        })?;
        let method = request.method().as_str().to_owned();
        let method = Method::new(method.as_bytes()).unwrap_or(Method::GET); // it was one
        let follow = Redirect {
            status,
            method,
            body: request.body_kind(),
            is_same_origin: next.is_same_origin(&uri),
            left: *left,
        }
        .decide()
        .map_err(|error| match error {
            RedirectError::TooMany => {
                Error::new(code::REDIRECTS, format!("more than {REDIRECTS} redirects"))
            }
            error => Error::new(code::REWIND, error.to_string()),
        })?;
        *left -= 1;
        let next = next.as_bytes().to_vec();
        self.options.log().note(format_args!("goes on to {}", printable(&next)));
        request.redirect(&follow, next);
        Ok(())
    }

    /// Sends the request, on the connection that is there or on a new one.
    fn exchange(
        &mut self,
        request: &mut Request,
        end: Option<Instant>,
        download: &mut Download<'_>,
    ) -> Result<(), Error> {
        loop {
            let uri = request.uri()?;
            let kept =
                self.connection.take().and_then(|mut kept| kept.serves(&uri).then_some(kept));
            let connection = match kept {
                Some(connection) => connection,
                None => Connection::open(&uri, &self.tls, self.options, end)?,
            };
            let connection = self.connection.insert(connection);
            let was_used = connection.is_used;
            let done = request
                .with_head(|head, body| Ok(connection.exchange(head, body, end, download)))?;
            let Err(failure) = done else { return Ok(()) };
            self.connection = None;
            // RFC 9112 section 9.3.1: the server may have closed an idle connection just now.
            if was_used && has_ended_idle(&failure) && request.is_repeatable() {
                request.rewind();
                continue;
            }
            return Err(failure.error);
        }
    }
}

/// The server has ended the connection instead of an answer.
fn has_ended_idle(failure: &Failure) -> bool {
    failure.is_unanswered
        && [code::EMPTY_REPLY, code::RECEIVE, code::SEND].contains(&failure.error.code)
}
