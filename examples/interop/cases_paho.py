"""paho-mqtt against the server: both protocol versions, both versions of its callbacks."""

import os
import socket
import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from harness import HOST, VERSIONS, Fail, Proc, case, expect, stop, wait_for

PROTOCOL = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}
V1, V2 = mqtt.CallbackAPIVersion.VERSION1, mqtt.CallbackAPIVersion.VERSION2
HERE = os.path.dirname(os.path.abspath(__file__))


class Client:
    """A connected paho client with its own thread, which writes down what happens."""

    def __init__(self, env, version, api=V2, client_id="", clean=True, keep_secs=0, will=None):
        five = version == "5"
        options = {} if five else {"clean_session": clean}
        self.client = c = mqtt.Client(api, client_id, protocol=PROTOCOL[version], **options)
        self.messages, self.connected, self.codes, self.ended = [], None, {}, None
        # Version 1 callbacks have other arguments: what both have in common comes first.
        c.on_connect = lambda c, u, flags, code, *_: setattr(self, "connected", (flags, code))
        c.on_message = lambda c, u, message: self.messages.append(message)
        if api == V1 and not five:
            c.on_subscribe = lambda c, u, mid, qos: self.codes.update({mid: list(qos)})
        elif api == V1:
            c.on_subscribe = lambda c, u, mid, codes, p: self.codes.update(
                {mid: [code.value for code in codes]}
            )
        else:
            c.on_subscribe = lambda c, u, mid, codes, p: self.codes.update(
                {mid: [code.value for code in codes]}
            )
        if api == V2:
            c.on_disconnect = lambda c, u, flags, code, p: setattr(self, "ended", code)
        if will:
            c.will_set(*will)
        properties = None
        if keep_secs:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = keep_secs
        options = {"clean_start": clean, "properties": properties} if five else {}
        c.connect(HOST, env.port, **options)
        c.loop_start()
        wait_for(lambda: self.connected, "CONNACK")
        code = self.connected[1]
        expect(code if isinstance(code, int) else code.value, 0, "CONNACK")

    def subscribe(self, *args, **options):
        result, mid = self.client.subscribe(*args, **options)
        expect(result, mqtt.MQTT_ERR_SUCCESS)
        wait_for(lambda: mid in self.codes, "SUBACK")
        return self.codes[mid]

    def publish(self, topic, payload, qos=0, retain=False, properties=None):
        info = self.client.publish(topic, payload, qos, retain, properties)
        info.wait_for_publish(10)
        if not info.is_published():
            raise Fail("the PUBACK does not come")

    def wait(self, count, timeout=10):
        wait_for(lambda: len(self.messages) >= count, f"{count} messages", timeout)

    def payloads(self):
        return [m.payload for m in self.messages]

    @property
    def session_present(self):
        flags = self.connected[0]
        return flags["session present"] if isinstance(flags, dict) else flags.session_present

    def drop(self):
        """Ends the connection as a dead process does: no DISCONNECT."""
        self.client.on_disconnect = None
        self.client._thread_terminate = True  # it shall not connect again
        self.client.socket().shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def register(*apis):
    def decorate(function):
        for version in VERSIONS:
            for api in apis:
                suffix = f"-callbacks-{api.value}" if len(apis) > 1 else ""
                name = function.__name__.replace("_", "-")
                case(f"paho-{version}-{name}{suffix}", version, api)(function)
        return function

    return decorate


@register(V1, V2)
def qos_0_and_1(env, version, api):
    topic = env.topic()
    subscribers = [Client(env, version, api) for _ in range(2)]
    publisher = Client(env, version, api)
    for qos, s in enumerate(subscribers):
        expect(s.subscribe(f"{topic}/+", qos), [qos])
    for n in range(50):
        publisher.publish(f"{topic}/{n}", str(n), n % 2)
    for qos, s in enumerate(subscribers):
        s.wait(50)
        wanted = [(f"{topic}/{n}", str(n).encode(), min(n % 2, qos)) for n in range(50)]
        expect([(m.topic, m.payload, m.qos) for m in s.messages], wanted)
    for c in [*subscribers, publisher]:
        c.close()


@register(V1, V2)
def retained(env, version, api):
    topic = env.topic()
    a = Client(env, version, api)
    for n in range(3):
        a.publish(f"{topic}/{n}", f"kept {n}", 1, True)
    a.subscribe(f"{topic}/#", 1)
    a.wait(3)
    expect(sorted(a.payloads()), [b"kept 0", b"kept 1", b"kept 2"])
    expect([m.retain for m in a.messages], [True] * 3)
    for n in range(3):
        a.publish(f"{topic}/{n}", b"", 1, True)
    b = Client(env, version, api)
    b.subscribe(f"{topic}/#", 1)
    a.publish(f"{topic}/fence", b"fence", 1)
    b.wait(1)
    expect(b.payloads(), [b"fence"])
    a.close()
    b.close()


