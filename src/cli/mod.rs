//! The command line (being built).

/// Parses the arguments, runs the verb, returns the exit code.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
