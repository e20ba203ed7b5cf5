"""The bare-metal publisher of firmware/: MQTT by each of its transports, and how it fails."""

import base64
import hashlib
import os
import re
import socket
import time

from cases_firmware import QEMU, register, said, weight
from coap import coap_client, mosquitto_pub, mosquitto_sub
from harness import HOST, Fail, Proc, case, expect, free_port
from web import curl, want

# What an image is called after the features that it is built with.
UART, TCP = "mqtt-publisher-uart", "mqtt-publisher-uart-tcp"
WEBSOCKET, WEBSOCKET_TCP = "mqtt-publisher-uart-websocket", "mqtt-publisher-uart-tcp-websocket"
OK = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
CONNACK = b"\x20\x03\0\0\0"


def publisher(env, name, port):
    """The image, its UART or its TCP connection at that port."""
    line = ["-serial", f"tcp:{HOST}:{port}"]
    if "tcp" in name:
        # 10.0.2.2 is this host for who is behind QEMU's network.
        line = ["-nic", "user", "-semihosting-config", f"arg=publisher,arg=10.0.2.2:{port}"]
    return Proc(*QEMU, *line, "-kernel", os.path.join(env.images, name))


def publishes(env, name, seconds):
    """All that it says is heard over MQTT, the retained message over HTTP and CoAP too; it shows what it
    is told, and leaves without its Will. Silent for longer than a read waits, it pings."""
    port = env.http_port if "websocket" in name else env.port
    curl(env, "topics/firmware/readings", "-X", "DELETE")
    subscriber = mosquitto_sub(env, "firmware/#", 7)
    proc = publisher(env, name, port)
    proc.line("subscribed firmware/shown")
    time.sleep(seconds)
    mosquitto_pub(env, "firmware/shown", "21.5 °C")
    mosquitto_pub(env, "firmware/shown", "x" * 200)
    mosquitto_pub(env, "firmware/shown", "end", "-q", "0")
    lines = said(proc)
    sent = [line.split()[1] for line in lines if line.startswith("sent ")]
    wanted = ["connected over MQTT 5", *(f"sent {uptime}" for uptime in sent), "acknowledged 3"]
    wanted += ["subscribed firmware/shown", "shown 21.5 \\xc2\\xb0C", "shown " + "x" * 200, "shown end"]
    expect((lines[:-1], len(sent)), (wanted, 3))

    subscriber.wait()
    heard = [line[4:] for line in subscriber.rest() if line.startswith("MSG ")]
    wanted = [f"0 firmware/uptime_ms {uptime}" for uptime in sent] + ["0 firmware/readings 3"]
    wanted += [f"0 firmware/shown {text}" for text in ("21.5 °C", "x" * 200, "end")]
    expect(heard, wanted)
    want(curl(env, "topics/firmware/readings"), 200, b"3")
    expect(coap_client(env, f"coap://{HOST}:{env.coap_port}/ps/firmware/readings").payload, b"3")
    return weight(env, name, lines)


# One of them long enough for a ping.
for name, seconds in ((UART, 0), (TCP, 0), (WEBSOCKET, 3.5), (WEBSOCKET_TCP, 0)):
    case(f"firmware-{name.replace('-uart-', '-')}", name, seconds, gateway_only=True)(publishes)


def accept(head):
    """The field that answers a key."""
    key = re.search(rb"Sec-WebSocket-Key: (.{24})\r\n", head)[1]
    proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return b"Sec-WebSocket-Accept: " + base64.b64encode(proof) + b"\r\n"


def ask(env, name, answer):
    """What the image says to a server that gives that answer to its first words, and closes."""
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(10)
        proc = publisher(env, name, server.getsockname()[1])
        peer, _ = server.accept()
        with peer:
            peer.settimeout(10)
            asked = b""
            while b"\r\n\r\n" not in asked and not asked.endswith(b"firmware/lost\0\0"):
                asked += peer.recv(1000)
            peer.sendall(answer(asked) if callable(answer) else answer)
            peer.shutdown(socket.SHUT_WR)
            while part := peer.recv(1000):
                asked += part
    return " ".join(said(proc, code=1)), asked


@register
def publisher_is_refused(env):
    """No WebSocket there, another key's answer, another protocol; no HTTP; no MQTT."""
    for name, answer, why in (
        (WEBSOCKET, b"HTTP/1.1 404 Not Found\r\n\r\n", "the status is 404"),
        (WEBSOCKET, lambda head: OK + accept(b"Sec-WebSocket-Key: " + b"A" * 24 + b"\r\n") + b"\r\n", "another key"),
        (WEBSOCKET, lambda head: OK + accept(head) + b"Sec-WebSocket-Protocol: coap\r\n\r\n", "not offered"),
        (WEBSOCKET_TCP, b"\x20\x02\0\0\r\n\r\n", "no handshake"),
        (WEBSOCKET_TCP, b"", "the gateway has ended the connection"),
        (WEBSOCKET_TCP, lambda head: OK + accept(head) + b"\r\n\x82\x05\x20\x03\0\x87\0", "refuses: Not authorized"),
        (UART, b"\x20\x03\0\x87\0", "the gateway refuses: Not authorized"),
        (TCP, b"HTTP/1.1 400 Bad Request\r\n\r\n", "fixed header"),
    ):
        lines, _ = ask(env, name, answer)
        if why not in lines:
            raise Fail(f"{name}: {lines}, nothing of {why}")
    proc = publisher(env, WEBSOCKET_TCP, free_port())
    if "nobody listens there" not in (lines := " ".join(said(proc, code=1))):
        raise Fail(lines)


def unmasked(asked):
    """Opcodes, masks and payloads of the frames behind the head of a request."""
    rest, frames = asked.split(b"\r\n\r\n", 1)[1], []
    while rest:
        if rest[0] & 0xF0 != 0x80 or not 0x80 <= rest[1] < 0x80 + 126:
            raise Fail(f"{rest[:8].hex()} is no short masked frame")
        end, mask = 6 + (rest[1] & 127), rest[2:6]
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(rest[6:end]))
        frames.append((rest[0] & 15, mask, payload))
        rest = rest[end:]
    return frames


@register
def publisher_and_a_gateway_that_goes(env):
    """With Close, with a frame that must not be, within a frame, between two: it says why, and answers
    with Close where it may. The CONNACK comes with the 101."""
    for frames, why, close in (
        (b"\x88\x02\x03\xe9", "the gateway has ended the connection", 1001),
        (b"\x82\x81ABCDx", "masked", 1002),
        (b"\x81\x01x", "text", 1003),
        (b"\x82\x05\x30", "ended without Close at byte 3", None),
        (b"", "ended without Close at byte 0", None),
    ):
        answer = lambda head: OK + accept(head) + b"\r\n\x82\x05" + CONNACK + frames
        said, asked = ask(env, WEBSOCKET_TCP, answer)
        if not said.startswith("connected over MQTT 5") or why not in said:
            raise Fail(f"{frames}: {said}, nothing of {why}")
        sent = unmasked(asked)
        if len({mask for _, mask, _ in sent}) < len(sent):
            raise Fail(f"a mask is used twice: {sent}")
        expect(b"".join(payload for opcode, _, payload in sent if opcode == 2)[:8], b"\x10\x2C\0\x04MQTT")
        closes = [payload for opcode, _, payload in sent if opcode == 8]
        expect(closes, [close.to_bytes(2, "big")] if close else [], frames)
