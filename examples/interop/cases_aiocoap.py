"""aiocoap's client, over each transport that it has, and its registrant against the gateway."""

import asyncio
import contextlib
import logging
import os
import time

import aiocoap
import aiocoap.resource as resource
from aiocoap import Message
from aiocoap.numbers import ContentFormat
from aiocoap.resourcedirectory.client.register import Registerer

from cases_tls import Tls
from coap import HOST, LINKS, SCHEMES, mosquitto_pub, mosquitto_sub
from harness import Fail, case, expect, free_port

logging.getLogger("coap").setLevel(logging.CRITICAL)
logging.getLogger("coap-rd-registerer").setLevel(logging.CRITICAL)


TRANSPORTS = {**SCHEMES, "ws": "coap+ws", "wss": "coaps+ws"}


class Client:
    """A context and the address of the gateway."""

    def __init__(self, env, context, scheme):
        self.env, self.context = env, context
        port = env.http_port if scheme.endswith("+ws") else env.coap_port
        self.base = f"{scheme}://{HOST}:{port}"

    def send(self, method, where, payload=b"", **options):
        code = getattr(aiocoap, method.upper())
        message = Message(code=code, uri=f"{self.base}/{where}", payload=payload, **options)
        return self.context.request(message)

    async def ask(self, method, where, payload=b"", seconds=10, **options):
        request = self.send(method, where, payload, **options)
        return await asyncio.wait_for(request.response, seconds)


@contextlib.asynccontextmanager
async def context(site=None):
    if site:
        made = await aiocoap.Context.create_server_context(site, bind=(HOST, free_port()))
    else:
        made = await aiocoap.Context.create_client_context()
    try:
        yield made
    finally:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(made.shutdown(), 3)


def register(function):
    """A case for each transport."""
    for transport, scheme in TRANSPORTS.items():

        def run(env, scheme=scheme):
            tls = Tls(env) if scheme.startswith("coaps") else None
            env = tls.env if tls else env

            async def body():
                async with context() as c:
                    client = Client(env, c, scheme)
                    if tls:
                        trusted = {"tlscert": {"certfile": tls.cert}}
                        c.client_credentials.load_from_dict({f"{client.base}/*": trusted})
                    await function(env, client)

            asyncio.run(asyncio.wait_for(body(), 40))

        name = function.__name__.replace("_", "-")
        case(f"aiocoap-{transport}-{name}", gateway_only=True)(run)
    return function


def want(got, code, payload=None):
    expect(str(got.code)[:4], code, str(got.payload[:100]))
    if payload is not None:
        expect(got.payload, payload)


def links(got):
    return aiocoap.util.linkformat.parse(got.payload.decode()).links


async def publish(*args):
    await asyncio.to_thread(mosquitto_pub, *args)


@register
async def get_put_post_delete(env, client):
    at = f"ps/{env.topic()}"
    want(await client.ask("get", at), "4.04")
    want(await client.ask("put", at, b"21.5"), "2.01")
    want(await client.ask("get", at), "2.05", b"21.5")
    want(await client.ask("put", at, b"22.0"), "2.04")
    want(await client.ask("post", at, "22.5 °C".encode()), "2.04")
    want(await client.ask("get", at), "2.05", "22.5 °C".encode())
    want(await client.ask("delete", at), "2.02")
    want(await client.ask("get", at), "4.04")
    want(await client.ask("post", f"{at}/new", b"1"), "2.01")


@register
async def published_over_mqtt_and_coap(env, client):
    topic = env.topic()
    await publish(env, topic, "21.5", "-r")
    want(await client.ask("get", f"ps/{topic}"), "2.05", b"21.5")
    s = await asyncio.to_thread(mosquitto_sub, env, topic, 2)
    want(await client.ask("put", f"ps/{topic}", b"22.0"), "2.04")
    await asyncio.to_thread(s.line, f"MSG 0 {topic} 22.0")


