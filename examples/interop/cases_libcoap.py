"""libcoap's client (coap-client-notls) against the gateway, over UDP and TCP."""

import os
import time

from coap import HOST, LINKS, SCHEMES, coap_client, mosquitto_pub, mosquitto_sub
from harness import Fail, Proc, case, expect


def register(function):
    """A case for each transport."""
    for transport, scheme in SCHEMES.items():
        name = function.__name__.replace("_", "-")
        case(f"libcoap-{transport}-{name}", scheme, gateway_only=True)(function)
    return function


def uri(env, scheme, where):
    return f"{scheme}://{HOST}:{env.coap_port}/{where}"


def want(answer, code, payload=None):
    expect(answer.code, code, str(answer.lines[-2:]))
    if payload is not None:
        expect(answer.payload, payload)


@register
def get_put_post_delete(env, scheme):
    topic = env.topic()
    at = uri(env, scheme, f"ps/{topic}")
    want(coap_client(env, at), "4.04")
    want(coap_client(env, at, "-e", "21.5", method="put"), "2.01")
    want(coap_client(env, at), "2.05", b"21.5")
    want(coap_client(env, at, "-e", "22.0", method="put"), "2.04")
    want(coap_client(env, at), "2.05", b"22.0")
    want(coap_client(env, at, "-e", "22.5", method="post"), "2.04")
    want(coap_client(env, at), "2.05", b"22.5")
    want(coap_client(env, at, method="delete"), "2.02")
    want(coap_client(env, at), "4.04")
    want(coap_client(env, uri(env, scheme, f"ps/{topic}/new"), "-e", "1", method="post"), "2.01")


@register
def published_over_mqtt_and_coap(env, scheme):
    topic = env.topic()
    at = uri(env, scheme, f"ps/{topic}")
    mosquitto_pub(env, topic, "21.5", "-r")
    want(coap_client(env, at), "2.05", b"21.5")
    s = mosquitto_sub(env, topic, 4)
    s.line("MSG 1 ")
    for method in ("put", "post"):
        want(coap_client(env, at, "-e", f"by {method}", method=method), "2.04")
        expect(s.line("MSG "), f"MSG 0 {topic} by {method}")
    want(coap_client(env, at, method="delete"), "2.02")
    expect(s.line("MSG "), f"MSG 0 {topic} ")
    s.wait()


@register
def observe_for_5_seconds(env, scheme):
    topic = env.topic()
    mosquitto_pub(env, topic, "20.0", "-r")
    start = time.monotonic()
    args = ["-v", "6", "-w", "-s", "5", uri(env, scheme, f"ps/{topic}")]
    observer = Proc("stdbuf", "-oL", "coap-client-notls", *args)
    observer.line("c:2.05")
    for degrees in ("20.5", "21.0", "21.5"):
        mosquitto_pub(env, topic, degrees, "-r")
        observer.line(f"'{degrees}'")
    want(coap_client(env, uri(env, scheme, f"ps/{topic}"), "-e", "22.0", method="put"), "2.04")
    observer.line("'22.0'")
    observer.wait()
    if not 4.5 < time.monotonic() - start < 8:
        raise Fail(f"observed for {time.monotonic() - start:.1f} s")


@register
def blocks(env, scheme):
    topic, payload = env.topic(), os.urandom(5000)
    source = os.path.join(env.scratch, "blocks")
    with open(source, "wb") as f:
        f.write(payload)
    mosquitto_pub(env, topic, None, "-r", "-f", source)
    for size in (None, "64", "1024"):
        args = ["-b", size] if size else []
        got = coap_client(env, uri(env, scheme, f"ps/{topic}"), *args)
        want(got, "2.05", payload)
        if scheme == "coap" and size == "64" and len(got.messages) < 5000 // 64:
            raise Fail(f"{len(got.messages)} messages for 5000 bytes in blocks of 64")


@register
def a_payload_that_fits(env, scheme):
    at, payload = uri(env, scheme, f"ps/{env.topic()}"), os.urandom(900)
    source = os.path.join(env.scratch, "fits")
    with open(source, "wb") as f:
        f.write(payload)
    want(coap_client(env, at, "-t", "42", "-f", source, method="put"), "2.01")
    want(coap_client(env, at), "2.05", payload)


