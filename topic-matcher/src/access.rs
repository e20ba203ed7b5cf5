use core::fmt;

use crate::{TopicError, TopicFilter, TopicName, algebra};

/// Topics that a client is allowed: a topic filter in which `%c` stands for its client identifier and
/// `%u` for its user name.
///
/// ```text
/// device/%c/#              all that belongs to the client that asks
/// users/%u/inbox/+         %c and %u may be a level,
/// log/of-%u/at-%c          or a part of one, any number of times
/// ```
///
/// Where two of them share a level, as in `%u-%c`, one client can be named so that it gets what belongs to
/// another: give each a level of its own.
///
/// It is decided for a topic name (may it be published, may it be read?) and for a topic filter (is all
/// that it takes allowed?) level by level: no text is built, nothing is looked up twice, and what stands
/// in a name is not looked at for `%c`, `%u` or wildcards. A text `%c` that is meant as it is cannot be
/// said.
///
/// ```
/// use topic_matcher::{AccessPattern, Identity, TopicFilter, TopicName};
///
/// const OWN: AccessPattern<'_> = AccessPattern::from_static("device/%c/#");
///
/// let lamp = Identity::new(Some("lamp-7"), None);
/// assert!(OWN.allows_name(lamp, TopicName::new("device/lamp-7/state")?));
/// assert!(!OWN.allows_name(lamp, TopicName::new("device/lamp-8/state")?));
/// assert!(OWN.allows_filter(lamp, TopicFilter::new("device/lamp-7/+/error")?));
/// assert!(!OWN.allows_filter(lamp, TopicFilter::new("device/+/state")?));
///
/// let hostile = Identity::new(Some("+"), None); // would be everybody's devices
/// assert!(!OWN.allows_filter(hostile, TopicFilter::new("device/+/state")?));
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessPattern<'a>(TopicFilter<'a>);

/// Who asks for access: what `%c` and `%u` stand for.
///
/// A name stands for a part of one level and for no more. So one that is empty, contains `/`, `+`, `#`
/// or U+0000, or begins with `$` is as good as none: patterns with its place in them allow nothing. MQTT
/// lets a client choose such a name (MQTT 5.0 section 3.1.3.1); whoever wants to refuse it does so at
/// CONNECT.
///
/// ```
/// use topic_matcher::Identity;
///
/// let identity = Identity::new(Some("lamp-7"), Some("a/b"));
/// assert_eq!((identity.client_id(), identity.user_name()), (Some("lamp-7"), None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Identity<'a> {
    client_id: Option<&'a str>,
    user_name: Option<&'a str>,
}

