"""Python's http.client against the gateway."""

import http.client
import json
import os
import threading

from coap import mosquitto_pub
from harness import HOST, Fail, case, expect


def register(function):
    case(f"python-{function.__name__.replace('_', '-')}", gateway_only=True)(function)
    return function


class Connection:
    """One connection, which must stay the same."""

    def __init__(self, env):
        self.connection = http.client.HTTPConnection(HOST, env.http_port, timeout=10)
        self.connection.connect()
        self.connection.auto_open = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, method, where, body=None, headers=None, **more):
        self.connection.request(method, where, body, headers or {}, **more)
        response = self.connection.getresponse()
        return response.status, response.read()


@register
def one_connection(env):
    at = f"/topics/{env.topic()}"
    with Connection(env) as c:
        expect(c.ask("GET", at)[0], 404)
        expect(c.ask("PUT", at, b"21.5"), (201, b""))
        expect(c.ask("GET", at), (200, b"21.5"))
        expect(c.ask("HEAD", at), (200, b""))
        expect(c.ask("POST", at, b"22"), (204, b""))
        expect(c.ask("GET", at), (200, b"22"))
        expect(c.ask("PATCH", at, b"x")[0], 405)
        expect(c.ask("DELETE", at), (204, b""))
        expect(c.ask("GET", at)[0], 404)


@register
def chunked_uploads(env):
    at, data = f"/topics/{env.topic()}", os.urandom(100_000)
    pieces = [data[start : start + 777] for start in range(0, len(data), 777)]
    with Connection(env) as c:
        put = c.ask("PUT", at, iter(pieces), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        expect(put, (201, b""))
        expect(c.ask("GET", at), (200, data))


@register
def a_list(env):
    topic = env.topic()
    for n in range(100):
        mosquitto_pub(env, f"{topic}/{n}", "x" * 20, "-r")
    with Connection(env) as c:
        status, body = c.ask("GET", f"/topics?filter={topic}/%23")
        expect(status, 200)
        expect(sum(f'"{topic}/{n}"' in json.dumps(json.loads(body)) for n in range(100)), 100)


@register
def twenty_threads(env):
    failed = []

    def work(at):
        try:
            with Connection(env) as c:
                for n in range(50):
                    expect(c.ask("PUT", at, b"%d" % n)[0], 201 if n == 0 else 204)
                    expect(c.ask("GET", at), (200, b"%d" % n))
        except Exception as error:
            failed.append(str(error) or type(error).__name__)

    threads = [threading.Thread(target=work, args=(f"/topics/{env.topic()}",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise Fail(f"{len(failed)} of 20: {failed[0]}")
