"""Processes that are started here, and stopped by their ids alone."""

import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import time

# Longest time from SIGTERM to the end before SIGKILL.
STOPPING = 6
# A second's ticks in /proc.
TICKS = os.sysconf("SC_CLK_TCK")


class NotReady(Exception):
    """Something that was started did not come up, in words."""


def raise_open_files():
    """As many open files as this process may have, for what it starts: thousands of connections want two each."""
    for limit in (1_000_000, 200_000, 65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]):
        try:
            return resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        except (ValueError, OSError):
            continue


def prepared():
    """The path of loadgen, which LOADGEN names. Readies this process for what it is going to start."""
    loadgen = os.environ.get("LOADGEN", "")
    if not os.access(loadgen, os.X_OK):
        sys.exit("LOADGEN does not name the program; `make bench-build` builds it")
    raise_open_files()
    # What was started is stopped, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return loadgen


def port_open(port):
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait(condition, seconds, what):
    """Waits until `condition()`; NotReady after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReady(f"{what}: not ready after {seconds} s")
        time.sleep(0.1)


class Process:
    """A process with its descendants; its output goes to a file."""

    def __init__(self, name, command, log, env=None):
        self.name, self.log = name, pathlib.Path(log)
        with open(self.log, "wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})})
        self.pid = self._process.pid

    def check_running(self):
        if self._process.poll() is not None:
            raise NotReady(f"{self.name} ended with {self._process.returncode}: {self.last_words()}")

    def last_words(self, lines=3):
        text = self.log.read_text(errors="replace").strip().splitlines()
        return " | ".join(text[-lines:])

    def stop(self):
        below = descendants(self.pid)
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pid in below:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass

    def cpu_seconds(self):
        """User and system time so far, descendants included, to a hundredth of a second."""
        return sum(_cpu(pid) for pid in [self.pid, *descendants(self.pid)])


def _stat(pid):
    """The fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2:].split()


def _cpu(pid):
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def descendants(root):
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(_stat(entry.name)[1]), []).append(int(entry.name))
            except OSError:
                pass
    found, todo = [], [root]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def busy_cores(seconds=0.5):
    """Cores in use by anybody."""
    def busy():
        ticks = [int(n) for n in open("/proc/stat").readline().split()[1:9]]
        return (sum(ticks) - ticks[3] - ticks[4]) / TICKS
    before = busy()
    time.sleep(seconds)
    return (busy() - before) / seconds
