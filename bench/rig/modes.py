"""What is measured: each mode as a call of loadgen, and the figures that it is read by."""

import dataclasses
import enum


class Setting(enum.Enum):
    """How a target is set up. A target of its own is started for each that is asked for."""
    PLAIN = "plain"            # plaintext towards the broker, the brokers decide
    BROKER_TLS = "broker-tls"  # TLS towards the broker
    ENFORCED = "enforced"      # 10,000 ACLs decide


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number of a run: its name for people, its path in the JSON line, and which way is better."""
    name: str
    path: str
    lower_is_better: bool = True

    def of(self, run):
        value = run
        for key in self.path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, (int, float)) else None


@dataclasses.dataclass(frozen=True)
class Mode:
    """`loadgen` is its command without the target; {seconds} is the measured time of a run."""
    name: str
    what: str
    loadgen: str
    figures: tuple
    setting: Setting = Setting.PLAIN
    tokens: str = "token"
    # Whether it says nothing where there is no proxy, or no TLS.
    needs_proxy: bool = False
    # Memory is comparable on a fresh process alone.
    fresh: bool = False
    # Load scaled down for a smoke run, where that would take too long.
    smoke: str = ""


MIB_S = Figure("MiB/s", "mib_s", lower_is_better=False)
CPU_GIB = Figure("CPU s per GiB", "cpu_s_per_gib")
REQUESTS_S = Figure("requests/s", "requests_s", lower_is_better=False)
CPU_100K = Figure("CPU s per 100k requests", "cpu_s_per_100k")
P50 = Figure("p50 ms", "latency_ms.p50")
P90 = Figure("p90 ms", "latency_ms.p90")
P99 = Figure("p99 ms", "latency_ms.p99")
LOGINS_S = Figure("logins/s", "logins_s", lower_is_better=False)
CPU_LOGIN = Figure("CPU ms per login", "cpu_ms_per_login")
KIB = Figure("KiB per connection", "kib_per_connection")
KIB_USED = Figure("KiB per connection after use", "kib_per_connection_used")
RESIDENT = Figure("resident before, MiB", "resident_before_mib")
PEAK = Figure("resident at most, MiB", "resident_peak_mib")

_BYTES = (CPU_GIB, MIB_S, P50, P90)
_REQUESTS = (CPU_100K, REQUESTS_S, P50, P90)
_LOGINS = (CPU_LOGIN, LOGINS_S, P50, P99)
_MEMORY = (KIB, KIB_USED, RESIDENT)


def _load(*loads):
    return "throughput --seconds {seconds} --warm {warm} " + " ".join(f"--load {load}" for load in loads)


_LOGIN = "logins --workers 8 --seconds {seconds} --warm {warm}"

MODES = {mode.name: mode for mode in [
    Mode("produce", "Produce v9, 16 KiB", _load("produce:conns=8:inflight=8:bytes=16384"), _BYTES),
    Mode("fetch", "Fetch v12, 64 KiB", _load("fetch:conns=8:inflight=4:bytes=65536"), _BYTES),
    Mode("produce-small", "Produce v9, 256 B, pipelined", _load("produce:conns=8:inflight=32:bytes=256"), _REQUESTS),
    Mode("latency", "Produce v9, 256 B, 1,000 requests/s", "latency --seconds {seconds} --warm {warm}",
         (P50, P90, P99, CPU_100K)),
    Mode("logins", "full TLS handshake, login by RS256", _LOGIN, _LOGINS, tokens="tokens.rs256"),
    Mode("idle", "1,000 idle connections", "idle --connections 1000", _MEMORY, needs_proxy=True, fresh=True,
         smoke="idle --connections 50 --seconds 0.2"),
    Mode("produce-ids", "Produce v13 by topic id, 16 KiB", _load("produce-ids:conns=8:inflight=8:bytes=16384"),
         _BYTES),
    Mode("produce-small-ids", "Produce v13 by topic id, 256 B, pipelined",
         _load("produce-ids:conns=8:inflight=32:bytes=256"), _REQUESTS),
    Mode("fetch-session", "Fetch v17 by topic id, sessions of 100 partitions, 64 KiB",
         _load("fetch-session:conns=32:inflight=1:bytes=65536"), _BYTES),
    Mode("produce-many", "Produce v13, 100 partitions of 1 KiB", _load("produce-many:conns=8:inflight=2:bytes=1024"),
         _BYTES),
    Mode("produce-tls", "Produce v9, 16 KiB, TLS to the broker", _load("produce:conns=8:inflight=8:bytes=16384"),
         _BYTES, Setting.BROKER_TLS),
    Mode("fetch-tls", "Fetch v12, 64 KiB, TLS from the broker", _load("fetch:conns=8:inflight=4:bytes=65536"),
         _BYTES, Setting.BROKER_TLS),
    Mode("metadata-all", "Metadata of 10,000 topics, 100,000 partitions", _load("metadata-all:conns=2"), _REQUESTS),
    Mode("metadata-filtered", "the same, half of the topics filtered out by 10,000 ACLs",
         _load("metadata-all:conns=2"), _REQUESTS, Setting.ENFORCED),
    Mode("produce-enforced", "Produce v9, 16 KiB, decided by 10,000 ACLs",
         _load("produce:conns=8:inflight=8:bytes=16384"), _BYTES, Setting.ENFORCED),
    Mode("mixed", "all at once: large and small Produce, many partitions, sessions, Metadata",
         _load("produce:conns=4:inflight=4:bytes=16384", "produce-ids:conns=4:inflight=8:bytes=256",
               "produce-many:conns=2:inflight=1:bytes=1024", "fetch-session:conns=8:inflight=1:bytes=65536",
               "metadata:conns=2:inflight=1"), _BYTES + (CPU_100K,)),
    Mode("logins-es256", "full TLS handshake, login by ES256", _LOGIN, _LOGINS, tokens="tokens.es256"),
    Mode("logins-resumed", "resumed TLS handshake, login by RS256", _LOGIN + " --resume", _LOGINS,
         tokens="tokens.rs256", needs_proxy=True),
    Mode("idle-5000", "5,000 idle connections", "idle --connections 5000", _MEMORY, needs_proxy=True, fresh=True,
         smoke="idle --connections 100 --seconds 0.2"),
    Mode("slow-readers", "200 clients that hardly read their 64 MiB fetch answers",
         "slow-readers --seconds 10 --warm 0", (KIB, PEAK, RESIDENT), needs_proxy=True, fresh=True,
         smoke="slow-readers --seconds 0.5 --warm 0 --connections 20 --bytes 4194304"),
]}


@dataclasses.dataclass(frozen=True)
class Goal:
    """A row of the targets. `most` (or, where more is better, least) is a ratio to the bare relay, or a number."""
    mode: str
    figure: Figure
    most: float
    is_ratio: bool = True


GOALS = [
    Goal("produce", CPU_GIB, 0.85),
    Goal("fetch", CPU_GIB, 1.00),
    Goal("produce", MIB_S, 1.00),
    Goal("fetch", MIB_S, 1.00),
    Goal("produce-small", CPU_100K, 1.15),
    Goal("latency", P50, 1.10),
    Goal("latency", P90, 1.10),
    Goal("logins", CPU_LOGIN, 1.35),
    Goal("idle", KIB, 24.0, is_ratio=False),
]
