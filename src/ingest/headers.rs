//! What can be refused before a byte of the body is read: absence and form of the signature, encoding, length.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName};

use super::error::Refusal;

/// Meta's signature header.
const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");

/// Headers that allow the body to be read.
#[derive(Debug)]
pub(super) struct Head {
    /// The header as received.
    pub(super) signature: String,
    /// Its digest, decoded.
    pub(super) digest: [u8; 32],
    /// The announced length in bytes; `None` when the body comes in chunks.
    pub(super) length: Option<usize>,
}

/// Checks in the order of the contract: 401, malformed 403, 415, 413.
pub(super) fn check(headers: &HeaderMap, body_limit: usize) -> Result<Head, Refusal> {
    let mut signatures = headers.get_all(&SIGNATURE);
    let first = signatures.next().ok_or(Refusal::MissingSignature)?;
    if signatures.next().is_some() {
        return Err(Refusal::MalformedSignature);
    }
    let signature = first.to_str().map_err(|_| Refusal::MalformedSignature)?;
    let digest = digest(signature).ok_or(Refusal::MalformedSignature)?;
    if headers.get_all(CONTENT_ENCODING).any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::UnsupportedEncoding);
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > body_limit) {
        return Err(Refusal::PayloadTooLarge { limit: body_limit });
    }
    Ok(Head { signature: signature.to_owned(), digest, length })
}

/// The digest of `sha256=<64 lower-case hex digits>`, Meta's form and no other.
fn digest(signature: &str) -> Option<[u8; 32]> {
    let hex_digits = signature.strip_prefix("sha256=")?;
    if hex_digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return None;
    }
    let mut digest = [0; 32];
    hex::decode_to_slice(hex_digits, &mut digest).ok()?;
    Some(digest)
}