@register
def well_known_core(env, scheme):
    topic = env.topic()
    mosquitto_pub(env, topic, "21.5", "-r")
    core = uri(env, scheme, ".well-known/core")
    link = f"</ps/{topic}>".encode()
    everything = coap_client(env, core)
    want(everything, "2.05")
    if "application/link-format" not in everything.options:
        raise Fail(f"options {everything.options}")
    for link_in, query in [
        (True, f"href=/ps/{topic}"),
        (True, f"href=/ps/{topic[:-1]}*"),
        (True, "rt=*"),
        (True, "ct=*"),
        (False, f"href=/ps/{topic}/none"),
        (False, "rt=none.such*"),
        (False, "nothing=*"),
    ]:
        got = coap_client(env, f"{core}?{query}")
        want(got, "2.05")
        if (link in got.payload) != link_in:
            raise Fail(f"?{query}: {got.payload[:200]}")
    if link not in everything.payload or b"rt=" not in everything.payload:
        raise Fail(f"{everything.payload[:200]}")
    want(coap_client(env, core, "-b", "64"), "2.05", everything.payload)


@register
def errors(env, scheme):
    topic = env.topic()
    at = uri(env, scheme, f"ps/{topic}")
    want(coap_client(env, at), "4.04")
    want(coap_client(env, uri(env, scheme, "no/such/path")), "4.04")
    want(coap_client(env, uri(env, scheme, "")), "4.04")
    want(coap_client(env, uri(env, scheme, ".well-known/core"), method="delete"), "4.05")
    want(coap_client(env, uri(env, scheme, ".well-known/core"), "-e", "x", method="put"), "4.05")
    want(coap_client(env, at, "-e", "x", method="patch"), "4.05")
    want(coap_client(env, at, "-e", "x", method="ipatch"), "4.05")
    want(coap_client(env, at, "-t", "0", "-e", "21.5", method="put"), "2.01")
    want(coap_client(env, at, "-A", "0"), "2.05", b"21.5")
    want(coap_client(env, at, "-A", "60"), "4.06")
    want(coap_client(env, uri(env, scheme, ".well-known/core"), "-A", "50"), "4.06")
    want(coap_client(env, at, "-t", "65000", "-e", "x", method="put"), "4.15")
    # An option that nobody knows: of an odd number it is critical.
    want(coap_client(env, at, "-O", "65001,x"), "4.02")
    want(coap_client(env, at, "-O", "65000,x"), "2.05", b"21.5")
    # A wildcard names no resource to publish to.
    want(coap_client(env, uri(env, scheme, f"ps/{topic}/%23"), "-e", "x", method="put"), "4.00")


@register
def fetch(env, scheme):
    """The payload is a topic filter."""
    topic = env.topic()
    for name in ("kitchen/temperature", "hall/temperature", "hall/light"):
        mosquitto_pub(env, f"{topic}/{name}", f"of {name}", "-r")
    got = coap_client(env, uri(env, scheme, "ps"), "-t", "0", "-e", f"{topic}/+/temperature", method="fetch")
    want(got, "2.05")
    for name in ("kitchen/temperature", "hall/temperature"):
        if f"{topic}/{name}".encode() not in got.payload:
            raise Fail(f"no {name} in {got.payload}")
    if b"light" in got.payload:
        raise Fail(f"more than the filter takes: {got.payload}")
    bad = coap_client(env, uri(env, scheme, "ps"), "-t", "0", "-e", "a/#/b", method="fetch")
    want(bad, "4.00")
    for n in range(40):  # more than one message
        mosquitto_pub(env, f"{topic}/many/{n}", "x", "-r")
    got = coap_client(env, uri(env, scheme, "ps"), "-t", "0", "-e", f"{topic}/many/#", method="fetch")
    want(got, "2.05")
    expect(got.payload.count(b"</ps/"), 40, "links:")


@case("libcoap-udp-non-confirmable", gateway_only=True)
def non_confirmable(env):
    at = uri(env, "coap", f"ps/{env.topic()}")
    put = coap_client(env, at, "-N", "-e", "x", method="put")
    want(put, "2.01")
    got = coap_client(env, at, "-N", "-T", "token")
    want(got, "2.05", b"x")
    if not any("t:NON c:2.05" in line for line in got.lines):
        raise Fail(f"not a Non-confirmable answer: {got.lines}")


@case("libcoap-udp-a-lost-datagram-is-sent-again", gateway_only=True)
def lost(env):
    topic = env.topic()
    s = mosquitto_sub(env, topic, 2)
    start = time.monotonic()
    at = uri(env, "coap", f"ps/{topic}")
    want(coap_client(env, at, "-l", "1", "-e", "once", method="put"), "2.01")
    if time.monotonic() - start < 1.9:
        raise Fail("no datagram was lost")
    want(coap_client(env, at, "-e", "twice", method="put"), "2.04")
    s.wait()
    expect([line for line in s.rest() if line.startswith("MSG ")][1], f"MSG 0 {topic} twice")


