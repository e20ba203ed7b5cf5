"""The page at `/` in headless Chromium."""

import itertools
import json
import logging
import math
import os
import struct
import subprocess
import threading
import time
import urllib.request

from cases_mosquitto import sub
from chromium import CONTRAST, Page, page_case
from harness import HOST, Fail, Proc, Raw, case, expect, free_port, packet, publish, wait_for, wait_for_port
from paho.mqtt.client import topic_matches_sub
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import serve


def index(env, filter_text=None):
    fragment = "" if filter_text is None else "#filter=" + filter_text.replace("#", "%23")
    return f"http://{HOST}:{env.http_port}/{fragment}"


def coap_put(env, topic, payload):
    url = f"coap://{HOST}:{env.coap_port}/ps/{topic}"
    Proc("coap-client-notls", "-m", "put", "-e", payload, url).wait()


@page_case("chromium-live")
def live(env):
    """A value is shown as it changes, with its unit and the protocol that brought it."""
    base = env.topic()
    topic = f"{base}/v"
    coap_put(env, topic, "20.5 °C")
    page = Page(index(env, f"{base}/#"))
    wait_for(lambda: page.row(topic) == ["20.5", "°C", "CoAP · UDP"], "what is retained")
    expect(page.js("document.querySelectorAll('.trend svg:not(.none)').length"), 0, "lines:")
    coap_put(env, topic, "21.25 °C")
    wait_for(lambda: page.row(topic) == ["21.25", "°C", "CoAP · UDP"], "the new value")
    expect(page.js("document.querySelector('.line').getAttribute('d').split('L').length"), 2, "points:")
    with Raw(env.port) as raw:
        raw.connect("5")
        for payload, seen in (
            (b'{"value":3,"unit":"%RH"}', ["3", "%", "MQTT"]),
            (b'[{"n":"x","u":"Cel","v":-1.5}]', ["-1.5", "°C", "MQTT"]),
            (b"open", ["open", "", "MQTT"]),
            (b"\x00\xff", ["00 ff", "", "MQTT"]),
            (b"", ["(empty)", "", "MQTT"]),
        ):
            raw.send(publish("5", topic.encode(), payload))
            wait_for(lambda: page.row(topic) == seen, f"{payload} as {seen}")
    Proc("curl", "-sS", "-T", "-", f"{index(env)}topics/{topic}", stdin=b"7 W").wait()
    wait_for(lambda: page.row(topic) == ["7", "W", "HTTP"], "what came by HTTP")
    page.quiet()


@page_case("chromium-filter")
def filters(env):
    """A filter narrows the rows; what is wrong with one is said, and the rows stay."""
    base = env.topic()
    for name in ("a/x", "a/y", "b/x"):
        coap_put(env, f"{base}/{name}", "1")
    page = Page(index(env, f"{base}/#"))
    topics = lambda: [row[0][len(base) + 1 :] for row in page.rows()]
    wait_for(lambda: topics() == ["a/x", "a/y", "b/x"], "all topics")
    page.type("#filter", f"{base}/+/x")
    wait_for(lambda: topics() == ["a/x", "b/x"], "those with x")
    expect(page.js("decodeURIComponent(location.hash)"), f"#filter={base}/+/x")
    for bad, why in (
        (f"{base}/a+", f"+ at character {len(base) + 3} must be alone in its level"),
        (f"{base}/#/x", f"# at character {len(base) + 2} must be the last level"),
        ("", "at least one character"),
        ("$share/", "at character 8"),
        ("$share/a+/x", "+ at character 9 must not be in the name of a share"),
        ("a" * 65536, "65535 is the most"),
    ):
        page.type("#filter", bad)
        wait_for(lambda: why in page.text("#filter-error"), f"{why} of {bad[:40]}")
        expect(page.js("document.getElementById('filter').getAttribute('aria-invalid')"), "true")
        expect(topics(), ["a/x", "b/x"], f"{bad[:40]}:")
    page.js(f"location.hash = 'filter=' + encodeURIComponent('{base}/a/#')")
    wait_for(lambda: topics() == ["a/x", "a/y"], "the filter of the address")
    expect(page.text("#filter-error"), "")
    page.type("#filter", f"$share/group/{base}/b/#")
    wait_for(lambda: topics() == [], "nothing retained for a share")
    coap_put(env, f"{base}/b/x", "2")
    wait_for(lambda: topics() == ["b/x"], "what is shared")
    page.quiet()


