//! The audit stream: events to a file or standard output, one JSON object a line
//! (CloudEvents 1.0; the shape is `event`'s).
//!
//! A session never waits for it: events go through a bounded channel to a thread of their own.
//! When that is full, or the disk refuses, events are left out, counted in a metric and noted in
//! the stream itself (`io.oathgate/audit-dropped`, "n events dropped") as soon as it can be
//! written again. A login is not refused because its audit line could not be kept: a full disk
//! would otherwise stop every client.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

pub use super::event::{Denial, Event, Login, Outcome, SessionEnd};
use super::metrics;

/// Events that wait for the writer; a burst of logins fits, at about 1 KiB each.
const QUEUE: usize = 8192;

/// Bytes gathered before one write.
const BATCH: usize = 64 * 1024;

/// Where the stream goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file that is appended to; made with mode 0640 if it is not there.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

/// Why the stream could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file cannot be appended to.
    #[error("the audit file {} cannot be opened for appending: {cause}; make its directory or change [audit] file", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The system gave no thread.
    #[error("no thread for the audit stream: {0}")]
    Thread(io::Error),
}

/// A handle to tell events; cheap to clone. Telling never blocks.
#[derive(Clone, Debug)]
pub struct Audit(Option<Arc<Queue>>);

#[derive(Debug)]
struct Queue {
    sender: SyncSender<Message>,
    dropped: AtomicU64,
    reopen: AtomicBool,
    stop: AtomicBool,
}

enum Message {
    Event(Event),
    /// Look at the flags.
    Wake,
}

impl Audit {
    /// A handle whose events go nowhere: no `[audit]` block.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Hands `event` to the writer, or counts it as dropped when too many wait already. It is made only where
    /// there is a writer.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        let Some(queue) = &self.0 else { return };
        match queue.sender.try_send(Message::Event(event())) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => queue.drop_events(1),
        }
    }
}

impl Queue {
    fn drop_events(&self, events: u64) {
        self.dropped.fetch_add(events, Ordering::Relaxed);
        metrics::audit_dropped(events);
    }

    /// Sets `flag` and makes sure that the writer sees it; a full queue wakes it by itself.
    fn signal(&self, flag: &AtomicBool) {
        flag.store(true, Ordering::SeqCst);
        let _ = self.sender.try_send(Message::Wake);
    }
}

/// The owner of the writing thread.
#[derive(Debug)]
pub struct Stream {
    queue: Arc<Queue>,
    finished: Receiver<()>,
}

