"""What every comparison stands on: loadgen, the null broker and the identity provider."""

import json
import pathlib
import shutil
import subprocess

from .processes import NotReady, Process, port_open, wait

AUDIENCE = "kafka"
# Topics of the null broker, and in a smoke run.
TOPICS, SMOKE_TOPICS = 10_000, 200
# Longest time that a run may take beyond its measured time.
PATIENCE = 90


class Base:
    """Started by `with`; everything is on loopback and below one folder."""

    def __init__(self, loadgen, folder, first_port, topics):
        self.loadgen, self.folder = str(loadgen), pathlib.Path(folder)
        self.files = self.folder / "files"
        self.broker_port, self.broker_tls_port = first_port, first_port + 1
        self._idp_ports = first_port + 2, first_port + 3
        self._topics = topics
        self._processes = []

    @property
    def names(self):
        """What templates may name."""
        plain, secure = self._idp_ports
        issuer = f"https://localhost:{secure}"
        return {"FILES": self.files, "AUDIENCE": AUDIENCE, "ISSUER": issuer,
                "JWKS_HTTP": f"http://127.0.0.1:{plain}/jwks", "JWKS_HTTPS": f"{issuer}/jwks"}

    @property
    def broker_pid(self):
        return self._processes[1].pid

    def __enter__(self):
        taken = [port for port in (self.broker_port, self.broker_tls_port, *self._idp_ports) if port_open(port)]
        if taken:
            raise NotReady(f"ports {taken} are taken; choose others by --first-port")
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.mkdir(parents=True)
        try:
            plain, secure = (f"127.0.0.1:{port}" for port in self._idp_ports)
            self._start("idp", "--listen", plain, "--listen-tls", secure, "--folder", self.files,
                        "--audience", AUDIENCE)
            wait(lambda: (self.files / "ready").exists(), 60, "idp")
            self._start_broker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_broker(self):
        self._start("nullbroker", "--listen", f"127.0.0.1:{self.broker_port}",
                    "--listen-tls", f"127.0.0.1:{self.broker_tls_port}", "--topics", self._topics,
                    "--certificate", self.files / "server.pem", "--key", self.files / "server.key")
        wait(lambda: port_open(self.broker_port), 20, "nullbroker")

    def _start(self, command, *arguments):
        line = [self.loadgen, command, *map(str, arguments)]
        self._processes.append(Process(command, line, self.folder / f"{command}.log"))

    def __exit__(self, *_):
        for process in self._processes:
            process.stop()

    def run(self, arguments, seconds):
        """One call of loadgen: its JSON line as a dict, or `failed` in it."""
        try:
            done = subprocess.run([self.loadgen, *map(str, arguments)], capture_output=True, text=True,
                                  timeout=seconds + PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return {"failed": f"took longer than {seconds + PATIENCE:.0f} s"}
        if done.returncode != 0:
            return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no word"}
        return json.loads(done.stdout)
