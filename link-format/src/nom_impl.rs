//! Feature `nom`: the ABNF of RFC 6690 section 2 as nom parsers, rule by rule, to compose with
//! others.
//!
//! They take the same documents as [`Links`], at several times the cost, and say less
//! about what is wrong. Each reads from the beginning of the input and leaves what it does not take,
//! part by part and without going back: `rt` twice in a link is an error, not the end of a shorter
//! link. Put [`nom::combinator::all_consuming`] around one for the whole.
//!
//! ```
//! use link_format::abnf;
//! use nom::{Parser, character::complete::char, error::Error, sequence::preceded};
//!
//! let mut after_colon = preceded(char(':'), abnf::link_value::<Error<&str>>);
//! let (rest, link) = after_colon.parse(":</a>;rt=light,</b>").unwrap();
//! assert_eq!((rest, link.target().as_str()), (",</b>", "/a"));
//! assert!(link.rt().eq(["light"]));
//! ```

use core::ops::RangeInclusive;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{char, one_of, satisfy};
use nom::combinator::{map, not, opt, peek, recognize, value, verify};
use nom::error::ParseError;
use nom::multi::{fold, many0_count, many1_count};
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

use crate::attribute::{Attribute, Attributes};
use crate::link::Link;
use crate::links::Links;
use crate::uri::UriReference;
use crate::value::{Form, Value};

// `impl Trait` names the error, which is the same everywhere.
type Parsed<'a, T, E> = IResult<&'a str, T, E>;

/// `[ link-value *[ "," link-value ]]`
pub fn link_value_list<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, Links<'a>, E> {
    let more = many0_count(preceded(char(','), link_value));
    let list = recognize(opt(pair(link_value, more)));
    map(list, Links::checked).parse(input)
}

/// `"<" URI-Reference ">" *( ";" link-param )`, in which `rt`, `if` and `sz` stand once each.
pub fn link_value<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, Link<'a>, E> {
    let target = delimited(char('<'), uri_reference, char('>'));
    let params = recognize(many0_count(preceded(char(';'), link_param)));
    let link = map((target, params), |(target, params)| Link::checked(target, params));
    // RFC 6690 section 3.1 to 3.3: MUST NOT appear more than once
    verify(link, |link: &Link<'_>| {
        ["rt", "if", "sz"].iter().all(|name| occurrences(link.attributes(), name) <= 1)
    })
    .parse(input)
}

fn occurrences(attributes: Attributes<'_>, name: &str) -> usize {
    attributes.iter().filter(|attribute| attribute.is(name)).count()
}

/// `link-param`. All of its alternatives lie within `link-extension`, the last.
///
/// ```text
/// link-extension = ( parmname [ "=" ( ptoken / quoted-string ) ] )
///                / ( ext-name-star "=" ext-value )
/// ```
pub fn link_param<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, Attribute<'a>, E> {
    let ext_name_star = recognize(pair(parmname, char('*')));
    let extended = map((ext_name_star, char('='), ext_value), |(name, _, text)| Attribute {
        name,
        value: Some(Value(Form::Token(text))),
    });
    // RFC 6690 section 2: `href` MUST NOT be defined as a link parameter
    let name = verify(parmname, |name: &str| !name.eq_ignore_ascii_case("href"));
    let ptoken = map(take_while1(is_ptokenchar), Form::Token);
    let quoted = map(quoted_string, |text| match text.contains('\\') {
        true => Form::Escaped(text),
        false => Form::Quoted(text),
    });
    let given = preceded(char('='), map(alt((ptoken, quoted)), Value));
    let plain =
        map((name, not(char('*')), opt(given)), |(name, (), value)| Attribute { name, value });
    alt((extended, plain)).parse(input)
}

/// `1*attr-char`. RFC 8187 section 3.2.1
fn parmname<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, &'a str, E> {
    take_while1(is_attr_char).parse(input)
}

