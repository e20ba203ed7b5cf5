"""CoAP bytes that no client sends: the right answer, and nobody else notices."""

import os
import random

from coap import ACCEPT, ACK, BLOCK2, CON, LINKS, NON, OBSERVE, RST, FORMAT
from coap import Tcp, Udp, code, frame, message, mosquitto_pub, path
from differential.messages import datagrams, header
from harness import Fail, case, expect

ID = 0x7A01
GET = 1


def malformed(kind):
    """What is wrong, and the datagram."""
    get = header(kind, GET, ID)
    first = 0x40 | kind << 4
    return [
        ("token past the end", bytes([first | 8]) + get[1:] + b"\x01"),
        ("Token Length 9", bytes([first | 9]) + get[1:] + bytes(9)),
        ("Token Length 12", bytes([first | 12]) + get[1:] + bytes(12)),
        ("Token Length 15", bytes([first | 15]) + get[1:] + bytes(300)),
        ("Option Delta 15", get + b"\xf1x"),
        ("Option Length 15", get + b"\xbf" + bytes(20)),
        ("option past the end", get + b"\xb4abc"),
        ("delta cut", get + b"\xe0\x01"),
        ("length cut", get + b"\x0d"),
        ("option number 65536", get + b"\xe0\xfe\xf3"),
        ("marker without payload", get + b"\xb1a\xff"),
        ("Empty with a token", bytes([first | 1, 0]) + get[2:] + b"\x01"),
        ("Empty with an option", bytes([first, 0]) + get[2:] + b"\xb1a"),
        ("Empty with a payload", bytes([first, 0]) + get[2:] + b"\xffx"),
        ("request of class 1", header(kind, code("1.01"), ID)),
        ("code of class 3", header(kind, code("3.00"), ID)),
        ("signalling over UDP", header(kind, code("7.01"), ID)),
    ]


@case("coap-raw-malformed-confirmable-gets-a-reset", gateway_only=True)
def malformed_confirmable(env):
    """RFC 7252 section 4.2."""
    bad = []
    with Bystander(env) as other:
        for what, data in malformed(CON):
            with Udp(env.coap_port) as udp:
                udp.send(data)
                got = udp.receive()
                if got is None or got.summary() != (RST, "0.00", ID, b""):
                    bad.append(f"{what}: {got and got.summary()}")
                elif got.size != 4:
                    bad.append(f"{what}: {got.size} bytes")
        other.notices_nothing()
    if bad:
        raise Fail("; ".join(bad))


@case("coap-raw-other-malformed-datagrams-get-silence", gateway_only=True)
def malformed_others(env):
    """RFC 7252 sections 4.2 and 4.3; all sockets wait at once."""
    rows = [(f"{what}, type {kind}", d) for kind in (NON, ACK, RST) for what, d in malformed(kind)]
    for version in (0x00, 0x80, 0xC0):  # section 3: silently ignored
        rows.append(("another version", bytes([version | 1]) + header(0, GET, ID)[1:] + b"\x01\xb2ps"))
        rows.append(("another version, malformed", bytes([version | 15, 1, 0, 0])))
    rows += [("less than a header", header(0, GET, ID)[:n]) for n in range(4)]
    rows += [("acknowledgement of nothing", header(ACK, 0, ID)), ("reset of nothing", header(RST, 0, ID))]
    rows += [("piggybacked response", message(ACK, code("2.05"), ID, b"\x01", (), b"x"))]
    rows += [("response nobody asked for", message(NON, code("2.05"), ID, b"\x01", (), b"x"))]
    rows += [("request in an acknowledgement", message(ACK, GET, ID, b"\x01"))]
    rows += [("request in a reset", message(RST, GET, ID, b"\x01", path("ps/x")))]
    with Bystander(env) as other:
        sockets = [(what, Udp(env.coap_port)) for what, _ in rows]
        for (_, udp), (_, data) in zip(sockets, rows):
            udp.send(data)
        other.notices_nothing()
        bad = []
        for what, udp in sockets:
            if (got := udp.receive(0.005)) is not None:
                # Section 4.3: who rejects a Non-confirmable message may reset it.
                if not ("type 1" in what or "nobody asked" in what) or got.type != RST:
                    bad.append(f"{what}: {got.summary()}")
            udp.socket.close()
    if bad:
        raise Fail("; ".join(bad))


