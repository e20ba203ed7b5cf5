"""Bytes that no client sends: the right answer, and nobody else notices."""

import socket
import time

from harness import Fail, Raw, block, case, connect, expect, packet, publish, text

ID = b"\x00\x01"


def filters(version, body, properties=b""):
    """A SUBSCRIBE with what follows its properties."""
    return packet(0x82, ID + block(version, properties) + body)


def wrong(version):
    """What is wrong, its bytes, the reason code of 5.0."""
    five = version == "5"

    def pub(*args, **fields):
        return publish(version, *args, **fields)

    rows = [
        ("packet type 0", b"\x00\x00", 0x81),
        ("publish of QoS 3", pub(b"a", b"x", 0x36, 1), 0x81),
        ("DUP at QoS 0", pub(b"a", b"x", 0x38), 0x81),
        ("reserved flags", packet(0x80, ID + text(b"a") + b"\0"), 0x81),
        ("remaining length of five bytes", b"\x30\xff\xff\xff\xff\x01", 0x81),
        ("topic not UTF-8", pub(b"a\xff", b"x"), 0x81),
        ("null in a topic", pub(b"a\0b", b"x"), 0x81),
        ("topic beyond the packet", packet(0x30, b"\x00\x09abc"), 0x81),
        ("bytes behind PINGREQ", b"\xc0\x01\x00", 0x81),
        ("wildcard in a topic name", pub(b"a/+", b"x"), 0x81),
        ("misplaced # in a filter", filters(version, text(b"a/#/b") + b"\0"), 0x81),
        ("no topic name", pub(b"", b"x"), 0x82),
        ("packet identifier 0", pub(b"a", b"x", 0x32, 0), 0x82),
        ("SUBSCRIBE without filter", filters(version, b""), 0x82),
        ("subscription of QoS 3", filters(version, text(b"a") + b"\x03"), 0x82),
        ("second CONNECT", connect(version, b"again"), 0x82),
        ("CONNACK from a client", packet(0x20, b"\0\0\0" if five else b"\0\0"), 0x82),
        ("SUBACK from a client", packet(0x90, ID + (b"\0" if five else b"") + b"\0"), 0x82),
    ]
    if five:
        rows += [
            ("unknown property", pub(b"a", b"x", properties=b"\x07\x00"), 0x81),
            ("property of CONNECT in PUBLISH", pub(b"a", b"x", properties=b"\x21\x00\x01"), 0x81),
            ("reserved subscription option", filters(version, text(b"a") + b"\x40"), 0x81),
            ("property twice", pub(b"a", b"x", properties=b"\x01\x01\x01\x01"), 0x82),
            ("payload format 2", pub(b"a", b"x", properties=b"\x01\x02"), 0x82),
            ("subscription id 0", filters(version, text(b"a") + b"\0", b"\x0b\x00"), 0x82),
            ("subscription id from a client", pub(b"a", b"x", properties=b"\x0b\x01"), 0x82),
            ("retain handling 3", filters(version, text(b"a") + b"\x30"), 0x82),
            ("no local, shared", filters(version, text(b"$share/g/a") + b"\x04"), 0x82),
            ("AUTH without a method", b"\xf0\x02\x18\x00", 0x82),
            ("topic alias 0", pub(b"a", b"x", properties=b"\x23\x00\x00"), 0x94),
            ("topic alias too high", pub(b"a", b"x", properties=b"\x23\xff\xff"), 0x94),
        ]
    else:
        rows += [("AUTH in 3.1.1", b"\xf0\x00", None)]
    return rows


def bystander(env, topic):
    """A client that must notice nothing."""
    raw = Raw(env.port)
    raw.connect("3.1.1", topic.encode()[-20:])
    expect(raw.subscribe("3.1.1", topic.encode()), b"\0")
    return raw


def still_served(env, topic, other):
    with Raw(env.port) as raw:
        raw.connect("3.1.1")
        raw.send(publish("3.1.1", topic.encode(), b"fence"))
        expect(other.packet(), (0x30, text(topic.encode()) + b"fence"))


