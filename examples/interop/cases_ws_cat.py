"""Our client (`ws-cat`) against servers of Python's `websockets`, mosquitto and the gateway."""

import logging
import os
import ssl
import subprocess
import threading
import time

from cases_nginx import websocket_proxy
from harness import HOST, Fail, Proc, case, connect, expect, free_port, publish, subscribe, wait_for_port
from web import certificate
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import serve

# What our client makes of a server that refuses is told by our client.
logging.getLogger("websockets").setLevel(logging.CRITICAL)

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 100_000, 1 << 20)


def cat(env, url, *args, body=b"", code=0, says=None):
    """What it writes to standard output."""
    command = [env.program("ws-cat"), *args, url]
    done = subprocess.run(command, input=body, capture_output=True, timeout=20)
    said = done.stderr.decode()
    if done.returncode != code:
        raise Fail(f"ws-cat {args} ends with {done.returncode}, not {code}: {said[-300:]}")
    if says is not None and says not in said:
        raise Fail(f"ws-cat {args} says {said!r}, not {says!r}")
    return done.stdout


class Server:
    """`websockets` in this process."""

    def __init__(self, handler, **options):
        self.errors, self.ended = [], threading.Event()

        def handle(ws):
            try:
                handler(ws)
            except Exception as error:  # it is told at the end of the case
                self.errors.append(error)
            ws.close()
            self.code = ws.protocol.close_rcvd and ws.protocol.close_rcvd.code
            self.ended.set()

        options = {"max_size": None, **options}
        self.server = serve(handle, HOST, 0, **options)
        self.port = self.server.socket.getsockname()[1]
        self.url = f"{'wss' if options.get('ssl') else 'ws'}://{HOST}:{self.port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    def end(self):
        """Waits for the end of a connection; the code of the client's Close."""
        if not self.ended.wait(10):
            raise Fail("the server's connection does not end")
        if self.errors:
            raise Fail(f"the server: {self.errors[0]!r}")
        return self.code


def echo(ws):
    for message in ws:
        ws.send(message)


def register(function):
    case(f"ws-cat-{function.__name__.replace('_', '-')}", gateway_only=True)(function)
    return function


@register
def echoes_texts_and_bytes(env):
    with Server(echo) as server:
        for size in SIZES:
            data = os.urandom(size)
            expect(cat(env, server.url, "-b", "-1", "-n", "1", body=data), data, f"{size} bytes")
        lines = ["x" * size for size in SIZES] + ["\u20ac" * 40_000, "end"]
        text = "\n".join(lines).encode() + b"\n"
        expect(cat(env, server.url, "-n", str(len(lines)), body=text), text, "lines:")


@register
def takes_fragments_and_pings(env):
    def handler(ws):
        ws.send(c for c in "text in \u20ac fragments")
        ws.send(bytes([n]) for n in range(256))
        if not ws.ping(b"x" * 125).wait(5):
            raise Fail("no Pong")
        ws.send("end")

    with Server(handler) as server:
        got = cat(env, server.url, "-x", "-n", "3").decode()
        expect(got, f"text in \u20ac fragments\n{bytes(range(256)).hex()}\nend\n")
        expect(server.end(), 1000)


@register
def close_codes(env):
    for code, wanted, says in (
        (1000, 0, None),
        (1001, 0, None),
        (1011, 1, "closes with 1011: why"),
        (4000, 1, "closes with 4000: why"),
    ):
        with Server(lambda ws, code=code: ws.close(code, "why")) as server:
            cat(env, server.url, "-w", "10", code=wanted, says=says)
            expect(server.end(), code, "echoed:")

    def listen(ws):
        try:
            for _ in ws:
                pass
        except ConnectionClosed:
            pass  # with 3001, which is what this is about

    with Server(listen) as server:
        cat(env, server.url, "--close", "3001:done", body=b"x\n")
        expect(server.end(), 3001)
    # Without a Close.
    with Server(lambda ws: ws.socket.shutdown(2)) as server:
        cat(env, server.url, "-w", "10", code=4, says="ended without Close")


@register
def subprotocols(env):
    with Server(echo, subprotocols=["a", "b"]) as server:
        for args, wanted in (([], None), (["-p", "b"], "b"), (["-p", "c", "-p", "a"], "a")):
            says = f"* subprotocol {wanted}\n" if wanted else None
            if args == []:
                # This server refuses who offers none.
                cat(env, server.url, code=3, says="the server answers 400")
            else:
                cat(env, server.url, "-v", *args, says=says)


