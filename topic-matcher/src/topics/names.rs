use super::order::Key;

/// Topic names in their order, one behind the other: `ends` says where each ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'t> {
    pub(super) text: &'t [u8],
    pub(super) ends: &'t [u16],
}

impl<'t> Names<'t> {
    #[inline]
    pub(super) fn get(self, at: usize) -> Option<&'t [u8]> {
        let end = *self.ends.get(at)?;
        self.text.get(self.start(at)..usize::from(end))
    }

    /// Where the name begins that is at this place, or would be.
    #[inline]
    pub(super) fn start(self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |end| usize::from(*end))
    }

    /// The place of the first that does not lie before the key.
    pub(super) fn find(self, key: Key<'_>) -> usize {
        bisect(0, self.ends.len(), |at| self.is_before(at, key))
    }

    /// The same where none before `from` is one; fast if it is near.
    pub(super) fn seek(self, from: usize, key: Key<'_>) -> usize {
        gallop(from, self.ends.len(), |at| self.is_before(at, key))
    }

    fn is_before(self, at: usize, key: Key<'_>) -> bool {
        self.get(at).is_some_and(|name| key.is_behind(name))
    }
}

/// The first place that is not before what is looked for; `end` if all are.
pub(super) fn bisect(start: usize, end: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut start, mut end) = (start, end);
    while start < end {
        let middle = start.midpoint(end);
        if is_before(middle) {
            start = middle.saturating_add(1);
        } else {
            end = middle;
        }
    }
    start
}

/// The same with strides that get longer: the logarithm of the distance, not of the number.
pub(super) fn gallop(start: usize, end: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut start, mut stride) = (start, 0_usize);
    loop {
        let probe = start.saturating_add(stride);
        if probe >= end || !is_before(probe) {
            return bisect(start, probe.min(end), is_before);
        }
        start = probe.saturating_add(1);
        stride = stride.saturating_mul(2).saturating_add(1);
    }
}
