"""Starts the servers, runs the cases one after the other, prints a line for each."""

import argparse
import os
import signal
import sys
import tempfile
import time

import cases_mosquitto, cases_mqttjs, cases_ours, cases_paho, cases_raw, cases_session  # noqa: E401, F401
import cases_aiocoap, cases_coap_get, cases_coap_raw, cases_coapthon, cases_libcoap  # noqa: E401, F401
import cases_curl, cases_http_get, cases_http_python, cases_http_raw  # noqa: E401, F401
import cases_chromium, cases_coap_websocket, cases_nginx, cases_tls, cases_websocket  # noqa: E401, F401
import cases_websockets, cases_ws_cat  # noqa: E401, F401
import cases_differential, cases_firmware, cases_publisher, cases_session_firmware  # noqa: E401, F401
import cases_bridge, cases_store  # noqa: E401, F401
from harness import CASES, HOST, Env, Fail, Proc, free_port, wait_for_port


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="folder of our programs")
    parser.add_argument("--images", default="", help="folder of the bare-metal images")
    parser.add_argument("--server", choices=("gateway", "mosquitto"), default="gateway")
    parser.add_argument("--only", default="", help="a part of the names of the cases to run")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    args = parser.parse_args()
    cases = [c for c in CASES if args.only in c[0] and not (c[3] and args.server != "gateway")]
    if args.list:
        print("\n".join(c[0] for c in cases))
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            return run(args, cases, scratch)
    finally:
        Proc.end_all()


def run(args, cases, scratch):
    mosquitto_port, mosquitto_ws_port, port = free_port(), free_port(), free_port()
    coap_port, http_port = free_port(), free_port()
    config = os.path.join(scratch, "mosquitto.conf")
    with open(config, "w") as f:
        f.write(f"allow_anonymous true\nlistener {mosquitto_port} {HOST}\n")
        # Without a domain it would listen on every address.
        f.write(f"listener {mosquitto_ws_port} {HOST}\nsocket_domain ipv4\nprotocol websockets\n")
    servers = [Proc("mosquitto", "-c", config)]
    wait_for_port(mosquitto_port, servers[0])
    wait_for_port(mosquitto_ws_port, servers[0])
    if args.server == "gateway":
        gateway = os.path.join(args.bin, "gateway")
        ports = ["--mqtt-port", str(port), "--coap-port", str(coap_port), "--http-port", str(http_port)]
        servers.append(Proc(gateway, *ports, "--no-sensors", "--quiet"))
        wait_for_port(port, servers[1])
        wait_for_port(coap_port, servers[1])
        wait_for_port(http_port, servers[1])
    else:
        port = mosquitto_port
    env = Env(args.server, port, mosquitto_port, coap_port, http_port, args.bin)
    env.mosquitto_ws_port = mosquitto_ws_port
    env.images, env.scratch, env.server_pid = args.images, scratch, servers[-1].process.pid

    failed, start = 0, time.monotonic()
    for name, function, arguments, _ in cases:
        case_start = time.monotonic()
        try:
            note = function(env, *arguments)
            dead = [s.name for s in servers if s.process.poll() is not None]
            if dead:
                raise Fail(f"{dead[0]} has died: {servers[-1].rest()[-3:]}")
            told = f" {note}" if note else ""
            print(f"ok {name} {time.monotonic() - case_start:.2f}{told}", flush=True)
        except Exception as error:  # a case that breaks has failed, the others go on
            failed += 1
            why = str(error) if isinstance(error, Fail) else f"{type(error).__name__}: {error}"
            print(f"FAIL {name} {why}", flush=True)
        finally:
            Proc.end_all(keep=servers)
    seconds = time.monotonic() - start
    print(f"{len(cases) - failed} passed, {failed} failed in {seconds:.0f} s against {args.server}")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
