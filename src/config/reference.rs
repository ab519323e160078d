//! The reference page of all variables, generated from the same list that the errors use.

use std::fmt::Write as _;

use super::vars::ALL;

/// The Markdown of docs/reference/configuration.md.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Generated: cargo run -- reference configuration > docs/reference/configuration.md -->\n\n\
         Everything is an environment variable, read once at start. All problems are reported together, each with its remedy, and the\n\
         process ends with exit code 2. An empty variable counts as not set. Flags (`--port`, `--data-dir`, `--bot`) win over variables.\n\n\
         * **`NAME_FILE`**: every variable below may instead be given as the path of a file that holds the value, for example\n  \
         `WHATSAPP_APP_SECRET_FILE=/run/secrets/app_secret`. A line break at the end is left out. Files with secrets are read\n  \
         again every 30 s while the process runs: write `new,old` into the file of the app secret when you reset it at Meta.\n\
         * **`.env`**: `dev`, `serve` and the commands of an operator also read `.env` in the working folder, `dev` and `serve` instead the file\n  \
         named by `--env-file`; `receive` and `consume`, which are deployed, read none. It never overrides a\n  \
         variable of the process, and is not read on Cloud Run.\n\
         * `dev` needs none of them: its WhatsApp is simulated and has secrets of its own. It does not read your Meta secrets and token.\n\n\
         | variable | default | meaning | where to find it, how to write it |\n| --- | --- | --- | --- |\n",
    );
    for variable in ALL {
        let secret = if variable.secret { " *(secret)*" } else { "" };
        let _ =
            writeln!(page, "| `{}`{secret} | {} | {} | {} |", variable.name, variable.default, variable.meaning, variable.remedy);
    }
    page.push_str(
        "\n## Refused and recognised\n\n\
         * Names of other projects (`WHATSAPP_TOKEN`, `META_APP_SECRET`, `WHATSAPP_PHONE_ID` …) and typing errors in `WABRIDGE_…` and\n  \
         `WHATSAPP_…` are reported with the right name.\n\
         * One of `WHATSAPP_WABA_ID` and `WHATSAPP_PHONE_NUMBER_ID` without the other is refused. With neither, `serve` and `receive` only\n  \
         observe: signed deliveries are kept, nothing is answered.\n\
         * On Cloud Run (`K_SERVICE` or `CLOUD_RUN_JOB` is set) embedded storage is refused, and both ids are required.\n\
         * Secrets with quotes around them, with blanks inside, or that are still an example's placeholder are refused.\n",
    );
    page
}
