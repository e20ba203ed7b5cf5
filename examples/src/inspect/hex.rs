/// Why a text is not bytes in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexError {
    /// Not a digit, and not one of the characters that may stand between bytes.
    Character(char),
    /// A digit without the second one of its byte.
    OddDigits,
}

/// Bytes written in hexadecimal, two digits each; white space, `:`, `,`, `-` and `0x` may stand
/// between them.
///
/// # Errors
///
/// [`HexError`] with what is in the way.
///
/// ```
/// use sansio_examples::inspect::parse_hex;
///
/// assert_eq!(parse_hex("10 0x0c, 00:04"), Ok(vec![0x10, 0x0C, 0x00, 0x04]));
/// ```
pub fn parse(text: &str) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::new();
    let mut high: Option<u8> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (digit, high) {
            (Some(0), None) if matches!(chars.peek(), Some('x' | 'X')) => {
                chars.next();
            }
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                bytes.push(first << 4 | digit);
                high = None;
            }
            (None, None) if c.is_whitespace() || matches!(c, ':' | ',' | '-') => {}
            (None, None) => return Err(HexError::Character(c)),
            (None, Some(_)) => return Err(HexError::OddDigits),
        }
    }
    if high.is_some() { Err(HexError::OddDigits) } else { Ok(bytes) }
}

impl std::fmt::Display for HexError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Character(c) => write!(f, "{c:?} is no hexadecimal digit"),
            Self::OddDigits => f.write_str("a byte has two hexadecimal digits, here is one"),
        }
    }
}

impl std::error::Error for HexError {}
