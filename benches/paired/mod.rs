//! Comparisons in paired rounds: every side runs in each, one right after the other, so that what else the
//! machine does falls on all of them.

use std::time::Instant;

/// Rounds of a comparison.
pub(crate) const ROUNDS: usize = 41;

/// Seconds for one of `runs` runs of `work`.
pub(crate) fn time(runs: u32, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..runs {
        work();
    }
    start.elapsed().as_secs_f64() / f64::from(runs)
}

/// The quartiles of `values`, of which there is at least one.
pub(crate) fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

/// Prints the median and the quartiles of `ratios`, and whether the median is `target` at most.
pub(crate) fn report(name: &str, ratios: Vec<f64>, target: f64) {
    let [low, median, high] = quartiles(ratios);
    let verdict = if median <= target { "met" } else { "MISSED" };
    println!("  {name:<52} {median:>5.2} ({low:.2} .. {high:.2})  target {target:.2}: {verdict}");
}