@case("coap-raw-what-a-confirmable-message-deserves", gateway_only=True)
def confirmable(env):
    with Udp(env.coap_port) as udp:
        got = udp.ask(header(CON, 0, ID))  # section 4.3: ping
        expect(got.summary(), (RST, "0.00", ID, b""), "ping:")
        got = udp.ask(message(CON, code("2.05"), ID, b"\x01", (), b"x"))
        expect(got.summary(), (RST, "0.00", ID, b""), "response nobody asked for:")
        got = udp.ask(message(CON, 31, ID, b"\x01"))  # section 5.8
        expect(got.summary(), (ACK, "4.05", ID, b"\x01"), "method 0.31:")


@case("coap-raw-options", gateway_only=True)
def options(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "21.5", "-r")
    at, link_format = f"ps/{topic}", LINKS.to_bytes(1, "big")
    rows = [
        # RFC 7252 section 5.4.1: critical and unknown; elective and unknown.
        ("unknown critical", "0.01", at, [(65001, b"x")], "4.02"),
        ("unknown elective", "0.01", at, [(65000, b"x")], "2.05"),
        # 5.4.3: of a wrong length is as unknown.
        ("If-None-Match of 1 byte", "0.01", at, [(5, b"x")], "4.02"),
        ("Accept of 3 bytes", "0.01", at, [(ACCEPT, b"\0\0\1")], "4.02"),
        ("Uri-Host of 0 bytes", "0.01", at, [(3, b"")], "4.02"),
        ("ETag of 9 bytes", "0.01", at, [(4, bytes(9))], "2.05"),
        ("Size2 of 9 bytes", "0.01", at, [(28, bytes(9))], "2.05"),
        # 5.4.5: what comes again and may not is as unknown.
        ("Accept twice", "0.01", at, [(ACCEPT, b""), (ACCEPT, b"")], "4.02"),
        ("Content-Format twice", "0.01", at, [(FORMAT, b""), (FORMAT, b"")], "2.05"),
        # 5.7.2: we are no proxy.
        ("Proxy-Uri", "0.01", at, [(35, b"coap://example/x")], "5.05"),
        ("Proxy-Scheme", "0.01", at, [(39, b"http")], "5.05"),
        # RFC 7959 section 2.2: SZX 7 is reserved over UDP.
        ("Block2 of SZX 7", "0.01", at, [(BLOCK2, b"\x07")], "4.00"),
        ("Block2 past the end", "0.01", at, [(BLOCK2, b"\xff\x02")], "4.00"),
        ("Block2 of 4 bytes", "0.01", at, [(BLOCK2, bytes(4))], "4.02"),
        ("Accept of links", "0.01", ".well-known/core", [(ACCEPT, link_format)], "2.05"),
        ("Accept of CBOR", "0.01", ".well-known/core", [(ACCEPT, b"\x3c")], "4.06"),
        # 3.2: a string is UTF-8.
        ("path not UTF-8", "0.03", "ps", [(11, b"\xff")], "4.02"),
        ("topic with a wildcard", "0.03", f"{at}/+", [], "4.00"),
        ("null in a topic", "0.03", at, [(11, b"a\0b")], "4.00"),
    ]
    bad = []
    for what, method, where, more, wanted in rows:
        for kind in (CON, NON):
            with Udp(env.coap_port) as udp:
                number = udp.next_id()
                sent = message(
                    kind, code(method), number, b"tk", sorted(path(where) + more, key=lambda o: o[0])
                )
                udp.send(sent)
                rejected = wanted == "4.02" and kind == NON
                got = udp.receive(0.1 if rejected else 2)
                if rejected:
                    # Section 5.4.1: a Non-confirmable message is rejected instead.
                    right = got is None or got.summary() == (RST, "0.00", number, b"")
                    right = right or (got.code, got.token) == ("4.02", b"tk")
                else:
                    right = got and (got.code, got.token) == (wanted, b"tk")
                    right = right and (got.type, got.id) == (ACK, number) if kind == CON else right
                    right = right and got.type == NON if kind == NON else right
                if not right:
                    bad.append(f"{what}, type {kind}: {got and got.summary()}, not {wanted}")
    if bad:
        raise Fail("; ".join(bad))


