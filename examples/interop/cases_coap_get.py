"""Our client (`coap-get`) against libcoap's servers, aiocoap's, and the gateway."""

import os
import sys
import time

from cases_tls import Tls
from coap import HOST, LINKS, SCHEMES, mosquitto_pub
from harness import Fail, Proc, case, expect, free_port, wait_for_port

HERE = os.path.dirname(os.path.abspath(__file__))
# libcoap's programs of Debian speak no WebSocket.
WEBSOCKET = ("aiocoap", "gateway")


def start(server):
    """Starts one of their servers for the case; its port, for UDP and TCP."""
    port = free_port()
    if server == "aiocoap":
        while port > 60_000:  # its WebSocket is 3,000 ports above
            port = free_port()
        proc = Proc(sys.executable, "-B", os.path.join(HERE, "aiocoap_server.py"), str(port))
        proc.line("listens")
    else:
        proc = Proc(f"coap-{server}-notls", "-A", HOST, "-p", str(port), "-v", "3")
        wait_for_port(port, proc)
    return port


class Result:
    def __init__(self, payload, lines):
        self.payload, self.lines = payload, lines


class Client:
    """Runs our client against one server."""

    def __init__(self, env, server, scheme, port):
        self.env, self.server, self.base = env, server, f"{scheme}://{HOST}:{port}"

    def command(self, where, *args):
        return [self.env.program("coap-get"), *args, f"{self.base}/{where}"]

    def ask(self, method, where, *args, code=0):
        """What came, as bytes, and what was said beside it."""
        out = os.path.join(self.env.scratch, "coap-get.out")
        if os.path.exists(out):
            os.remove(out)
        proc = Proc(*self.command(where, "-m", method, "-o", out, *args))
        proc.wait(15, code)
        payload = b""
        if os.path.exists(out):
            with open(out, "rb") as f:
                payload = f.read()
        return Result(payload, proc.rest())

    def fails(self, method, where, word, *args):
        got = self.ask(method, where, *args, code=None)
        if not any(word in line for line in got.lines):
            raise Fail(f"{method} {where}: no '{word}' in {got.lines}")

    def source(self, data):
        path = os.path.join(self.env.scratch, "coap-get.in")
        with open(path, "wb") as f:
            f.write(data)
        return path


def register(*servers):
    """A case for each server and transport."""

    def register_one(function):
        for server in servers:
            more = {"ws": "coap+ws"} if server in WEBSOCKET else {}
            for transport, scheme in {**SCHEMES, **more}.items():

                def run(env, server=server, scheme=scheme):
                    port = env.coap_port if server == "gateway" else start(server)
                    if scheme == "coap+ws":
                        port = env.http_port if server == "gateway" else port + 3000
                    function(Client(env, server, scheme, port))

                name = function.__name__.replace("_", "-")
                case(f"coap-get-{transport}-{name}-at-{server}", gateway_only=True)(run)
        return function

    return register_one


@register("server")
def methods(client):
    expect(b"</time>" in client.ask("get", ".well-known/core").payload, True, "links:")
    expect(len(client.ask("get", "time").payload) > 10, True, "a time:")
    client.ask("put", "example_data", "-e", "21.5")
    expect(client.ask("get", "example_data").payload, b"21.5")
    client.ask("put", "example_data", "-t", "42", "-f", client.source(b"\x00\xff" * 50))
    expect(client.ask("get", "example_data").payload, b"\x00\xff" * 50)
    client.fails("get", "none", "4.04")
    client.fails("post", "example_data", "4.05", "-e", "x")
    only = client.ask("get", ".well-known/core?rt=ticks").payload
    expect(only.startswith(b"</time>") and b"async" not in only, True, "filtered links:")
    client.ask("get", "time", "-N")


@register("server", "aiocoap")
def observe(client):
    where = "clock" if client.server == "aiocoap" else "time"
    begin = time.monotonic()
    proc = Proc(*client.command(where, "-s", "2"))
    proc.wait()
    took, got = time.monotonic() - begin, "\n".join(proc.rest())
    if not 1.5 < took < 5:
        raise Fail(f"observed for {took:.1f} s")
    seen = got.count("tick") if where == "clock" else got.count(":")
    if seen < 3:
        raise Fail(f"after 2 s: {got}")


