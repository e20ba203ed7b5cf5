"""What sessions promise, packet by packet: redelivery, quotas, limits, expiry, delays."""

import os
import time

from harness import VERSIONS, Fail, Raw, case, connect, expect, packet, publish, wait_for

FOR_EVER = b"\x11\xff\xff\xff\xff"  # Session Expiry Interval


def keep(version):
    """The CONNECT of a session that is kept."""
    return {"clean": False, "properties": FOR_EVER if version == "5" else b""}


def register(function):
    for version in VERSIONS:
        name = function.__name__.replace("_", "-")
        case(f"session-{version}-{name}", version)(function)
    return function


def acknowledge(raw, message):
    raw.send(packet(0x40, message.id.to_bytes(2, "big")))


def send(env, version, topic, *payloads, qos=1, properties=b"", retain=0):
    """Publishes from a connection of its own, and waits until the server has it all."""
    with Raw(env.port) as raw:
        raw.connect(version)
        for n, payload in enumerate(payloads, 1):
            packet_id = n if qos else None
            first = 0x30 | qos << 1 | retain
            raw.send(publish(version, topic, payload, first, packet_id, properties))
            if qos:
                expect(raw.packet()[0], 0x40)
        raw.send(b"\xc0\x00")
        expect(raw.packet(), (0xD0, b""))
        raw.send(b"\xe0\x00")


@register
def unacknowledged_messages_come_again(env, version):
    topic, name = env.topic().encode(), f"again-{os.getpid()}-{version}".encode()
    with Raw(env.port) as raw:
        raw.connect(version, name, **keep(version))
        raw.subscribe(version, topic, options=1)
        send(env, version, topic, b"one", b"two", b"three")
        got = [raw.message(version) for _ in range(3)]
        expect([(m.payload, m.dup) for m in got], [(p, False) for p in (b"one", b"two", b"three")])
        expect(len({m.id for m in got}), 3)
        acknowledge(raw, got[1])
        raw.send(b"\xc0\x00")
        expect(raw.packet(), (0xD0, b""))
    with Raw(env.port) as raw:
        expect(raw.connect(version, name, **keep(version))[0], 1, "Session Present")
        again = [raw.message(version) for _ in range(2)]
        expect(
            [(m.payload, m.dup, m.id) for m in again],
            [(b"one", True, got[0].id), (b"three", True, got[2].id)],
        )
        for message in again:
            acknowledge(raw, message)
        raw.silent()
        raw.send(b"\xe0\x00")


@register
def qos_0_and_1_keep_their_order(env, version):
    topic = env.topic().encode()
    with Raw(env.port) as raw:
        raw.connect(version)
        raw.subscribe(version, topic, options=1)
        data = b"".join(
            publish(version, topic, b"%d" % n, 0x30 | (n & 1) << 1, n if n & 1 else None)
            for n in range(1, 101)
        )
        with Raw(env.port) as sender:
            sender.connect(version)
            sender.send(data)
            for _ in range(50):
                expect(sender.packet()[0], 0x40)
        got = []
        for _ in range(100):
            got.append(raw.message(version))
            if got[-1].qos:
                acknowledge(raw, got[-1])
        for kind in (0, 1):
            own = [int(m.payload) for m in got if m.qos == kind]
            expect(own, [n for n in range(1, 101) if n & 1 == kind])


@register
def a_filter_subscribed_to_twice_is_one(env, version):
    topic = env.topic().encode()
    with Raw(env.port) as raw:
        raw.connect(version)
        send(env, version, topic, b"kept", retain=1)
        for options in (0, 1):
            expect(raw.subscribe(version, topic, options=options), bytes([options]))
            message = raw.message(version)  # the retained message comes each time
            expect((message.retain, message.qos), (True, options))
            if options:
                acknowledge(raw, message)
        send(env, version, topic, b"live")
        message = raw.message(version)
        expect((message.payload, message.qos), (b"live", 1))
        acknowledge(raw, message)
        raw.silent()
        send(env, version, topic, b"", retain=1)


