//! The tree of commands and flags; its comments are the help and the reference page.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;

use crate::operations::doctor::Area;
use crate::simulator::SAMPLE_KINDS;

/// A WhatsApp Business backend: webhooks become durable, each message gets at most one reply.
#[derive(Debug, Parser)]
#[command(
    name = "wabridge",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage or configuration."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Everything in one process on this machine, with a simulated WhatsApp: a phone page in the browser, no credentials
    Dev(DevArguments),
    /// Receive webhooks and answer them, in one process
    Serve(ServeArguments),
    /// Receive webhooks only: verify, store, queue
    Receive(ListenArguments),
    /// Answer only: take events from the queue, decide, send
    Consume(ConsumeAlone),
    /// Post a signed webhook to a running receiver and print its answer
    Simulate(SimulateArguments),
    /// Look at what came in and what became of it
    Events {
        #[command(subcommand)]
        command: EventsCommand,
    },
    /// Look at turns that ended without their answer, and let them be answered once more
    DeadLetters {
        #[command(subcommand)]
        command: DeadLettersCommand,
    },
    /// Fetch what people sent beside words, and look at it
    Media {
        #[command(subcommand)]
        command: MediaCommand,
    },
    /// Have the webhooks of your accounts sent to the app of the access token
    Subscribe {
        /// Print JSON: an object
        #[arg(long)]
        json: bool,
    },
    /// Look for what keeps the service from working, and say what to do about it
    Doctor(DoctorArguments),
    /// Let kept deliveries go through the service once more, by the ids of today; what was answered is not answered again
    Replay(ReplayArguments),
    /// Check a bot file, or ask what it would answer, without a server
    Check(CheckArguments),
    /// Write bot.yaml and .env.example into this folder
    Init(InitArguments),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Ask the process on this machine whether it is alive (the container's health check)
    #[command(hide = true)]
    Health,
    /// Print a generated page of docs/reference
    #[command(hide = true)]
    Reference {
        /// The page
        page: ReferencePage,
    },
}

#[derive(Debug, Args)]
pub(super) struct ListenArguments {
    /// The port to listen on [variable: PORT] [default: 8080]
    #[arg(long)]
    pub(super) port: Option<u16>,
    /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data; dev: data/dev]
    #[arg(long, value_name = "FOLDER")]
    pub(super) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ConsumeArguments {
    #[command(flatten)]
    pub(super) listen: ListenArguments,
    /// The bot file, or none: record and publish only [variable: WABRIDGE_BOT] [default: bot.yaml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(super) bot: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ConsumeAlone {
    #[command(flatten)]
    pub(super) consume: ConsumeArguments,
    /// Pull events from Pub/Sub instead of waiting to be called by it (where the queue is there)
    #[arg(long)]
    pub(super) pull: bool,
}

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub(super) consume: ConsumeArguments,
    /// Wait to be called by Pub/Sub instead of pulling events from it (where the queue is there)
    #[arg(long)]
    pub(super) push: bool,
    /// Variables to read beside the environment, which wins [default: .env if there is one]
    #[arg(long, value_name = "FILE")]
    pub(super) env_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct DevArguments {
    #[command(flatten)]
    pub(super) serve: ServeArguments,
    /// Begin with no chats: what earlier runs of dev left in the data folder is removed
    #[arg(long)]
    pub(super) fresh: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// The bot file
    #[arg(default_value = "bot.yaml")]
    pub(super) file: PathBuf,
    /// What a person writes in a conversation that has begun: print what the bot would answer, and why
    #[arg(long, value_name = "TEXT")]
    pub(super) say: Option<String>,
    /// With --say: it is the person's first message
    #[arg(long, requires = "say")]
    pub(super) first: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Write also where files are; what was there is kept beside as FILE.old
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Only this delivery (its beginning is enough)
    #[arg(long, conflicts_with_all = ["from", "to", "state", "all"])]
    pub(super) id: Option<String>,
    /// Only what came in at this time or later: 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<Timestamp>,
    /// Only what came in before this time
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<Timestamp>,
    /// Only those in this state: accepted, quarantined, ignored, unparsed
    #[arg(long)]
    pub(super) state: Option<String>,
    /// Everything that is kept
    #[arg(long)]
    pub(super) all: bool,
    /// Only print where the bot of --bot would answer differently from the bot of today; nothing is written or sent
    #[arg(long, requires = "bot")]
    pub(super) dry_run: bool,
    /// The bot file to compare with the one that WABRIDGE_BOT names
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    pub(super) bot: Option<PathBuf>,
    /// Print JSON: an object; with --dry-run one per line and answer, the same ones as well
    #[arg(long)]
    pub(super) json: bool,
    /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
    #[arg(long, value_name = "FOLDER")]
    pub(super) data_dir: Option<PathBuf>,
}