@page_case("chromium-publish")
def publishes(env):
    """What is published on the page reaches mosquitto_sub, and the page says so."""
    topic = env.topic()
    heard = sub(env, "5", "-q", "1", "-t", f"{topic}/#")
    page = Page(index(env, f"{topic}/#"))
    page.type("#topic", f"{topic}/+")
    page.type("#payload", "19.5 °C")
    page.click("#publish-form [type=submit]")
    page.until("document.getElementById('topic-error').textContent.startsWith('+ at character')", "the fault")
    expect(page.text("#result"), "")
    page.type("#topic", f"{topic}/page")
    page.key("Enter", 13)
    page.until("document.getElementById('result').textContent.startsWith('PUBACK 0x00 success')", "PUBACK")
    heard.line(f"MSG 1 0 {topic}/page 19.5 °C")
    wait_for(lambda: page.row(f"{topic}/page") == ["19.5", "°C", "MQTT · WS"], "its own message")
    page.js("document.getElementById('qos').value = '0'")
    page.js("document.getElementById('retain').checked = true")
    page.type("#payload", "kept")
    page.click("#publish-form [type=submit]")
    heard.line(f"MSG 0 0 {topic}/page kept")
    page.until("document.getElementById('result').textContent.startsWith('Sent.')", "QoS 0")
    late = Proc("mosquitto_sub", "-h", HOST, "-p", str(env.port), "-C", "1", "-t", f"{topic}/page")
    late.line("kept")
    page.quiet()


@page_case("chromium-reconnect")
def reconnects(env):
    """Without the gateway the page says so, keeps what it has, and comes back by itself."""
    http, mqtt = free_port(), free_port()
    args = ["--no-coap", "--quiet", "--mqtt-port", str(mqtt), "--http-port", str(http)]
    gateway = Proc(env.program("gateway"), *args)
    wait_for_port(http, gateway)
    page = Page(f"http://{HOST}:{http}/")
    page.until("document.querySelectorAll('#rows tbody').length === 6", "the sensors")
    gateway.kill()
    page.until("document.getElementById('banner').checkVisibility()", "a banner")
    if "No connection to the gateway" not in page.text("#banner-text"):
        raise Fail(page.text("#banner-text"))
    expect(page.text("#state"), "Not connected")
    expect(len(page.rows()), 6, "rows:")
    expect(page.js("document.body.classList.contains('offline')"), True, "greyed:")
    page.type("#topic", "a")
    page.key("Enter", 13)
    page.until("document.getElementById('result').textContent.startsWith('Nothing was sent')", "why not")
    gateway = Proc(env.program("gateway"), *args)
    page.until("document.getElementById('state').textContent === 'Connected'", "Connected again", 20)
    expect(page.js("document.getElementById('banner').checkVisibility()"), False, "banner:")
    before = page.rows()
    wait_for(lambda: page.rows() != before, "values that change")


@page_case("chromium-markup")
def markup(env):
    """What others publish is text, wherever it is shown."""
    base, evil = env.topic(), "<img src=x onerror=alert(1)><script>alert(2)</script>"
    page = Page(index(env, f"{base}/#"))
    nodes = page.js("document.querySelectorAll('script, img').length")
    name = f"{base}/<b>bold<script>"
    pair = b"\x26" + b"".join(struct.pack("!H", len(t)) + t for t in (b"<i>name", b"<u>value"))
    kind = b"\x03" + struct.pack("!H", 7) + b"<s>type"
    with Raw(env.port) as raw:
        raw.connect("5")
        raw.send(publish("5", name.encode(), evil.encode(), properties=kind + pair))
        wait_for(lambda: page.row(name) == [evil, "", "MQTT"], "the markup as text")
        page.click("#rows .topic")
        shown = page.text("#rows .details")
        for part in (evil, "<i>name", "<u>value", "<s>type"):
            if part not in shown:
                raise Fail(f"{part} is not in {shown}")
        # A unit, and whoever lies about the protocol.
        lie = b"\x26\x00\x03via\x00\x05<h1>x"
        raw.send(publish("5", name.encode(), b'{"value":1,"unit":"<b>x</b>"}', properties=lie))
        wait_for(lambda: page.row(name) == ["1", "<b>x</b>", "MQTT"], "the unit as text")
        raw.send(publish("5", name.encode(), b"x" * 100_000))
        page.until("document.querySelector('.details pre').textContent.length === 2050", "a long one, cut")
    expect(page.js("document.querySelectorAll('script, img').length"), nodes, "elements:")
    expect(page.js("document.querySelectorAll('#rows :is(b, i, u, s, h1)').length"), 0, "elements:")
    page.quiet()


