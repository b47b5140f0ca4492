//! What an operator sees: log lines, metrics, the audit stream. Owns their names and forms;
//! knows no domain type, only plain strings and numbers that callers hand in.

pub mod audit;
mod event;
mod lines;
pub mod logs;
pub mod metrics;
