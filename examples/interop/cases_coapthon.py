"""CoAPthon3's client against the gateway."""

import contextlib
import logging
import queue

from coapthon import defines
from coapthon.client.helperclient import HelperClient

from coap import HOST, mosquitto_pub, mosquitto_sub
from harness import Fail, case, expect

logging.getLogger("coapthon").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def client(env):
    c = HelperClient(server=(HOST, env.coap_port))
    try:
        yield c
    finally:
        c.stop()


def want(got, code, payload=None):
    if got is None:
        raise Fail("no answer")
    expect(f"{got.code >> 5}.{got.code & 31:02}", code)
    if payload is not None:
        expect(got.payload, payload)


@case("coapthon-get-put-post-delete", gateway_only=True)
def get_put_post_delete(env):
    topic = env.topic()
    at = f"ps/{topic}"
    with client(env) as c:
        want(c.get(at, timeout=5), "4.04")
        want(c.put(at, "21.5", timeout=5), "2.01")
        want(c.get(at, timeout=5), "2.05", "21.5")
        s = mosquitto_sub(env, topic, 2)
        want(c.put(at, "22.0", timeout=5), "2.04")
        s.line(f"MSG 0 {topic} 22.0")
        want(c.post(at, "22.5", timeout=5), "2.04")
        want(c.get(at, timeout=5), "2.05", "22.5")
        want(c.get_non(at, timeout=5), "2.05", "22.5")
        want(c.delete(at, timeout=5), "2.02")
        want(c.get(at, timeout=5), "4.04")


@case("coapthon-discover", gateway_only=True)
def discover(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "21.5", "-r")
    with client(env) as c:
        got = c.discover(uri_query=f"href=/ps/{topic}", timeout=5)
        want(got, "2.05")
        expect(got.content_type, defines.Content_types["application/link-format"])
        expect(got.payload.split(";")[0], f"</ps/{topic}>")
        # All that there is, in blocks so small that an unknown address may have them.
        everything = c.discover(timeout=30)
        want(everything, "2.05")
        if f"</ps/{topic}>" not in everything.payload:
            raise Fail(f"not in {everything.payload[:200]}")


@case("coapthon-blocks", gateway_only=True)
def blocks(env):
    topic, payload = env.topic(), "0123456789" * 300
    mosquitto_pub(env, topic, payload, "-r")
    with client(env) as c:
        want(c.get(f"ps/{topic}", timeout=10), "2.05", payload)


@case("coapthon-observe", gateway_only=True)
def observe(env):
    topic, got = env.topic(), queue.Queue()
    mosquitto_pub(env, topic, "0", "-r")
    with client(env) as c:
        c.observe(f"ps/{topic}", got.put)
        want(got.get(timeout=5), "2.05", "0")
        for n in range(1, 5):
            mosquitto_pub(env, topic, str(n), "-r")
            last = got.get(timeout=5)
            want(last, "2.05", str(n))
        c.cancel_observing(last, True)  # by a Reset
        mosquitto_pub(env, topic, "5", "-r")
