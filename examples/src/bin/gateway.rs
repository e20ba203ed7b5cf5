//! The gateway. `gateway --help` tells what it takes.

use std::future::pending;
use std::io::{self, BufRead, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use sansio_examples::gateway::{Command, Gateway, HELP, Options, TlsFiles, add_user};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            print(HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::AddUser { file, name }) => {
            return match add(&file, &name) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error, 1),
            };
        }
        Err(error) => return fail(&format!("{error}\nTry `gateway --help`."), 2),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no threads: {error}"), 1),
    };
    let result = runtime.block_on(run(*options));
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, 1),
    }
}

/// Adds a user, whose password is the first line of standard input.
fn add(file: &Path, name: &str) -> Result<(), String> {
    let mut line = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut line);
    read.map_err(|error| format!("no password on standard input: {error}"))?;
    let password = line.strip_suffix(b"\n").unwrap_or(&line);
    let password = password.strip_suffix(b"\r").unwrap_or(password);
    add_user(file, name, password).map_err(|error| error.to_string())
}

async fn run(options: Options) -> Result<(), String> {
    let (run_for, sensors, tls) = (options.run_for, options.sensors, options.tls.clone());
    let interrupts = Interrupts::new().map_err(|error| format!("no signals: {error}"))?;
    let gateway = Gateway::start(options).await.map_err(|error| error.to_string())?;
    let mut welcome = welcome_mqtt(gateway.mqtt_address(), sensors);
    if let Some((address, files)) = gateway.mqtts_address().zip(tls.as_ref()) {
        welcome.push_str(&welcome_mqtts(address, files));
    }
    if let Some(address) = gateway.coap_address() {
        welcome.push_str(&welcome_coap(address, sensors));
    }
    if let Some(address) = gateway.http_address() {
        welcome.push_str(&welcome_http(address, sensors));
    }
    if let Some((address, files)) = gateway.https_address().zip(tls) {
        welcome.push_str(&welcome_https(address, &files));
    }
    print(&welcome);
    tokio::select! {
        () = sleep(run_for) => {}
        () = interrupts.next() => {}
        why = gateway.failed() => return Err(format!("the store has failed: {why}")),
    }
    gateway.end().await;
    Ok(())
}

/// The address, and lines to paste.
fn welcome_mqtt(address: SocketAddr, sensors: bool) -> String {
    let host = host_of(address, "localhost");
    let port = address.port();
    let port = if port == 1883 { String::new() } else { format!(" -p {port}") };
    let topic = if sensors { "house/+/temperature" } else { "house/#" };
    format!(
        "MQTT 3.1.1 and 5.0 on {address}. Ctrl-C ends it. In other terminals:\n\
         \x20 mosquitto_sub -h {host}{port} -v -t '{topic}'\n\
         \x20 mosquitto_pub -h {host}{port} -t house/attic/temperature -m 19.5\n"
    )
}

/// The address, and a line to paste. Clients that know the issuer of the certificate need no file.
fn welcome_mqtts(address: SocketAddr, files: &TlsFiles) -> String {
    let (host, port, cert) = (host_of(address, "localhost"), address.port(), files.cert.display());
    format!(
        "MQTT over TLS on {address}:\n\
         \x20 mosquitto_sub -h {host} -p {port} --cafile '{cert}' -v -t 'house/#'\n"
    )
}

/// The address, and lines to paste.
fn welcome_coap(address: SocketAddr, sensors: bool) -> String {
    let host = host_in_uri(address);
    let port = address.port();
    let port = if port == 5683 { String::new() } else { format!(":{port}") };
    let room = if sensors { "kitchen" } else { "attic" };
    format!(
        "CoAP on {address}, UDP and TCP:\n\
         \x20 coap-client-notls coap://{host}{port}/.well-known/core\n\
         \x20 coap-client-notls -s 60 coap://{host}{port}/ps/house/{room}/temperature\n\
         \x20 coap-client-notls -m put -e 19.5 coap://{host}{port}/ps/house/attic/temperature\n"
    )
}

/// The address, and lines to paste.
fn welcome_http(address: SocketAddr, sensors: bool) -> String {
    let (host, port) = (host_in_uri(address), address.port());
    let room = if sensors { "kitchen" } else { "attic" };
    format!(
        "HTTP on {address}:\n\
         \x20 in a browser: http://{host}:{port}/\n\
         \x20 curl http://{host}:{port}/topics/house/{room}/temperature\n\
         \x20 echo 19.5 | curl -T- http://{host}:{port}/topics/house/attic/temperature\n"
    )
}

/// The address, and a line to paste.
fn welcome_https(address: SocketAddr, files: &TlsFiles) -> String {
    let (host, port, cert) = (host_in_uri(address), address.port(), files.cert.display());
    format!("HTTPS on {address}:\n\x20 curl --cacert '{cert}' https://{host}:{port}/topics\n")
}

fn host_in_uri(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V6(ip) if !ip.is_unspecified() => format!("[{ip}]"),
        _ => host_of(address, "localhost"),
    }
}

fn host_of(address: SocketAddr, any: &str) -> String {
    match address.ip() {
        ip if ip.is_unspecified() => any.to_owned(),
        ip => ip.to_string(),
    }
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => pending().await,
    }
}

/// Ctrl-C, or the system's wish that the program end. Heeded from the moment this is made.
#[cfg(unix)]
struct Interrupts(Signal, Signal);

#[cfg(unix)]
impl Interrupts {
    fn new() -> io::Result<Self> {
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn fail(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "gateway: {message}");
    ExitCode::from(code)
}
