"""curl against the gateway's HTTP."""

import json
import os
import re
import subprocess
import time

from coap import mosquitto_pub, mosquitto_sub
from harness import HOST, Fail, Proc, case, expect
from web import curl, file, url, want


def register(function):
    case(f"curl-{function.__name__.replace('_', '-')}", gateway_only=True)(function)
    return function


@register
def get_put_post_delete(env):
    at = f"topics/{env.topic()}"
    want(curl(env, at), 404)
    want(curl(env, at, "-X", "PUT", "-d", "21.5"), 201)
    want(curl(env, at), 200, b"21.5")
    want(curl(env, at, "-X", "PUT", "-d", "22.0"), 204, b"")
    want(curl(env, at, "-d", "22.5"), 204)
    want(curl(env, at), 200, b"22.5")
    want(curl(env, at, "-X", "DELETE"), 204)
    want(curl(env, at), 404)
    want(curl(env, at, "-X", "DELETE"), 204)
    want(curl(env, f"{at}/new", "-d", "1"), 201)


@register
def what_mqtt_publishes_and_the_other_way(env):
    topic = env.topic()
    at = f"topics/{topic}"
    mosquitto_pub(env, topic, "21.5", "-r")
    want(curl(env, at), 200, b"21.5")
    s = mosquitto_sub(env, topic, 4)
    s.line("MSG 1 ")
    for method in ("PUT", "POST"):
        want(curl(env, at, "-X", method, "-d", f"by {method}"), 204)
        expect(s.line("MSG "), f"MSG 0 {topic} by {method}")
    want(curl(env, at, "-X", "DELETE"), 204)
    expect(s.line("MSG "), f"MSG 0 {topic} ")
    s.wait()


