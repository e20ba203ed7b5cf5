"""A sensor as tutorials write it: it publishes and sleeps, and never loops."""

import sys
import time

import paho.mqtt.client as mqtt

port, base, version = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=version)
client.connect("127.0.0.1", port)
for n in range(5):
    client.publish(base + "/kitchen/temperature", n)
    client.publish(base + "/kitchen/humidity", n)
    client.publish(base + "/alarm/fire", n)
    time.sleep(0.1)
