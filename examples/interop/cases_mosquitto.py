"""mosquitto_pub and mosquitto_sub against the server."""

import hashlib
import os
import signal
import time

from harness import HOST, VERSIONS, Fail, Proc, case, expect

PROTOCOL = {"3.1.1": "mqttv311", "5": "mqttv5"}


def sub(env, version, *args, output=None, ready="received SUBACK"):
    """A subscriber that has said that it is ready; its messages are lines 'MSG qos retain topic payload'."""
    args = ["-h", HOST, "-p", str(env.port), "-V", PROTOCOL[version], *args]
    if output:
        return Proc("mosquitto_sub", *args, output=output)
    proc = Proc("stdbuf", "-oL", "mosquitto_sub", "-d", "-F", "MSG %q %r %t %p", *args)
    proc.line(ready)
    return proc


def pub(env, version, *args, stdin=None):
    args = ["-h", HOST, "-p", str(env.port), "-V", PROTOCOL[version], *args]
    Proc("mosquitto_pub", *args, stdin=stdin).wait()


def messages(proc):
    return [line for line in proc.rest() if line.startswith("MSG ")]


def register(function):
    """A case for each version."""
    for version in VERSIONS:
        name = function.__name__.replace("_", "-")
        case(f"mosquitto-{version}-{name}", version)(function)
    return function


@register
def qos_0_1_and_2(env, version):
    topic = env.topic()
    for published in (0, 1, 2):
        for subscribed in (0, 1, 2):
            s = sub(env, version, "-t", topic, "-q", str(subscribed), "-C", "1")
            pub(env, version, "-t", topic, "-q", str(published), "-m", "21.5 °C")
            qos = min(published, subscribed)
            expect(s.line("MSG "), f"MSG {qos} 0 {topic} 21.5 °C")
            s.wait()


@register
def one_to_many(env, version):
    topic = env.topic()
    subs = [sub(env, version, "-t", topic, "-q", "1", "-C", "3") for _ in range(5)]
    pub(env, version, "-t", topic, "-q", "1", "-l", stdin=b"one\ntwo\nthree\n")
    for s in subs:
        s.wait()
        wanted = [f"MSG 1 0 {topic} {n}" for n in ("one", "two", "three")]
        expect(messages(s), wanted)


@register
def one_to_none(env, version):
    for qos in ("0", "1", "2"):
        pub(env, version, "-t", env.topic(), "-q", qos, "-m", "nobody listens")


@register
def wildcards(env, version):
    base = env.topic()
    takes = {
        "house/+/temperature": ["house/kitchen/temperature"],
        "house/#": ["house", "house/kitchen/temperature", "house/a/b/temperature"],
        "+/+": ["ross_house/kitchen", "/"],
        "ross_house/+": ["ross_house/kitchen"],
    }
    subs = {f: sub(env, version, "-t", f"{base}/{f}", "-t", f"{base}/end") for f in takes}
    for name in ["house", "house/kitchen/temperature", "house/a/b/temperature", "houses/x/y"]:
        pub(env, version, "-t", f"{base}/{name}", "-m", "x")
    for name in ["ross_house/kitchen", "ross_house/kitchen/temperature", "/", "end"]:
        pub(env, version, "-t", f"{base}/{name}", "-m", "x")
    for f, s in subs.items():
        s.line(f"{base}/end ")
        got = [line.split(" ")[3][len(base) + 1 :] for line in s.lines if line.startswith("MSG ")]
        expect(got, takes[f] + ["end"], f)


@register
def retained(env, version):
    topic = env.topic()
    pub(env, version, "-t", topic, "-q", "1", "-r", "-m", "old")
    pub(env, version, "-t", topic, "-q", "1", "-r", "-m", "new")
    s = sub(env, version, "-t", topic, "-q", "1")
    expect(s.line("MSG "), f"MSG 1 1 {topic} new")
    pub(env, version, "-t", topic, "-q", "1", "-r", "-m", "live")
    expect(s.line("MSG "), f"MSG 1 0 {topic} live")
    pub(env, version, "-t", topic, "-q", "1", "-r", "-n")  # an empty one deletes it
    late = sub(env, version, "-t", topic, "-C", "1")
    pub(env, version, "-t", topic, "-m", "fence")
    late.wait()
    expect(messages(late), [f"MSG 0 0 {topic} fence"])


@register
def will(env, version):
    topic = env.topic()
    watcher = sub(env, version, "-t", f"{topic}/#")
    args = ["-t", f"{topic}/x", "-q", "1", "--will-payload", "gone", "--will-qos", "1"]
    good = sub(env, version, *args, "--will-topic", f"{topic}/good", "-C", "1")
    killed = sub(env, version, *args, "--will-topic", f"{topic}/killed")
    pub(env, version, "-t", f"{topic}/x", "-m", "x")
    good.wait()  # it disconnects after its message: no will
    killed.line("MSG ")
    start = time.monotonic()
    killed.kill()
    watcher.line(f"{topic}/killed gone")
    if time.monotonic() - start > 1:
        raise Fail("the will of a killed client comes late")
    pub(env, version, "-t", f"{topic}/fence", "-m", "fence")
    watcher.line("fence")
    if any("good gone" in line for line in watcher.lines):
        raise Fail("a client that disconnects has given its will")


