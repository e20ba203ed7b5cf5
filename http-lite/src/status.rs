//! Status codes: what became of a request. RFC 9110 section 15.

use core::fmt;

/// A status code: three digits, 100 to 999.
///
/// The registry is open: every three digits are a `StatusCode`, registered ones are constants. What
/// counts for a client that does not know a code is its [class](Self::class).
///
/// Sections without a number of an RFC are those of RFC 9110. The reserved codes 306 and 418 have
/// neither a constant nor a text.
///
/// ```
/// use http_lite::{StatusClass, StatusCode};
///
/// let status = StatusCode::new(404).unwrap();
/// assert_eq!(status, StatusCode::NOT_FOUND);
/// assert_eq!(status.reason(), Some("Not Found"));
/// assert_eq!(StatusCode::new(471).unwrap().class(), StatusClass::ClientError);
/// assert_eq!(status.to_string(), "404");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

impl StatusCode {
    /// 100 Continue: go on and send the content. Section 15.2.1.
    pub const CONTINUE: Self = Self(100);
    /// 101 Switching Protocols: after this response the connection speaks what Upgrade names. Section 15.2.2.
    pub const SWITCHING_PROTOCOLS: Self = Self(101);
    /// 102 Processing: taken, not yet done. RFC 2518.
    pub const PROCESSING: Self = Self(102);
    /// 103 Early Hints: fields that the final response will likely have. RFC 8297.
    pub const EARLY_HINTS: Self = Self(103);

    /// 200 OK: the request has succeeded. Section 15.3.1.
    pub const OK: Self = Self(200);
    /// 201 Created: there is a new resource; Location names it, or it is the target. Section 15.3.2.
    pub const CREATED: Self = Self(201);
    /// 202 Accepted: taken, to be done later. Section 15.3.3.
    pub const ACCEPTED: Self = Self(202);
    /// 203 Non-Authoritative Information: as 200, but a proxy has changed the content. Section 15.3.4.
    pub const NON_AUTHORITATIVE_INFORMATION: Self = Self(203);
    /// 204 No Content: done, and there is no content. Section 15.3.5.
    pub const NO_CONTENT: Self = Self(204);
    /// 205 Reset Content: done, and the form is to be cleared. Section 15.3.6.
    pub const RESET_CONTENT: Self = Self(205);
    /// 206 Partial Content: one or more of the ranges asked for. Section 15.3.7.
    pub const PARTIAL_CONTENT: Self = Self(206);
    /// 207 Multi-Status: the content holds a status for each of several resources. RFC 4918.
    pub const MULTI_STATUS: Self = Self(207);
    /// 208 Already Reported: inside a 207: listed before. RFC 5842.
    pub const ALREADY_REPORTED: Self = Self(208);
    /// 226 IM Used: the content is a change against what the client has. RFC 3229.
    pub const IM_USED: Self = Self(226);

    /// 300 Multiple Choices: there are several representations to choose from. Section 15.4.1.
    pub const MULTIPLE_CHOICES: Self = Self(300);
    /// 301 Moved Permanently: ask Location from now on; a POST may become a GET. Section 15.4.2.
    pub const MOVED_PERMANENTLY: Self = Self(301);
    /// 302 Found: ask Location this time; a POST may become a GET. Section 15.4.3.
    pub const FOUND: Self = Self(302);
    /// 303 See Other: GET the answer from Location. Section 15.4.4.
    pub const SEE_OTHER: Self = Self(303);
    /// 304 Not Modified: what the client has is still right. Section 15.4.5.
    pub const NOT_MODIFIED: Self = Self(304);
    /// 305 Use Proxy: deprecated. Section 15.4.6.
    pub const USE_PROXY: Self = Self(305);
    /// 307 Temporary Redirect: ask Location this time, with the same method. Section 15.4.8.
    pub const TEMPORARY_REDIRECT: Self = Self(307);
    /// 308 Permanent Redirect: ask Location from now on, with the same method. Section 15.4.9.
    pub const PERMANENT_REDIRECT: Self = Self(308);

