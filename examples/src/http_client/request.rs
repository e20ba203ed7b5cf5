//! What to ask, and what changes in it from redirect to redirect.

use http_lite::auth::Basic;
use http_lite::percent::{self, Set};
use http_lite::{Field, Fields, Follow, HttpUri, Method, RequestBody, RequestHead, Target};

use super::body::{Body, Piece};
use super::error::{Error, code};
use super::options::{Options, Payload};
use super::url::Url;

/// A request to a URI, without Host and what frames its body.
pub(super) struct Request {
    pub(super) uri: Vec<u8>,
    method: String,
    fields: Vec<(String, String)>,
    /// Of what the first URL leads to: it stays in all redirects.
    pub(super) if_none_match: Option<String>,
    pub(super) body: Option<Body>,
    expect: Expect,
    /// Chunked even if the length is known.
    chunked: bool,
}

/// Whether the body waits for `100 Continue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// If it has more than a megabyte.
    IfLong,
    Always,
    Never,
}

const LONG: u64 = 1 << 20;

impl Request {
    pub(super) fn new(options: &Options, url: Url) -> Result<Self, Error> {
        let mut request = Self {
            uri: url.text,
            method: "GET".into(),
            fields: vec![
                ("User-Agent".into(), concat!("http-get/", env!("CARGO_PKG_VERSION")).into()),
                ("Accept".into(), "*/*".into()),
            ],
            if_none_match: None,
            body: None,
            expect: Expect::IfLong,
            chunked: false,
        };
        if let Some(user) = options.user.as_ref().or(url.user_info.as_ref()) {
            request.add("Authorization", credentials(user)?);
        }
        if let Some(range) = &options.range {
            request.add("Range", range.clone());
        }
        request.take_payload(options)?;
        if let Some(method) = &options.method {
            request.method.clone_from(method);
        } else if options.head {
            request.method = "HEAD".into();
        }
        request.take_fields(options);
        Ok(request)
    }

    fn take_payload(&mut self, options: &Options) -> Result<(), Error> {
        let (method, body) = match &options.payload {
            Payload::None => return Ok(()),
            Payload::Data(pieces) => {
                self.add("Content-Type", "application/x-www-form-urlencoded");
                ("POST", Body::new(pieces.clone()))
            }
            Payload::Form(fields) => {
                let (body, content_type) = Body::form(fields)?;
                self.add("Content-Type", content_type);
                ("POST", body)
            }
            Payload::Upload(path) if path.as_os_str() == "-" => {
                ("PUT", Body::new(vec![Piece::Stdin]))
            }
            Payload::Upload(path) => {
                // Into a folder under the name that it has.
                if self.uri.ends_with(b"/") {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let name = name.as_bytes();
                    let mut segment = vec![0; percent::encoded_len(name, Set::Segment)];
                    percent::encode(name, Set::Segment, &mut segment)
                        .map_err(|error| Error::new(code::URL, error.to_string()))?;
                    self.uri.append(&mut segment);
                }
                ("PUT", Body::new(vec![Piece::file(path)?]))
            }
        };
        self.method = method.into();
        self.body = Some(body);
        Ok(())
    }

