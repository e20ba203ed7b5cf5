//! What a server asks for in `WWW-Authenticate`. RFC 9110 sections 11.3, 11.6.1.

use core::iter::FusedIterator;

use super::is_token68;
use crate::error::EncodeError;
use crate::list::{Elements, elements, eq_ignore_case, head, tail, token_len};
use crate::parameters::{Parameter, ParameterValue};
use crate::scan::trim;
use crate::writer::Writer;

/// The challenges of a `WWW-Authenticate` or `Proxy-Authenticate` field line.
///
/// ```text
/// Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""
/// ^ challenge           ^ challenge                     scheme, then parameters or a token68
/// ```
///
/// RFC 9110 section 11.6.1. What is malformed is skipped, so that an odd challenge of an unknown scheme
/// does not hide the others.
///
/// ```
/// use http_lite::auth;
///
/// let value = br#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#;
/// let mut challenges = auth::challenges(value);
/// assert_eq!(challenges.next().unwrap().get(b"realm").unwrap(), b"simple");
/// let newauth = challenges.next().unwrap();
/// assert_eq!((newauth.scheme(), newauth.parameters().count()), (&b"Newauth"[..], 3));
/// assert!(challenges.next().is_none());
/// ```
#[must_use]
pub const fn challenges(value: &[u8]) -> Challenges<'_> {
    Challenges { elements: elements(value) }
}

/// Iterator over [`challenges`].
#[derive(Debug, Clone)]
pub struct Challenges<'a> {
    elements: Elements<'a>,
}

impl<'a> Challenges<'a> {
    const fn next_challenge(&mut self) -> Option<Challenge<'a>> {
        while let Some(element) = self.elements.next_element() {
            if let Some(Element::Challenge { scheme, body }) = Element::read(element) {
                return Some(Challenge { scheme, body, elements: self.elements });
            }
        }
        None
    }
}

impl<'a> Iterator for Challenges<'a> {
    type Item = Challenge<'a>;

    fn next(&mut self) -> Option<Challenge<'a>> {
        self.next_challenge()
    }
}

impl FusedIterator for Challenges<'_> {}

/// A scheme, and what it needs to know. RFC 9110 section 11.3.
#[derive(Debug, Clone)]
pub struct Challenge<'a> {
    scheme: &'a [u8],
    /// What stands behind the scheme in the same element.
    body: &'a [u8],
    /// The elements behind, of which the first ones may be parameters of this challenge.
    elements: Elements<'a>,
}

impl<'a> Challenge<'a> {
    /// The scheme, a token: `Basic`.
    #[must_use]
    pub const fn scheme(&self) -> &'a [u8] {
        self.scheme
    }

    /// Is it this scheme? Compared without case.
    #[must_use]
    pub const fn is(&self, scheme: &[u8]) -> bool {
        eq_ignore_case(self.scheme, scheme)
    }

    /// The `token68` that stands there instead of parameters, as with Negotiate.
    #[must_use]
    pub const fn token68(&self) -> Option<&'a [u8]> {
        if is_token68(self.body) { Some(self.body) } else { None }
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> AuthParameters<'a> {
        AuthParameters { body: self.body, elements: self.elements }
    }

    /// The value of the first parameter of this name, compared without case.
    #[must_use]
    pub const fn get(&self, name: &[u8]) -> Option<ParameterValue<'a>> {
        let mut parameters = self.parameters();
        while let Some(parameter) = parameters.next_parameter() {
            if eq_ignore_case(parameter.name, name) {
                return Some(parameter.value);
            }
        }
        None
    }
}

/// Iterator over the parameters of a [`Challenge`].
#[derive(Debug, Clone)]
pub struct AuthParameters<'a> {
    body: &'a [u8],
    elements: Elements<'a>,
}

impl<'a> AuthParameters<'a> {
    const fn next_parameter(&mut self) -> Option<Parameter<'a>> {
        let mut element = self.body;
        self.body = &[];
        if element.is_empty() {
            match self.elements.next_element() {
                Some(next) => element = next,
                None => return None,
            }
        }
        match Element::read(element) {
            Some(Element::Parameter(parameter)) => Some(parameter),
            _ => {
                self.elements = elements(&[]); // what follows is of other challenges
                None
            }
        }
    }
}

