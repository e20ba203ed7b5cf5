use coap_codec::{
    Code, ContentFormat,
    http::{self, Exchange, code_to_status, status_to_code},
};

#[test]
fn every_method_both_ways() {
    // RFC 7252 sections 10.1 and 10.2, RFC 8132 section 4.
    for (code, method) in [
        (Code::GET, "GET"),
        (Code::POST, "POST"),
        (Code::PUT, "PUT"),
        (Code::DELETE, "DELETE"),
        (Code::PATCH, "PATCH"),
    ] {
        assert_eq!(http::method_to_code(method), Some(code));
        assert_eq!(http::code_to_method(code), Some(method));
    }
    assert_eq!(http::method_to_code("HEAD"), Some(Code::GET));
    assert_eq!(http::code_to_method(Code::IPATCH), Some("PATCH"));
    for method in ["OPTIONS", "TRACE", "CONNECT", "get", "Put", "FETCH", "", "GET "] {
        assert_eq!(http::method_to_code(method), None);
    }
    for code in (0..=255).map(Code).filter(|code| !(1..=4).contains(&code.0)) {
        let method = [6, 7].contains(&code.0).then_some("PATCH");
        assert_eq!(http::code_to_method(code), method, "{code}");
    }
}

#[test]
fn every_row_of_rfc_8075_table_2() {
    let nothing = Exchange::new();
    let payload = Exchange { has_payload: true, ..nothing };
    let conditional = Exchange { conditional: true, ..nothing };
    let header = Exchange { option_from_header: true, ..nothing };
    let methods = Exchange { methods_known: true, ..nothing };
    for (code, exchange, status) in [
        (Code::CREATED, nothing, Some(201)),
        (Code::CREATED, payload, Some(201)), // note 1
        (Code::DELETED, payload, Some(200)), // note 2
        (Code::DELETED, nothing, Some(204)),
        (Code::VALID, conditional, Some(304)), // note 3
        (Code::VALID, nothing, Some(200)),     // note 4
        (Code::CHANGED, payload, Some(200)),
        (Code::CHANGED, nothing, Some(204)),
        (Code::CONTENT, nothing, Some(200)),
        (Code::CONTENT, payload, Some(200)),
        (Code::CONTINUE, nothing, None), // note 10
        (Code::BAD_REQUEST, nothing, Some(400)),
        (Code::UNAUTHORIZED, nothing, Some(403)), // note 5
        (Code::BAD_OPTION, header, Some(400)),    // note 6
        (Code::BAD_OPTION, nothing, Some(500)),
        (Code::FORBIDDEN, nothing, Some(403)),
        (Code::NOT_FOUND, nothing, Some(404)),
        (Code::METHOD_NOT_ALLOWED, nothing, Some(400)), // note 7
        (Code::METHOD_NOT_ALLOWED, methods, Some(405)),
        (Code::NOT_ACCEPTABLE, nothing, Some(406)),
        (Code::REQUEST_ENTITY_INCOMPLETE, nothing, None), // note 10
        (Code::PRECONDITION_FAILED, nothing, Some(412)),
        (Code::REQUEST_ENTITY_TOO_LARGE, nothing, Some(413)),
        (Code::UNSUPPORTED_CONTENT_FORMAT, nothing, Some(415)),
        (Code::INTERNAL_SERVER_ERROR, nothing, Some(500)),
        (Code::NOT_IMPLEMENTED, nothing, Some(501)),
        (Code::BAD_GATEWAY, nothing, Some(502)),
        (Code::SERVICE_UNAVAILABLE, nothing, Some(503)), // note 8
        (Code::GATEWAY_TIMEOUT, nothing, Some(504)),
        (Code::PROXYING_NOT_SUPPORTED, nothing, Some(502)), // note 9
    ] {
        assert_eq!(code_to_status(code, exchange), status, "{code} {exchange:?}");
    }
    assert_eq!(Exchange::default(), nothing);
    assert_eq!(http::METHOD_NOT_ALLOWED_REASON, "CoAP server returned 4.05");
}

#[test]
fn the_codes_that_came_after_rfc_8075() {
    let nothing = Exchange::new();
    for (code, status) in [
        (Code::CONFLICT, 409),
        (Code::UNPROCESSABLE_ENTITY, 422),
        (Code::TOO_MANY_REQUESTS, 429),
        (Code::HOP_LIMIT_REACHED, 508),
    ] {
        assert_eq!(code_to_status(code, nothing), Some(status));
    }
}

