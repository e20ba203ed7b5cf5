use coap_codec::{
    Code,
    http::{Exchange, code_to_status},
};

/// The response codes of RFC 7252 table 6 as tutorials print them: byte, class, detail, text, and the
/// HTTP status codes of RFC 8075 table 2, the first where nothing is known of the exchange.
const TUTORIAL: [(Code, u8, u8, u8, &str, &[u16]); 21] = [
    (Code::CREATED, 65, 2, 1, "Created", &[201]),
    (Code::DELETED, 66, 2, 2, "Deleted", &[204, 200]),
    (Code::VALID, 67, 2, 3, "Valid", &[200, 304]),
    (Code::CHANGED, 68, 2, 4, "Changed", &[204, 200]),
    (Code::CONTENT, 69, 2, 5, "Content", &[200]),
    (Code::BAD_REQUEST, 128, 4, 0, "Bad Request", &[400]),
    (Code::UNAUTHORIZED, 129, 4, 1, "Unauthorized", &[403]),
    (Code::BAD_OPTION, 130, 4, 2, "Bad Option", &[500, 400]),
    (Code::FORBIDDEN, 131, 4, 3, "Forbidden", &[403]),
    (Code::NOT_FOUND, 132, 4, 4, "Not Found", &[404]),
    (Code::METHOD_NOT_ALLOWED, 133, 4, 5, "Method Not Allowed", &[400, 405]),
    (Code::NOT_ACCEPTABLE, 134, 4, 6, "Not Acceptable", &[406]),
    (Code::PRECONDITION_FAILED, 140, 4, 12, "Precondition Failed", &[412]),
    (Code::REQUEST_ENTITY_TOO_LARGE, 141, 4, 13, "Request Entity Too Large", &[413]),
    (Code::UNSUPPORTED_CONTENT_FORMAT, 143, 4, 15, "Unsupported Content-Format", &[415]),
    (Code::INTERNAL_SERVER_ERROR, 160, 5, 0, "Internal Server Error", &[500]),
    (Code::NOT_IMPLEMENTED, 161, 5, 1, "Not Implemented", &[501]),
    (Code::BAD_GATEWAY, 162, 5, 2, "Bad Gateway", &[502]),
    (Code::SERVICE_UNAVAILABLE, 163, 5, 3, "Service Unavailable", &[503]),
    (Code::GATEWAY_TIMEOUT, 164, 5, 4, "Gateway Timeout", &[504]),
    (Code::PROXYING_NOT_SUPPORTED, 165, 5, 5, "Proxying Not Supported", &[502]),
];

/// The other codes: RFC 7252 section 4.1 and table 5, RFC 7959 table 4, RFC 8132 sections 4 and 6,
/// RFC 8516 section 6, RFC 8768 table 2, RFC 8323 table 1.
const OTHERS: [(Code, u8, &str, &str, &str); 19] = [
    (Code::EMPTY, 0, "0.00", "Empty", "RFC 7252 section 4.1"),
    (Code::GET, 1, "0.01", "GET", "RFC 7252 section 5.8.1"),
    (Code::POST, 2, "0.02", "POST", "RFC 7252 section 5.8.2"),
    (Code::PUT, 3, "0.03", "PUT", "RFC 7252 section 5.8.3"),
    (Code::DELETE, 4, "0.04", "DELETE", "RFC 7252 section 5.8.4"),
    (Code::FETCH, 5, "0.05", "FETCH", "RFC 8132 section 2"),
    (Code::PATCH, 6, "0.06", "PATCH", "RFC 8132 section 3"),
    (Code::IPATCH, 7, "0.07", "iPATCH", "RFC 8132 section 3"),
    (Code::CONTINUE, 95, "2.31", "Continue", "RFC 7959 section 2.9.1"),
    (
        Code::REQUEST_ENTITY_INCOMPLETE,
        136,
        "4.08",
        "Request Entity Incomplete",
        "RFC 7959 section 2.9.2",
    ),
    (Code::CONFLICT, 137, "4.09", "Conflict", "RFC 8132 section 3.4"),
    (Code::UNPROCESSABLE_ENTITY, 150, "4.22", "Unprocessable Entity", "RFC 8132 section 3.4"),
    (Code::TOO_MANY_REQUESTS, 157, "4.29", "Too Many Requests", "RFC 8516 section 3"),
    (Code::HOP_LIMIT_REACHED, 168, "5.08", "Hop Limit Reached", "RFC 8768 section 3"),
    (Code::CSM, 225, "7.01", "CSM", "RFC 8323 section 5.3"),
    (Code::PING, 226, "7.02", "Ping", "RFC 8323 section 5.4"),
    (Code::PONG, 227, "7.03", "Pong", "RFC 8323 section 5.4"),
    (Code::RELEASE, 228, "7.04", "Release", "RFC 8323 section 5.5"),
    (Code::ABORT, 229, "7.05", "Abort", "RFC 8323 section 5.6"),
];

/// Every note of RFC 8075 section 7 on and off.
fn exchanges() -> impl Iterator<Item = Exchange> {
    (0..16).map(|bits| Exchange {
        has_payload: bits & 1 != 0,
        conditional: bits & 2 != 0,
        option_from_header: bits & 4 != 0,
        methods_known: bits & 8 != 0,
    })
}

