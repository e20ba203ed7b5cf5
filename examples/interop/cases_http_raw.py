"""HTTP bytes that no client sends: the right status, the end of the connection, nothing behind is
looked at, and nobody else notices."""

import random
import threading
import time

from coap import mosquitto_pub
from harness import Fail, case, expect
from web import Http, curl, request, want


def register(function):
    case(f"http-raw-{function.__name__.replace('_', '-')}", gateway_only=True)(function)
    return function


LINE = b"GET /topics/%s HTTP/1.1\r\n"
HOST = b"Host: a\r\n"
START = LINE + HOST
PUT = b"PUT /topics/%s HTTP/1.1\r\nHost: a\r\n"
CHUNKED = PUT + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"\r\n\r\n"


def lengths(*values):
    return [(f"Content-Length {v!r}", PUT + b"Content-Length: " + v + END, 400) for v in values]


def encodings(status, *values):
    return [(f"Transfer-Encoding {v!r}", PUT + b"Transfer-Encoding: " + v + END, status) for v in values]


def chunks(*bodies):
    return [(f"chunk {b[:24]!r}", CHUNKED + b, 400) for b in bodies]


def names(*lines):
    return [(f"field line {line!r}", START + line + END, 400) for line in lines]


def starts(*rows):
    return [(f"start line {line!r}", line + b"\r\n" + HOST + b"\r\n", status) for line, status in rows]


