"""Paired, interleaved rounds: in each, every target runs every mode once."""

import json
import sys
import time

from .modes import Setting
from .processes import NotReady, busy_cores
from .targets import BASELINE, PORTS, TARGETS


class Rounds:
    """Starts targets and collects runs. `runs[target, mode]` is a dict from round to loadgen's JSON line."""

    def __init__(self, base, options):
        self.base, self.options = base, options
        self.runs = {}
        self.notes = []
        self.failures = []
        self._began = time.monotonic()
        self._raw = open(base.folder / "runs.jsonl", "w")
        # Running targets, by name and setting.
        self._running = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for target in self._running.values():
            target.stop()
        self._raw.close()

    def start(self, names, modes):
        """Starts each target in each setting that the modes ask for; what cannot be is noted."""
        port = self.base.broker_port + PORTS
        for name in names:
            kind = TARGETS[name]
            wanted = {kind.settings[mode.setting] for mode in modes if mode.setting in kind.settings}
            for setting in sorted(wanted, key=list(Setting).index):
                self._start(kind(self.base, setting, port))
                port += PORTS

    def _start(self, target):
        label = f"{target.name} ({target.setting.value})"
        reason = target.missing()
        if reason:
            return self._note(f"{label}: left out, {reason}")
        try:
            target.start()
        except NotReady as fault:
            self._note(f"{label}: left out, {fault}")
            # Policies that a build does not decide by yet are no failure of a target.
            if target.setting is not Setting.ENFORCED:
                self.failures.append(f"{label} did not start: {fault}")
            return None
        self._running[target.name, target.setting] = target
        if target.setting is Setting.PLAIN:
            let_in = target.bad_tokens()
            if let_in:
                self._note(f"{label}: lets in {', '.join(let_in)}")
                if target.name == "oathgate":
                    self.failures.append(f"{label} lets in {', '.join(let_in)}")
        return None

    def _note(self, text):
        self.notes.append(text)
        print(text, file=sys.stderr)

    def run(self, modes):
        """Warms up, then runs all rounds. A mode on fresh processes takes part in the first of them alone."""
        for target in self._running.values():
            for command in ("throughput --load produce:conns=8:inflight=8:bytes=16384", "logins"):
                seconds = self.options.target_warm * target.warm
                if seconds:
                    self._loadgen(target, f"{command} --seconds {seconds} --warm 0", "token")
        for number in range(1, self.options.rounds + 1):
            for mode in modes:
                if mode.fresh and number > self.options.fresh_rounds:
                    continue
                # There and back, so that a drift of the machine favours nobody.
                targets = self._targets(mode)
                for target in targets if number % 2 else reversed(targets):
                    self._once(number, mode, target)

    def _targets(self, mode):
        settings = ((target, target.settings.get(mode.setting)) for target in self._running.values())
        return [target for target, setting in settings if setting is target.setting
                and not (mode.needs_proxy and target.process is None)]

    def _once(self, number, mode, target):
        if time.monotonic() - self._began > self.options.budget:
            return
        run = self._measured(mode, target)
        for _ in range(self.options.retries):
            if run.get("other_cores", 9) <= self.options.max_others:
                break
            again = self._measured(mode, target)
            run = min(run, again, key=lambda one: one.get("other_cores", 9))
        self.runs.setdefault((target.name, mode.name), {})[number] = run
        line = {**run, "target": target.name, "mode": mode.name, "round": number}
        self._raw.write(json.dumps(line) + "\n")
        self._raw.flush()
        if "failed" in run and target.name in ("oathgate", BASELINE):
            self.failures.append(f"{target.name}, {mode.name}, round {number}: {run['failed']}")
        shown = run.get("failed") or ", ".join(
            f"{figure.name} {value:.4g}" for figure in mode.figures if (value := figure.of(run)) is not None)
        print(f"[{time.monotonic() - self._began:6.0f} s] {number} {mode.name:17} {target.name:14} {shown}; "
              f"others {run.get('other_cores', 0):.2f}", file=sys.stderr)

    def _measured(self, mode, target):
        if mode.fresh:
            target.stop()
            try:
                target.start()
            except NotReady as fault:
                return {"failed": str(fault)}
        self._wait_until_quiet()
        command = mode.smoke if self.options.smoke and mode.smoke else mode.loadgen
        command = command.format(seconds=self.options.seconds, warm=self.options.warm)
        return self._loadgen(target, command, mode.tokens)

    def _loadgen(self, target, command, tokens):
        arguments = [*command.split(), *target.reached(tokens), *target.watched()]
        return self.base.run(arguments, self.options.seconds + self.options.warm)

    def _wait_until_quiet(self):
        deadline = time.monotonic() + self.options.quiet_wait
        while time.monotonic() < deadline and busy_cores() > self.options.max_others:
            pass
