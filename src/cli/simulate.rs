//! `wabridge simulate`: one signed webhook to a running receiver, and what it answered.

use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;

use super::arguments::SimulateArguments;
use super::{Failure, address, configure, print};
use crate::clock::Clock;
use crate::config::{EnvFile, Environment, Flags, Role};
use crate::domain::{PhoneNumberId, WEBHOOK_PATH, WabaId};
use crate::http;
use crate::simulator::{SAMPLE_KINDS, sample_delivery, sign};

/// Longer than the receiver takes for the slowest delivery that it still accepts.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Meta's own example ids, for a receiver in observe mode.
const SAMPLE_WABA: &str = "102290129340398";
const SAMPLE_NUMBER: &str = "106540352242922";

pub(super) fn run(arguments: &SimulateArguments) -> Result<(), Failure> {
    let config = configure(Role::Operator, &Flags::default(), &EnvFile::IfThere)?;
    let environment = Environment::of_process(&EnvFile::IfThere);
    let secret = secret(&environment, &arguments.secret_variable)?;
    let waba = WabaId::new(first(&environment, "WHATSAPP_WABA_ID", SAMPLE_WABA));
    let number = PhoneNumberId::new(first(&environment, "WHATSAPP_PHONE_NUMBER_ID", SAMPLE_NUMBER));
    let now = Clock::default().now();
    let body = sample_delivery(&arguments.kind, &waba, &number, &arguments.from, &arguments.text, now).ok_or_else(|| {
        Failure::Usage(format!("there is no kind {:?}: choose one of {}", arguments.kind, SAMPLE_KINDS.join(", ")))
    })?;
    let url = address(arguments.url.as_deref(), config.listen.port)?;
    let (status, answer) = actix_web::rt::System::new().block_on(post(&url, sign(&secret, &body), body))?;
    print::out(&format!("{status}\n{answer}"))?;
    if status == 200 { Ok(()) } else { Err(anyhow::anyhow!("the receiver did not accept it: {status}").into()) }
}

fn address(given: Option<&str>, port: u16) -> Result<String, Failure> {
    let Some(given) = given else {
        return Ok(format!("http://127.0.0.1:{port}{WEBHOOK_PATH}"));
    };
    // The text itself may hold a password.
    let words = "--url is no address of a webhook: write http://127.0.0.1:8082, or https://host/path";
    address::webhook(given).map(String::from).ok_or_else(|| Failure::Usage(words.into()))
}

async fn post(url: &str, signature: String, body: Vec<u8>) -> anyhow::Result<(u16, String)> {
    let request =
        http::client(TIMEOUT)?.post(url).header("X-Hub-Signature-256", signature).header("Content-Type", "application/json");
    let response = request.body(body).send().await.with_context(|| format!("no answer from {url} (is the receiver running?)"))?;
    Ok((response.status().as_u16(), response.text().await.context("the answer broke off")?))
}

fn secret(environment: &Environment, name: &str) -> Result<SecretString, Failure> {
    let from_file = || environment.get(&format!("{name}_FILE")).and_then(|path| std::fs::read_to_string(path).ok());
    let text = environment.get(name).map(str::to_owned).or_else(from_file).unwrap_or_default();
    match text.split(',').map(str::trim).find(|secret| !secret.is_empty()) {
        Some(secret) => Ok(SecretString::from(secret)),
        None => Err(Failure::Usage(format!(
            "{name} is not set. Set it to the receiver's app secret, or name another variable with --secret-variable"
        ))),
    }
}

/// The first of a list of ids.
fn first(environment: &Environment, name: &str, sample: &str) -> String {
    let listed = environment.get(name).unwrap_or_default().split(',').map(str::trim).find(|id| !id.is_empty());
    listed.unwrap_or(sample).to_owned()
}
