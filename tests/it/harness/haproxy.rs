//! HAProxy as an L4 balancer before several Oathgates, a port of its own for each of theirs.

use super::{folder, process::Process, tools};
use std::{
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

pub(crate) struct Haproxy {
    process: Process,
}

/// One port of the balancer and what is behind it, in turn.
pub(crate) struct Balanced {
    pub(crate) port: u16,
    /// Addresses `host:port`.
    pub(crate) behind: Vec<String>,
    /// Further words of each server line, such as `send-proxy`.
    pub(crate) server: &'static str,
}

impl Haproxy {
    pub(crate) fn start(folder: &Path, ports: &[Balanced]) -> Self {
        let program = tools::find("haproxy", "apt-get install -y haproxy");
        let config = folder::write(folder, "haproxy.cfg", &text(ports));
        let mut command = Command::new(program);
        command.arg("-db").arg("-f").arg(&config);
        let process = Process::start("haproxy", &mut command, &folder.join("haproxy.log"));
        let started = Self { process };
        for balanced in ports {
            let until = Instant::now() + Duration::from_secs(10);
            while TcpStream::connect(("127.0.0.1", balanced.port)).is_err() {
                assert!(
                    Instant::now() < until,
                    "haproxy does not listen on {}",
                    balanced.port
                );
                thread::sleep(Duration::from_millis(50));
            }
        }
        started
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.process.try_exit().is_none()
    }
}

fn text(ports: &[Balanced]) -> String {
    let mut text = String::from(
        "defaults
    mode tcp
    balance roundrobin
    timeout connect 2s
    timeout client 10m
    timeout server 10m
    timeout check 1s
    option redispatch
    retries 3
",
    );
    for Balanced {
        port,
        behind,
        server: words,
    } in ports
    {
        text += &format!("\nlisten port-{port}\n    bind 127.0.0.1:{port}\n");
        for (number, server) in behind.iter().enumerate() {
            text += &format!(
                "    server gate-{number} {server} check inter 500ms fall 1 rise 1 {words}\n"
            );
        }
    }
    text
}
