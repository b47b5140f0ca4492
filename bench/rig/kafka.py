"""A real Kafka of one node from its jars, and Kafka's own performance tools."""

import pathlib
import re
import shutil
import subprocess

from .base import Base
from .processes import NotReady, Process, wait
from .targets import PORTS, Direct, Oathgate, Relay

CLUSTER_ID = "b2F0aGdhdGUtYmVuY2gtMQ"
TOPIC = "bench-00000"
PARTITIONS = 6
RECORD = 1024
STARTING = 90
# Longest time of one tool.
TOOL = 600

# Two names for the one node: who comes through the bare relay must be sent back to it, which rewrites nothing.
PROPERTIES = """
process.roles=broker,controller
node.id=0
controller.quorum.voters=0@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{broker},RELAYED://127.0.0.1:{relayed},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker},RELAYED://localhost:{relay}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,RELAYED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.segment.bytes=67108864
log.retention.bytes=268435456
log.retention.check.interval.ms=5000
log.segment.delete.delay.ms=1000
"""


class Kafka(Base):
    """The base with a real Kafka for a broker."""

    def __init__(self, loadgen, folder, first_port, jars, tools):
        super().__init__(loadgen, folder, first_port, 0)
        self._jars, self._tools = jars, tools
        self.relayed_port, self._controller_port = first_port + 4, first_port + 5
        self.relay_port = first_port + PORTS

    def _start_broker(self):
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        properties = self.folder / "server.properties"
        properties.write_text(PROPERTIES.format(
            broker=self.broker_port, relayed=self.relayed_port, relay=self.relay_port,
            controller=self._controller_port, data=data))
        java = ["java", "-cp", f"{self._jars}/*"]
        formatted = subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties],
                                   capture_output=True, text=True, check=False)
        if formatted.returncode != 0:
            raise NotReady(f"format: {formatted.stdout}{formatted.stderr}")
        log = self.folder / "broker.log"
        self._processes.append(Process("kafka", [*java[:1], "-Xmx1g", *java[1:], "kafka.Kafka", str(properties)], log))
        wait(lambda: "Kafka Server started" in log.read_text(errors="replace"), STARTING, "kafka")
        self.tool("TopicCommand", "--bootstrap-server", f"127.0.0.1:{self.broker_port}", "--create",
                  "--topic", TOPIC, "--partitions", PARTITIONS)

    def tool(self, name, *arguments, options=()):
        """What one of Kafka's tools prints."""
        line = ["java", *options, "-cp", f"{self._tools}/*", f"org.apache.kafka.tools.{name}", *map(str, arguments)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=TOOL, check=False)
        if done.returncode != 0:
            raise NotReady(f"{name}: {(done.stdout + done.stderr).strip()[-500:]}")
        return done.stdout


class RelayToKafka(Relay):
    """The bare relay, where the broker sends those who come through it."""

    def __init__(self, base, setting, _port):
        super().__init__(base, setting, base.relay_port)

    def broker_port(self):
        return self.base.relayed_port


def client_properties(target):
    """What a Java client of this target is configured with."""
    files = target.base.files
    lines = [f"bootstrap.servers=localhost:{target.port}"]
    if target.tls:
        lines += [f"security.protocol={'SASL_SSL' if target.sasl else 'SSL'}",
                  "ssl.truststore.type=PEM", f"ssl.truststore.location={files}/ca.pem"]
    if target.sasl:
        oauth = "org.apache.kafka.common.security.oauthbearer"
        lines += ["sasl.mechanism=OAUTHBEARER",
                  f"sasl.jaas.config={oauth}.OAuthBearerLoginModule required extension_logicalCluster=lkc-bench;",
                  f"sasl.login.callback.handler.class={oauth}.OAuthBearerLoginCallbackHandler",
                  f"sasl.oauthbearer.token.endpoint.url=file://{files}/token"]
    return "\n".join(lines) + "\n"


class Client:
    """Kafka's performance tools, by way of one target. Each gives figures by name."""

    def __init__(self, target):
        self._target = target
        self._bootstrap = f"localhost:{target.port}"
        self._properties = pathlib.Path(target.base.folder) / f"{target.name}.properties"
        self._properties.write_text(client_properties(target))
        # Kafka 4 reads tokens only from URLs that the JVM was told.
        self._options = [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://{target.base.files}/token"]

    def produce(self, records):
        printed = self._run("ProducerPerformance", records, "--topic", TOPIC, "--num-records", records,
                            "--record-size", RECORD, "--throughput", -1, "--bootstrap-server", self._bootstrap,
                            "--command-config", self._properties)
        last = [line for line in printed.text.splitlines() if " 99th" in line][-1]
        return {"produce MB/s": float(re.search(r"\(([\d.]+) MB/sec\)", last)[1]),
                "produce p50 ms": float(re.search(r"([\d.]+) ms 50th", last)[1]),
                "produce p99 ms": float(re.search(r"([\d.]+) ms 99th", last)[1]),
                "produce CPU s per GiB": printed.cpu_per_gib}

    def consume(self, records):
        printed = self._run("ConsumerPerformance", records, "--topic", TOPIC, "--num-records", records,
                            "--bootstrap-server", self._bootstrap, "--command-config", self._properties,
                            "--hide-header", "--timeout", 30_000)
        row = next(line.split(",") for line in reversed(printed.text.splitlines()) if line.count(",") >= 9)
        return {"consume MB/s": float(row[8]), "consume CPU s per GiB": printed.cpu_per_gib}

    def _run(self, tool, records, *arguments):
        process = self._target.process
        before = process.cpu_seconds() if process else None
        text = self._target.base.tool(tool, *arguments, options=self._options)
        gib = records * RECORD / 2 ** 30
        return Printed(text, (process.cpu_seconds() - before) / gib if process else None)


class Printed:
    """What a tool printed, and what the target cost meanwhile; None where there is no target to watch."""

    def __init__(self, text, cpu_per_gib):
        self.text, self.cpu_per_gib = text, cpu_per_gib


TARGETS = [Direct, RelayToKafka, Oathgate]
