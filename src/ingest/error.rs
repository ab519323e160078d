//! Every refusal of the receiver, and the only place where it names a status code. The words say what to do.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

/// How long Meta should wait before it delivers again what could not be stored, in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error(
        "there is no X-Hub-Signature-256 header: only webhooks signed by Meta are taken; to try the service out, \
         `wabridge simulate` sends a signed one"
    )]
    MissingSignature,
    #[error("X-Hub-Signature-256 must stand there once, as sha256= and 64 lower-case hex digits")]
    MalformedSignature,
    #[error(
        "the signature does not fit the body: WHATSAPP_APP_SECRET must hold the app secret of the app that sends (Meta App \
         Dashboard, App settings, Basic), and nothing on the way may change the body"
    )]
    WrongSignature,
    #[error("send the body without Content-Encoding: the signature is over the bytes as they are")]
    UnsupportedEncoding,
    #[error("a webhook's body may have {limit} bytes at most: Meta sends up to 3 MB")]
    PayloadTooLarge { limit: usize },
    #[error("the body did not arrive within {} s: send it again", .within.as_secs_f64())]
    BodyTimeout { within: Duration },
    #[error("the body broke off or its chunks are malformed: send it again")]
    IncompleteBody,
    #[error(
        "the signature is right but the body is not JSON; it is kept (state unparsed) and can be looked at with `wabridge events`"
    )]
    MalformedPayload,
    #[error("WABA {id} is not one of ours: if it should be, add it to WHATSAPP_WABA_ID, and Meta delivers this again")]
    ForeignWaba { id: String },
    #[error(
        "phone_number_id {id} is not one of ours: if it should be, add it to WHATSAPP_PHONE_NUMBER_ID, and Meta delivers this again"
    )]
    ForeignPhoneNumber { id: String },
    #[error("the delivery could not be made durable: send it again")]
    NotStored { cause: String },
    #[error("too many deliveries at once: send it again")]
    Overloaded,
    #[error("the service is stopping: send it again")]
    Closing,
    #[error("{0}")]
    Handshake(HandshakeProblem),
    #[error("{method} is not answered here: GET verifies the webhook, POST delivers to it")]
    MethodNotAllowed { method: String },
    #[error("nothing is at this path: Meta's webhook is /webhooks/whatsapp")]
    NotFound,
}

/// What is wrong with a request to verify the webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeProblem {
    #[error(
        "this is Meta's webhook; to verify it, hub.mode, hub.verify_token and hub.challenge must stand in the query, each once"
    )]
    Parameters,
    #[error("hub.mode must be subscribe, as Meta sends it to verify an address")]
    Mode,
    #[error(
        "hub.verify_token is not WHATSAPP_VERIFY_TOKEN: enter the same text in the Meta App Dashboard under WhatsApp, Configuration, \
         Webhook"
    )]
    Token,
}

impl Refusal {
    /// The word for it in the answer and in logs; part of the contract.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::MissingSignature => "missing_signature",
            Self::MalformedSignature | Self::WrongSignature => "invalid_signature",
            Self::UnsupportedEncoding => "unsupported_encoding",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::BodyTimeout { .. } => "body_timeout",
            Self::IncompleteBody => "incomplete_body",
            Self::MalformedPayload => "malformed_payload",
            Self::ForeignWaba { .. } => "foreign_waba",
            Self::ForeignPhoneNumber { .. } => "foreign_phone_number",
            Self::NotStored { .. } | Self::Overloaded | Self::Closing => "not_stored",
            Self::Handshake(_) => "verification_failed",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::NotFound => "not_found",
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    error: Words<'a>,
}

#[derive(Serialize)]
struct Words<'a> {
    code: &'a str,
    message: &'a str,
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::MissingSignature => StatusCode::UNAUTHORIZED,
            Self::MalformedSignature
            | Self::WrongSignature
            | Self::ForeignWaba { .. }
            | Self::ForeignPhoneNumber { .. }
            | Self::Handshake(_) => StatusCode::FORBIDDEN,
            Self::UnsupportedEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PayloadTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::IncompleteBody | Self::MalformedPayload => StatusCode::BAD_REQUEST,
            Self::NotStored { .. } | Self::Overloaded | Self::Closing => StatusCode::SERVICE_UNAVAILABLE,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.code() == "not_stored" {
            response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
        } else if let Self::MethodNotAllowed { .. } = self {
            response.insert_header((ALLOW, "GET, POST"));
        }
        response.json(Answer { error: Words { code: self.code(), message: &self.to_string() } })
    }
}
