//! What a person is told when the environment is not right.

use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A folder without a bot.yaml and without data, whatever the working folder holds.
const NO_BOT: (&str, &str) = ("WABRIDGE_BOT", "none");

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn read(role: Role, pairs: &[(&str, &str)]) -> Result<Config, Problems> {
    let environment = Environment::of(pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    load(role, &Flags::default(), &environment, now())
}

fn problems(role: Role, pairs: &[(&str, &str)]) -> String {
    read(role, pairs).expect_err("this should be refused").to_string()
}

fn two() -> Vec<(&'static str, &'static str)> {
    vec![NO_BOT, ("WHATSAPP_APP_SECRET", SECRET), ("WHATSAPP_VERIFY_TOKEN", "word")]
}

#[test]
fn two_variables_are_enough_to_observe() {
    let config = read(Role::Serve, &two()).unwrap();
    let receiver = config.receiver.unwrap();
    assert_eq!(receiver.ids, Ids::Observe);
    assert_eq!(receiver.app_secrets[0].expose_secret(), SECRET);
    assert!(config.access_token.is_none());
    assert_eq!((config.listen.port, config.listen.host.to_string().as_str()), (8080, "0.0.0.0"));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn an_empty_environment_names_every_missing_variable_with_where_to_find_it() {
    let said = problems(Role::Serve, &[]);
    assert!(said.contains("2 problems"), "{said}");
    assert!(said.contains("WHATSAPP_APP_SECRET is not set. Meta App Dashboard → App settings → Basic → App secret."), "{said}");
    assert!(said.contains("WHATSAPP_VERIFY_TOKEN is not set. "), "{said}");
    assert_eq!(said, problems(Role::Receive, &[("WHATSAPP_APP_SECRET", ""), ("WHATSAPP_VERIFY_TOKEN", "")]));
}

#[test]
fn dev_needs_nothing_and_takes_no_secret_of_metas_into_memory() {
    let config = read(Role::Dev, &[NO_BOT, ("WHATSAPP_ACCESS_TOKEN", "EAAG"), ("WHATSAPP_TOKEN", "x")]).unwrap();
    assert!(config.receiver.is_none() && config.access_token.is_none());
    assert_eq!(config.listen.host.to_string(), "127.0.0.1");
    assert_eq!(config.log, LogSettings { format: LogFormat::Text, filter: "warn".into(), project: None });
    assert!(problems(Role::Dev, &[NO_BOT, ("HOST", "0.0.0.0")]).contains("HOST is 0.0.0.0"));
}

#[test]
fn a_number_sends_as_fast_as_meta_lets_a_new_one_unless_told_otherwise() {
    assert_eq!(read(Role::Serve, &two()).unwrap().sending, Sending { rate: 80, concurrency: 32 });
    let mut pairs = two();
    pairs.extend([("WABRIDGE_SEND_RATE", " 20 "), ("WABRIDGE_SEND_CONCURRENCY", "512")]);
    assert_eq!(read(Role::Consume, &pairs).unwrap().sending, Sending { rate: 20, concurrency: 512 });
    pairs[3].1 = "fast";
    assert!(problems(Role::Dev, &pairs).contains("not a number of messages per second. Write a whole number from 1 to 1000."));
}

#[test]
fn half_of_the_id_check_is_refused_whichever_half_it_is() {
    for (set, missing) in [("WHATSAPP_WABA_ID", "WHATSAPP_PHONE_NUMBER_ID"), ("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_WABA_ID")] {
        let mut pairs = two();
        pairs.push((set, "102290129340398"));
        let said = problems(Role::Serve, &pairs);
        assert!(said.contains(&format!("{missing} is not set, but {set} is")), "{said}");
        assert!(said.contains("1 problem "), "{said}");
    }
}

#[test]
fn ids_are_lists_of_digits_and_a_phone_number_is_told_apart() {
    let mut pairs = two();
    pairs.extend([
        ("WHATSAPP_WABA_ID", "1, 2,,2"),
        ("WHATSAPP_PHONE_NUMBER_ID", " 3 "),
        ("WHATSAPP_FOREIGN_EVENTS", "Quarantine"),
    ]);
    let Ids::Allowed { wabas, numbers, foreign } = read(Role::Serve, &pairs).unwrap().receiver.unwrap().ids else {
        panic!("not observe mode");
    };
    assert_eq!((wabas.len(), numbers.len(), foreign), (2, 1, Foreign::Quarantine));
    pairs[4].1 = "+15550783881";
    assert!(problems(Role::Serve, &pairs).contains("that is a phone number, not its id"));
    pairs[4].1 = " , ";
    assert!(problems(Role::Serve, &pairs).contains("no id in it"));
}

#[test]
fn every_problem_is_told_in_one_go() {
    let said = problems(
        Role::Serve,
        &[
            ("WHATSAPP_APP_SECRET", "your_app_secret"),
            ("PORT", "80a"),
            ("HOST", "nowhere"),
            ("WHATSAPP_API_VERSION", "25"),
            ("WHATSAPP_API_BASE_URL", "graph.facebook.com"),
            ("WHATSAPP_FOREIGN_EVENTS", "maybe"),
            ("WABRIDGE_STORE", "firestore"),
            ("WABRIDGE_QUEUE", "kafka"),
            ("WABRIDGE_BOT", "/no/such/bot.yaml"),
            ("WABRIDGE_RETENTION_DAYS", "7"),
            ("WABRIDGE_SEND_RATE", "1001"),
            ("WABRIDGE_SEND_CONCURRENCY", "0"),
            ("WABRIDGE_DATADIR", "x"),
            ("LOG_FORMAT", "xml"),
            ("RUST_LOG", "wabridge=loud"),
            ("SHUTDOWN_GRACE", "soon"),
        ],
    );
    for name in [
        "WHATSAPP_APP_SECRET is still",
        "WHATSAPP_VERIFY_TOKEN is not set",
        "PORT is \"80a\"",
        "HOST is \"nowhere\"",
        "WHATSAPP_API_VERSION is \"25\"",
        "BASE_URL is \"graph.facebook.com\": not a URL",
        "FOREIGN_EVENTS is \"maybe\"",
        "GOOGLE_CLOUD_PROJECT is not set",
        "WABRIDGE_QUEUE is \"kafka\"",
        "/no/such/bot.yaml",
        "15 days",
        "WABRIDGE_SEND_RATE is \"1001\": more than 1000 messages per second",
        "WABRIDGE_SEND_CONCURRENCY is \"0\": nothing would ever be sent",
        "did you mean WABRIDGE_DATA_DIR?",
        "LOG_FORMAT is \"xml\"",
        "RUST_LOG is",
        "SHUTDOWN_GRACE is \"soon\"",
    ] {
        assert!(said.contains(name), "{name} is missing in:\n{said}");
    }
    assert!(!said.contains("?."), "a question ends in its own sign:\n{said}");
    assert!(said.starts_with("cannot start: 17 problems"), "{said}");
}

#[test]
fn no_secret_is_ever_printed() {
    let bad = [
        ("WHATSAPP_APP_SECRET", "hunter2 hunter2"),
        ("WHATSAPP_VERIFY_TOKEN", "\"hunter2\""),
        ("WHATSAPP_ACCESS_TOKEN", "hunter2\nx"),
    ];
    let said = problems(Role::Serve, &bad);
    assert!(said.contains("3 problems") && !said.contains("hunter2"), "{said}");
    let good =
        [NO_BOT, ("WHATSAPP_APP_SECRET", "hunter2"), ("WHATSAPP_VERIFY_TOKEN", "hunter2"), ("WHATSAPP_ACCESS_TOKEN", "hunter2")];
    let printed = format!("{:?}", read(Role::Serve, &good).unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn several_app_secrets_are_read_and_blanks_around_one_are_left_out_with_a_word() {
    let mut pairs = two();
    let several = format!("{SECRET}, fedcba9876543210fedcba9876543210,");
    pairs[1].1 = &several;
    let config = read(Role::Receive, &pairs).unwrap();
    assert_eq!(config.receiver.unwrap().app_secrets[1].expose_secret(), "fedcba9876543210fedcba9876543210");
    let mut pairs = two();
    pairs[2].1 = " word\r\n";
    let config = read(Role::Receive, &pairs).unwrap();
    assert_eq!(config.receiver.unwrap().verify_token.expose_secret(), "word");
    assert!(config.warnings[0].contains("WHATSAPP_VERIFY_TOKEN has blanks"), "{:?}", config.warnings);
}

#[test]
fn a_file_variable_is_read_and_its_troubles_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let path = path.to_str().unwrap();
    std::fs::write(path, format!("{SECRET}\n")).unwrap();
    let from_file = [NO_BOT, ("WHATSAPP_APP_SECRET_FILE", path), ("WHATSAPP_VERIFY_TOKEN", "word")];
    let config = read(Role::Serve, &from_file).unwrap();
    assert_eq!(config.receiver.unwrap().app_secrets[0].expose_secret(), SECRET);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let both = [from_file.as_slice(), &[("WHATSAPP_APP_SECRET", SECRET)]].concat();
    assert!(problems(Role::Serve, &both).contains("WHATSAPP_APP_SECRET and WHATSAPP_APP_SECRET_FILE are both set"));
    std::fs::write(path, "\n").unwrap();
    let said = problems(Role::Serve, &from_file);
    assert!(said.contains("which is empty") && !said.contains("WHATSAPP_APP_SECRET is not set"), "{said}");
    assert!(
        problems(Role::Serve, &[from_file[0], ("WHATSAPP_APP_SECRET_FILE", "/no/such"), from_file[2]]).contains("cannot be read")
    );
}

#[test]
fn names_of_other_projects_are_recognised() {
    let said = problems(Role::Serve, &[NO_BOT, ("META_APP_SECRET", SECRET), ("WEBHOOK_VERIFY_TOKEN", "word")]);
    assert!(said.contains("META_APP_SECRET is not read: did you mean WHATSAPP_APP_SECRET?"), "{said}");
    assert!(said.contains("WEBHOOK_VERIFY_TOKEN is not read: did you mean WHATSAPP_VERIFY_TOKEN?"), "{said}");
    for stray in ["WHATSAPP_TOKEN", "WHATSAPP_PHONE_ID", "WABRIDGE_DATADIR", "WHATSAPP_ACCES_TOKEN", "WABRIDGE_RETENTION_DAY"] {
        let mut pairs = two();
        pairs.push((stray, "1"));
        assert!(problems(Role::Serve, &pairs).contains(&format!("{stray} is not read: did you mean")), "{stray}");
    }
}

#[test]
fn names_that_are_not_ours_and_planned_names_refuse_nothing() {
    let mut pairs = two();
    pairs.extend([
        ("VERIFY_TOKEN", "x"),
        ("ACCESS_TOKEN", "x"),
        ("WHATSAPP_WEB_CLIENT", "x"),
        ("WABRIDGE_ALLOW_SKIPS", "1"),
        ("HOME", "/"),
    ]);
    assert!(read(Role::Serve, &pairs).unwrap().warnings.is_empty());
    pairs.extend([("WABRIDGE_FREE_MESSAGES", "1000"), ("WABRIDGE_SHOP_SECRET", "x")]);
    assert_eq!(read(Role::Serve, &pairs).unwrap().warnings.len(), 2);
}

#[test]
fn cloud_run_refuses_embedded_storage_and_observe_mode() {
    for mark in ["K_SERVICE", "CLOUD_RUN_JOB"] {
        let mut pairs = two();
        pairs.push((mark, "receiver"));
        let said = problems(Role::Serve, &pairs);
        for name in [
            "WABRIDGE_STORE is embedded",
            "WABRIDGE_QUEUE is embedded",
            "WHATSAPP_WABA_ID is not set",
            "WHATSAPP_PHONE_NUMBER_ID is not set",
        ] {
            assert!(said.contains(name), "{name} is missing in:\n{said}");
        }
    }
    assert!(problems(Role::Consume, &[NO_BOT, ("K_SERVICE", "x")]).contains("WHATSAPP_ACCESS_TOKEN is not set"));
}

/// A consumer at Google, as Terraform sets it up.
fn at_google() -> Vec<(&'static str, &'static str)> {
    vec![
        NO_BOT,
        ("WABRIDGE_STORE", "firestore"),
        ("WABRIDGE_QUEUE", "pubsub"),
        ("GOOGLE_CLOUD_PROJECT", "a-project"),
        ("WABRIDGE_PUSH_AUDIENCE", "https://consumer.example"),
        ("WABRIDGE_PUSH_SERVICE_ACCOUNT", "push@a-project.iam.gserviceaccount.com"),
        ("WHATSAPP_ACCESS_TOKEN", "EAAG"),
        ("K_SERVICE", "consumer"),
    ]
}

fn consumer(pairs: &[(&str, &str)], pull: bool) -> Result<Config, Problems> {
    let environment = Environment::of(pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    load(Role::Consume, &Flags { push: !pull, ..Flags::default() }, &environment, now())
}

#[test]
fn on_cloud_run_records_are_kept_in_firestore_and_events_are_pushed() {
    let config = consumer(&at_google(), false).unwrap();
    let (project, emulator) = ("a-project".to_owned(), None);
    assert_eq!(
        config.store,
        StoreBackend::Firestore { project: project.clone(), database: "(default)".into(), emulator: emulator.clone() }
    );
    let callers =
        Callers { audience: "https://consumer.example".into(), service_account: "push@a-project.iam.gserviceaccount.com".into() };
    let (topic, subscription) = ("whatsapp-events".into(), "whatsapp-consumer".into());
    let arrival = Arrival::Pushed(Some(callers));
    assert_eq!(config.queue, QueueBackend::PubSub { project, topic, subscription, emulator, arrival });
    assert!(!config.keeps_here());
}

#[test]
fn what_is_missing_for_google_is_named_with_where_to_find_it() {
    let without = |names: &[&str]| {
        let pairs: Vec<_> = at_google().into_iter().filter(|(name, _)| !names.contains(name)).collect();
        consumer(&pairs, false).expect_err("this should be refused").to_string()
    };
    assert!(without(&["GOOGLE_CLOUD_PROJECT"]).contains("GOOGLE_CLOUD_PROJECT is not set. Its id"));
    assert!(without(&["WABRIDGE_PUSH_AUDIENCE"]).contains("WABRIDGE_PUSH_AUDIENCE is not set."));
    let said = without(&["WABRIDGE_PUSH_AUDIENCE", "WABRIDGE_PUSH_SERVICE_ACCOUNT"]);
    assert!(said.contains("WABRIDGE_PUSH_AUDIENCE is not set.") && said.contains("WABRIDGE_PUSH_SERVICE_ACCOUNT is not set."));
    let pulls: Vec<_> = at_google().into_iter().filter(|(name, _)| !name.starts_with("WABRIDGE_PUSH")).collect();
    let config = consumer(&pulls, true).unwrap();
    assert!(matches!(config.queue, QueueBackend::PubSub { arrival: Arrival::Pulled, .. }));
}

#[test]
fn an_emulator_signs_nothing_and_has_no_place_on_cloud_run() {
    let mut pairs = at_google();
    pairs.push(("PUBSUB_EMULATOR_HOST", "127.0.0.1:8085"));
    pairs.push(("FIRESTORE_EMULATOR_HOST", "http://127.0.0.1:8086"));
    let said = consumer(&pairs, false).expect_err("this should be refused").to_string();
    assert!(said.contains("PUBSUB_EMULATOR_HOST is set, and K_SERVICE says that this is Cloud Run"), "{said}");
    assert!(said.contains("FIRESTORE_EMULATOR_HOST is \"http://127.0.0.1:8086\": no host and port"), "{said}");
    pairs.retain(|(name, _)| !["K_SERVICE", "FIRESTORE_EMULATOR_HOST"].contains(name) && !name.starts_with("WABRIDGE_PUSH"));
    let config = consumer(&pairs, false).unwrap();
    assert!(matches!(config.queue, QueueBackend::PubSub { arrival: Arrival::Pushed(None), .. }));
    assert!(config.warnings.concat().contains("signs nothing"), "{:?}", config.warnings);
}

#[test]
fn names_that_are_no_resources_of_google_are_shown() {
    for (name, value) in [
        ("GOOGLE_CLOUD_PROJECT", "my project"),
        ("PUBSUB_TOPIC", "projects/p/topics/t"),
        ("FIRESTORE_DATABASE", "(defualt)"),
        ("WABRIDGE_PUSH_SERVICE_ACCOUNT", "push"),
        ("PUBSUB_SUBSCRIPTION", "-"),
    ] {
        let mut pairs = at_google();
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value));
        let said = consumer(&pairs, false).expect_err("this should be refused").to_string();
        assert!(said.contains(&format!("{name} is {value:?}")), "{said}");
    }
}

#[test]
fn dev_never_works_on_what_a_real_service_keeps() {
    let mut pairs = vec![NO_BOT, ("WABRIDGE_STORE", "firestore"), ("WABRIDGE_QUEUE", "pubsub"), ("GOOGLE_CLOUD_PROJECT", "p")];
    let said = problems(Role::Dev, &pairs);
    assert!(said.contains("WABRIDGE_STORE is set to what is at Google") && said.contains("WABRIDGE_QUEUE is set"), "{said}");
    pairs.extend([("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1"), ("PUBSUB_EMULATOR_HOST", "127.0.0.1:2")]);
    assert!(read(Role::Dev, &pairs).is_ok());
}

#[test]
fn a_folder_is_not_looked_into_where_records_are_kept_in_firestore() {
    let environment = Environment::from([("WABRIDGE_STORE", "firestore"), ("GOOGLE_CLOUD_PROJECT", "p")]);
    let flags = Flags { data_dir: Some(PathBuf::from("b")), ..Flags::default() };
    let said = load(Role::Operator, &flags, &environment, now()).expect_err("this should be refused").to_string();
    assert!(said.contains("--data-dir names b, but records are kept in Firestore"), "{said}");
}

#[test]
fn nobody_pushes_the_events_of_the_embedded_queue() {
    let flags = Flags { push: true, ..Flags::default() };
    let environment = Environment::of(two().into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())));
    let said = load(Role::Serve, &flags, &environment, now()).expect_err("this should be refused").to_string();
    assert!(said.contains("--push was given, but the queue is embedded"), "{said}");
    assert!(consumer(&[NO_BOT], false).is_ok(), "consume does not have to be told to pull where nobody pushes");
}

