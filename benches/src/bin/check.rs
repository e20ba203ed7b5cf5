//! Compares all answers, then counts allocations: `check` prints `table row peer allocations`, and
//! the size of each packet type.

use std::alloc::{GlobalAlloc, Layout, System};
use std::mem::size_of;
use std::sync::atomic::{AtomicU64, Ordering};

use sansio_benches::cell::cells;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// Only counts; everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(place, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Often enough that a buffer which is taken back from time to time does not count.
const TIMES: u64 = 1000;

fn main() {
    for mut cell in cells() {
        (cell.check)();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        (cell.run)(TIMES);
        let allocations = (ALLOCATIONS.load(Ordering::Relaxed) - before) / TIMES;
        println!("{}\t{}\t{}\t{allocations}", cell.table, cell.row, cell.peer);
    }
    for (peer, name, size) in sizes() {
        println!("sizes\t{name}\t{peer}\t{size}");
    }
    for (peer, size) in message_sizes() {
        println!("messages-sizes\tmessage\t{peer}\t{size}");
    }
}

/// In bytes. Version by version where a peer has two types.
fn sizes() -> Vec<(&'static str, &'static str, usize)> {
    use mqtt_protocol_core::mqtt::packet as core;
    const V3: &str = "packet, 3.1.1";
    const V5: &str = "packet, 5.0";
    vec![
        ("mqtt-codec", V3, size_of::<mqtt_codec::Packet<'_>>()),
        ("mqtt-codec", V5, size_of::<mqtt_codec::Packet<'_>>()),
        ("mqttrs", V3, size_of::<mqttrs::Packet<'_>>()),
        ("mqttbytes", V3, size_of::<mqttbytes::v4::Packet>()),
        ("mqttbytes", V5, size_of::<mqttbytes::v5::Packet>()),
        ("rumqttc", V3, size_of::<rumqttc::mqttbytes::v4::Packet>()),
        ("rumqttc", V5, size_of::<rumqttc::v5::mqttbytes::v5::Packet>()),
        ("mqtt-protocol-core", V3, size_of::<core::Packet>()),
        ("mqtt-protocol-core", V5, size_of::<core::Packet>()),
        ("mqtt-codec-kit", V3, size_of::<mqtt_codec_kit::v4::packet::VariablePacket>()),
        ("mqtt-codec-kit", V5, size_of::<mqtt_codec_kit::v5::packet::VariablePacket>()),
        ("mqtt-proto", V3, size_of::<mqtt_proto::v3::Packet>()),
        ("mqtt-proto", V5, size_of::<mqtt_proto::v5::Packet>()),
        (
            "mountain-mqtt",
            V5,
            size_of::<mountain_mqtt::packets::packet_generic::PacketGeneric<'_, 8, 8, 8>>(),
        ),
    ]
}

fn message_sizes() -> [(&'static str, usize); 4] {
    use coap_message_implementations::inmemory::{Message, SliceBuffer};
    [
        ("coap-codec", size_of::<coap_codec::Message<'_>>()),
        ("coap-message-implementations", size_of::<Message<SliceBuffer<'_>>>()),
        ("coap-lite", size_of::<coap_lite::Packet>()),
        ("toad-msg", size_of::<toad_msg::alloc::Message>()),
    ]
}
