"""MQTT over WebSocket, inside TLS too: MQTT.js and paho at /mqtt, beside clients over TCP."""

import os

import paho.mqtt.client as mqtt
from cases_mqttjs import SCRIPT
from cases_paho import PROTOCOL, V2, Client
from cases_tls import Tls
from harness import HOST, VERSIONS, Fail, Proc, case, expect, wait_for


def node(env, name, version, scheme="ws"):
    trust = []
    if scheme == "wss":
        tls = Tls(env)
        env, trust = tls.env, ["env", f"NODE_EXTRA_CA_CERTS={tls.cert}"]
    url = f"{scheme}://{HOST}:{env.http_port}/mqtt"
    process = Proc(*trust, "node", SCRIPT, name, version, url, env.topic())
    process.wait(60, code=None)
    if process.process.returncode:
        raise Fail(" ".join(process.rest())[:200])


def paho(env, version, scheme="ws"):
    """One client inside WebSocket and one outside hear each other."""
    tls = Tls(env) if scheme == "wss" else None
    env = tls.env if tls else env
    topic = env.topic()
    outside = Client(env, version)
    outside.subscribe(f"{topic}/out", 1)
    inside = mqtt.Client(V2, "", transport="websockets", protocol=PROTOCOL[version])
    inside.ws_set_options(path="/mqtt")
    if tls:
        inside.tls_set(ca_certs=tls.cert)
    connected, granted, heard = [], [], []
    inside.on_connect = lambda c, u, flags, code, p: connected.append(code.value)
    inside.on_subscribe = lambda c, u, mid, codes, p: granted.append(codes)
    inside.on_message = lambda c, u, message: heard.append(message.payload)
    inside.connect(HOST, env.http_port)
    inside.loop_start()
    wait_for(lambda: connected, "CONNACK")
    expect(connected, [0])
    inside.subscribe(f"{topic}/in", 1)
    wait_for(lambda: granted, "SUBACK")
    payloads = [os.urandom(size) for size in (0, 1, 125, 126, 16_384, 65_536, 300_000)]
    for payload in payloads:
        outside.publish(f"{topic}/in", payload, 1)
        inside.publish(f"{topic}/out", payload, 1).wait_for_publish(10)
    wait_for(lambda: len(heard) == len(payloads), "what was published outside")
    outside.wait(len(payloads))
    expect(heard, payloads)
    expect(outside.payloads(), payloads)
    inside.disconnect()
    inside.loop_stop()
    outside.close()


for version in VERSIONS:
    for name in ("qos-0-and-1", "retained", "will", "wildcards", "a-megabyte", "kept-session"):
        case(f"websocket-mqttjs-{version}-{name}", name, version, gateway_only=True)(node)
    case(f"websocket-paho-{version}", version, gateway_only=True)(paho)
    case(f"websocket-tls-paho-{version}", version, "wss", gateway_only=True)(paho)
    for name in ("qos-0-and-1", "a-megabyte", "kept-session"):
        case(f"websocket-tls-mqttjs-{version}-{name}", name, version, "wss", gateway_only=True)(node)
