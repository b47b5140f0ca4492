//! Work that judging a token may be, counted in steps. Owns the count alone: what a step is, who
//! works says; see `filter`.

use std::cell::Cell;

/// A budget of steps, used up by one who works.
#[derive(Debug)]
pub(super) struct Steps {
    most: usize,
    left: Cell<usize>,
    made: Cell<usize>,
}

impl Steps {
    /// `most` steps.
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            left: Cell::new(most),
            made: Cell::new(0),
        }
    }

    /// Takes `steps` before they are made; `false` if there are not so many, and then there are none
    /// any more: who has worked too much does not go on with what is cheap.
    #[must_use]
    pub(super) fn take(&self, steps: usize) -> bool {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        if left.is_some() {
            self.made.set(self.made.get().saturating_add(steps));
        }
        left.is_some()
    }

    /// Steps that may still be taken.
    pub(super) const fn left(&self) -> usize {
        self.left.get()
    }

    /// Steps made so far: not those that there were none for.
    pub(super) const fn made(&self) -> usize {
        self.made.get()
    }

    /// Steps used up so far.
    pub(super) const fn taken(&self) -> usize {
        self.most.saturating_sub(self.left.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_stays_so() {
        let steps = Steps::new(10);
        assert!(steps.take(7) && steps.take(3) && steps.take(0));
        assert_eq!(steps.taken(), 10);
        let steps = Steps::new(10);
        assert!(!steps.take(11) && !steps.take(1));
        assert_eq!((steps.taken(), steps.made()), (10, 0));
    }
}
