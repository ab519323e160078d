//! Command line → telemetry → one command → exit code.

fn main() -> std::process::ExitCode {
    wabridge::cli::run()
}