@register(V1, V2)
def will_of_a_dropped_connection(env, version, api):
    topic = env.topic()
    watcher = Client(env, version, api)
    watcher.subscribe(f"{topic}/#", 1)
    good = Client(env, version, api, will=(f"{topic}/good", "gone", 1))
    bad = Client(env, version, api, will=(f"{topic}/bad", "gone", 1, True))
    good.close()
    bad.drop()
    watcher.wait(1, 2)
    watcher.publish(f"{topic}/fence", "fence", 1)
    watcher.wait(2)
    expect([m.topic for m in watcher.messages], [f"{topic}/bad", f"{topic}/fence"])
    late = Client(env, version, api)
    late.subscribe(f"{topic}/bad")
    late.wait(1)  # the will was to be retained
    watcher.publish(f"{topic}/bad", b"", 1, True)
    watcher.close()
    late.close()


def sleep(env, version, topic, keep_alive):
    args = [str(env.port), topic, str(int(PROTOCOL[version])), str(keep_alive)]
    return Proc(sys.executable, f"{HERE}/sleeper.py", *args)


@register(V2)
def will_of_a_stopped_process(env, version, api):
    """Keep alive 1: the server waits one and a half, MQTT 5.0 section 3.1.2.10."""
    topic = env.topic()
    watcher = Client(env, version)
    watcher.subscribe(f"{topic}/will", 1)
    sleeper = sleep(env, version, topic, 1)
    spoke = float(sleeper.line("ready").split()[1])  # the same clock in all processes
    stop(sleeper)
    stopped = time.monotonic()
    watcher.wait(1, 9)
    now = time.monotonic()
    watcher.close()
    # It last spoke between the two. mosquitto looks around every few seconds only.
    latest = 3 if env.server == "gateway" else 8
    if now - spoke < 1.45 or now - stopped > latest:
        raise Fail(f"the will comes after {now - stopped:.2f} to {now - spoke:.2f} s")


@register(V2)
def pings_keep_the_connection(env, version, api):
    topic = env.topic()
    watcher = Client(env, version)
    watcher.subscribe(f"{topic}/will")
    sleeper = sleep(env, version, topic, 2)
    sleeper.line("ready")
    time.sleep(4.5)
    expect(watcher.payloads(), [], "a client that pings has given its will:")
    watcher.close()


@register(V2)
def tutorial(env, version, api):
    """A subscriber with a will and three filters, publishers that never loop."""
    topic = env.topic()
    args = [str(env.port), topic, str(int(PROTOCOL[version]))]
    watcher = Client(env, version)
    watcher.subscribe(f"{topic}/status")
    subscriber = Proc(sys.executable, f"{HERE}/tutorial_subscriber.py", *args)
    for _ in range(3):
        subscriber.line("subscribed")
    # It ends with its CONNACK unread, so its connection is reset behind the message.
    for _ in range(10):
        Proc(sys.executable, f"{HERE}/tutorial_publisher.py", *args).wait()
        expect(subscriber.line("message "), f"message {topic}/kitchen/temperature 21.5")
    Proc(sys.executable, f"{HERE}/tutorial_sensor.py", *args).wait()
    for n in range(5):
        for name in ("kitchen/temperature", "kitchen/humidity", "alarm/fire"):
            expect(subscriber.line("message "), f"message {topic}/{name} {n}")
    subscriber.kill()
    watcher.wait(1, 2)
    expect(watcher.payloads(), [b"subscriber gone"])
    watcher.close()


@register(V2)
def wildcards_and_unsubscribe(env, version, api):
    topic = env.topic()
    s, p = Client(env, version), Client(env, version)
    filters = [(f"{topic}/+/temperature", 1), (f"{topic}/#", 0), (f"{topic}/a/b", 1)]
    expect(s.subscribe(filters), [1, 0, 1])
    done = []
    s.client.on_unsubscribe = lambda c, u, mid, *_: done.append(mid)
    result, mid = s.client.unsubscribe(f"{topic}/#")
    wait_for(lambda: mid in done, "UNSUBACK")
    for name in ("a/temperature", "/temperature", "a/b/temperature", "a/b", "a", "a/b/c"):
        p.publish(f"{topic}/{name}", name, 1)
    p.publish(f"{topic}/end/temperature", "end", 1)
    wait_for(lambda: b"end" in s.payloads(), "the last message")
    got = [m.payload.decode() for m in s.messages]
    expect(got, ["a/temperature", "/temperature", "a/b", "end"])
    s.close()
    p.close()


@register(V2)
def a_megabyte(env, version, api):
    topic, payload = env.topic(), os.urandom(1 << 20)
    s, p = Client(env, version), Client(env, version)
    s.subscribe(topic, 2)
    for qos in (0, 1, 2):
        p.publish(topic, payload, qos)
        s.wait(qos + 1, 20)
        expect(s.messages[qos].payload == payload, True, "the payload is the same:")
    s.close()
    p.close()


