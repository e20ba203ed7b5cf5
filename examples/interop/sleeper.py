"""A client with a will and a keep alive of 1 s: the case stops it."""

import sys

import paho.mqtt.client as mqtt

port, base, version = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=version)
client.on_connect = lambda c, *_: c.subscribe(base + "/sleeper")
client.on_subscribe = lambda *_: print("ready", flush=True)
client.will_set(base + "/will", "silent", qos=1)
client.connect("127.0.0.1", port, keepalive=1)
client.loop_forever()
