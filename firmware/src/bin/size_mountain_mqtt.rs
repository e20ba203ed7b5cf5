//! The peer mountain-mqtt: decodes and encodes all packets of MQTT 5.0, with up to 8 properties and
//! subscriptions each.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, put_bytes, put_number};
use mountain_mqtt::codec::mqtt_reader::{MqttBufReader, MqttReader};
use mountain_mqtt::codec::mqtt_writer::{MqttBufWriter, Result};
use mountain_mqtt::codec::write::Write;
use mountain_mqtt::packets::packet_generic::PacketGeneric;

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    loop {
        baseline();
        let packet = MqttBufReader::new(bytes(&mut input)).get::<PacketGeneric<'_, 8, 8, 8>>();
        let Ok(packet) = packet else {
            put_number(1);
            continue;
        };
        let mut writer = MqttBufWriter::new(&mut output);
        let len = match write(&packet, &mut writer) {
            Ok(()) => writer.position(),
            Err(_) => {
                put_number(2);
                continue;
            }
        };
        put_bytes(output.get(..len).unwrap_or(&[]));
    }
}

fn write(packet: &PacketGeneric<'_, 8, 8, 8>, writer: &mut MqttBufWriter<'_>) -> Result<()> {
    match packet {
        PacketGeneric::Connect(packet) => packet.write(writer),
        PacketGeneric::Connack(packet) => packet.write(writer),
        PacketGeneric::Publish(packet) => packet.write(writer),
        PacketGeneric::Puback(packet) => packet.write(writer),
        PacketGeneric::Pubrec(packet) => packet.write(writer),
        PacketGeneric::Pubrel(packet) => packet.write(writer),
        PacketGeneric::Pubcomp(packet) => packet.write(writer),
        PacketGeneric::Subscribe(packet) => packet.write(writer),
        PacketGeneric::Suback(packet) => packet.write(writer),
        PacketGeneric::Unsubscribe(packet) => packet.write(writer),
        PacketGeneric::Unsuback(packet) => packet.write(writer),
        PacketGeneric::Pingreq(packet) => packet.write(writer),
        PacketGeneric::Pingresp(packet) => packet.write(writer),
        PacketGeneric::Disconnect(packet) => packet.write(writer),
        PacketGeneric::Auth(packet) => packet.write(writer),
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
