//! The commands of an operator, beside the service.

mod dead_letters;
mod dry_run;
mod looking;
mod replay;

use std::process::Command;

use crate::harness::TestApp;

/// Those of `dev`.
const WABA: &str = "102290129340398";
const NUMBER: &str = "106540352242922";

/// Runs a command on the folder of the running service; returns exit code and what it said.
fn wabridge(app: &TestApp, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wabridge"));
    command.args(arguments).arg("--data-dir").arg(app.data_dir()).env_clear();
    command.envs([("WHATSAPP_WABA_ID", WABA), ("WHATSAPP_PHONE_NUMBER_ID", NUMBER)]).env("WABRIDGE_BOT", app.bot_file());
    let output = command.output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("an exit code"), text(&output.stdout) + &text(&output.stderr))
}
