"""nginx in front of the gateway as a proxy, and wrk for load."""

import os
import time

from cases_mqttjs import SCRIPT
from coap import mosquitto_pub, mosquitto_sub
from harness import HOST, VERSIONS, Fail, Proc, case, expect
from web import Http, curl, file, nginx, url, want, wrk


def register(function):
    case(function.__name__.replace("_", "-"), gateway_only=True)(function)
    return function


def proxy(env, more=""):
    """An nginx that keeps connections to the gateway open."""
    upstream = f"upstream gateway {{ server {HOST}:{env.http_port}; keepalive 8; }}"
    return nginx(
        env,
        'location / { proxy_pass http://gateway; proxy_http_version 1.1; '
        f'proxy_set_header Connection ""; client_max_body_size 0; {more} }}',
        http=upstream,
    )


@register
def nginx_proxy_methods(env):
    port = proxy(env).port
    at = f"topics/{env.topic()}"
    want(curl(env, at, port=port), 404)
    want(curl(env, at, "-X", "PUT", "-d", "21.5", port=port), 201)
    got = want(curl(env, at, port=port), 200, b"21.5")
    if not got.get("Server").startswith("nginx"):
        raise Fail(f"not through nginx: {got.fields}")
    want(curl(env, at, "-I", port=port), 200, b"")
    want(curl(env, at, "-d", "22", port=port), 204)
    want(curl(env, at, "-X", "DELETE", port=port), 204)
    want(curl(env, at, port=port), 404)


@register
def nginx_proxy_200_clients(env):
    port = proxy(env).port
    topic = env.topic()
    mosquitto_pub(env, topic, "x" * 1000, "-r")
    for n in range(200):
        with Http(port) as raw:
            expect(raw.ask("GET", f"/topics/{topic}", "Connection: close").body, b"x" * 1000)
    for method, body in (("HEAD", b""), ("PUT", b"y"), ("DELETE", b""), ("GET", b"")):
        with Http(port) as raw:
            got = raw.ask(method, f"/topics/{topic}", body=body)
            expect(got.status, 404 if method == "GET" else 200 if method == "HEAD" else 204, method)


@register
def nginx_proxy_bodies(env):
    """With and without a buffer in nginx: with a length, and chunked."""
    for more in ("", "proxy_request_buffering off; proxy_buffering off;"):
        port = proxy(env, more).port
        at, data = f"topics/{env.topic()}", os.urandom(300_000)
        want(curl(env, at, "-T", file(env, "proxied", data), port=port), 201)
        want(curl(env, at, port=port), 200, data)
        want(curl(env, at, "-T", "-", body=data[:50_000], port=port), 204)
        want(curl(env, at, port=port), 200, data[:50_000])
        want(curl(env, at, "-r", "10-19", port=port), 206, data[10:20])


@register
def nginx_proxy_conditions_and_errors(env):
    port = proxy(env).port
    at = f"topics/{env.topic()}"
    want(curl(env, at, "-X", "PUT", "-d", "1", port=port), 201)
    etag = want(curl(env, at, port=port), 200, b"1").get("ETag")
    want(curl(env, at, "-H", f"If-None-Match: {etag}", port=port), 304, b"")
    want(curl(env, at, "-H", "Accept: image/png", port=port), 406)
    want(curl(env, at, "-X", "PATCH", "-d", "x", port=port), 405)
    want(curl(env, "no/such", port=port), 404)


@register
def nginx_proxy_events(env):
    port = proxy(env, "proxy_buffering off; proxy_read_timeout 20s;").port
    topic = env.topic()
    args = ["-sSN", "--noproxy", "*", "--max-time", "15", "-D", "-"]
    stream = Proc("curl", *args, url(env, f"events?filter={topic}", port))
    stream.line("200 OK")
    time.sleep(0.2)
    for n in range(5):
        mosquitto_pub(env, topic, f"value {n}")
        stream.line(f"value {n}")


def websocket_proxy(env):
    """An nginx that hands on Upgrade, but not below /plain."""
    gateway = f"proxy_pass http://{HOST}:{env.http_port}"
    return nginx(
        env,
        f"location / {{ {gateway}; proxy_http_version 1.1; proxy_set_header Host $host:$server_port; "
        "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } "
        f"location /plain {{ {gateway}/mqtt; }}",
    ).port


@register
def nginx_websocket_mqttjs(env):
    url = f"ws://{HOST}:{websocket_proxy(env)}/mqtt"
    for version in VERSIONS:
        for name in ("qos-0-and-1", "a-megabyte"):
            process = Proc("node", SCRIPT, name, version, url, env.topic())
            process.wait(30, code=None)
            if process.process.returncode:
                raise Fail(" ".join(process.rest())[:200])


@register
def nginx_websocket_coap(env):
    topic, base = env.topic(), f"coap+ws://{HOST}:{websocket_proxy(env)}"
    at, get = f"{base}/ps/{topic}", env.program("coap-get")
    Proc(get, "-m", "put", "-e", "21.5", at).wait()
    observer = Proc(get, "-s", "3", at)
    observer.line("21.5")
    mosquitto_pub(env, topic, "22.5", "-r")
    observer.line("22.5")
    observer.wait()


@register
def wrk_get(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x" * 100, "-r")
    return f"{wrk(url(env, f'topics/{topic}')):.0f} requests/s"


@register
def wrk_get_through_nginx(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x" * 100, "-r")
    return f"{wrk(url(env, f'topics/{topic}', proxy(env).port)):.0f} requests/s"


@register
def wrk_put_reaches_mqtt(env):
    topic = env.topic()
    script = os.path.join(env.scratch, "put.lua")
    with open(script, "w") as f:
        f.write('wrk.method = "PUT"\nwrk.body = "21.5"\nwrk.headers["Content-Type"] = "text/plain"\n')
    s = mosquitto_sub(env, topic, 500)
    rate = wrk(url(env, f"topics/{topic}"), "-s", script)
    s.wait()
    return f"{rate:.0f} requests/s"


@register
def wrk_pipelined(env):
    topic = env.topic()
    mosquitto_pub(env, topic, "x" * 100, "-r")
    script = os.path.join(env.scratch, "pipeline.lua")
    with open(script, "w") as f:
        f.write(
            "init = function(args)\n  local r = {}\n"
            "  for i = 1, 8 do r[i] = wrk.format() end\n  req = table.concat(r)\nend\n"
            "request = function() return req end\n"
        )
    return f"{wrk(url(env, f'topics/{topic}'), '-s', script):.0f} requests/s"