# What, bytes with the topic's place in them, and the status. The classes of inputs on which parsers
# have been found to disagree.
LINE_ENDS = [
    ("LF ends the request line", b"GET /topics/%s HTTP/1.1\n" + HOST + b"\r\n", 400),
    ("LF ends a field", LINE + b"Host: a\n\r\n", 400),
    ("LF LF ends the head", LINE + b"Host: a\r\nX: b\n\n", 400),
    ("CR alone in a head", LINE + b"Host: a\rX: b" + END, 400),
    ("CR CR LF", LINE + b"Host: a\r\r\n\r\n", 400),
    ("CR and X for the empty line", START + b"\rX", 400),
    ("LF for the empty line", START + b"\n", 400),
    ("a value that begins with LF", START + b"X:\n b" + END, 400),
    ("LF behind a chunk size", CHUNKED + b"1\nx\r\n0" + END, 400),
    ("LF behind chunk data", CHUNKED + b"1\r\nx\n0" + END, 400),
    ("LF in a trailer", CHUNKED + b"0\r\nA: b\n\r\n", 400),
    ("three empty lines before", b"\r\n\r\n\r\n" + START + b"\r\n", 400),
]
FIELDS = names(
    b"X : b", b"X\t: b", b"X\x0b: b", b"X\x85: b", b"X\xa0: b", b": b", b"X", b"X\r\nY: b", b"X Y: b",
    b"X\x00: b", b"X(: b", b"\xc3\xbc: b", b"X: a\x00b", b"X: a\x7fb", b"X: a\x1bb", b"X: a\r\n b",
    b"X: a\r\n\tb", b"Host: b", b"Host: b, c",
) + [
    ("a space before the first field", LINE + b" Host: a" + END, 400),
    ("no Host", LINE + b"\r\n", 400),
    ("a Host that is none", LINE + b"Host: a b" + END, 400),
    ("Host with a path", LINE + b"Host: a/b" + END, 400),
]  # fmt: skip
START_LINES = starts(
    (b"GET  /topics/%s HTTP/1.1", 400),
    (b"GET /topics/%s  HTTP/1.1", 400),
    (b"GET\t/topics/%s HTTP/1.1", 400),
    (b"GET /topics/%s\x0bHTTP/1.1", 400),
    (b" GET /topics/%s HTTP/1.1", 400),
    (b"GET /topics/%s HTTP/1.1 ", 400),
    (b"GET /topics/%s HTTP/1.32", 400),
    (b"GET /topics/%s HTTP/4294967295.255", 400),
    (b"GET /topics/%s HTTP/01.1", 400),
    (b"GET /topics/%s http/1.1", 400),
    (b"GET /topics/%s HTTP/1", 400),
    (b"GET /topics/%s", 400),
    (b"GET /topics/%s HTTP/2.0", 505),
    (b"GET /topics/%s HTTP/0.9", 505),
    (b"GET /topics/%s HTTP/3.0", 505),
    (b"G(ET /topics/%s HTTP/1.1", 400),
    (b"GET topics/%s HTTP/1.1", 400),
    (b"GET /topics/%s#a HTTP/1.1", 400),
    (b"GET /topics/%s%%zz HTTP/1.1", 400),
    (b"GET /topics/%s\x80 HTTP/1.1", 400),
    (b"GET /topics/%s\x7f HTTP/1.1", 400),
    (b'GET /topics/%s" HTTP/1.1', 400),
    (b"GET * HTTP/1.1", 400),
) + [("HTTP/2 from the start", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400)]
LENGTHS = lengths(
    b"+5", b"-5", b"-0", b"0x10", b"1_0", b"1Z", b"1 2", b"", b"5, 5", b"5, 6", b"5;a", b"5.0",
    b"5\r\nContent-Length: 5", b"5\r\nContent-Length: 6", b"0\r\nContent-Length: 31", b"\xd9\xa5",
) + [
    ("a length of 65 bits", PUT + b"Content-Length: 18446744073709551616" + END, 413),
    ("a length of 26 digits", PUT + b"Content-Length: 99999999999999999999999999" + END, 413),
]  # fmt: skip
ENCODINGS = (
    encodings(
        400, b"", b",chunked", b"chunked,", b"chunked, gzip", b'"chunked"', b"chunked, chunked",
        b"chunked\r\nTransfer-Encoding: chunked", b"\x0bchunked", b"chunked\x00", b"chunked\x0c",
        b"chun ked", b"\xffchunked", b"xchunked", b"identity", b"gzip",
    )
    + encodings(501, b"gzip, chunked", b"x, chunked")
    + [
        ("with Content-Length behind", CHUNKED[:-2] + b"Content-Length: 5" + END, 400),
        ("with Content-Length before", PUT + b"Content-Length: 5\r\nTransfer-Encoding: chunked" + END, 400),
        ("in HTTP/1.0", CHUNKED.replace(b"/1.1", b"/1.0"), 400),
    ]
)  # fmt: skip
CHUNKS = chunks(
    b"\r\n", b" \r\n", b";\r\n", b"0x1\r\nx\r\n0" + END, b"+1\r\nx\r\n0" + END, b"-1\r\nx\r\n0" + END,
    b"1_0\r\n", b" 1\r\nx\r\n0" + END, b"g\r\n", b"10000000000000000\r\n", b"00000000000000001\r\nx\r\n0" + END,
    b"1\r\nxy\r\n0" + END, b"1\r\nx0" + END, b"1;\r\nx\r\n0" + END, b"1;a=\"\r\nx\r\n0" + END,
    b"1;a\nb\r\nx\r\n0" + END, b"1;a\rb\r\nx\r\n0" + END, b"1;a\x00\r\nx\r\n0" + END, b"0\r\nA b: c" + END,
    b"0\r\n: c" + END, b"0\r\n a: c" + END,
) + [
    ("a chunk extension without end", CHUNKED + b"1;" + b"a" * 70_000, 413),
    ("a chunk extension for each byte", CHUNKED + b"1;a=b\r\nx\r\n" * 5000, 413),
]  # fmt: skip


def refused(env, rows):
    """All rows; what they are followed by must not happen."""
    bad, other = [], Http(env.http_port)
    expect(other.ask("GET", "/no").status, 404)
    for what, data, status in rows:
        topic, smuggled = env.topic(), env.topic()
        data = data.replace(b"%s", topic.encode(), 1).replace(b"%%", b"%")
        behind = request("PUT", f"/topics/{smuggled}", body=b"smuggled")
        with Http(env.http_port) as raw:
            try:
                try:
                    raw.send(data + behind)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # refused before all was sent
                got = raw.answer()
                if got.status != status:
                    bad.append(f"{what}: {got.status}")
                    continue
                expect(got.get("Connection"), "close", "Connection:")
                raw.is_closed()
            except (Fail, OSError) as error:
                bad.append(f"{what}: {error}")
        for name in (topic, smuggled):
            if other.ask("GET", f"/topics/{name}").status != 404:
                bad.append(f"{what}: something was published")
    if bad:
        raise Fail(f"{len(bad)} of {len(rows)}: " + "; ".join(bad))


