//! `doctor` finds what is wrong and says what to do about it, and finds nothing where all is well.

mod google;
mod meta;

use std::net::TcpListener;
use std::process::Output;

use actix_web::{App, HttpServer};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use wabridge::bot::BotStatus;
use wabridge::clock::Clock;
use wabridge::domain::{PhoneNumberId, WabaId};
use wabridge::simulator::{Number, Settings, Simulator};

use super::process::{ACCESS_TOKEN, Serve};
use crate::webhook::service::{NUMBER, TOKEN, WABA};

/// It looks like one of Meta's.
const SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015";

/// A service, and the simulated WhatsApp that it belongs to.
struct Ward {
    serve: Serve,
    simulator: String,
    url: String,
    client: reqwest::Client,
}

impl Ward {
    fn open() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/webhooks/whatsapp");
        let simulator = simulator(&url);
        let serve = Serve::start_towards(simulator.clone(), port, vec![("WHATSAPP_APP_SECRET", SECRET.to_owned())]);
        let client = wabridge::http::client(std::time::Duration::from_secs(30)).unwrap();
        Self { serve, simulator, url, client }
    }

    /// The service knows no ids, and whoever examines it does.
    fn observing() -> Self {
        let mut ward = Self::open();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let unset = ["WHATSAPP_WABA_ID", "WHATSAPP_PHONE_NUMBER_ID"].map(|name| (name, String::new()));
        let variables = [vec![("WHATSAPP_APP_SECRET", SECRET.to_owned())], unset.into()].concat();
        ward.serve = Serve::start_towards(ward.simulator.clone(), port, variables);
        ward.serve.is_told(&[("WHATSAPP_WABA_ID", WABA), ("WHATSAPP_PHONE_NUMBER_ID", NUMBER)]);
        ward.url = format!("http://127.0.0.1:{port}/webhooks/whatsapp");
        ward
    }

    async fn fault(&self, what: &Value) {
        let fault = json!({"on": "facts", "do": what, "times": null});
        let answer = self.client.post(format!("{}/simulator/faults", self.simulator)).json(&fault).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{what}: {}", answer.text().await.unwrap());
    }

    async fn no_faults(&self) {
        self.client.delete(format!("{}/simulator/faults", self.simulator)).send().await.unwrap();
    }

    async fn doctor(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Found {
        let arguments = [&["doctor", "--json"], arguments].concat();
        Found::of(&self.serve.command_of(&arguments, variables).await)
    }
}

fn simulator(webhook_url: &str) -> String {
    // Fails when another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let status = BotStatus {
        file: None,
        routes: 0,
        read_at: Clock::default().now(),
        version: String::new(),
        warnings: vec![],
        problems: vec![],
    };
    let (_, bot) = watch::channel(status);
    let (_, traces) = mpsc::unbounded_channel();
    let number = Number { phone_number_id: PhoneNumberId::new(NUMBER), nick: "shop".into(), display: "+1 555 078 3881".into() };
    let simulator = Simulator::start(Settings {
        webhook_url: webhook_url.to_owned(),
        app_secret: SecretString::from(SECRET),
        access_token: SecretString::from(ACCESS_TOKEN),
        waba_id: WabaId::new(WABA),
        numbers: vec![number],
        state_file: None,
        clock: Clock::default(),
        bot,
        traces,
        data_dir: "data".into(),
        status_divisor: 1,
    })
    .unwrap();
    let server = HttpServer::new(move || {
        let simulator = simulator.clone();
        App::new().configure(move |config| simulator.routes(config))
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().disable_signals().run());
    address
}

/// What it printed.
struct Found {
    code: Option<i32>,
    findings: Vec<Value>,
    all: String,
}

