//! Redirects: whether, and with what, a client asks elsewhere. RFC 9110 section 15.4.

use crate::list::eq_ignore_case;
use crate::method::Method;
use crate::status::StatusCode;

/// A response that may send the client elsewhere, and the request that it answers.
///
/// Where to is in the `Location` field: [`HttpUri::resolve`](crate::HttpUri::resolve). Without that
/// field the response is what it is.
///
/// ```
/// use http_lite::{HttpUri, Method, Redirect, RequestBody, StatusCode};
///
/// let uri = HttpUri::parse(b"https://example.org/form").unwrap();
/// let mut out = [0; 64];
/// let next = uri.resolve(b"//example.com/done", &mut out)?;
/// let follow = Redirect {
///     status: StatusCode::SEE_OTHER,
///     method: Method::POST,
///     body: RequestBody::Gone,
///     is_same_origin: next.is_same_origin(&uri),
///     left: 5,
/// }
/// .decide()?;
/// assert_eq!((follow.method, follow.keeps_body), (Method::GET, false));
/// assert!(follow.keeps_field(b"Accept"));
/// assert!(!follow.keeps_field(b"Authorization") && !follow.keeps_field(b"Content-Type"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirect<'a> {
    /// The status code of the response.
    pub status: StatusCode,
    /// The method of the request.
    pub method: Method<'a>,
    /// The body of the request.
    pub body: RequestBody,
    /// Has the new URI the scheme, host and port of the old one?
    pub is_same_origin: bool,
    /// How many redirects may still be followed. Few need more than five; 20 is a usual limit.
    pub left: u8,
}

/// Can the body of a request be sent again?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestBody {
    /// There was none.
    None,
    /// It can.
    Replayable,
    /// It has passed by.
    Gone,
}

/// How to ask at the new URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow<'a> {
    /// The method. If it is not [safe](Method::is_safe) the user might not want it to be sent there:
    /// asking first is up to you (RFC 9110 section 15.4).
    pub method: Method<'a>,
    /// Is the body sent again?
    pub keeps_body: bool,
    /// Have old and new URI one origin?
    pub is_same_origin: bool,
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// The status code is none of 301, 302, 303, 307, 308, or the method is CONNECT: the response is
    /// what the user gets.
    #[error("not a redirect to follow")]
    NotRedirect,
    /// No more redirects are allowed; perhaps they go round in circles.
    #[error("too many redirects")]
    TooMany,
    /// The same body is wanted again, and has passed by.
    #[error("the body cannot be sent again")]
    BodyGone,
}

impl<'a> Redirect<'a> {
    /// Follow it, and how?
    ///
    /// ```text
    /// 301 Moved Permanently   302 Found               POST becomes GET without body, others stay
    /// 303 See Other                                   HEAD stays, all others become GET without body
    /// 307 Temporary Redirect  308 Permanent Redirect  method and body stay
    /// 300, 304, 305, 306 and others                   are not followed
    /// ```
    ///
    /// RFC 9110 sections 15.4.1 to 15.4.9.
    ///
    /// # Errors
    ///
    /// [`RedirectError`].
    pub const fn decide(&self) -> Result<Follow<'a>, RedirectError> {
        let method = self.method.as_bytes();
        let becomes_get = match (self.status.get(), method) {
            (_, b"CONNECT") => return Err(RedirectError::NotRedirect),
            (303, b"HEAD") => false,
            (301 | 302, b"POST") | (303, _) => true,
            (301 | 302 | 307 | 308, _) => false,
            _ => return Err(RedirectError::NotRedirect),
        };
        if self.left == 0 {
            return Err(RedirectError::TooMany);
        }
        let drops_body = self.status.get() == 303 || becomes_get;
        let keeps_body = match self.body {
            _ if drops_body => false,
            RequestBody::None => false,
            RequestBody::Replayable => true,
            RequestBody::Gone => return Err(RedirectError::BodyGone),
        };
        Ok(Follow {
            method: if becomes_get { Method::GET } else { self.method },
            keeps_body,
            is_same_origin: self.is_same_origin,
        })
    }
}

impl Follow<'_> {
    /// Does a field of the old request belong into the new one?
    ///
    /// Not those that are made anew for each request, such as Host; not what describes a body that is
    /// dropped; not credentials, if the origin is another. Fields of your own that are secret, such as
    /// `X-Api-Key`, are not known here: drop them yourself unless
    /// [`is_same_origin`](Self::is_same_origin). RFC 9110 section 15.4.
    #[must_use]
    pub const fn keeps_field(&self, name: &[u8]) -> bool {
        if is_among(name, &MADE_ANEW) || !self.is_same_origin && is_among(name, &CREDENTIALS) {
            return false;
        }
        // A tag of the old resource must not validate a copy of the new one; but it still guards a
        // change.
        if matches!(self.method.as_bytes(), b"GET" | b"HEAD") && is_among(name, &CACHE) {
            return false;
        }
        let is_content = match name.split_at_checked(8) {
            Some((front, _)) => eq_ignore_case(front, b"content-"),
            None => false,
        };
        self.keeps_body || !(is_content || is_among(name, &CONTENT))
    }
}

