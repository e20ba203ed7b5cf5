//! Lists inside a packet: properties, subscriptions, topic filters, reason codes.

use core::fmt;
use core::iter::FusedIterator;

use crate::reader::Reader;

/// A list inside a packet: the wire bytes that `decode` checked, or values that you give.
///
/// Both iterate alike and compare alike, so what was decoded can be sent on, and compared with what
/// was meant.
///
/// ```
/// use mqtt_codec::{List, Properties, Property};
///
/// let properties: Properties = List::new(&[Property::MessageExpiryInterval(60)]);
/// assert_eq!(properties.iter().count(), 1);
/// assert_eq!(properties.message_expiry_interval(), Some(60));
/// ```
#[derive(Clone, Copy)]
pub struct List<'a, T>(pub(crate) Repr<'a, T>);

/// What a [`List`] is made of.
#[derive(Clone, Copy)]
pub(crate) enum Repr<'a, T> {
    /// Bytes that were checked for the packet they came in.
    Wire(&'a [u8]),
    Values(&'a [T]),
}

/// What can be in a [`List`].
pub trait Item<'a>: Copy {
    /// The next item of checked bytes, which are not at their end.
    #[doc(hidden)]
    fn read(r: &mut Reader<'a>) -> Option<Self>;
}

impl<'a, T> List<'a, T> {
    /// The empty list.
    pub const EMPTY: Self = Self(Repr::Values(&[]));

    /// A list of these values. They are checked when the packet is encoded.
    pub const fn new(values: &'a [T]) -> Self {
        Self(Repr::Values(values))
    }

    /// True if there is no item.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Repr::Wire(bytes) => bytes.is_empty(),
            Repr::Values(values) => values.is_empty(),
        }
    }

    pub(crate) const fn wire(bytes: &'a [u8]) -> Self {
        Self(Repr::Wire(bytes))
    }
}

impl<'a, T: Item<'a>> List<'a, T> {
    /// The items, in their order.
    pub fn iter(&self) -> Iter<'a, T> {
        Iter(match self.0 {
            Repr::Wire(bytes) => State::Wire(Reader::new(bytes)),
            Repr::Values(values) => State::Values(values),
        })
    }
}

/// Iterator over the items of a [`List`].
#[derive(Clone)]
pub struct Iter<'a, T>(State<'a, T>);

#[derive(Clone)]
enum State<'a, T> {
    Wire(Reader<'a>),
    Values(&'a [T]),
}

impl<'a, T: Item<'a>> Iterator for Iter<'a, T> {
    type Item = T;

    #[cfg_attr(target_pointer_width = "64", inline)]
    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            State::Wire(reader) if reader.is_empty() => None,
            State::Wire(reader) => T::read(reader),
            State::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
        }
    }
}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for Iter<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T: Item<'a>> FusedIterator for Iter<'a, T> {}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self::new(values)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for List<'a, T> {
    fn from(values: &'a [T; N]) -> Self {
        Self::new(values)
    }
}

impl<'a, T: Item<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Item<'a>> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Item<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