@page_case("chromium-hostile")
def hostile(env):
    """Names of thousands of levels, large properties and a bad filter in a link do not harm the page."""
    base = env.topic()
    page = Page(index(env, f"{base}/#"))
    with Raw(env.port) as raw:
        raw.connect("5")
        for n in range(5):
            raw.send(publish("5", f"{base}/{n:02}{'/a' * 15_000}".encode(), b"1 W"))
        pairs = b"\x26\x00\x01n\xea\x60" + b"v" * 60_000
        kept = b"\x09\xea\x60" + b"c" * 60_000 + pairs
        for n in range(80):
            name = f"{base}/{n:03}".encode()
            raw.send(packet(0x30, struct.pack("!H", len(name)) + name + packet(0, kept)[1:] + b"2 W"))
    wait_for(lambda: page.row(f"{base}/079") == ["2", "W", "MQTT"], "rows behind long names", 30)
    nodes = page.js("document.getElementsByTagName('*').length")
    if nodes > 20_000:
        raise Fail(f"{nodes} elements")
    page.call("HeapProfiler.collectGarbage")
    heap = page.call("Runtime.getHeapUsage")
    held = heap["usedSize"] + heap.get("backingStorageSize", 0)
    if held > 10_000_000:
        raise Fail(f"{held} bytes are held")
    page.quiet()
    page = Page(index(env, f"{base}/#/x"))
    if "must be the last level" not in page.text("#filter-error"):
        raise Fail(page.text("#filter-error"))
    expect(page.text("#state"), "Connected")
    expect(page.js("document.getElementById('filter').value"), f"{base}/#/x")
    page.quiet()
    return f"{nodes} elements, {held // 1000} kB"


# What the page reads as a number with a unit, and what not.
READ = """
    const bytes = (text) => new TextEncoder().encode(text);
    const read = (text) => { const r = readingOf(bytes(text)); return r.number === null ? null : [numberText(r.number), r.unit]; };
    console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0)).map(read)));
"""
READINGS = (
    ("21.5", ["21.5", ""]), ("21.5 °C", ["21.5", "°C"]), ("21.5°C", ["21.5", "°C"]), ("55%", ["55", "%"]),
    ("3 m/s2", ["3", "m/s²"]), ("1e5 Pa", ["100000", "Pa"]), ("1e5Pa", ["100000", "Pa"]), ("-4 Cel", ["-4", "°C"]),
    ("0.0004", ["0.0004", ""]), ("0.00142 V", ["0.00142", "V"]), ("-0.0", ["0", ""]),
    ("12:30", None), ("2024-01-05", None), ("192.168.1.1", None), ("1,234", None), ("0x1F", None), ("0xFF", None),
    ("3/4", None), ("1e999", None), ("NaN", None), ("", None),
    ('{"value":1.5,"unit":"Cel"}', ["1.5", "°C"]), ('{"value":"1.5"}', None), ("[null]", None), ("[]", None),
)  # fmt: skip