#[test]
fn unknown_codes_by_their_class_and_others_not_at_all() {
    let nothing = Exchange::new();
    for code in (0..=255).map(Code).filter(|code| code.name().is_none() || !code.is_response()) {
        let status = match code.class() {
            2 => Some(204),
            4 => Some(400),
            5 => Some(500),
            _ => None,
        };
        assert_eq!(code_to_status(code, nothing), status, "{code}");
    }
    let payload = Exchange { has_payload: true, ..nothing };
    assert_eq!(code_to_status(Code(0x46), payload), Some(200));
}

#[test]
fn every_status_for_every_method() {
    let [get, post, put, delete] = [Code::GET, Code::POST, Code::PUT, Code::DELETE];
    for (status, method, code) in [
        (200, get, "2.05"), // RFC 7252 section 10.1.1
        (203, get, "2.05"),
        (304, get, "2.03"),
        (200, Code::FETCH, "2.05"),
        (304, Code::FETCH, "2.03"),
        (201, put, "2.01"), // section 10.1.2
        (200, put, "2.04"),
        (204, put, "2.04"),
        (304, put, "5.02"),
        (200, delete, "2.02"), // section 10.1.3
        (204, delete, "2.02"),
        (404, delete, "2.02"),
        (410, delete, "2.02"),
        (403, delete, "4.03"),
        (201, post, "2.01"), // section 10.1.4
        (200, post, "2.04"),
        (204, post, "2.04"),
        (201, Code::PATCH, "2.01"),
        (204, Code::PATCH, "2.04"),
        (204, Code::IPATCH, "2.04"),
        (400, get, "4.00"),
        (401, get, "4.01"),
        (402, get, "4.00"),
        (403, get, "4.03"),
        (404, get, "4.04"),
        (405, get, "4.05"),
        (406, get, "4.06"),
        (407, get, "4.00"),
        (408, get, "4.08"), // RFC 7959 section 5
        (409, get, "4.09"),
        (410, get, "4.04"),
        (412, get, "4.12"),
        (413, get, "4.13"),
        (415, get, "4.15"),
        (422, get, "4.22"),
        (429, get, "4.29"),
        (499, get, "4.00"),
        (500, get, "5.00"),
        (501, get, "5.01"),
        (502, get, "5.02"),
        (503, get, "5.03"),
        (504, get, "5.04"),
        (505, get, "5.00"),
        (508, get, "5.08"), // RFC 8768 section 5
        (599, get, "5.00"),
        (0, get, "5.02"),
        (100, put, "5.02"),
        (199, get, "5.02"),
        (300, get, "5.02"),
        (301, put, "5.02"),
        (399, get, "5.02"),
        (600, get, "5.02"),
        (65535, get, "5.02"),
    ] {
        assert_eq!(status_to_code(status, method).to_string(), code, "{status} {method:#}");
    }
    for method in (1..8).map(Code) {
        for status in 0..=u16::MAX {
            let code = status_to_code(status, method);
            let class = match (status, method) {
                (404 | 410, Code::DELETE) | (304, Code::GET | Code::FETCH) => 2,
                (200..300, _) => 2,
                (400..500, _) => 4,
                _ => 5,
            };
            assert!(code.name().is_some() && code.class() == class, "{status} {method:#}");
        }
    }
}

#[test]
fn a_code_survives_http_but_for_five() {
    for code in (0..=255).map(Code).filter(|code| !code.is_success()) {
        let Some(status) = code_to_status(code, Exchange::new()) else {
            continue;
        };
        let expected = match code {
            Code::UNAUTHORIZED => Code::FORBIDDEN,
            Code::BAD_OPTION => Code::INTERNAL_SERVER_ERROR,
            Code::METHOD_NOT_ALLOWED => Code::BAD_REQUEST,
            Code::PROXYING_NOT_SUPPORTED => Code::BAD_GATEWAY,
            code => code.class_default(),
        };
        assert_eq!(status_to_code(status, Code::GET), expected);
    }
}

