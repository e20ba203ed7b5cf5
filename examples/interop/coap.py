"""What the CoAP cases use beside harness.py: messages by hand over UDP and TCP, libcoap's client."""

import os
import re
import socket
import subprocess

from differential.messages import message, over_tcp
from differential.reading import Bad, read_options
from harness import HOST, Fail, Proc, Raw, expect

CON, NON, ACK, RST = range(4)
SCHEMES = {"udp": "coap", "tcp": "coap+tcp"}
PATH, QUERY, FORMAT, ACCEPT, OBSERVE, BLOCK2, LOCATION = 11, 15, 12, 17, 6, 23, 8
LINKS = 40  # application/link-format


def code(text):
    """0.01 as a number."""
    return int(text[0]) << 5 | int(text[2:])


def path(text):
    """Uri-Path options."""
    return [(PATH, segment.encode()) for segment in text.strip("/").split("/")]


class Got:
    """A message that has come, taken apart."""

    def __init__(self, head, data):
        self.type, self.id = head
        self.code = f"{data[0] >> 5}.{data[0] & 31:02}"
        self.token, rest = data[1 : 1 + self.token_length], data[1 + self.token_length :]
        try:
            self.options, self.payload = read_options(rest)
        except Bad as why:
            raise Fail(f"got {data.hex()}, but {why}") from None

    def all(self, number):
        return [value for n, value in self.options if n == number]

    def summary(self):
        return self.type, self.code, self.id, self.token


class Datagram(Got):
    def __init__(self, data):
        if len(data) < 4 or data[0] >> 6 != 1 or data[0] & 15 > 8:
            raise Fail(f"got {data.hex()}, which is no message")
        self.size, self.token_length = len(data), data[0] & 15
        super().__init__((data[0] >> 4 & 3, data[2] << 8 | data[3]), data[1:2] + data[4:])


class Udp:
    """A socket of our own, from which we send what bytes we like."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((HOST, port))
        self.last_id = int.from_bytes(os.urandom(2), "big")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def next_id(self):
        self.last_id = (self.last_id + 1) & 0xFFFF
        return self.last_id

    def send(self, data):
        self.socket.send(data)

    def receive(self, timeout=2):
        """The next message; None if there is none in time."""
        self.socket.settimeout(timeout)
        try:
            return Datagram(self.socket.recv(65536))
        except (TimeoutError, ConnectionRefusedError):
            return None

    def ask(self, data, timeout=2):
        self.send(data)
        got = self.receive(timeout)
        if got is None:
            raise Fail(f"no answer to {data.hex()}")
        return got

    def request(self, method, where, options=(), payload=b"", kind=CON, token=b"\x71\x72"):
        """The response to a request; options in addition to the path."""
        options = sorted([*path(where), *options], key=lambda pair: pair[0])
        return self.ask(message(kind, code(method), self.next_id(), token, options, payload))

    def drain(self, quiet=0.2):
        """All messages until none comes for a while."""
        got = []
        while (one := self.receive(quiet)) is not None:
            got.append(one)
        return got

    def silent(self, seconds=0.15):
        if (got := self.receive(seconds)) is not None:
            raise Fail(f"got {got.summary()} where nothing may come")


class Frame(Got):
    """A message over TCP."""

    def __init__(self, first, data):
        self.token_length = first & 15
        super().__init__((None, None), data)


class Tcp(Raw):
    """A connection on which we send what bytes we like, and take messages from."""

    def receive(self):
        """The next message."""
        first = self.exactly(1)[0]
        if first & 15 > 8:
            raise Fail(f"a frame that begins with {first:02x}")
        length = first >> 4
        if length >= 13:
            more = self.exactly(1 << (length - 13))
            length = int.from_bytes(more, "big") + {13: 13, 14: 269, 15: 65805}[length]
        return Frame(first, self.exactly(1 + (first & 15) + length))

    def csm(self):
        """Exchanges CSMs."""
        self.send(b"\x00\xe1")
        got = self.receive()
        expect(got.code, "7.01", "first message:")
        return got

    def until_closed(self, timeout=5):
        """All messages until the peer closes."""
        self.socket.settimeout(timeout)
        got = []
        try:
            while True:
                got.append(self.receive())
        except (Fail, ConnectionError):
            return got
        except TimeoutError:
            raise Fail(f"not closed within {timeout} s, got {[g.code for g in got]}") from None


def frame(code_text, token=b"", options=(), payload=b""):
    """A message over TCP."""
    options = sorted(options, key=lambda pair: pair[0])
    return over_tcp(message(CON, code(code_text), 0, token, options, payload))


class Answer:
    """What libcoap's client has seen: the last code, the options of that message, the payload."""

    def __init__(self, lines, payload):
        self.lines, self.payload = lines, payload
        seen = [re.search(r" c:(\d\.\d\d) .*?\[ (.*?)\]", line) for line in lines]
        self.messages = [(m[1], m[2].strip()) for m in seen if m]
        self.code, self.options = self.messages[-1] if self.messages else (None, "")


def coap_client(env, uri, *args, method="get", timeout=15):
    """Runs libcoap's client to its end."""
    out = os.path.join(env.scratch, "coap-client.out")
    if os.path.exists(out):
        os.remove(out)
    proc = Proc("coap-client-notls", "-v", "6", "-m", method, "-o", out, *args, uri)
    proc.wait(timeout)
    payload = b""
    if os.path.exists(out):
        with open(out, "rb") as f:
            payload = f.read()
    return Answer(proc.rest(), payload)


def mosquitto_pub(env, topic, payload, *args):
    """Publishes over MQTT; the payload is text or the name of a file after `-f`."""
    what = ["-m", payload] if payload is not None else []
    command = ["mosquitto_pub", "-h", HOST, "-p", str(env.port), "-q", "1", "-t", topic, *what, *args]
    subprocess.run(command, check=True, timeout=10, capture_output=True)


def mosquitto_sub(env, topic, count=1):
    """A subscriber that is ready; prints a line 'MSG retain topic payload' for each message."""
    args = ["-h", HOST, "-p", str(env.port), "-d", "-F", "MSG %r %t %p", "-t", topic, "-C", str(count)]
    proc = Proc("stdbuf", "-oL", "mosquitto_sub", *args)
    proc.line("received SUBACK")
    return proc
