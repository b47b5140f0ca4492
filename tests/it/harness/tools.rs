//! Programs that must be there, and jars that Maven brings once.

use super::folder;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

/// The path of `program`. Panics with the line that installs it.
pub(crate) fn find(program: &str, install: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        // Where Debian has daemons, and where Go's own archive goes.
        .chain(["/usr/sbin", "/usr/local/go/bin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{program} is missing; install it: {install}"))
}

pub(crate) fn java() -> PathBuf {
    find("java", "apt-get install -y openjdk-17-jdk-headless")
}

pub(crate) fn maven() -> PathBuf {
    find("mvn", "apt-get install -y maven")
}

pub(crate) fn go() -> PathBuf {
    find("go", "Go 1.26 or newer from https://go.dev/dl")
}

/// Runs Maven's `goals` on `tests/java/<project>` once for each content of its sources, output below `target/<place>/`;
/// the path of that place.
pub(crate) fn build(project: &str, place: &str, goals: &[&str]) -> PathBuf {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let source = folder::repository().join("tests/java").join(project);
    let output = folder::target().join(place);
    let stamp = output.join("built");
    let sources = read_all(&source);
    if fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return output;
    }
    let libs = output.join("libs");
    if libs.exists() {
        fs::remove_dir_all(&libs).expect("remove old jars");
    }
    fs::create_dir_all(&output).expect("create the folder of the jars");
    let run = Command::new(maven())
        .arg("-q")
        .arg("-B")
        .arg("-f")
        .arg(source.join("pom.xml"))
        .args(goals)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", libs.display()))
        .arg(format!("-Doutput={}", output.join("build").display()))
        .output()
        .expect("run mvn");
    assert!(
        run.status.success(),
        "mvn {goals:?} dependency:copy-dependencies in {}: {}\n{}",
        source.display(),
        run.status,
        String::from_utf8_lossy(&run.stdout),
    );
    fs::write(stamp, sources).expect("note what was built");
    output
}

/// All text files below `folder`, one after the other, in a fixed order.
fn read_all(folder: &Path) -> String {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("read sources")
        .map(|e| e.expect("entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| !path.ends_with("target"))
        .fold(String::new(), |mut text, path| {
            text += &if path.is_dir() {
                read_all(path)
            } else {
                fs::read_to_string(path).unwrap_or_default()
            };
            text
        })
}
