//! The `oathgate` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    oathgate::cli::run(std::env::args_os())
}
