//! The commands that run until they are stopped: `dev`, `serve`, `receive`, `consume`.

use std::future::Future;

use super::arguments::{ConsumeAlone, ConsumeArguments, DevArguments, ListenArguments, ServeArguments};
use super::{Failure, configure, print, start};
use crate::app::{self, DevOptions};
use crate::config::{Config, EnvFile, Flags, Role, StoreBackend};

pub(super) fn dev(arguments: DevArguments) -> Result<(), Failure> {
    let (flags, file) = of_serve(arguments.serve);
    let (config, routes) = ready(Role::Dev, &flags, &file)?;
    if arguments.fresh && config.store != StoreBackend::Embedded {
        return Err(Failure::Usage("--fresh empties the data folder, but records are kept in Firestore: leave it out".into()));
    }
    let lines = start::dev_lines(&config, routes);
    // Nobody to read the lines is no reason to stop.
    let say = move || drop(print::out(&lines));
    until_stopped(app::dev(config, DevOptions { fresh: arguments.fresh }, say))
}

pub(super) fn serve(arguments: ServeArguments) -> Result<(), Failure> {
    let (flags, file) = of_serve(arguments);
    let (config, routes) = ready(Role::Serve, &flags, &file)?;
    let lines = start::lines("serve", &config, routes);
    until_stopped(app::serve(config, move || print::note(&lines)))
}

pub(super) fn receive(arguments: ListenArguments) -> Result<(), Failure> {
    let (config, routes) = ready(Role::Receive, &of_listen(arguments), &EnvFile::No)?;
    let lines = start::lines("receive", &config, routes);
    until_stopped(app::receive(config, move || print::note(&lines)))
}

pub(super) fn consume(arguments: ConsumeAlone) -> Result<(), Failure> {
    let flags = Flags { push: !arguments.pull, ..of_consume(arguments.consume) };
    let (config, routes) = ready(Role::Consume, &flags, &EnvFile::No)?;
    let lines = start::lines("consume", &config, routes);
    until_stopped(app::consume(config, move || print::note(&lines)))
}

/// A configuration whose port is free, whose folder can be written and whose bot file is right, and how many routes that bot has.
/// What is wrong with any of them is said before anything runs.
fn ready(role: Role, flags: &Flags, file: &EnvFile) -> Result<(Config, usize), Failure> {
    let mut config = configure(role, flags, file)?;
    config.listen.port = start::claim_port(config.listen).map_err(Failure::Usage)?;
    start::check_folder(role, &config).map_err(Failure::Usage)?;
    let routes = start::routes(&config.bot)?;
    Ok((config, routes))
}

fn until_stopped(work: impl Future<Output = anyhow::Result<()>>) -> Result<(), Failure> {
    match actix_web::rt::System::new().block_on(work) {
        Ok(()) => {
            print::note("stopped");
            Ok(())
        }
        Err(error) if app::folder_is_taken(&error) => Err(Failure::Usage(format!("{error:#}"))),
        Err(error) => Err(error.into()),
    }
}

fn of_listen(arguments: ListenArguments) -> Flags {
    Flags { port: arguments.port, data_dir: arguments.data_dir, bot: None, push: false }
}

fn of_consume(arguments: ConsumeArguments) -> Flags {
    Flags { bot: arguments.bot, ..of_listen(arguments.listen) }
}

fn of_serve(arguments: ServeArguments) -> (Flags, EnvFile) {
    let file = arguments.env_file.map_or(EnvFile::IfThere, EnvFile::Named);
    (Flags { push: arguments.push, ..of_consume(arguments.consume) }, file)
}
