//! One file per peer: how its decoder and encoder are called, and how its fields are reached.

pub mod codec_kit;
pub mod mountain;
pub mod mqtt_proto;
pub mod mqttbytes;
pub mod mqttrs;
pub mod ours;
pub mod protocol_core;
pub mod rumqttc;
