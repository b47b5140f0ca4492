//! A child process whose lines are kept, written to a file and waited for; killed when dropped.

use super::reaper;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

#[derive(Default)]
struct Lines {
    seen: Mutex<Vec<String>>,
    more: Condvar,
}

impl Lines {
    fn seen(&self) -> MutexGuard<'_, Vec<String>> {
        self.seen
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

pub(crate) struct Process {
    name: String,
    child: Child,
    lines: Arc<Lines>,
    readers: Vec<JoinHandle<()>>,
    /// Standard error, until somebody reads it.
    unread: Option<ChildStderr>,
    file: Arc<Mutex<File>>,
    log: PathBuf,
    ended: bool,
}

impl Process {
    /// Starts `command`; every line of its output goes to memory and to the file `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Self {
        let mut started = Self::start_unread(name, command, log);
        started.read_errors();
        started
    }

    /// As `start`, but nobody reads its standard error before `read_errors`.
    pub(crate) fn start_unread(name: &str, command: &mut Command, log: &Path) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: cannot start {command:?}: {error}"));
        reaper::watch(child.id());
        let file = Arc::new(Mutex::new(File::create(log).expect("create a log file")));
        let lines = Arc::new(Lines::default());
        let readers = vec![read(child.stdout.take().expect("piped"), &lines, &file)];
        let unread = child.stderr.take();
        Self {
            name: name.to_owned(),
            child,
            lines,
            readers,
            unread,
            file,
            log: log.to_owned(),
            ended: false,
        }
    }

    /// Reads its standard error from now on.
    pub(crate) fn read_errors(&mut self) {
        let unread = self.unread.take().expect("nobody reads it yet");
        self.readers.push(read(unread, &self.lines, &self.file));
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Every line so far, standard output and error as they came.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.seen().clone()
    }

    /// The rests of the lines that begin with `word` and a space.
    pub(crate) fn facts(&self, word: &str) -> Vec<String> {
        let prefix = format!("{word} ");
        let seen = self.lines.seen();
        seen.iter()
            .filter_map(|line| line.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect()
    }

    /// Waits for `count` lines that begin with `word` and a space. Panics at the deadline or if the process ends first.
    pub(crate) fn wait_facts(&mut self, word: &str, count: usize, deadline: Duration) {
        let prefix = format!("{word} ");
        self.wait_until(deadline, &format!("{count} lines `{word} ...`"), |lines| {
            lines
                .iter()
                .filter(|line| line.starts_with(&prefix))
                .count()
                >= count
        });
    }

    /// Waits until the lines so far satisfy `enough`. Panics at the deadline or if the process ends first.
    pub(crate) fn wait_until(
        &mut self,
        deadline: Duration,
        what: &str,
        enough: impl Fn(&[String]) -> bool,
    ) {
        let until = Instant::now() + deadline;
        loop {
            let ended = self.try_exit();
            let seen = self.lines.seen();
            if enough(&seen) {
                return;
            }
            assert!(
                ended.is_none() && Instant::now() < until,
                "{}: waited {deadline:?} for {what}; process {ended:?}; last lines:\n{}",
                self.name,
                tail(&seen),
            );
            let pause = Duration::from_millis(100);
            drop(
                self.lines
                    .more
                    .wait_timeout(seen, pause)
                    .unwrap_or_else(|p| p.into_inner()),
            );
        }
    }

    /// `TERM`, `HUP`, `STOP`, ...
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s {name} {}", self.child.id())])
            .status()
            .expect("run sh");
        assert!(sent.success(), "{}: cannot send {name}", self.name);
    }

    /// The exit status, if it has ended; its output is complete then.
    pub(crate) fn try_exit(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("wait for a child")?;
        if !self.ended {
            self.ended = true;
            reaper::forget(self.child.id());
            for reader in self.readers.drain(..) {
                reader.join().expect("a reader of output never panics");
            }
        }
        Some(status)
    }

    /// Waits for the end. Panics at the deadline.
    pub(crate) fn wait_exit(&mut self, deadline: Duration) -> ExitStatus {
        let until = Instant::now() + deadline;
        loop {
            if let Some(status) = self.try_exit() {
                return status;
            }
            assert!(
                Instant::now() < until,
                "{} did not end within {deadline:?}; last lines:\n{}",
                self.name,
                tail(&self.lines.seen()),
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for an end with code 0. Panics otherwise, with its last lines.
    pub(crate) fn succeed(&mut self, deadline: Duration) {
        let status = self.wait_exit(deadline);
        assert!(
            status.success(),
            "{} ended with {status}; all of it in {}; last lines:\n{}",
            self.name,
            self.log.display(),
            tail(&self.lines.seen()),
        );
    }

    pub(crate) fn kill(&mut self) {
        if self.try_exit().is_none() {
            drop(self.child.kill());
            self.wait_exit(Duration::from_secs(10));
        }
    }

    /// The TCP ports that it is connected to, as the kernel tells it now.
    pub(crate) fn peers(&self) -> Vec<u16> {
        let sockets: Vec<String> = fs::read_dir(format!("/proc/{}/fd", self.id()))
            .unwrap_or_else(|error| panic!("{} is gone: {error}", self.name))
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .filter_map(|link| {
                let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
                Some(inode.to_owned())
            })
            .collect();
        let tables = ["tcp", "tcp6"].map(|name| fs::read_to_string(format!("/proc/net/{name}")));
        let lines = tables.iter().flatten().flat_map(|table| table.lines());
        let peers = lines.filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (_, port) = words.get(2)?.split_once(':')?;
            let is_own = sockets
                .iter()
                .any(|inode| words.get(9) == Some(&inode.as_str()));
            is_own.then(|| u16::from_str_radix(port, 16).ok())?
        });
        peers.filter(|port| *port != 0).collect()
    }

    /// Resident memory in bytes, as the kernel tells it now.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))
            .unwrap_or_else(|error| panic!("{} is gone: {error}", self.name));
        let line = status
            .lines()
            .find_map(|l| l.strip_prefix("VmRSS:"))
            .expect("VmRSS");
        let kib: u64 = line
            .trim()
            .trim_end_matches(" kB")
            .trim()
            .parse()
            .expect("a number of kB");
        kib * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read(
    stream: impl Read + Send + 'static,
    lines: &Arc<Lines>,
    file: &Arc<Mutex<File>>,
) -> JoinHandle<()> {
    let (lines, file) = (Arc::clone(lines), Arc::clone(file));
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line)
                .trim_end_matches(['\n', '\r'])
                .to_owned();
            line.clear();
            if let Ok(mut file) = file.lock() {
                drop(writeln!(file, "{text}"));
            }
            lines.seen().push(text);
            lines.more.notify_all();
        }
    })
}

fn tail(lines: &[String]) -> String {
    lines
        .iter()
        .skip(lines.len().saturating_sub(40))
        .map(|line| format!("    {line}\n"))
        .collect()
}
