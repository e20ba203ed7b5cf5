//! topic-matcher: checks a topic filter and a topic name, inserts the filter into a table and looks the
//! name up in it, and matches both.
//!
//! The application calls the crate through [`calls`], which is not inlined. So what the application takes
//! can be told from what the crate takes.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_number};
use topic_matcher::{FilterTable, TopicError, TopicFilter, TopicName};

type Table = FilterTable<u16, 64, 1024>;

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut filter, mut name) = ([0; 256], [0; 256]);
    let mut table = Table::new();
    loop {
        baseline();
        match (calls::filter(bytes(&mut filter)), calls::name(bytes(&mut name))) {
            (Ok(filter), Ok(name)) => {
                put_number(u32::from(calls::matches(filter, name)));
                put_number(u32::from(calls::insert(&mut table, filter, number() as u16)));
                calls::lookup(&table, name, |value| put_number(u32::from(value)));
            }
            (Err(error), _) | (_, Err(error)) => {
                put_number(error.kind as u32);
                put_number(error.offset);
            }
        }
    }
}

/// All of the crate that the application calls.
mod calls {
    use super::*;

    #[inline(never)]
    pub fn filter(text: &[u8]) -> Result<TopicFilter<'_>, TopicError> {
        TopicFilter::from_utf8(text)
    }

    #[inline(never)]
    pub fn name(text: &[u8]) -> Result<TopicName<'_>, TopicError> {
        TopicName::from_utf8(text)
    }

    #[inline(never)]
    pub fn matches(filter: TopicFilter<'_>, name: TopicName<'_>) -> bool {
        filter.matches(name)
    }

    #[inline(never)]
    pub fn insert(table: &mut Table, filter: TopicFilter<'_>, value: u16) -> bool {
        table.insert(filter, value).is_ok()
    }

    #[inline(never)]
    pub fn lookup(table: &Table, name: TopicName<'_>, visit: fn(u16)) {
        table.lookup(name).copied().for_each(visit);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