    /// What the command line says replaces what would be sent else.
    fn take_fields(&mut self, options: &Options) {
        self.fields.retain(|(own, _)| {
            !options.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(own))
        });
        for (name, value) in &options.fields {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            match value.as_deref() {
                _ if is("Expect") => {
                    self.expect = if value.is_some() { Expect::Always } else { Expect::Never };
                }
                Some("chunked") if is("Transfer-Encoding") => self.chunked = true,
                Some(value) => self.add(name, value),
                None => {}
            }
        }
    }

    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    pub(super) fn uri(&self) -> Result<HttpUri<'_>, Error> {
        HttpUri::parse(&self.uri).ok_or_else(|| Error::new(code::URL, "a malformed URL"))
    }

    pub(super) fn method(&self) -> Method<'_> {
        Method::new(self.method.as_bytes()).unwrap_or(Method::GET) // it has been checked
    }

    /// Can it be sent again without harm, even if it has been done already? RFC 9110 section 9.2.2.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method().is_idempotent() && self.is_replayable()
    }

    pub(super) fn is_replayable(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_replayable)
    }

    /// What the redirect decision asks about the body.
    pub(super) fn body_kind(&self) -> RequestBody {
        match &self.body {
            None => RequestBody::None,
            Some(body) if body.is_replayable() => RequestBody::Replayable,
            Some(_) => RequestBody::Gone,
        }
    }

    /// Begins the body anew.
    pub(super) fn rewind(&mut self) {
        if let Some(body) = &mut self.body {
            body.rewind();
        }
    }

    /// From now on without waiting for `100 Continue`; false if it did not wait.
    pub(super) fn stop_expecting(&mut self) -> bool {
        let expected = self.expects();
        self.expect = Expect::Never;
        expected
    }

    /// Does the body wait for `100 Continue`?
    pub(super) fn expects(&self) -> bool {
        let Some(body) = &self.body else { return false };
        match (self.expect, body.len()) {
            (Expect::Never, _) | (_, Some(0)) => false,
            (Expect::Always, _) | (_, None) => true,
            (Expect::IfLong, Some(len)) => len > LONG,
        }
    }

    /// Goes on to another URI.
    pub(super) fn redirect(&mut self, follow: &Follow<'_>, uri: Vec<u8>) {
        let is_same_origin = follow.is_same_origin;
        self.fields.retain(|(name, _)| {
            follow.keeps_field(name.as_bytes()) && (is_same_origin || may_cross(name))
        });
        let method = follow.method.as_str().to_owned();
        if follow.keeps_body {
            self.rewind();
        } else {
            self.body = None;
            self.chunked = false;
        }
        (self.method, self.uri) = (method, uri);
    }

    /// Gives its head to `then`.
    pub(super) fn with_head<T>(
        &mut self,
        then: impl FnOnce(&RequestHead<'_>, Option<&mut Body>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let expects = self.expects();
        let malformed = || Error::new(code::URL, "a malformed URL");
        let uri = HttpUri::parse(&self.uri).ok_or_else(malformed)?;
        let has = |name: &str| self.fields.iter().any(|field| field.0.eq_ignore_ascii_case(name));
        let host = String::from_utf8_lossy(uri.authority()); // it is ASCII
        let mut fields = Vec::new();
        if !has("Host") {
            fields.push(own_field("Host", &host)?);
        }
        for (name, value) in &self.fields {
            fields.push(own_field(name, value)?);
        }
        if let Some(etag) = &self.if_none_match {
            fields.push(own_field("If-None-Match", etag)?);
        }
        match self.body.as_ref().map(Body::len) {
            _ if has("Content-Length") => {}
            Some(Some(len)) if !self.chunked => fields.push(Field::content_length(len)),
            Some(_) => fields.push(Field::CHUNKED),
            // RFC 9110 section 8.6: these have a body by their meaning.
            None if ["POST", "PUT", "PATCH"].contains(&self.method.as_str()) => {
                fields.push(Field::content_length(0));
            }
            None => {}
        }
        if expects {
            fields.push(own_field("Expect", "100-continue")?);
        }
        let target = uri.target().unwrap_or(Target::ROOT); // a path is there
        let method = Method::new(self.method.as_bytes()).unwrap_or(Method::GET);
        let head = RequestHead::new(method, target, Fields::new(&fields));
        then(&head, self.body.as_mut())
    }
}

/// Of what the command line says, what may be told to an origin that it does not name: nobody knows
/// which other fields are secret.
fn may_cross(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("accept")
        || name.starts_with("content-")
        || ["user-agent", "range", "if-range"].contains(&name.as_str())
}

fn own_field<'a>(name: &'a str, value: &'a str) -> Result<Field<'a>, Error> {
    Field::new(name, value).map_err(|error| Error::new(code::USAGE, format!("{name}: {error}")))
}

/// The value of Authorization for `user:password`.
pub(crate) fn credentials(user_info: &str) -> Result<String, Error> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let refuse = || Error::new(code::USAGE, "a control character in the user or the password");
    let basic = Basic::new(user.as_bytes(), password.as_bytes()).ok_or_else(refuse)?;
    let mut out = vec![0; basic.encoded_len()];
    basic.encode(&mut out).map_err(|_| refuse())?;
    String::from_utf8(out).map_err(|_| refuse())
}
