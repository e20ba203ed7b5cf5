//! Where the standards say it, and what they want to be answered.

use http_lite::{DecodeError, ErrorKind as K};

#[track_caller]
pub(crate) fn is(error: DecodeError) {
    let kind = error.kind;
    assert_eq!((error.rule(), kind.rule()), (rule(kind), rule(kind)));
    let status = answer(kind)[9..12].parse().unwrap();
    assert_eq!((error.status().get(), kind.status().get()), (status, status));
    assert_eq!(error.to_string(), format!("{kind} at byte {}", error.offset));
}

fn rule(kind: K) -> &'static str {
    match kind {
        // "SHOULD ignore at least one empty line (CRLF) received prior to the request-line"; "A
        // recipient of such a bare CR MUST consider that element to be invalid"; "MAY recognize a
        // single LF"; "whitespace between the start-line and the first header field MUST".
        K::LeadingLines | K::BareLf | K::BareCr | K::SpaceBeforeField => "RFC 9112 section 2.2",
        K::Version => "RFC 9112 section 2.3",
        K::TargetTooLong => "RFC 9112 section 3",
        K::Method => "RFC 9112 section 3.1",
        K::TargetByte | K::TargetForm => "RFC 9112 section 3.2",
        K::HostMissing | K::HostTwice | K::Host => "RFC 9112 section 3.2",
        K::StatusCode | K::ReasonPhrase => "RFC 9112 section 4",
        K::ColonMissing => "RFC 9112 section 5",
        K::SpaceBeforeColon => "RFC 9112 section 5.1",
        K::ObsFold => "RFC 9112 section 5.2",
        K::TransferEncoding | K::EncodingInHttp10 => "RFC 9112 section 6.1",
        K::ChunkedNotLast | K::UnknownCoding => "RFC 9112 section 6.1",
        K::LengthAndEncoding => "RFC 9112 section 6.3",
        K::ChunkSize | K::ChunkSizeTooLong | K::ChunkEnd => "RFC 9112 section 7.1",
        K::ChunkExtension | K::ChunkExtensionTooLong => "RFC 9112 section 7.1.1",
        K::Incomplete => "RFC 9112 section 8",
        K::Unexpected => "RFC 9112 section 9.2",
        // "Content-Length = 1*DIGIT"
        K::ContentLength | K::ContentLengthTooLarge | K::ContentLengthTwice => {
            "RFC 9110 section 8.6"
        }
        K::FieldNameEmpty | K::FieldName => "RFC 9110 section 5.1",
        K::FieldsTooLong | K::TooManyFields => "RFC 9110 section 5.4",
        K::FieldValue => "RFC 9110 section 5.5",
        K::SwitchNotAsked => "RFC 9110 section 7.8",
        K::Expectation => "RFC 9110 section 10.1.1",
        K::TooManyInformational => "RFC 9110 section 15.2",
        K::BodyTooLong => "RFC 9110 section 15.5.14",
        K::VersionUnsupported => "RFC 9110 section 15.6.6",
        other => panic!("{other:?} has no row"),
    }
}

/// All that a server sends.
pub(crate) fn answer(kind: K) -> &'static str {
    match kind {
        K::BodyTooLong | K::ChunkExtensionTooLong | K::ContentLengthTooLarge => {
            "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        K::TargetTooLong => {
            "HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        K::Expectation => {
            "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        K::FieldsTooLong | K::TooManyFields => {
            "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        // RFC 9112 section 6.1: "a transfer coding it does not understand SHOULD respond with 501".
        K::UnknownCoding => {
            "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        K::VersionUnsupported => {
            "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        }
        _ => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    }
}

/// Found in the head itself, without knowing what connection it is on.
pub(crate) fn is_of_the_parser(kind: K) -> bool {
    !matches!(
        kind,
        // Of a target's form the parser judges all but the authority in it.
        K::TargetForm
            | K::HostMissing
            | K::HostTwice
            | K::Host
            | K::Expectation
            | K::LengthAndEncoding
            | K::EncodingInHttp10
            | K::ChunkedNotLast
            | K::UnknownCoding
            | K::BodyTooLong
            | K::ChunkSize
            | K::Incomplete
    )
}
