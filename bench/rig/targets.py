"""The proxies that are compared: how each is started, and how loadgen reaches it."""

import os
import pathlib
import resource
import shlex
import shutil
import time

from . import rules
from .base import TOPICS
from .modes import Setting
from .processes import NotReady, Process

TEMPLATES = pathlib.Path(__file__).resolve().parent.parent / "targets"
# Ports of one target: bootstrap, brokers, admin.
PORTS = 10
# Longest time that a target may take to answer; a JVM takes longest.
STARTING = 45
# Tokens that a target with SASL must refuse.
BAD_TOKENS = ("token.expired", "token.bad-signature", "token.wrong-audience")


class Target:
    """One proxy in one setting. `name` is for people."""
    name = ""
    tls = True
    sasl = True
    # Whether Metadata is asked for the broker's address first.
    follow = True
    # Which setting it runs in, by the one that is asked for; what is not here it cannot.
    settings = {Setting.PLAIN: Setting.PLAIN}
    # Times the warm-up that others get.
    warm = 1

    def __init__(self, base, setting, port):
        self.base, self.setting, self.port = base, setting, port
        self.process = None

    def missing(self):
        """Why it cannot be started on this machine; None if it can."""
        return None

    def command(self):
        """Its command line, and what its environment has beside ours."""
        raise NotImplementedError

    def start(self):
        line, env = self.command()
        name = f"{self.name}-{self.setting.value}"
        self.process = Process(name, line, self.base.folder / f"{name}.log", env)
        deadline = time.monotonic() + STARTING
        try:
            while "failed" in (probe := self.probe("token")):
                self.process.check_running()
                if time.monotonic() > deadline:
                    raise NotReady(f"{probe['failed']}; {self.process.last_words()}")
                time.sleep(0.25)
        except NotReady:
            self.stop()
            raise

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def probe(self, token):
        return self.base.run(["probe", *self.reached(token)], 0)

    def reached(self, token):
        """loadgen's arguments that say how to come in, by the tokens of this file."""
        arguments = ["--target", f"127.0.0.1:{self.port}"]
        if self.tls:
            arguments += ["--tls-ca", self.base.files / "ca.pem"]
        if self.sasl:
            arguments += ["--token-file", self.base.files / token, "--extension", "logicalCluster=lkc-bench",
                          "--extension", "identityPoolId=pool-bench"]
        if self.follow:
            arguments += ["--follow"]
        return arguments

    def watched(self):
        """loadgen's arguments that say whose CPU and memory count."""
        target = ["--watch-pid", self.process.pid] if self.process else []
        return [*target, "--broker-pid", self.base.broker_pid]

    def bad_tokens(self):
        """Which bad tokens it lets in; None where it does no SASL."""
        if not self.sasl:
            return None
        return [token for token in BAD_TOKENS if "failed" not in self.probe(token)]

    def broker_port(self):
        tls = self.setting is Setting.BROKER_TLS
        return self.base.broker_tls_port if tls else self.base.broker_port

    def render(self, template, **names):
        """The template with its @NAMES@ filled in, as a file."""
        text = (TEMPLATES / template).read_text()
        names = {**self.base.names, "PORT": self.port, "BROKER": self.broker_port(), **names}
        for name, value in names.items():
            text = text.replace(f"@{name}@", str(value))
        file = self.base.folder / f"{self.setting.value}-{template.removesuffix('.in')}"
        file.write_text(text)
        return file


class Direct(Target):
    """The load straight to the null broker: plaintext, no SASL. What the rig itself can do."""
    name = "direct"
    tls = sasl = follow = False

    def __init__(self, base, setting, port):
        super().__init__(base, setting, port)
        self.port = base.broker_port

    def start(self):
        pass


class Relay(Target):
    """TLS ended by rustls and bytes copied: the least that a proxy in Rust can do. It knows no Kafka, so it does
    without what policies ask for."""
    name = "rustls-relay"
    sasl = follow = False
    settings = {Setting.PLAIN: Setting.PLAIN, Setting.BROKER_TLS: Setting.BROKER_TLS,
                Setting.ENFORCED: Setting.PLAIN}

    def command(self):
        files = self.base.files
        line = [self.base.loadgen, "relay", "--listen", f"127.0.0.1:{self.port}",
                "--upstream", f"127.0.0.1:{self.broker_port()}",
                "--certificate", str(files / "server.pem"), "--key", str(files / "server.key")]
        if self.setting is Setting.BROKER_TLS:
            line += ["--upstream-ca", str(files / "ca.pem")]
        return line, {}