    /// 400 Bad Request: the request is malformed. Section 15.5.1.
    pub const BAD_REQUEST: Self = Self(400);
    /// 401 Unauthorized: credentials are missing or wrong; WWW-Authenticate says which are wanted. Section 15.5.2.
    pub const UNAUTHORIZED: Self = Self(401);
    /// 402 Payment Required: reserved. Section 15.5.3.
    pub const PAYMENT_REQUIRED: Self = Self(402);
    /// 403 Forbidden: understood and refused. Section 15.5.4.
    pub const FORBIDDEN: Self = Self(403);
    /// 404 Not Found: no such resource, or none that is admitted. Section 15.5.5.
    pub const NOT_FOUND: Self = Self(404);
    /// 405 Method Not Allowed: not with this method; Allow says which. Section 15.5.6.
    pub const METHOD_NOT_ALLOWED: Self = Self(405);
    /// 406 Not Acceptable: no representation that the client accepts. Section 15.5.7.
    pub const NOT_ACCEPTABLE: Self = Self(406);
    /// 407 Proxy Authentication Required: as 401, from a proxy; Proxy-Authenticate says which. Section 15.5.8.
    pub const PROXY_AUTHENTICATION_REQUIRED: Self = Self(407);
    /// 408 Request Timeout: the request was not complete in time. Section 15.5.9.
    pub const REQUEST_TIMEOUT: Self = Self(408);
    /// 409 Conflict: not in the present state of the resource. Section 15.5.10.
    pub const CONFLICT: Self = Self(409);
    /// 410 Gone: no longer there, for good. Section 15.5.11.
    pub const GONE: Self = Self(410);
    /// 411 Length Required: not without Content-Length. Section 15.5.12.
    pub const LENGTH_REQUIRED: Self = Self(411);
    /// 412 Precondition Failed: a precondition in the request did not hold. Section 15.5.13.
    pub const PRECONDITION_FAILED: Self = Self(412);
    /// 413 Content Too Large: more content than the server takes. Section 15.5.14.
    pub const CONTENT_TOO_LARGE: Self = Self(413);
    /// 414 URI Too Long: a longer target than the server reads. Section 15.5.15.
    pub const URI_TOO_LONG: Self = Self(414);
    /// 415 Unsupported Media Type: content of a type or coding that is not supported. Section 15.5.16.
    pub const UNSUPPORTED_MEDIA_TYPE: Self = Self(415);
    /// 416 Range Not Satisfiable: none of the ranges can be served. Section 15.5.17.
    pub const RANGE_NOT_SATISFIABLE: Self = Self(416);
    /// 417 Expectation Failed: what Expect asks for cannot be met. Section 15.5.18.
    pub const EXPECTATION_FAILED: Self = Self(417);
    /// 421 Misdirected Request: this server does not answer for that target. Section 15.5.20.
    pub const MISDIRECTED_REQUEST: Self = Self(421);
    /// 422 Unprocessable Content: well-formed content that cannot be acted on. Section 15.5.21.
    pub const UNPROCESSABLE_CONTENT: Self = Self(422);
    /// 423 Locked: the resource is locked. RFC 4918.
    pub const LOCKED: Self = Self(423);
    /// 424 Failed Dependency: not done because another action failed. RFC 4918.
    pub const FAILED_DEPENDENCY: Self = Self(424);
    /// 425 Too Early: not in early data, which may be a replay. RFC 8470.
    pub const TOO_EARLY: Self = Self(425);
    /// 426 Upgrade Required: not over this protocol; Upgrade says over which. Section 15.5.22.
    pub const UPGRADE_REQUIRED: Self = Self(426);
    /// 428 Precondition Required: not without a precondition. RFC 6585.
    pub const PRECONDITION_REQUIRED: Self = Self(428);
    /// 429 Too Many Requests: too many in a given time; Retry-After may say when again. RFC 6585.
    pub const TOO_MANY_REQUESTS: Self = Self(429);
    /// 431 Request Header Fields Too Large: larger fields than the server takes. RFC 6585.
    pub const REQUEST_HEADER_FIELDS_TOO_LARGE: Self = Self(431);
    /// 451 Unavailable For Legal Reasons: refused by demand of the law. RFC 7725.
    pub const UNAVAILABLE_FOR_LEGAL_REASONS: Self = Self(451);

