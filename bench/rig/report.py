"""What was measured, as Markdown."""

import os
import pathlib
import platform

from . import ratios
from .modes import GOALS
from .targets import BASELINE


class Report:
    def __init__(self, rounds, names, modes, options):
        self.rounds, self.options = rounds, options
        self.names = [name for name in names if any(target == name for target, _ in rounds.runs)]
        self.modes = modes

    def text(self):
        parts = [self._head(), self._goals(), self._summary(), *(self._mode(mode) for mode in self.modes)]
        return "\n".join(part for part in parts if part)

    def _head(self):
        options = self.options
        # The version alone: what a vendor puts behind it tells nothing to others.
        kernel = platform.release().split("-")[0]
        memory = min(options.rounds, options.fresh_rounds)
        lines = [f"{os.cpu_count()} cores ({_processor()}), Linux {kernel}. {options.rounds} paired, interleaved rounds of "
                 f"{options.seconds:g} s (memory: {memory}). The rest of the machine used {short(self._others())} cores "
                 "(median over all runs).", ""]
        lines += [f"- {note}" for note in self.rounds.notes]
        return "\n".join(lines + [""] * bool(self.rounds.notes))

    def _others(self):
        runs = (run for by_round in self.rounds.runs.values() for run in by_round.values())
        found = ratios.estimate([run["other_cores"] for run in runs if "other_cores" in run])
        return found.median if found else None

    def _values(self, target, mode, figure):
        """By round."""
        runs = self.rounds.runs.get((target, mode), {})
        return {number: value for number, run in runs.items() if (value := figure.of(run)) is not None}

    def _median(self, target, mode, figure):
        found = ratios.estimate(list(self._values(target, mode, figure).values()))
        return found.median if found else None

    def _ratio(self, target, mode, figure):
        baseline = self._values(BASELINE, mode, figure)
        return ratios.estimate(ratios.paired(self._values(target, mode, figure), baseline))

    def _goals(self):
        """The targets, each with what was measured beside it."""
        if "oathgate" not in self.names:
            return ""
        measured = {mode.name for mode in self.modes}
        head = ["measure", "target", "oathgate", "interval", "met", *self.names]
        rows = [self._goal(goal) for goal in GOALS if goal.mode in measured]
        return table(head, rows) if rows else ""

    def _goal(self, goal):
        mode = next(mode for mode in self.modes if mode.name == goal.mode)
        if goal.is_ratio:
            found = self._ratio("oathgate", goal.mode, goal.figure)
            target = f"{'≤' if goal.figure.lower_is_better else '≥'} {goal.most:.2f} × relay"
        else:
            found = ratios.estimate(list(self._values("oathgate", goal.mode, goal.figure).values()))
            target = f"≤ {goal.most:g}"
        absolute = [short(self._median(name, goal.mode, goal.figure)) for name in self.names]
        return [f"{mode.what}: {goal.figure.name}", target, *_judged(found, goal), *absolute]

    def _summary(self):
        """The first figure of every mode, of all targets."""
        if "oathgate" not in self.names:
            return ""
        rows = []
        for mode in self.modes:
            first = mode.figures[0]
            found = self._ratio("oathgate", mode.name, first)
            absolute = [short(self._median(name, mode.name, first)) for name in self.names]
            rows.append([f"`{mode.name}`", f"{mode.what}: {first.name}", *absolute,
                         short(found and found.median), _interval(found)])
        return table(["mode", "measure", *self.names, "oathgate ÷ relay", "interval"], rows)

    def _mode(self, mode):
        names = [name for name in self.names if (name, mode.name) in self.rounds.runs]
        if not names:
            return f"**{mode.name}**: {mode.what}: not measured\n"
        first = mode.figures[0]
        head = ["target", *(figure.name for figure in mode.figures), f"{first.name} ÷ relay", "interval", "rounds"]
        rows = []
        for name in names:
            runs = self.rounds.runs[name, mode.name]
            good = [run for run in runs.values() if "failed" not in run]
            found = self._ratio(name, mode.name, first)
            rows.append([name, *(short(self._median(name, mode.name, figure)) for figure in mode.figures),
                         short(found and found.median), _interval(found), f"{len(good)}/{len(runs)}"])
            failed = next((run["failed"] for run in runs.values() if "failed" in run), None)
            if failed:
                rows[-1][-1] += f": {failed}"
        return f"**{mode.name}**: {mode.what}\n\n{table(head, rows)}"


def _judged(found, goal):
    """The measured figure, its interval, and whether the target is met: by the median, which is what targets are about,
    and said without a restriction only where the whole interval lies on that side."""
    if not found:
        return "-", "-", "not measured"
    best, worst = sorted((found.low, found.high), reverse=not goal.figure.lower_is_better)
    good = (lambda value: value <= goal.most) if goal.figure.lower_is_better else (lambda value: value >= goal.most)
    surely = good(worst) or not good(best)
    met = ("yes" if surely else "by the median") if good(found.median) else ("no" if surely else "not by the median")
    return short(found.median), _interval(found), met


def _interval(found):
    if not found or found.rounds == 1:
        return "-"
    return f"{short(found.low)} to {short(found.high)} ({100 * found.coverage:.0f} %)"


def short(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()