impl Stream {
    /// Opens `target` and starts the writer. `instance` tells this process's event ids from
    /// those of others (random); `now` reads milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// The file cannot be opened, or there is no thread for the writer.
    pub fn open(
        target: Target,
        instance: u64,
        now: fn() -> i64,
    ) -> Result<(Audit, Self), AuditError> {
        let sink = Sink::open(target)?;
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        let queue = Arc::new(Queue {
            sender,
            dropped: AtomicU64::new(0),
            reopen: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let (finish, finished) = mpsc::sync_channel(1);
        let mut writer = Writer {
            queue: Arc::clone(&queue),
            receiver,
            sink,
            batch: Batch::default(),
            instance,
            sequence: 0,
            now,
        };
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || {
                writer.run();
                let _ = finish.try_send(());
            })
            .map_err(AuditError::Thread)?;
        Ok((Audit(Some(Arc::clone(&queue))), Self { queue, finished }))
    }

    /// Closes the file and opens its path again, between two lines: for log rotation, at SIGHUP.
    /// A file that cannot be opened leaves the old one in use and is logged.
    pub fn reopen(&self) {
        self.queue.signal(&self.queue.reopen);
    }

    /// Writes what waits and stops the writer; blocks, at most for `deadline`. Returns whether
    /// everything was written. Events told later are dropped.
    #[must_use]
    pub fn finish(self, deadline: Duration) -> bool {
        self.queue.signal(&self.queue.stop);
        match self.finished.recv_timeout(deadline) {
            Ok(()) => self.queue.dropped.load(Ordering::Relaxed) == 0,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }
}

/// Lines that wait for one write.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    events: u64,
}

/// The thread's state.
struct Writer {
    queue: Arc<Queue>,
    receiver: Receiver<Message>,
    sink: Sink,
    batch: Batch,
    instance: u64,
    sequence: u64,
    now: fn() -> i64,
}

impl Writer {
    fn run(&mut self) {
        loop {
            // Read before the round: what was told before the stop is then drained by it.
            let stopping = self.queue.stop.load(Ordering::SeqCst);
            for _ in 0..QUEUE {
                let Ok(message) = self.receiver.try_recv() else {
                    break;
                };
                self.take(message);
            }
            self.note_dropped();
            self.flush();
            self.follow_reopen();
            if stopping {
                return;
            }
            if self.queue.stop.load(Ordering::SeqCst) {
                continue;
            }
            let Ok(message) = self.receiver.recv() else {
                return;
            };
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        self.follow_reopen();
        match message {
            Message::Event(event) => self.append(&event),
            Message::Wake => {}
        }
        if self.batch.bytes.len() >= BATCH {
            self.flush();
        }
    }

    fn append(&mut self, event: &Event) {
        self.sequence = self.sequence.wrapping_add(1);
        let id = format!("{:016x}-{}", self.instance, self.sequence);
        let before = self.batch.bytes.len();
        if event.write(&id, &mut self.batch.bytes).is_ok() {
            self.batch.events = self.batch.events.saturating_add(1);
        } else {
            self.batch.bytes.truncate(before);
            self.queue.drop_events(1);
        }
    }

    /// Notes in the stream what is missing from it. The note is not itself an event that can be
    /// dropped: when it cannot be written, the count stays for the next one.
    fn note_dropped(&mut self) {
        if self.queue.dropped.load(Ordering::Relaxed) == 0 {
            return;
        }
        self.flush();
        let events = self.queue.dropped.swap(0, Ordering::Relaxed);
        if events == 0 {
            return;
        }
        let time_millis = (self.now)();
        self.append(&Event::Dropped {
            time_millis,
            events,
        });
        let batch = std::mem::take(&mut self.batch);
        if !self.sink.write(&batch.bytes) {
            self.queue.dropped.fetch_add(events, Ordering::Relaxed);
        }
    }

    fn flush(&mut self) {
        if self.batch.bytes.is_empty() {
            return;
        }
        if !self.sink.write(&self.batch.bytes) {
            self.queue.drop_events(self.batch.events);
        }
        self.batch.bytes.clear();
        self.batch.events = 0;
    }

    fn follow_reopen(&mut self) {
        if self.queue.reopen.swap(false, Ordering::SeqCst) {
            self.flush();
            self.sink.reopen();
        }
    }
}

/// The open file or standard output.
struct Sink {
    target: Target,
    out: Out,
    /// The last write failed: it may have left half a line, and its failure has been logged.
    torn: bool,
}

enum Out {
    File(File),
    Stdout(io::Stdout),
}

impl Sink {
    fn open(target: Target) -> Result<Self, AuditError> {
        let out = match &target {
            Target::Stdout => Out::Stdout(io::stdout()),
            Target::File(path) => Out::File(append_to(path).map_err(|cause| AuditError::File {
                path: path.clone(),
                cause,
            })?),
        };
        Ok(Self {
            target,
            out,
            torn: false,
        })
    }

    fn reopen(&mut self) {
        let Target::File(path) = &self.target else {
            return;
        };
        match append_to(path) {
            Ok(file) => {
                self.out = Out::File(file);
                self.torn = false;
            }
            Err(cause) => tracing::error!(
                path = %path.display(), %cause,
                "the audit file cannot be opened again; the old one stays in use"
            ),
        }
    }

