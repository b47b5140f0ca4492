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

/// Bytes written at once. So few go into a pipe whole, and lines of others who write to it stay apart.
const PIECE: usize = 4096;

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

    /// Notes that `lines` are left out.
    fn lose(&self, lines: u64) {
        let mut waiting = self.waiting();
        waiting.lost = waiting.lost.saturating_add(lines);
        drop(waiting);
        metrics::log_lines_lost(lines);
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
            drop(waiting);
            self.0.lose(1);
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
                write_all(&of_thread, out, tell);
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

/// Writes whole `lines`; how many could not be.
fn write_lines(out: &mut impl Write, lines: &[u8]) -> u64 {
    let mut lost = 0_u64;
    for piece in pieces(lines) {
        if write_piece(out, piece).is_err() {
            let count = piece.iter().filter(|byte| **byte == b'\n').count();
            lost = lost.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
    lost
}

/// Whole lines of at most [`PIECE`] bytes together; a longer line stands alone.
fn pieces(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let first = rest.get(..PIECE).unwrap_or(rest);
        let end = match first.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => last.saturating_add(1),
            None => {
                let longer = rest.iter().position(|byte| *byte == b'\n');
                longer.map_or(rest.len(), |last| last.saturating_add(1))
            }
        };
        let (piece, after) = rest.split_at_checked(end)?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn write_piece(out: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    let mut rest = piece;
    while !rest.is_empty() {
        match out.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(wrote) => rest = rest.get(wrote..).unwrap_or_default(),
            // Whoever started this process made the stream so.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(GATHERING),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Says that so many lines were left out, in a line of its own.
fn tell(lines: u64) {
    tracing::warn!(
        lines,
        "log lines were left out: nobody reads standard error, or not fast enough"
    );
}

/// Writes what is handed in until it is told to stop. Has it told how many lines were left out.
fn write_all(queue: &Queue, mut out: impl Write, tell: impl Fn(u64)) {
    let mut bytes = Vec::new();
    // Whether the last write failed. To tell of it then would fail as well, and call for the next.
    let mut broken = false;
    loop {
        let mut waiting = queue.waiting();
        waiting.idle = true;
        let nothing = |waiting: &mut Waiting| waiting.bytes.is_empty() && !waiting.stop;
        let waited = queue.changed.wait_while(waiting, nothing);
        waiting = waited.unwrap_or_else(PoisonError::into_inner);
        waiting.idle = false;
        std::mem::swap(&mut waiting.bytes, &mut bytes);
        waiting.stopped = waiting.stop && bytes.is_empty();
        if waiting.stopped {
            return;
        }
        let lost = std::mem::take(&mut waiting.lost);
        drop(waiting);
        // While there is room for it: after the write others may have taken all of it again.
        if lost > 0 && !broken {
            tell(lost);
        }
        let unwritten = write_lines(&mut out, &bytes);
        bytes.clear();
        if lost > 0 && broken {
            let mut waiting = queue.waiting();
            waiting.lost = waiting.lost.saturating_add(lost);
        }
        broken = unwritten > 0;
        if broken {
            queue.lose(unwritten);
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
        begun: SyncSender<()>,
        may: Receiver<()>,
        wrote: SyncSender<Vec<u8>>,
    }

    /// What the test has of it.
    struct Gate {
        begun: Receiver<()>,
        let_go: SyncSender<()>,
        wrote: Receiver<Vec<u8>>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.begun.try_send(());
            let _ = self.may.recv();
            self.wrote.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (Lines, LineThread, Gate) {
        let (begin, begun) = sync_channel(1);
        let (let_go, may) = sync_channel(1000);
        let (write, wrote) = sync_channel(1000);
        let out = Gated {
            begun: begin,
            may,
            wrote: write,
        };
        let (lines, thread) = LineThread::start(out).unwrap();
        let gate = Gate {
            begun,
            let_go,
            wrote,
        };
        (lines, thread, gate)
    }

    #[test]
    fn whoever_logs_does_not_wait_and_what_finds_no_room_is_left_out() {
        let (mut lines, thread, gate) = gated();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        lines.write_all(&line).unwrap();
        gate.begun.recv().unwrap();
        // Nothing is read meanwhile, and yet this ends.
        let many = 2 * WAITING_MAX / line.len();
        for _ in 0..many {
            lines.write_all(&line).unwrap();
        }
        assert_eq!(lines.0.waiting().lost, many as u64 / 2);
        drop(gate.let_go);
        drop(thread);
        let written: Vec<Vec<u8>> = gate.wrote.iter().collect();
        assert!(written.iter().all(|piece| piece.len() <= PIECE));
        assert!(written.iter().all(|piece| piece.ends_with(b"\n")));
        assert_eq!(written.concat(), line.repeat(1 + many / 2));
    }

    /// While this is written to, others take all room, so many times; then they are through.
    struct Busy {
        lines: Lines,
        times: usize,
        written: Vec<u8>,
    }

    impl Write for Busy {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.extend_from_slice(bytes);
            if self.times == 0 {
                self.lines.0.waiting().stop = true;
            }
            if self.times > 0 && self.lines.0.waiting().lost == 0 {
                while self.lines.0.waiting().lost == 0 {
                    self.lines.write_all(&[b'x'; 100])?;
                }
                self.times -= 1;
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_left_out_is_told_however_busy_others_are() {
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            changed: Condvar::new(),
        });
        let lines = Lines(Arc::clone(&queue));
        let notices = lines.clone();
        lines.clone().write_all(b"one\n").unwrap();
        let mut busy = Busy {
            lines,
            times: 3,
            written: Vec::new(),
        };
        // Longer than what finds no room any more.
        let notice = format!("{:200}\n", "left out");
        let tell = |_| assert!(notices.clone().write_all(notice.as_bytes()).is_ok());
        write_all(&queue, &mut busy, tell);
        let written = String::from_utf8(busy.written).unwrap();
        assert_eq!(written.matches("left out").count(), 3);
    }

    #[test]
    fn lines_that_come_while_others_are_written_go_together_and_the_end_waits_for_them() {
        let (mut lines, thread, gate) = gated();
        lines.write_all(b"one\n").unwrap();
        gate.begun.recv().unwrap();
        lines.write_all(b"two\n").unwrap();
        lines.write_all(b"three\n").unwrap();
        drop(gate.let_go);
        drop(thread);
        assert_eq!(gate.wrote.recv().unwrap(), b"one\n");
        assert_eq!(gate.wrote.recv().unwrap(), b"two\nthree\n");
        assert!(lines.0.waiting().stopped);
    }

    #[test]
    fn a_line_is_never_cut_and_what_takes_no_more_is_asked_again() {
        /// Takes some of what it is given at every other time.
        struct Slow {
            ready: bool,
            took: Vec<u8>,
        }
        impl Write for Slow {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.ready = !self.ready;
                if !self.ready {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                let some = bytes.len().min(1000);
                self.took.extend_from_slice(&bytes[..some]);
                Ok(some)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let long = [&[b'y'; 2 * PIECE][..], b"\n"].concat();
        let all = [&b"a\nb\n"[..], &long, b"c\n"].concat();
        let pieces: Vec<&[u8]> = pieces(&all).collect();
        assert_eq!(pieces, [b"a\nb\n", &long[..], b"c\n"]);
        let mut slow = Slow {
            ready: false,
            took: Vec::new(),
        };
        assert_eq!(write_lines(&mut slow, &all), 0);
        assert_eq!(slow.took, all);

        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(write_lines(&mut Full, &all), 4, "lines lost");
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            changed: Condvar::new(),
        });
        let mut lines = Lines(Arc::clone(&queue));
        let notices = lines.clone();
        lines.write_all(&all).unwrap();
        queue.waiting().stop = true;
        // It ends, and its own notices do not keep it going.
        write_all(&queue, Full, |_| {
            notices.clone().write_all(b"left out\n").unwrap()
        });
        assert_eq!(queue.waiting().lost, 4);
    }
}
