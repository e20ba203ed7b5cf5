"""A publisher as tutorials write it: publish right after connect, no loop, the end."""

import sys

import paho.mqtt.client as mqtt

port, base, version = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=version)
client.connect("127.0.0.1", port)
client.publish(base + "/kitchen/temperature", "21.5")
