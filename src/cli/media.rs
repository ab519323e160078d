//! `wabridge media`: download, show.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use futures_util::TryStreamExt as _;

use super::arguments::MediaCommand;
use super::{Failure, folder, print};
use crate::app;
use crate::config::Role;
use crate::domain::InboundId;
use crate::operations::media;

pub(super) fn run(command: MediaCommand) -> Result<(), Failure> {
    match command {
        MediaCommand::Download { id, json, data_dir } => download(&id, json, data_dir),
        MediaCommand::Show { id, output, data_dir } => show(&id, output.as_deref(), data_dir),
    }
}

fn download(id: &str, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::there(folder::configured(Role::Call, data_dir)?)?;
    let (id, place) = (InboundId::new(id), folder::media(&config));
    let downloaded = actix_web::rt::System::new().block_on(async {
        let (store, media, graph) = (app::look_into(&config)?, app::media(&config)?, app::graph(&config)?);
        media::download(&store, &graph, &media, &id).await
    })?;
    if json {
        return print::out(&serde_json::to_string(&downloaded).context("it has no JSON")?).map_err(Failure::from);
    }
    let media::Downloaded { kind, mime, bytes, path, .. } = downloaded;
    print::out(&format!("{kind} ({mime}, {bytes} bytes) is kept in {place}: {path}")).map_err(Failure::from)
}

fn show(id: &str, output: Option<&Path>, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::of(data_dir)?;
    if output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::Usage("a medium is no text: write it to a file with --output FILE, or into a pipe".into()));
    }
    actix_web::rt::System::new().block_on(async {
        let (store, media) = (app::look_into(&config)?, app::media(&config)?);
        let found = media::find(&store, &media, &InboundId::new(id)).await?;
        let found = found
            .with_context(|| format!("the medium of {id} is not in {}: wabridge media download {id}", folder::media(&config)))?;
        let mut into = print::bytes_to(output)?;
        let mut content = found.content;
        while let Some(part) = content.try_next().await? {
            into.write_all(&part)?;
        }
        into.flush()?;
        anyhow::Ok(())
    })?;
    Ok(())
}
