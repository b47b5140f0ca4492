//! Names that only a test knows, all meaning 127.0.0.1: for clients that tell brokers apart by name.

use super::folder;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A hosts file, given to the clients of one test.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(PathBuf);

impl Hosts {
    pub(crate) fn write(folder: &Path, names: &[String]) -> Self {
        let lines: String = names
            .iter()
            .map(|name| format!("127.0.0.1 {name}\n"))
            .collect();
        Self(folder::write(
            folder,
            "hosts",
            &format!("127.0.0.1 localhost\n{lines}"),
        ))
    }

    /// The option that makes a JVM read it instead of asking the system.
    pub(crate) fn java_option(&self) -> String {
        format!("-Djdk.net.hosts.file={}", self.0.display())
    }

    /// Makes a native process read it: `getaddrinfo` is answered by Samba's nss_wrapper.
    pub(crate) fn preload(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", wrapper())
            .env("NSS_WRAPPER_HOSTS", &self.0);
    }
}

fn wrapper() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders
        .map(|entry| entry.path().join("libnss_wrapper.so"))
        .find(|file| file.exists());
    found.expect("libnss_wrapper.so is missing; install it: apt-get install -y libnss-wrapper")
}
