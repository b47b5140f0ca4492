//! Placeholder: filled in by the next commits.

use std::{future::Future, path::Path};

/// Placeholder.
#[derive(Debug, thiserror::Error)]
#[error("not built yet")]
pub enum AppError {}

/// Placeholder.
///
/// # Errors
/// None.
pub async fn run(_config: &Path, shutdown: impl Future<Output = ()>) -> Result<(), AppError> {
    shutdown.await;
    Ok(())
}
