//! topic-matcher: checks a topic filter and a topic name and matches them.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, put_number};
use topic_matcher::{TopicFilter, TopicName};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut filter, mut name) = ([0; 256], [0; 256]);
    loop {
        baseline();
        match (TopicFilter::from_utf8(bytes(&mut filter)), TopicName::from_utf8(bytes(&mut name))) {
            (Ok(filter), Ok(name)) => put_number(u32::from(filter.matches(name))),
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
