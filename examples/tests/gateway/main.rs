//! The gateway from outside: raw sockets, our own codec, and bytes written by hand.

mod client;
mod coap_client;
mod coap_directory;
mod coap_hostile;
mod coap_observe;
mod coap_topics;
mod crowd;
mod hostile;
mod http_client;
mod http_connection;
mod http_events;
mod http_hostile;
mod http_limits;
mod http_lists;
mod http_process;
mod http_share;
mod http_topics;
mod limits;
mod messages;
mod process;
mod properties;
mod retained;
mod sessions;
mod tls;
mod websocket;
mod wills;
