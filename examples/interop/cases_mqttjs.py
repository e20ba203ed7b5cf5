"""MQTT.js against the server: each case is a function in mqttjs.js."""

import os

from harness import VERSIONS, Fail, Proc, case

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mqttjs.js")
BOTH = [
    "qos-0-and-1",
    "one-to-many-and-none",
    "retained",
    "will",
    "wildcards",
    "a-megabyte",
    "kept-session",
    "200-clients-at-once",
]


def node(env, name, version):
    process = Proc("node", SCRIPT, name, version, str(env.port), env.topic())
    process.wait(60, code=None)
    if process.process.returncode:
        raise Fail(" ".join(process.rest())[:200])


for version in VERSIONS:
    for name in BOTH:
        case(f"mqttjs-{version}-{name}", name, version)(node)
for name in ("shared-subscription", "properties", "unsubscribe-reason-codes"):
    case(f"mqttjs-5-{name}", name, "5")(node)
