"""A gateway of its own with a certificate: HTTPS for curl and http-get, MQTTS for mosquitto's clients."""

import copy
import os
import subprocess

from harness import HOST, Fail, Proc, case, expect, free_port, wait_for_port
from web import certificate, curl, want


class Tls:
    """The gateway with TLS; one more of each of its ports."""

    def __init__(self, env):
        self.cert, key = certificate(env)
        mqtt, self.mqtts, http, https = (free_port() for _ in range(4))
        args = ["--mqtt-port", str(mqtt), "--mqtts-port", str(self.mqtts), "--http-port", str(http)]
        args += ["--https-port", str(https), "--no-coap", "--no-sensors", "--quiet"]
        proc = Proc(env.program("gateway"), *args, "--tls-cert", self.cert, "--tls-key", key)
        for port in (self.mqtts, https):
            wait_for_port(port, proc)
        self.base, self.https = f"https://{HOST}:{https}/", https
        # For cases that do not know of it: MQTT without TLS, HTTP with it.
        self.env = copy.copy(env)
        self.env.port, self.env.http_port = mqtt, https

    def mosquitto(self, program, topic, *args):
        where = ["-h", HOST, "-p", str(self.mqtts), "--cafile", self.cert, "-t", topic]
        return [f"mosquitto_{program}", *where, *args]


@case("tls-curl-https", gateway_only=True)
def curl_https(env):
    tls = Tls(env)
    at, trust = f"topics/{env.topic()}", ["--cacert", tls.cert]
    data = os.urandom(300_000)
    for n, args in enumerate(([], ["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"])):
        put = curl(env, at, *trust, *args, "-T", "-", body=data, base=tls.base)
        want(put, 204 if n else 201)
        want(curl(env, at, *trust, *args, base=tls.base), 200, data)
        want(curl(env, at, *trust, *args, "-r", "5-9", base=tls.base), 206, data[5:10])
    # HTTP/2 is offered by curl and not taken.
    expect(want(curl(env, at, *trust, "--http2", base=tls.base), 200).version, "HTTP/1.1")
    plain = ["curl", "-sS", "--noproxy", "*", "--max-time", "5"]
    # Without trust in the certificate, and without TLS.
    for where, codes in ((tls.base, (60,)), (tls.base.replace("https", "http"), (1, 52, 56))):
        got = subprocess.run([*plain, where + at], capture_output=True, timeout=10).returncode
        if got not in codes:
            raise Fail(f"{where}: curl ends with {got}")


@case("tls-https-and-mqtts", gateway_only=True)
def https_and_mqtts(env):
    tls, topic = Tls(env), env.topic()
    s = Proc("stdbuf", "-oL", *tls.mosquitto("sub", topic, "-d", "-C", "1"))
    s.line("received SUBACK")
    client = [env.program("http-get"), "-s", "--cacert", tls.cert]
    subprocess.run([*client, "-X", "PUT", "-d", "over TLS", f"{tls.base}topics/{topic}"], check=True)
    s.line("over TLS")
    s.wait()
    subprocess.run(tls.mosquitto("pub", topic, "-r", "-m", "back"), check=True, timeout=10)
    got = subprocess.run([*client, f"{tls.base}topics/{topic}"], capture_output=True, timeout=10)
    expect(got.stdout, b"back")
