//! mqtt-codec: the calls of a client's session alone, over no transport: connect, subscribe, publish and
//! receive at every QoS, keep alive, send again in the next connection.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use mqtt_codec::session::{Client, Event, Message, SendError, Settings};
use mqtt_codec::{
    Connect, Disconnect, List, QoS, ReasonCode, Subscription, Text, TopicFilter, TopicName, Version,
};

const SETTINGS: Settings = Settings::DEFAULT.with_buffer(256);
const TOPIC: TopicName<'_> = TopicName::from_static("cellar/temperature");
const FILTERS: &[TopicFilter<'_>] = &[TopicFilter::from_static("cellar/#")];
const SUBSCRIPTIONS: &[Subscription<'_>] =
    &[Subscription::new(TopicFilter::from_static("cellar/#"), QoS::ExactlyOnce)];

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut out) = ([0; 256], [0; 256]);
    let version = if number() == 0 { Version::V3 } else { Version::V5 };
    let mut client = Client::<8>::new(version, SETTINGS);
    loop {
        baseline();
        call(&mut client, &mut out);
        match client.handle_input(bytes(&mut input), now_ms()) {
            Ok((_, event)) => happened(&mut client, event),
            Err(error) => put_number(u32::from(error.reason_code().get())),
        }
        client.handle_timeout(now_ms());
        while let Ok(Some(len)) = client.poll_transmit(now_ms(), &mut out) {
            put_bytes(out.get(..len).unwrap_or_default());
        }
        if let Some(Event::Send { handle, .. }) = client.poll_event() {
            let sent = client.send(&message(), handle, now_ms(), &mut out);
            put(sent, &out);
        }
        put_number(client.poll_timeout().unwrap_or(0) as u32);
    }
}

fn call(client: &mut Client<'_, 8>, out: &mut [u8]) {
    let (handle, now_ms) = (number(), now_ms());
    let result = match number() {
        0 => client.publish(&message(), handle, now_ms, out),
        1 => client.subscribe(List::new(SUBSCRIPTIONS), List::EMPTY, handle, now_ms, out),
        2 => client.unsubscribe(List::new(FILTERS), List::EMPTY, handle, now_ms, out),
        3 => client.disconnect(&Disconnect::new(ReasonCode::NORMAL_DISCONNECTION), now_ms, out),
        4 => {
            client.ended(now_ms);
            let announced = client.announcements();
            let is_v5 = client.version() == Version::V5;
            let properties = if is_v5 { List::new(&announced) } else { List::EMPTY };
            let name = Text::from_static("c");
            let connect =
                Connect { clean_start: false, properties, ..Connect::new(client.version(), name) };
            client.connect(&connect, now_ms, out)
        }
        _ => return,
    };
    put(result, out);
}

fn happened(client: &mut Client<'_, 8>, event: Option<Event<'_>>) {
    match event {
        Some(Event::Publish { publish, receipt }) => {
            put_bytes(publish.topic.as_bytes());
            put_bytes(publish.payload);
            if let Some(receipt) = receipt {
                let _ = client.acknowledge(receipt, ReasonCode::SUCCESS);
            }
        }
        Some(Event::Done { handle, reason_code, .. }) => {
            put_number(handle);
            put_number(u32::from(reason_code.get()));
        }
        Some(Event::Connack(connack)) => put_number(u32::from(connack.reason_code.get())),
        Some(Event::Suback { suback, .. }) => {
            suback.reason_codes.iter().for_each(|code| put_number(u32::from(code.get())));
        }
        Some(Event::Payload { bytes, .. }) => put_bytes(bytes),
        Some(_) => put_number(0),
        None => {}
    }
}

fn message() -> Message<'static> {
    let qos = QoS::new(number() as u8).unwrap_or(QoS::ExactlyOnce);
    Message::new(TOPIC, qos, b"21.5")
}

fn put(result: Result<usize, SendError>, out: &[u8]) {
    match result {
        Ok(len) => put_bytes(out.get(..len).unwrap_or_default()),
        Err(_) => put_number(0),
    }
}

fn now_ms() -> u64 {
    u64::from(number())
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
