//! Who may talk to the page and to `/simulator`: programs on this machine, and the page itself. A web site that the developer has open
//! in another tab may not, neither by a name that resolves to 127.0.0.1 (DNS rebinding) nor by a form.

use actix_web::HttpRequest;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::control::Problem;

/// Middleware: lets through or answers 403 or 415 with words.
pub(super) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(request.request()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.error_response(problem)),
    }
}

fn check(request: &HttpRequest) -> Result<(), Problem> {
    let port = request.app_config().local_addr().port();
    let host = text(request, &header::HOST).unwrap_or_default();
    if !is_loopback(host, port) {
        let message = format!(
            "The simulator answers to http://127.0.0.1:{port} and http://localhost:{port} only: open it under one of them."
        );
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_host", message));
    }
    if let Some(origin) = text(request, &header::ORIGIN)
        && origin != format!("http://{host}")
    {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "No other web page may call the simulator: only its own, and programs that send no Origin.".into(),
        ));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let has_body = request.headers().contains_key(header::TRANSFER_ENCODING)
        || text(request, &header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    if has_body && request.content_type() != "application/json" {
        let message = "Send the header 'Content-Type: application/json'.".into();
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message));
    }
    Ok(())
}

fn text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// `127.0.0.1`, `localhost` or `[::1]`, with the port that we listen on.
fn is_loopback(host: &str, port: u16) -> bool {
    let name = host.strip_suffix(&format!(":{port}")).or_else(|| (port == 80).then_some(host));
    name.is_some_and(|name| matches!(name.to_ascii_lowercase().as_str(), "127.0.0.1" | "localhost" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_under_its_own_names_and_our_port() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            assert!(is_loopback(host, 8080), "{host}");
        }
        for host in ["", "127.0.0.1", "127.0.0.1:80", "evil.example:8080", "localhost.evil.example:8080", "127.0.0.1:8080:8080"] {
            assert!(!is_loopback(host, 8080), "{host}");
        }
        assert!(is_loopback("localhost", 80));
    }
}
