//! Lines on their way to standard error, written by a thread of their own: whoever logs never waits for
//! whoever reads. Knows bytes, not what they say.

use std::{
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use super::metrics;

/// Bytes of lines that may wait for standard error to be read: some thousand lines.
const WAITING_MAX: usize = 1024 * 1024;

/// How long lines are gathered after a write. Whoever reads along does not see it.
const GATHERING: Duration = Duration::from_millis(20);

/// How long the end of the process waits for its last lines to be read.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Where lines are handed in; cheap to clone. Each `write` is one line, or several whole ones.
#[derive(Clone, Debug)]
pub(super) struct Lines(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines that found no room since the last write.
    lost: u64,
    /// Whether the thread has nothing to do and must be woken.
    idle: bool,
    stop: bool,
    /// Nobody writes any more: lines go straight to standard error.
    stopped: bool,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.waiting();
        if waiting.stopped {
            drop(waiting);
            return io::stderr().write_all(line).map(|()| line.len());
        }
        if waiting.bytes.len().saturating_add(line.len()) > WAITING_MAX {
            waiting.lost = waiting.lost.saturating_add(1);
            metrics::log_line_lost();
            return Ok(line.len());
        }
        waiting.bytes.extend_from_slice(line);
        if waiting.idle {
            waiting.idle = false;
            self.0.changed.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The owner of the writing thread. Dropped, it has what waits written, and gives up where nobody reads.
#[derive(Debug)]
pub(super) struct LineThread {
    queue: Arc<Queue>,
    finished: Receiver<()>,
}

impl LineThread {
    /// Starts to write to `out` what the other is handed.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Lines, Self)> {
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            changed: Condvar::new(),
        });
        let (finish, finished) = mpsc::sync_channel(1);
        let of_thread = Arc::clone(&queue);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                write_all(&of_thread, out);
                let _ = finish.try_send(());
            })?;
        Ok((Lines(Arc::clone(&queue)), Self { queue, finished }))
    }
}

impl Drop for LineThread {
    fn drop(&mut self) {
        self.queue.waiting().stop = true;
        self.queue.changed.notify_one();
        let _ = self.finished.recv_timeout(LAST_WAIT);
    }
}

/// Writes what is handed in until it is told to stop.
fn write_all(queue: &Queue, mut out: impl Write) {
    let mut bytes = Vec::new();
    loop {
        let mut waiting = queue.waiting();
        waiting.idle = true;
        let nothing = |waiting: &mut Waiting| waiting.bytes.is_empty() && !waiting.stop;
        let waited = queue.changed.wait_while(waiting, nothing);
        waiting = waited.unwrap_or_else(PoisonError::into_inner);
        waiting.idle = false;
        std::mem::swap(&mut waiting.bytes, &mut bytes);
        let lost = std::mem::take(&mut waiting.lost);
        waiting.stopped = waiting.stop && bytes.is_empty();
        if waiting.stopped {
            return;
        }
        drop(waiting);
        // There is nobody left to tell.
        let _ = out.write_all(&bytes);
        bytes.clear();
        if lost > 0 {
            tracing::warn!(
                lines = lost,
                "log lines were left out: nobody reads standard error, or not fast enough"
            );
        }
        // The first line goes at once; a busy process then writes a few times a second, not once a line.
        let waiting = queue.waiting();
        let gathering = |waiting: &mut Waiting| !waiting.stop;
        drop(
            queue
                .changed
                .wait_timeout_while(waiting, GATHERING, gathering),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{SyncSender, sync_channel};

    use super::*;

    /// Takes a write when the test lets it.
    struct Gated {
        may: Receiver<()>,
        wrote: SyncSender<Vec<u8>>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.may.recv();
            self.wrote.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (Lines, LineThread, SyncSender<()>, Receiver<Vec<u8>>) {
        let (let_go, may) = sync_channel(1000);
        let (wrote, written) = sync_channel(1000);
        let (lines, thread) = LineThread::start(Gated { may, wrote }).unwrap();
        (lines, thread, let_go, written)
    }

    #[test]
    fn whoever_logs_does_not_wait_and_what_finds_no_room_is_left_out() {
        let (mut lines, thread, let_go, written) = gated();
        let line = [b'x'; 1024];
        // Nothing is read meanwhile, and yet this ends.
        for _ in 0..3 * WAITING_MAX / line.len() {
            lines.write_all(&line).unwrap();
        }
        let lost = lines.0.waiting().lost;
        assert!(lost > 0);
        drop(let_go);
        drop(thread);
        let written: usize = written.iter().map(|bytes| bytes.len()).sum();
        let lost = usize::try_from(lost).unwrap() * line.len();
        assert_eq!(written + lost, 3 * WAITING_MAX);
    }

    #[test]
    fn the_end_waits_for_what_was_handed_in() {
        let (mut lines, thread, let_go, written) = gated();
        let_go.send(()).unwrap();
        lines.write_all(b"one\n").unwrap();
        assert_eq!(written.recv().unwrap(), b"one\n", "at once");
        lines.write_all(b"two\n").unwrap();
        lines.write_all(b"three\n").unwrap();
        let_go.send(()).unwrap();
        drop(thread);
        assert_eq!(written.recv().unwrap(), b"two\nthree\n", "together");
        assert!(lines.0.waiting().stopped);
    }
}
