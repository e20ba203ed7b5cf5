use core::fmt;

use crate::grammar::{self, SHARE, TopicError, TopicErrorKind};
use crate::name::to_str;
use crate::{TopicFilter, TopicName};

/// What an MQTT 5.0 client asks for in SUBSCRIBE and gives back in UNSUBSCRIBE: a topic filter for
/// itself, or one that it shares with others.
///
/// MQTT 5.0 section 4.8. MQTT 3.1.1 has no shared subscriptions: there, use [`TopicFilter`].
///
/// ```
/// use topic_matcher::Subscription;
///
/// let own = Subscription::new("sport/tennis/+")?;
/// let shared = Subscription::new("$share/consumer1/sport/tennis/+")?;
/// assert_eq!((own.share_name(), shared.share_name()), (None, Some("consumer1")));
/// assert_eq!(own.filter(), shared.filter());
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subscription<'a> {
    /// Every subscriber has its own copy of each message.
    NonShared(TopicFilter<'a>),
    /// One of the subscribers that use the same share name has it.
    Shared(SharedFilter<'a>),
}

impl<'a> Subscription<'a> {
    /// Takes the text that a client sends: a shared subscription if it starts with `$share/`,
    /// otherwise a topic filter.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    ///
    /// ```
    /// use topic_matcher::{Subscription, TopicErrorKind};
    ///
    /// let error = Subscription::new("$share/consumer1").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (TopicErrorKind::MissingFilter, 16));
    /// assert!(matches!(Subscription::new("$shared/x")?, Subscription::NonShared(_)));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        let filter = match TopicFilter::new(text) {
            Ok(filter) => filter,
            Err(error) => return Err(error),
        };
        match grammar::split_shared(text.as_bytes()) {
            Ok(None) => Ok(Self::NonShared(filter)),
            Ok(Some((share_name, filter))) => {
                let (_, behind) = split(text, SHARE.len());
                let (share_name, _) = split(behind, share_name.len());
                let (_, filter) = split(text, text.len().saturating_sub(filter.len()));
                let filter = TopicFilter::checked(filter);
                Ok(Self::Shared(SharedFilter { text, share_name, filter }))
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the bytes that a client sends.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`NotUtf8`](TopicErrorKind::NotUtf8), which goes before all but the length.
    ///
    /// ```
    /// use topic_matcher::Subscription;
    ///
    /// let shared = Subscription::from_utf8(b"$share/group/a/#")?;
    /// assert_eq!(shared.filter().as_str(), "a/#");
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub const fn from_utf8(text: &'a [u8]) -> Result<Self, TopicError> {
        match to_str(text) {
            Ok(text) => Self::new(text),
            Err(error) => Err(error),
        }
    }

    /// The filter that topic names are matched with: what stands behind the share name, if there is
    /// one.
    #[must_use]
    pub const fn filter(&self) -> TopicFilter<'a> {
        match self {
            Self::NonShared(filter) => *filter,
            Self::Shared(shared) => shared.filter,
        }
    }

    /// The share name, `None` if the subscription is not shared.
    #[must_use]
    pub const fn share_name(&self) -> Option<&'a str> {
        match self {
            Self::NonShared(_) => None,
            Self::Shared(shared) => Some(shared.share_name),
        }
    }

    /// The whole text, with `$share/` if it is shared.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::NonShared(filter) => filter.as_str(),
            Self::Shared(shared) => shared.text,
        }
    }
}

/// The topic filter of a shared subscription.
///
/// ```text
/// $share/consumer1/sport/tennis/+
///       /ShareName/ filter          the share name has no `/`, `+` or `#`
/// ```
///
/// MQTT 5.0 section 4.8.2.
///
/// ```
/// use topic_matcher::{SharedFilter, TopicName};
///
/// let shared = SharedFilter::new("$share/consumer1//finance")?;
/// assert_eq!(shared.share_name(), "consumer1");
/// assert_eq!(shared.filter().as_str(), "/finance");
/// assert!(shared.matches(TopicName::new("/finance")?));
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedFilter<'a> {
    text: &'a str,
    share_name: &'a str,
    filter: TopicFilter<'a>,
}