@register
def a_new_connection_takes_over(env, version):
    name, topic = f"over-{os.getpid()}-{version}".encode(), env.topic().encode()
    with Raw(env.port) as watcher, Raw(env.port) as old, Raw(env.port) as new:
        watcher.connect(version)
        watcher.subscribe(version, topic)
        old.connect(version, name, will=(topic, b"gone"))
        new.connect(version, name)
        got = old.until_closed()
        if env.server == "gateway":  # mosquitto closes without a word
            expect(got[:1] + got[2:3], b"\xe0\x8e" if version == "5" else b"")
        expect(watcher.message(version).payload, b"gone")
        new.silent()


# mosquitto 2.0 sends one too many after the first acknowledgement.
@case("session-5-receive-maximum-is-kept-to", gateway_only=True)
def receive_maximum(env):
    topic = env.topic().encode()
    with Raw(env.port) as raw:
        raw.connect("5", properties=b"\x21\x00\x02")
        raw.subscribe("5", topic, options=1)
        send(env, "5", topic, b"1", b"2", b"3", b"4")
        got = [raw.message("5") for _ in range(2)]
        raw.silent()
        acknowledge(raw, got[0])
        got.append(raw.message("5"))
        raw.silent()
        acknowledge(raw, got[1])
        got.append(raw.message("5"))
        expect([m.payload for m in got], [b"1", b"2", b"3", b"4"])


@case("session-5-maximum-packet-size-of-the-client-is-kept-to")
def maximum_packet_size(env):
    topic = env.topic().encode()
    with Raw(env.port) as raw:
        raw.connect("5", properties=b"\x27\x00\x00\x00\x80")
        raw.subscribe("5", topic, options=1)
        send(env, "5", topic, b"x" * 200, b"small")
        message = raw.message("5")
        expect(message.payload, b"small")
        acknowledge(raw, message)
        raw.silent()


@case("session-5-expired-messages-are-not-delivered")
def message_expiry(env):
    topic, name = env.topic().encode(), f"expiry-{os.getpid()}".encode()
    with Raw(env.port) as raw:
        raw.connect("5", name, **keep("5"))
        raw.subscribe("5", topic, topic + b"/kept", options=1)
        raw.send(b"\xe0\x00")
    send(env, "5", topic, b"short", properties=b"\x02\x00\x00\x00\x01")
    send(env, "5", topic, b"long", properties=b"\x02\x00\x00\x00\x64")
    send(env, "5", topic + b"/other", b"kept", retain=1, properties=b"\x02\x00\x00\x00\x01")
    time.sleep(2.1)
    with Raw(env.port) as raw:
        raw.connect("5", name, **keep("5"))
        message = raw.message("5")
        expect(message.payload, b"long")
        left = int.from_bytes(message.properties[1:], "big")
        if message.properties[:1] != b"\x02" or not 90 <= left <= 98:
            raise Fail(f"properties {message.properties.hex()}, not what is left of 100 s")
        acknowledge(raw, message)
        raw.subscribe("5", topic + b"/other")  # a retained message expires too
        raw.silent()
        raw.send(b"\xe0\x00")


@case("session-5-will-delay")
def will_delay(env):
    topic, name = env.topic().encode(), f"delay-{os.getpid()}".encode()
    delay = {"will": (topic, b"gone"), "will_properties": b"\x18\x00\x00\x00\x01"}
    with Raw(env.port) as watcher:
        watcher.connect("5")
        watcher.subscribe("5", topic)
        with Raw(env.port) as raw:
            raw.connect("5", name, **keep("5"), **delay)
        with Raw(env.port) as raw:  # it is back in time
            raw.connect("5", name, **keep("5"), **delay)
            watcher.silent(2)
        start = time.monotonic()
        expect(watcher.message("5").payload, b"gone")
        if time.monotonic() - start < 0.9:
            raise Fail("the will does not wait")


# mosquitto 2.0 waits for the whole delay.
@case("session-5-the-end-of-the-session-ends-the-delay", gateway_only=True)
def will_delay_ends(env):
    topic = env.topic().encode()
    with Raw(env.port) as watcher:
        watcher.connect("5")
        watcher.subscribe("5", topic)
        with Raw(env.port) as raw:
            raw.connect("5", will=(topic, b"gone"), will_properties=b"\x18\x00\x00\x00\x64")
        expect(watcher.message("5").payload, b"gone")


