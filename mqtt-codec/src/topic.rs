//! Topic Names and Topic Filters. MQTT 5.0 section 4.7, MQTT 3.1.1 section 4.7.

use core::fmt;

use crate::codec::{Strictness, Version};
use crate::error::ErrorKind;
use crate::grammar::{self, BY_WORDS, TopicError, TopicErrorKind};
use crate::reader::Reader;
use crate::text::Text;

/// A Topic Name: where a message is published. One to 65,535 bytes, no U+0000, no `+`, no `#`.
///
/// ```
/// use mqtt_codec::TopicName;
///
/// let topic = TopicName::new("house/kitchen/temperature")?;
/// assert_eq!(topic.as_bytes(), b"house/kitchen/temperature");
/// assert_eq!(TopicName::new("house/+").unwrap_err().offset, 6);
/// # Ok::<(), mqtt_codec::TopicError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(Text<'a>);

impl<'a> TopicName<'a> {
    /// No topic name: the Topic Alias of a 5.0 PUBLISH stands for it, and only there is it legal.
    pub const EMPTY: Self = Self(Text::EMPTY);

    /// Checks a topic name.
    ///
    /// # Errors
    ///
    /// [`TopicError`] with the byte that breaks a rule.
    pub const fn new(topic: &'a str) -> Result<Self, TopicError> {
        match grammar::check_name(topic.as_bytes()) {
            Ok(()) => Ok(Self(Text::from_checked(topic.as_bytes()))),
            Err(e) => Err(e),
        }
    }

    /// A topic name known when the program is built: in a `const`, a bad one fails the build.
    ///
    /// # Panics
    ///
    /// Outside a `const`, if it is not a topic name.
    #[expect(clippy::panic, reason = "meant for constants, where it fails the build")]
    pub const fn from_static(topic: &'static str) -> TopicName<'static> {
        match TopicName::new(topic) {
            Ok(topic) => topic,
            Err(_) => panic!("not a topic name"),
        }
    }

    /// The topic name as text.
    pub const fn text(&self) -> Text<'a> {
        self.0
    }

    /// The bytes, UTF-8.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The topic name as a string slice, in time linear in its length.
    pub const fn to_str(&self) -> &'a str {
        self.0.to_str()
    }

    /// True for [`TopicName::EMPTY`] alone.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn read(r: &mut Reader<'a>, strictness: Strictness) -> Self {
        match Self::from_wire(r.binary(), strictness) {
            Ok(topic) => topic,
            Err(e) => {
                r.fail(e);
                Self::EMPTY
            }
        }
    }

    /// The topic name in `bytes`; nobody but a PUBLISH takes an empty one.
    pub(crate) const fn from_wire(
        bytes: &'a [u8],
        strictness: Strictness,
    ) -> Result<Self, ErrorKind> {
        // Nothing below ',' and only ASCII: no wildcard, no control character, UTF-8.
        if grammar::BY_WORDS && grammar::is_plain(bytes, b',') {
            return Ok(Self(Text::from_checked(bytes)));
        }
        match Text::from_wire(bytes, strictness) {
            Ok(text) if grammar::at_special(bytes).is_empty() => Ok(Self(text)),
            Ok(_) => Err(ErrorKind::TopicNameWildcard), // [MQTT-4.7.0-1]
            Err(e) => Err(e),
        }
    }

    /// A topic name whose bytes were checked before.
    pub(crate) const fn from_checked(bytes: &'a [u8]) -> Self {
        Self(Text::from_checked(bytes))
    }
}

/// A Topic Filter: what a subscription asks for. One to 65,535 bytes, no U+0000, `+` alone in its
/// level, `#` alone in the last.
///
/// ```
/// use mqtt_codec::TopicFilter;
///
/// let filter = TopicFilter::new("$share/workers/jobs/+")?;
/// let (group, jobs) = filter.shared().unwrap();
/// assert_eq!(group, "workers");
/// assert_eq!(jobs, "jobs/+");
/// # Ok::<(), mqtt_codec::TopicError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(Text<'a>);

