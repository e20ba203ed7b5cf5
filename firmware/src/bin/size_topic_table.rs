//! topic-matcher: checks a topic filter and a topic name, inserts the filter into a table and looks the
//! name up in it, and matches both.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_number};
use topic_matcher::{FilterTable, TopicFilter, TopicName};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut filter, mut name) = ([0; 256], [0; 256]);
    let mut table = FilterTable::<u16, 128, 512>::new();
    loop {
        baseline();
        match (TopicFilter::from_utf8(bytes(&mut filter)), TopicName::from_utf8(bytes(&mut name))) {
            (Ok(filter), Ok(name)) => {
                put_number(u32::from(filter.matches(name)));
                put_number(u32::from(table.insert(filter, number() as u16).is_ok()));
                for value in table.lookup(name) {
                    put_number(u32::from(*value));
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                put_number(error.kind as u32);
                put_number(error.offset);
            }
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
