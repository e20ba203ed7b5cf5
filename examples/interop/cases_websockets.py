"""Python's `websockets`, and Node's `ws` and `undici` (the WebSocket that is in Node itself), as clients
of the gateway: what a library for MQTT never sends."""

import os

from harness import HOST, Fail, Proc, Raw, case, connect, expect, publish, subscribe
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as open_websocket

HERE = os.path.dirname(os.path.abspath(__file__))
CONNACK = b"\x20\x02\x00\x00"


def register(function):
    case(f"websockets-{function.__name__.replace('_', '-')}", gateway_only=True)(function)
    return function


def dial(env, **options):
    options = {"subprotocols": ["mqtt"], "compression": None, "max_size": None, **options}
    return open_websocket(f"ws://{HOST}:{env.http_port}/mqtt", **options)


class Mqtt:
    """MQTT 3.1.1 by hand, in binary messages of whatever cut."""

    def __init__(self, env, name=b"", **options):
        self.ws, self.data = dial(env, **options), b""
        self.ws.send(connect("3.1.1", name))
        expect(self.take(4), CONNACK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ws.close()

    def take(self, count):
        while len(self.data) < count:
            part = self.ws.recv(timeout=10)
            if isinstance(part, str):
                raise Fail(f"a text {part!r}")
            self.data += part
        part, self.data = self.data[:count], self.data[count:]
        return part

    def closed_with(self):
        try:
            while True:
                self.ws.recv(timeout=10)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@register
def any_cut_of_packets(env):
    """Packets in one message, a message for each byte, and fragments of one byte: what counts is the
    stream."""
    topic = env.topic().encode()
    payload = os.urandom(1000)
    packets = [subscribe("3.1.1", topic), publish("3.1.1", topic, payload)]
    wanted = b"\x90\x03\x00\x01\x00" + packets[1]
    for cut in ("whole", "bytes", "fragments"):
        with Mqtt(env) as client:
            stream = b"".join(packets)
            if cut == "whole":
                client.ws.send(stream)
            elif cut == "bytes":
                for byte in stream:
                    client.ws.send(bytes([byte]))
            else:
                client.ws.send(bytes([byte]) for byte in stream)
            expect(client.take(len(wanted)), wanted, cut)


@register
def large_messages(env):
    """Frames of 0 to 300,000 bytes, each length of the header."""
    topic = env.topic().encode()
    with Mqtt(env) as client:
        client.ws.send(subscribe("3.1.1", topic))
        expect(client.take(5), b"\x90\x03\x00\x01\x00")
        client.ws.send(b"")
        for size in (0, 1, 100, 125, 126, 65_500, 65_536, 300_000):
            sent = publish("3.1.1", topic, os.urandom(size))
            client.ws.send(sent)
            expect(client.take(len(sent)), sent, f"{size} bytes")


@register
def pings(env):
    """Also between the fragments of a message, and while nothing else is said."""
    topic = env.topic().encode()
    sent = publish("3.1.1", topic, b"x" * 500)
    with Mqtt(env, ping_interval=0.1, ping_timeout=5) as client:
        client.ws.send(subscribe("3.1.1", topic))
        expect(client.take(5), b"\x90\x03\x00\x01\x00")

        def pieces():
            for n in range(5):
                pong = client.ws.ping(b"p" * (25 * n + 25))
                yield sent[n * 100 : n * 100 + 100] if n < 4 else sent[400:]
                if not pong.wait(5):
                    raise Fail(f"no Pong for ping {n}")

        client.ws.send(pieces())
        expect(client.take(len(sent)), sent)
        try:
            client.ws.recv(timeout=0.5)
            raise Fail("a message where nothing may come")
        except TimeoutError:
            pass  # five Pings have been answered meanwhile, or it would be closed


@register
def close_codes(env):
    """Ours are echoed; what is wrong inside has its own."""
    for code, reason in ((1000, ""), (1001, "tab gone"), (3000, "x" * 123), (4999, "")):
        client = Mqtt(env)
        client.ws.close(code, reason)
        protocol = client.ws.protocol
        expect((protocol.close_rcvd and protocol.close_rcvd.code), code, "echoed:")
    for message, wanted in (("text", 1003), (b"\x00\x00", 1002), (b"\xe0\x00", 1000)):
        client = Mqtt(env)
        client.ws.send(message)
        got = client.closed_with()
        if message == b"\x00\x00":  # MQTT's fault: its connection ends, however
            expect(got in (1000, 1002, 1003, 1007, 1008), True, f"closed with {got}:")
        else:
            expect(got, wanted, f"{message!r}:")


@register
def handshakes(env):
    """Extensions are not agreed upon; a subprotocol must be."""
    with Mqtt(env, compression="deflate") as client:
        expect(client.ws.protocol.extensions, [], "extensions:")
        expect(client.ws.subprotocol, "mqtt")
    with Mqtt(env, subprotocols=["chat", "mqtt"]) as client:
        expect(client.ws.subprotocol, "mqtt")
    for options, wanted in (
        ({"subprotocols": ["chat"]}, 400),
        ({"subprotocols": None}, 400),
        ({"origin": "http://elsewhere.example"}, 403),
    ):
        try:
            dial(env, **options).close()
            raise Fail(f"{options} is accepted")
        except InvalidStatus as refused:
            expect(refused.response.status_code, wanted, f"{options}:")


@register
def faults_of_frames(env):
    """Frames that no library sends, and the code of the answer."""
    head = (
        f"GET /mqtt HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
    mask = b"\0\0\0\0"
    for frame, code in (
        (b"\x82\x00", 1002),  # unmasked
        (b"\x83\x80" + mask, 1002),  # a reserved opcode
        (b"\xa2\x80" + mask, 1002),  # a reserved bit
        (b"\x80\x80" + mask, 1002),  # a continuation of nothing
        (b"\x09\x80" + mask, 1002),  # a Ping in fragments
        (b"\x89\xfe\x00\x7e" + mask, 1002),  # a Ping of 126 bytes
        (b"\x82\xfe\x00\x01" + mask, 1002),  # a length in more bytes than it needs
        (b"\x88\x81" + mask + b"\x03", 1002),  # half a close code
        (b"\x88\x82" + mask + b"\x03\xed", 1002),  # 1005
        (b"\x88\x83" + mask + b"\x03\xe8\xff", 1007),  # a reason that is not UTF-8
    ):
        with Raw(env.http_port) as raw:
            raw.send(head.encode() + frame)
            data = raw.until_closed()
            answer = data.split(b"\r\n\r\n", 1)[1]
            expect(answer, b"\x88\x02" + code.to_bytes(2, "big"), frame.hex())


def node(env, library, name):
    url = f"ws://{HOST}:{env.http_port}/mqtt"
    process = Proc("node", os.path.join(HERE, "websocket.js"), library, name, url, env.topic())
    process.wait(20, code=None)
    if process.process.returncode:
        raise Fail(" ".join(process.rest())[:300])


for library, names in (
    ("undici", ("messages", "text", "refused", "close")),
    ("ws", ("messages", "fragments", "text", "refused", "close", "pings", "deflate")),
):
    for name in names:
        case(f"websockets-node-{library}-{name}", library, name, gateway_only=True)(node)