@case("page-reading", gateway_only=True)
def reading(env):
    """Numbers and units are told from times, dates and addresses."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../src/gateway/http/page/reading.js")) as f:
        script = f.read() + READ
    texts = json.dumps([text for text, _ in READINGS])
    done = subprocess.run(["node", "-e", script], input=texts, capture_output=True, text=True, check=True)
    for (text, wanted), got in zip(READINGS, json.loads(done.stdout), strict=True):
        expect(got, wanted, f"{text!r}:")


@page_case("chromium-names")
def names(env):
    """Everything that a hand or a screen reader can reach has a name; the keyboard reaches it."""
    topic = env.topic()
    coap_put(env, f"{topic}/v", "1")
    page = Page(index(env, f"{topic}/#"))
    page.until("document.querySelectorAll('#rows tbody').length > 0", "a row")
    page.click("#rows .topic")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    nodes = [(n["role"]["value"], n.get("name", {}).get("value")) for n in nodes if not n["ignored"]]
    roles = ("button textbox combobox checkbox link table row columnheader rowheader image region main"
             " complementary banner search heading form option DisclosureTriangle").split()
    found = [role for role, _ in nodes]
    for role in ("button", "textbox", "combobox", "checkbox", "table", "rowheader", "main", "complementary"):
        if role not in found:
            raise Fail(f"no {role} among {sorted(set(found))}")
    needs_none = ("main", "row", "banner", "form", "search")
    unnamed = [role for role, name in nodes if role in roles and role not in needs_none and not name]
    expect(unnamed, [], "without a name:")
    reached = set()
    for _ in range(60):
        page.key("Tab", 9)
        reached.add(page.js("document.activeElement.id || document.activeElement.className"))
        style = "getComputedStyle(document.activeElement)"
        if page.js(f"document.activeElement !== document.body && {style}.outlineStyle === 'none'"):
            raise Fail("focus that is not seen at " + page.js("document.activeElement.outerHTML")[:100])
    for name in ("theme", "filter", "topic", "payload", "qos", "retain", "quiet"):
        if name not in reached:
            raise Fail(f"Tab does not reach {name}, but {reached}")
    page.quiet()


@page_case("chromium-many")
def many(env):
    """Thousands of topics and many changes at once do not freeze it."""
    base, count = env.topic(), 3000
    page = Page(index(env, f"{base}/#"))
    page.js("""
        window.longest = 0;
        let last = performance.now();
        (function frame() {
            const now = performance.now();
            window.longest = Math.max(window.longest, now - last);
            last = now;
            requestAnimationFrame(frame);
        })();
    """)
    with Raw(env.port) as raw:
        raw.connect("5")
        for n in range(10):
            name = lambda i: f"{base}/{i:04}".encode()
            raw.send(b"".join(publish("5", name(i), b"%d.%d W" % (n, i)) for i in range(count)))
    wait_for(lambda: page.row(f"{base}/0007") == ["9.7", "W", "MQTT"], "the last values", 20)
    expect(len(page.rows()), 200, "rows:")
    expect(page.text("#more"), f"The first 200 of {count:,} topics, by name. A narrower filter shows others.")
    page.type("#filter", f"{base}/29+")
    page.until("document.getElementById('filter-error').textContent !== ''", "what is wrong")
    page.type("#filter", f"{base}/2999")
    wait_for(lambda: len(page.rows()) == 1, "one row")
    longest = page.js("window.longest")
    if longest > 1000:
        raise Fail(f"no frame for {longest:.0f} ms")
    page.quiet()
    return f"{10 * count} messages, longest frame {longest:.0f} ms"


@page_case("chromium-looks")
def looks(env):
    """Pictures in both colours, wide and narrow; enough contrast, and nothing beyond the edge."""
    http, mqtt, coap = free_port(), free_port(), free_port()
    ports = ["--mqtt-port", str(mqtt), "--http-port", str(http), "--coap-port", str(coap)]
    gateway = Proc(env.program("gateway"), "--quiet", "--no-sensors", *ports)
    wait_for_port(http, gateway)
    page = Page(f"http://{HOST}:{http}/")
    Proc("coap-client-notls", "-m", "put", "-e", "open", f"coap://{HOST}:{coap}/ps/house/hall/door").wait()
    for name, payload in (("house/cellar/power", b"412 W"), ("house/garden/humidity", b"61.5 %RH")):
        Proc("curl", "-sS", "-T", "-", f"http://{HOST}:{http}/topics/{name}", stdin=payload).wait()
    with Raw(mqtt) as raw:
        raw.connect("5")
        raw.send(publish("5", b"house/attic/camera", bytes(range(40)), first=0x31))
        raw.send(publish("5", b"house/hall/note", b"back at seven, the key is under the mat", first=0x31))
        rooms = ("bedroom", "kitchen", "living-room")
        for n in range(50):
            for number, room in enumerate(rooms):
                value = 20 + number + math.sin(n / (4 + 3 * number)) + math.sin(n * (number + 2)) / 9
                payload = b'{"value":%.1f,"unit":"Cel"}' % value
                raw.send(publish("5", f"house/{room}/temperature".encode(), payload))
            time.sleep(0.02)
    page.type("#topic", "house/attic/temperature")
    page.type("#payload", "19.5 °C")
    page.click("#publish-form [type=submit]")
    page.until("document.getElementById('result').textContent.startsWith('PUBACK')", "PUBACK")
    drawn = "[...document.querySelectorAll('.line')].filter(l => l.getAttribute('d')?.split('L').length > 40)"
    page.until(f"{drawn}.length === 3", "lines")
    folder = os.environ.get("CI_ARTIFACTS") or os.path.join(os.path.dirname(env.bin_dir), "page")
    os.makedirs(folder, exist_ok=True)
    page.js("document.activeElement.blur()")

    def pictures(what):
        for scheme in ("light", "dark"):
            for width, height, size in ((1280, 900, "wide"), (360, 740, "phone")):
                page.look(width, height, scheme)
                page.js("new Promise(done => setTimeout(done, 350))")  # colours change slowly
                page.picture(os.path.join(folder, f"page-{what}-{scheme}-{size}.png"))
                expect(page.js("document.documentElement.scrollWidth"), width, f"{size}, its width:")
                expect(page.js(CONTRAST), [], f"{scheme}, too little contrast:")

    pictures("live")
    page.quiet()
    page.click("#rows .topic")
    page.type("#filter", "house/+/temp#")
    page.until("document.getElementById('filter-error').textContent !== ''", "what is wrong")
    gateway.kill()
    page.until("document.getElementById('banner').checkVisibility()", "a banner")
    pictures("alone")
    return f"pictures in {folder}"


# What breaks a rule behind CONNACK, and the Reason Code to say so with.
BROKEN = (
    (b"\x30\x05\x00\x09a\x00x", 0x81),  # a topic beyond the end
    (b"\x30\x04\x00\x01+\x00", 0x90),  # a wildcard
    (b"\x30\x05\x00\x02\xc3\x28\x00", 0x81),  # no UTF-8
    (b"\x34\x06\x00\x01a\x00\x01\x00", 0x9B),  # QoS 2
    (b"\x32\x06\x00\x01a\x00\x00\x00", 0x82),  # Packet Identifier 0
    (b"\x30\x07\x00\x01a\x03\x23\x00\x01", 0x94),  # a Topic Alias
    (b"\x30\x08\x00\x01a\x04\x01\x00\x01\x00", 0x82),  # a property twice
    (b"\x30\x06\x00\x01a\x02\x01\x02", 0x82),  # a flag of 2
    (b"\x30\x05\x00\x01a\x01\x7e", 0x81),  # an unknown property
    (b"\x30\x80\x80\x80\x80\x01", 0x81),  # a length of five bytes
    (b"\x30\x84\x00\x00\x01a\x00", 0x81),  # a length that is not minimal
    (b"\x30\xff\xff\xff\x7f", 0x95),  # too large
    (b"\x40\x02\x12\x34", 0x82),  # acknowledges nothing
    (b"\xd0\x01\x00", 0x81),  # PINGRESP with a body
    (b"\xd1\x00", 0x81),  # reserved flags
    (b"\xf0\x00", 0x82),  # AUTH
    (b"\x20\x03\x00\x00\x00", 0x82),  # a second CONNACK
    ("text", 0x81),  # not a binary message
)


@page_case("chromium-strict")
def strict(env):
    """A server that breaks a rule is told so and left; cuts and joins of packets break none."""
    with urllib.request.urlopen(index(env)) as answer:
        html = answer.read()
    pieces, told = iter(BROKEN), []

    def request(connection, request):
        if request.path == "/mqtt":
            return None
        response = connection.respond(200, "")
        response.headers.clear()
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        response.headers["Content-Length"] = str(len(html))
        response.headers["Connection"] = "close"
        return Response(200, "OK", response.headers, html)

    def mqtt(connection):
        connection.recv()
        # Four properties: Server Keep Alive 1 s, and so on; cut everywhere.
        for byte in b"\x20\x0b\x00\x00\x08\x13\x00\x01\x12\x00\x02me":
            connection.send(bytes([byte]))
        subscribe = connection.recv()
        suback = b"\x90\x04" + subscribe[2:4] + b"\x00\x01"
        whole = suback + publish("5", b"a", b"1 W") + publish("5", b"b", b"2 W", 0x32, 7)
        connection.send(whole)
        expect(connection.recv(), b"\x40\x02\x00\x07", "PUBACK:")
        broken = next(pieces, None)
        if broken is None:
            expect(connection.recv(timeout=5), b"\xc0\x00", "PINGREQ:")
            connection.send(b"\xd0\x00")
            expect(connection.recv(timeout=5), b"\xc0\x00", "PINGREQ:")
            told.append("pinged twice")
            return
        connection.send(broken[0])
        disconnect = None
        try:
            disconnect = connection.recv(timeout=5)
            connection.recv(timeout=5)
        except ConnectionClosed as closed:
            told.append((broken[0], disconnect, closed.rcvd.code))

    # Whoever leaves in the middle of a handshake is no news.
    silent = logging.Logger("silent")
    silent.addHandler(logging.NullHandler())
    options = {"subprotocols": ["mqtt"], "process_request": request, "compression": None, "logger": silent}
    with serve(mqtt, HOST, 0, **options) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = Page(f"http://{HOST}:{server.socket.getsockname()[1]}/", wait=False)
        for count in range(1, len(BROKEN) + 2):
            def answered():
                page.js("document.getElementById('banner-button').click()")
                return len(told) >= count
            wait_for(answered, f"an answer to {BROKEN[min(count, len(BROKEN)) - 1][0]!r}")
        expect(told, [(sent, b"\xe0\x01" + bytes([code]), 4002) for sent, code in BROKEN] + ["pinged twice"])
        expect(page.rows(), [["a", "1", "W", "MQTT"], ["b", "2", "W", "MQTT"]])
        server.shutdown()


# Which names and filters are good, and which filter takes which name.
JUDGE = """
    const texts = JSON.parse(require("fs").readFileSync(0));
    const good = (judge) => texts.filter((text) => judge(text) === null);
    const [names, filters] = [good(whatIsWrongWithName), good(whatIsWrongWithFilter)];
    const taken = filters.map((filter) => names.filter((name) => matches(filterOf(filter), name)));
    console.log(JSON.stringify([names, filters, taken]));
