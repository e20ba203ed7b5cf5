"""CoAP over WebSocket by hand, RFC 8323 section 4: Python's `websockets` carries what bytes we like."""

import os
import ssl

from cases_tls import Tls
from coap import HOST, OBSERVE, Got, code, message, mosquitto_pub, path
from harness import Fail, case, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

WHERE = "/.well-known/coap"
CSM = b"\x00\xe1"


class Message(Got):
    def __init__(self, data):
        if not isinstance(data, bytes) or len(data) < 2 or data[0] > 8:
            raise Fail(f"got {data!r}, which is no message")
        self.token_length = data[0]
        super().__init__((None, None), data[1:])


def coap(code_text, token=b"", options=(), payload=b""):
    """A message; its options behind the head are those of UDP."""
    options = sorted(options, key=lambda pair: pair[0])
    over_udp = message(0, code(code_text), 0, token, options, payload)
    return bytes([len(token), code(code_text)]) + over_udp[4:]


class WebSocket:
    """A connection on which we send what messages we like."""

    def __init__(self, env, scheme="ws", **options):
        uri = f"{scheme}://{HOST}:{env.http_port}{WHERE}"
        options = {"subprotocols": ["coap"], "ping_interval": None, "compression": None, **options}
        self.inside = connect(uri, proxy=None, **options)
        expect(self.inside.subprotocol, "coap")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.inside.close()

    def send(self, data):
        """A whole message, or the fragments of one."""
        self.inside.send(data)

    def receive(self, timeout=5):
        return Message(self.inside.recv(timeout))

    def csm(self):
        self.send(CSM)
        got = self.receive()
        expect(got.code, "7.01", "first message:")
        return got

    def ask(self, data):
        self.send(data)
        return self.receive()

    def until_closed(self):
        """The codes of all messages, and that of Close."""
        codes = []
        try:
            while True:
                codes.append(self.receive().code)
        except ConnectionClosed as closed:
            return codes, closed.rcvd and closed.rcvd.code


@case("coap-websocket-raw-signalling", gateway_only=True)
def signalling(env):
    """RFC 8323 section 5, and Pings of WebSocket, though they should not be."""
    with WebSocket(env) as ws:
        csm = ws.csm()
        expect((csm.token, csm.all(2), csm.all(4)), (b"", [b"\x01\x00\x00"], [b""]))
        got = ws.ask(coap("7.02", b"ping"))
        expect((got.code, got.token), ("7.03", b"ping"))
        ws.send(coap("0.00"))  # Empty: ignored
        expect(ws.ask(coap("7.02", b"", [(2, b"")])).all(2), [b""], "custody:")
        if not ws.inside.ping(b"of WebSocket").wait(5):
            raise Fail("no Pong")
        ws.send(coap("7.01", b"", [(2, b"\x08\x00"), (4, b""), (8, b"elective and unknown")]))
        ws.send(coap("0.01", b"last", path(".well-known/core")))
        ws.send(coap("7.04"))
        expect(ws.until_closed(), (["2.05"], 1000), "release:")
    with WebSocket(env) as ws:
        ws.csm()
        ws.send(coap("7.05"))
        expect(ws.until_closed(), ([], 1000), "abort:")


@case("coap-websocket-raw-fragments", gateway_only=True)
def fragments(env):
    topic, payload = env.topic(), os.urandom(60_000)
    with WebSocket(env) as ws:
        ws.csm()
        put = coap("0.03", b"put", path(f"ps/{topic}"), payload)
        for size, code_text in ((1, "2.01"), (1000, "2.04"), (len(put), "2.04")):
            ws.send(put[n : n + size] for n in range(0, len(put), size))
            got = ws.receive()
            expect((got.code, got.token), (code_text, b"put"), f"fragments of {size}:")
        # The client's Max-Message-Size is the base value, 1152, and it takes no blocks.
        expect(ws.ask(coap("0.01", b"get", path(f"ps/{topic}"))).code, "5.00")
        ws.send(coap("7.01", b"", [(2, b"\x01\x00\x00"), (4, b"")]))
        expect(ws.ask(coap("0.01", b"get", path(f"ps/{topic}"))).payload, payload)


