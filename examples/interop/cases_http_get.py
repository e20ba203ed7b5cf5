"""Our client (`http-get`) against nginx and Python's http.server as origins, and the gateway."""

import hashlib
import http.server
import os
import subprocess
import threading
import time

from harness import HOST, Fail, Proc, case, expect
from web import certificate, file, nginx, read, url

HUGE = 100 << 20


class Got:
    def __init__(self, out, said):
        self.out, self.said = out, said


def get(env, *args, code=0, body=None, timeout=60):
    """What it writes to standard output, and what it says."""
    command = [env.program("http-get"), *args]
    done = subprocess.run(command, input=body, capture_output=True, timeout=timeout)
    if done.returncode != code:
        raise Fail(f"http-get ends with {done.returncode}, not {code}: {done.stderr.decode()[-300:]}")
    return Got(done.stdout, done.stderr.decode())


class PythonHandler(http.server.SimpleHTTPRequestHandler):
    """Its files, and what says how a request came."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().strip(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/upper":  # without a length, until the end
            self.close_connection = True
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body.upper())
            return
        told = f"{self.command} {self.path} {self.headers.get('Content-Type')}\n".encode() + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_PUT = do_PATCH = do_POST


class Python:
    """http.server in this process."""

    def __init__(self, env):
        self.files = os.path.join(env.scratch, f"python-{time.monotonic_ns()}")
        os.makedirs(self.files)
        handler = lambda *args: PythonHandler(*args, directory=self.files)  # noqa: E731
        self.server = http.server.ThreadingHTTPServer((HOST, 0), handler)
        self.server.daemon_threads = True
        self.base = f"http://{HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class Nginx:
    def __init__(self, env, server="", tls=None):
        started = nginx(env, server, tls=tls)
        scheme = "https" if tls else "http"
        self.files, self.base = started.files, f"{scheme}://{HOST}:{started.port}"

    def end(self):
        """It ends with the case."""


def register(*servers):
    def register_one(function):
        for name, server in servers:

            def run(env, server=server):
                origin = server(env)
                try:
                    return function(env, origin)
                finally:
                    origin.end()

            case(f"http-get-{function.__name__.replace('_', '-')}-at-{name}", gateway_only=True)(run)
        return function

    return register_one


def put_file(origin, name, data):
    with open(os.path.join(origin.files, name), "wb") as f:
        f.write(data)
    return data


EVERYWHERE = (("nginx", Nginx), ("python", Python))


@register(*EVERYWHERE)
def files(env, origin):
    small, large = put_file(origin, "small.txt", b"hello\n"), put_file(origin, "large", os.urandom(5 << 20))
    put_file(origin, "empty", b"")
    expect(get(env, f"{origin.base}/small.txt").out, small)
    expect(get(env, f"{origin.base}/empty").out, b"")
    out = os.path.join(env.scratch, "got")
    get(env, "-s", "-o", out, f"{origin.base}/large")
    expect(read(out), large)
    # Several on one connection.
    several = get(env, *[f"{origin.base}/{name}" for name in ("small.txt", "empty", "small.txt")])
    expect(several.out, small * 2)


@register(*EVERYWHERE)
def heads_and_errors(env, origin):
    put_file(origin, "small.txt", b"hello\n")
    shown = get(env, "-I", f"{origin.base}/small.txt").out.decode()
    if not shown.startswith("HTTP/1.1 200") or "content-length: 6" not in shown.lower():
        raise Fail(f"-I shows {shown!r}")
    shown = get(env, "-i", f"{origin.base}/small.txt").out
    if not shown.startswith(b"HTTP/1.1 200") or not shown.endswith(b"\r\n\r\nhello\n"):
        raise Fail(f"-i shows {shown!r}")
    if b"404" not in get(env, "-i", f"{origin.base}/none").out:
        raise Fail("no 404")
    expect(get(env, "-f", f"{origin.base}/none", code=22).out, b"")


@register(*EVERYWHERE)
def redirects(env, origin):
    """To a folder's name with its slash."""
    os.mkdir(os.path.join(origin.files, "folder"))
    put_file(origin, "folder/index.html", b"inside")
    if b"301" not in get(env, "-I", f"{origin.base}/folder").out:
        raise Fail("no 301")
    expect(get(env, "-L", f"{origin.base}/folder").out, b"inside")


@register(("python", Python))
def what_is_sent(env, origin):
    at, form = f"{origin.base}/a?b=c", b"application/x-www-form-urlencoded"
    expect(get(env, "-d", "x=1", "-d", "y=2", at).out, b"POST /a?b=c " + form + b"\nx=1&y=2")
    data = os.urandom(200_000)
    upload = file(env, "upload", data)
    expect(get(env, "-s", "-T", upload, at).out.split(b"\n", 1), [b"PUT /a?b=c None", data])
    chunked = get(env, "-s", "-T", "-", at, body=data)
    expect(chunked.out.split(b"\n", 1), [b"PUT /a?b=c None", data])
    json = ["-X", "PATCH", "-H", "Content-Type: application/json", "--data-binary", "@" + upload]
    got = get(env, "-s", *json, at).out.split(b"\n", 1)
    expect(got, [b"PATCH /a?b=c application/json", data])
    expect(get(env, "-d", "until the end", f"{origin.base}/upper").out, b"UNTIL THE END")
    parts = get(env, "-F", "a=1", "-F", f"f=@{file(env, 'part.txt', b'in it')}", at).out
    for part in (b"multipart/form-data; boundary=", b'name="a"', b'filename="part.txt"', b"in it"):
        if part not in parts:
            raise Fail(f"no {part} in {parts}")