@register
async def observation_and_cancel(env, client):
    topic = env.topic()
    await publish(env, topic, "0", "-r")
    request = client.send("get", f"ps/{topic}", observe=0)
    want(await asyncio.wait_for(request.response, 10), "2.05", b"0")
    notifications = request.observation.__aiter__()
    for n in range(1, 6):
        await publish(env, topic, str(n), "-r")
        want(await asyncio.wait_for(notifications.__anext__(), 10), "2.05", str(n).encode())
    request.observation.cancel()
    await asyncio.sleep(0.1)
    # Nothing comes any more, and the next request of the same client is answered as before.
    await publish(env, topic, "6", "-r")
    want(await client.ask("get", f"ps/{topic}"), "2.05", b"6")
    second = client.send("get", f"ps/{topic}", observe=0)
    want(await asyncio.wait_for(second.response, 10), "2.05", b"6")
    second.observation.cancel()


@register
async def numbers_of_notifications_grow(env, client):
    """RFC 7641 section 4.4: in 128 seconds each is greater than the one before."""
    topic, seen = env.topic(), []
    await publish(env, topic, "0", "-r")
    request = client.send("get", f"ps/{topic}", observe=0)
    seen.append((await asyncio.wait_for(request.response, 10)).opt.observe)
    notifications = request.observation.__aiter__()
    for n in range(1, 5):
        await publish(env, topic, str(n), "-r")
        seen.append((await asyncio.wait_for(notifications.__anext__(), 10)).opt.observe)
    request.observation.cancel()
    if None in seen or any((b - a) & 0xFFFFFF >= 1 << 23 or a == b for a, b in zip(seen, seen[1:])):
        raise Fail(f"numbers {seen}")


@register
async def blocks(env, client):
    topic, payload = env.topic(), os.urandom(5000)
    source = os.path.join(env.scratch, "aiocoap-blocks")
    with open(source, "wb") as f:
        f.write(payload)
    await publish(env, topic, None, "-r", "-f", source)
    want(await client.ask("get", f"ps/{topic}"), "2.05", payload)
    small = (0, False, 2)  # blocks of 64 bytes
    if client.base.startswith("coap:"):
        want(await client.ask("get", f"ps/{topic}", block2=small), "2.05", payload)


@register
async def many_blocks(env, client):
    """More than one message of any transport has."""
    topic, payload = env.topic(), os.urandom(150_000)
    source = os.path.join(env.scratch, "aiocoap-many-blocks")
    with open(source, "wb") as f:
        f.write(payload)
    await publish(env, topic, None, "-r", "-f", source)
    # Over UDP this address has not proved itself, so these are 9,375 blocks of 16 bytes.
    want(await client.ask("get", f"ps/{topic}", seconds=35), "2.05", payload)


@register
async def core_and_errors(env, client):
    topic = env.topic()
    await publish(env, topic, "21.5", "-r")
    core = await client.ask("get", ".well-known/core")
    want(core, "2.05")
    expect(core.opt.content_format, ContentFormat.LINKFORMAT)
    mine = [link for link in links(core) if link.href == f"/ps/{topic}"]
    if len(mine) != 1 or not mine[0].rt or not mine[0].ct:
        raise Fail(f"{mine} in {core.payload[:200]}")
    one = await client.ask("get", f".well-known/core?href=/ps/{topic}")
    want(one, "2.05")
    expect([str(link) for link in links(one)], [str(mine[0])])
    want(await client.ask("get", f".well-known/core?rt={mine[0].rt[0]}&ct={mine[0].ct[0]}"), "2.05")
    want(await client.ask("get", "none"), "4.04")
    want(await client.ask("delete", ".well-known/core"), "4.05")
    want(await client.ask("patch", f"ps/{topic}", b"x"), "4.05")
    want(await client.ask("get", f"ps/{topic}", accept=60), "4.06")
    want(await client.ask("put", f"ps/{topic}", b"x", content_format=65000), "4.15")
    want(await client.ask("get", f"ps/{topic}"), "2.05", b"21.5")