impl<'a> TopicFilter<'a> {
    /// Checks a topic filter. One that starts with `$share/` must be a shared subscription of
    /// MQTT 5.0; to 3.1.1 it means nothing, and a decoded 3.1.1 filter may be any.
    ///
    /// # Errors
    ///
    /// [`TopicError`] with the byte that breaks a rule.
    pub const fn new(filter: &'a str) -> Result<Self, TopicError> {
        let bytes = filter.as_bytes();
        if let Err(e) = grammar::check_filter(bytes) {
            return Err(e);
        }
        match grammar::split_shared(bytes) {
            Ok(_) => Ok(Self(Text::from_checked(bytes))),
            Err(e) => Err(e),
        }
    }

    /// A topic filter known when the program is built: in a `const`, a bad one fails the build.
    ///
    /// # Panics
    ///
    /// Outside a `const`, if it is not a topic filter.
    #[expect(clippy::panic, reason = "meant for constants, where it fails the build")]
    pub const fn from_static(filter: &'static str) -> TopicFilter<'static> {
        match TopicFilter::new(filter) {
            Ok(filter) => filter,
            Err(_) => panic!("not a topic filter"),
        }
    }

    /// The topic filter as text.
    pub const fn text(&self) -> Text<'a> {
        self.0
    }

    /// The bytes, UTF-8.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The topic filter as a string slice, in time linear in its length.
    pub const fn to_str(&self) -> &'a str {
        self.0.to_str()
    }

    /// Share name and topic filter of a shared subscription, `$share/{ShareName}/{filter}`;
    /// `None` for an ordinary one. MQTT 5.0 section 4.8.2
    pub const fn shared(&self) -> Option<(Text<'a>, TopicFilter<'a>)> {
        match grammar::split_shared(self.as_bytes()) {
            Ok(Some((name, filter))) => {
                Some((Text::from_checked(name), TopicFilter(Text::from_checked(filter))))
            }
            _ => None,
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn read(r: &mut Reader<'a>, version: Version, strictness: Strictness) -> Self {
        let bytes = r.binary();
        // As in a topic name; and `$`, with which a shared one begins, is below ',' too.
        if BY_WORDS && !bytes.is_empty() && grammar::is_plain(bytes, b',') {
            return Self(Text::from_checked(bytes));
        }
        if let Err(e) = Self::check_wire(bytes, version, strictness) {
            r.fail(e);
        }
        Self(Text::from_checked(bytes))
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(always))]
    const fn check_wire(
        bytes: &'a [u8],
        version: Version,
        strictness: Strictness,
    ) -> Result<(), ErrorKind> {
        if let Err(e) = Text::from_wire(bytes, strictness) {
            return Err(e);
        }
        if let Err(e) = grammar::check_filter(bytes) {
            return Err(match e.kind {
                TopicErrorKind::Empty => ErrorKind::TopicFilterEmpty,
                TopicErrorKind::MisplacedHash => ErrorKind::MisplacedHash,
                _ => ErrorKind::MisplacedPlus,
            });
        }
        Self::from_checked(bytes).check_shared(version)
    }

    /// The grammar of shared subscriptions, which MQTT 5.0 alone has.
    pub(crate) const fn check_shared(&self, version: Version) -> Result<(), ErrorKind> {
        if let Version::V3 = version {
            return Ok(());
        }
        match grammar::split_shared(self.as_bytes()) {
            Ok(_) => Ok(()),
            Err(e) => Err(match e.kind {
                TopicErrorKind::EmptyShareName => ErrorKind::ShareNameEmpty,
                TopicErrorKind::WildcardInShareName => ErrorKind::ShareNameWildcard,
                _ => ErrorKind::ShareFilter,
            }),
        }
    }

    /// A filter whose bytes were checked before.
    pub(crate) const fn from_checked(bytes: &'a [u8]) -> Self {
        Self(Text::from_checked(bytes))
    }
}

impl fmt::Debug for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl PartialEq<&str> for TopicName<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'a> TryFrom<&'a str> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(topic: &'a str) -> Result<Self, TopicError> {
        Self::new(topic)
    }
}

impl fmt::Debug for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl PartialEq<&str> for TopicFilter<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'a> TryFrom<&'a str> for TopicFilter<'a> {
    type Error = TopicError;

    fn try_from(filter: &'a str) -> Result<Self, TopicError> {
        Self::new(filter)
    }
}