fn is_ptokenchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'()*+-./:<=>?@[]^_`{|}~".contains(c)
}

/// What stands between the quotes: `*( qdtext / quoted-pair )`. RFC 9110 section 5.6.4
fn quoted_string<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, &'a str, E> {
    let qdtext = satisfy(|c| (c == '\t' || !c.is_ascii_control()) && c != '"' && c != '\\');
    let quotable = satisfy(|c| c == '\t' || c == ' ' || c.is_ascii_graphic());
    let text = many0_count(alt((qdtext, preceded(char('\\'), quotable))));
    delimited(char('"'), recognize(text), char('"')).parse(input)
}

/// `charset "'" [ language ] "'" value-chars`. RFC 8187 section 3.2.1
fn ext_value<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, &'a str, E> {
    let charset = take_while1(|c: char| c.is_ascii_alphanumeric() || "!#$%&+-^_`{}~".contains(c));
    let first = take_while_m_n(1, 8, |c: char| c.is_ascii_alphabetic());
    let subtag = take_while_m_n(1, 8, |c: char| c.is_ascii_alphanumeric());
    let language = pair(first, many0_count(preceded(char('-'), subtag)));
    let value_chars = many0_count(alt((pct_encoded, value((), satisfy(is_attr_char)))));
    recognize((charset, char('\''), opt(language), char('\''), value_chars)).parse(input)
}

