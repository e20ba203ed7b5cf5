//! The gateway. `gateway --help` tells what it takes.

use std::future::pending;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use sansio_examples::gateway::{Command, Gateway, HELP, Options};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            print(HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(&format!("{error}\nTry `gateway --help`."), 2),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no threads: {error}"), 1),
    };
    let result = runtime.block_on(run(options));
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, 1),
    }
}

async fn run(options: Options) -> Result<(), String> {
    let (run_for, sensors) = (options.run_for, options.sensors);
    let interrupts = Interrupts::new().map_err(|error| format!("no signals: {error}"))?;
    let gateway = Gateway::start(options).await.map_err(|error| error.to_string())?;
    print(&welcome(gateway.mqtt_address(), sensors));
    tokio::select! {
        () = sleep(run_for) => {}
        () = interrupts.next() => {}
    }
    gateway.end().await;
    Ok(())
}

/// The addresses, and a line to paste.
fn welcome(mqtt: SocketAddr, sensors: bool) -> String {
    let host = match mqtt.ip() {
        any if any.is_unspecified() => "localhost".to_owned(),
        ip => ip.to_string(),
    };
    let port = mqtt.port();
    let port = if port == 1883 { String::new() } else { format!(" -p {port}") };
    let topic = if sensors { "house/+/temperature" } else { "house/#" };
    format!(
        "MQTT 3.1.1 and 5.0 on {mqtt}. Ctrl-C ends it. In other terminals:\n\
         \x20 mosquitto_sub -h {host}{port} -v -t '{topic}'\n\
         \x20 mosquitto_pub -h {host}{port} -t house/attic/temperature -m 19.5\n"
    )
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