for name, rows in (
    ("line-ends", LINE_ENDS),
    ("fields", FIELDS),
    ("start-lines", START_LINES),
    ("lengths", LENGTHS),
    ("transfer-encodings", ENCODINGS),
    ("chunks", CHUNKS),
):
    case(f"http-raw-refuses-{name}", rows, gateway_only=True)(refused)


@register
def strict_but_not_too_strict(env):
    """What looks odd and is allowed."""
    topic = env.topic()
    mosquitto_pub(env, topic, "x", "-r")
    at = f"/topics/{topic}".encode()
    for what, data in (
        ("two empty lines before", b"\r\n\r\nGET %s HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("HTTP/1.2", b"GET %s HTTP/1.2\r\nHost: a\r\n\r\n"),
        ("no space behind the colon", b"GET %s HTTP/1.1\r\nhost:a\r\n\r\n"),
        ("spaces around a value", b"GET %s HTTP/1.1\r\nHOST: \t a \t \r\n\r\n"),
        ("an empty value", b"GET %s HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"),
        ("bytes above 0x7F in a value", b"GET %s HTTP/1.1\r\nHost: a\r\nX: \xe9\xff\r\n\r\n"),
        ("an empty Host", b"GET %s HTTP/1.1\r\nHost:\r\n\r\n"),
        ("absolute-form", b"GET http://elsewhere%s HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a body with GET", b"GET %s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
        ("a length that begins with 0", b"GET %s HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc"),
        (
            "a chunked body with GET",
            b"GET %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b'3;a=b;c="d\\"e;"\r\nabc\r\n00\r\nContent-Length: 5\r\n\r\n',
        ),
    ):
        with Http(env.http_port) as raw:
            raw.send(data.replace(b"%s", at) + request("GET", f"/topics/{topic}"))
            for turn in ("first", "next"):
                got = raw.answer()
                expect((got.status, got.body), (200, b"x"), f"{what}, {turn}:")


@register
def pipelining(env):
    """Answers come in the order of the requests."""
    topics = [env.topic() for _ in range(50)]
    with Http(env.http_port) as raw:
        data = b"".join(request("PUT", f"/topics/{t}", body=t.encode()) for t in topics)
        data += b"".join(request("GET", f"/topics/{t}") for t in topics)
        data += request("HEAD", f"/topics/{topics[0]}") + request("GET", f"/topics/{topics[1]}")
        raw.send(data)
        for _ in topics:
            expect(raw.answer().status, 201)
        for topic in topics:
            expect(raw.answer().body, topic.encode())
        expect(raw.answer("HEAD").get("Content-Length"), str(len(topics[0])))
        expect(raw.answer().body, topics[1].encode())
        # Good requests before a bad one are answered first.
        raw.send(request("GET", f"/topics/{topics[2]}") * 3 + b"GET / HTTP/1.1\n\n")
        for _ in range(3):
            expect(raw.answer().body, topics[2].encode())
        expect(raw.answer().status, 400)
        raw.is_closed()


@register
def one_byte_at_a_time(env):
    topic = env.topic()
    body = b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nA: b\r\n\r\n"
    put = request("PUT", f"/topics/{topic}", "Transfer-Encoding: chunked", body=body)
    with Http(env.http_port) as raw:
        for byte in put + request("GET", f"/topics/{topic}"):
            raw.send(bytes([byte]))
        expect(raw.answer().status, 201)
        expect(raw.answer().body, b"abcdefg")


@register
def any_pieces(env):
    """The same conversation, cut in a hundred ways."""
    random.seed(7)
    topic = env.topic()
    data = request("PUT", f"/topics/{topic}", body=b"x" * 300)
    body = b"12c\r\n" + b"y" * 300 + b"\r\n0\r\n\r\n"
    data += request("PUT", f"/topics/{topic}", "Transfer-Encoding: chunked", body=body)
    data += request("GET", f"/topics/{topic}") + request("DELETE", f"/topics/{topic}")
    for _ in range(100):
        cuts = sorted(random.sample(range(1, len(data)), random.choice([1, 2, 5])))
        with Http(env.http_port) as raw:
            for start, end in zip([0, *cuts], [*cuts, len(data)]):
                raw.send(data[start:end])
                time.sleep(0.0005)
            got = [raw.answer() for _ in range(4)]
            expect([a.status for a in got], [201, 204, 200, 204], f"cut at {cuts}:")
            expect(got[2].body, b"y" * 300)


@register
def a_body_that_does_not_come(env):
    """The end of the connection in a body: nothing is published."""
    for data in (
        b"PUT /topics/%s HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        b"PUT /topics/%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ):
        topic = env.topic()
        with Http(env.http_port) as raw:
            raw.send(data.replace(b"%s", topic.encode()))
        time.sleep(0.2)
        want(curl(env, f"topics/{topic}"), 404)


@register
def connection_close_is_the_last(env):
    topic, other = env.topic(), env.topic()
    with Http(env.http_port) as raw:
        first = request("PUT", f"/topics/{topic}", "Connection: close", body=b"x")
        raw.send(first + request("PUT", f"/topics/{other}", body=b"x"))
        got = raw.answer()
        expect((got.status, got.get("Connection")), (201, "close"))
        raw.is_closed()
    want(curl(env, f"topics/{other}"), 404)


@register
def expect_100_by_hand(env):
    topic = env.topic()
    with Http(env.http_port) as raw:
        head, body = request(
            "PUT", f"/topics/{topic}", "Expect: 100-continue", body=b"abc"
        ).split(END)
        raw.send(head + END)
        expect(raw.head().status, 100)
        raw.send(body)
        expect(raw.answer().status, 201)
        # With the body at once, 100 may be left out.
        raw.send(head + END + body)
        got = raw.head()
        expect((raw.answer() if got.status == 100 else got).status, 204)
        # HTTP/1.0 knows no 100.
        raw.send((head + END + body).replace(b"HTTP/1.1", b"HTTP/1.0"))
        expect(raw.head().status, 204)


@register
def slow_peers_do_not_stop_others(env):
    """100 connections that send nothing or half a head, and one that works."""
    idle = [Http(env.http_port) for _ in range(100)]
    for number, raw in enumerate(idle):
        if number % 2:
            raw.send(LINE.replace(b"%s", b"a") + b"X: y")
    topic = env.topic()
    start = time.monotonic()
    for n in range(50):
        status = want(curl(env, f"topics/{topic}", "-X", "PUT", "-d", str(n)), 201 if n == 0 else 204)
    if time.monotonic() - start > 10:
        raise Fail(f"50 requests take {time.monotonic() - start:.1f} s")
    for raw in idle:
        raw.socket.close()


@register
def noise(env):
    """Bytes without sense, for two seconds, from four sides; MQTT and HTTP go on."""
    random.seed(11)
    end = time.monotonic() + 2
    seeds = [random.Random(n) for n in range(4)]

    def send(noise):
        while time.monotonic() < end:
            with Http(env.http_port) as raw:
                try:
                    data = noise.choice([b"", START, CHUNKED, b"POST / HTTP/1.1\r\n"])
                    raw.send(data + noise.randbytes(noise.randrange(1, 400)) + b"\r\n\r\n")
                    raw.socket.settimeout(0.02)
                    raw.socket.recv(4096)
                except OSError:
                    pass

    threads = [threading.Thread(target=send, args=(seed,)) for seed in seeds]
    for thread in threads:
        thread.start()
    topic = env.topic()
    while time.monotonic() < end:
        mosquitto_pub(env, topic, "x", "-r")
        want(curl(env, f"topics/{topic}"), 200, b"x")
    for thread in threads:
        thread.join()