impl<'a> Iterator for AuthParameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        self.next_parameter()
    }
}

impl FusedIterator for AuthParameters<'_> {}

/// What can stand between two commas.
enum Element<'a> {
    Challenge { scheme: &'a [u8], body: &'a [u8] },
    Parameter(Parameter<'a>),
}

impl<'a> Element<'a> {
    const fn read(element: &'a [u8]) -> Option<Self> {
        if let Some(parameter) = parameter(element) {
            return Some(Self::Parameter(parameter));
        }
        let len = token_len(element);
        let (scheme, rest) = (head(element, len), tail(element, len));
        let body = trim(rest);
        let is_body = body.is_empty() || is_token68(body) || parameter(body).is_some();
        match rest {
            [] | [b' ', ..] if len > 0 && is_body => Some(Self::Challenge { scheme, body }),
            _ => None,
        }
    }
}

/// `auth-param = token BWS "=" BWS ( token / quoted-string )`
const fn parameter(text: &[u8]) -> Option<Parameter<'_>> {
    let len = token_len(text);
    match (head(text, len), trim(tail(text, len))) {
        (name @ [_, ..], [b'=', value @ ..]) => match ParameterValue::parse(trim(value)) {
            Some(value) => Some(Parameter { name, value }),
            None => None,
        },
        _ => None,
    }
}

/// `Basic realm="...", charset="UTF-8"`: a server asks for [`Basic`](super::Basic) credentials. RFC
/// 7617.
///
/// ```
/// use http_lite::auth::BasicChallenge;
///
/// let challenge = BasicChallenge::new(b"the \"shed\"").unwrap().with_utf8();
/// let mut out = [0; 48];
/// let len = challenge.encode(&mut out)?;
/// assert_eq!(&out[..len], br#"Basic realm="the \"shed\"", charset="UTF-8""#);
/// assert_eq!(BasicChallenge::find(&out[..len]), Some(challenge));
/// # Ok::<(), http_lite::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicChallenge<'a> {
    realm: ParameterValue<'a>,
    is_utf8: bool,
}

impl<'a> BasicChallenge<'a> {
    /// For what this realm protects, which is shown to people; `None` if it has a control character.
    #[must_use]
    pub const fn new(realm: &'a [u8]) -> Option<Self> {
        match ParameterValue::new(realm) {
            Some(realm) => Some(Self { realm, is_utf8: false }),
            None => None,
        }
    }

    /// The same, telling that user and password are expected in UTF-8 (RFC 7617 section 2.1).
    #[must_use]
    pub const fn with_utf8(self) -> Self {
        Self { is_utf8: true, ..self }
    }

    /// The first of a `WWW-Authenticate` field line that is for Basic and has a realm.
    #[must_use]
    pub const fn find(value: &'a [u8]) -> Option<Self> {
        let mut challenges = challenges(value);
        while let Some(challenge) = challenges.next_challenge() {
            if let (true, Some(realm)) = (challenge.is(b"Basic"), challenge.get(b"realm")) {
                let is_utf8 = match challenge.get(b"charset") {
                    Some(charset) => charset.eq_ignore_case(b"UTF-8"),
                    None => false,
                };
                return Some(Self { realm, is_utf8 });
            }
        }
        None
    }