@register(V2)
def kept_session(env, version, api):
    topic, client_id = env.topic(), f"paho-kept-{os.getpid()}-{version}"
    options = {"client_id": client_id, "clean": False}
    if version == "5":
        options["keep_secs"] = 60
    p = Client(env, version)
    s = Client(env, version, **options)
    expect(bool(s.session_present), False, "Session Present")
    s.subscribe(topic, 1)
    s.drop()
    for n in range(10):
        p.publish(topic, str(n), 1)
    s = Client(env, version, **options)
    expect(bool(s.session_present), True, "Session Present")
    s.wait(10)
    expect(s.payloads(), [str(n).encode() for n in range(10)])
    s.close()
    s = Client(env, version, client_id=client_id, clean=True)
    expect(bool(s.session_present), False, "Session Present")
    p.publish(topic, "lost", 1)
    time.sleep(0.2)
    expect(s.payloads(), [])
    s.close()
    p.close()


@register(V2)
def session_taken_over(env, version, api):
    client_id = f"twin-{os.getpid()}-{version}"
    first = Client(env, version, client_id=client_id)
    first.client._thread_terminate = True  # it shall not connect again
    second = Client(env, version, client_id=client_id)
    wait_for(lambda: first.ended is not None, "the first connection's end")
    if version == "5" and env.server == "gateway":  # [MQTT-3.1.4-3], mosquitto just closes
        expect(first.ended.value, 0x8E, "DISCONNECT")
    expect(second.subscribe(env.topic()), [0])
    second.close()


@case("paho-5-properties")
def properties(env):
    topic = env.topic()
    s, p = Client(env, "5"), Client(env, "5")
    subscription = Properties(PacketTypes.SUBSCRIBE)
    subscription.SubscriptionIdentifier = 300
    s.subscribe(topic, properties=subscription)
    sent = Properties(PacketTypes.PUBLISH)
    sent.PayloadFormatIndicator = 1
    sent.MessageExpiryInterval = 100
    sent.ContentType = "text/plain"
    sent.ResponseTopic = "answer"
    sent.CorrelationData = b"\x00\x01"
    sent.UserProperty = [("unit", "C"), ("unit", "K"), ("", "empty")]
    p.publish(topic, "21", 1, False, sent)
    s.wait(1)
    got = s.messages[0].properties
    expect(got.SubscriptionIdentifier, [300])
    for name in ("PayloadFormatIndicator", "ContentType", "ResponseTopic", "CorrelationData"):
        expect(getattr(got, name), getattr(sent, name), name)
    expect(got.UserProperty, sent.UserProperty)
    if not 98 <= got.MessageExpiryInterval <= 100:
        raise Fail(f"Message Expiry Interval {got.MessageExpiryInterval}")
    s.close()
    p.close()


@case("paho-5-subscription-options")
def options(env):
    topic = env.topic()
    c = Client(env, "5")
    c.publish(f"{topic}/kept", "kept", 1, True)
    c.subscribe(f"{topic}/kept", options=SubscribeOptions(1, retainHandling=2))
    c.subscribe(f"{topic}/own", options=SubscribeOptions(1, noLocal=True))
    c.subscribe(f"{topic}/flag", options=SubscribeOptions(1, retainAsPublished=True))
    c.subscribe(f"{topic}/plain", options=SubscribeOptions(1))
    c.publish(f"{topic}/own", "own", 1)
    c.publish(f"{topic}/flag", "flag", 1, True)
    c.publish(f"{topic}/plain", "plain", 1, True)
    c.wait(2)
    expect([(m.payload, m.retain) for m in c.messages], [(b"flag", True), (b"plain", False)])
    c.subscribe(f"{topic}/kept", options=SubscribeOptions(1, retainHandling=1))  # not a new one
    c.subscribe(f"{topic}/kept", options=SubscribeOptions(1, retainHandling=0))
    c.wait(3)
    expect([(m.payload, m.retain) for m in c.messages[2:]], [(b"kept", True)])
    for name in ("kept", "flag", "plain"):
        c.publish(f"{topic}/{name}", b"", 1, True)
    c.close()


@case("paho-5-shared-subscription")
def shared(env):
    topic = env.topic()
    group = [Client(env, "5") for _ in range(3)]
    for c in group:
        c.subscribe(f"$share/g/{topic}/#", 1)
    p = Client(env, "5")
    for n in range(60):
        p.publish(f"{topic}/{n}", str(n), 1)
    wait_for(lambda: sum(len(c.messages) for c in group) >= 60, "60 messages")
    time.sleep(0.2)
    got = sorted(int(payload) for c in group for payload in c.payloads())
    expect(got, list(range(60)))
    if not all(c.messages for c in group):
        raise Fail("one of three who share gets nothing")
    for c in [*group, p]:
        c.close()


@case("paho-5-session-expires")
def session_expires(env):
    client_id = f"paho-expires-{os.getpid()}"
    Client(env, "5", client_id=client_id, clean=False, keep_secs=1).close()
    kept = Client(env, "5", client_id=client_id, clean=False, keep_secs=1)
    expect(bool(kept.session_present), True, "Session Present at once")
    kept.close()
    time.sleep(2.5)
    new = Client(env, "5", client_id=client_id, clean=False)
    expect(bool(new.session_present), False, "Session Present after a second")
    new.close()