impl<'a> SharedFilter<'a> {
    /// Takes a text that is the topic filter of a shared subscription, also in `const`.
    ///
    /// # Errors
    ///
    /// The first byte that cannot stand where it stands, and why.
    ///
    /// ```
    /// use topic_matcher::{SharedFilter, TopicErrorKind};
    ///
    /// let kind = |text| SharedFilter::new(text).unwrap_err().kind;
    /// assert_eq!(kind("sport/tennis"), TopicErrorKind::NotShared);
    /// assert_eq!(kind("$share//sport/tennis"), TopicErrorKind::EmptyShareName);
    /// ```
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        match Subscription::new(text) {
            Ok(Subscription::Shared(shared)) => Ok(shared),
            Ok(Subscription::NonShared(_)) => {
                Err(TopicError { kind: TopicErrorKind::NotShared, offset: equal(text, SHARE) })
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the bytes of a shared subscription's topic filter, as a packet carries them.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`NotUtf8`](TopicErrorKind::NotUtf8), which goes before all but the length.
    ///
    /// ```
    /// use topic_matcher::SharedFilter;
    ///
    /// assert_eq!(SharedFilter::from_utf8(b"$share/group/a/#")?.share_name(), "group");
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    pub const fn from_utf8(text: &'a [u8]) -> Result<Self, TopicError> {
        match to_str(text) {
            Ok(text) => Self::new(text),
            Err(error) => Err(error),
        }
    }

    /// Takes a literal for a `const` or a `static`, where a text that is no shared subscription
    /// fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no shared subscription: use [`new`](Self::new) there.
    ///
    /// ```
    /// use topic_matcher::SharedFilter;
    ///
    /// const JOBS: SharedFilter<'_> = SharedFilter::from_static("$share/workers/jobs/+");
    /// assert_eq!(JOBS.share_name(), "workers");
    /// ```
    ///
    /// ```compile_fail,E0080
    /// const JOBS: topic_matcher::SharedFilter<'_> =
    ///     topic_matcher::SharedFilter::from_static("$share/workers");
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(text: &'static str) -> SharedFilter<'static> {
        match SharedFilter::new(text) {
            Ok(shared) => shared,
            Err(_) => panic!("not a shared subscription"),
        }
    }

    /// The share name: one or more characters, never `/`, `+` or `#`.
    #[must_use]
    pub const fn share_name(&self) -> &'a str {
        self.share_name
    }

    /// The filter behind the share name: the one that topic names are matched with.
    #[must_use]
    pub const fn filter(&self) -> TopicFilter<'a> {
        self.filter
    }

    /// Does a message published to `name` go to one of those who share this? The share name has no
    /// part in it.
    ///
    /// ```
    /// use topic_matcher::{SharedFilter, TopicName};
    ///
    /// let shared = SharedFilter::new("$share/group/$SYS/#")?;
    /// assert!(shared.matches(TopicName::new("$SYS/uptime")?));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn matches(&self, name: TopicName<'_>) -> bool {
        self.filter.matches(name)
    }

    /// The whole text, with `$share/`.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// The whole text as the bytes that a packet carries.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }
}

impl fmt::Display for Subscription<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl AsRef<str> for Subscription<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<'a> TryFrom<&'a str> for Subscription<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

impl<'a> TryFrom<&'a [u8]> for Subscription<'a> {
    type Error = TopicError;

    fn try_from(text: &'a [u8]) -> Result<Self, TopicError> {
        Self::from_utf8(text)
    }
}

impl fmt::Display for SharedFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

impl AsRef<str> for SharedFilter<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

impl<'a> TryFrom<&'a str> for SharedFilter<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

impl<'a> TryFrom<&'a [u8]> for SharedFilter<'a> {
    type Error = TopicError;

    fn try_from(text: &'a [u8]) -> Result<Self, TopicError> {
        Self::from_utf8(text)
    }
}

/// The grammar has found `at` to be a place between two characters of `text`.
const fn split(text: &str, at: usize) -> (&str, &str) {
    match text.split_at_checked(at) {
        Some(parts) => parts,
        None => (text, ""),
    }
}

/// How many bytes at the beginning are those of `prefix`.
const fn equal(text: &str, prefix: &[u8]) -> u32 {
    let (mut rest, mut prefix) = (text.as_bytes(), prefix);
    let mut count: u32 = 0;
    while let (Some((a, behind)), Some((b, prefix_behind))) =
        (rest.split_first(), prefix.split_first())
    {
        if *a != *b {
            break;
        }
        (rest, prefix) = (behind, prefix_behind);
        count = count.saturating_add(1);
    }
    count
}
