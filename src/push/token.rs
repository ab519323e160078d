//! Who calls: the id token of a push or a wake. Signature, issuer, audience and time are checked by `gcloud-sdk`, the service account here.

use gcloud_sdk::IdTokenAudience;
use gcloud_sdk::id_token_verify::{IdTokenKeysSource, IdTokenVerifier, IdTokenVerifyError, PrincipalEmail};

/// What Cloud Run puts in the place of the signature when it has checked the token itself
/// (cloud.google.com/run/docs/triggering/pubsub-push, November 2026).
const SIGNATURE_REMOVED: &str = "SIGNATURE_REMOVED_BY_GOOGLE";
/// Longer ones are no tokens of Google's.
const LONGEST: usize = 8 * 1024;

/// Those who may call: one service account, for one audience.
pub struct Callers {
    verifier: IdTokenVerifier,
    account: PrincipalEmail,
}

impl std::fmt::Debug for Callers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callers").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Why somebody may not call. The words are for the log and for who operates both ends; they hold nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// There is none.
    #[error("there is no bearer token: does the subscription push with authentication?")]
    MissingToken,
    /// Cloud Run took the signature away.
    #[error("Cloud Run removed the token's signature: set invoker_iam_disabled = true, the consumer checks tokens itself")]
    SignatureRemoved,
    /// It is no token of Google's, or not for us, or not of now.
    #[error("the token is not valid ({0}): WABRIDGE_PUSH_AUDIENCE must be the audience of the subscription")]
    Invalid(&'static str),
    /// It is of another service account.
    #[error("the token is of another service account: WABRIDGE_PUSH_SERVICE_ACCOUNT must be the one of the subscription")]
    OtherAccount,
    /// Nobody can tell right now.
    #[error("Google's keys cannot be fetched: the token cannot be checked now, and the push comes again")]
    NoKeys,
}

impl Callers {
    /// Tokens of this service account for this audience, with the keys that Google publishes.
    ///
    /// # Errors
    /// No HTTP client could be made.
    pub fn of_google(audience: &str, account: &str) -> anyhow::Result<Self> {
        super::crypto::install();
        Ok(Self { verifier: IdTokenVerifier::new(IdTokenAudience::new(audience))?, account: PrincipalEmail::new(account) })
    }

    /// As [`Self::of_google`], with keys from somewhere else.
    pub fn with_keys(audience: &str, account: &str, keys: impl IdTokenKeysSource + 'static) -> Self {
        super::crypto::install();
        let verifier = IdTokenVerifier::with_keys_source(IdTokenAudience::new(audience), keys);
        Self { verifier, account: PrincipalEmail::new(account) }
    }

    /// Whether whoever sent this `Authorization` header may call.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, authorization: Option<&str>) -> Result<(), Stranger> {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).ok_or(Stranger::MissingToken)?;
        if token.contains(SIGNATURE_REMOVED) {
            return Err(Stranger::SignatureRemoved);
        }
        if token.len() > LONGEST {
            return Err(Stranger::Invalid("it is too long"));
        }
        let token = self.verifier.verify(token).await.map_err(|error| stranger(&error))?;
        if token.verified_email() == Some(&self.account) { Ok(()) } else { Err(Stranger::OtherAccount) }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add reasons, and each of them is a token that is not valid")]
/// In our own words: those of the library may quote the token.
fn stranger(error: &IdTokenVerifyError) -> Stranger {
    use gcloud_sdk::id_token_verify::InvalidIdToken;
    Stranger::Invalid(match error {
        IdTokenVerifyError::KeysUnavailable(_) => return Stranger::NoKeys,
        IdTokenVerifyError::InvalidToken(why) => match why {
            InvalidIdToken::UnknownKey(_) => "its key is not one of Google's",
            InvalidIdToken::BadSignature => "its signature is wrong",
            InvalidIdToken::Expired => "it has expired",
            InvalidIdToken::NotYetValid => "it is not valid yet",
            InvalidIdToken::WrongAudience => "it is for another audience",
            InvalidIdToken::WrongIssuer => "it was not issued by Google",
            _ => "it is malformed",
        },
    })
}
