//! Laws of credentials and challenges.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::auth::{self, Basic, BasicChallenge, BasicError};
use http_lite::{EncodeError, ParameterValue};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![b' '..0x7F, 0x80..=0xFFu8];
    prop::collection::vec(byte, 0..20)
}

fn user() -> impl Strategy<Value = Vec<u8>> {
    text().prop_map(|text| text.into_iter().filter(|byte| *byte != b':').collect())
}

fn encode(basic: Basic<'_>) -> Vec<u8> {
    let mut out = vec![0; basic.encoded_len()];
    assert_eq!(basic.encode(&mut out), Ok(out.len()));
    out
}

proptest! {
    #[test]
    fn credentials_are_read_as_they_were_written(user in user(), password in text()) {
        let basic = Basic::new(&user, &password).unwrap();
        let mut value = encode(basic);
        let needed = user.len() + password.len() + 1;
        for len in 0..needed {
            let mut out = vec![0; len];
            let error = BasicError::BufferTooSmall { needed };
            prop_assert_eq!(Basic::decode(&value, &mut out).unwrap_err(), error);
        }
        let mut out = vec![0; needed];
        let read = Basic::decode(&value, &mut out).unwrap();
        prop_assert_eq!((read.user(), read.password()), (&user[..], &password[..]));
        prop_assert!(basic.verify(&value));
        for len in 0..value.len() {
            prop_assert!(!basic.verify(&value[..len]));
        }
        value[..5].make_ascii_uppercase();
        prop_assert!(basic.verify(&value));
        let needed = value.len();
        for len in 0..needed {
            let error = Err(EncodeError::BufferTooSmall { needed });
            prop_assert_eq!(basic.encode(&mut value[..len]), error);
        }
    }

    #[test]
    fn only_the_same_user_and_password_are_verified(
        (a, b) in ("[ab]{0,2}", "[ab:]{0,3}"),
        (c, d) in ("[ab]{0,2}", "[ab:]{0,3}"),
    ) {
        let one = Basic::new(a.as_bytes(), b.as_bytes()).unwrap();
        let other = Basic::new(c.as_bytes(), d.as_bytes()).unwrap();
        prop_assert_eq!(one.verify(&encode(other)), (a, b) == (c, d));
    }

    #[test]
    fn any_token_is_read_and_written_alike_or_refused(token in "[A-Za-z0-9+/]{0,12}={0,2}") {
        let value = format!("Basic {token}");
        let mut out = [0; 16];
        if let Ok(basic) = Basic::decode(value.as_bytes(), &mut out) {
            prop_assert_eq!(encode(basic), value.into_bytes());
        }
    }

    #[test]
    fn what_cannot_stand_there_makes_no_credentials(user: Vec<u8>, password: Vec<u8>) {
        let is_control = |byte: &u8| byte.is_ascii_control();
        let is_refused = user.contains(&b':') || user.iter().chain(&password).any(is_control);
        prop_assert_eq!(Basic::new(&user, &password).is_none(), is_refused);
    }

    #[test]
    fn time_does_not_change_what_is_equal(a in "[ab]{0,4}", b in "[ab]{0,4}") {
        prop_assert_eq!(auth::constant_time_eq(a.as_bytes(), b.as_bytes()), a == b);
    }

    #[test]
    fn a_basic_challenge_is_found_among_others(
        realm in text(),
        is_utf8: bool,
        others in prop::collection::vec(
            prop::sample::select(vec![
                "Negotiate", "NTLM YQ==", "Digest realm=\"Basic realm=x\", qop=\"a,b\"", ",", "?a b", "x=y",
            ]),
            0..4,
        ),
        at in 0..4usize,
    ) {
        let challenge = BasicChallenge::new(&realm).unwrap();
        let challenge = if is_utf8 { challenge.with_utf8() } else { challenge };
        let mut out = vec![0; challenge.encoded_len()];
        prop_assert_eq!(challenge.encode(&mut out), Ok(out.len()));
        let mut all: Vec<&[u8]> = others.iter().map(|other| other.as_bytes()).collect();
        all.insert(at.min(others.len()), &out);
        let value = all.join(&b", "[..]);
        prop_assert_eq!(BasicChallenge::find(&value), Some(challenge));
    }

    #[test]
    fn challenges_have_the_parameters_that_were_joined(
        wanted in prop::collection::vec(
            ("[a-z]{1,4}", prop::collection::vec(("[a-z]{1,4}", text()), 0..4)),
            0..4,
        ),
    ) {
        let elements: Vec<Vec<u8>> = wanted.iter().flat_map(|(scheme, parameters)| {
            let mut elements: Vec<Vec<u8>> = parameters.iter().map(|(name, text)| {
                let value = ParameterValue::new(text).unwrap();
                let mut out = vec![0; value.encoded_len()];
                value.encode(&mut out).unwrap();
                [name.as_bytes(), b"=", &out].concat()
            }).collect();
            match elements.first_mut() {
                Some(first) => *first = [scheme.as_bytes(), b" ", first].concat(),
                None => elements.push(scheme.clone().into_bytes()),
            }
            elements
        }).collect();
        let value = elements.join(&b", "[..]);
        let found: Vec<_> = auth::challenges(&value).map(|challenge| {
            let scheme = String::from_utf8(challenge.scheme().to_vec()).unwrap();
            let parameters = challenge.parameters().map(|parameter| {
                let name = String::from_utf8(parameter.name.to_vec()).unwrap();
                (name, parameter.value.bytes().collect::<Vec<u8>>())
            });
            (scheme, parameters.collect::<Vec<_>>())
        }).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn any_text_has_challenges(value in "[aB =,\"\\\\?]{0,16}") {
        let challenges = auth::challenges(value.as_bytes());
        let count = challenges.map(|challenge| challenge.parameters().count() + 1).sum::<usize>();
        prop_assert!(count <= value.len());
    }
}
