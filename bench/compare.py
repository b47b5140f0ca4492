#!/usr/bin/env python3
"""Compares Kafka proxies side by side on loopback, in paired, interleaved rounds. See docs/PERFORMANCE.md.

LOADGEN and OATHGATE name the two programs; OATHGATE_OTHER another build to compare with; PEER_HAPROXY,
PEER_KAFKA_PROXY and PEER_KROXYLICIOUS what else there is. A target that is not there is left out with a line.
Exits with 1 when a run of Oathgate or of the bare relay went wrong; never because something was slow.
"""

import argparse
import pathlib
import sys

from rig.base import SMOKE_TOPICS, TOPICS, Base
from rig.modes import MODES
from rig.processes import NotReady, prepared
from rig.report import Report
from rig.rounds import Rounds
from rig.targets import TARGETS

# One short round of everything, of the load alone, the relay and Oathgate.
SMOKE = {"rounds": 1, "fresh_rounds": 1, "seconds": 0.3, "warm": 0.1, "target_warm": 0, "quiet_wait": 0, "retries": 0,
         "targets": ["direct", "rustls-relay", "oathgate"]}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = lambda text: text.split(",")
    option = parser.add_argument
    option("--targets", type=names, default=list(TARGETS), metavar="NAMES", help=f"of {', '.join(TARGETS)}; default: all")
    option("--modes", type=names, default=list(MODES), metavar="NAMES", help=f"of {', '.join(MODES)}; default: all")
    option("--rounds", type=int, default=9, help="how often everything is run; 9 is the least to judge by")
    option("--fresh-rounds", type=int, default=5, help="at most so many of them with modes on fresh processes (memory)")
    option("--seconds", type=float, default=3, help="measured time of a run")
    option("--warm", type=float, default=1, help="load before it that does not count")
    option("--target-warm", type=float, default=4, help="load of either kind on each target before the first round")
    option("--quiet-wait", type=float, default=0, help="longest wait before a run for the machine to be quiet")
    option("--max-others", type=float, default=0.25, help="cores that others may use while it counts as quiet")
    option("--retries", type=int, default=0, help="how often a run that was not quiet is repeated")
    option("--budget", type=float, default=6 * 3600, help="no run begins after so many seconds")
    option("--first-port", type=int, default=21000, help="ports from here on are used")
    option("--folder", type=pathlib.Path, default=pathlib.Path("target/bench"), help="where logs and runs.jsonl go")
    option("--out", type=pathlib.Path, help="write the tables to this file too")
    option("--smoke", action="store_true", help="one round as short as can be: does everything work?")
    options = parser.parse_args()
    if options.smoke:
        vars(options).update(SMOKE)
    for kind, known in (("targets", TARGETS), ("modes", MODES)):
        unknown = [name for name in getattr(options, kind) if name not in known]
        if unknown:
            parser.error(f"no such {kind}: {', '.join(unknown)}; known are {', '.join(known)}")
    return options


def main():
    options = arguments()
    loadgen = prepared()
    options.folder.mkdir(parents=True, exist_ok=True)
    modes = [MODES[name] for name in options.modes]
    topics = SMOKE_TOPICS if options.smoke else TOPICS
    try:
        with Base(loadgen, options.folder.resolve(), options.first_port, topics) as base:
            with Rounds(base, options) as rounds:
                rounds.start(options.targets, modes)
                rounds.run(modes)
    except NotReady as fault:
        sys.exit(str(fault))
    text = Report(rounds, options.targets, modes, options).text()
    print(text)
    if options.out:
        options.out.write_text(text)
    if rounds.failures:
        sys.exit("\n".join(["FAILED:", *rounds.failures]))


if __name__ == "__main__":
    main()