    /// 500 Internal Server Error: the server has failed. Section 15.6.1.
    pub const INTERNAL_SERVER_ERROR: Self = Self(500);
    /// 501 Not Implemented: the server does not know the method, or a coding that the request needs. Section 15.6.2.
    pub const NOT_IMPLEMENTED: Self = Self(501);
    /// 502 Bad Gateway: a gateway got an invalid response. Section 15.6.3.
    pub const BAD_GATEWAY: Self = Self(502);
    /// 503 Service Unavailable: not now; Retry-After may say when again. Section 15.6.4.
    pub const SERVICE_UNAVAILABLE: Self = Self(503);
    /// 504 Gateway Timeout: a gateway got no response in time. Section 15.6.5.
    pub const GATEWAY_TIMEOUT: Self = Self(504);
    /// 505 HTTP Version Not Supported: not in this major version of HTTP. Section 15.6.6.
    pub const HTTP_VERSION_NOT_SUPPORTED: Self = Self(505);
    /// 506 Variant Also Negotiates: the chosen variant is itself negotiated. RFC 2295.
    pub const VARIANT_ALSO_NEGOTIATES: Self = Self(506);
    /// 507 Insufficient Storage: no room to store what the request needs. RFC 4918.
    pub const INSUFFICIENT_STORAGE: Self = Self(507);
    /// 508 Loop Detected: an endless loop was met. RFC 5842.
    pub const LOOP_DETECTED: Self = Self(508);
    /// 510 Not Extended: obsolete. RFC 2774.
    pub const NOT_EXTENDED: Self = Self(510);
    /// 511 Network Authentication Required: log in at the network first, as a captive portal answers. RFC 6585.
    pub const NETWORK_AUTHENTICATION_REQUIRED: Self = Self(511);

    /// `None` unless it has three digits, 100 to 999.
    ///
    /// 600 to 999 are invalid in a response, but a client is to go on as with a 5xx: so they are
    /// taken here, and their class is [`StatusClass::ServerError`].
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 999 { Some(Self(code)) } else { None }
    }

    /// The number, 100 to 999.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The registered text, `None` if the code is not registered.
    ///
    /// It is a recommendation and means nothing: a client should not look at it (RFC 9112 section
    /// 4). A program that never asks for it does not contain the texts.
    pub const fn reason(self) -> Option<&'static str> {
        let mut rest = REASONS;
        while let Some(((status, reason), after)) = rest.split_first() {
            if status.0 == self.0 {
                return Some(reason);
            }
            rest = after;
        }
        None
    }

    /// What kind of answer it is: all that a client must understand. RFC 9110 section 15.
    pub const fn class(self) -> StatusClass {
        match self.0 {
            0..200 => StatusClass::Informational,
            200..300 => StatusClass::Successful,
            300..400 => StatusClass::Redirection,
            400..500 => StatusClass::ClientError,
            _ => StatusClass::ServerError,
        }
    }

    /// 1xx: an interim response; another one follows.
    pub const fn is_informational(self) -> bool {
        matches!(self.class(), StatusClass::Informational)
    }

    /// 2xx.
    pub const fn is_successful(self) -> bool {
        matches!(self.class(), StatusClass::Successful)
    }

    /// 3xx, also 304.
    pub const fn is_redirection(self) -> bool {
        matches!(self.class(), StatusClass::Redirection)
    }

    /// 4xx.
    pub const fn is_client_error(self) -> bool {
        matches!(self.class(), StatusClass::ClientError)
    }

    /// 5xx, and the invalid 600 to 999.
    pub const fn is_server_error(self) -> bool {
        matches!(self.class(), StatusClass::ServerError)
    }
}

/// The number alone.
impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The first digit of a [`StatusCode`]. The classes are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusClass {
    /// 1xx: the request is being worked on. Section 15.2.
    Informational,
    /// 2xx: the request was understood and done. Section 15.3.
    Successful,
    /// 3xx: something more is to be done by the client. Section 15.4.
    Redirection,
    /// 4xx: the request is wrong, or cannot be fulfilled as it is. Section 15.5.
    ClientError,
    /// 5xx: the server failed. Section 15.6. Also what an invalid code is taken for.
    ServerError,
}

