"""A client with a will and a keep alive of some seconds: the case stops it, or lets it ping."""

import sys
import time

import paho.mqtt.client as mqtt

port, base, version = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
keep_alive = int(sys.argv[4])
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=version)


def on_connect(client, *_):
    global spoke
    spoke = time.monotonic()
    client.subscribe(base + "/sleeper")


client.on_connect = on_connect
client.on_subscribe = lambda *_: print("ready", spoke, flush=True)
client.will_set(base + "/will", "silent", qos=1)
client.connect("127.0.0.1", port, keepalive=keep_alive)
client.loop_forever()
