use core::iter::FusedIterator;

use crate::{Levels, TopicFilter, TopicName};

/// What the wildcards of a topic filter took of a topic name, from left to right: what
/// [`TopicFilter::captures`] gives.
///
/// `+` gives its level, which may be empty. `#` gives what is left with its slashes, and nothing at all
/// if it took the parent only: `house/#` gives `""` for `house/`, and ends for `house`.
///
/// ```
/// use topic_matcher::{TopicFilter, TopicName};
///
/// let filter = TopicFilter::new("site/+/device/#")?;
/// let captures = filter.captures(TopicName::new("site/4/device/7/state")?).ok_or("no match")?;
/// assert!(captures.eq(["4", "7/state"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Captures<'f, 'n> {
    filter: Levels<'f>,
    name: Levels<'n>,
}

impl<'f, 'n> Captures<'f, 'n> {
    pub(crate) fn new(filter: TopicFilter<'f>, name: TopicName<'n>) -> Option<Self> {
        filter.matches(name).then(|| Self { filter: filter.levels(), name: name.levels() })
    }
}

impl<'n> Iterator for Captures<'_, 'n> {
    type Item = &'n str;

    fn next(&mut self) -> Option<&'n str> {
        loop {
            let wanted = self.filter.next()?;
            if wanted == "#" {
                return self.name.rest();
            }
            let given = self.name.next();
            if wanted == "+" {
                return given;
            }
        }
    }
}

impl FusedIterator for Captures<'_, '_> {}

/// A topic filter with `N` wildcards: what they take comes as an array.
///
/// For filters in the program's text: a number of wildcards other than `N` fails the build, and whoever
/// takes the array apart cannot forget one.
///
/// ```
/// use topic_matcher::{CaptureFilter, TopicName};
///
/// const STATE: CaptureFilter<'_, 2> = CaptureFilter::from_static("site/+/device/+/state");
///
/// let Some([site, device]) = STATE.captures(TopicName::new("site/4/device/7/state")?) else {
///     panic!("it matches");
/// };
/// assert_eq!((site, device), ("4", "7"));
/// assert_eq!(STATE.captures(TopicName::new("site/4/device/7/name")?), None);
/// # Ok::<(), topic_matcher::TopicError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaptureFilter<'a, const N: usize>(TopicFilter<'a>);

impl<'a, const N: usize> CaptureFilter<'a, N> {
    /// Takes a filter that has exactly `N` wildcards; `None` for any other.
    ///
    /// ```
    /// use topic_matcher::{CaptureFilter, TopicFilter};
    ///
    /// let filter = TopicFilter::new("site/+/#")?;
    /// assert!(CaptureFilter::<2>::new(filter).is_some());
    /// assert!(CaptureFilter::<1>::new(filter).is_none());
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub const fn new(filter: TopicFilter<'a>) -> Option<Self> {
        if wildcards(filter.as_bytes()) == N { Some(Self(filter)) } else { None }
    }

    /// Takes a literal for a `const` or a `static`, where a text that is no topic filter, or that has
    /// not `N` wildcards, fails the build.
    ///
    /// # Panics
    ///
    /// Outside `const`, if the text is none: use [`new`](Self::new) there.
    ///
    /// ```
    /// use topic_matcher::CaptureFilter;
    ///
    /// const SET: CaptureFilter<'_, 1> = CaptureFilter::from_static("house/+/set");
    /// assert_eq!(SET.filter().as_str(), "house/+/set");
    /// ```
    ///
    /// ```compile_fail,E0080
    /// const SET: topic_matcher::CaptureFilter<'_, 2> =
    ///     topic_matcher::CaptureFilter::from_static("house/+/set");
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "in const, where it belongs, it is a build error")]
    pub const fn from_static(text: &'static str) -> CaptureFilter<'static, N> {
        match CaptureFilter::new(TopicFilter::from_static(text)) {
            Some(filter) => filter,
            None => panic!("another number of wildcards"),
        }
    }

    /// What the wildcards take of `name`, from left to right; `None` if the filter does not take it.
    ///
    /// `#` gives what is left with its slashes, and `""` also if nothing is left.
    ///
    /// ```
    /// use topic_matcher::{CaptureFilter, TopicName};
    ///
    /// const ALL: CaptureFilter<'_, 2> = CaptureFilter::from_static("+/log/#");
    /// assert_eq!(ALL.captures(TopicName::new("7/log/a/b")?), Some(["7", "a/b"]));
    /// assert_eq!(ALL.captures(TopicName::new("7/log")?), Some(["7", ""]));
    /// # Ok::<(), topic_matcher::TopicError>(())
    /// ```
    #[must_use]
    pub fn captures<'n>(&self, name: TopicName<'n>) -> Option<[&'n str; N]> {
        let mut captures = [""; N];
        for (place, taken) in captures.iter_mut().zip(self.0.captures(name)?) {
            *place = taken;
        }
        Some(captures)
    }

    /// The filter.
    #[must_use]
    pub const fn filter(&self) -> TopicFilter<'a> {
        self.0
    }
}

/// How many wildcards a checked filter has: there, `+` and `#` are nothing else.
const fn wildcards(filter: &[u8]) -> usize {
    let (mut rest, mut count) = (filter, 0_usize);
    while let [byte, behind @ ..] = rest {
        if matches!(byte, b'+' | b'#') {
            count = count.saturating_add(1);
        }
        rest = behind;
    }
    count
}
