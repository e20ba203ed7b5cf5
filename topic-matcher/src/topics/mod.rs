//! One topic filter against many topic names: what a server retains.

#[cfg(feature = "alloc")]
mod index;
mod names;
mod order;
#[cfg(feature = "heapless")]
mod table;

#[cfg(feature = "alloc")]
pub use index::{IndexScan, TopicIndex};
#[cfg(feature = "heapless")]
pub use table::{TableScan, TopicTable, TopicTableFull};
