//! The options of a message: wire bytes that were checked, or values that you give.

use core::fmt;
use core::iter::FusedIterator;

use crate::code::Code;
use crate::error::ErrorKind;
use crate::extended;
use crate::option_number::{OptionDefinition, OptionNumber, signalling_definition};
use crate::writer::Writer;

/// One option: its number and its value.
///
/// ```text
/// +-------+--------+-----------------+------------------+-------+
/// | delta | length | delta, extended | length, extended | value |
/// | 4 bit | 4 bit  | 0 to 2 bytes    | 0 to 2 bytes     |       |
/// +-------+--------+-----------------+------------------+-------+
/// ```
///
/// RFC 7252 section 3.1. The delta is the distance from the number of the option before, so options
/// stand in the order of their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CoapOption<'a> {
    /// What it is.
    pub number: OptionNumber,
    /// Its value; [`Uint`](crate::Uint) makes and reads the bytes of a number.
    pub value: &'a [u8],
}

impl<'a> CoapOption<'a> {
    /// The option of this number and value.
    pub const fn new(number: OptionNumber, value: &'a [u8]) -> Self {
        Self { number, value }
    }
}

impl fmt::Debug for CoapOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.number, self.value.escape_ascii())
    }
}

/// The options of a message: the wire bytes that `decode` checked, or values that you give.
///
/// Both iterate alike and compare alike, so what was decoded can be sent on, and compared with what
/// was meant. Values that you give stand in the order of their numbers; for any order there is
/// [`MessageMut`](crate::MessageMut).
///
/// ```
/// use coap_codec::{CoapOption, OptionNumber, Options};
///
/// const PATH: &[CoapOption] = &[
///     CoapOption::new(OptionNumber::URI_PATH, b"sensors"),
///     CoapOption::new(OptionNumber::URI_PATH, b"light"),
/// ];
/// let options = Options::new(PATH);
/// assert_eq!(options.iter().count(), 2);
/// assert!(options.path_is("sensors/light"));
/// ```
#[derive(Clone, Copy)]
pub struct Options<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    Wire(&'a [u8]),
    Values(&'a [CoapOption<'a>]),
}

impl<'a> Options<'a> {
    /// No options.
    pub const EMPTY: Self = Self(Repr::Wire(&[]));

    /// These options. They are checked when the message is encoded.
    pub const fn new(values: &'a [CoapOption<'a>]) -> Self {
        Self(Repr::Values(values))
    }

    pub(crate) const fn wire(bytes: &'a [u8]) -> Self {
        Self(Repr::Wire(bytes))
    }

    /// True if there is none.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Repr::Wire(bytes) => bytes.is_empty(),
            Repr::Values(values) => values.is_empty(),
        }
    }

    /// The options, in their order.
    #[cfg_attr(target_pointer_width = "64", inline)]
    pub const fn iter(&self) -> OptionsIter<'a> {
        OptionsIter { options: self.0, number: 0 }
    }

    /// Writes all options of a message with this code.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn write(&self, code: Code, w: &mut Writer<'_>) -> Result<(), ErrorKind> {
        let mut values = match self.0 {
            Repr::Wire(bytes) => {
                w.bytes(bytes);
                return Ok(());
            }
            Repr::Values(values) => values,
        };
        let rules = Rules::of(code);
        let mut before = 0;
        while let Some((option, rest)) = values.split_first() {
            if let Err(kind) = rules.check(before, option) {
                return Err(kind);
            }
            let number = option.number.0;
            // Not below the one before: that was checked.
            write_option(number.wrapping_sub(before), option.value, w);
            before = number;
            values = rest;
        }
        Ok(())
    }
}

/// The rules for options of messages with one code.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    code: Code,
    /// Those for the first numbers; none on small machines.
    table: &'static [Rule],
}

impl Rules {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn of(code: Code) -> Self {
        let table: &[Rule] = match () {
            // One look at a table costs less than going through the definitions.
            () if cfg!(not(target_pointer_width = "64")) || code.is_signalling() => &[],
            () if code.is_request() => &REQUEST,
            () => &RESPONSE,
        };
        Self { code, table }
    }

    /// Judges an option behind the number `before`, which is 0 for the first.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn check(
        &self,
        before: u16,
        option: &CoapOption<'_>,
    ) -> Result<(), ErrorKind> {
        let rule = match self.table.split_at_checked(option.number.0 as usize) {
            Some((_, [rule, ..])) => *rule,
            _ => Rule::of(self.code, option.number),
        };
        rule.check(before, option)
    }
}

/// What the definition of an option asks of one that is sent.
#[derive(Clone, Copy)]
struct Rule {
    min_len: u16,
    /// How many bytes more than that there may be.
    span: u32,
    /// How far behind the number before it has to be: 1 if it is not repeatable, else 0. Nobody has
    /// defined number 0, so the first option is not taken for a repetition.
    distance: u16,
}