@register("rd")
def directory(client):
    core = client.ask("get", ".well-known/core?rt=core.rd").payload
    expect(b"</rd>" in core, True, "the directory's link:")
    node = '</temp>;rt="temperature"'
    args = ["-v", "6", "-t", str(LINKS), "-e", node]
    made = client.ask("post", "rd?ep=ours&lt=600", *args)
    if not any("2.01" in line for line in made.lines):
        raise Fail(f"{made.lines}")
    core = client.ask("get", ".well-known/core", "-A", str(LINKS)).payload.decode()
    place = next((p for p in core.replace("<", ">").split(">") if p.startswith("/rd/")), None)
    if place is None:
        raise Fail(f"no registration in {core}")
    expect(client.ask("get", place[1:]).payload, node.encode())
    client.fails("get", "rd/none", "4.04")


@register("aiocoap")
def blocks(client):
    whole = bytes(range(256)) * 20
    for size in (None, "64", "1024"):
        args = ["-b", size] if size else []
        expect(client.ask("get", "stored", *args).payload, whole)


@register("aiocoap")
def more_methods(client):
    client.ask("put", "stored", "-t", "42", "-f", client.source(b"0123456789"))
    expect(client.ask("get", "stored").payload, b"0123456789")
    expect(client.ask("fetch", "stored", "-e", "3 4").payload, b"3456")
    expect(client.ask("post", "stored", "-e", "abc").payload, b"cba")
    client.ask("delete", "stored")
    expect(client.ask("get", "stored").payload, b"")
    client.fails("get", "none", "4.04")
    client.fails("patch", "stored", "4.05", "-e", "x")
    told = client.ask("get", "told?a=b&c=d", "-A", "60", "-T", "tok").payload.decode()
    expect(told, f"query=a=b&c=d accept=60 token={b'tok'.hex()}")


@register("aiocoap")
def a_separate_response(client):
    """RFC 7252 section 5.2.2."""
    begin = time.monotonic()
    expect(client.ask("get", "separate").payload, b"late")
    if time.monotonic() - begin > 2:
        raise Fail("it sent its request again, although that was acknowledged")


@register("gateway")
def everything(client):
    env = client.env
    topic = env.topic()
    mosquitto_pub(env, topic, "21.5", "-r")
    expect(client.ask("get", f"ps/{topic}").payload, b"21.5")
    client.ask("put", f"ps/{topic}", "-e", "22.0")
    expect(client.ask("get", f"ps/{topic}").payload, b"22.0")
    links = client.ask("get", f".well-known/core?href=/ps/{topic}").payload
    expect(links.startswith(f"</ps/{topic}>".encode()), True, "links:")
    observer = Proc(*client.command(f"ps/{topic}", "-s", "5"))
    observer.line("22.0")
    mosquitto_pub(env, topic, "22.5", "-r")
    observer.line("22.5")
    observer.wait()
    big = os.urandom(5000)
    mosquitto_pub(env, topic, None, "-r", "-f", client.source(big))
    for size in ("64", "512"):
        expect(client.ask("get", f"ps/{topic}", "-b", size).payload, big)
    for n in range(40):
        client.ask("put", f"ps/{topic}/{n}", "-e", "x")
    found = client.ask("fetch", "ps", "-t", "0", "-e", f"{topic}/+").payload
    expect(found.count(b"</ps/"), 40, "links:")
    client.ask("delete", f"ps/{topic}")
    client.fails("get", f"ps/{topic}", "4.04")


@case("coap-get-to-nobody-ends-with-an-error", gateway_only=True)
def nobody(env):
    for scheme in (*SCHEMES.values(), "coap+ws", "coaps+ws"):
        client = Client(env, "nobody", scheme, free_port())
        proc = Proc(*client.command("x", "-B", "2"))
        proc.wait(10, code=None)
        if proc.process.returncode == 0 or not proc.rest():
            raise Fail(f"code {proc.process.returncode}, {proc.lines}")


@case("coap-get-wss-at-gateway", gateway_only=True)
def inside_tls(env):
    """To whom it trusts."""
    tls = Tls(env)
    client = Client(tls.env, "gateway", "coaps+ws", tls.https)
    client.ask("put", "ps/inside", "-R", tls.cert, "-e", "tls")
    expect(client.ask("get", "ps/inside", "-R", tls.cert).payload, b"tls")
    client.fails("get", "ps/inside", "certificate")