    /// What is protected.
    #[must_use]
    pub const fn realm(&self) -> ParameterValue<'a> {
        self.realm
    }

    /// Are user and password expected in UTF-8? If not, nothing is said about it.
    #[must_use]
    pub const fn is_utf8(&self) -> bool {
        self.is_utf8
    }

    /// Writes the value of a `WWW-Authenticate` field.
    ///
    /// # Errors
    ///
    /// The length that is needed, if `out` is shorter.
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        self.write(&mut w);
        w.finish()
    }

    /// The length that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let mut w = Writer::counter();
        self.write(&mut w);
        w.len()
    }

    const fn write(&self, w: &mut Writer<'_>) {
        w.bytes(b"Basic realm=");
        self.realm.in_quotes().write(w); // RFC 9110 section 11.5: MUST be a quoted string
        if self.is_utf8 {
            w.bytes(b", charset=\"UTF-8\"");
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    /// Each challenge as a line of text.
    fn lines(value: &[u8]) -> Vec<String> {
        challenges(value)
            .map(|challenge| {
                let mut line = String::from_utf8(challenge.scheme().to_vec()).unwrap();
                if let Some(token) = challenge.token68() {
                    line.push_str(&std::format!(" {}", token.escape_ascii()));
                }
                for Parameter { name, value } in challenge.parameters() {
                    line.push_str(&std::format!(" {}={value:?}", name.escape_ascii()));
                }
                line
            })
            .collect()
    }

    #[test]
    fn reads_challenges() {
        for (value, wanted) in [
            (
                &br#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#[..],
                &[
                    r#"Basic realm="simple""#,
                    r#"Newauth realm="apps" type="1" title="Login to "apps"""#,
                ][..],
            ),
            (b"Negotiate", &["Negotiate"]),
            (b"Negotiate, Basic realm=x", &["Negotiate", r#"Basic realm="x""#]),
            (b"Negotiate YWJj==, NTLM", &["Negotiate YWJj==", "NTLM"]),
            (b",, Basic , realm = \"x\" ,, Digest a=b", &[r#"Basic realm="x""#, r#"Digest a="b""#]),
            (b"Basic  realm =x", &[r#"Basic realm="x""#]),
            (br#"A b="x, C d=y", e="f""#, &[r#"A b="x, C d=y" e="f""#]),
            (b"", &[]),
        ] {
            assert_eq!(lines(value), wanted, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn skips_what_is_malformed() {
        for (value, wanted) in [
            (&b"realm=x"[..], &[][..]),
            (b"realm=x, Basic realm=y", &[r#"Basic realm="y""#]),
            (b"Odd a@b, c=d, Basic realm=y", &[r#"Basic realm="y""#]),
            (b"Basic realm=y, Odd a@b, c=d", &[r#"Basic realm="y""#]),
            (b"Basic realm=y, =z, c=d", &[r#"Basic realm="y""#]),
            (b"Basic\trealm=y, A", &["A"]),
            (b"A b c, D", &["D"]),
            (b"A b=c d, D", &["D"]),
            (b"A b=\"c, D", &[]),
            (b"A b=\"c\"d, D", &["D"]),
            (b"A/b, D", &["D"]),
        ] {
            assert_eq!(lines(value), wanted, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn finds_the_challenge_for_basic() {
        let found =
            BasicChallenge::find(b"Negotiate, Basic a=b, BASIC REALM=x, Charset=utf-8").unwrap();
        assert_eq!((found.realm(), found.is_utf8()), (ParameterValue::new(b"x").unwrap(), true));
        let found = BasicChallenge::find(b"Basic realm=\"\", A charset=utf-8").unwrap();
        assert!(found.realm() == b"" && !found.is_utf8());
        assert_eq!(BasicChallenge::find(b"Basic, Digest realm=x"), None);
    }

    #[test]
    fn writes_the_examples_of_rfc_7617() {
        for (challenge, wanted) in [
            (BasicChallenge::new(b"WallyWorld").unwrap(), &br#"Basic realm="WallyWorld""#[..]),
            (
                BasicChallenge::new(b"foo").unwrap().with_utf8(),
                br#"Basic realm="foo", charset="UTF-8""#,
            ),
            (BasicChallenge::new(b"").unwrap(), br#"Basic realm="""#),
        ] {
            let mut out = [0; 40];
            for len in 0..wanted.len() {
                let error = Err(EncodeError::BufferTooSmall { needed: wanted.len() });
                assert_eq!(challenge.encode(&mut out[..len]), error);
            }
            let len = challenge.encode(&mut out).unwrap();
            assert_eq!((&out[..len], challenge.encoded_len()), (wanted, wanted.len()));
            assert_eq!(BasicChallenge::find(wanted), Some(challenge));
        }
        assert_eq!(BasicChallenge::new(b"a\r\nSet-Cookie: b"), None);
    }
}
