//! Slow and plain readers that ours are compared with.

pub(crate) mod chunked;
pub(crate) mod compare;
pub(crate) mod head;
pub(crate) mod others;
pub(crate) mod wire;