@register
def servers_that_are_wrong(env):
    """An Accept of another key, a subprotocol and an extension that nobody offered."""

    def spoil(name, value):
        def process(ws, request, response):
            response.headers.pop(name, None)
            response.headers[name] = value
            return response

        return process

    for name, value, says in (
        ("Sec-WebSocket-Accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "an answer to another key"),
        ("Sec-WebSocket-Protocol", "mqtt", "a subprotocol that was not offered"),
        ("Sec-WebSocket-Extensions", "permessage-deflate", "an extension that was not offered"),
        ("Upgrade", "h2c", "no upgrade to websocket"),
    ):
        with Server(echo, process_response=spoil(name, value)) as server:
            cat(env, server.url, code=3, says=says)


@register
def answers_that_are_no_101(env):
    for status, reason, fields in (
        (301, "Moved Permanently", {"Location": "ws://elsewhere/"}),
        (401, "Unauthorized", {"WWW-Authenticate": 'Basic realm="x"'}),
        (503, "Service Unavailable", {}),
    ):
        response = Response(status, reason, Headers({**fields, "Content-Length": "0"}), b"")
        with Server(echo, process_request=lambda ws, request, r=response: r) as server:
            more = ", which leads to ws://elsewhere/" if status == 301 else ""
            cat(env, server.url, code=3, says=f"the server answers {status} {reason}{more}\n")


@register
def compression_is_not_offered(env):
    """`websockets` would compress if it was."""
    seen = []

    def handler(ws):
        seen.append(ws.request.headers.get("Sec-WebSocket-Extensions"))
        echo(ws)

    with Server(handler, compression="deflate") as server:
        expect(cat(env, server.url, "-n", "1", body=b"x" * 5000), b"x" * 5000 + b"\n")
    expect(seen, [None])


@register
def over_tls(env):
    cert, key = certificate(env)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    data = os.urandom(300_000)
    with Server(echo, ssl=context) as server:
        expect(cat(env, server.url, "--ca", cert, "-b", "-1", "-n", "1", body=data), data)
        cat(env, server.url, code=3, says="certificate")


@register
def pings_who_is_silent(env):
    with Server(lambda ws: time.sleep(1) or ws.send("late")) as server:
        begin = time.monotonic()
        expect(cat(env, server.url, "-v", "--ping", "0.2", "-n", "1", says='* Pong ""\n'), b"late\n")
        if time.monotonic() - begin > 5:
            raise Fail("too late")


def speak_mqtt(env, url, *args):
    """A conversation by hand: all at once, the answers as hexadecimal lines."""
    topic = env.topic().encode()
    sent = publish("3.1.1", topic, b"hello")
    packets = connect("3.1.1", b"") + subscribe("3.1.1", topic) + sent
    wanted = b"\x20\x02\x00\x00" + b"\x90\x03\x00\x01\x00" + sent
    process = Proc(env.program("ws-cat"), "-b", "-x", "-w", "1", *args, "-p", "mqtt", url, stdin=packets)
    process.wait(15)
    expect("".join(process.rest()), wanted.hex())


@register
def mqtt_at_the_gateway(env):
    speak_mqtt(env, f"ws://{HOST}:{env.http_port}/mqtt")
    cat(env, f"ws://{HOST}:{env.http_port}/mqtt", code=3, says="the server answers 400")
    cat(env, f"ws://{HOST}:{env.http_port}/none", code=3, says="the server answers 404")


def mosquitto_websocket(env):
    """mosquitto with a WebSocket listener. One for TCP is needed too: with WebSocket alone, this version
    does not start."""
    port, config = free_port(), os.path.join(env.scratch, "mosquitto-ws.conf")
    with open(config, "w") as f:
        f.write(f"listener {free_port()} {HOST}\nallow_anonymous true\n")
        f.write(f"listener {port} {HOST}\nprotocol websockets\nsocket_domain ipv4\n")
    wait_for_port(port, Proc("mosquitto", "-c", config))
    return port


@register
def mqtt_at_mosquitto(env):
    speak_mqtt(env, f"ws://{HOST}:{mosquitto_websocket(env)}/")


@register
def through_nginx(env):
    port = websocket_proxy(env)
    speak_mqtt(env, f"ws://{HOST}:{port}/mqtt")
    # What does not hand on Upgrade is told as what it is.
    cat(env, f"ws://{HOST}:{port}/plain", "-p", "mqtt", code=3, says="the server answers 426")
