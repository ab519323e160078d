//! The handlers: one line per step of the pipeline.

use std::sync::atomic::Ordering;
use std::time::Instant;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, Responder, web};

use super::body::Body;
use super::counters::Taken;
use super::error::Refusal;
use super::headers::{self, Head};
use super::receiver::{Inner, Receiver};
use super::signature::VerifiedBody;
use crate::trace_context::{TraceContext, within};

/// GET: Meta verifies the address.
pub(super) async fn verify(receiver: web::Data<Receiver>, request: HttpRequest) -> Result<impl Responder, Refusal> {
    let challenge = receiver.0.verify_token.get().challenge(request.query_string());
    match &challenge {
        Ok(_) => tracing::info!("the webhook's address was verified"),
        Err(refusal) => receiver.0.ledger.refused(refusal),
    }
    Ok(challenge?.customize().insert_header(("X-Content-Type-Options", "nosniff")))
}

/// POST: one delivery.
pub(super) async fn receive(
    receiver: web::Data<Receiver>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<&'static str, Refusal> {
    let began = Instant::now();
    let trace = TraceContext::of_headers(|name| request.headers().get(name)?.to_str().ok());
    let answer = async {
        let answer = receiver.0.take(&request, payload).await;
        receiver.0.ledger.note(&answer, began.elapsed());
        answer.map(|_| "EVENT_RECEIVED")
    };
    within(trace, answer).await
}

/// Any other method.
pub(super) async fn other_method(method: Method) -> Result<HttpResponse, Refusal> {
    Err(Refusal::MethodNotAllowed { method: method.to_string() })
}

/// The answer to every path that is none of ours, for the app's default service.
pub async fn not_found() -> HttpResponse {
    actix_web::ResponseError::error_response(&Refusal::NotFound)
}

impl Inner {
    async fn take(&self, request: &HttpRequest, payload: web::Payload) -> Result<Taken, Refusal> {
        let head = headers::check(request.headers(), self.bounds.body)?;
        if self.closed.load(Ordering::Relaxed) {
            return Err(Refusal::Closing);
        }
        let body = self.bodies.read(payload, head.length, &self.bounds).await?;
        let verified = self.verify(head, body)?;
        let (work, answer) = self.judge(verified)?;
        let (id, bytes) = (work.delivery.id.clone(), work.delivery.body.len());
        self.stage.run(work).await?;
        Ok(Taken { id, bytes, kept: answer? })
    }

    fn verify(&self, head: Head, body: Body) -> Result<VerifiedBody, Refusal> {
        let verified = self.signatures.get().verify(head, body);
        self.ledger.compared(verified.is_ok());
        verified
    }
}
