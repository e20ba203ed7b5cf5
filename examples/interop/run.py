"""Runs the cases, a few at once, prints a line for each. Who runs one has servers of its own."""

import argparse
import multiprocessing
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
from harness import AT_END, CASES, HOST, Env, Fail, Proc, free_port, wait_for_port

# What measures time has the processors for itself.
ALONE = ("chromium-many",)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="folder of our programs")
    parser.add_argument("--gateway", required=True, help="our gateway")
    parser.add_argument("--images", default="", help="folder of the bare-metal images")
    parser.add_argument("--server", choices=("gateway", "mosquitto"), default="gateway")
    parser.add_argument("--only", default="", help="a part of the names of the cases to run")
    parser.add_argument("--jobs", type=int, default=3, help="so many cases at once; most of them wait")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    args = parser.parse_args()
    cases = [c for c in CASES if args.only in c[0] and not (c[3] and args.server != "gateway")]
    if args.list:
        print("\n".join(c[0] for c in cases))
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    start = time.monotonic()
    alone = [case for case in cases if case[0] in ALONE]
    together = [case for case in cases if case[0] not in ALONE]
    passed = run_cases(args, together, args.jobs) + run_cases(args, alone, 1)
    failed, seconds = len(cases) - passed, time.monotonic() - start
    print(f"{passed} passed, {failed} failed in {seconds:.0f} s against {args.server}")
    return 1 if failed or not cases else 0


def run_cases(args, cases, jobs):
    """How many have passed, of so many at once."""
    # Forked, so that the cases, which are functions, go with them.
    fork = multiprocessing.get_context("fork")
    taken, passed = fork.Value("i", 0), fork.Value("i", 0)
    jobs = min(jobs, len(cases))
    # What stands together is alike, such as a browser's cases; they are not run all at once.
    part = len(cases) // max(jobs, 1) + 1
    cases = [case for first in range(part) for case in cases[first::part]]
    workers = [fork.Process(target=work, args=(args, cases, taken, passed)) for _ in range(jobs)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.terminate()  # it ends its servers
    if any(worker.exitcode for worker in workers):
        sys.exit("a worker has failed")
    return passed.value


def work(args, cases, taken, passed):
    """Takes the next case until there is none."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            servers, env = start_servers(args, scratch)
            while (case := take(cases, taken)) is not None:
                if run_case(case, servers, env):
                    with passed.get_lock():
                        passed.value += 1
    finally:
        for end in AT_END:
            end()
        Proc.end_all()


def take(cases, taken):
    with taken.get_lock():
        taken.value += 1
        return cases[taken.value - 1] if taken.value <= len(cases) else None


def start_servers(args, scratch):
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
        ports = ["--mqtt-port", str(port), "--coap-port", str(coap_port), "--http-port", str(http_port)]
        servers.append(Proc(args.gateway, *ports, "--no-sensors", "--quiet"))
        wait_for_port(port, servers[1])
        wait_for_port(coap_port, servers[1])
        wait_for_port(http_port, servers[1])
    else:
        port = mosquitto_port
    env = Env(args.server, port, mosquitto_port, coap_port, http_port, args.bin, args.gateway)
    env.mosquitto_ws_port = mosquitto_ws_port
    env.images, env.scratch, env.server_pid = args.images, scratch, servers[-1].process.pid

    return servers, env


def run_case(case, servers, env):
    """Whether the case holds."""
    name, function, arguments, _ = case
    start = time.monotonic()
    try:
        note = function(env, *arguments)
        dead = [s.name for s in servers if s.process.poll() is not None]
        if dead:
            raise Fail(f"{dead[0]} has died: {servers[-1].rest()[-3:]}")
        told = f" {note}" if note else ""
        print(f"ok {name} {time.monotonic() - start:.2f}{told}", flush=True)
        return True
    except Exception as error:  # a case that breaks has failed, the others go on
        why = str(error) if isinstance(error, Fail) else f"{type(error).__name__}: {error}"
        print(f"FAIL {name} {why}", flush=True)
        return False
    finally:
        Proc.end_all(keep=servers)


if __name__ == "__main__":
    sys.exit(main())
