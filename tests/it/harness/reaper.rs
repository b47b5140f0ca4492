//! Ends what the tests started, however the test process ends.
//!
//! Shared clusters live in statics, which are never dropped, and a test process may be killed. So one
//! small shell waits at the other end of a pipe: when the pipe closes, it kills what is still on its list.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock},
};

const SCRIPT: &str = r#"
processes=' '; containers=' '
while read -r word id; do
    case $word in
        watch) processes="$processes$id " ;;
        forget) processes="${processes%%" $id "*} ${processes#*" $id "}" ;;
        container) containers="$containers$id " ;;
    esac
done
for id in $processes; do kill -9 "$id" 2>/dev/null; done
for id in $containers; do docker rm -f -v "$id" >/dev/null 2>&1; done
"#;

/// A process that must not outlive the tests.
pub(crate) fn watch(process: u32) {
    tell(&format!("watch {process}"));
}

/// It has been waited for: its number may be another's from now on.
pub(crate) fn forget(process: u32) {
    tell(&format!("forget {process}"));
}

/// A container that must not outlive the tests.
pub(crate) fn watch_container(id: &str) {
    tell(&format!("container {id}"));
}

#[expect(
    clippy::zombie_processes,
    reason = "the shell ends after this process, by design"
)]
fn tell(line: &str) {
    static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();
    let pipe = PIPE.get_or_init(|| {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // A Ctrl-C for the tests must not reach it.
            .spawn()
            .expect("start the shell that ends what the tests started");
        Mutex::new(shell.stdin.take().expect("piped"))
    });
    let mut pipe = pipe.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    writeln!(pipe, "{line}").expect("tell the shell that ends what the tests started");
}