    /// Writes whole lines; whether it worked.
    fn write(&mut self, lines: &[u8]) -> bool {
        let written = match &mut self.out {
            Out::File(file) => write_lines(file, self.torn, lines),
            Out::Stdout(stdout) => write_lines(&mut stdout.lock(), self.torn, lines),
        };
        match written {
            Ok(()) => {
                if self.torn {
                    tracing::warn!("the audit stream can be written again");
                }
                self.torn = false;
                true
            }
            Err(cause) => {
                if !self.torn {
                    tracing::error!(%cause, "the audit stream cannot be written; events are lost");
                }
                self.torn = true;
                false
            }
        }
    }
}

fn append_to(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o640)
        .open(path)
}

fn write_lines(out: &mut impl Write, torn: bool, lines: &[u8]) -> io::Result<()> {
    if torn {
        out.write_all(b"\n")?;
    }
    out.write_all(lines)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::{super::event::tests::login, *};

    const DEADLINE: Duration = Duration::from_secs(10);

    fn lines(path: &PathBuf) -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn login_id(line: &Value) -> &str {
        line["data"]["request"]["loginId"].as_str().unwrap()
    }

    #[test]
    fn events_arrive_in_order_with_ids_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let (audit, stream) = Stream::open(Target::File(path.clone()), 7, || 0).unwrap();
        for n in 0..1000 {
            audit.clone().tell(|| login(&n.to_string()));
        }
        assert!(stream.finish(DEADLINE));
        let seen = lines(&path);
        assert_eq!(seen.len(), 1000);
        for (n, line) in seen.iter().enumerate() {
            assert_eq!(login_id(line), n.to_string());
            assert_eq!(line["id"], format!("0000000000000007-{}", n + 1));
        }
        audit.tell(|| login("late"));
        assert_eq!(lines(&path).len(), 1000);
    }

    #[test]
    fn a_rotated_file_is_left_for_a_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let rotated = dir.path().join("audit.jsonl.1");
        let (audit, stream) = Stream::open(Target::File(path.clone()), 7, || 0).unwrap();
        audit.tell(|| login("before"));
        while lines(&path).is_empty() {
            thread::yield_now();
        }
        fs::rename(&path, &rotated).unwrap();
        stream.reopen();
        while !path.exists() {
            thread::yield_now();
        }
        audit.tell(|| login("after"));
        assert!(stream.finish(DEADLINE));
        assert_eq!(login_id(&lines(&rotated)[0]), "before");
        assert_eq!(login_id(&lines(&path)[0]), "after");
    }

    /// A writer that nobody runs yet, so that its queue fills up.
    fn idle(path: PathBuf, room: usize) -> (Audit, Writer) {
        let (sender, receiver) = mpsc::sync_channel(room);
        let queue = Arc::new(Queue {
            sender,
            dropped: AtomicU64::new(0),
            reopen: AtomicBool::new(false),
            stop: AtomicBool::new(true),
        });
        let writer = Writer {
            queue: Arc::clone(&queue),
            receiver,
            sink: Sink::open(Target::File(path)).unwrap(),
            batch: Batch::default(),
            instance: 7,
            sequence: 0,
            now: || 5,
        };
        (Audit(Some(queue)), writer)
    }

    #[test]
    fn a_full_queue_drops_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let (audit, mut writer) = idle(path.clone(), 2);
        for n in 0..5 {
            audit.tell(|| login(&n.to_string()));
        }
        writer.run();
        let seen = lines(&path);
        assert_eq!(seen.len(), 3);
        assert_eq!([login_id(&seen[0]), login_id(&seen[1])], ["0", "1"]);
        assert_eq!(seen[2]["type"], "io.oathgate/audit-dropped");
        assert_eq!(seen[2]["data"]["message"], "3 events dropped");
        assert_eq!(seen[2]["time"], "1970-01-01T00:00:00.005Z");
    }

    #[test]
    fn what_a_full_disk_refused_is_noted_once_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let (audit, mut writer) = idle(path.clone(), 8);
        let full = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let file = std::mem::replace(&mut writer.sink.out, Out::File(full));
        audit.tell(|| login("lost"));
        writer.run();
        writer.sink.out = file;
        audit.tell(|| login("kept"));
        writer.run();
        let text = fs::read_to_string(&path).unwrap();
        let seen: Vec<Value> = text
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(login_id(&seen[0]), "kept");
        assert_eq!(seen[1]["data"]["events"], 1);
        assert_eq!(seen.len(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let path = PathBuf::from("/nonexistent/audit.jsonl");
        let Err(error) = Stream::open(Target::File(path), 7, || 0) else {
            panic!("opened a file in no directory");
        };
        assert!(error.to_string().contains("/nonexistent/audit.jsonl"));
    }

    #[test]
    fn no_audit_block_means_no_stream() {
        Audit::none().tell(|| login("x"));
    }
}
