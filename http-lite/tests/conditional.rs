//! Every combination of preconditions, against RFC 9110 section 13.2.2 step by step.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use http_lite::{
    EntityTag, Field, Fields, HttpDate, Method, Preconditions, StatusCode, Validators, Verdict,
};

const NOW: HttpDate = HttpDate::new(1_800_000_000).unwrap();
const BEFORE: &[u8] = b"Sat, 29 Oct 1994 19:43:30 GMT";
const SAME: &[u8] = b"Sat, 29 Oct 1994 19:43:31 GMT";

/// What a resource is, for whom the conditions below are told.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Resource {
    /// It does not exist.
    Nothing,
    /// It has neither tag nor date.
    Bare,
    /// It has the tag `"a"` and the date `SAME`, which is strong.
    Known,
}

type Condition = (Option<&'static [u8]>, fn(Resource) -> Option<bool>);

/// The value of the field, and whether the condition is true; `None` if it is ignored.
const IF_MATCH: [Condition; 5] = [
    (None, |_| None),
    (Some(b"*"), |resource| Some(resource != Resource::Nothing)),
    (Some(b"\"b\", \"a\""), |resource| Some(resource == Resource::Known)),
    (Some(b"\"b\""), |_| Some(false)),
    (Some(b"a"), |_| Some(false)),
];
const IF_UNMODIFIED_SINCE: [Condition; 4] = [
    (None, |_| None),
    (Some(SAME), |resource| (resource == Resource::Known).then_some(true)),
    (Some(BEFORE), |resource| (resource == Resource::Known).then_some(false)),
    (Some(b"29 Oct 1994"), |_| None),
];
const IF_NONE_MATCH: [Condition; 5] = [
    (None, |_| None),
    (Some(b"*"), |resource| Some(resource == Resource::Nothing)),
    (Some(b"\"b\", W/\"a\""), |resource| Some(resource != Resource::Known)),
    (Some(b"\"b\""), |_| Some(true)),
    (Some(b""), |_| Some(true)),
];
const IF_MODIFIED_SINCE: [Condition; 4] = [
    (None, |_| None),
    (Some(SAME), |resource| (resource == Resource::Known).then_some(false)),
    (Some(BEFORE), |resource| (resource == Resource::Known).then_some(true)),
    (Some(b"29 Oct 1994"), |_| None),
];
const IF_RANGE: [Condition; 6] = [
    (None, |_| None),
    (Some(b"\"a\""), |resource| Some(resource == Resource::Known)),
    (Some(b"W/\"a\""), |_| Some(false)),
    (Some(SAME), |resource| Some(resource == Resource::Known)),
    (Some(BEFORE), |_| Some(false)),
    (Some(b"a"), |_| Some(false)),
];
/// Here: can the value be used?
const RANGE: [Condition; 3] =
    [(None, |_| None), (Some(b"bytes=5-"), |_| Some(true)), (Some(b"bytes=5"), |_| Some(false))];

/// The steps of section 13.2.2, and of 13.2.1 what comes before.
fn oracle(method: &str, conditions: [Option<bool>; 6], resource: Resource) -> u16 {
    let [if_match, unmodified, if_none_match, modified, if_range, range] = conditions;
    if method == "OPTIONS" {
        return 200;
    }
    // 1. and 2.
    if if_match == Some(false) {
        return 412;
    }
    if if_match.is_none() && unmodified == Some(false) {
        return 412;
    }
    // 3.
    let is_get_or_head = method == "GET" || method == "HEAD";
    if if_none_match == Some(false) {
        return if is_get_or_head { 304 } else { 412 };
    }
    // 4.
    if is_get_or_head && if_none_match.is_none() && modified == Some(false) {
        return 304;
    }
    // 5. and 6.
    let is_partial = method == "GET"
        && resource != Resource::Nothing
        && range == Some(true)
        && if_range != Some(false);
    if is_partial { 206 } else { 200 }
}

#[test]
fn several_lines_of_tags_are_one_list() {
    let current = Validators { etag: EntityTag::strong(b"b"), ..Validators::default() };
    let verdict = |name: &str, lines: [&str; 2], method: Method<'_>| {
        let fields = lines.map(|line| Field::new(name, line).unwrap());
        Preconditions::of(&Fields::new(&fields)).evaluate(method, Some(&current), NOW).status()
    };
    let (failed, unchanged) = (StatusCode::PRECONDITION_FAILED, StatusCode::NOT_MODIFIED);
    assert_eq!(verdict("If-Match", ["\"a\"", "\"b\""], Method::PUT), None);
    assert_eq!(verdict("If-Match", ["\"b\"", "\"a\""], Method::PUT), None);
    assert_eq!(verdict("If-Match", ["\"a\"", "\"c\""], Method::PUT), Some(failed));
    assert_eq!(verdict("If-Match", ["\"b\"", "c"], Method::PUT), Some(failed));
    assert_eq!(verdict("If-None-Match", ["\"a\"", "W/\"b\""], Method::GET), Some(unchanged));
    assert_eq!(verdict("If-None-Match", ["\"a\"", "\"b\""], Method::PUT), Some(failed));
    assert_eq!(verdict("If-None-Match", ["\"a\"", "b"], Method::PUT), Some(failed));
    assert_eq!(verdict("If-None-Match", ["\"a\"", "\"c\""], Method::GET), None);
}

#[test]
fn every_combination_has_the_verdict_of_the_steps() {
    let known = Validators {
        etag: EntityTag::strong(b"a"),
        last_modified: HttpDate::parse(SAME, NOW),
        is_date_strong: true,
    };
    let bare = Validators::default();
    let resources =
        [(Resource::Nothing, None), (Resource::Bare, Some(&bare)), (Resource::Known, Some(&known))];
    let mut count = 0;
    for (if_match, a) in IF_MATCH {
        for (if_unmodified_since, b) in IF_UNMODIFIED_SINCE {
            for (if_none_match, c) in IF_NONE_MATCH {
                for (if_modified_since, d) in IF_MODIFIED_SINCE {
                    for (if_range, e) in IF_RANGE {
                        for (range, f) in RANGE {
                            let request = Preconditions {
                                if_match,
                                if_none_match,
                                if_modified_since,
                                if_unmodified_since,
                                if_range,
                                range,
                                ..Preconditions::NONE
                            };
                            for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
                                for (resource, current) in resources {
                                    let conditions = [a, b, c, d, e, f].map(|f| f(resource));
                                    let wanted = oracle(method, conditions, resource);
                                    let method = Method::new(method.as_bytes()).unwrap();
                                    let verdict = request.evaluate(method, current, NOW);
                                    let found = match verdict {
                                        Verdict::Proceed => 200,
                                        Verdict::Partial(_) => 206,
                                        Verdict::NotModified => 304,
                                        Verdict::PreconditionFailed => 412,
                                    };
                                    assert_eq!(
                                        found, wanted,
                                        "{method:?} {resource:?} {request:?}"
                                    );
                                    count += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(count, 5 * 4 * 5 * 4 * 6 * 3 * 4 * 3);
}
