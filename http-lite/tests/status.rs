//! Status codes against RFC 9110 section 18.3 and the registry's other rows.

use http_lite::StatusCode;

#[test]
fn constants_and_texts_are_those_of_the_registry() {
    let rows = [
        (StatusCode::CONTINUE, 100, "Continue"),
        (StatusCode::SWITCHING_PROTOCOLS, 101, "Switching Protocols"),
        (StatusCode::EARLY_HINTS, 103, "Early Hints"),
        (StatusCode::OK, 200, "OK"),
        (StatusCode::NON_AUTHORITATIVE_INFORMATION, 203, "Non-Authoritative Information"),
        (StatusCode::NO_CONTENT, 204, "No Content"),
        (StatusCode::PARTIAL_CONTENT, 206, "Partial Content"),
        (StatusCode::IM_USED, 226, "IM Used"),
        (StatusCode::FOUND, 302, "Found"),
        (StatusCode::NOT_MODIFIED, 304, "Not Modified"),
        (StatusCode::PERMANENT_REDIRECT, 308, "Permanent Redirect"),
        (StatusCode::BAD_REQUEST, 400, "Bad Request"),
        (StatusCode::REQUEST_TIMEOUT, 408, "Request Timeout"),
        (StatusCode::CONTENT_TOO_LARGE, 413, "Content Too Large"),
        (StatusCode::URI_TOO_LONG, 414, "URI Too Long"),
        (StatusCode::RANGE_NOT_SATISFIABLE, 416, "Range Not Satisfiable"),
        (StatusCode::UNPROCESSABLE_CONTENT, 422, "Unprocessable Content"),
        (StatusCode::TOO_EARLY, 425, "Too Early"),
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, 431, "Request Header Fields Too Large"),
        (StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, 451, "Unavailable For Legal Reasons"),
        (StatusCode::NOT_IMPLEMENTED, 501, "Not Implemented"),
        (StatusCode::HTTP_VERSION_NOT_SUPPORTED, 505, "HTTP Version Not Supported"),
        (StatusCode::NETWORK_AUTHENTICATION_REQUIRED, 511, "Network Authentication Required"),
    ];
    for (status, code, reason) in rows {
        assert_eq!((status.get(), status.reason()), (code, Some(reason)));
    }
}

#[test]
fn unused_and_unregistered_codes_have_no_text() {
    for code in [104, 199, 299, 306, 399, 418, 419, 430, 499, 509, 599, 600, 999] {
        assert_eq!(StatusCode::new(code).unwrap().reason(), None, "{code}");
    }
}

#[test]
fn a_text_is_found_at_compile_time() {
    const REASON: &str = match StatusCode::IM_USED.reason() {
        Some(reason) => reason,
        None => "",
    };
    assert_eq!(REASON, "IM Used");
}

#[test]
fn codes_are_ordered_and_print_as_their_number() {
    assert!(StatusCode::OK < StatusCode::NOT_FOUND);
    assert_eq!(format!("[{:>5}] {:?}", StatusCode::OK, StatusCode::OK), "[  200] StatusCode(200)");
}
