//! Times of many requests.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::fault::Result;

/// Longest time that is told apart, in microseconds; what took longer counts as this.
const LONGEST: u64 = 120_000_000;

/// Times of requests, in microseconds to three digits.
#[derive(Debug, Clone)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    /// # Errors
    /// Never: the bounds are right.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, LONGEST, 3)?))
    }

    pub(crate) fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(LONGEST);
        self.0.saturating_record(micros.max(1));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can be out of range.
        let _ = self.0.add(&other.0);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// Quantiles in milliseconds; null where there are none.
    pub(crate) fn milliseconds(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most two minutes")]
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1000.0;
        json!({ "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "max": at(1.0) })
    }
}
