//! Every refusal of what Google calls, and the only place here that names a status code. The words say what to do.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::token::Stranger;

/// Why a call was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Stranger(#[from] Stranger),
    #[error("there is no such lane: subscriptions push to /pubsub/push/reply and /pubsub/push/record")]
    Lane,
    #[error("this is no message of Pub/Sub: the subscription must push wrapped messages, as it does unless told otherwise")]
    Malformed,
    #[error("a message of Pub/Sub is not as large, or did not arrive in time")]
    Body,
    #[error("it could not be finished here: it comes again")]
    NotDone,
}

impl Refusal {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Stranger(Stranger::MissingToken) => "missing_token",
            Self::Stranger(Stranger::SignatureRemoved) => "signature_removed",
            Self::Stranger(Stranger::Invalid(_)) => "invalid_token",
            Self::Stranger(Stranger::OtherAccount) => "other_account",
            Self::Stranger(Stranger::NoKeys) => "no_keys",
            Self::Lane => "no_such_lane",
            Self::Malformed => "malformed_push",
            Self::Body => "body_refused",
            Self::NotDone => "not_done",
        }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Stranger(Stranger::MissingToken | Stranger::SignatureRemoved | Stranger::Invalid(_)) => {
                StatusCode::UNAUTHORIZED
            }
            Self::Stranger(Stranger::OtherAccount) => StatusCode::FORBIDDEN,
            Self::Lane => StatusCode::NOT_FOUND,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Body => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Stranger(Stranger::NoKeys) | Self::NotDone => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, "1"));
        }
        response.json(json!({ "error": { "code": self.code(), "message": self.to_string() } }))
    }
}
