//! A request as its handlers see it.

use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use http_lite::path::Path;
use http_lite::query::Query;
use http_lite::{FieldValue, HttpDate, MediaType, RequestHead, TargetForm, accept};
use topic_matcher::TopicFilter;

use super::reply::Reply;
use crate::gateway::Shared;
use crate::gateway::guard::Rights;
use crate::gateway::hub::Via;
use crate::gateway::path::path_of;

/// A request whose content is here, or will be.
pub(super) struct Request<'a> {
    pub(super) head: RequestHead<'a>,
    pub(super) content: &'a [u8],
    /// How long it is, or will be; 0 while that is not known.
    pub(super) len: u64,
    /// A topic name, or empty where the target has no path. Of what is longer than a topic name can be,
    /// which no head has room for, it is the beginning.
    pub(super) path: String,
}

/// Who asks, and when.
pub(super) struct Context<'s> {
    pub(super) shared: &'s Shared,
    pub(super) peer: SocketAddr,
    /// HTTP or HTTPS.
    pub(super) via: Via,
    pub(super) rights: &'s Rights,
    pub(super) now: Instant,
}

impl<'a> Request<'a> {
    pub(super) fn new(head: RequestHead<'a>, content: &'a [u8]) -> Self {
        let path = match head.target.path() {
            // RFC 9110 section 4.2.3. `*` and what CONNECT names are no paths.
            b"" if head.target.form() != TargetForm::Absolute => String::new(),
            path => Path::new(path).map_or_else(
                |_| String::new(),
                |path| path_of(path.segments().map(|segment| segment.bytes())),
            ),
        };
        Self { head, content, len: content.len() as u64, path }
    }

    pub(super) fn method(&self) -> &'a str {
        self.head.method.as_str()
    }

    /// Is it about the server as a whole? RFC 9110 section 9.3.7, RFC 9112 section 3.2.4
    pub(super) fn is_about_server(&self) -> bool {
        let target = &self.head.target;
        match target.form() {
            TargetForm::Asterisk => true,
            TargetForm::Absolute => {
                self.method() == "OPTIONS" && target.path_and_query().is_empty()
            }
            _ => false,
        }
    }

    /// Is it for a server of another scheme? RFC 9110 section 7.4
    pub(super) fn is_misdirected(&self) -> bool {
        let is = |ours: &[u8], scheme: &[u8]| scheme.eq_ignore_ascii_case(ours);
        let scheme = self.head.target.scheme();
        scheme.is_some_and(|scheme| !is(b"http", scheme) && !is(b"https", scheme))
    }

    /// The value of a field that may be there once.
    ///
    /// # Errors
    ///
    /// 400, if it is there more often.
    pub(super) fn single(&self, name: &str) -> Result<Option<FieldValue<'a>>, Reply> {
        match self.head.fields.all(name).count() {
            0 | 1 => Ok(self.head.fields.get(name)),
            _ => Err(Reply::bad_request(format!("more than one {name}"))),
        }
    }

    /// Does Accept take this media type? RFC 9110 section 12.5.1
    pub(super) fn accepts(&self, media_type: &str) -> bool {
        let lines = self.head.fields.all("Accept").map(|value| value.as_bytes());
        let media_type = MediaType::parse(media_type.as_bytes());
        media_type.is_none_or(|media_type| accept::quality(lines, media_type).is_acceptable())
    }

    /// The topic filter of `?filter=`, all topics without one. A `+` need not be encoded.
    ///
    /// # Errors
    ///
    /// 400, if it is none.
    pub(super) fn filter(&self) -> Result<String, Reply> {
        let query = self.head.target.query().unwrap_or_default();
        let query = Query::new(query).map_err(|error| Reply::bad_request(error.to_string()))?;
        let mut filters = query.all(b"filter");
        let filter = match (filters.next(), filters.next()) {
            (None, _) => return Ok("#".to_owned()),
            (Some(filter), None) => filter.bytes().collect(),
            _ => return Err(Reply::bad_request("more than one filter")),
        };
        let filter = String::from_utf8(filter);
        let filter = filter.map_err(|_| Reply::bad_request("a filter that is not UTF-8"))?;
        match TopicFilter::new(&filter) {
            // MQTT 5.0 section 4.8.2: not a filter of topics that begin so.
            Ok(_) if filter.starts_with("$share/") => {
                Err(Reply::bad_request("shared subscriptions are for MQTT"))
            }
            Ok(_) => Ok(filter),
            Err(error) => Err(Reply::bad_request(format!("not a topic filter: {error}"))),
        }
    }
}

/// The time by the calendar.
pub(super) fn date() -> HttpDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    HttpDate::new(since.as_secs()).unwrap_or(HttpDate::MAX)
}
