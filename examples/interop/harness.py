"""What every case uses: processes that are watched and ended, waiting with a bound, raw sockets."""

import itertools
import os
import queue
import secrets
import signal
import socket
import subprocess
import threading
import time

HOST = "127.0.0.1"
VERSIONS = ("3.1.1", "5")
CASES = []  # (name, function, arguments, only against the gateway)
AT_END = []  # what is called when there is no more case
numbers = itertools.count(1)


class Fail(Exception):
    """Why a case does not hold."""


def case(name, *args, gateway_only=False):
    """Registers a function as a case; several of them make one case each."""

    def register(function):
        CASES.append((name, function, args, gateway_only))
        return function

    return register


class Env:
    """Where the servers listen, and where our programs lie."""

    def __init__(self, server, port, mosquitto_port, coap_port, http_port, bin_dir, gateway):
        self.gateway = gateway
        self.server, self.port, self.coap_port = server, port, coap_port
        self.mosquitto_port, self.http_port, self.bin_dir = mosquitto_port, http_port, bin_dir

    def program(self, name):
        return self.gateway if name == "gateway" else os.path.join(self.bin_dir, name)

    @staticmethod
    def topic():
        """A topic that no other case uses."""
        return f"interop/{os.getpid()}/{next(numbers)}"


class Proc:
    """A process whose output is read line by line, ended with the case that started it."""

    running = []

    def __init__(self, *args, stdin=None, output=None):
        self.name = os.path.basename(args[0])
        self.lines, self.queue = [], queue.Queue()
        self.process = subprocess.Popen(
            args,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.PIPE if output else subprocess.STDOUT,
        )
        Proc.running.append(self)
        source = self.process.stderr if output else self.process.stdout
        threading.Thread(target=self._read, args=(source,), daemon=True).start()
        if stdin is not None:
            self.process.stdin.write(stdin)
            self.process.stdin.close()

    def _read(self, source):
        for line in source:
            self.queue.put(line.decode(errors="replace").rstrip("\n"))
        self.queue.put(None)

    def line(self, word, timeout=10):
        """The next line that contains the word."""
        end = time.monotonic() + timeout
        while True:
            try:
                line = self.queue.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise Fail(f"{self.name} does not say '{word}', but {self.lines[-3:]}")
            self.lines.append(line)
            if word in line:
                return line

    def wait(self, timeout=10, code=0):
        """Waits for its end."""
        try:
            got = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Fail(f"{self.name} does not end") from None
        if code is not None and got != code:
            raise Fail(f"{self.name} ends with {got}: {self.rest()[-3:]}")

    def rest(self):
        """All lines, read to the end of the process."""
        while (line := self.queue.get(timeout=10)) is not None:
            self.lines.append(line)
        self.queue.put(None)
        return self.lines

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @staticmethod
    def end_all(keep=()):
        for process in [p for p in Proc.running if p not in keep]:
            process.kill()
            Proc.running.remove(process)


def expect(got, wanted, what=""):
    if got != wanted:
        raise Fail(f"{what} {short(got)}, not {short(wanted)}".strip())


def short(value):
    text = repr(value)
    return text if len(text) < 120 else text[:100] + ".."


