//! mqtt-codec: a client's session over a transport: connect, subscribe, publish at every QoS, receive at
//! every QoS, keep alive, resume, snapshot.

#![no_std]
#![no_main]

use embedded_io::{Read, Write};
use firmware::device::Device;
use firmware::{baseline, bytes, number, put_bytes, put_number};
use mqtt_codec::session::{Client, ClientSide, Driver, Event, Input, Message, SendError, Settings};
use mqtt_codec::{
    Connect, Disconnect, List, QoS, ReasonCode, Subscription, Text, TopicFilter, TopicName, Version,
};

const SETTINGS: Settings = Settings::DEFAULT.with_buffer(256).with_persistent(true);
const TOPIC: TopicName<'_> = TopicName::from_static("cellar/temperature");
const FILTERS: &[TopicFilter<'_>] = &[TopicFilter::from_static("cellar/#")];
const SUBSCRIPTIONS: &[Subscription<'_>] =
    &[Subscription::new(TopicFilter::from_static("cellar/#"), QoS::ExactlyOnce)];

#[unsafe(no_mangle)]
fn image() -> ! {
    let mut snapshot = [0; 256];
    loop {
        baseline();
        let version = if number() == 0 { Version::V3 } else { Version::V5 };
        let restored = Client::<8>::restore(version, SETTINGS, bytes(&mut snapshot));
        let client = restored.unwrap_or_else(|_| Client::new(version, SETTINGS));
        run(client, version, &mut Device);
    }
}

fn run<T: Read + Write>(client: Client<'_, 8>, version: Version, transport: &mut T) {
    let (mut receive, mut transmit) = ([0; 256], [0; 256]);
    let mut input = Input::new(&mut receive);
    let mut driver = Driver::new(client, &mut transmit);
    let announced = driver.session.announcements();
    let properties = if version == Version::V5 { List::new(&announced) } else { List::EMPTY };
    let connect =
        Connect { clean_start: false, properties, ..Connect::new(version, Text::from_static("c")) };
    put(driver.send(|client, out| client.connect(&connect, now_ms(), out)));
    loop {
        match driver.poll(&mut input, now_ms()) {
            Ok(Some(Event::Publish { publish, receipt })) => {
                put_bytes(publish.topic.as_bytes());
                put_bytes(publish.payload);
                if let Some(receipt) = receipt {
                    let _ = driver.session.acknowledge(receipt, ReasonCode::SUCCESS);
                }
            }
            Ok(Some(Event::Persist)) => {
                let mut snapshot = [0; 256];
                let len = driver.session.snapshot(&mut snapshot).unwrap_or(0);
                put_bytes(snapshot.get(..len).unwrap_or_default());
                driver.session.persisted();
            }
            Ok(Some(Event::Send { handle, .. })) => {
                let message = message();
                put(driver.send(|client, out| client.send(&message, handle, now_ms(), out)));
            }
            Ok(Some(Event::Done { handle, reason_code, .. })) => {
                put_number(handle);
                put_number(u32::from(reason_code.get()));
            }
            Ok(Some(Event::Connack(connack))) => put_number(u32::from(connack.reason_code.get())),
            Ok(Some(Event::Suback { suback, .. })) => {
                suback.reason_codes.iter().for_each(|code| put_number(u32::from(code.get())));
            }
            Ok(Some(Event::Payload { bytes, .. })) => put_bytes(bytes),
            Ok(Some(_)) => put_number(0),
            Err(error) => {
                put_number(u32::from(error.reason_code().get()));
                driver.ended(&mut input, now_ms());
                return;
            }
            Ok(None) => {
                if driver.wants_close() {
                    return;
                }
                step(&mut driver);
                put_number(u32::from(driver.exchange(&mut input, transport).is_err()));
            }
        }
    }
}

/// What an application does by itself.
fn step(driver: &mut Driver<'_, '_, ClientSide, 8>) {
    let now_ms = now_ms();
    match number() {
        0 => put(driver.send(|client, out| client.publish(&message(), number(), now_ms, out))),
        1 => put(driver.send(|client, out| {
            client.subscribe(List::new(SUBSCRIPTIONS), List::EMPTY, number(), now_ms, out)
        })),
        2 => put(driver.send(|client, out| {
            client.unsubscribe(List::new(FILTERS), List::EMPTY, number(), now_ms, out)
        })),
        3 => {
            let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
            put(driver.send(|client, out| client.disconnect(&disconnect, now_ms, out)));
        }
        _ => {}
    }
}

fn message() -> Message<'static> {
    let qos = QoS::new(number() as u8).unwrap_or(QoS::ExactlyOnce);
    Message::new(TOPIC, qos, b"21.5")
}

fn put(result: Result<(), SendError>) {
    put_number(u32::from(result.is_err()));
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
