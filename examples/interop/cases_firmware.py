"""The bare-metal images of firmware/ whose UART is a TCP connection: a client at the gateway, and a
server for curl."""

import json
import os
import re
import socket
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "../../firmware"))

import elf
from coap import mosquitto_sub
from harness import HOST, Fail, Proc, case, expect, free_port, wait_for_port
from web import Http, curl, request, url, want

QEMU = ["qemu-system-arm", "-M", "lm3s6965evb", "-display", "none", "-monitor", "none"]
QEMU += ["-semihosting-config", "enable=on,target=native"]
MEASURED, CONVERTED = "topics/firmware/measured", "topics/firmware/converted"
JSON = ("-H", "Content-Type: application/json")


def register(function):
    case(f"firmware-{function.__name__.replace('_', '-')}", gateway_only=True)(function)
    return function


def image(env, name, port, options=""):
    """An image, its UART a TCP connection to that port, or with options from it."""
    program = os.path.join(env.images, name)
    return Proc(*QEMU, "-serial", f"tcp:{HOST}:{port}{options}", "-kernel", program)


def said(proc, code=0):
    """All that an image says, after its end; QEMU itself has a word on the board's timers."""
    proc.wait(timeout=30, code=code)
    return [line for line in proc.rest() if not line.startswith("Timer with period")]


def weight(env, name, lines):
    """Bytes of flash, and of stack as the image says, with its buffers."""
    sections = elf.sections(os.path.join(env.images, name))
    flash = sum(s.size for s in sections if s.name in (".vectors", ".text", ".rodata", ".data"))
    for line in lines:
        if found := re.fullmatch(r"stack .+: (\d+)", line):
            return f"{flash} bytes of flash, {found[1]} of stack"
    raise Fail(f"no stack in {lines}")


def forget(env):
    """The topics of the client have no message."""
    for topic in (MEASURED, CONVERTED):
        curl(env, topic, "-X", "DELETE")
        want(curl(env, topic), 404)


@register
def client_gets_and_posts(env):
    """Twice: the second post replaces a message. What it posts is there over HTTP and MQTT."""
    forget(env)
    for millicelsius, millifahrenheit, status in ((21_500, 70_700, 201), (-40_000, -40_000, 204)):
        measured = json.dumps({"sensor": "boiler", "millicelsius": millicelsius, "more": [1, "x"]})
        converted = '{"sensor":"boiler","millifahrenheit":%d}' % millifahrenheit
        want(curl(env, MEASURED, "-X", "PUT", *JSON, "-d", measured), status, b"")
        subscriber = mosquitto_sub(env, "firmware/converted", 1 if status == 201 else 2)
        lines = said(image(env, "http-client", env.http_port))
        expect(lines[:3], [f"GET 200 {measured}", f"POST {status} ", f"GET 200 {converted}"])
        got = want(curl(env, CONVERTED), 200, converted.encode())
        expect(got.get("Content-Type"), "application/json")
        subscriber.line(f"MSG 0 firmware/converted {converted}")
    forget(env)
    return weight(env, "http-client", lines)


@register
def client_fails_without_a_message(env):
    forget(env)
    lines = said(image(env, "http-client", env.http_port), code=1)
    if not lines[0].startswith("GET 404") or "nothing was measured" not in " ".join(lines):
        raise Fail(f"{lines}")


