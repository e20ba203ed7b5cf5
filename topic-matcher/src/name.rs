use core::fmt;

use crate::Levels;
use crate::grammar::{self, TopicError, TopicErrorKind};

/// A topic name: what a message is published to.
///
/// ```text
/// house/living-room/temperature
/// level / level      / level        one or more levels, each of them may be empty
/// ```
///
/// One to 65,535 bytes of UTF-8 without U+0000, `+` and `#`. MQTT 3.1.1 and 5.0, section 4.7.
///
/// ```
/// use topic_matcher::TopicName;
///
/// let name = TopicName::new("house/kitchen/temperature")?;
/// assert_eq!(name.levels().nth(1), Some("kitchen"));
/// assert!(TopicName::new("house/+").is_err());
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// Takes a text that is a topic name, also in `const`.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    ///
    /// ```
    /// use topic_matcher::{TopicErrorKind, TopicName};
    ///
    /// let error = TopicName::new("house/+/temperature").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (TopicErrorKind::WildcardInName, 6));
    /// assert_eq!(error.kind.rule(), "MQTT-4.7.0-1");
    /// ```
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        match grammar::check_name(text.as_bytes()) {
            Ok(()) => Ok(Self(text)),
            Err(error) => Err(error),
        }
    }

    /// Takes the bytes of a topic name, as a packet carries them.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`NotUtf8`](TopicErrorKind::NotUtf8), which goes before all but the length.
    ///
    /// ```
    /// use topic_matcher::{TopicErrorKind, TopicName};
    ///
    /// assert_eq!(TopicName::from_utf8(b"a/b")?, TopicName::new("a/b")?);
    /// let error = TopicName::from_utf8(b"a/\xFF").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (TopicErrorKind::NotUtf8, 2));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub const fn from_utf8(text: &'a [u8]) -> Result<Self, TopicError> {
        match to_checked_str(text, false) {
            Ok(text) => Ok(Self(text)),
            Err(error) => Err(error),
        }
    }

    /// Takes a literal for a `const` or a `static`, where a text that is no topic name fails the
    /// build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no topic name: use [`new`](Self::new) there.
    ///
    /// ```
    /// use topic_matcher::TopicName;
    ///
    /// const ALARM: TopicName<'_> = TopicName::from_static("house/kitchen/alarm");
    /// assert_eq!(ALARM.as_str(), "house/kitchen/alarm");
    /// ```
    ///
    /// ```compile_fail,E0080
    /// const ALARM: topic_matcher::TopicName<'_> =
    ///     topic_matcher::TopicName::from_static("house/#");
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(text: &'static str) -> TopicName<'static> {
        match TopicName::new(text) {
            Ok(name) => name,
            Err(_) => panic!("not a topic name"),
        }
    }

    /// A text that is already checked.
    #[cfg(any(feature = "alloc", feature = "heapless"))]
    pub(crate) const fn checked(text: &'a str) -> Self {
        Self(text)
    }

    /// The whole text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// The whole text as the bytes that a packet carries.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The levels from left to right: the texts between the slashes, empty ones included.
    ///
    /// ```
    /// use topic_matcher::TopicName;
    ///
    /// assert!(TopicName::new("/a//b")?.levels().eq(["", "a", "", "b"]));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn levels(&self) -> Levels<'a> {
        Levels::new(self.0)
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl AsRef<str> for TopicName<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl<'a> TryFrom<&'a str> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

impl<'a> TryFrom<&'a [u8]> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(text: &'a [u8]) -> Result<Self, TopicError> {
        Self::from_utf8(text)
    }
}

/// The text of one to 65,535 bytes. [MQTT-1.5.4-1]
pub(crate) const fn to_str(text: &[u8]) -> Result<&str, TopicError> {
    if let Err(error) = grammar::check_length(text) {
        return Err(error);
    }
    match core::str::from_utf8(text) {
        Ok(text) => Ok(text),
        Err(error) => {
            // Below 65,535: the length is checked.
            let offset = error.valid_up_to() as u32;
            Err(TopicError { kind: TopicErrorKind::NotUtf8, offset })
        }
    }
}

/// UTF-8 that is a topic name, or a topic filter.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn to_checked_str(text: &[u8], is_filter: bool) -> Result<&str, TopicError> {
    let text = match to_str(text) {
        Ok(text) => text,
        Err(error) => return Err(error),
    };
    match grammar::check_bytes(text.as_bytes(), is_filter) {
        Ok(()) => Ok(text),
        Err(error) => Err(error),
    }
}