impl<'a> AccessPattern<'a> {
    /// Takes a text that is a topic filter, `%c` and `%u` being ordinary characters.
    ///
    /// # Errors
    ///
    /// As [`TopicFilter::new`].
    ///
    /// ```
    /// use topic_matcher::{AccessPattern, TopicErrorKind};
    ///
    /// let error = AccessPattern::new("device/%c#").unwrap_err();
    /// assert_eq!((error.kind, error.offset), (TopicErrorKind::MisplacedHash, 9));
    /// ```
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        match TopicFilter::new(text) {
            Ok(filter) => Ok(Self(filter)),
            Err(error) => Err(error),
        }
    }

    /// Takes a literal for a `const` or a `static`, where a text that is no pattern fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is no pattern: use [`new`](Self::new) there.
    ///
    /// ```
    /// use topic_matcher::AccessPattern;
    ///
    /// const INBOX: AccessPattern<'_> = AccessPattern::from_static("users/%u/inbox/+");
    /// assert_eq!(INBOX.as_str(), "users/%u/inbox/+");
    /// ```
    ///
    /// ```compile_fail,E0080
    /// const INBOX: topic_matcher::AccessPattern<'_> =
    ///     topic_matcher::AccessPattern::from_static("users/%u+");
    /// ```
    #[must_use]
    pub const fn from_static(text: &'static str) -> AccessPattern<'static> {
        AccessPattern(TopicFilter::from_static(text))
    }

    /// Is the topic name among those that are allowed to `identity`?
    ///
    /// Time is linear in the texts.
    ///
    /// ```
    /// use topic_matcher::{AccessPattern, Identity, TopicName};
    ///
    /// let pattern = AccessPattern::new("log/of-%u/at-%c")?;
    /// let name = TopicName::new("log/of-ada/at-lamp-7")?;
    /// assert!(pattern.allows_name(Identity::new(Some("lamp-7"), Some("ada")), name));
    /// assert!(!pattern.allows_name(Identity::new(Some("lamp-7"), None), name));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn allows_name(&self, identity: Identity<'_>, name: TopicName<'_>) -> bool {
        self.allows(identity, name.as_bytes())
    }

    /// Is every topic name that the filter takes among those that are allowed to `identity`?
    ///
    /// As [`TopicFilter::includes`]: exact, with linear time. Of a shared subscription give
    /// [`filter`](crate::Subscription::filter).
    ///
    /// ```
    /// use topic_matcher::{AccessPattern, Identity, TopicFilter};
    ///
    /// let pattern = AccessPattern::new("users/%u/#")?;
    /// let ada = Identity::new(None, Some("ada"));
    /// assert!(pattern.allows_filter(ada, TopicFilter::new("users/ada/+/inbox")?));
    /// assert!(!pattern.allows_filter(ada, TopicFilter::new("users/#")?));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn allows_filter(&self, identity: Identity<'_>, filter: TopicFilter<'_>) -> bool {
        self.allows(identity, filter.as_bytes())
    }

    /// A topic name is the filter that takes it alone.
    const fn allows(&self, identity: Identity<'_>, narrow: &[u8]) -> bool {
        algebra::includes(self.0.as_bytes(), narrow, Some(identity))
    }

    /// The whole text.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0.as_str()
    }
}

impl<'a> Identity<'a> {
    /// Client identifier and user name, as far as there are any.
    #[must_use]
    pub const fn new(client_id: Option<&'a str>, user_name: Option<&'a str>) -> Self {
        Self { client_id: within_a_level(client_id), user_name: within_a_level(user_name) }
    }

    /// What `%c` stands for; `None` if patterns with it allow nothing.
    #[must_use]
    pub const fn client_id(&self) -> Option<&'a str> {
        self.client_id
    }

    /// What `%u` stands for; `None` if patterns with it allow nothing.
    #[must_use]
    pub const fn user_name(&self) -> Option<&'a str> {
        self.user_name
    }

    /// Is this the level that stands in the pattern, with the names in their places?
    pub(crate) const fn is_level(&self, pattern: &[u8], level: &[u8]) -> bool {
        let (mut pattern, mut level) = (pattern, level);
        loop {
            let name = match pattern {
                [] => return level.is_empty(),
                [b'%', b'c', behind @ ..] => {
                    pattern = behind;
                    self.client_id
                }
                [b'%', b'u', behind @ ..] => {
                    pattern = behind;
                    self.user_name
                }
                [wanted, behind @ ..] => match level.split_first() {
                    Some((given, level_behind)) if *given == *wanted => {
                        (pattern, level) = (behind, level_behind);
                        continue;
                    }
                    _ => return false,
                },
            };
            let Some(name) = name else { return false };
            level = match level.split_at_checked(name.len()) {
                Some((given, behind)) if algebra::is_equal(given, name.as_bytes()) => behind,
                _ => return false,
            };
        }
    }
}

/// The name, if it can never be more than a part of one level.
const fn within_a_level(name: Option<&str>) -> Option<&str> {
    let Some(text) = name else { return None };
    let mut rest = text.as_bytes();
    if matches!(rest, [] | [b'$', ..]) {
        return None;
    }
    while let [byte, behind @ ..] = rest {
        if matches!(byte, b'/' | b'+' | b'#' | 0) {
            return None;
        }
        rest = behind;
    }
    name
}

impl fmt::Display for AccessPattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AsRef<str> for AccessPattern<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<'a> TryFrom<&'a str> for AccessPattern<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}
