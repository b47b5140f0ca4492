"""Medians of paired rounds, and how sure they are. Pure: numbers in, numbers out."""

import dataclasses
import math
import statistics

# How often an interval holds the true median, at least, where there are rounds enough for that.
COVERAGE = 0.95


@dataclasses.dataclass(frozen=True)
class Estimate:
    """The median of `rounds` values, and the interval that holds the true one by the chance `coverage`."""
    median: float
    low: float
    high: float
    rounds: int
    coverage: float


def estimate(values):
    """The Estimate of these values; None of none. The interval runs between two of the values, by the sign test:
    it asks nothing of how they are spread."""
    if not values:
        return None
    ordered = sorted(values)
    count = len(ordered)
    # Drop as many at each end as leaves the coverage; with few rounds none.
    dropped = 0
    while dropped + 1 < (count + 1) // 2 and _coverage(count, dropped + 1) >= COVERAGE:
        dropped += 1
    return Estimate(statistics.median(ordered), ordered[dropped], ordered[count - 1 - dropped], count,
                    _coverage(count, dropped))


def _coverage(count, dropped):
    """The chance that the median lies between the values at both ends after dropping so many at each."""
    outside = sum(math.comb(count, below) for below in range(dropped + 1)) / 2 ** count
    return 1 - 2 * outside


def paired(values, baseline):
    """Ratios, round by round, of two dicts from round to value; a round that either lacks does not count."""
    return [values[one] / baseline[one] for one in sorted(values) if baseline.get(one)]