@case("coap-raw-no-answer-is-three-times-the-request", gateway_only=True)
def amplification(env):
    """To addresses that have not proved themselves; each request from a new socket."""
    topic = env.topic()
    for n in range(30):
        mosquitto_pub(env, f"{topic}/{n}", "x" * 1000, "-r")
    requests = [
        message(CON, 0, ID),
        message(CON, GET, ID, b"", path(".well-known/core")),
        message(NON, GET, ID, b"", path(".well-known/core")),
        message(CON, GET, ID, b"", [*path(".well-known/core"), (15, b"rt=*")]),
        message(CON, GET, ID, b"", [*path(f"ps/{topic}/1")]),
        message(NON, GET, ID, b"12345678", [*path(f"ps/{topic}/1")]),
        message(CON, GET, ID, b"", [(OBSERVE, b""), *path(f"ps/{topic}/1")]),
        message(CON, GET, ID, b"", [*path(f"ps/{topic}/1"), (BLOCK2, b"\x06")]),
        message(CON, GET, ID, b"", [*path(f"ps/{topic}/1"), (BLOCK2, b"\x16")]),
        message(CON, 5, ID, b"", [*path("ps"), (FORMAT, b"")], b"#"),
        message(CON, GET, ID, b"", path("rd-lookup/res")),
        message(CON, GET, ID, b"", path("no")),
        message(CON, GET, ID),
        message(CON, GET, ID, b"", [(65001, b"")]),
        message(CON, 31, ID),
        header(CON, GET, ID)[:4] + b"\xff",
    ]
    bad = []
    for data in requests:
        with Udp(env.coap_port) as udp:
            udp.send(data)
            size = sum(got.size for got in udp.drain())
            if size > 3 * len(data):
                bad.append(f"{size} bytes for the {len(data)} of {data.hex()}")
    if bad:
        raise Fail("; ".join(bad))


@case("coap-raw-bad-datagrams-disturb-nobody", gateway_only=True)
def bad_among_good(env):
    """2000 mutated messages, and between them clients that must be served."""
    mutated = random.Random(7).sample(list(datagrams(7, 6000)), 2000)
    bad = []
    with Bystander(env) as other, Udp(env.coap_port) as hostile:
        for n, data in enumerate(mutated):
            hostile.send(data)
            if n % 100 == 99:
                other.notices_nothing()
                for got in hostile.drain(0.005):
                    if got.type == RST and got.code != "0.00":
                        bad.append(f"{got.summary()}")
        hostile.drain(0.05)
        got = hostile.request("0.01", ".well-known/core")
        expect(got.code, "2.05")
    if bad:
        raise Fail("; ".join(bad[:3]))


