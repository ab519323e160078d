//! Meta verifies the webhook's address: the right token gets the challenge back, anything else 403.

use actix_web::web::Query;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::error::{HandshakeProblem, Refusal};
use super::signature::keyed;

/// The verify token. Tokens are compared by their HMACs, which have the same length and are compared in constant time.
#[derive(Clone)]
pub(super) struct VerifyToken {
    keyed: Hmac<Sha256>,
    digest: [u8; 32],
}

impl VerifyToken {
    pub(super) fn new(token: &SecretString) -> Self {
        let keyed = keyed(token);
        let digest = keyed.clone().chain_update(token.expose_secret()).finalize().into_bytes().into();
        Self { keyed, digest }
    }

    /// The challenge of a query with the right token.
    pub(super) fn challenge(&self, query: &str) -> Result<String, Refusal> {
        self.read(query).map_err(Refusal::Handshake)
    }

    fn read(&self, query: &str) -> Result<String, HandshakeProblem> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|_| HandshakeProblem::Parameters)?;
        let once = |name: &str| {
            let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
            values.next().filter(|_| values.next().is_none()).ok_or(HandshakeProblem::Parameters)
        };
        let (mode, token, challenge) = (once("hub.mode")?, once("hub.verify_token")?, once("hub.challenge")?);
        if token.is_empty() {
            return Err(HandshakeProblem::Token);
        }
        if mode != "subscribe" {
            return Err(HandshakeProblem::Mode);
        }
        let given = self.keyed.clone().chain_update(token);
        given.verify_slice(&self.digest).map_err(|_| HandshakeProblem::Token)?;
        Ok(challenge.clone())
    }
}
