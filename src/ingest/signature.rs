//! Checks that a webhook's body was signed by our Meta app. Everything after may trust it.

use actix_web::web::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::body::{Body, Share};
use super::error::Refusal;
use super::headers::Head;
use crate::domain::DeliveryId;

/// The app secrets, each as a keyed HMAC that is cloned for every body: keying costs as much as hashing 128 bytes.
#[derive(Clone)]
pub(super) struct Signatures {
    keyed: Vec<Hmac<Sha256>>,
}

/// SHA-256 works on blocks of this many bytes.
const BLOCK: usize = 64;

/// A body that our app signed. Made here and nowhere else, so that nothing else can be parsed.
#[derive(Debug)]
pub(super) struct VerifiedBody {
    id: DeliveryId,
    bytes: Bytes,
    signature: String,
    share: Share,
}

impl Signatures {
    /// An empty secret would let everybody sign: it counts as none, and without a secret nothing is ever verified.
    pub(super) fn new(secrets: &[SecretString]) -> Self {
        Self { keyed: secrets.iter().filter(|secret| !secret.expose_secret().is_empty()).map(keyed).collect() }
    }

    /// Compares in constant time, with every secret, whichever fits.
    pub(super) fn verify(&self, head: Head, body: Body) -> Result<VerifiedBody, Refusal> {
        let Some((first, others)) = self.keyed.split_first() else { return Err(Refusal::WrongSignature) };
        let (mac, sha) = both(first, &body.bytes);
        let fits = others.iter().fold(mac.verify_slice(&head.digest).is_ok(), |fits, keyed| {
            let mac = keyed.clone().chain_update(&body.bytes);
            mac.verify_slice(&head.digest).is_ok() | fits
        });
        if !fits {
            return Err(Refusal::WrongSignature);
        }
        let id = DeliveryId::new(hex::encode(sha.finalize()));
        Ok(VerifiedBody { id, bytes: body.bytes, signature: head.signature, share: body.share })
    }
}

/// The HMAC and the plain SHA-256 of the bytes. Block by block side by side: a processor does two digests that do not wait for each
/// other in three quarters of the time of one after the other.
fn both(keyed: &Hmac<Sha256>, bytes: &[u8]) -> (Hmac<Sha256>, Sha256) {
    let (mut mac, mut sha) = (keyed.clone(), Sha256::new());
    for block in bytes.chunks(BLOCK) {
        mac.update(block);
        Digest::update(&mut sha, block);
    }
    (mac, sha)
}

/// An HMAC-SHA256 keyed with a secret: HMAC takes keys of any length.
pub(super) fn keyed(secret: &SecretString) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes keys of any length")
}

impl VerifiedBody {
    /// The bytes as received.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes, hex: the same delivery again has the same id.
    pub(super) fn id(&self) -> DeliveryId {
        self.id.clone()
    }

    /// Bytes, header as received and share of the budget, to be staged.
    pub(super) fn into_parts(self) -> (Bytes, String, Share) {
        (self.bytes, self.signature, self.share)
    }
}
