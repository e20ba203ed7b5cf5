"""A subscriber as tutorials write it: a will, three filters on one connection, loop_forever."""

import sys

import paho.mqtt.client as mqtt

port, base, version = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def on_connect(client, userdata, flags, reason_code, properties):
    print("connected", reason_code, flush=True)
    client.subscribe(base + "/kitchen/temperature")
    client.subscribe(base + "/+/humidity")
    client.subscribe(base + "/alarm/#")


def on_subscribe(client, userdata, mid, reason_codes, properties):
    print("subscribed", mid, flush=True)


def on_message(client, userdata, msg):
    print("message", msg.topic, msg.payload.decode(), flush=True)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=version)
client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_message = on_message
client.will_set(base + "/status", "subscriber gone")
client.connect("127.0.0.1", port, 60)
client.loop_forever()
