"""One record there and back by confluent-kafka, by the settings of a librdkafka properties file alone."""

import sys

from confluent_kafka import Consumer, Producer

with open(sys.argv[1], encoding="utf-8") as file:
    lines = [line.strip() for line in file]
config = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

producer = Producer(config)
producer.produce("demo", b"from Python")
if producer.flush(30) != 0:
    sys.exit("not delivered")

consumer = Consumer({**config, "group.id": "python", "auto.offset.reset": "earliest"})
consumer.subscribe(["demo"])
for _ in range(60):
    message = consumer.poll(1)
    if message is not None and message.error() is None and message.value() == b"from Python":
        print("read", message.value().decode())
        break
else:
    sys.exit("not read")
consumer.close()