@case("raw-5-malformed-packets-get-their-reason-code", "5", gateway_only=True)
@case("raw-3.1.1-malformed-packets-close-the-socket", "3.1.1", gateway_only=True)
def malformed(env, version):
    topic = env.topic()
    bad = []
    with bystander(env, topic) as other:
        for what, data, code in wrong(version):
            with Raw(env.port) as raw:
                raw.connect(version)
                raw.send(data)
                got = raw.until_closed()
                # 5.0: a DISCONNECT with the code, perhaps with properties; 3.1.1: nothing.
                right = got[:1] == b"\xe0" and got[2:3] == bytes([code]) if code else got == b""
                if not (right if version == "5" else got == b""):
                    wanted = f", not {code:02x}" if version == "5" else ""
                    bad.append(f"{what}: got [{got.hex()}]{wanted}")
        still_served(env, topic, other)
    if bad:
        raise Fail("; ".join(bad))


@case("raw-malformed-connects-are-refused", gateway_only=True)
def malformed_connects(env):
    name = text(b"MQTT")
    rows = [
        ("5: reserved flag", packet(0x10, name + b"\x05\x03\0\x3c\0\0\0"), b"\x81"),
        ("5: will QoS 3", packet(0x10, name + b"\x05\x1e\0\x3c\0\0\0\0\0\0\0\0"), b"\x81"),
        ("5: receive maximum 0", packet(0x10, name + b"\x05\x02\0\x3c\x03\x21\0\0\0\0"), b"\x82"),
        ("version 6", packet(0x10, name + b"\x06\x02\0\x3c\0\0\0"), b"\x84\x01"),
        ("MQIsdp", packet(0x10, text(b"MQIsdp") + b"\x03\x02\0\x3c\0\0"), b"\x84\x01"),
        ("3.1.1: reserved flag", packet(0x10, name + b"\x04\x03\0\x3c\0\0"), b""),
        ("3.1.1: no identifier to keep", packet(0x10, name + b"\x04\x00\0\x3c\0\0"), b"\x02"),
    ]
    bad = []
    for what, data, codes in rows:
        with Raw(env.port) as raw:
            raw.send(data)
            got = raw.until_closed()
            # [MQTT-3.1.4-1]: closed, and a CONNACK may tell why; which one, the version says.
            told = got[:1] == b"\x20" and got[2:3] == b"\0" and got[3:4] in codes and codes
            if got != b"" and not told:
                bad.append(f"{what}: got [{got.hex()}]")
            if got == b"" and what.endswith("to keep"):  # 3.1.1 [MQTT-3.1.3-8]
                bad.append(f"{what}: no CONNACK")
    if bad:
        raise Fail("; ".join(bad))


