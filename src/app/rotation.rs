//! Secrets that change in their files are used as soon as they are seen; the process goes on.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, SecretFiles, Secrets};
use crate::ingest::Receiver;
use crate::whatsapp::{AccessToken, Graph};

/// How often the files are read. On Cloud Run each reading is one of Secret Manager, which costs.
const READ_EVERY: Duration = Duration::from_secs(30);

/// Who uses the secrets.
pub(super) struct Rotation {
    files: Arc<SecretFiles>,
    used: Secrets,
    receiver: Option<Receiver>,
    access_token: Option<AccessToken>,
}

impl Rotation {
    /// `None` where no secret is in a file. Takes the files out of the configuration.
    fn of(config: &mut Config, receiver: Option<&Receiver>, graph: Option<&Graph>) -> Option<Self> {
        let files = config.secret_files.take()?;
        // What is used now is what was read at start; what changed since is found at the first reading.
        let receiver_secrets = config.receiver.as_ref();
        let used = Secrets {
            app_secrets: receiver_secrets.map_or_else(Vec::new, |receiver| receiver.app_secrets.clone()),
            verify_token: receiver_secrets.map(|receiver| receiver.verify_token.clone()),
            access_token: config.access_token.clone(),
        };
        Some(Self {
            files: Arc::new(files),
            used,
            receiver: receiver.cloned(),
            access_token: graph.map(|graph| graph.access_token().clone()),
        })
    }

    /// In the background, where there is something to rotate.
    pub(super) fn start(config: &mut Config, receiver: Option<&Receiver>, graph: Option<&Graph>) {
        if let Some(rotation) = Self::of(config, receiver, graph) {
            actix_web::rt::spawn(rotation.run());
        }
    }

    /// Until the process ends.
    async fn run(mut self) {
        loop {
            tokio::time::sleep(READ_EVERY).await;
            let files = Arc::clone(&self.files);
            match tokio::task::spawn_blocking(move || files.read()).await {
                Ok(Ok(secrets)) if secrets.same(&self.used) => {}
                Ok(Ok(secrets)) => self.replace(secrets),
                Ok(Err(problems)) => tracing::error!("secrets cannot be read again, the old ones stay in use: {problems}"),
                Err(_) => return,
            }
        }
    }

    fn replace(&mut self, secrets: Secrets) {
        if let (Some(receiver), Some(verify_token)) = (&self.receiver, &secrets.verify_token) {
            receiver.replace_secrets(&secrets.app_secrets, verify_token);
        }
        match (&self.access_token, &secrets.access_token) {
            (Some(used), Some(token)) => used.replace(token.clone()),
            (None, Some(_)) => tracing::warn!("there is an access token now: start again to send with it"),
            (_, None) => {}
        }
        tracing::info!(secrets = secrets.app_secrets.len(), "secrets were read again and are in use");
        self.used = secrets;
    }
}