/// The registry's texts, ascending.
const REASONS: &[(StatusCode, &str)] = &[
    (StatusCode::CONTINUE, "Continue"),
    (StatusCode::SWITCHING_PROTOCOLS, "Switching Protocols"),
    (StatusCode::PROCESSING, "Processing"),
    (StatusCode::EARLY_HINTS, "Early Hints"),
    (StatusCode::OK, "OK"),
    (StatusCode::CREATED, "Created"),
    (StatusCode::ACCEPTED, "Accepted"),
    (StatusCode::NON_AUTHORITATIVE_INFORMATION, "Non-Authoritative Information"),
    (StatusCode::NO_CONTENT, "No Content"),
    (StatusCode::RESET_CONTENT, "Reset Content"),
    (StatusCode::PARTIAL_CONTENT, "Partial Content"),
    (StatusCode::MULTI_STATUS, "Multi-Status"),
    (StatusCode::ALREADY_REPORTED, "Already Reported"),
    (StatusCode::IM_USED, "IM Used"),
    (StatusCode::MULTIPLE_CHOICES, "Multiple Choices"),
    (StatusCode::MOVED_PERMANENTLY, "Moved Permanently"),
    (StatusCode::FOUND, "Found"),
    (StatusCode::SEE_OTHER, "See Other"),
    (StatusCode::NOT_MODIFIED, "Not Modified"),
    (StatusCode::USE_PROXY, "Use Proxy"),
    (StatusCode::TEMPORARY_REDIRECT, "Temporary Redirect"),
    (StatusCode::PERMANENT_REDIRECT, "Permanent Redirect"),
    (StatusCode::BAD_REQUEST, "Bad Request"),
    (StatusCode::UNAUTHORIZED, "Unauthorized"),
    (StatusCode::PAYMENT_REQUIRED, "Payment Required"),
    (StatusCode::FORBIDDEN, "Forbidden"),
    (StatusCode::NOT_FOUND, "Not Found"),
    (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
    (StatusCode::NOT_ACCEPTABLE, "Not Acceptable"),
    (StatusCode::PROXY_AUTHENTICATION_REQUIRED, "Proxy Authentication Required"),
    (StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
    (StatusCode::CONFLICT, "Conflict"),
    (StatusCode::GONE, "Gone"),
    (StatusCode::LENGTH_REQUIRED, "Length Required"),
    (StatusCode::PRECONDITION_FAILED, "Precondition Failed"),
    (StatusCode::CONTENT_TOO_LARGE, "Content Too Large"),
    (StatusCode::URI_TOO_LONG, "URI Too Long"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type"),
    (StatusCode::RANGE_NOT_SATISFIABLE, "Range Not Satisfiable"),
    (StatusCode::EXPECTATION_FAILED, "Expectation Failed"),
    (StatusCode::MISDIRECTED_REQUEST, "Misdirected Request"),
    (StatusCode::UNPROCESSABLE_CONTENT, "Unprocessable Content"),
    (StatusCode::LOCKED, "Locked"),
    (StatusCode::FAILED_DEPENDENCY, "Failed Dependency"),
    (StatusCode::TOO_EARLY, "Too Early"),
    (StatusCode::UPGRADE_REQUIRED, "Upgrade Required"),
    (StatusCode::PRECONDITION_REQUIRED, "Precondition Required"),
    (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"),
    (StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "Unavailable For Legal Reasons"),
    (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    (StatusCode::NOT_IMPLEMENTED, "Not Implemented"),
    (StatusCode::BAD_GATEWAY, "Bad Gateway"),
    (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    (StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout"),
    (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "HTTP Version Not Supported"),
    (StatusCode::VARIANT_ALSO_NEGOTIATES, "Variant Also Negotiates"),
    (StatusCode::INSUFFICIENT_STORAGE, "Insufficient Storage"),
    (StatusCode::LOOP_DETECTED, "Loop Detected"),
    (StatusCode::NOT_EXTENDED, "Not Extended"),
    (StatusCode::NETWORK_AUTHENTICATION_REQUIRED, "Network Authentication Required"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Written down once more, from the registry.
    const REGISTERED: &[u16] = &[
        100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303,
        304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413,
        414, 415, 416, 417, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503,
        504, 505, 506, 507, 508, 510, 511,
    ];

    #[test]
    fn has_three_digits() {
        for code in 0..=u16::MAX {
            let status = StatusCode::new(code);
            assert_eq!(status.map(StatusCode::get), (100..1000).contains(&code).then_some(code));
        }
    }

    #[test]
    fn every_registered_code_has_a_text_and_no_other() {
        for code in 100..1000 {
            let reason = StatusCode::new(code).unwrap().reason();
            assert_eq!(reason.is_some(), REGISTERED.contains(&code), "{code}");
        }
        assert!(REASONS.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn a_text_can_stand_in_a_status_line() {
        for (_, reason) in REASONS {
            assert!(reason.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{reason}");
        }
    }

    #[test]
    fn a_class_is_the_first_digit_and_an_invalid_code_is_a_server_error() {
        for code in 100..1000 {
            let status = StatusCode::new(code).unwrap();
            let one_of = [
                status.is_informational(),
                status.is_successful(),
                status.is_redirection(),
                status.is_client_error(),
                status.is_server_error(),
            ];
            let digit = usize::from(code / 100).min(5);
            for (class, is) in (1..).zip(one_of) {
                assert_eq!(is, class == digit, "{code}");
            }
            assert_eq!(status.class() as usize, digit - 1);
        }
    }
}
