//! topic-matcher: checks a topic name, inserts it into a table, and finds those there that a topic filter
//! takes.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_number};
use topic_matcher::{TopicFilter, TopicName, TopicTable};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut filter, mut name) = ([0; 256], [0; 256]);
    let mut table = TopicTable::<u16, 64, 2048>::new();
    loop {
        baseline();
        match (TopicFilter::from_utf8(bytes(&mut filter)), TopicName::from_utf8(bytes(&mut name))) {
            (Ok(filter), Ok(name)) => {
                put_number(u32::from(table.insert(name, number() as u16).is_ok()));
                for (name, value) in table.scan(filter, None, 64) {
                    put_number(name.as_str().len() as u32);
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
