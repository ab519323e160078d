//! What the Graph API knows us by; it may be rotated while messages are sent.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::domain::{Current, digest};

/// The token and its hash. Clones share it.
#[derive(Debug, Clone)]
pub struct AccessToken {
    secret: Current<SecretString>,
    hash: Current<String>,
}

impl AccessToken {
    /// This one first.
    #[must_use]
    pub fn new(secret: SecretString) -> Self {
        Self { hash: Current::new(hash(&secret)), secret: Current::new(secret) }
    }

    /// From now on this one.
    pub fn replace(&self, secret: SecretString) {
        let hash = hash(&secret);
        // Last: whoever finds it the same before and after a request has sent that token, or a later one.
        self.secret.replace(secret);
        self.hash.replace(hash);
    }

    /// Tells two tokens apart without showing either; of the token of the moment.
    #[must_use]
    pub fn hash(&self) -> Current<String> {
        self.hash.clone()
    }

    pub(super) fn secret(&self) -> Arc<SecretString> {
        self.secret.get()
    }
}

fn hash(secret: &SecretString) -> String {
    digest(&["access token", secret.expose_secret()])
}
