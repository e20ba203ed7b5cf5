"""Our clients (`mqtt-sub`, `mqtt-pub`) against mosquitto's broker, and against the server under test."""

import itertools
import os
import subprocess
import time

from harness import HOST, VERSIONS, Fail, Proc, case, expect, free_port, short, stop, wait_for_port
from cases_mosquitto import messages
from cases_mosquitto import pub as their_pub
from cases_mosquitto import sub as their_sub


class Place:
    """Which broker a case talks to."""

    def __init__(self, env, broker, over):
        self.env = env
        self.port = env.mosquitto_port if broker == "mosquitto" else env.port
        self.server = broker
        self.transport = ["-h", HOST, "-p", str(self.port)]
        if over == "websocket":
            port = env.mosquitto_ws_port if broker == "mosquitto" else env.http_port
            self.transport = ["-L", f"ws://{HOST}:{port}/mqtt"]
        self.scratch, self.topic = env.scratch, env.topic

    def sub(self, version, *args):
        proc = Proc(*self.command("sub", version, "-v", "-d", *args))
        proc.line("subscribed to")
        return proc

    def pub(self, version, *args, stdin=None):
        Proc(*self.command("pub", version, *args), stdin=stdin).wait()

    def command(self, verb, version, *args):
        return [self.env.program(f"mqtt-{verb}"), *self.transport, "-V", version, *args]


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
def each_qos(place, version):
    topic = place.topic()
    for qos in ("0", "1", "2"):
        theirs = their_sub(place, version, "-t", f"{topic}/+", "-q", qos, "-C", "2")
        ours = place.sub(version, "-t", f"{topic}/+", "-t", f"{topic}/b/#", "-q", qos, "-C", "2")
        place.pub(version, "-t", f"{topic}/a", "-q", qos, "-m", "21.5 °C")
        their_pub(place, version, "-t", f"{topic}/b", "-q", qos, "-m", "theirs")
        ours.wait()
        theirs.wait()
        lines = [line for line in ours.rest() if line.startswith(topic)]
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
    place.pub(version, "-t", topic, "-q", "1", "-r", "-n")


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
    size = 20_000 if place.port == place.env.mosquitto_port and "-L" in place.transport else 1 << 20
    topic, payload = place.topic(), os.urandom(size)
    path = os.path.join(place.scratch, "ours")
    with open(path, "wb") as f:
        f.write(payload)
    for qos in ("0", "2"):
        command = place.command("sub", version, "-v", "-d", "-t", topic, "-q", qos, "-C", "1")
        with open(path + ".got", "wb") as out:
            ours = Proc(*command, output=out)  # its lines are those of stderr
            ours.line("subscribed to")
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


@register
def lines_in_order(place, version):
    """Topic aliases in 5, and as many at once as the broker takes."""
    topic, wanted = place.topic(), [str(n) for n in range(500)]
    for qos in ("0", "2"):
        ours = Proc(*place.command("sub", version, "-d", "-t", topic, "-q", qos, "-C", "500"))
        ours.line("subscribed to")
        place.pub(version, "-t", topic, "-q", qos, "-l", stdin="\n".join(wanted).encode())
        ours.wait(20)
        expect([line for line in ours.rest() if line.isdigit()], wanted)


@register
def killed_publisher(place, version):
    """What was promised is delivered once, however often the publisher dies."""
    topic, store = place.topic(), os.path.join(place.scratch, f"store-{version}-{place.server}")
    # mosquitto sends more at once than its client has said that it takes, which then ends the connection.
    room = ["-D", "connect", "receive-maximum", "65535"] if version == "5" else []
    theirs = their_sub(place, version, "-t", topic, "-q", "2", *room)
    keep = ["-c", "-i", f"killed-{os.getpid()}-{version}", "--store", store, "-t", topic, "-q", "2"]
    for n in range(12):
        lines = "".join(f"{n}-{i}\n" for i in range(200)).encode()
        ours = Proc(*place.command("pub", version, *keep, "-l"), stdin=lines)
        time.sleep(0.004 * n)
        ours.kill()
    place.pub(version, *keep, "-m", "end")
    theirs.line(" end")
    got = [line.split(" ")[4] for line in theirs.lines if line.startswith("MSG ")]
    expect(len(set(got)), len(got), "messages that come twice:")
    for n in range(12):  # none is missing in between
        own = [int(m.split("-")[1]) for m in got if m.startswith(f"{n}-")]
        expect(own, list(range(len(own))), f"run {n}:")
    return f"{len(got)} messages"


def broker(place, *lines):
    """A mosquitto of its own, which reads files of whoever has started it; and its port."""
    port = free_port()
    config = os.path.join(place.scratch, f"mosquitto-{port}.conf")
    with open(config, "w") as f:
        f.write("\n".join(["user root", "allow_anonymous true", f"listener {port} {HOST}", *lines]) + "\n")
    proc = Proc("mosquitto", "-c", config)
    wait_for_port(port, proc)
    return proc, str(port)


def fails(words, *command):
    """It ends with 1 and says why."""
    proc = Proc(*command)
    proc.wait(code=1)
    if not any(words in line for line in proc.rest()):
        raise Fail(f"says {short(proc.lines)}, not {words}")


@case("ours-5-limits-at-mosquitto")
def limits(env):
    limited = ["max_packet_size 2000", "retain_available false", "max_inflight_messages 2", "max_qos 1"]
    _, port = broker(env, *limited)
    where = ["-h", HOST, "-p", port, "-t", "a"]
    pub = [env.program("mqtt-pub"), *where]
    fails("a retained message", *pub, "-m", "x", "-r")
    fails("a QoS above", *pub, "-m", "x", "-q", "2")
    fails("larger than its limit", *pub, "-m", "x" * 2000)
    ours = Proc(env.program("mqtt-sub"), *where, "-d", "-q", "1", "-C", "100")
    ours.line("subscribed to a at QoS 1")
    lines = [str(n) for n in range(100)]
    Proc(*pub, "-q", "1", "-l", stdin="\n".join(lines).encode()).wait()
    ours.wait()
    expect([line for line in ours.rest() if line.isdigit()], lines)


@case("ours-tls-client-certificate-at-mosquitto")
def client_certificate(env):
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=env.scratch, check=True, capture_output=True)

    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(*new, "-x509", "-days", "2", "-subj", "/CN=root", "-keyout", "ca.key", "-out", "ca.pem")
    for name, subject in (("server", "/CN=server"), ("client", "/CN=sensor-7")):
        openssl(*new, "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        with open(os.path.join(env.scratch, f"{name}.ext"), "w") as f:
            f.write("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext"]
        openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")

    def path(name):
        return os.path.join(env.scratch, name)

    files = [f"cafile {path('ca.pem')}", f"certfile {path('server.pem')}", f"keyfile {path('server.key')}"]
    identity = ["require_certificate true", "use_identity_as_username true"]
    theirs, port = broker(env, *files, *identity)
    where = ["-h", "localhost", "-p", port, "-t", "a", "-q", "1", "--cafile", path("ca.pem")]
    own = ["--cert", path("client.pem"), "--key", path("client.key")]
    for version in VERSIONS:
        ours = Proc(env.program("mqtt-sub"), *where, *own, "-d", "-V", version, "-C", "1")
        ours.line("subscribed to a at QoS 1")
        theirs.line("u'sensor-7'")
        Proc(env.program("mqtt-pub"), *where, *own, "-V", version, "-m", "over TLS").wait()
        ours.line("over TLS")
        ours.wait()
    Proc(env.program("mqtt-pub"), *where, "-m", "nobody").wait(code=1)