impl Rule {
    #[inline(never)]
    const fn of(code: Code, number: OptionNumber) -> Self {
        match definition(code, number) {
            Some(OptionDefinition { min_len, max_len, repeatable, .. }) => Self {
                min_len,
                span: max_len.saturating_sub(min_len) as u32,
                distance: !repeatable as u16,
            },
            None => Self { min_len: 0, span: extended::MAX, distance: 0 },
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn check(self, before: u16, option: &CoapOption<'_>) -> Result<(), ErrorKind> {
        let (number, len) = (option.number.0, option.value.len());
        // Below the fewest, it wraps to a number above any span.
        let more = len.wrapping_sub(self.min_len as usize);
        let wanted = (before as u32).saturating_add(self.distance as u32);
        if more <= self.span as usize && number as u32 >= wanted {
            return Ok(());
        }
        Err(if number < before {
            ErrorKind::OptionOrder
        } else if more > self.span as usize {
            ErrorKind::OptionValueLength
        } else {
            ErrorKind::OptionRepeated
        })
    }

    const fn table(code: Code) -> [Self; 64] {
        let mut rules = [Self::of(code, OptionNumber(0)); 64];
        let (mut rest, mut number): (&mut [Self], _) = (&mut rules, OptionNumber(0));
        while let Some((rule, behind)) = rest.split_first_mut() {
            *rule = Self::of(code, number);
            (rest, number.0) = (behind, number.0.wrapping_add(1));
        }
        rules
    }
}

/// The rules of the first numbers in requests.
static REQUEST: [Rule; 64] = Rule::table(Code::GET);

/// The rules of the first numbers in responses.
static RESPONSE: [Rule; 64] = Rule::table(Code::CONTENT);

/// What the standards say of an option in a message with this code.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn definition(code: Code, number: OptionNumber) -> Option<OptionDefinition> {
    if code.is_signalling() {
        return signalling_definition(code, number);
    }
    match number.definition() {
        Some(mut definition) => {
            definition.repeatable = number.is_repeatable_in(code);
            Some(definition)
        }
        None => None,
    }
}

/// Writes an option whose rules were checked.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn write_option(delta: u16, value: &[u8], w: &mut Writer<'_>) {
    let (delta, len) = (delta as u32, value.len() as u32);
    if cfg!(target_pointer_width = "64") && delta < 13 && len < 13 {
        w.headed((delta << 4 | len) as u8, value);
        return;
    }
    w.u8(extended::nibble(delta) << 4 | extended::nibble(len));
    extended::write(delta, w);
    extended::write(len, w);
    w.bytes(value);
}

/// The one reader of options: the one that `bytes` begin with, behind the number `before`, and what
/// follows it. `decode` checks with it and [`OptionsIter`] goes on with it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) const fn next(bytes: &[u8], before: u16) -> Result<(CoapOption<'_>, &[u8]), ErrorKind> {
    let Some((first, rest)) = bytes.split_first() else {
        return Err(ErrorKind::OptionTruncated);
    };
    let (delta, rest) = match extended::read(*first >> 4, rest, ErrorKind::OptionDelta) {
        Ok(read) => read,
        Err(kind) => return Err(kind),
    };
    let (len, rest) = match extended::read(*first & 0x0F, rest, ErrorKind::OptionLength) {
        Ok(read) => read,
        Err(kind) => return Err(kind),
    };
    let number = delta.saturating_add(before as u32);
    if number > u16::MAX as u32 {
        return Err(ErrorKind::OptionNumber);
    }
    match rest.split_at_checked(len as usize) {
        Some((value, rest)) => {
            Ok((CoapOption { number: OptionNumber(number as u16), value }, rest))
        }
        None => Err(ErrorKind::OptionTruncated),
    }
}

/// Stands between options and payload.
pub(crate) const PAYLOAD_MARKER: u8 = 0xFF;

/// Iterator over [`Options`].
#[derive(Clone)]
pub struct OptionsIter<'a> {
    options: Repr<'a>,
    /// Of the option before.
    number: u16,
}

impl<'a> Iterator for OptionsIter<'a> {
    type Item = CoapOption<'a>;

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn next(&mut self) -> Option<CoapOption<'a>> {
        match &mut self.options {
            Repr::Wire(bytes) => {
                let (option, rest) = next(bytes, self.number).ok()?;
                (*bytes, self.number) = (rest, option.number.0);
                Some(option)
            }
            Repr::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
        }
    }
}

impl FusedIterator for OptionsIter<'_> {}

impl fmt::Debug for OptionsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a> From<&'a [CoapOption<'a>]> for Options<'a> {
    fn from(values: &'a [CoapOption<'a>]) -> Self {
        Self::new(values)
    }
}

impl<'a, const N: usize> From<&'a [CoapOption<'a>; N]> for Options<'a> {
    fn from(values: &'a [CoapOption<'a>; N]) -> Self {
        Self::new(values)
    }
}

impl<'a> IntoIterator for Options<'a> {
    type Item = CoapOption<'a>;
    type IntoIter = OptionsIter<'a>;

    fn into_iter(self) -> OptionsIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Options<'a> {
    type Item = CoapOption<'a>;
    type IntoIter = OptionsIter<'a>;

    fn into_iter(self) -> OptionsIter<'a> {
        self.iter()
    }
}

impl PartialEq for Options<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Options<'_> {}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().fmt(f)
    }
}