@case("libcoap-udp-several-observers", gateway_only=True)
def several_observers(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "0", "-r")
    at = uri(env, "coap", f"ps/{topic}")
    args = ["-v", "6", "-s", "5", at]
    observers = [Proc("stdbuf", "-oL", "coap-client-notls", *args) for _ in range(5)]
    for o in observers:
        o.line("c:2.05")
    for n in range(1, 6):
        mosquitto_pub(env, topic, str(n), "-r")
        for o in observers:
            o.line(f":: '{n}'")
    for o in observers:
        o.wait()


@case("libcoap-udp-observed-resource-goes-away", gateway_only=True)
def goes_away(env):
    """RFC 7641 section 4.2: an error notification ends the observation."""
    topic = env.topic()
    mosquitto_pub(env, topic, "1", "-r")
    at = uri(env, "coap", f"ps/{topic}")
    observer = Proc("stdbuf", "-oL", "coap-client-notls", "-v", "6", "-s", "5", at)
    observer.line("c:2.05")
    want(coap_client(env, at, method="delete"), "2.02")
    observer.line("c:4.04")
    observer.wait()


@register
def resource_directory(env, scheme):
    name = f"node-{os.getpid()}-{scheme[-3:]}"
    rd = uri(env, scheme, "rd")
    links = '</temp>;rt="temperature-c";if="sensor",</light>;rt="light-lux"'
    found = coap_client(env, uri(env, scheme, ".well-known/core?rt=core.rd*"))
    for kind in (b'rt="core.rd"', b'rt="core.rd-lookup-ep"', b'rt="core.rd-lookup-res"'):
        if kind not in found.payload:
            raise Fail(f"no {kind} in {found.payload}")
    lookup_ep = target(found.payload, b"core.rd-lookup-ep")
    lookup_res = target(found.payload, b"core.rd-lookup-res")
    base = "coap://[2001:db8::1]"
    made = coap_client(
        env, f"{rd}?ep={name}&lt=600&base={base}", "-t", str(LINKS), "-e", links, method="post"
    )
    want(made, "2.01")
    place = location(made)

    def look_up(where, query):
        got = coap_client(env, uri(env, scheme, f"{where}?{query}"), "-A", str(LINKS))
        want(got, "2.05")
        return got.payload.decode()

    ep = look_up(lookup_ep, f"ep={name}")
    for part in (f"</{place}>;", f"ep={name};", f'base="{base}"'):
        if part not in ep.replace(f'"{name}"', name) + ";":
            raise Fail(f"endpoint lookup: {ep}")
    res = look_up(lookup_res, f"ep={name}&rt=temperature-c")
    if f"<{base}/temp>" not in res or "light" in res:
        raise Fail(f"resource lookup: {res}")
    # Updates: POST as RFC 9176 section 5.3.1 says, PUT as some nodes do.
    moved = "coap://[2001:db8::2]"
    want(coap_client(env, uri(env, scheme, f"{place}?base={moved}"), method="post"), "2.04")
    if f"<{moved}/temp>" not in (res := look_up(lookup_res, f"ep={name}")):
        raise Fail(f"after an update: {res}")
    put = coap_client(
        env, uri(env, scheme, f"{place}?lt=900"), "-t", str(LINKS), "-e", links, method="put"
    )
    want(put, "2.04")
    want(coap_client(env, uri(env, scheme, place), method="delete"), "2.02")
    expect(look_up(lookup_ep, f"ep={name}"), "", "after removal:")
    want(coap_client(env, uri(env, scheme, place), method="delete"), "4.04")
    want(coap_client(env, rd, "-t", str(LINKS), "-e", links, method="post"), "4.00")  # no name


def target(links, kind):
    """Path of the link of this resource type."""
    for link in links.decode().split(",<"):
        if kind.decode() in link:
            return link.split(">")[0].lstrip("</")
    raise Fail(f"no {kind} in {links}")


def location(answer):
    """From Location-Path options as the client prints them."""
    parts = [o.split(":", 1)[1] for o in answer.options.split(", ") if o.startswith("Location-Path:")]
    if len(parts) < 2:
        raise Fail(f"no location in {answer.options}")
    return "/".join(parts)


@case("libcoap-udp-a-registration-expires", gateway_only=True)
def expires(env):
    name = f"short-{os.getpid()}"
    rd = uri(env, "coap", "rd")
    args = ["-t", str(LINKS), "-e", "</a>"]
    want(coap_client(env, f"{rd}?ep={name}&lt=1", *args, method="post"), "2.01")
    found = coap_client(env, uri(env, "coap", ".well-known/core?rt=core.rd-lookup-ep"))
    lookup = uri(env, "coap", target(found.payload, b"core.rd-lookup-ep"))
    if name.encode() not in coap_client(env, f"{lookup}?ep={name}").payload:
        raise Fail("not there to begin with")
    time.sleep(1.5)
    expect(coap_client(env, f"{lookup}?ep={name}").payload, b"", "after its lifetime:")
