//! The gateway. `gateway --help` tells what it takes.

use std::future::pending;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use sansio_examples::gateway::{Command, Gateway, HELP, Options};
use tokio::signal::ctrl_c;

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
    let gateway = Gateway::start(options).await.map_err(|error| error.to_string())?;
    print(&welcome(gateway.mqtt_address(), sensors));
    tokio::select! {
        () = sleep(run_for) => {}
        () = interrupted() => {}
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
         \x20 mosquitto_pub -h {host}{port} -t house/kitchen/lamp -m on\n"
    )
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => pending().await,
    }
}

/// Until Ctrl-C, or until the system asks the program to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = ctrl_c() => {}
            }
            return;
        }
    }
    let _ = ctrl_c().await;
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn fail(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "gateway: {message}");
    ExitCode::from(code)
}
