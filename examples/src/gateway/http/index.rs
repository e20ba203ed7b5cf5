//! `/` tells what is here.

use super::reply::Reply;
use super::request::{Context, Request};

const TEXT: &str = "\
The gateway. One message reaches MQTT, CoAP and HTTP alike.

GET, PUT, POST, DELETE /topics/TOPIC    the last message of a topic, such as
                                        /topics/house/kitchen/temperature
";

pub(super) fn answer(_: &Request<'_>, _: &Context<'_>) -> Result<Reply, Reply> {
    Ok(Reply::content("text/plain; charset=utf-8", TEXT))
}
