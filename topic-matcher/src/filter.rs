use core::fmt;

use crate::grammar::{self, TopicError};
use crate::name::to_checked_str;
use crate::{Captures, Levels, Mismatch, TopicName, algebra, matching, mismatch};

/// A topic filter: which topic names a subscription takes.
///
/// ```text
/// house/+/temperature     `+` takes one level, whatever it is, also an empty one
/// house/#                 `#` takes what is left, also nothing: `house` itself
/// ```
///
/// One to 65,535 bytes of UTF-8 without U+0000. `+` fills its level, `#` fills the last one.
/// MQTT 3.1.1 and 5.0, section 4.7.
///
/// `$share/…` is a topic filter too, and in MQTT 3.1.1 it is nothing else. For what MQTT 5.0 makes
/// of it, give the text to [`Subscription`](crate::Subscription); this type would look for topic
/// names that begin with a level `$share`.
///
/// ```
/// use topic_matcher::{TopicFilter, TopicName};
///
/// let filter = TopicFilter::new("house/+/temperature")?;
/// assert!(filter.matches(TopicName::new("house/kitchen/temperature")?));
/// assert!(!filter.matches(TopicName::new("house/a/b/temperature")?));
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(&'a str);

impl<'a> TopicFilter<'a> {
    /// Takes a text that is a topic filter, also in `const`.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    ///
    /// ```
    /// use topic_matcher::{TopicErrorKind, TopicFilter};
    ///
    /// let error = TopicFilter::new("house/kitchen#").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (TopicErrorKind::MisplacedHash, 13));
    /// assert_eq!(error.kind.rule(), "MQTT-4.7.1-1");
    /// ```
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        match grammar::check_filter(text.as_bytes()) {
            Ok(()) => Ok(Self(text)),
            Err(error) => Err(error),
        }
    }

    /// Takes the bytes of a topic filter, as a packet carries them.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`NotUtf8`](crate::TopicErrorKind::NotUtf8), which goes before all but the length.
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// assert_eq!(TopicFilter::from_utf8(b"a/+")?, TopicFilter::new("a/+")?);
    /// assert!(TopicFilter::from_utf8(b"a/\xFF").is_err());
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub const fn from_utf8(text: &'a [u8]) -> Result<Self, TopicError> {
        match to_checked_str(text, true) {
            Ok(text) => Ok(Self(text)),
            Err(error) => Err(error),
        }
    }

    /// Takes a literal for a `const` or a `static`, where a text that is no topic filter fails the
    /// build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no topic filter: use [`new`](Self::new) there.
    ///
    /// ```
    /// use topic_matcher::{TopicFilter, TopicName};
    ///
    /// const COMMANDS: TopicFilter<'_> = TopicFilter::from_static("device/42/cmd/#");
    /// const REBOOT: TopicName<'_> = TopicName::from_static("device/42/cmd/reboot");
    /// const _: () = assert!(COMMANDS.matches(REBOOT));
    /// ```
    ///
    /// ```compile_fail,E0080
    /// const COMMANDS: topic_matcher::TopicFilter<'_> =
    ///     topic_matcher::TopicFilter::from_static("device/#/cmd");
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(text: &'static str) -> TopicFilter<'static> {
        match TopicFilter::new(text) {
            Ok(filter) => filter,
            Err(_) => panic!("not a topic filter"),
        }
    }

    /// A text that is already checked.
    pub(crate) const fn checked(text: &'a str) -> Self {
        Self(text)
    }

    /// Does a message published to `name` go to a subscription with this filter?
    ///
    /// Time is linear in the longer text. Topic names that begin with `$` are taken only by
    /// filters that begin with that `$`. [MQTT-4.7.2-1]
    ///
    /// ```
    /// use topic_matcher::{TopicFilter, TopicName};
    ///
    /// let filter = TopicFilter::new("house/#")?;
    /// assert!(filter.matches(TopicName::new("house")?));
    /// assert!(filter.matches(TopicName::new("house/kitchen/temperature")?));
    /// assert!(!filter.matches(TopicName::new("houses/x")?));
    /// assert!(!TopicFilter::new("#")?.matches(TopicName::new("$SYS/uptime")?));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn matches(&self, name: TopicName<'_>) -> bool {
        matching::matches(self.as_bytes(), name.as_bytes())
    }

    /// What the wildcards take of `name`, from left to right; `None` if the filter does not take it.
    ///
    /// `+` gives its level, `#` what is left with its slashes, if it took more than the parent. Of a
    /// filter in the program's text, [`CaptureFilter`](crate::CaptureFilter) gives an array.
    ///
    /// ```
    /// use topic_matcher::{TopicFilter, TopicName};
    ///
    /// let filter = TopicFilter::new("house/+/#")?;
    /// let mut captures = filter.captures(TopicName::new("house/attic/lamp/set")?).ok_or("none")?;
    /// assert_eq!((captures.next(), captures.next()), (Some("attic"), Some("lamp/set")));
    /// assert!(filter.captures(TopicName::new("house")?).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn captures<'n>(&self, name: TopicName<'n>) -> Option<Captures<'a, 'n>> {
        Captures::new(*self, name)
    }

    /// Why the filter does not take `name`: the first level at which they part; `None` if it takes
    /// it.
    ///
    /// Slower than [`matches`](Self::matches), for people and logs.
    ///
    /// ```
    /// use topic_matcher::{MismatchKind, TopicFilter, TopicName};
    ///
    /// let filter = TopicFilter::new("ross_house/+")?;
    /// let why = filter.mismatch(TopicName::new("ross_house/kitchen/temperature")?);
    /// let why = why.ok_or("it matches")?;
    /// assert_eq!((why.level, why.kind), (2, MismatchKind::NameIsLonger));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn mismatch(&self, name: TopicName<'_>) -> Option<Mismatch> {
        mismatch::mismatch(*self, name)
    }

    /// Does this filter take every topic name that `other` takes?
    ///
    /// So it is when a subscription with `other` may be granted to whom this filter was granted, and
    /// when a bridge that has this subscription needs no other. Exact: `$`, the parent that `#` takes
    /// and that no topic name is empty are looked at. Every filter includes itself. Time is linear in
    /// the longer text. Of a shared subscription give
    /// [`filter`](crate::Subscription::filter), as with [`matches`](Self::matches).
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// const HOUSE: TopicFilter<'_> = TopicFilter::from_static("house/#");
    /// assert!(HOUSE.includes(TopicFilter::new("house/+/temperature")?));
    /// assert!(HOUSE.includes(TopicFilter::new("house")?));
    /// assert!(!HOUSE.includes(TopicFilter::new("+/kitchen")?));
    /// assert!(!TopicFilter::new("#")?.includes(TopicFilter::new("$SYS/#")?)); // [MQTT-4.7.2-1]
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn includes(&self, other: TopicFilter<'_>) -> bool {
        algebra::includes(self.as_bytes(), other.as_bytes(), None)
    }

    /// Is there a topic name that both filters take?
    ///
    /// So it is when a client with both subscriptions may get a message twice (MQTT 5.0 section
    /// 3.3.4). Exact, down to the length that a topic name may have. Time is linear in the longer
    /// text.
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// let kitchen = TopicFilter::new("house/kitchen/+")?;
    /// assert!(kitchen.intersects(TopicFilter::new("+/+/temperature")?));
    /// assert!(!kitchen.intersects(TopicFilter::new("house/+")?));
    /// assert!(!TopicFilter::new("/#")?.intersects(TopicFilter::new("+")?));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn intersects(&self, other: TopicFilter<'_>) -> bool {
        algebra::intersects(self.as_bytes(), other.as_bytes())
    }

    /// The shortest filter that takes the same topic names. Two filters mean the same if and only if
    /// these are equal.
    ///
    /// No topic name is empty, so `+/#` is `#`, and `/+/#` is `/#`. Every other filter is its own. To
    /// a server they are still two subscriptions: in one session a filter replaces that with the same
    /// text. [MQTT-3.8.4-3]
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// assert_eq!(TopicFilter::new("+/#")?.canonical(), TopicFilter::new("#")?);
    /// assert_eq!(TopicFilter::new("/+/#")?.canonical().as_str(), "/#");
    /// assert_eq!(TopicFilter::new("a/+/#")?.canonical().as_str(), "a/+/#"); // not "a"
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn canonical(&self) -> TopicFilter<'a> {
        Self(algebra::canonical(self.0))
    }

    /// Do both filters take the same topic names?
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// assert!(TopicFilter::new("+/#")?.is_equivalent(TopicFilter::new("#")?));
    /// assert!(!TopicFilter::new("a/+")?.is_equivalent(TopicFilter::new("a/#")?));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn is_equivalent(&self, other: TopicFilter<'_>) -> bool {
        algebra::is_equal(self.canonical().as_bytes(), other.canonical().as_bytes())
    }

    /// Has it a `+` or a `#`? One without takes exactly the topic name of the same text.
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// assert!(TopicFilter::new("house/+/temperature")?.has_wildcards());
    /// assert!(!TopicFilter::new("house/kitchen/temperature")?.has_wildcards());
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn has_wildcards(&self) -> bool {
        grammar::check_name(self.as_bytes()).is_err()
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

    /// The levels from left to right: the texts between the slashes, wildcards as `"+"` and `"#"`,
    /// empty levels included.
    ///
    /// ```
    /// use topic_matcher::TopicFilter;
    ///
    /// assert!(TopicFilter::new("/+/b/#")?.levels().eq(["", "+", "b", "#"]));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn levels(&self) -> Levels<'a> {
        Levels::new(self.0)
    }
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl AsRef<str> for TopicFilter<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl<'a> TryFrom<&'a str> for TopicFilter<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

impl<'a> TryFrom<&'a [u8]> for TopicFilter<'a> {
    type Error = TopicError;

    fn try_from(text: &'a [u8]) -> Result<Self, TopicError> {
        Self::from_utf8(text)
    }
}

/// Every topic name is the filter that takes it alone.
impl<'a> From<TopicName<'a>> for TopicFilter<'a> {
    fn from(name: TopicName<'a>) -> Self {
        Self(name.as_str())
    }
}