@register
def client_refuses_bad_answers(env):
    """Bad JSON, both framings at once, more content than it takes, an end before the end."""
    ok = b"HTTP/1.1 200 OK\r\n"
    for answer, why in (
        (ok + b"Content-Length: 9\r\n\r\nnot JSON\n", "not what is measured"),
        (ok + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (ok + b"Content-Length: 129\r\n\r\n" + b"x" * 129, "longer than the limit"),
        (ok + b"Transfer-Encoding: chunked\r\n\r\n+2\r\nhi\r\n0\r\n\r\n", "chunk size"),
        (ok + b"Content-Length: 2\r\n\r\nh", "TimedOut"),
    ):
        with socket.create_server((HOST, 0)) as server:
            server.settimeout(10)
            proc = image(env, "http-client", server.getsockname()[1])
            peer, _ = server.accept()
            with peer:
                peer.settimeout(10)
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += peer.recv(1000)
                expect(asked.split(b"\r\n")[0], f"GET /{MEASURED} HTTP/1.1".encode())
                peer.sendall(answer)
                lines = said(proc, code=1)
        if why not in " ".join(lines):
            raise Fail(f"{lines}, nothing of {why}")


class Page:
    """The server image, and a port for its clients, one at a time."""

    def __init__(self, env):
        self.env, self.port = env, free_port()
        self.proc = image(env, "http-server", self.port, ",server=on,wait=off")
        wait_for_port(self.port, self.proc)

    def curl(self, where, *args, **more):
        return curl(self.env, where, *args, port=self.port, **more)

    def end(self):
        """It ends when it is asked to, with success."""
        self.curl("end", "-X", "POST")
        return said(self.proc)


@register
def server_and_curl(env):
    page = Page(env)
    got = want(page.curl(""), 200)
    expect(got.get("Content-Type"), "text/html; charset=utf-8")
    if not got.body.startswith(b"<!doctype html>") or not got.body.endswith(b"</html>\n"):
        raise Fail(f"{got.body}")
    head = want(page.curl("", "-I"), 200, b"")
    expect(head.fields, got.fields)
    expect(head.get("Content-Length"), str(len(got.body)))

    values = [json.loads(want(page.curl("value"), 200).body) for _ in range(2)]
    expect([value["requests"] for value in values], [3, 4])
    if not 0 < values[0]["uptime_ms"] <= values[1]["uptime_ms"]:
        raise Fail(f"{values}")
    expect(want(page.curl("value", "-I"), 200).get("Content-Type"), "application/json")

    want(page.curl("no/such"), 404, b"There is nothing here\n")
    for where, method, allow in (("", "PUT", "GET, HEAD"), ("value", "DELETE", "GET, HEAD"), ("end", "GET", "POST")):
        expect(want(page.curl(where, "-X", method), 405).get("Allow"), allow)
    # Content is read and dropped; after a question, or unasked.
    want(page.curl("", "-d", "x" * 1000), 405)
    want(page.curl("", "-d", "x" * 1000, "-H", "Expect: 100-continue"), 405)
    want(page.curl("value", "-T", "-", body=b"x" * 500), 405)
    want(page.curl("", "-0"), 200, got.body)

    want(page.curl("end", "-X", "POST"), 204, b"")
    lines = said(page.proc)
    expect(lines[:3], ["GET /", "HEAD /", "GET /value"])
    return weight(env, "http-server", lines)


@register
def server_keeps_connections(env):
    page = Page(env)
    # Two by curl: the second makes no connection of its own.
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", "20", "-w", "%{num_connects} %{http_code}\n"]
    command += [arg for where in ("value", "") for arg in ("-o", os.devnull, url(env, where, page.port))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    expect(done.stdout, "1 200\n0 200\n", done.stderr)

    with Http(page.port) as raw:  # byte by byte, and nine at once
        for byte in request("GET", "/value"):
            raw.send(bytes([byte]))
        expect(json.loads(raw.answer().body)["requests"], 3)
        raw.send(request("GET", "/value") * 8 + request("HEAD", "/"))
        expect([json.loads(raw.answer().body)["requests"] for _ in range(8)], list(range(4, 12)))
        expect(raw.answer("HEAD").status, 200)
        expect(raw.ask("GET", "/", "Connection: close").get("Connection"), "close")
    expect(json.loads(want(page.curl("value"), 200).body)["requests"], 14)
    page.end()


@register
def server_refuses(env):
    """An error is answered by its status; what follows is not a request, until the line is silent."""
    page = Page(env)
    host = b"Host: x\r\n"
    hidden = (b"POST /end HTTP/1.1\r\n" + host + b"\r\n") * 60  # more than it can hold
    for bytes_, status in (
        (b"GET /\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n" + host + b"\r\n", 505),
        (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 1025\r\n\r\n", 413),
        (b"GET /" + b"x" * 1024 + b" HTTP/1.1\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + host + b"A: " + b"x" * 1024 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + host + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + host + b"Content-Length: +1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + host + b"Expect: more\r\n\r\n", 417),
    ):
        with Http(page.port) as raw:
            raw.send(bytes_ + hidden)
            answer = raw.answer()
            expect((answer.status, answer.get("Connection")), (status, "close"), bytes_[:40])
        page.proc.line("refused")
    want(page.curl("value"), 200)
    page.end()


@register
def server_cuts_slow_clients(env):
    """Half a head, and nothing more: 408 after two seconds, and then the next one is served."""
    page = Page(env)
    with Http(page.port) as raw:
        raw.send(b"GET / HTTP/1.1\r\nHost")
        start = time.monotonic()
        expect(raw.answer().status, 408)
        seconds = time.monotonic() - start
    if not 1.9 < seconds < 5:
        raise Fail(f"after {seconds:.1f} s")
    page.proc.line("refused: a peer that is too slow")
    want(page.curl("value"), 200)
    page.end()
