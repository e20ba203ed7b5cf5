"""What the HTTP cases use beside harness.py: curl, answers taken apart, nginx with a configuration of
ours, raw requests."""

import os
import re
import subprocess

from harness import HOST, Fail, Proc, Raw, expect, free_port, wait_for_port


def url(env, where, port=None):
    return f"http://{HOST}:{port or env.http_port}/{where}"


class Answer:
    """A response: the last head of a file that has several if there were 1xx before it, and a body."""

    def __init__(self, heads, body=b""):
        *self.before, last = [head for head in heads.split(b"\r\n\r\n") if head]
        start, *lines = last.decode("latin-1").split("\r\n")
        self.version, status, self.reason = (start + " ").split(" ", 2)
        self.status, self.body = int(status), body
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def all(self, name):
        return [value for n, value in self.fields if n.lower() == name.lower()]

    def get(self, name):
        """The only value of that name; None if there is none."""
        values = self.all(name)
        if len(values) > 1:
            raise Fail(f"{name} {len(values)} times: {self.fields}")
        return values[0] if values else None


def curl(env, where, *args, port=None, body=None, code=0, base=""):
    """Asks once; several answers are not for this. `body`: what curl reads from its stdin."""
    heads, out = (os.path.join(env.scratch, name) for name in ("curl.heads", "curl.out"))
    for path in (heads, out):
        if os.path.exists(path):
            os.remove(path)
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", "20", "--path-as-is", "-g"]
    command += ["-D", heads, "-o", out, *args, base + where if base else url(env, where, port)]
    done = subprocess.run(command, input=body, capture_output=True, timeout=30)
    if code is not None and done.returncode != code:
        raise Fail(f"curl ends with {done.returncode}: {done.stderr.decode().strip()[:200]}")
    # With -I, curl takes the head for its output.
    return Answer(read(heads), b"" if "-I" in args else read(out))


def read(path):
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as f:
        return f.read()


def want(answer, status, body=None):
    """Status and body; a body has a Content-Length or is chunked."""
    if answer.status != status:
        raise Fail(f"{answer.status} {answer.reason}, not {status}: {answer.body[:80]}")
    if body is not None:
        expect(answer.body, body)
    return answer


def file(env, name, data):
    path = os.path.join(env.scratch, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


class Http(Raw):
    """A connection on which we send what bytes we like; what comes back is read as HTTP."""

    def __init__(self, port):
        super().__init__(port)
        self.data = b""

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise Fail(f"closed after {self.data[:100]}")
        self.data += part

    def until(self, mark):
        while mark not in self.data:
            self.more()
        part, self.data = self.data.split(mark, 1)
        return part

    def take(self, count):
        while len(self.data) < count:
            self.more()
        part, self.data = self.data[:count], self.data[count:]
        return part

    def head(self):
        """The next head, also of a 1xx."""
        return Answer(self.until(b"\r\n\r\n"))

    def answer(self, asked="GET"):
        """The next response and its body."""
        answer = self.head()
        if asked == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            return answer
        if answer.get("Transfer-Encoding") == "chunked":
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                answer.body += self.take(size)
                expect(self.take(2), b"\r\n")
            expect(self.until(b"\r\n"), b"", "trailers:")
        elif (length := answer.get("Content-Length")) is not None:
            answer.body = self.take(int(length))
        else:
            answer.body = self.data + self.until_closed()
            self.data = b""
        return answer

    def ask(self, method, where, *fields, body=b""):
        self.send(request(method, where, *fields, body=body))
        return self.answer(method)

    def is_closed(self, timeout=5):
        """Nothing more comes, and the peer closes."""
        rest = self.data + self.until_closed(timeout)
        if rest:
            raise Fail(f"{rest[:100]} where nothing may come")


def request(method, where, *fields, body=b"", host="localhost"):
    lines = [f"{method} {where} HTTP/1.1", f"Host: {host}", *fields]
    if body and not any(field.lower().startswith("transfer-encoding") for field in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "".join(line + "\r\n" for line in [*lines, ""]).encode("latin-1") + body


def certificate(env):
    """Files of a certificate for this host, signed by itself, and of its key."""
    cert, key = (os.path.join(env.scratch, name) for name in ("host.pem", "host.key"))
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=host"]
    command += ["-addext", f"subjectAltName=IP:{HOST}"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def nginx(env, server, http="", tls=None):
    """Starts nginx with what stands in its `server { }`. `tls`: files of a certificate and its key."""
    port, folder = free_port(), os.path.join(env.scratch, f"nginx-{free_port()}")
    os.makedirs(os.path.join(folder, "files"))
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    if tls:
        server += f"ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]};"
    config = f"""daemon off; master_process off; worker_processes 1; pid {folder}/pid;
        error_log stderr warn; events {{ worker_connections 512; }}
        http {{ access_log off; default_type text/plain; {temp} {http}
        server {{ listen {HOST}:{port}{" ssl" if tls else ""}; root {folder}/files; {server} }} }}"""
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w") as f:
        f.write(config)
    proc = Proc("nginx", "-p", folder, "-e", "stderr", "-c", path)
    wait_for_port(port, proc)
    proc.port, proc.files = port, os.path.join(folder, "files")
    return proc


def wrk(where, *args, seconds=3):
    """Loads a URL for a bounded time; requests per second. Any error is a failure."""
    command = ["wrk", "-t", "1", "-c", "16", "-d", f"{seconds}s", *args, where]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 20)
    if done.returncode or "Socket errors" in done.stdout or "Non-2xx" in done.stdout:
        raise Fail(f"wrk: {' '.join(done.stdout.split())} {done.stderr.strip()}"[-300:])
    return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])
