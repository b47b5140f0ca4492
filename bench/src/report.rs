//! The JSON line that a measurement prints.

use serde_json::{Map, Value, json};

/// What was measured, by name.
#[derive(Debug)]
pub(crate) struct Report(Map<String, Value>);

impl Report {
    pub(crate) fn new(mode: &str) -> Self {
        let mut report = Self(Map::new());
        report.put("mode", mode);
        report
    }

    pub(crate) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// `amount` for each of `count`; null where there was nothing to divide by.
    pub(crate) fn put_per(&mut self, name: &str, amount: Option<f64>, count: f64) {
        let each = amount.filter(|_| count > 0.0).map(|amount| amount / count);
        self.put(name, json!(each));
    }

    pub(crate) fn print(self) {
        println!("{}", Value::Object(self.0));
    }
}
