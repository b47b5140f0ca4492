#!/usr/bin/env python3
"""A real Kafka with its own performance tools: directly, through the bare relay, through Oathgate.

LOADGEN and OATHGATE name the two programs, --jars and --tools folders with Kafka's jars; `make bench-kafka` knows
them. Exits with 1 when a run went wrong, never because something was slow.
"""

import argparse
import os
import pathlib
import signal
import sys

from rig import ratios
from rig.kafka import TARGETS, Client, Kafka
from rig.modes import Setting
from rig.processes import NotReady, raise_open_files
from rig.report import short, table

FIGURES = ["produce MB/s", "produce p50 ms", "produce p99 ms", "produce CPU s per GiB",
           "consume MB/s", "consume CPU s per GiB"]
COSTS = ["produce CPU s per GiB", "consume CPU s per GiB"]
BASELINE = "rustls-relay"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--jars", type=pathlib.Path, required=True, help="folder with the jars of a broker")
    option("--tools", type=pathlib.Path, required=True, help="folder with the jars of Kafka's tools")
    option("--rounds", type=int, default=9)
    option("--records", type=int, default=500_000, help="of 1 KiB, in each direction")
    option("--first-port", type=int, default=21000, help="ports from here on are used")
    option("--folder", type=pathlib.Path, default=pathlib.Path("target/bench/kafka"), help="where data and logs go")
    option("--out", type=pathlib.Path, help="write the table to this file too")
    return parser.parse_args()


def measure(base, options):
    """By target's name and figure, what each round gave."""
    targets = [kind(base, Setting.PLAIN, base.relay_port + 10) for kind in TARGETS]
    found = {(target.name, figure): {} for target in targets for figure in FIGURES}
    try:
        for target in targets:
            reason = target.missing()
            if reason:
                raise NotReady(f"{target.name}: {reason}")
            target.start()
        clients = [(target.name, Client(target)) for target in targets]
        for number in range(1, options.rounds + 1):
            for name, client in clients if number % 2 else reversed(clients):
                figures = {**client.produce(options.records), **client.consume(options.records)}
                for figure, value in figures.items():
                    if value is not None:
                        found[name, figure][number] = value
                print(f"{number} {name:14} {figures}", file=sys.stderr)
    finally:
        for target in targets:
            target.stop()
    return found


def report(found, options):
    names = list(dict.fromkeys(name for name, _ in found))
    rows = []
    for name in names:
        medians = [ratios.estimate(list(found[name, figure].values())) for figure in FIGURES]
        pairs = [ratios.estimate(ratios.paired(found[name, figure], found[BASELINE, figure])) for figure in COSTS]
        rows.append([name, *(short(median and median.median) for median in medians),
                     *(short(pair and pair.median) for pair in pairs)])
    head = ["target", *FIGURES, *(f"{figure} ÷ relay" for figure in COSTS)]
    return (f"{os.cpu_count()} cores, {options.rounds} interleaved rounds of {options.records} records of 1 KiB in each "
            f"direction, medians.\n\n{table(head, rows)}")


def main():
    options = arguments()
    raise_open_files()
    # What was started is stopped, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        with Kafka(os.environ["LOADGEN"], options.folder.resolve(), options.first_port,
                   options.jars.resolve(), options.tools.resolve()) as base:
            text = report(measure(base, options), options)
    except NotReady as fault:
        sys.exit(f"FAILED: {fault}")
    print(text)
    if options.out:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
