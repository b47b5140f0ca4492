#!/usr/bin/env python3
"""Flame graphs of Oathgate under load, an SVG for each mode: where its CPU goes, kernel and all. See docs/PERFORMANCE.md.

LOADGEN and OATHGATE name the two programs, built with symbols. Samples are perf's, by the processor's clock, with stacks
out of the program's unwind tables; inferno draws them. Needs the right to sample a process (root, or
kernel.perf_event_paranoid <= 1 without the kernel's part).
"""

import argparse
import pathlib
import subprocess
import sys
import threading

from rig.base import TOPICS, Base
from rig.modes import MODES, Setting
from rig.processes import NotReady, prepared
from rig.targets import TARGETS

# Samples a second and bytes of stack for each: enough for a login's deepest calls.
FREQUENCY, STACK = 397, 65528
# Load before and after what is sampled.
AROUND = 1.5
# Percent of the whole below which a frame is not drawn.
SMALLEST = "0.3"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--modes", type=lambda text: text.split(","), default=["produce", "fetch", "logins"], metavar="NAMES",
           help="which loads; see compare.py")
    option("--seconds", type=float, default=5, help="sampled time of each")
    option("--first-port", type=int, default=21000, help="ports from here on are used")
    option("--folder", type=pathlib.Path, default=pathlib.Path("target/bench/flames"), help="where logs go")
    option("--out", type=pathlib.Path, default=pathlib.Path("docs/flames"), help="where the SVGs go")
    options = parser.parse_args()
    unknown = [name for name in options.modes if name not in MODES]
    if unknown:
        parser.error(f"no such modes: {', '.join(unknown)}; known are {', '.join(MODES)}")
    return options


def sampled(target, mode, options):
    """The samples of `target` under the load of `mode`, as perf's file."""
    seconds = options.seconds + 2 * AROUND
    command = mode.loadgen.format(seconds=seconds, warm=0)
    line = [*command.split(), *target.reached(mode.tokens), *target.watched()]
    run = {}
    load = threading.Thread(target=lambda: run.update(target.base.run(line, seconds)))
    load.start()
    threading.Event().wait(AROUND)
    file = options.folder / f"{mode.name}.perf"
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(FREQUENCY), "--call-graph", f"dwarf,{STACK}",
                    "-p", str(target.process.pid), "-o", file, "--", "sleep", str(options.seconds)], check=True)
    load.join()
    if "failed" in run:
        raise NotReady(f"{mode.name}: {run['failed']}")
    return file


def draw(samples, mode, options):
    """An SVG of perf's file. Frames that the compiler dissolved are not drawn: they would hide the others."""
    script = subprocess.run(["perf", "script", "--no-inline", "-i", samples], capture_output=True, check=True).stdout
    folded = subprocess.run(["inferno-collapse-perf"], input=script, capture_output=True, check=True).stdout
    title = f"Oathgate: {mode.what}"
    drawn = subprocess.run(["inferno-flamegraph", "--title", title, "--minwidth", SMALLEST, "--colors", "rust",
                            "--hash"], input=folded, capture_output=True, check=True).stdout
    file = options.out / f"{mode.name}.svg"
    file.write_bytes(drawn)
    print(file, file=sys.stderr)


def main():
    options = arguments()
    loadgen = prepared()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with Base(loadgen, options.folder.resolve(), options.first_port, TOPICS) as base:
            target = TARGETS["oathgate"](base, Setting.PLAIN, options.first_port + 10)
            target.start()
            try:
                for name in options.modes:
                    draw(sampled(target, MODES[name], options), MODES[name], options)
            finally:
                target.stop()
    except NotReady as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