@register
async def fetch(env, client):
    topic = env.topic()
    for name in ("kitchen/temperature", "hall/temperature", "hall/light"):
        await publish(env, f"{topic}/{name}", f"of {name}", "-r")
    body = f"{topic}/+/temperature".encode()
    got = await client.ask("fetch", "ps", body, content_format=0)
    want(got, "2.05")
    for name in ("kitchen/temperature", "hall/temperature"):
        if f"{topic}/{name}".encode() not in got.payload:
            raise Fail(f"no {name} in {got.payload}")
    if b"light" in got.payload:
        raise Fail(f"more than the filter takes: {got.payload}")
    want(await client.ask("fetch", "ps", b"a/#/b", content_format=0), "4.00")
    for n in range(40):  # more than one message
        want(await client.ask("put", f"ps/{topic}/many/{n}", b"x"), "2.01")
    got = await client.ask("fetch", "ps", f"{topic}/many/#".encode(), content_format=0)
    want(got, "2.05")
    expect(len(links(got)), 40, "links:")


@register
async def fifty_requests_at_once(env, client):
    """Each answer belongs to its request."""
    topic = env.topic()
    puts = [client.ask("put", f"ps/{topic}/{n}", b"value %d" % n) for n in range(50)]
    for got in await asyncio.gather(*puts):
        want(got, "2.01")
    gets = [client.ask("get", f"ps/{topic}/{n}") for n in range(50)]
    for n, got in enumerate(await asyncio.gather(*gets)):
        want(got, "2.05", b"value %d" % n)


@register
async def many_observations_of_one_client(env, client):
    topic, requests = env.topic(), []
    for n in range(10):
        await client.ask("put", f"ps/{topic}/{n}", b"old")
        requests.append(client.send("get", f"ps/{topic}/{n}", observe=0))
    for r in requests:
        want(await asyncio.wait_for(r.response, 10), "2.05", b"old")
    for n in range(10):
        await client.ask("put", f"ps/{topic}/{n}", b"new %d" % n)
    for n, r in enumerate(requests):
        got = await asyncio.wait_for(r.observation.__aiter__().__anext__(), 10)
        want(got, "2.05", b"new %d" % n)
        r.observation.cancel()


class Sensor(resource.Resource):
    """What the registrant tells the directory about."""

    def get_link_description(self):
        return {"rt": "temperature-c", "if": "sensor"}

    async def render_get(self, request):
        return Message(payload=b"21.5")


@case("aiocoap-udp-registrant-in-the-directory", gateway_only=True)
def registrant(env):
    asyncio.run(asyncio.wait_for(registered(env), 30))


async def registered(env):
    """It finds /rd, registers, renews after three quarters of the lifetime, removes at its end."""
    name = f"aiocoap-{os.getpid()}"
    site = resource.Site()
    site.add_resource(["temp"], Sensor())
    async with context(site) as node, context() as c:
        client = Client(env, c, "coap")
        parameters = {"ep": name, "d": "house"}
        r = Registerer(node, client.base, lt=2, registration_parameters=parameters)
        await until(lambda: r.state == "registered", lambda: f"registrant is {r.state}")
        core = await client.ask("get", ".well-known/core?rt=core.rd-lookup-*")
        places = {kind: link.href.lstrip("/") for link in links(core) for kind in link.rt}
        ep, res = places["core.rd-lookup-ep"], places["core.rd-lookup-res"]
        states, end = set(), time.monotonic() + 4
        while time.monotonic() < end:  # two lifetimes
            got = await client.ask("get", f"{ep}?ep={name}", accept=LINKS)
            want(got, "2.05")
            expect([(link.ep, link.d) for link in links(got)], [([name], ["house"])])
            states.add(r.state)
            await asyncio.sleep(0.1)
        expect(states - {"renewing"}, {"registered"}, "states of the registrant:")
        link = links(await client.ask("get", f"{res}?ep={name}&rt=temperature-c", accept=LINKS))[0]
        # The link leads to the node: base is the address that it registered from.
        got = await asyncio.wait_for(c.request(Message(code=aiocoap.GET, uri=link.href)).response, 10)
        want(got, "2.05", b"21.5")
        await asyncio.wait_for(r.shutdown(), 5)
        want(await client.ask("get", f"{ep}?ep={name}"), "2.05", b"")


async def until(condition, what, timeout=10):
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise Fail(what())
        await asyncio.sleep(0.02)