fn is_attr_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$&+-.^_`|~".contains(c)
}

/// `URI-reference` of RFC 3986 appendix A, with `iunreserved` and `iprivate` of RFC 3987 section 2.2.
pub fn uri_reference<'a, E: ParseError<&'a str>>(
    input: &'a str,
) -> Parsed<'a, UriReference<'a>, E> {
    let uri = recognize((scheme, char(':'), hier_part, opt(query), opt(fragment)));
    let relative_ref = recognize((relative_part, opt(query), opt(fragment)));
    map(alt((uri, relative_ref)), UriReference::checked).parse(input)
}

fn scheme<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let first = satisfy(|c| c.is_ascii_alphabetic());
    let others = take_while(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c));
    value((), pair(first, others)).parse(input)
}

fn hier_part<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let rootless = value((), pair(segment_nz, path_abempty));
    alt((authority_and_path, path_absolute, rootless, path_empty)).parse(input)
}

fn relative_part<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    // `segment-nz-nc`: no colon in the first segment
    let segment_nz_nc = many1_count(reg_char("@"));
    let noscheme = value((), (segment_nz_nc, not(char(':')), path_abempty));
    alt((authority_and_path, path_absolute, noscheme, terminated(path_empty, not(char(':')))))
        .parse(input)
}

fn authority_and_path<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let userinfo = terminated(many0_count(reg_char(":")), char('@'));
    let port = preceded(char(':'), take_while(|c: char| c.is_ascii_digit()));
    let reg_name = value((), many0_count(reg_char("")));
    let host = alt((ip_literal, preceded(not(char('[')), reg_name)));
    value((), (tag("//"), opt(userinfo), host, opt(port), path_abempty)).parse(input)
}

fn path_abempty<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    value((), many0_count(pair(char('/'), segment))).parse(input)
}

fn path_absolute<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let segments = opt(pair(segment_nz, path_abempty));
    value((), (char('/'), not(char('/')), segments)).parse(input)
}

fn path_empty<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    not(pchar).parse(input)
}

fn segment<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, usize, E> {
    many0_count(pchar).parse(input)
}

fn segment_nz<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, usize, E> {
    many1_count(pchar).parse(input)
}

fn query<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, usize, E> {
    let iprivate = satisfy(
        |c| matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}'),
    );
    let character = alt((reg_char(":@/?"), value((), iprivate)));
    preceded(char('?'), many0_count(character)).parse(input)
}

fn fragment<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, usize, E> {
    preceded(char('#'), many0_count(reg_char(":@/?"))).parse(input)
}

fn pchar<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    reg_char(":@").parse(input)
}

/// `unreserved / pct-encoded / sub-delims`, or one of `others`.
fn reg_char<'a, E: ParseError<&'a str>>(
    others: &'static str,
) -> impl Parser<&'a str, Output = (), Error = E> {
    let plain = satisfy(move |c| {
        let iunreserved = c.is_ascii_alphanumeric() || "-._~".contains(c) || is_ucschar(c);
        iunreserved || "!$&'()*+,;=".contains(c) || others.contains(c)
    });
    alt((pct_encoded, value((), plain)))
}

/// Without bidirectional formatting. RFC 3987 section 2.2 and 4.1
fn is_ucschar(c: char) -> bool {
    let formatting =
        "\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}";
    let is_in_plane = |c: char| c <= '\u{EFFFF}' && u32::from(c) & 0xFFFF <= 0xFFFD;
    !formatting.contains(c)
        && (matches!(c, '\u{A0}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFEF}')
            || matches!(c, '\u{10000}'..='\u{DFFFF}' | '\u{E1000}'..) && is_in_plane(c))
}

fn pct_encoded<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let digits = take_while_m_n(2, 2, |c: char| c.is_ascii_hexdigit());
    value((), pair(char('%'), digits)).parse(input)
}

fn ip_literal<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    delimited(char('['), alt((ip_v6_address, ip_v_future)), char(']')).parse(input)
}

fn ip_v_future<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let version = take_while1(|c: char| c.is_ascii_hexdigit());
    let address =
        take_while1(|c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:".contains(c));
    value((), (one_of("vV"), version, char('.'), address)).parse(input)
}

/// The nine forms of the standard, each up to the bracket.
fn ip_v6_address<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let whole = value((), (groups(6..=6), ls32));
    alt((
        terminated(whole, peek(char(']'))),
        compressed(0, pair(groups(5..=5), ls32)),
        compressed(1, pair(groups(4..=4), ls32)),
        compressed(2, pair(groups(3..=3), ls32)),
        compressed(3, pair(groups(2..=2), ls32)),
        compressed(4, pair(groups(1..=1), ls32)),
        compressed(5, ls32),
        compressed(6, h16),
        compressed(7, tag("")),
    ))
    .parse(input)
}

/// Up to `before` groups, `::` and what stands behind it.
fn compressed<'a, E: ParseError<&'a str>, O>(
    before: usize,
    behind: impl Parser<&'a str, Output = O, Error = E>,
) -> impl Parser<&'a str, Output = (), Error = E> {
    let left = verify(opt(pair(groups(0..=before.saturating_sub(1)), h16)), move |left| {
        before > 0 || left.is_none()
    });
    value((), (left, tag("::"), behind, peek(char(']'))))
}

/// `h16 ":"` that often, not up to the first colon of a `::`.
fn groups<'a, E: ParseError<&'a str>>(
    times: RangeInclusive<usize>,
) -> impl Parser<&'a str, Output = (), Error = E> {
    fold(times, (h16, char(':'), not(char(':'))), || (), |(), _| ())
}

fn h16<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    value((), take_while_m_n(1, 4, |c: char| c.is_ascii_hexdigit())).parse(input)
}

fn ls32<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    alt((ip_v4_address, value((), (h16, char(':'), h16)))).parse(input)
}

fn ip_v4_address<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let dot = || char('.');
    value((), (dec_octet, dot(), dec_octet, dot(), dec_octet, dot(), dec_octet)).parse(input)
}

fn dec_octet<'a, E: ParseError<&'a str>>(input: &'a str) -> Parsed<'a, (), E> {
    let digits = take_while_m_n(1, 3, |c: char| c.is_ascii_digit());
    let octet = verify(digits, |digits: &str| {
        let has_leading_zero = digits.len() > 1 && digits.starts_with('0');
        !has_leading_zero && digits.parse::<u8>().is_ok()
    });
    value((), octet).parse(input)
}
