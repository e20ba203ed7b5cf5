//! Values under numbers that they keep.

use alloc::vec::Vec;

#[derive(Debug, Clone)]
pub(super) struct Slab<T> {
    places: Vec<Option<T>>,
    /// All places without a value; and maybe some that have one again, or that are no more.
    free: Vec<u32>,
    len: usize,
}

/// Numbers are below it.
const END: usize = 1 << 31;
/// Free places that nobody minds.
const FEW: usize = 256;

impl<T> Slab<T> {
    pub(super) const NEW: Self = Self { places: Vec::new(), free: Vec::new(), len: 0 };

    /// Under a number; `None` if there is none left.
    pub(super) fn add(&mut self, value: T) -> Option<u32> {
        while let Some(at) = self.free.pop() {
            if let Some(place @ None) = self.places.get_mut(at as usize) {
                *place = Some(value);
                self.len = self.len.saturating_add(1);
                return Some(at);
            }
        }
        let at = u32::try_from(self.places.len()).ok().filter(|_| self.has_room())?;
        self.places.push(Some(value));
        self.len = self.len.saturating_add(1);
        Some(at)
    }

    pub(super) const fn has_room(&self) -> bool {
        self.len < END
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        self.places.get(at as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.places.get_mut(at as usize)?.as_mut()
    }

    /// Gives the places behind the last value back.
    pub(super) fn remove(&mut self, at: u32) -> Option<T> {
        let value = self.places.get_mut(at as usize)?.take()?;
        self.len = self.len.saturating_sub(1);
        self.free.push(at);
        while self.places.last().is_some_and(Option::is_none) {
            self.places.pop();
        }
        if self.places.is_empty() {
            *self = Self::NEW;
        } else if self.places.len() < self.places.capacity() / 4 {
            self.places.shrink_to(self.places.len().saturating_mul(2));
            self.free.retain(|at| (*at as usize) < self.places.len());
            self.free.shrink_to_fit();
        }
        Some(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.places).filter_map(|(at, place)| Some((at, place.as_ref()?)))
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// All numbers are below it.
    pub(super) const fn end(&self) -> usize {
        self.places.len()
    }

    /// Most places are free, and are many.
    pub(super) fn is_wasteful(&self) -> bool {
        self.places.len() > self.len.saturating_mul(4).max(FEW)
    }

    pub(super) const fn memory(&self) -> usize {
        let places = self.places.capacity().saturating_mul(size_of::<Option<T>>());
        places.saturating_add(self.free.capacity().saturating_mul(size_of::<u32>()))
    }
}