@register
def content_types(env):
    at = f"topics/{env.topic()}"
    put = ["-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"t":21.5}']
    want(curl(env, at, *put), 201)
    got = want(curl(env, at), 200, b'{"t":21.5}')
    expect(got.get("Content-Type"), "application/json")
    want(curl(env, at, "-H", "Accept: application/json"), 200)
    want(curl(env, at, "-H", "Accept: text/html;q=0.5, */*;q=0.1"), 200)
    want(curl(env, at, "-H", "Accept: image/png"), 406)
    want(curl(env, at, "-H", "Accept: application/json;q=0, image/png"), 406)


@register
def percent_encoded_topics(env):
    topic = f"{env.topic()}/a b/ü"
    at = f"topics/{topic.replace(' ', '%20').replace('ü', '%C3%BC')}"
    mosquitto_pub(env, topic, "x", "-r")
    want(curl(env, at), 200, b"x")
    for bad in ("%2", "%zz", "%ff", "a%00b", "%23", "+", "a%2Bb"):
        got = curl(env, f"topics/{env.topic()}/{bad}", "-X", "PUT", "-d", "x")
        want(got, 400)


@register
def one_connection_for_many_requests(env):
    topics = [env.topic() for _ in range(20)]
    for topic in topics:
        mosquitto_pub(env, topic, f"of {topic}", "-r")
    urls = [url(env, f"topics/{topic}") for topic in topics]
    command = ["curl", "-sS", "--noproxy", "*", "-w", " %{num_connects}\n", *urls]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    lines = done.stdout.splitlines()
    expect(lines, [f"of {topic} {int(topic == topics[0])}" for topic in topics])


@register
def connection_close_and_http_1_0(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x", "-r")
    got = want(curl(env, f"topics/{topic}", "-H", "Connection: close"), 200, b"x")
    expect(got.get("Connection"), "close")
    for args in (["--http1.0"], ["--http1.0", "-H", "Connection: keep-alive"]):
        got = want(curl(env, f"topics/{topic}", *args), 200, b"x")
        expect(got.all("Transfer-Encoding"), [])


@register
def a_chunked_upload(env):
    at = f"topics/{env.topic()}"
    for size, status in ((0, 400), (1, 201), (50_000, 204)):
        body = os.urandom(size)
        args = ["-X", "PUT", "-H", "Transfer-Encoding: chunked", "--data-binary", "@-"]
        want(curl(env, at, *args, body=body), status)
        if size:
            want(curl(env, at), 200, body)


@register
def upload_of_a_file(env):
    at, data = f"topics/{env.topic()}", os.urandom(300_000)
    want(curl(env, at, "-T", file(env, "upload", data)), 201)
    want(curl(env, at), 200, data)
    want(curl(env, at, "-T", "-", body=data[:9]), 204)  # chunked, since curl knows no length
    want(curl(env, at), 200, data[:9])


@register
def head(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "21.5", "-r")
    at = f"topics/{topic}"
    full, only = want(curl(env, at), 200, b"21.5"), want(curl(env, at, "-I"), 200, b"")
    expect(only.get("Content-Length"), "4")
    without_date = lambda answer: [f for f in answer.fields if f[0].lower() != "date"]  # noqa: E731
    expect(without_date(only), without_date(full))
    want(curl(env, f"topics/{env.topic()}", "-I"), 404, b"")


@register
def ranges(env):
    at, data = f"topics/{env.topic()}", bytes(range(250)) * 4
    want(curl(env, at, "-T", file(env, "ranges", data)), 201)
    whole = want(curl(env, at), 200, data)
    expect(whole.get("Accept-Ranges"), "bytes")
    for asked, first, last in (
        ("0-3", 0, 3),
        ("10-10", 10, 10),
        ("990-", 990, 999),
        ("-4", 996, 999),
        ("-5000", 0, 999),
        ("900-99999999999999999999", 900, 999),
    ):
        got = want(curl(env, at, "-r", asked), 206, data[first : last + 1])
        expect(got.get("Content-Range"), f"bytes {first}-{last}/1000", asked)
    for asked in ("1000-", "5000-6000", "-0"):
        expect(want(curl(env, at, "-r", asked), 416).get("Content-Range"), "bytes */1000", asked)
    for ignored in ("bytes=9-3", "bytes=x", "items=0-3", "bytes 0-3"):
        want(curl(env, at, "-H", f"Range: {ignored}"), 200, data)
    etag = whole.get("ETag")
    want(curl(env, at, "-r", "0-3", "-H", f"If-Range: {etag}"), 206, data[:4])
    want(curl(env, at, "-r", "0-3", "-H", 'If-Range: "other"'), 200, data)


@register
def resumed_download(env):
    at, data = f"topics/{env.topic()}", os.urandom(100_000)
    want(curl(env, at, "-T", file(env, "resumed", data)), 201)
    part = file(env, "part", data[:30_000])
    command = ["curl", "-sS", "--noproxy", "*", "-C", "-", "-o", part, url(env, at)]
    subprocess.run(command, check=True, timeout=20)
    with open(part, "rb") as f:
        expect(f.read(), data)


@register
def etags(env):
    at = f"topics/{env.topic()}"
    want(curl(env, at, "-X", "PUT", "-d", "1"), 201)
    saved = os.path.join(env.scratch, "etag")
    etag = want(curl(env, at, "--etag-save", saved), 200, b"1").get("ETag")
    if not etag or not re.fullmatch(r'(W/)?"[!#-~]*"', etag):
        raise Fail(f"ETag {etag}")
    got = want(curl(env, at, "--etag-compare", saved), 304, b"")
    expect(got.get("ETag"), etag)
    want(curl(env, at, "-H", f'If-None-Match: "a", {etag}'), 304)
    want(curl(env, at, "-H", "If-None-Match: *"), 304)
    want(curl(env, at, "-H", 'If-None-Match: "other"'), 200, b"1")
    want(curl(env, at, "-I", "-H", f"If-None-Match: {etag}"), 304)
    want(curl(env, at, "-X", "PUT", "-d", "2", "-H", 'If-Match: "other"'), 412)
    want(curl(env, at, "-X", "PUT", "-d", "2", "-H", "If-None-Match: *"), 412)
    want(curl(env, at, "-X", "PUT", "-d", "2", "-H", f"If-Match: {etag}"), 204)
    want(curl(env, at, "--etag-compare", saved), 200, b"2")


@register
def expect_100_continue(env):
    at, data = f"topics/{env.topic()}", os.urandom(50_000)
    start = time.monotonic()
    args = ["-H", "Expect: 100-continue", "--expect100-timeout", "8"]
    got = want(curl(env, at, *args, "-T", file(env, "continue", data)), 201)
    if [head.split(b" ")[1] for head in got.before] != [b"100"]:
        raise Fail(f"heads before the last: {got.before}")
    if time.monotonic() - start > 4:
        raise Fail("curl waited in vain for 100")
    want(curl(env, at), 200, data)
    # Refused before the body is sent.
    got = curl(env, f"topics/{env.topic()}/a%2Fb/%23", *args, "-T", file(env, "refused", data))
    want(got, 400)
    expect(got.before, [])
    want(curl(env, at, "-H", "Expect: a miracle"), 417)


@register
def upgrades_are_not_taken(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x", "-r")
    for args in (["--http2"], ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket"]):
        got = want(curl(env, f"topics/{topic}", *args), 200, b"x")
        expect((got.version, got.before), ("HTTP/1.1", []))


@register
def a_list_as_json(env):
    topic = env.topic()
    for n in range(3):
        mosquitto_pub(env, f"{topic}/{n}/b", f"{n}", "-r")
    mosquitto_pub(env, f"{topic}/1/c", "other", "-r")
    got = want(curl(env, f"topics?filter={topic}/%2B/b"), 200)
    expect(got.get("Content-Type").split(";")[0], "application/json")
    text = json.dumps(json.loads(got.body))
    for n in range(3):
        if f"{topic}/{n}/b" not in text:
            raise Fail(f"no {topic}/{n}/b in {text[:200]}")
    if f"{topic}/1/c" in text:
        raise Fail(f"more than the filter takes: {text[:200]}")
    if topic not in json.dumps(json.loads(want(curl(env, "topics"), 200).body)):
        raise Fail("the list of all topics has not all")
    want(curl(env, "topics?filter=a/%23/b"), 400)
    many = [f"{topic}/many/{n}" for n in range(40)]
    for name in many:
        mosquitto_pub(env, name, "x" * 50, "-r")
    got = want(curl(env, f"topics?filter={topic}/many/%23"), 200)
    text = json.dumps(json.loads(got.body))
    expect(sum(f'"{name}"' in text for name in many), 40, "topics:")


@register
def events(env):
    topic = env.topic()
    mosquitto_pub(env, f"{topic}/a", "1", "-r")
    args = ["-sSN", "-D", "-", "--noproxy", "*", "--max-time", "15"]
    stream = Proc("curl", *args, url(env, f"events?filter={topic}/%2B"))
    stream.line("200 OK")
    stream.line("text/event-stream")
    stream.line("data:")  # what is retained
    for n in range(2, 5):
        mosquitto_pub(env, f"{topic}/b", f"value {n}")
        stream.line(f"value {n}")
    mosquitto_pub(env, f"{topic}/b", "two\nlines")
    stream.line(r"two\nlines")  # JSON
    mosquitto_pub(env, f"{topic}/b/c", "not of the filter")
    mosquitto_pub(env, f"{topic}/b", "last")
    stream.line("last")
    if any("not of the filter" in line for line in stream.lines):
        raise Fail("an event that the filter does not take")
    want(curl(env, "events?filter=%23/a"), 400)


@register
def the_coap_side(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "21.5", "-r")
    want(curl(env, f"coap/ps/{topic}"), 200, b"21.5")
    want(curl(env, f"coap/ps/{env.topic()}"), 404)
    want(curl(env, f"coap/ps/{topic}/made", "-X", "PUT", "-d", "x"), 201)
    want(curl(env, f"topics/{topic}/made"), 200, b"x")
    want(curl(env, f"coap/ps/{topic}/made", "-X", "PUT", "-d", "y"), 204)
    want(curl(env, f"coap/ps/{topic}/made", "-X", "DELETE"), 204)
    got = want(curl(env, "coap/.well-known/core"), 200)
    expect(got.get("Content-Type"), "application/link-format")
    want(curl(env, f"coap/ps/{topic}", "-X", "PATCH", "-d", "x"), 405)


@register
def well_known_core(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x", "-r")
    got = want(curl(env, ".well-known/core"), 200)
    expect(got.get("Content-Type"), "application/link-format")
    if topic.encode() not in got.body:
        raise Fail(f"no {topic} in {got.body[:200]}")


@register
def refusals(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x", "-r")
    want(curl(env, "no/such/path"), 404)
    want(curl(env, ""), 200)
    for where, allowed in ((f"topics/{topic}", "GET HEAD PUT POST DELETE"), ("topics", "GET HEAD")):
        got = want(curl(env, where, "-X", "PATCH", "-d", "x"), 405)
        methods = set(re.split(r"[ ,]+", got.get("Allow")))
        if not methods.issuperset(allowed.split()):
            raise Fail(f"Allow: {got.get('Allow')}")
    want(curl(env, f"topics/{topic}", "-X", "BREW"), 501)
    want(curl(env, f"topics/{topic}", "-X", "PUT", "-d", ""), 400)  # MQTT retains nothing empty
    want(curl(env, f"topics/{topic}", "-H", f"X-Long: {'x' * 60_000}", code=None), 431)
    encoded = ["-X", "PUT", "-H", "Content-Encoding: gzip", "-d", "x"]
    want(curl(env, f"topics/{topic}", *encoded), 415)
    too_large = file(env, "large", bytes(3 << 20))
    want(curl(env, f"topics/{topic}", "-T", too_large, code=None), 413)
    want(curl(env, f"topics/{topic}"), 200, b"x")


@register
def two_hundred_at_once(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x" * 1000, "-r")
    args = ["-Z", "--parallel-max", "50", "--parallel-immediate", "-o", "/dev/null"]
    target = url(env, f"topics/{topic}?n=[1-200]")
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", *args, "-w", "%{http_code} %{size_download}\n", target],
        capture_output=True, text=True, timeout=30,
    )
    lines = done.stdout.split("\n")[:-1]
    expect(lines.count("200 1000"), 200, f"of {len(lines)}, {done.stderr[:100]}:")


@register
def listens_on_loopback_alone(env):
    addresses = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    for address in [a for a in addresses if "." in a and a != HOST]:
        where = f"http://{address}:{env.http_port}/"
        command = ["curl", "-sS", "--noproxy", "*", "--max-time", "2", where]
        if subprocess.run(command, capture_output=True, timeout=10).returncode == 0:
            raise Fail(f"it answers on {address}")