impl Found {
    fn of(output: &Output) -> Self {
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let all = format!("{out}{error}");
        for secret in [SECRET, TOKEN, ACCESS_TOKEN] {
            assert!(!all.contains(secret), "a secret: {all}");
        }
        let printed: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("no object: {all}"));
        assert_eq!(printed["ok"], output.status.success(), "{all}");
        Self { code: output.status.code(), findings: printed["findings"].as_array().unwrap().clone(), all }
    }

    /// The one line of this check and level whose words hold these.
    fn has(&self, check: &str, level: &str, words: &str) -> &Value {
        let fits = |finding: &&Value| {
            finding["check"] == check
                && finding["level"] == level
                && finding["what"].as_str().is_some_and(|what| what.contains(words))
        };
        let found = self.findings.iter().find(fits);
        found.unwrap_or_else(|| panic!("no {level} of {check} with {words:?}: {}", self.all))
    }

    /// Lines that somebody should look at.
    fn loud(&self) -> Vec<&Value> {
        self.findings.iter().filter(|finding| finding["level"] == "warn" || finding["level"] == "fail").collect()
    }

    /// As [`Self::has`], and it is the only thing that is wrong.
    fn is_only(&self, check: &str, level: &str, words: &str) {
        let found = self.has(check, level, words);
        assert!(found["remedy"].as_str().is_some_and(|remedy| remedy.len() > 5), "no remedy: {found}");
        assert_eq!(self.loud().len(), 1, "{}", self.all);
        assert_eq!(self.code, Some(i32::from(level == "fail")), "{}", self.all);
    }
}

#[actix_web::test]
async fn a_service_that_is_well_passes_every_check_and_its_test_delivery_goes_all_the_way() {
    let ward = Ward::open();
    let found = ward.doctor(&["--url", &ward.url], &[]).await;
    assert!(found.loud().is_empty() && found.code == Some(0), "{}", found.all);
    for check in
        ["meta.token", "meta.app_secret", "meta.callback", "meta.fields", "meta.subscribed_apps", "meta.numbers", "meta.clock"]
    {
        found.has(check, "ok", "");
    }
    for check in ["bot.file", "records.store", "records.queue", "webhook.handshake", "webhook.signature", "webhook.delivery"] {
        found.has(check, "ok", "");
    }
    found.has("webhook.recorded", "ok", "consumer");
    found.has("google", "skipped", "");
    let kept = ward.serve.operator(&["events", "list", "--json"], &[]).await;
    let kept: Value = serde_json::from_slice(&kept.stdout).unwrap();
    assert_eq!(kept.as_array().unwrap().len(), 1, "of six requests to the webhook one was a delivery: {kept}");
    let people = ward.serve.command_of(&["doctor", "--url", &ward.url], &[]).await;
    let people = String::from_utf8_lossy(&people.stdout).into_owned();
    assert!(people.contains("ok    meta.token") && people.contains(" 0 failed"), "{people}");
}

#[actix_web::test]
async fn a_mistake_in_the_variables_is_found_with_its_remedy() {
    let ward = Ward::open();
    let configuration: [(&[(&str, &str)], &str); 8] = [
        (&[("WHATSAPP_APP_SECRET", "")], "WHATSAPP_APP_SECRET is not set"),
        (&[("WABRIDGE_STORE", "firestore")], "GOOGLE_CLOUD_PROJECT is not set"),
        (&[("WHATSAPP_PHONE_NUMBER_ID", "")], "WHATSAPP_PHONE_NUMBER_ID is not set"),
        (&[("WHATSAPP_WABA_ID", "+15550783881")], "WHATSAPP_WABA_ID"),
        (&[("WHATSAPP_API_VERSION", "25")], "WHATSAPP_API_VERSION"),
        (&[("WHATSAPP_ACCESS_TOKEN", ""), ("WHATSAPP_ACCESS_TOKEN_FILE", "/nowhere")], "WHATSAPP_ACCESS_TOKEN_FILE"),
        (&[("WABRIDGE_BOT", "nowhere.yaml")], "nowhere.yaml"),
        (
            &[("CLOUD_RUN_JOB", "doctor"), ("WABRIDGE_QUEUE", "pubsub"), ("GOOGLE_CLOUD_PROJECT", "a-project")],
            "WABRIDGE_STORE is embedded",
        ),
    ];
    for (variables, words) in configuration {
        ward.doctor(&["--only", "configuration"], variables).await.is_only("configuration.variables", "fail", words);
    }
    let warned: [(&[(&str, &str)], &str); 4] = [
        (&[("WHATSAPP_ACCESS_TOKEN", "")], "WHATSAPP_ACCESS_TOKEN is not set"),
        (&[("WHATSAPP_WABA_ID", ""), ("WHATSAPP_PHONE_NUMBER_ID", "")], "answers nothing"),
        (&[("WHATSAPP_API_VERSION", "v20.0")], "v20.0 has ended"),
        (&[("WHATSAPP_TOKEN", "an-old-name")], "WHATSAPP_TOKEN"),
    ];
    for (variables, words) in warned {
        let found = ward.doctor(&["--only", "configuration"], variables).await;
        found.has("configuration.variables", "warn", words);
        assert!(found.loud().len() == 1 && found.code == Some(0), "{}", found.all);
    }
}