@register
def a_megabyte(env, version):
    topic = env.topic()
    payload = os.urandom(1 << 20)
    path = os.path.join(env.scratch, "megabyte")
    with open(path, "wb") as f:
        f.write(payload)
    for qos in ("0", "1", "2"):
        with open(path + ".got", "wb") as out:
            sync = sub(env, version, "-t", topic, "-C", "1")
            args = ["-t", topic, "-q", qos, "-N", "-C", "1", "-i", f"big-{os.getpid()}"]
            s = sub(env, version, *args, output=out)
            time.sleep(0.3)  # it does not say when it is ready
            pub(env, version, "-t", topic, "-q", qos, "-f", path)
            s.wait(20)
            sync.wait(20)
        with open(path + ".got", "rb") as f:
            expect(hashlib.sha256(f.read()).digest(), hashlib.sha256(payload).digest())


@register
def kept_session(env, version):
    topic, client_id = env.topic(), f"kept-{os.getpid()}-{version}"
    keep = ["-c", "-i", client_id, "-q", "1", "-t", topic]
    if version == "5":
        keep += ["-x", "60"]
    sub(env, version, *keep, "-E").wait()
    pub(env, version, "-t", topic, "-q", "1", "-m", "one")
    pub(env, version, "-t", topic, "-q", "1", "-m", "two")
    s = sub(env, version, *keep, "-C", "2", ready="received CONNACK")
    s.wait()
    expect(messages(s), [f"MSG 1 0 {topic} one", f"MSG 1 0 {topic} two"])
    # A clean start throws it away.
    sub(env, version, "-i", client_id, "-t", env.topic(), "-E").wait()
    pub(env, version, "-t", topic, "-q", "1", "-m", "lost")
    again = sub(env, version, *keep, "-C", "1")
    pub(env, version, "-t", topic, "-q", "1", "-m", "fence")
    again.wait()
    expect(messages(again), [f"MSG 1 0 {topic} fence"])


@register
def several_subscriptions(env, version):
    topic = env.topic()
    filters = ["-t", f"{topic}/a", "-t", f"{topic}/+/b", "-t", f"{topic}/c/#"]
    s = sub(env, version, *filters, "-C", "3", "-U", f"{topic}/none")
    for name in ("a", "no", "x/b", "c"):
        pub(env, version, "-t", f"{topic}/{name}", "-m", name)
    s.wait()
    expect([line.split(" ")[4] for line in messages(s)], ["a", "x/b", "c"])


@case("mosquitto-5-shared-subscription")
def shared(env):
    topic = env.topic()
    subs = [sub(env, "5", "-t", f"$share/group/{topic}/+", "-q", "1") for _ in range(2)]
    everything = sub(env, "5", "-t", f"{topic}/+", "-q", "1", "-C", "20")
    for n in range(20):
        pub(env, "5", "-t", f"{topic}/{n}", "-q", "1", "-m", "x")
    everything.wait()
    time.sleep(0.2)
    got = []
    for s in subs:
        s.signal(signal.SIGTERM)
        s.wait(code=None)
        own = [line.split(" ")[3] for line in messages(s)]
        if not own:
            raise Fail("one of two who share gets nothing")
        got += own
    expect(sorted(got), sorted(f"{topic}/{n}" for n in range(20)))


@case("mosquitto-5-properties-pass-through")
def properties(env):
    topic = env.topic()
    args = ["-h", HOST, "-p", str(env.port), "-V", "mqttv5", "-t", topic, "-C", "1", "-d"]
    s = Proc("stdbuf", "-oL", "mosquitto_sub", *args, "-F", "MSG %C|%D|%R|%P|%F|%E|%p")
    s.line("received SUBACK")
    options = []
    for p in (
        ("content-type", "text/plain"),
        ("correlation-data", "abc"),
        ("response-topic", "answer/here"),
        ("user-property", "unit", "C"),
        ("user-property", "unit", "K"),
        ("payload-format-indicator", "1"),
        ("message-expiry-interval", "60"),
    ):
        options += ["-D", "publish", *p]
    pub(env, "5", "-t", topic, "-m", "hi", *options)
    parts = s.line("MSG ")[4:].split("|")
    expect(parts[:3], ["text/plain", "abc", "answer/here"])
    expect(parts[3].replace(" ", ""), "unit:Cunit:K")
    expect((parts[4], parts[6]), ("1", "hi"))
    if parts[5] not in ("59", "60"):
        raise Fail(f"message expiry interval {parts[5]}, not 60")