def wait_for(condition, what, timeout=10):
    """Waits until it is true, and says how long that took."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > timeout:
            raise Fail(f"{what} not within {timeout} s")
        time.sleep(0.01)
    return time.monotonic() - start


def free_port():
    """Free for TCP and for UDP, and none that the system gives to clients: nor is the one 3,000 above it, which
    aiocoap takes for CoAP over WebSocket."""
    while True:
        port = secrets.choice(range(10_000, 29_768))
        with socket.socket() as s, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            try:
                s.bind((HOST, port))
                datagrams.bind((HOST, port))
            except OSError:
                continue
            return port


def wait_for_port(port, process, timeout=10):
    def listens():
        if process.process.poll() is not None:
            raise Fail(f"{process.name} ends at once: {process.rest()}")
        with socket.socket() as s:
            return s.connect_ex((HOST, port)) == 0

    wait_for(listens, f"{process.name} listens", timeout)


class Raw:
    """A connection on which we send what bytes we like."""

    def __init__(self, port):
        self.socket = socket.create_connection((HOST, port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise Fail(f"closed after {data.hex()}")
            data += part
        return data

    def packet(self):
        """The next packet: first byte and body."""
        first, shift, length = self.exactly(1)[0], 0, 0
        while True:
            byte = self.exactly(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return first, self.exactly(length)

    def message(self, version):
        """The next packet, which must be a PUBLISH."""
        return Message(version, *self.packet())

    def subscribe(self, version, *filters, **options):
        """Subscribes; returns the reason codes."""
        self.send(subscribe(version, *filters, **options))
        first, body = self.packet()
        if first != 0x90:
            raise Fail(f"a packet {first:02x} {body.hex()}, not a SUBACK")
        return body[2:] if version != "5" else body[3 + body[2] :]

    def silent(self, seconds=0.3):
        """Nothing comes, and the connection stays."""
        self.socket.settimeout(seconds)
        try:
            got = self.socket.recv(65536)
        except TimeoutError:
            self.socket.settimeout(5)
            return
        raise Fail(f"got {got.hex()} where nothing may come" if got else "closed")

    def until_closed(self, timeout=5):
        """All bytes until the peer closes."""
        self.socket.settimeout(timeout)
        data = b""
        try:
            while part := self.socket.recv(65536):
                data += part
        except ConnectionResetError:
            pass
        except TimeoutError:
            raise Fail(f"not closed within {timeout} s, got {data.hex()}") from None
        return data

    def connect(self, version, client_id=b"", **fields):
        """Sends CONNECT, expects that it is accepted, and returns the CONNACK's body."""
        self.send(connect(version, client_id, **fields))
        first, body = self.packet()
        if first != 0x20 or body[1] != 0:
            raise Fail(f"CONNACK {first:02x} {body.hex()}")
        return body


def text(data):
    return len(data).to_bytes(2, "big") + data


def block(version, properties=b""):
    """Properties with their length, at most 127; nothing in 3.1.1."""
    return bytes([len(properties)]) + properties if version == "5" else b""


def connect(
    version, client_id=b"", keep_alive=60, clean=True, will=None, properties=b"", will_properties=b""
):
    """A CONNECT; will: topic and payload."""
    level = 5 if version == "5" else 4
    body = text(b"MQTT") + bytes([level, (2 if clean else 0) | (4 if will else 0)])
    body += keep_alive.to_bytes(2, "big") + block(version, properties) + text(client_id)
    if will:
        body += block(version, will_properties) + text(will[0]) + text(will[1])
    return packet(0x10, body)


def subscribe(version, *filters, options=0, packet_id=1, properties=b""):
    """A SUBSCRIBE with the same options for all filters."""
    body = packet_id.to_bytes(2, "big") + block(version, properties)
    return packet(0x82, body + b"".join(text(f) + bytes([options]) for f in filters))


class Message:
    """A PUBLISH that has come, taken apart."""

    def __init__(self, version, first, body):
        if first >> 4 != 3:
            raise Fail(f"a packet {first:02x} {body.hex()}, not a PUBLISH")
        self.dup, self.qos, self.retain = bool(first & 8), first >> 1 & 3, bool(first & 1)
        end = 2 + int.from_bytes(body[:2], "big")
        self.topic, body = body[2:end], body[end:]
        self.id = None
        if self.qos:
            self.id, body = int.from_bytes(body[:2], "big"), body[2:]
        self.properties = b""
        if version == "5":
            end = 1 + body[0]  # shorter than 128 in all cases
            self.properties, body = body[1:end], body[end:]
        self.payload = body


def publish(version, topic, payload, first=0x30, packet_id=None, properties=b""):
    body = text(topic) + (packet_id.to_bytes(2, "big") if packet_id is not None else b"")
    return packet(first, body + block(version, properties) + payload)


def packet(first, body):
    length, rest = b"", len(body)
    while True:
        length += bytes([rest & 0x7F | (0x80 if rest > 0x7F else 0)])
        rest >>= 7
        if not rest:
            return bytes([first]) + length + body


def stop(process):
    """A process that is there but does nothing any more."""
    process.signal(signal.SIGSTOP)