#[actix_web::test]
async fn a_mistake_in_the_bot_file_is_found() {
    let ward = Ward::open();
    let without = ward.doctor(&["--only", "bot", "--bot", "none"], &[]).await;
    without.is_only("bot.file", "warn", "nothing is answered");
    let bot = ward.serve.data_dir().parent().unwrap().join("wrong.yaml");
    std::fs::write(&bot, "version: 1\nroutes:\n  - replie: hi\n").unwrap();
    ward.doctor(&["--only", "bot", "--bot", "wrong.yaml"], &[]).await.is_only("bot.file", "fail", "1 mistake:");
    std::fs::write(&bot, "version: 1\nnumbers: { shop: \"111111111111111\" }\nroutes:\n  - reply: hi\n").unwrap();
    ward.doctor(&["--only", "bot", "--bot", "wrong.yaml"], &[]).await.is_only("bot.numbers", "warn", "shop is 111111111111111");
}

#[actix_web::test]
async fn a_mistake_between_meta_and_the_service_is_found_from_outside() {
    let ward = Ward::open();
    let told = [
        (("WHATSAPP_VERIFY_TOKEN", "another"), "webhook.handshake", "instead of the challenge"),
        (("WHATSAPP_APP_SECRET", "00000000000000000000000000000000"), "webhook.delivery", "gets 403"),
        (("WHATSAPP_WABA_ID", "111111111111111"), "webhook.delivery", "foreign"),
    ];
    for (variable, check, words) in told {
        ward.doctor(&["--only", "webhook", "--url", &ward.url], &[variable]).await.is_only(check, "fail", words);
    }
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addresses = [
        (format!("http://{nowhere}"), "webhook.address", "nothing listens"),
        ("https://wabridge.invalid".to_owned(), "webhook.address", "leads nowhere"),
        ("http://wabridge.invalid".to_owned(), "webhook.address", "not https"),
        (ward.url.replace("http://", "https://"), "webhook.certificate", ""),
    ];
    for (url, check, words) in addresses {
        ward.doctor(&["--only", "webhook", "--url", &url], &[]).await.is_only(check, "fail", words);
    }
    let plain = ward.doctor(&["--only", "webhook", "--url", &ward.url.replace("http://", "https://")], &[]).await;
    plain.has("webhook.certificate", "fail", "it speaks http");
    let lost = ward.doctor(&["--only", "webhook", "--url", &format!("{}/lost", ward.url)], &[]).await;
    lost.is_only("webhook.address", "fail", "there is no webhook");
    let dev = ward.doctor(&["--only", "webhook", "--url", &ward.simulator], &[]).await;
    dev.has("webhook.health", "warn", "/health answers 404");
    dev.has("webhook", "skipped", "this is dev");
    assert_eq!(dev.code, Some(1), "what was named and could not be asked is no all-clear: {}", dev.all);
    let odd = ward.serve.command_of(&["doctor", "--url", "https://me:hidden@host/x"], &[]).await;
    let words = format!("{}{}", String::from_utf8_lossy(&odd.stdout), String::from_utf8_lossy(&odd.stderr));
    assert!(odd.status.code() == Some(2) && !words.contains("hidden"), "{words}");
    let other = tempfile::tempdir().unwrap();
    // Such a service answers nobody.
    let observing = Ward::observing();
    let quarantined = observing.doctor(&["--only", "records,webhook", "--url", &observing.url], &[]).await;
    quarantined.is_only("webhook.recorded", "fail", "in quarantine");
    let after = observing.doctor(&["--only", "records"], &[]).await;
    after.has("records.deliveries", "skipped", "but for those of doctor");
    assert!(after.loud().is_empty(), "{}", after.all);
    let elsewhere =
        ward.doctor(&["--only", "webhook", "--url", &ward.url, "--data-dir", other.path().to_str().unwrap()], &[]).await;
    elsewhere.has("webhook.stored", "skipped", "");
}
