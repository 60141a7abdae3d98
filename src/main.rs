//! The `workid` command.

fn main() -> std::process::ExitCode {
    workid::cli::main()
}
