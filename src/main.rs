//! The `cutover` binary: everything it does lives in [`cutover::cli`].

fn main() -> std::process::ExitCode {
    cutover::cli::main()
}