class Bystander:
    """Observes a topic over UDP and over TCP, and must notice nothing."""

    def __init__(self, env):
        self.env, self.topic, self.count = env, env.topic(), 0
        mosquitto_pub(env, self.topic, "0", "-r")
        self.udp, self.tcp = Udp(env.coap_port), Tcp(env.coap_port)
        got = self.udp.request("0.01", f"ps/{self.topic}", [(OBSERVE, b"")], token=b"see")
        expect((got.code, got.payload), ("2.05", b"0"))
        self.tcp.csm()
        self.tcp.send(frame("0.01", b"see", [(OBSERVE, b""), *path(f"ps/{self.topic}")]))
        got = self.tcp.receive()
        expect((got.code, got.payload), ("2.05", b"0"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.udp.socket.close()
        self.tcp.socket.close()

    def notices_nothing(self):
        """The next value comes, and nothing before it."""
        self.count += 1
        value = str(self.count).encode()
        with Udp(self.env.coap_port) as udp:
            got = udp.request("0.03", f"ps/{self.topic}", payload=value)
            expect(got.code, "2.04")
        got = self.udp.receive()
        if got is None:
            raise Fail("an observer gets nothing any more")
        expect((got.code, got.token, got.payload), ("2.05", b"see", value))
        if got.type == CON:
            self.udp.send(header(ACK, 0, got.id))
        got = self.tcp.receive()
        expect((got.code, got.token, got.payload), ("2.05", b"see", value))


@case("coap-raw-a-reset-ends-an-observation", gateway_only=True)
def reset_ends(env):
    """RFC 7641 section 3.6."""
    topic = env.topic()
    mosquitto_pub(env, topic, "0", "-r")
    with Udp(env.coap_port) as udp:
        got = udp.request("0.01", f"ps/{topic}", [(OBSERVE, b"")])
        expect(len(got.all(OBSERVE)), 1)
        mosquitto_pub(env, topic, "1", "-r")
        got = udp.receive()
        expect(got and got.payload, b"1")
        udp.send(header(RST, 0, got.id))
        mosquitto_pub(env, topic, "2", "-r")
        udp.silent(0.3)


@case("coap-raw-tcp-signalling", gateway_only=True)
def signalling(env):
    """RFC 8323 section 5."""
    with Tcp(env.coap_port) as tcp:
        csm = tcp.csm()
        expect(csm.token, b"", "token of the CSM:")
        tcp.send(frame("7.02", b"ping"))
        got = tcp.receive()
        expect((got.code, got.token), ("7.03", b"ping"))
        tcp.send(b"\x00\x00")  # Empty: ignored
        tcp.send(frame("7.02", b"", [(2, b"")]))  # with Custody
        expect(tcp.receive().code, "7.03")
        tcp.send(frame("7.01", b"", [(2, b"\x08\x00"), (4, b""), (8, b"elective and unknown")]))
        # A request and what releases the connection: the answer comes before the end.
        tcp.send(frame("0.01", b"last", path(".well-known/core")) + frame("7.04"))
        got = tcp.until_closed()
        if not got or (got[0].code, got[0].token) != ("2.05", b"last"):
            raise Fail(f"{[g.code for g in got]} before the end")


@case("coap-raw-tcp-abort", gateway_only=True)
def abort(env):
    rows = [
        ("request without CSM", frame("0.01", b"", path("ps/x"))),
        ("Ping without CSM", frame("7.02")),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("TLS", bytes.fromhex("16030100a5010000a10303") + bytes(170)),
        ("MQTT", b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"),
        ("Token Length 15", b"\x00\xe1\x0f\x01"),
        ("option past the end", b"\x00\xe1" + b"\x20\x01\xb4a"),
        ("marker without payload", b"\x00\xe1" + b"\x10\x01\xff"),
        ("Empty with an option", b"\x00\xe1" + b"\x20\x00\xb1a"),
        ("too large", b"\x00\xe1" + b"\xf0\xff\xff\xff\xff\x01"),
    ]
    bad = []
    with Bystander(env) as other:
        for what, data in rows:
            with Tcp(env.coap_port) as tcp:
                tcp.send(data)
                try:
                    codes = [g.code for g in tcp.until_closed(3)]
                except Fail as error:
                    bad.append(f"{what}: {error}")
                    continue
                # Our side may say its CSM before it has seen theirs; the Abort is the last word.
                if codes not in (["7.05"], ["7.01", "7.05"]):
                    bad.append(f"{what}: {codes}")
        with Tcp(env.coap_port) as tcp:  # a critical option of a CSM is named
            tcp.send(frame("7.01", b"", [(9, b"")]))
            got = tcp.until_closed()
            if not got or got[-1].code != "7.05" or got[-1].all(2) != [b"\x09"]:
                bad.append(f"Bad-CSM-Option: {[(g.code, g.options) for g in got]}")
        with Tcp(env.coap_port) as tcp:  # their Abort: nothing more is said
            tcp.csm()
            tcp.send(frame("7.05"))
            expect([g.code for g in tcp.until_closed()], [])
        other.notices_nothing()
    if bad:
        raise Fail("; ".join(bad))


@case("coap-raw-tcp-any-cut", gateway_only=True)
def cuts(env):
    topic, payload = env.topic(), os.urandom(700)
    sent = b"\x00\xe1" + frame("0.03", b"a", path(f"ps/{topic}"), payload)
    sent += frame("0.01", b"b", path(f"ps/{topic}")) + frame("0.01", b"c", path("none"))
    for step in (1, 7, len(sent)):
        with Tcp(env.coap_port) as tcp:
            for at in range(0, len(sent), step):
                tcp.send(sent[at : at + step])
            got = [tcp.receive() for _ in range(4)]
            codes = [(g.code, g.token) for g in got]
            put = "2.01" if step == 1 else "2.04"
            expect(codes, [("7.01", b""), (put, b"a"), ("2.05", b"b"), ("4.04", b"c")])
            expect(got[2].payload, payload)
