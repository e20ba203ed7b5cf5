//! Heads that are encoded while the program is built, so that they lie in flash.

use http_lite::{Field, Fields, Method, RequestHead, ResponseHead, StatusCode, Target};

const HOST: Field<'_> = match Field::new("Host", "example.org") {
    Ok(field) => field,
    Err(_) => panic!("not a field"),
};
const REQUEST: RequestHead<'_> =
    RequestHead::new(Method::GET, Target::ROOT, Fields::new(&[HOST, Field::CLOSE]));
const RESPONSE: ResponseHead<'_> = ResponseHead::new(
    StatusCode::SERVICE_UNAVAILABLE,
    Fields::new(&[Field::content_length(0), Field::CLOSE]),
);

static REQUEST_BYTES: [u8; REQUEST.encoded_len()] = {
    let mut bytes = [0; REQUEST.encoded_len()];
    assert!(REQUEST.encode(&mut bytes).is_ok());
    bytes
};
static RESPONSE_BYTES: [u8; RESPONSE.encoded_len()] = {
    let mut bytes = [0; RESPONSE.encoded_len()];
    assert!(RESPONSE.encode(&mut bytes).is_ok());
    bytes
};

#[test]
fn heads_in_flash() {
    let expected = b"GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n";
    assert_eq!(REQUEST_BYTES, *expected);
    let expected = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\
                    Connection: close\r\n\r\n";
    assert_eq!(RESPONSE_BYTES, *expected.as_bytes());
}