class Haproxy(Target):
    name = "haproxy"
    sasl = follow = False
    settings = {Setting.PLAIN: Setting.PLAIN, Setting.BROKER_TLS: Setting.BROKER_TLS}

    def _program(self):
        return os.environ.get("PEER_HAPROXY") or shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")

    def missing(self):
        return None if self._program() else "haproxy is not installed; apt-get install -y haproxy"

    def command(self):
        tls = f"ssl verify required ca-file {self.base.files}/ca.pem" if self.setting is Setting.BROKER_TLS else ""
        # It refuses to start with more connections than open files allow, two each and some.
        most = min(60_000, int(resource.getrlimit(resource.RLIMIT_NOFILE)[0] / 2.6))
        config = self.render("haproxy.cfg.in", MAXCONN=most, UPSTREAM_TLS=tls)
        return [self._program(), "-db", "-f", str(config)], {}


class KafkaProxy(Target):
    """grepplabs' kafka-proxy; its plugin `unsecured-jwt-info`, beside it, checks no signature."""
    name = "kafka-proxy"

    def missing(self):
        program = os.environ.get("PEER_KAFKA_PROXY", "")
        return None if os.access(program, os.X_OK) else "PEER_KAFKA_PROXY does not name its program"

    def command(self):
        program, files = pathlib.Path(os.environ["PEER_KAFKA_PROXY"]).resolve(), self.base.files
        return [str(program), "server",
                "--bootstrap-server-mapping", f"127.0.0.1:{self.base.broker_port},127.0.0.1:{self.port}",
                "--default-listener-ip", "127.0.0.1", "--dynamic-listeners-disable", "--http-disable",
                "--log-level", "error", "--proxy-listener-tls-enable",
                "--proxy-listener-cert-file", str(files / "server.pem"),
                "--proxy-listener-key-file", str(files / "server.key"),
                "--auth-local-enable", "--auth-local-mechanism", "OAUTHBEARER",
                "--auth-local-command", str(program.parent / "unsecured-jwt-info"),
                "--auth-local-param", "--claim-sub=alice", "--auth-local-log-level", "error"], {}


class Kroxylicious(Target):
    name = "kroxylicious"
    warm = 3  # its compiler needs longer

    def missing(self):
        home = os.environ.get("PEER_KROXYLICIOUS", "")
        start = pathlib.Path(home) / "bin" / "kroxylicious-start.sh"
        return None if home and start.exists() else "PEER_KROXYLICIOUS does not name its folder"

    def command(self):
        config = self.render("kroxylicious.yaml.in")
        urls = ",".join(self.base.names[name] for name in ("JWKS_HTTP", "JWKS_HTTPS"))
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={urls}"
        options = os.environ.get("PEER_KROXYLICIOUS_JAVA_OPTIONS", "-Xms512m -Xmx1g")
        start = pathlib.Path(os.environ["PEER_KROXYLICIOUS"]) / "bin" / "kroxylicious-start.sh"
        return [str(start), "-c", str(config)], {"JAVA_OPTIONS": f"{options} {allowed}"}


class Oathgate(Target):
    """The product; OATHGATE names its program."""
    name = "oathgate"
    settings = {setting: setting for setting in Setting}

    def _program(self):
        return os.environ.get("OATHGATE", "")

    def missing(self):
        return None if os.access(self._program(), os.X_OK) else "OATHGATE does not name its program"

    def command(self):
        enforced = self.setting is Setting.ENFORCED
        config = self.render(
            "oathgate.toml.in",
            ADMIN=self.port + 1, FIRST_BROKER=self.port + 2, NODES="0-0",
            AUTHORIZATION='authorization = "enforce"' if enforced else
            'authorization = "broker-shared-identity"\nallow = { pools = ["pool-bench"] }',
            UPSTREAM_TLS=f'\n[clusters.upstream.tls]\nca_file = "{self.base.files}/ca.pem"\n'
            if self.setting is Setting.BROKER_TLS else "",
            RULES=rules.acls(TOPICS) if enforced else "")
        return [self._program(), *shlex.split("serve --config"), str(config)], {}


class OtherOathgate(Oathgate):
    """Another build of it, to compare with; OATHGATE_OTHER names its program."""
    name = "oathgate-other"

    def _program(self):
        return os.environ.get("OATHGATE_OTHER", "")

    def missing(self):
        return None if os.access(self._program(), os.X_OK) else "OATHGATE_OTHER does not name its program"


TARGETS = {target.name: target for target in
           [Direct, Relay, Oathgate, OtherOathgate, Haproxy, KafkaProxy, Kroxylicious]}
BASELINE = Relay.name