/// Of the connection, of the way to a proxy, of the origin; and the length of the body.
const MADE_ANEW: [&[u8]; 12] = [
    b"Host",
    b"Connection",
    b"Content-Length",
    b"Transfer-Encoding",
    b"TE",
    b"Trailer",
    b"Upgrade",
    b"Expect",
    b"Keep-Alive",
    b"Proxy-Connection",
    b"Proxy-Authorization",
    b"HTTP2-Settings",
];

/// For one origin's eyes.
const CREDENTIALS: [&[u8]; 5] = [b"Authorization", b"Cookie", b"Cookie2", b"Origin", b"Referer"];

/// Ask whether a copy is still right.
const CACHE: [&[u8]; 2] = [b"If-None-Match", b"If-Modified-Since"];

/// Of the content, besides those whose names begin with `Content-`.
const CONTENT: [&[u8]; 3] = [b"Digest", b"Repr-Digest", b"Last-Modified"];

const fn is_among(name: &[u8], mut names: &[&[u8]]) -> bool {
    while let [first, rest @ ..] = names {
        if eq_ignore_case(name, first) {
            return true;
        }
        names = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use RequestBody::{Gone, None as NoBody, Replayable};

    fn decide(
        status: u16,
        method: Method<'_>,
        body: RequestBody,
    ) -> Result<Follow<'_>, RedirectError> {
        let status = StatusCode::new(status).unwrap();
        Redirect { status, method, body, is_same_origin: true, left: 1 }.decide()
    }

    #[test]
    fn methods_and_bodies_by_status_code() {
        for (codes, method, wanted) in [
            (&[301, 302, 307, 308][..], Method::GET, Method::GET),
            (&[301, 302, 303, 307, 308], Method::HEAD, Method::HEAD),
            (&[301, 302], Method::POST, Method::GET),
            (&[307, 308], Method::POST, Method::POST),
            (&[301, 302, 307, 308], Method::PUT, Method::PUT),
            (&[301, 302, 307, 308], Method::PATCH, Method::PATCH),
            (&[301, 302, 307, 308], Method::DELETE, Method::DELETE),
            (&[303], Method::GET, Method::GET),
            (&[303], Method::POST, Method::GET),
            (&[303], Method::PUT, Method::GET),
            (&[303], Method::DELETE, Method::GET),
        ] {
            for &code in codes {
                let drops = code == 303 || wanted != method;
                for body in [NoBody, Replayable, Gone] {
                    let keeps_body = !drops && body == Replayable;
                    let follow = Follow { method: wanted, keeps_body, is_same_origin: true };
                    let wanted = if body == Gone && !drops {
                        Err(RedirectError::BodyGone)
                    } else {
                        Ok(follow)
                    };
                    assert_eq!(decide(code, method, body), wanted, "{code} {method:?} {body:?}");
                }
            }
        }
    }

    #[test]
    fn all_other_status_codes_are_not_followed() {
        for code in 100..=999 {
            let is_followed = matches!(code, 301 | 302 | 303 | 307 | 308);
            assert_eq!(decide(code, Method::GET, NoBody).is_ok(), is_followed, "{code}");
            assert_eq!(decide(code, Method::CONNECT, NoBody), Err(RedirectError::NotRedirect));
        }
    }

    #[test]
    fn a_limit_ends_circles() {
        let mut redirect = Redirect {
            status: StatusCode::new(302).unwrap(),
            method: Method::GET,
            body: NoBody,
            is_same_origin: true,
            left: 3,
        };
        let mut count = 0;
        while redirect.decide().is_ok() {
            redirect.left -= 1;
            count += 1;
        }
        assert_eq!((count, redirect.decide()), (3, Err(RedirectError::TooMany)));
        redirect.status = StatusCode::new(304).unwrap();
        assert_eq!(redirect.decide(), Err(RedirectError::NotRedirect));
    }

    #[test]
    fn fields_that_go_along() {
        // same origin with body, without; another origin with body, without; GET
        for (name, wanted) in [
            ("Accept", [true; 5]),
            ("X-Content", [true; 5]),
            ("Content", [true; 5]),
            ("Range", [true; 5]),
            ("If-Match", [true; 5]),
            ("User-Agent", [true; 5]),
            ("host", [false; 5]),
            ("CONNECTION", [false; 5]),
            ("Content-Length", [false; 5]),
            ("Transfer-Encoding", [false; 5]),
            ("Proxy-Authorization", [false; 5]),
            ("Expect", [false; 5]),
            ("Authorization", [true, true, false, false, true]),
            ("cookie", [true, true, false, false, true]),
            ("Referer", [true, true, false, false, true]),
            ("Origin", [true, true, false, false, true]),
            ("content-type", [true, false, true, false, false]),
            ("Content-Encoding", [true, false, true, false, false]),
            ("Content-Language", [true, false, true, false, false]),
            ("Content-Location", [true, false, true, false, false]),
            ("Digest", [true, false, true, false, false]),
            ("Last-Modified", [true, false, true, false, false]),
            ("If-None-Match", [true, true, true, true, false]),
            ("If-Modified-Since", [true, true, true, true, false]),
        ] {
            let found = [
                (Method::PUT, true, true),
                (Method::PUT, true, false),
                (Method::PUT, false, true),
                (Method::PUT, false, false),
                (Method::GET, true, false),
            ]
            .map(|(method, is_same_origin, keeps_body)| {
                Follow { method, keeps_body, is_same_origin }.keeps_field(name.as_bytes())
            });
            assert_eq!(found, wanted, "{name}");
        }
    }
}