"""


@case("page-matching", gateway_only=True)
def matching(env):
    """The page judges filters and names, and compares them, as paho does."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../src/gateway/http/page/topics.js")) as f:
        script = f.read() + JUDGE
    texts = ["".join(letters) for n in range(6) for letters in itertools.product("a/+#$", repeat=n)]
    texts += [f"$share/{text}" for text in texts[:156]]
    done = subprocess.run(["node", "-e", script], input=json.dumps(texts), capture_output=True, text=True, check=True)
    names, filters, taken = json.loads(done.stdout)

    def is_filter(text):
        if text.startswith("$share/"):
            _, name, *rest = text.split("/", 2)
            return name != "" and not set(name) & set("+#") and bool(rest) and is_filter(rest[0])
        levels = text.split("/")
        alone = all(level in ("+", "#") or not set(level) & set("+#") for level in levels)
        return text != "" and alone and "#" not in levels[:-1]

    expect(names, [text for text in texts if text and not set(text) & set("+#")], "names:")
    expect(filters, [text for text in texts if is_filter(text)], "filters:")
    for text, got in zip(filters, taken, strict=True):
        plain = text.split("/", 2)[2] if text.startswith("$share/") else text
        expect(got, [name for name in names if topic_matches_sub(plain, name)], f"{text} takes")
    return f"{len(filters)} filters, {len(names)} names"
