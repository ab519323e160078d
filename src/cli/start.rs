//! What is checked and said before a process runs: the port, the folder, and in a few lines what it will do.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use super::{Failure, bot_file};
use crate::bot::Bot;
use crate::config::{Arrival, BotChoice, Config, Ids, Listen, QueueBackend, Role};
use crate::domain::WEBHOOK_PATH;

/// The port that is free to listen on; for port 0 the one that the system chose.
pub(super) fn claim_port(listen: Listen) -> Result<u16, String> {
    let Listen { host, port } = listen;
    let error = match TcpListener::bind((host, port)).and_then(|socket| socket.local_addr()) {
        Ok(address) => return Ok(address.port()),
        Err(error) => error,
    };
    Err(if error.kind() == ErrorKind::AddrInUse {
        let next = port.checked_add(1).unwrap_or(8080);
        format!("port {port} is in use: stop the other program or run with PORT={next}")
    } else if error.kind() == ErrorKind::PermissionDenied {
        format!("port {port} is not allowed for this user: run with PORT=8080")
    } else if error.kind() == ErrorKind::AddrNotAvailable {
        format!("{host} is no address of this machine: run with HOST=0.0.0.0 or HOST=127.0.0.1")
    } else {
        format!("cannot listen on {host}, port {port}: {error}. Choose others with HOST and PORT")
    })
}

/// Makes the data folder, where it is used, and sees whether it can be written: later it would be an error of a database.
pub(super) fn check_folder(role: Role, config: &Config) -> Result<(), String> {
    if !config.keeps_here() && role != Role::Dev {
        return Ok(());
    }
    let data_dir = &config.data_dir;
    let probe = data_dir.join(".wabridge-can-write");
    let written = create_private(data_dir).and_then(|()| std::fs::write(&probe, b"")).and_then(|()| std::fs::remove_file(&probe));
    written.map_err(|error| {
        let shown = data_dir.display();
        let who = uid().map_or_else(|| "this user".to_owned(), |uid| format!("user {uid}"));
        let give = uid().map_or_else(String::new, |uid| format!("give it to that user (chown {uid} on the host for a bind mount), "));
        format!("the data folder {shown} cannot be written by {who}: {error}. To go on, {give}use a named volume, or set WABRIDGE_DATA_DIR")
    })
}

/// The folder will hold what people wrote: nobody else on the machine needs to look into it. A folder that is there keeps its rights.
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Who we are, where the system tells it in /proc.
fn uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|process| process.uid())
}

/// How many routes the bot has; its mistakes, if it has any.
pub(super) fn routes(bot: &BotChoice) -> Result<usize, Failure> {
    match bot {
        BotChoice::File(file) => match bot_file::read(file)? {
            Ok(bot) => Ok(bot.routes()),
            Err(problems) => Err(Failure::Usage(format!("cannot start: {}", bot_file::mistakes(file, &problems)))),
        },
        BotChoice::BuiltIn => Ok(Bot::built_in().routes()),
        BotChoice::None => Ok(0),
    }
}

/// What `dev` prints: where the page is, what answers, where things are kept, what to do next.
pub(super) fn dev_lines(config: &Config, routes: usize) -> String {
    let Listen { host, port } = config.listen;
    let (bot, next) = match &config.bot {
        BotChoice::File(file) => (format!("{}, {routes} routes", file.display()), format!("edit {}, it reloads", file.display())),
        BotChoice::BuiltIn => {
            (format!("the built-in sample, {routes} routes"), "wabridge init writes it as bot.yaml; then start again".to_owned())
        }
        BotChoice::None => {
            ("none: nothing is answered".to_owned(), "start again with a bot file; wabridge init writes one".to_owned())
        }
    };
    let page = format!("http://{}", std::net::SocketAddr::new(host, port));
    format!("phone page  {page}\nbot         {bot}\ndata        {}\nnext        {next} (Ctrl-C stops)", kept(config))
}

/// What the others print, on standard error: standard output carries the logs.
pub(super) fn lines(command: &str, config: &Config, routes: usize) -> String {
    let Listen { host, port } = config.listen;
    let address = std::net::SocketAddr::new(host, port);
    let path = if config.receiver.is_some() { WEBHOOK_PATH } else { "" };
    let mut text = format!("wabridge {command} · http://{address}{path} · data {}", kept(config));
    if config.receiver.as_ref().is_some_and(|receiver| receiver.ids == Ids::Observe) {
        text.push_str(
            "\nobserving only: WHATSAPP_WABA_ID and WHATSAPP_PHONE_NUMBER_ID are not set. Signed deliveries are kept, nothing is answered.",
        );
    }
    if command != "receive" {
        if config.access_token.is_none() {
            text.push_str("\nnot sending:    WHATSAPP_ACCESS_TOKEN is not set.");
        }
        let _ = write!(text, "\n{}", bot_line(&config.bot, routes));
    }
    if config.keeps_here() && vanishes_with_the_container(&config.data_dir) {
        let _ = write!(
            text,
            "\nnot kept:       {} is inside the container and vanishes with it: docker run -v wabridge-data:/data",
            config.data_dir.display()
        );
    }
    text
}

/// Where records are kept, and where events wait if that is elsewhere.
fn kept(config: &Config) -> String {
    let store = config.place();
    let QueueBackend::PubSub { topic, emulator, arrival, .. } = &config.queue else { return store };
    let of = emulator.as_ref().map_or_else(String::new, |host| format!(" of the emulator at {host}"));
    let how = match arrival {
        Arrival::Pulled => "",
        Arrival::Pushed(_) => ", pushed",
    };
    format!("{store} · Pub/Sub{of} (topic {topic}{how})")
}

fn bot_line(bot: &BotChoice, routes: usize) -> String {
    match bot {
        BotChoice::File(file) => format!("bot:            {}, {routes} routes", file.display()),
        BotChoice::BuiltIn => format!("bot:            the built-in sample, {routes} routes"),
        BotChoice::None => "no bot:         events are recorded, nothing is answered. wabridge init writes a bot.yaml.".into(),
    }
}

/// In our image the data folder is /data; on the same device as the root it is in the container's own layer, not on a mount.
fn vanishes_with_the_container(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let in_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
    let device = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.dev()).ok();
    in_container && folder == Path::new("/data") && device(folder) == device(Path::new("/"))
}