@case("session-5-an-identifier-is-assigned")
def assigned(env):
    names = set()
    for _ in range(3):
        with Raw(env.port) as raw:
            body = raw.connect("5")
            at = body.find(b"\x12", 3)
            if at < 0:
                raise Fail(f"no Assigned Client Identifier in {body.hex()}")
            names.add(body[at + 3 : at + 3 + int.from_bytes(body[at + 1 : at + 3], "big")])
    expect(len(names), 3)


@case("session-5-topic-alias")
def topic_alias(env):
    topic = env.topic().encode()
    with Raw(env.port) as raw, Raw(env.port) as sender:
        raw.connect("5")
        raw.subscribe("5", topic, topic + b"/2")
        body = sender.connect("5")
        if b"\x22\x00" not in body:
            raise Fail(f"no Topic Alias Maximum in {body.hex()}")
        sender.send(publish("5", topic, b"named", properties=b"\x23\x00\x01"))
        sender.send(publish("5", b"", b"alias", properties=b"\x23\x00\x01"))
        sender.send(publish("5", topic + b"/2", b"renamed", properties=b"\x23\x00\x01"))
        sender.send(publish("5", b"", b"alias", properties=b"\x23\x00\x01"))
        got = [raw.message("5") for _ in range(4)]
        expect([m.topic for m in got], [topic, topic, topic + b"/2", topic + b"/2"])
        # It is the sender's alias, not ours.
        expect([m.properties for m in got], [b""] * 4)


@case("session-5-subscription-identifiers-of-all-that-match")
def subscription_ids(env):
    topic = env.topic().encode()
    with Raw(env.port) as raw:
        raw.connect("5")
        raw.subscribe("5", topic + b"/+", properties=b"\x0b\x01")
        raw.subscribe("5", topic + b"/#", properties=b"\x0b\xc8\x01")
        send(env, "5", topic + b"/x", b"1", qos=0)
        # One copy with both, or a copy for each. MQTT 5.0 section 3.3.4
        ids = raw.message("5").properties
        if len(ids) < 5:
            ids += raw.message("5").properties
        expect(ids in (b"\x0b\x01\x0b\xc8\x01", b"\x0b\xc8\x01\x0b\x01"), True, ids.hex())
        raw.silent()


@case("session-the-gateway-outlives-a-subscriber-that-reads-nothing", gateway_only=True)
def slow_subscriber(env):
    topic = env.topic().encode()

    def memory():
        with open(f"/proc/{env.server_pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    before = memory()
    with Raw(env.port) as slow, Raw(env.port) as quick, Raw(env.port) as sender:
        for raw in (slow, quick):
            raw.connect("3.1.1")
            raw.subscribe("3.1.1", topic)
        sender.connect("3.1.1")
        payload = b"x" * 100_000
        for n in range(1000):  # 100 MB that one does not read
            sender.send(publish("3.1.1", topic, b"%d " % n + payload))
            got = quick.message("3.1.1").payload
            expect(got[:8], (b"%d " % n + payload)[:8])
        grown = (memory() - before) // 1024
        if grown > 80:
            raise Fail(f"the gateway has grown by {grown} MiB")


@case("session-the-gateway-outlives-connections-that-say-nothing", gateway_only=True)
def many_connections(env):
    idle = []
    try:
        # More than it lets in at once; the rest is turned away.
        for _ in range(1200):
            idle.append(Raw(env.port))
    except OSError as error:
        raise Fail(f"{len(idle)} connections: {error}") from None
    finally:
        for raw in idle:
            raw.socket.close()

    def lets_in():
        try:
            with Raw(env.port) as raw:
                raw.connect("5")
            return True
        except (Fail, OSError):
            return False

    wait_for(lets_in, "the gateway lets a client in again")


@case("session-5-clients-that-come-and-go", gateway_only=True)
def come_and_go(env):
    """A thousand connections, one after the other, each with a session of its own."""
    topic = env.topic().encode()
    with Raw(env.port) as watcher:
        watcher.connect("5")
        watcher.subscribe("5", topic)
        for n in range(1000):
            with Raw(env.port) as raw:
                raw.send(connect("5", b"c%d" % n) + publish("5", topic, b"%d" % n) + b"\xe0\x00")
                expect(watcher.message("5").payload, b"%d" % n)