@case("raw-other-protocols-are-refused-at-the-first-byte", gateway_only=True)
def other_protocols(env):
    topic = env.topic()
    bad = []
    with bystander(env, topic) as other:
        for what, data in [
            ("HTTP", b"G"),
            ("TLS", b"\x16"),
            ("AMQP", b"A"),
            ("SSH", b"S"),
            ("zeros", b"\0"),
            ("PUBLISH before CONNECT", b"\x30"),
            ("a whole request", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ]:
            with Raw(env.port) as raw:
                raw.send(data)
                try:
                    got = raw.until_closed(2)
                except Fail as error:
                    bad.append(f"{what}: {error}")
                    continue
                if len(got) > 0:
                    bad.append(f"{what}: got [{got.hex()}]")
        still_served(env, topic, other)
    if bad:
        raise Fail("; ".join(bad))


@case("raw-3.1.1-publish-in-one-segment-with-connect", "3.1.1")
@case("raw-5-publish-in-one-segment-with-connect", "5")
def one_segment(env, version):
    topic = env.topic()
    with bystander(env, topic) as other, Raw(env.port) as raw:
        raw.send(connect(version) + publish(version, topic.encode(), b"hello") + b"\xe0\x00")
        expect(other.packet(), (0x30, text(topic.encode()) + b"hello"))


@case("raw-3.1.1-byte-by-byte", "3.1.1")
@case("raw-5-byte-by-byte", "5")
def byte_by_byte(env, version):
    topic = env.topic()
    with bystander(env, topic) as other, Raw(env.port) as raw:
        for byte in connect(version) + publish(version, topic.encode(), b"hello"):
            raw.send(bytes([byte]))
            time.sleep(0.001)
        expect(other.packet(), (0x30, text(topic.encode()) + b"hello"))


@case("raw-messages-in-front-of-a-reset", gateway_only=True)
def before_a_reset(env):
    """Who closes with the CONNACK unread resets the connection; what was sent has been sent."""
    topic = env.topic()
    with bystander(env, topic) as other:
        for n in range(20):
            with Raw(env.port) as raw:
                raw.send(connect("3.1.1", keep_alive=0))
                raw.socket.recv(1, socket.MSG_PEEK)
                for qos in (0, 1):
                    sent = publish("3.1.1", topic.encode(), b"%d" % n, 0x30 | qos << 1, qos or None)
                    raw.send(sent)
            for _ in range(2):
                expect(other.packet(), (0x30, text(topic.encode()) + b"%d" % n))


@case("raw-keep-alive-ends-after-one-and-a-half", gateway_only=True)
def keep_alive(env):
    for version in ("3.1.1", "5"):
        with Raw(env.port) as raw:
            start = time.monotonic()
            raw.connect(version, keep_alive=1)
            got = raw.until_closed()
            after = time.monotonic() - start
            if not 1.45 <= after <= 3:
                raise Fail(f"{version}: closed after {after:.2f} s")
            expect(got[:1] + got[2:3], b"\xe0\x8d" if version == "5" else b"")


@case("raw-qos-2-is-published-once-however-often-it-comes")
def qos_2(env):
    for version in ("3.1.1", "5"):
        topic = env.topic()
        with bystander(env, topic) as other, Raw(env.port) as raw:
            raw.connect(version)
            sent = publish(version, topic.encode(), b"x", 0x34, 1)
            for dup in (0, 8):
                raw.send(bytes([sent[0] | dup]) + sent[1:])
                expect(raw.packet(), (0x50, ID))
            for _ in range(2):  # the second time as if PUBCOMP had been lost
                raw.send(packet(0x62, ID))
                first, body = raw.packet()
                expect((first, body[:2]), (0x70, ID))
            expect(other.packet(), (0x30, text(topic.encode()) + b"x"))
            other.silent()


@case("raw-5-too-large-a-packet-is-refused-at-its-fixed-header", gateway_only=True)
def too_large(env):
    for version in ("3.1.1", "5"):
        with Raw(env.port) as raw:
            raw.connect(version)
            raw.send(b"\x30\xff\xff\xff\x7f")  # 256 MiB, and not a byte of it
            got = raw.until_closed()
            expect(got[:1] + got[2:3], b"\xe0\x95" if version == "5" else b"")


@case("raw-a-will-stays-unsaid-after-disconnect")
def no_will(env):
    topic = env.topic()
    for version in ("3.1.1", "5"):
        with bystander(env, f"{topic}/{version}") as other:
            name = f"{topic}/{version}".encode()
            with Raw(env.port) as raw:
                raw.connect(version, will=(name, b"gone"))
                raw.send(b"\xe0\x00")
                raw.until_closed()
            still_served(env, f"{topic}/{version}", other)
            with Raw(env.port) as raw:
                raw.connect(version, will=(name, b"gone"))
            expect(other.packet(), (0x30, text(name) + b"gone"))


@case("raw-5-disconnect-with-will")
def disconnect_with_will(env):
    topic = env.topic()
    with bystander(env, topic) as other, Raw(env.port) as raw:
        raw.connect("5", will=(topic.encode(), b"gone"))
        raw.send(b"\xe0\x01\x04")
        expect(other.packet(), (0x30, text(topic.encode()) + b"gone"))
