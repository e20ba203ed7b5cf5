//! Simulated sensors, so that a newcomer sees something at once.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::hub::Message;

/// Topic, unit, first value, largest step; in tenths of the unit.
const SENSORS: [(&str, &str, i32, i32); 6] = [
    ("house/kitchen/temperature", "Cel", 215, 2),
    ("house/living-room/temperature", "Cel", 208, 1),
    ("house/bedroom/temperature", "Cel", 184, 1),
    ("house/kitchen/humidity", "%RH", 470, 5),
    ("house/living-room/humidity", "%RH", 440, 3),
    ("house/garden/temperature", "Cel", 121, 2),
];

/// Time between two readings of one sensor.
const PERIOD: Duration = Duration::from_secs(1);

/// Publishes a reading of each sensor every second: a small random walk around its first value,
/// retained, as JSON.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut random = Random::new();
    let mut values = SENSORS.map(|(_, _, first, _)| first);
    let mut ticks = tokio::time::interval(PERIOD);
    loop {
        ticks.tick().await;
        for ((topic, unit, first, step), value) in SENSORS.into_iter().zip(&mut values) {
            *value += random.up_to(step);
            *value += (first - *value).signum() * i32::from((first - *value).abs() > 10 * step);
            let reading = f64::from(*value) / 10.0;
            let json = format!(r#"{{"value":{reading:.1},"unit":"{unit}"}}"#);
            let mut message = Message::new(topic, json);
            message.retain = true;
            message.properties.payload_format_indicator = Some(true);
            message.properties.content_type = Some("application/json".into());
            let _ = shared.hub.publish(message);
        }
    }
}

/// xorshift64, good enough to look alive.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(RandomState::new().build_hasher().finish() | 1)
    }

    /// From `-most` to `most`.
    fn up_to(&mut self, most: i32) -> i32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let choices = u64::from(most.unsigned_abs()) * 2 + 1;
        (self.0 >> 32).wrapping_rem(choices) as i32 - most
    }
}
