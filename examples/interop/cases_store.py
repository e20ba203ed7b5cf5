"""The gateway with `--store`, killed and started again under load: what it has promised is kept."""

import contextlib
import os
import random
import socket
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from harness import HOST, Fail, Proc, case, expect, free_port, wait_for, wait_for_port

PROTOCOL = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}
MESSAGES = 3000  # at each QoS
KILLS = 6
WINDOW = 40  # messages at once


def listens(port):
    with socket.socket() as s:
        return s.connect_ex((HOST, port)) == 0


class Client:
    """A paho client that keeps its session and comes back by itself."""

    def __init__(self, port, version, name):
        five = version == "5"
        options = {} if five else {"clean_session": False}
        self.client = c = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, name, protocol=PROTOCOL[version], **options
        )
        self.got, self.sessions, self.subscribed = {0: [], 1: [], 2: []}, [], False
        self.published, self.go_on = set(), lambda: None
        c.on_connect = lambda c, u, flags, code, p: self.sessions.append(flags.session_present)
        c.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        # How many are done; MessageInfo refuses to tell of what was published while it was away.
        c.on_publish = lambda c, u, number, code, p: (self.published.add(number), self.go_on())
        c.on_message = lambda c, u, m: self.got[int(m.topic[-1])].append(int(m.payload))
        c.reconnect_delay_set(0.05, 0.2)
        # A second try, behind one that found nobody, would send PUBLISH again where PUBREL was due.
        c.on_pre_connect = lambda c, u: wait_for(lambda: listens(port), "somebody listens")
        c.max_inflight_messages_set(20)
        c.max_queued_messages_set(0)
        properties = None
        if five:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 1000
        options = {"clean_start": False, "properties": properties} if five else {}
        c.connect(HOST, port, **options)
        c.loop_start()
        wait_for(lambda: self.sessions, "CONNACK")

    def subscribe(self, topic="load"):
        self.client.subscribe([(f"{topic}/{qos}", qos) for qos in self.got])
        wait_for(lambda: self.subscribed, "SUBACK")

    def has_all(self):
        return all(len(set(self.got[qos])) == MESSAGES for qos in (1, 2))

    def check(self, name, in_order=True):
        """Each number came: once at QoS 2, at least once at QoS 1; how many came again."""
        for qos, got in ((2, self.got[2]), (1, list(dict.fromkeys(self.got[1])))):
            got = got if in_order else sorted(got)
            wrong = [at for at, (a, b) in enumerate(zip(got, range(MESSAGES))) if a != b]
            if wrong or len(got) != MESSAGES:
                near = slice(max(0, wrong[0] - 3), wrong[0] + 9) if wrong else slice(-9, None)
                raise Fail(f"{name}, QoS {qos}: {len(got)}, {len(set(got))} different, near {near}: {got[near]}")
        return len(self.got[1]) - MESSAGES

    def end(self):
        self.client.disconnect()
        with contextlib.suppress(AttributeError):  # its thread may end meanwhile
            self.client.loop_stop()


@case("store-killed-3.1.1", "3.1.1", gateway_only=True)
@case("store-killed-5", "5", gateway_only=True)
def killed(env, version):
    port = free_port()
    path = os.path.join(env.scratch, f"store-{version}")
    args = ["--mqtt-port", str(port), "--no-coap", "--no-http", "--no-sensors", "--quiet"]

    def start():
        gateway = Proc(env.program("gateway"), *args, "--store", path)
        wait_for_port(port, gateway)
        return gateway

    seed = int.from_bytes(os.urandom(4), "big")
    rng = random.Random(seed)
    gateway = start()
    here, away = (Client(port, version, name) for name in ("here", "away"))
    for subscriber in (here, away):
        subscriber.subscribe()
    away.end()
    publisher = Client(port, version, "publisher")
    sent = []

    def publish():
        number, qos = divmod(len(sent), 2)
        sent.append(publisher.client.publish(f"load/{qos + 1}", str(number), qos + 1, number == 7))

    def publish_more():
        # In paho's own thread: what another one publishes can overtake what is sent again. And not all
        # at once: after a reconnect it sends what it has, whatever the server can take.
        while len(sent) < 2 * MESSAGES and len(sent) - len(publisher.published) < WINDOW:
            publish()

    publisher.go_on = publish_more
    publish()
    done = lambda: len(publisher.published)
    try:
        for kill in range(KILLS):
            # In the middle of it, wherever that is.
            wait_for(lambda: done() > kill * 2 * MESSAGES // (KILLS + 1), "progress", 60)
            time.sleep(rng.uniform(0, 0.1))
            both = [(client, len(client.sessions)) for client in (here, publisher)]
            gateway.kill()
            gateway = start()
            # Nor can paho bear it that a connection ends before CONNACK.
            wait_for(lambda: all(len(c.sessions) > before for c, before in both), "CONNACK", 60)
        wait_for(lambda: done() == 2 * MESSAGES, "all acknowledgements", 120)
        wait_for(here.has_all, "all", 60)
        gateway.kill()
        gateway = start()
        away = Client(port, version, "away")
        wait_for(away.has_all, "the rest", 60)
        time.sleep(0.5)  # more would be too many
    except Fail as why:
        counts = [[len(g), len(set(g))] for s in (here, away) for g in s.got.values()]
        raise Fail(f"{why}; {done()} of {len(sent)}, {counts}, seed {seed}") from None
    again = 0
    for name, subscriber in (("here", here), ("away", away)):
        again += subscriber.check(f"{name}, seed {seed}")
        expect(all(subscriber.sessions[1:]), True, f"{name}, session present, seed {seed}:")
    late = Client(port, version, "late")
    late.subscribe()
    wait_for(lambda: late.got == {0: [], 1: [7], 2: [7]}, "what is retained")
    for client in (here, away, late, publisher):
        client.end()
    return f"{KILLS + 1} kills, {again} at QoS 1 came twice, {publisher.sessions.count(True)} resumed"
