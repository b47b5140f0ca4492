//! The Go client franz-go: the small program of `tests/go/franz`, which speaks the same lines as Java's does.

use super::{folder, tools};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The module with everything that Go programs of the tests need, by version and sum.
const MODULE: &str = "tests/go/franz";

/// Runs `words` (commands of the program) with the properties of a file.
pub(crate) fn command(properties: &Path, words: &[&str]) -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| build(&folder::repository().join(MODULE), "franz"));
    let mut command = Command::new(program);
    command.arg(properties).args(words);
    command
}

/// Builds another program, whose text is that of the file `source`, with the same module; the path of the binary.
pub(crate) fn build_file(source: &Path, name: &str) -> PathBuf {
    let module = folder::of(&format!("go-{name}"));
    for file in ["go.mod", "go.sum"] {
        let from = folder::repository().join(MODULE).join(file);
        fs::copy(from, module.join(file)).expect("copy a file of the module");
    }
    fs::copy(source, module.join("main.go")).expect("copy a program");
    build(&module, name)
}

/// Go brings the modules, and builds again only what changed.
fn build(module: &Path, name: &str) -> PathBuf {
    let program = folder::target().join("go").join(name);
    let run = Command::new(tools::go())
        .current_dir(module)
        // Neither a workspace around this repository nor a newer module than those named.
        .env("GOWORK", "off")
        .args(["build", "-mod=readonly", "-buildvcs=false", "-o"])
        .arg(&program)
        .arg(".")
        .output()
        .expect("run go");
    assert!(
        run.status.success(),
        "go build in {}: {}\n{}",
        module.display(),
        run.status,
        String::from_utf8_lossy(&run.stderr),
    );
    program
}
