//! `oathgate init`: a configuration to begin with. The text is `config/oathgate.toml`.

use std::{
    fs::OpenOptions,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{USAGE, shown};

/// What is written.
const TEMPLATE: &str = include_str!("../../config/oathgate.toml");

/// Arguments of `oathgate init`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to write, which must not exist yet; `-` writes to standard output
    #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
    pub(super) output: PathBuf,
}

/// Writes the file; never over another.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let output = arguments.output.as_path();
    let (written, stderr) = (write(output), &mut io::stderr());
    // What is said on a closed stderr reaches nobody.
    let _ = match &written {
        Ok(()) => writeln!(
            stderr,
            "wrote {}; edit it, then: oathgate check",
            shown(output)
        ),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            writeln!(
                stderr,
                "{} exists and is left as it is; name another by --output",
                shown(output)
            )
        }
        Err(error) => writeln!(stderr, "{} cannot be written: {error}", shown(output)),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => ExitCode::from(USAGE),
        Err(_) => ExitCode::FAILURE,
    }
}

fn write(output: &Path) -> io::Result<()> {
    if output == Path::new("-") {
        return io::stdout().write_all(TEMPLATE.as_bytes());
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(output)?
        .write_all(TEMPLATE.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let output = directory.path().join("oathgate.toml");
        let arguments = Arguments {
            output: output.clone(),
        };
        assert_eq!(
            format!("{:?}", run(&arguments)),
            format!("{:?}", ExitCode::SUCCESS)
        );
        assert_eq!(std::fs::read_to_string(&output).unwrap(), TEMPLATE);
        std::fs::write(&output, "mine").unwrap();
        assert_eq!(
            format!("{:?}", run(&arguments)),
            format!("{:?}", ExitCode::from(USAGE))
        );
        assert_eq!(std::fs::read_to_string(&output).unwrap(), "mine");
    }
}
