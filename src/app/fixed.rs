//! What only a start can change: a reload that changes it is taken otherwise, and says so.

use std::time::Duration;

use crate::control::settings::{Admin, AuditSink, Checked, LogFormat};

/// The settings that stay as they were at the start.
#[derive(Debug)]
pub(super) struct Fixed {
    admin: Admin,
    log_format: LogFormat,
    audit: Option<AuditSink>,
    key_wait: Duration,
    /// Client connections at once.
    pub(super) max_connections: usize,
    held_budget: usize,
    /// Bytes that one identity may have of the budget of held frames.
    pub(super) max_held_per_principal: usize,
}

impl Fixed {
    pub(super) fn of(checked: &Checked) -> Self {
        Self {
            admin: checked.admin,
            log_format: checked.log.format,
            audit: checked.audit.clone(),
            key_wait: checked.limits.key_wait,
            max_connections: checked.limits.max_connections,
            held_budget: checked.limits.held_budget,
            max_held_per_principal: checked.limits.max_held_per_principal,
        }
    }

    /// The paths of settings that `new` has otherwise.
    pub(super) fn differing(&self, new: &Checked) -> Vec<&'static str> {
        let new = Self::of(new);
        let all = [
            ("admin", self.admin == new.admin),
            ("log.format", self.log_format == new.log_format),
            ("audit", self.audit == new.audit),
            ("limits.key_wait", self.key_wait == new.key_wait),
            (
                "limits.max_connections",
                self.max_connections == new.max_connections,
            ),
            ("limits.held_budget", self.held_budget == new.held_budget),
            (
                "limits.max_held_per_principal",
                self.max_held_per_principal == new.max_held_per_principal,
            ),
        ];
        let differing = all.into_iter().filter(|(_, same)| !same);
        differing.map(|(path, _)| path).collect()
    }
}
