"""Our client (`mqtt-client`) against mosquitto's broker, and against the server under test."""

import itertools
import os
import time

from harness import VERSIONS, Fail, Proc, case, expect, stop
from cases_mosquitto import messages
from cases_mosquitto import pub as their_pub
from cases_mosquitto import sub as their_sub


class Place:
    """Which broker a case talks to."""

    def __init__(self, env, broker, over):
        self.env = env
        self.port = env.mosquitto_port if broker == "mosquitto" else env.port
        self.server = broker
        self.transport = ["-p", str(self.port)]
        if over == "websocket":
            port = env.mosquitto_ws_port if broker == "mosquitto" else env.http_port
            self.transport = ["-p", str(port), "-w", "/mqtt"]
        self.scratch, self.topic = env.scratch, env.topic

    def sub(self, version, *args):
        proc = Proc(*self.command("sub", version, "-v", *args))
        proc.line("subscribed")
        return proc

    def pub(self, version, *args, stdin=None):
        Proc(*self.command("pub", version, *args), stdin=stdin).wait()

    def command(self, verb, version, *args):
        program = self.env.program("mqtt-client")
        return [program, verb, *self.transport, "-V", version, *args]


def register(function, transports=("tcp",)):
    name = function.__name__.replace("_", "-")
    for broker, version, over in itertools.product(("mosquitto", "gateway"), VERSIONS, transports):

        def run(env, broker=broker, version=version, over=over):
            function(Place(env, broker, over), version)

        words = [name, "over", over] if over != "tcp" else [name]
        case(f"ours-{version}-{'-'.join(words)}-at-{broker}", gateway_only=broker == "gateway")(run)
    return function


def both(function):
    """The transport matters."""
    return register(function, ("tcp", "websocket"))


@both
def qos_0_and_1(place, version):
    topic = place.topic()
    for qos in ("0", "1"):
        theirs = their_sub(place, version, "-t", f"{topic}/+", "-q", qos, "-C", "2")
        ours = place.sub(version, "-t", f"{topic}/+", "-t", f"{topic}/b/#", "-q", qos, "-C", "2")
        place.pub(version, "-t", f"{topic}/a", "-q", qos, "-m", "21.5 °C")
        their_pub(place, version, "-t", f"{topic}/b", "-q", qos, "-m", "theirs")
        ours.wait()
        theirs.wait()
        lines = [line for line in ours.rest() if line != "subscribed"]
        expect(lines[:2], [f"{topic}/a 21.5 °C", f"{topic}/b theirs"])
        wanted = [f"MSG {qos} 0 {topic}/a 21.5 °C", f"MSG {qos} 0 {topic}/b theirs"]
        expect(messages(theirs), wanted)


@register
def retained(place, version):
    topic = place.topic()
    place.pub(version, "-t", topic, "-q", "1", "-r", "-m", "kept")
    theirs = their_sub(place, version, "-t", topic, "-C", "1")
    theirs.wait()
    expect(messages(theirs), [f"MSG 0 1 {topic} kept"])
    ours = place.sub(version, "-t", topic, "-C", "1")
    ours.line(f"{topic} kept")
    ours.wait()
    place.pub(version, "-t", topic, "-q", "1", "-r", "-m", "")


@register
def will(place, version):
    topic = place.topic()
    watcher = their_sub(place, version, "-t", f"{topic}/#")
    args = ["-t", f"{topic}/x", "--will-payload", "gone", "--will-qos", "1", "--will-topic"]
    good = place.sub(version, *args, f"{topic}/good", "-C", "1")
    bad = place.sub(version, *args, f"{topic}/bad")
    place.pub(version, "-t", f"{topic}/x", "-m", "x")
    good.wait()
    bad.line(f"{topic}/x x")
    bad.kill()
    watcher.line(f"{topic}/bad gone", 2)
    silent = place.sub(version, *args, f"{topic}/silent", "-k", "1")
    stop(silent)
    watcher.line(f"{topic}/silent gone", 9)
    if any("/good gone" in line for line in watcher.lines):
        raise Fail("a client that disconnects has given its will")


@both
def a_megabyte(place, version):
    # Mosquitto 2.0.11 sends 4 KiB a tick over WebSocket, and stops within a large one for any client.
    size = 20_000 if place.port == place.env.mosquitto_port and "-w" in place.transport else 1 << 20
    topic, payload = place.topic(), os.urandom(size)
    path = os.path.join(place.scratch, "ours")
    with open(path, "wb") as f:
        f.write(payload)
    for qos in ("0", "1"):
        command = place.command("sub", version, "-v", "-t", topic, "-q", qos, "-C", "1")
        with open(path + ".got", "wb") as out:
            ours = Proc(*command, output=out)  # its lines are those of stderr
            ours.line("subscribed")
            theirs = their_sub(place, version, "-t", topic, "-C", "1")
            place.pub(version, "-t", topic, "-q", qos, "-f", path)
            ours.wait(20)
            theirs.wait(20)
        with open(path + ".got", "rb") as f:
            expect(f.read() == f"{topic} ".encode() + payload + b"\n", True, "the same bytes:")


@both
def kept_session(place, version):
    topic, client_id = place.topic(), f"ours-{os.getpid()}-{version}"
    keep = ["-c", "-i", client_id, "-t", topic, "-q", "1"]
    first = place.sub(version, *keep, "-C", "1")
    place.pub(version, "-t", topic, "-q", "1", "-s", stdin=b"from standard input")
    first.wait()
    expect(first.rest()[-1], f"{topic} from standard input")
    their_pub(place, version, "-t", topic, "-q", "1", "-m", "while away")
    again = Proc(*place.command("sub", version, "-v", *keep, "-C", "1"))
    again.line(f"{topic} while away")
    again.wait()


@register
def pings(place, version):
    topic = place.topic()
    ours = place.sub(version, "-t", topic, "-k", "1", "-C", "1")
    time.sleep(3.2)
    place.pub(version, "-t", topic, "-m", "still here")
    ours.line("still here")
    ours.wait()
