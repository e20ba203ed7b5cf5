//! Observing a resource.

use std::time::{Duration, Instant};

use coap_codec::OptionNumber;

use crate::server::{Reply, ask, errors, over_tcp, over_udp, payload};

/// Each payload with the value of its Observe option, in one go; then nothing any more.
fn notifications(all: &[(&'static str, u32)]) -> Vec<Reply> {
    all.iter().map(|(p, n)| Reply::content(*p).with_uint(OptionNumber::OBSERVE, *n)).collect()
}

#[test]
fn ignores_the_value_of_observe_over_tcp() {
    // RFC 8323 section 7.1: it may be empty, and MUST be ignored on reception.
    for values in [[0, 0, 0], [7, 6, 5], [1, 2, 3]] {
        let uri = over_tcp(move |request| match request.options.observe() {
            Some(observe) if observe.get() == 0 => {
                notifications(&[("a", values[0]), ("b", values[1]), ("c", values[2])])
            }
            _ => vec![Reply::content("end")],
        });
        assert_eq!(payload(ask(&["-s", "3", &uri])), "a\nb\nc\n", "{values:?}");
    }
}

#[test]
fn does_not_show_what_is_older_than_what_it_has_shown() {
    // RFC 7641 section 3.4.
    let uri = over_udp(|request| match request.options.observe() {
        Some(observe) if observe.get() == 0 => {
            notifications(&[("a", 5), ("late", 4), ("again", 5), ("b", 6)])
        }
        _ => vec![Reply::content("end")],
    });
    assert_eq!(payload(ask(&["-s", "3", &uri])), "a\nb\n");
}

#[test]
fn does_not_wait_long_for_a_server_that_is_gone() {
    let uri = over_udp(|request| match request.options.observe() {
        Some(observe) if observe.get() == 0 => notifications(&[("a", 1)]),
        _ => Vec::new(), // the end of the observation is not heard
    });
    let begin = Instant::now();
    let output = ask(&["-s", "3", &uri]);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert_eq!(errors(&output), "");
    assert_eq!(payload(output), "a\n");
}