#[test]
fn the_table_that_tutorials_print() {
    for (code, byte, class, detail, text, statuses) in TUTORIAL {
        assert_eq!((code.0, code.class(), code.detail()), (byte, class, detail));
        assert_eq!(Code::new(class, detail), Some(code));
        assert_eq!(code.name(), Some(text));
        assert_eq!(code.to_string(), format!("{class}.{detail:02}"));
        assert_eq!(format!("{code:#}"), format!("{class}.{detail:02} {text}"));
        assert_eq!(code_to_status(code, Exchange::new()), Some(statuses[0]), "{code}");
        let mut possible: Vec<_> =
            exchanges().filter_map(|exchange| code_to_status(code, exchange)).collect();
        possible.sort();
        possible.dedup();
        let mut expected = statuses.to_vec();
        expected.sort();
        assert_eq!(possible, expected, "{code}");
    }
}

#[test]
fn each_section_of_rfc_7252() {
    let sections = TUTORIAL.map(|(code, ..)| code.section().unwrap());
    let expected: Vec<_> = [(1, 5), (2, 10), (3, 6)]
        .into_iter()
        .flat_map(|(class, count)| {
            (1..=count).map(move |detail| format!("RFC 7252 section 5.9.{class}.{detail}"))
        })
        .collect();
    assert_eq!(sections.as_slice(), expected.as_slice());
}

#[test]
fn the_other_codes() {
    for (code, byte, number, name, section) in OTHERS {
        assert_eq!((code.0, code.to_string().as_str()), (byte, number));
        assert_eq!((code.name(), code.section()), (Some(name), Some(section)));
        assert_eq!(format!("{code:?} {code:#}"), format!("{number} {number} {name}"));
    }
}

#[test]
fn nothing_else_is_registered() {
    let known: Vec<_> = TUTORIAL.iter().map(|row| row.1).chain(OTHERS.map(|row| row.1)).collect();
    for code in (0..=255).map(Code) {
        let registered = known.contains(&code.0);
        assert_eq!((code.name().is_some(), code.section().is_some()), (registered, registered));
        if !registered {
            assert_eq!(format!("{code:#}"), code.to_string());
        }
    }
}

#[test]
fn every_byte_is_of_one_kind() {
    for code in (0..=255).map(Code) {
        let text = code.to_string();
        let (class, detail) = text.split_once('.').unwrap();
        assert_eq!(detail.len(), 2);
        let (class, detail): (u8, u8) = (class.parse().unwrap(), detail.parse().unwrap());
        assert_eq!(Code::new(class, detail), Some(code));
        assert_eq!(class * 32 + detail, code.0);
        // RFC 7252 section 12.1, RFC 8323 section 11.1.
        let kinds = [
            text == "0.00",
            class == 0 && detail >= 1,
            [2, 4, 5].contains(&class),
            class == 7,
            [1, 3, 6].contains(&class),
        ];
        let ours = [
            code.is_empty(),
            code.is_request(),
            code.is_response(),
            code.is_signalling(),
            code.is_reserved(),
        ];
        assert_eq!(ours, kinds, "{code}");
        assert_eq!(kinds.iter().filter(|kind| **kind).count(), 1);
        let errors = [code.is_success(), code.is_client_error(), code.is_server_error()];
        assert_eq!(errors, [class == 2, class == 4, class == 5]);
    }
    for (class, detail) in [(8, 0), (0, 32), (7, 32), (255, 255)] {
        assert_eq!(Code::new(class, detail), None);
    }
}

#[test]
fn unknown_errors_are_the_generic_one_of_their_class() {
    // RFC 7252 section 5.2.
    for code in (0..=255).map(Code) {
        let expected = match (code.name(), code.class()) {
            (None, 4) => Code::BAD_REQUEST,
            (None, 5) => Code::INTERNAL_SERVER_ERROR,
            _ => code,
        };
        assert_eq!(code.class_default(), expected);
    }
    assert_eq!(Code::new(4, 7).unwrap().class_default(), Code(0x80));
    assert_eq!(Code::new(5, 31).unwrap().class_default(), Code(0xA0));
    assert_eq!(Code::new(2, 6).unwrap().class_default(), Code(0x46));
}

#[test]
fn which_methods_are_safe_and_idempotent() {
    // RFC 8132 section 4.
    for (byte, safe, idempotent) in [
        (1, true, true),
        (2, false, false),
        (3, false, true),
        (4, false, true),
        (5, true, true),
        (6, false, false),
        (7, false, true),
        (0, false, false),
        (8, false, false),
        (69, false, false),
    ] {
        assert_eq!((Code(byte).is_safe(), Code(byte).is_idempotent()), (safe, idempotent));
    }
}

#[test]
fn which_responses_no_response_suppresses() {
    // RFC 7967 section 2.1: 2**(n-1) for class n; 26 is all of them.
    for no_response in 0..=255 {
        for code in (0..=255).map(Code) {
            let wanted = match code.class() {
                2 => no_response & 2 == 0,
                4 => no_response & 8 == 0,
                5 => no_response & 16 == 0,
                _ => true,
            };
            assert_eq!(code.is_suppressed_by(no_response), !wanted, "{code} {no_response}");
        }
    }
}

#[test]
fn works_in_constants() {
    const NAME: Option<&str> = Code::new(2, 5).unwrap().name();
    assert_eq!(NAME, Some("Content"));
}