/// The areas of doctor by their names.
fn areas() -> impl TypedValueParser<Value = Area> {
    PossibleValuesParser::new(Area::ALL.map(Area::name)).try_map(|name| Area::named(&name).ok_or("there is no such area"))
}

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Where the service is, to ask it as Meta does: https://…; without a path, its /webhooks/whatsapp
    #[arg(long)]
    pub(super) url: Option<String>,
    /// Only these areas [default: all]
    #[arg(long, value_name = "AREA", value_delimiter = ',', value_parser = areas())]
    pub(super) only: Vec<Area>,
    /// The bot file, or none [variable: WABRIDGE_BOT] [default: bot.yaml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(super) bot: Option<String>,
    /// Print JSON: an object
    #[arg(long)]
    pub(super) json: bool,
    /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
    #[arg(long, value_name = "FOLDER")]
    pub(super) data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum DeadLettersCommand {
    /// List the newest open ones
    List {
        /// Also those that a late status closed, and those that were redriven
        #[arg(long)]
        all: bool,
        /// At most this many
        #[arg(long, default_value_t = 50, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        most: u32,
        /// Print JSON: a list of objects
        #[arg(long)]
        json: bool,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
    /// Show one, with what its turn was to send and what became of that
    Show {
        /// Its id: that of the turn (t_…); its beginning is enough
        id: String,
        /// Print JSON in one line
        #[arg(long)]
        json: bool,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
    /// Let its messages be answered once more, by a new turn
    Redrive {
        /// Its id: that of the turn (t_…); its beginning is enough
        id: String,
        /// Also when an answer was sent or may have been: the person may get it twice
        #[arg(long)]
        resend: bool,
        /// Print JSON: an object
        #[arg(long)]
        json: bool,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MediaCommand {
    /// Fetch the medium of a message from Meta, which has it for 7 days, and keep it
    Download {
        /// The message: m_…
        id: String,
        /// Print JSON: an object
        #[arg(long)]
        json: bool,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
    /// Print the bytes of a medium that was downloaded
    Show {
        /// The message: m_…
        id: String,
        /// Write them to this file
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// List the newest deliveries
    List {
        /// Only those in this state: accepted, quarantined, ignored, unparsed
        #[arg(long)]
        state: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        most: u32,
        /// Print JSON: a list of objects
        #[arg(long)]
        json: bool,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
    /// Show a delivery, a message or a conversation, with all that came of it
    Show {
        /// The id of a delivery (its beginning is enough), a message (m_…), a turn (t_…), a conversation (v_…) or an event of the account (e_…)
        id: String,
        /// Print JSON in one line
        #[arg(long)]
        json: bool,
        /// The folder of the embedded store [variable: WABRIDGE_DATA_DIR] [default: data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// What the webhook tells
    #[arg(default_value = "text", value_parser = PossibleValuesParser::new(SAMPLE_KINDS))]
    pub(super) kind: String,
    /// The receiver; without a path, its /webhooks/whatsapp [default: http://127.0.0.1:$PORT]
    #[arg(long)]
    pub(super) url: Option<String>,
    /// The variable that holds the app secret to sign with; of several secrets in it the first
    #[arg(long, value_name = "NAME", default_value = "WHATSAPP_APP_SECRET")]
    pub(super) secret_variable: String,
    /// The text of the message
    #[arg(long, default_value = "hello")]
    pub(super) text: String,
    /// Who writes: a phone number, digits with or without +
    #[arg(long, value_name = "NUMBER", default_value = "+15550001234")]
    pub(super) from: String,
}

/// The generated pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReferencePage {
    /// docs/reference/configuration.md
    Configuration,
    /// docs/reference/cli.md
    Cli,
}