#[test]
fn flags_win_over_variables() {
    let environment = Environment::from([("PORT", "1"), ("WABRIDGE_DATA_DIR", "a"), ("WABRIDGE_BOT", "/no/such")]);
    let flags = Flags { port: Some(2), data_dir: Some(PathBuf::from("b")), bot: Some("none".into()), push: false };
    let config = load(Role::Dev, &flags, &environment, now()).unwrap();
    assert_eq!((config.listen.port, config.bot), (2, BotChoice::None));
    assert_eq!(config.data_dir, PathBuf::from("b"));
}

#[test]
fn a_version_near_its_end_warns_and_a_secret_unlike_metas_warns() {
    let mut pairs = two();
    pairs[1].1 = "short";
    pairs.push(("WHATSAPP_API_VERSION", "v21.0"));
    let warnings = read(Role::Serve, &pairs).unwrap().warnings.join("\n");
    assert!(warnings.contains("ends on 2027-01-21") && warnings.contains("does not look like one of Meta's"), "{warnings}");
}

#[test]
fn an_emulator_that_is_named_wrongly_is_one_problem_and_not_two() {
    let variables = [
        ("WABRIDGE_STORE", "firestore"),
        ("GOOGLE_CLOUD_PROJECT", "a-project"),
        ("FIRESTORE_EMULATOR_HOST", "http://127.0.0.1:9085"),
    ];
    let environment = Environment::of(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let problems = load(Role::Dev, &Flags::default(), &environment, "2026-11-28T08:00:00Z".parse().unwrap()).unwrap_err();
    assert_eq!(problems.0.len(), 1, "{problems}");
    assert_eq!(problems.0[0].name, "FIRESTORE_EMULATOR_HOST");
}