@register(("nginx", Nginx))
def ranges_and_conditions(env, origin):
    data = put_file(origin, "file", os.urandom(10_000))
    at = f"{origin.base}/file"
    expect(get(env, "-r", "100-199", at).out, data[100:200])
    expect(get(env, "-r", "-5", at).out, data[-5:])
    part = file(env, "part", data[:3000])
    get(env, "-s", "-C", "-", "-o", part, at)
    expect(read(part), data)
    etag = os.path.join(env.scratch, "http-get.etag")
    get(env, "-s", "--etag-save", etag, "-o", part, at)
    shown = get(env, "-s", "--etag-compare", etag, "-i", at).out
    if b" 304 " not in shown:
        raise Fail(f"not 304: {shown[:100]}")


@register(("python", Python))
def a_server_without_ranges(env, origin):
    """http.server sends all, whatever the range: curl ends as we do."""
    data, out = put_file(origin, "file", os.urandom(1000)), os.path.join(env.scratch, "no-ranges")
    for has, code in ((data[:400], 33), (data, 0), (data + b"x", 33)):
        args = ["-sS", "-C", "-", "-o", file(env, "no-ranges", has), f"{origin.base}/file"]
        get(env, *args, code=code)
        expect(read(out), has)
        expect(subprocess.run(["curl", *args], capture_output=True, timeout=60).returncode, code)


@register(("nginx", lambda env: Nginx(env, "location / { limit_rate 1m; }")))
def killed_and_changed_meanwhile(env, origin):
    """A tag is no word for a whole file before that is there."""
    data, at = put_file(origin, "file", os.urandom(3 << 20)), f"{origin.base}/file"
    out, etag = (os.path.join(env.scratch, f"killed.{name}") for name in ("out", "etag"))
    args = ["-s", "--etag-save", etag, "--etag-compare", etag, "-o", out, at]
    proc = Proc(env.program("http-get"), *args)
    while proc.process.poll() is None and not size(out):
        time.sleep(0.001)
    proc.kill()
    if not 0 < size(out) < len(data) or not read(etag).startswith(b'incomplete "'):
        raise Fail(f"{size(out)} bytes, and {read(etag)}")
    get(env, "-C", "-", *args)
    expect((read(out), read(etag)[:1]), (data, b'"'))
    get(env, "-C", "-", *args)  # it is complete
    get(env, *args)  # 304
    expect(read(out), data)
    part = file(env, "killed.out", data[:5000])
    put_file(origin, "file", b"other" * 5000)
    get(env, "-C", "-", *args, code=33)
    expect(read(part), data[:5000])
    get(env, *args)
    expect(read(part), b"other" * 5000)


@register(("nginx", lambda env: Nginx(env, "location / { gzip off; ssi on; ssi_types *; }")))
def chunked_answers(env, origin):
    """nginx does not know the length of what it puts together."""
    data = put_file(origin, "page.txt", b"<!--# echo var='request_method' -->" + b"y" * 200_000)
    shown = get(env, "-s", "-i", f"{origin.base}/page.txt").out
    if b"transfer-encoding: chunked" not in shown.lower():
        raise Fail(f"not chunked: {shown[:200]}")
    expect(get(env, "-s", f"{origin.base}/page.txt").out, b"GET" + data[35:])


def tls_origin(env):
    tls = certificate(env)
    origin = Nginx(env, tls=tls)
    origin.cert = tls[0]
    return origin


@register(("nginx", tls_origin))
def a_hundred_megabytes_over_tls_cut_and_resumed(env, origin):
    path, digest = os.path.join(origin.files, "huge"), hashlib.sha256()
    with open(path, "wb") as f:
        for _ in range(HUGE >> 20):
            piece = os.urandom(1 << 20)
            digest.update(piece)
            f.write(piece)
    out = os.path.join(env.scratch, "huge.out")
    args = ["-s", "--cacert", origin.cert, "-C", "-", "-o", out, f"{origin.base}/huge"]
    cuts = 0
    for percent in (20, 60):
        proc = Proc(env.program("http-get"), *args)
        while proc.process.poll() is None and size(out) < HUGE * percent // 100:
            time.sleep(0.001)
        cuts += proc.process.poll() is None
        proc.kill()
        if not size(out):
            raise Fail("nothing is kept of what was cut")
    get(env, *args)
    got = hashlib.sha256()
    with open(out, "rb") as f:
        while piece := f.read(1 << 20):
            got.update(piece)
    expect((size(out), got.hexdigest()), (HUGE, digest.hexdigest()))
    if not cuts:
        raise Fail("it was never cut")
    get(env, f"{origin.base}/huge", code=60)  # without the certificate


def size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


@case("http-get-at-the-gateway", gateway_only=True)
def at_the_gateway(env):
    at = url(env, f"topics/{env.topic()}")
    get(env, "-f", at, code=22)
    get(env, "-X", "PUT", "-d", "21.5", at)
    expect(get(env, at).out, b"21.5")
    expect(get(env, "-r", "0-1", at).out, b"21")
    data = os.urandom(500_000)
    get(env, "-s", "-T", "-", at, body=data)
    expect(get(env, "-s", at).out, data)
    if b" 200 " not in get(env, "-I", at).out:
        raise Fail("no 200")
    get(env, "-X", "DELETE", at)
    get(env, "-f", at, code=22)