#[test]
fn every_row_of_rfc_8075_table_1() {
    for (media_type, format) in [
        ("application/soap+xml", Some(ContentFormat::XML)),
        ("Application/Soap+XML", Some(ContentFormat::XML)),
        ("application/ld+json", Some(ContentFormat::JSON)),
        ("application/ace+cbor", Some(ContentFormat::CBOR)),
        ("text/xml", Some(ContentFormat::XML)),
        ("text/html", Some(ContentFormat::TEXT_PLAIN)),
        ("image/png", Some(ContentFormat::OCTET_STREAM)),
        // An exact match comes first.
        ("application/senml+json", Some(ContentFormat::SENML_JSON)),
        ("application/json", Some(ContentFormat::JSON)),
        // Not one of the patterns.
        ("application/+json", Some(ContentFormat::OCTET_STREAM)),
        ("application/xjson", Some(ContentFormat::OCTET_STREAM)),
        ("image/svg+xml", Some(ContentFormat::OCTET_STREAM)),
        ("text/foo+xml", Some(ContentFormat::TEXT_PLAIN)),
        // Parameters that the type is not registered with.
        ("application/json; charset=utf-8", Some(ContentFormat::JSON)),
        ("application/soap+xml;charset=utf-8", Some(ContentFormat::XML)),
        ("text/html; charset=\"UTF-8\"", Some(ContentFormat::TEXT_PLAIN)),
        ("text/plain; charset=us-ascii", Some(ContentFormat::TEXT_PLAIN)),
        ("text/plain; format=flowed", Some(ContentFormat::TEXT_PLAIN)),
        ("text/plain; charset=iso-8859-1", Some(ContentFormat::OCTET_STREAM)),
        ("text/html; charset=utf-16", Some(ContentFormat::OCTET_STREAM)),
        ("application/cose; cose-type=new", Some(ContentFormat::OCTET_STREAM)),
        // Neither types nor well-formed.
        ("*/*", None),
        ("text/*", None),
        ("text", None),
        ("text/html;", Some(ContentFormat::TEXT_PLAIN)),
        ("text/html;charset", None),
        ("text/html;x=\"a\tb\"", Some(ContentFormat::TEXT_PLAIN)),
        ("text/html;x=\"a\u{1}b\"", None),
        ("text/html;x=\"a\u{7f}b\"", None),
        ("", None),
    ] {
        assert_eq!(http::loose_content_format(media_type, "identity"), format, "{media_type}");
    }
    let deflate = |media_type| http::loose_content_format(media_type, "deflate");
    assert_eq!(deflate("application/json"), Some(ContentFormat::JSON_DEFLATE));
    assert_eq!(deflate("application/ld+json"), Some(ContentFormat::JSON_DEFLATE));
    assert_eq!(deflate("text/html"), None);
    assert_eq!(http::loose_content_format("application/json", "br"), None);
}

#[test]
fn a_content_type_for_every_number() {
    let mut buffer = [0; http::CONTENT_TYPE_LEN];
    for format in (0..=u16::MAX).map(ContentFormat) {
        let text = http::content_type(format, &mut buffer);
        match format.media_type() {
            Some(media_type) => assert_eq!(text, media_type),
            None => {
                assert_eq!(text, format!("application/coap-payload;cf={}", format.0));
                assert_eq!(http::coap_payload(text), Some(format));
            }
        }
    }
}

#[test]
fn what_is_a_coap_payload() {
    for (media_type, number) in [
        ("application/coap-payload;cf=60", Some(60)),
        ("Application/CoAP-Payload ; CF=\"0060\"", Some(60)),
        ("application/coap-payload;cf=0", Some(0)),
        ("application/coap-payload;cf=65535", Some(65535)),
        ("application/coap-payload;cf=65536", None),
        ("application/coap-payload;cf=99999999999999999999", None),
        ("application/coap-payload;cf=+60", None),
        ("application/coap-payload;cf=-1", None),
        ("application/coap-payload;cf=6x", None),
        ("application/coap-payload;cf=\"\"", None),
        ("application/coap-payload;cf=60;cf=61", None),
        ("application/coap-payload;x=60", None),
        ("application/coap-payload", None),
        ("application/cbor;cf=60", None),
        ("text/coap-payload;cf=60", None),
    ] {
        assert_eq!(http::coap_payload(media_type).map(|format| format.0), number, "{media_type}");
    }
}
