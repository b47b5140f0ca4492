//! What a configuration refers to outside itself: files beside it, the environment, the time.
//! Owns the reading of files and secrets; knows nothing of what they are for.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{finding::Findings, section::Section};
use crate::{clock::UnixTime, limits::REFERENCED_FILE_MAX, secret::Secret};

/// The world around a configuration file.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// Directory of the file; relative paths in it start here.
    pub(super) base: &'a Path,
    /// Looks up an environment variable.
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    /// Wall time, for certificates and revocations.
    pub(super) now: UnixTime,
    /// Where Kubernetes puts a pod's service account.
    pub(super) service_account: &'a Path,
}

impl Surroundings<'_> {
    /// The path that `text` of the configuration means.
    pub(super) fn resolve(&self, text: &str) -> PathBuf {
        self.base.join(text)
    }

    /// The content of the file named by `key` of `section`; `None` if the key is absent, or the
    /// file cannot be read, which is a fault.
    pub(super) fn file(
        &self,
        section: &Section<'_>,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let text = section.text(key, findings)?;
        match read_bounded(&self.resolve(text)) {
            Ok(content) => Some(content),
            Err(problem) => {
                let problem = format!("{problem}; paths start at the directory of this file");
                findings.fault(&section.path_of(key), text, problem);
                None
            }
        }
    }

    /// As [`Self::file`], for a file that holds a secret: one that everybody on the machine may
    /// read is a warning.
    pub(super) fn private_file(
        &self,
        section: &Section<'_>,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let content = self.file(section, key, findings)?;
        let text = section.text(key, findings)?;
        if is_world_readable(&self.resolve(text)) {
            let problem = "everybody on this machine can read it; `chmod o-r` it";
            findings.warn(&section.path_of(key), text, problem);
        }
        Some(content)
    }

    /// The secret that `<stem>_file` or `<stem>_env` of `section` names. Exactly one of the two
    /// must be there. One line end at the end of the file is not part of the secret.
    pub(super) fn secret(
        &self,
        section: &Section<'_>,
        stem: &str,
        findings: &mut Findings,
    ) -> Option<Secret> {
        let (in_file, in_environment) = (format!("{stem}_file"), format!("{stem}_env"));
        match (section.has(&in_file), section.has(&in_environment)) {
            (true, true) => {
                let problem = format!("stands beside {in_environment}; keep one of the two");
                findings.fault(&section.path_of(&in_file), "", problem);
                None
            }
            (true, false) => {
                let content = self.private_file(section, &in_file, findings)?;
                self.secret_of_file(section, &in_file, &content, findings)
            }
            (false, true) => self.secret_of_environment(section, &in_environment, findings),
            (false, false) => {
                let problem = format!("is missing; write {in_file} or {in_environment}");
                findings.fault(&section.path_of(&in_file), "", problem);
                None
            }
        }
    }

    fn secret_of_file(
        &self,
        section: &Section<'_>,
        key: &str,
        content: &[u8],
        findings: &mut Findings,
    ) -> Option<Secret> {
        let text = std::str::from_utf8(content).ok().map(without_line_end);
        match text {
            Some(text) if !text.is_empty() => Some(Secret::new(text.to_owned())),
            Some(_) => {
                findings.fault(
                    &section.path_of(key),
                    "",
                    "the file is empty; put the secret in it",
                );
                None
            }
            None => {
                findings.fault(&section.path_of(key), "", "the file is not UTF-8 text");
                None
            }
        }
    }

    fn secret_of_environment(
        &self,
        section: &Section<'_>,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Secret> {
        let name = section.text(key, findings)?;
        let found = (self.environment)(name).filter(|text| !text.is_empty());
        if found.is_none() {
            let problem = "the environment variable is not set, or empty; set it";
            findings.fault(&section.path_of(key), name, problem);
        }
        found.map(Secret::new)
    }
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// The whole file; refuses what is no file, or larger than [`REFERENCED_FILE_MAX`].
pub(super) fn read_bounded(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let size = file
        .metadata()
        .map_err(|error| format!("cannot be read: {error}"))?;
    if !size.is_file() {
        return Err("is not a file".to_owned());
    }
    // Room for all of it at once: growing would leave copies of a secret behind.
    let room = usize::try_from(size.len())
        .unwrap_or(usize::MAX)
        .min(REFERENCED_FILE_MAX);
    let mut content = Zeroizing::new(Vec::with_capacity(room + 1));
    let most = u64::try_from(REFERENCED_FILE_MAX).unwrap_or(u64::MAX);
    let read = file.take(most.saturating_add(1)).read_to_end(&mut content);
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if content.len() > REFERENCED_FILE_MAX {
        return Err(format!("is larger than {REFERENCED_FILE_MAX} bytes"));
    }
    Ok(content)
}

#[cfg(unix)]
fn is_world_readable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS_READ: u32 = 0o004;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS_READ != 0)
}

#[cfg(not(unix))]
fn is_world_readable(_path: &Path) -> bool {
    false
}
