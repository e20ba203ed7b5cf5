//! Options, and what is said about wrong ones.

use std::process::{Command, Output};

fn run(program: &str, args: &[&str]) -> Output {
    Command::new(program).args(args).output().unwrap()
}

const PUB: &str = env!("CARGO_BIN_EXE_mqtt-pub");
const SUB: &str = env!("CARGO_BIN_EXE_mqtt-sub");

#[test]
fn help_is_no_error() {
    for program in [PUB, SUB] {
        let output = run(program, &["--help"]);
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.starts_with("usage: mqtt-") && help.contains("exit code: 0 done"), "{help}");
    }
}

#[test]
fn wrong_command_lines_are_told_why() {
    let m = ["-m", "x"];
    for (program, args, why) in [
        (PUB, &[][..], "what? -m TEXT, -f FILE, -s, -l or -n is missing"),
        (PUB, &["-t", "a"], "what?"),
        (PUB, &m, "where? -t TOPIC is missing"),
        (PUB, &["-t", "a/+", "-n"], "-t \"a/+\""),
        (PUB, &["-t", "a", "-t", "b", "-n"], "-t twice"),
        (PUB, &["-t", "a", "-n", "-s"], "one payload"),
        (PUB, &["-t", "a", "-l", "--repeat", "2"], "--repeat is not for -l"),
        (PUB, &["-t", "a", "-n", "-q", "3"], "QoS is 0, 1 or 2"),
        (PUB, &["-t", "a", "-n", "-p", "65536"], "-p \"65536\""),
        (PUB, &["-t", "a", "-n", "-p", "0"], "-p \"0\""),
        (PUB, &["-t", "a", "-n", "-V", "mqttv31"], "the version is 5"),
        (PUB, &["-t", "a", "-n", "-k", "+1"], "-k \"+1\""),
        (PUB, &["-t", "a", "-n", "-M", "2049"], "at most 2048"),
        (PUB, &["-t", "a", "-n", "-c"], "-c needs -i ID"),
        (PUB, &["-t", "a", "-n", "-c", "-I", "me"], "-c needs -i ID"),
        (PUB, &["-t", "a", "-n", "--store", "x"], "--store needs -c"),
        (PUB, &["-t", "a", "-n", "-V", "311", "-x", "60"], "not with -V 3.1.1"),
        (PUB, &["-t", "a", "-n", "-V", "311", "-P", "x"], "no password without a user name"),
        (PUB, &["-t", "a", "-n", "--will-payload", "x"], "a will needs --will-topic"),
        (PUB, &["-t", "a", "-n", "-D", "publish", "colour", "red"], "-D colour"),
        (
            PUB,
            &["-t", "a", "-n", "-D", "connect", "content-type", "x"],
            "it stands in publish, will",
        ),
        (PUB, &["-t", "a", "-n", "-D", "connack", "user-property", "a", "b"], "-D connack"),
        (PUB, &["-t", "a", "-n", "-D", "publish", "payload-format-indicator", "2"], "0 or 1"),
        (PUB, &["-n", "-L", "http://a/b"], "mqtt://, mqtts://, ws:// or wss://"),
        (PUB, &["-t", "a", "-n", "-v"], "invalid option '-v'"),
        (SUB, &[], "-t FILTER is missing"),
        (SUB, &["-t"], "missing argument for option '-t'"),
        (SUB, &["-t", "a/#/b"], "-t \"a/#/b\""),
        (SUB, &["-t", "a", "-T", "a/#/b"], "-T \"a/#/b\""),
        (SUB, &["-t", "a", "-C", "0"], "-C \"0\""),
        (SUB, &["-t", "a", "-R", "--retained-only"], "leave nothing"),
        (SUB, &["-t", "a", "-F", "%j"], "-F %j: one of"),
        (SUB, &["-t", "a", "-W", "soon"], "-W \"soon\" are no seconds"),
        (SUB, &["-t", "a", "--retain-as-published", "-V", "311"], "of MQTT 5"),
        (SUB, &["-t", "a", "-m", "x"], "invalid option '-m'"),
        (SUB, &["a"], "a"),
    ] {
        let output = run(program, args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(text.starts_with("mqtt-") && text.contains(why), "{args:?}: {text}");
    }
}

#[test]
fn what_cannot_work_is_told_before_anything_is_sent() {
    for (program, args, why) in [
        (PUB, &["-t", "a", "-f", "/no/such/file"][..], "/no/such/file: No such file"),
        (PUB, &["-t", "a", "-f", "/"], "/: a folder"),
        (PUB, &["-t", "a", "-n", "--cafile", "/no/such"], "/no/such: No such file"),
        (PUB, &["-t", "a", "-n", "--cert", "x"], "--cert and --key belong together"),
        (SUB, &["-t", "a", "-p", "1"], "127.0.0.1:1: Connection refused"),
    ] {
        let output = run(program, &[&["-h", "127.0.0.1"], args].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert!(text.contains(why), "{args:?}: {text}");
    }
    let output = run(SUB, &["-h", "127.0.0.1", "-p", "1", "-t", "a", "--quiet"]);
    assert_eq!((output.status.code(), output.stderr), (Some(1), Vec::new()));
}

#[cfg(unix)]
#[test]
fn refuses_text_that_is_not_utf8() {
    use std::os::unix::ffi::OsStrExt;

    let topic = std::ffi::OsStr::from_bytes(b"\xFF");
    let output = Command::new(PUB).args(["-m", "x", "-t"]).arg(topic).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("mqtt-pub: ") && !message.contains("panicked"), "{message}");
}