@case("coap-websocket-raw-what-is-wrong", gateway_only=True)
def wrong(env):
    """What is told of it, and with which code the connection closes; others notice nothing."""
    get = coap("0.01", b"t", path("ps/x"))
    rows = [
        ("a text", [CSM, "text"], [], 1003),
        ("an empty text", [CSM, ""], [], 1003),
        ("an empty message", [CSM, b""], ["7.05"], 1007),
        ("half a head", [CSM, b"\x00"], ["7.05"], 1007),
        ("with a length, as over TCP", [CSM, b"\x20\x01\xb1a"], ["7.05"], 1007),
        ("Token Length 9", [CSM, b"\x09\x01" + bytes(9)], ["7.05"], 1007),
        ("Token Length 15", [CSM, b"\x0f\x01" + bytes(40)], ["7.05"], 1007),
        ("token past the end", [CSM, b"\x08\x01ab"], ["7.05"], 1007),
        ("option past the end", [CSM, b"\x00\x01\xb4a"], ["7.05"], 1007),
        ("marker without payload", [CSM, b"\x00\x01\xff"], ["7.05"], 1007),
        ("Empty with an option", [CSM, b"\x00\x00\xb1a"], ["7.05"], 1007),
        ("two in one", [CSM, b"\x00\xe2\x00\xe2"], ["7.05"], 1007),
        ("over UDP", [CSM, b"\x40\x01\x00\x01\xb2ps"], ["7.05"], 1007),
        ("a request without CSM", [get], ["7.05"], 1002),
        ("a Ping without CSM", [coap("7.02")], ["7.05"], 1002),
        ("a critical option of CSM", [coap("7.01", b"", [(9, b"")])], ["7.05"], 1002),
        ("too large", [CSM, coap("0.03", b"", path("ps/x"), bytes(1 << 16))], [], 1009),
        ("too large in fragments", [CSM, [get, *[bytes(1000)] * 66]], [], 1009),
    ]
    bad = []
    with WebSocket(env) as other:
        topic = env.topic()
        mosquitto_pub(env, topic, "0", "-r")
        other.csm()
        other.send(coap("0.01", b"see", [(OBSERVE, b""), *path(f"ps/{topic}")]))
        expect(other.receive().payload, b"0")
        for what, messages, told, close in rows:
            with WebSocket(env) as ws:
                expect(ws.receive().code, "7.01")
                try:
                    for one in messages:
                        ws.send(one)
                except ConnectionClosed:
                    pass  # before all of it was sent
                got = ws.until_closed()
                if got != (told, close):
                    bad.append(f"{what}: {got}")
        mosquitto_pub(env, topic, "1", "-r")
        got = other.receive()
        expect((got.token, got.payload), (b"see", b"1"))
    if bad:
        raise Fail("; ".join(bad))


@case("coap-websocket-handshakes", gateway_only=True)
def handshakes(env):
    for status, options in (
        (400, {"subprotocols": None}),
        (400, {"subprotocols": ["mqtt", "chat"]}),
        (403, {"origin": "http://elsewhere.example"}),
        (403, {"additional_headers": {"Sec-Fetch-Site": "cross-site"}}),
    ):
        try:
            WebSocket(env, **options)
        except InvalidStatus as refused:
            expect(refused.response.status_code, status, str(options))
        else:
            raise Fail(f"taken: {options}")
    with WebSocket(env, subprotocols=["chat", "coap"], origin=f"http://{HOST}:{env.http_port}") as ws:
        ws.csm()
    with WebSocket(env, compression="deflate") as ws:  # an extension, which is not taken
        expect(ws.inside.protocol.extensions, [])
        ws.csm()


@case("coap-websocket-tls", gateway_only=True)
def over_tls(env):
    tls = Tls(env)
    trust = ssl.create_default_context(cafile=tls.cert)
    with WebSocket(tls.env, "wss", ssl=trust) as ws:
        ws.csm()
        expect(ws.ask(coap("0.03", b"put", path("ps/a"), b"x")).code, "2.01")
        expect(ws.ask(coap("0.01", b"get", path("ps/a"))).payload, b"x")
        ws.send(coap("7.04"))
        expect(ws.until_closed(), ([], 1000))
