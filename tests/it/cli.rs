//! The commands, as a person types them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The binary in a folder of its own, with nothing from the environment of the tests.
fn wabridge(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wabridge"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first lines that a lasting command says on standard error; then it is ended.
fn first_words(command: &mut Command, lines: usize) -> String {
    let mut child = Ended(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts"));
    let stderr = BufReader::new(child.0.stderr.take().expect("piped"));
    stderr.lines().take(lines).map(|line| line.expect("UTF-8")).collect::<Vec<_>>().join("\n")
}

#[test]
fn serve_without_anything_says_all_that_is_missing_and_exits_with_2() {
    let folder = folder();
    let (code, stdout, stderr) = run(&mut wabridge(folder.path(), &["serve"]));
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("WHATSAPP_APP_SECRET is not set. Meta App Dashboard → App settings → Basic → App secret."),
        "{stderr}"
    );
    assert!(stderr.contains("WHATSAPP_VERIFY_TOKEN is not set."), "{stderr}");
    assert!(!folder.path().join("data").exists(), "a refused start leaves nothing behind");
}

#[test]
fn two_variables_start_in_observe_mode_and_the_first_lines_say_so() {
    let folder = folder();
    let mut command = wabridge(folder.path(), &["serve", "--port", "0"]);
    command.env("WHATSAPP_APP_SECRET", SECRET).env("WHATSAPP_VERIFY_TOKEN", "word").env("HOST", "127.0.0.1");
    let said = first_words(&mut command, 4);
    assert!(
        said.starts_with("wabridge serve · http://127.0.0.1:") && said.contains("/webhooks/whatsapp · data data\n"),
        "{said}"
    );
    assert!(said.contains("observing only: WHATSAPP_WABA_ID and WHATSAPP_PHONE_NUMBER_ID are not set."), "{said}");
    assert!(said.contains("not sending:    WHATSAPP_ACCESS_TOKEN is not set."), "{said}");
    assert!(!said.contains(SECRET) && !said.contains(":0/"), "{said}");
}

#[test]
fn a_port_in_use_is_said_with_another_to_try() {
    let folder = folder();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let (code, _, stderr) = run(wabridge(folder.path(), &["dev"]).env("PORT", port.to_string()));
    let expected = format!("port {port} is in use: stop the other program or run with PORT={}", u32::from(port) + 1);
    assert_eq!((code, stderr.trim()), (2, expected.as_str()));
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named_with_the_user() {
    let folder = folder();
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["dev", "--port", "0", "--data-dir", "file/data"]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("the data folder file/data cannot be written by user "), "{stderr}");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["dev", "--port", "0", "--data-dir", "file"]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("is file, which is no folder"), "{stderr}");
}

#[test]
fn an_env_file_fills_in_and_never_overrides() {
    let folder = folder();
    std::fs::write(folder.path().join(".env"), "PORT=70000\nWABRIDGE_RETENTION_DAYS=3\n").expect("a file");
    let (code, _, stderr) = run(wabridge(folder.path(), &["dev"]).env("PORT", "80b"));
    assert_eq!(code, 2);
    assert!(stderr.contains("PORT is \"80b\"") && stderr.contains("WABRIDGE_RETENTION_DAYS is \"3\""), "{stderr}");
    let (_, _, stderr) = run(wabridge(folder.path(), &["serve"]).env("K_SERVICE", "x"));
    assert!(!stderr.contains("WABRIDGE_RETENTION_DAYS"), "not read on Cloud Run: {stderr}");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["dev", "--env-file", "other.env"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("other.env cannot be read"), "{stderr}");
}

#[test]
fn a_mistake_in_an_env_file_is_named_by_line_without_its_text() {
    let folder = folder();
    let text = "# secrets\n\nPORT=8080\nWHATSAPP_APP_SECRET='hunter2\nWHATSAPP_VERIFY_TOKEN=word\n";
    std::fs::write(folder.path().join(".env"), text).expect("a file");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["serve"]));
    assert_eq!(code, 2);
    assert!(stderr.contains(".env, line 4, is not understood. Write NAME=value"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn init_writes_files_that_check_accepts_and_overwrites_nothing() {
    let folder = folder();
    let (code, stdout, stderr) = run(&mut wabridge(folder.path(), &["init"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("wrote bot.yaml") && stdout.contains("wrote .env.example"), "{stdout}");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["check"]));
    assert_eq!(code, 0, "{stderr}");

    let bot = folder.path().join("bot.yaml");
    std::fs::write(&bot, "mine").expect("a file");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["init"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("bot.yaml and .env.example: there already, not touched"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&bot).expect("text"), "mine");

    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["init", "--force"]));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(std::fs::read_to_string(folder.path().join("bot.yaml.old")).expect("text"), "mine");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["init", "--force"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("bot.yaml.old is there already"), "{stderr}");
}

#[test]
fn health_tells_an_answer_from_a_refusal_and_from_nobody() {
    for (answer, expected) in [("HTTP/1.1 200 OK\r\n\r\n", 0), ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 1)] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a question");
            let mut asked = [0; 512];
            let length = stream.read(&mut asked).expect("a request");
            stream.write_all(answer.as_bytes()).expect("an answer");
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let folder = folder();
        let (code, _, stderr) = run(wabridge(folder.path(), &["health"]).env("PORT", port.to_string()));
        assert_eq!(code, expected, "{stderr}");
        assert!(server.join().expect("the server").starts_with("GET /health HTTP/1.1\r\n"));
    }
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
    let (code, _, stderr) = run(wabridge(folder().path(), &["health"]).env("PORT", free.to_string()));
    assert_eq!(code, 1);
    assert!(stderr.contains("no answer from http://127.0.0.1:"), "{stderr}");
}

#[test]
fn usage_mistakes_exit_with_2_and_help_and_completions_with_0() {
    let folder = folder();
    for wrong in [&["serv"][..], &["dev", "--port", "x"], &["check", "--nope"], &["events", "list", "--most", "0"], &[]] {
        assert_eq!(run(&mut wabridge(folder.path(), wrong)).0, 2, "{wrong:?}");
    }
    for (right, word) in [
        (&["--help"][..], "Exit codes"),
        (&["--version"], "wabridge "),
        (&["completions", "bash"], "complete"),
        (&["simulate", "--help"], "status-delivered"),
    ] {
        let (code, stdout, _) = run(&mut wabridge(folder.path(), right));
        assert!(code == 0 && stdout.contains(word), "{right:?}: {stdout}");
    }
}

#[test]
fn events_without_a_store_says_where_it_looked() {
    let folder = folder();
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["events", "list", "--json"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("there is no folder data: name the one of the service"), "{stderr}");
}

#[test]
fn what_simulate_sends_is_taken_and_listed() {
    let folder = folder();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
    let with_secret = |arguments: &[&str]| {
        let mut command = wabridge(folder.path(), arguments);
        command.env("WHATSAPP_APP_SECRET", SECRET).env("WHATSAPP_VERIFY_TOKEN", "word");
        command.env("PORT", free.to_string()).env("HOST", "127.0.0.1");
        command
    };
    let mut service =
        Ended(with_secret(&["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts"));
    while run(&mut with_secret(&["health"])).0 != 0 {
        assert!(service.0.try_wait().expect("a child").is_none(), "serve ended");
    }
    let (code, stdout, stderr) = run(&mut with_secret(&["simulate", "text", "--text", "hello"]));
    assert_eq!((code, stdout.as_str()), (0, "200\nEVENT_RECEIVED\n"), "{stderr}");
    let (code, stdout, _) = run(with_secret(&["simulate"]).env("WHATSAPP_APP_SECRET", "another"));
    assert!(code == 1 && stdout.starts_with("403\n") && stdout.contains("invalid_signature"), "{stdout}");
    let (code, _, stderr) = run(&mut with_secret(&["simulate", "fax"]));
    assert!(code == 2 && stderr.contains("[possible values: text, button"), "{stderr}");

    let (code, stdout, stderr) = run(&mut with_secret(&["events", "list", "--json"]));
    assert_eq!(code, 0, "{stderr}");
    let listed: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["state"], "quarantined");
    let id = listed[0]["id"].as_str().expect("an id");
    let (code, stdout, _) = run(&mut with_secret(&["events", "show", id, "--json"]));
    let shown: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert!(code == 0 && shown["delivery"]["id"] == *id, "{shown}");
    let (code, _, stderr) = run(&mut with_secret(&["events", "show", "m_0"]));
    assert!(code == 1 && stderr.contains("there is nothing with the id m_0"), "{stderr}");
}

#[test]
fn a_mistake_in_the_bot_file_is_told_before_a_start_with_line_and_caret() {
    let folder = folder();
    std::fs::write(folder.path().join("bot.yaml"), "version: 1\nroutes:\n  - replyy: hi\n").expect("a file");
    for arguments in [&["dev", "--port", "0"][..], &["check"]] {
        let (code, _, stderr) = run(&mut wabridge(folder.path(), arguments));
        assert_eq!(code, if arguments[0] == "dev" { 2 } else { 1 }, "{stderr}");
        assert!(stderr.contains("line 3") && stderr.contains('^') && stderr.contains("replyy"), "{stderr}");
    }
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["check", "other.yaml"]));
    assert!(code == 2 && stderr.contains("other.yaml cannot be read"), "{stderr}");
    let (_, _, stderr) = run(&mut wabridge(folder.path(), &["dev", "--port", "0"]));
    assert!(stderr.starts_with("cannot start: bot.yaml: 1 mistake"), "{stderr}");
}

#[test]
fn check_says_when_there_may_be_more_mistakes_than_it_shows() {
    let folder = folder();
    let checked = |bot: &[u8]| {
        std::fs::write(folder.path().join("bot.yaml"), bot).expect("a file");
        let (_, json, _) = run(&mut wabridge(folder.path(), &["check", "--json"]));
        (run(&mut wabridge(folder.path(), &["check"])), json)
    };
    let ((_, _, form), json) = checked(b"version: 1\nroutes:\n  - replyy: hi\n  - whem: x\n");
    assert!(form.contains("1 mistake\n") && form.contains("more may show once this one is mended"), "{form}");
    assert!(json.contains("\"more_may_follow\":true"), "{json}");
    let ((_, _, meaning), json) = checked(b"version: 1\nlanguage: english\nroutes:\n  - reply: \"{{ nobody }}\"\n");
    assert!(meaning.contains("2 mistakes\n") && !meaning.contains("more may show"), "{meaning}");
    assert!(json.contains("\"more_may_follow\":false"), "{json}");
    let ((code, _, latin), _) = checked(b"version: 1\nname: caf\xe9\nroutes: []\n");
    assert_eq!((code, latin.trim()), (2, "bot.yaml cannot be read: it is not UTF-8 text\n  → save it as UTF-8"));
}

#[test]
fn what_check_is_told_is_no_first_message_unless_it_is_said_so() {
    let folder = folder();
    let bot = "version: 1\nroutes:\n  - when: { first: true }\n    reply: Welcome\n  - when: { word: price }\n    reply: Ten\n";
    std::fs::write(folder.path().join("bot.yaml"), bot).expect("a file");
    let (_, later, _) = run(&mut wabridge(folder.path(), &["check", "--say", "price"]));
    assert!(later.contains("Ten") && later.contains("not the first message"), "{later}");
    let (_, first, _) = run(&mut wabridge(folder.path(), &["check", "--say", "price", "--first"]));
    assert!(first.contains("Welcome"), "{first}");
    assert_eq!(run(&mut wabridge(folder.path(), &["check", "--first"])).0, 2, "--first of what?");
}

#[test]
fn a_start_line_means_that_it_listens_and_the_end_is_said() {
    let folder = folder();
    let serve = || {
        let mut command = wabridge(folder.path(), &["serve", "--port", "0"]);
        command.env("WHATSAPP_APP_SECRET", SECRET).env("WHATSAPP_VERIFY_TOKEN", "word").env("HOST", "127.0.0.1");
        command
    };
    let mut first = Ended(serve().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts"));
    let mut said = BufReader::new(first.0.stderr.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    let started = said.next().expect("a start line");
    let address = started.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    TcpStream::connect(address).expect("it listens as soon as it says so");

    let (code, _, stderr) = run(&mut serve());
    assert_eq!(code, 2);
    assert!(stderr.contains("already answers from the data folder") && !stderr.contains("wabridge serve"), "{stderr}");
    let (code, stdout, stderr) = run(&mut wabridge(folder.path(), &["dev", "--port", "0", "--data-dir", "data"]));
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    let store = || std::fs::metadata(folder.path().join("data/wabridge.db")).expect("a store").ino();
    let before = store();
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["dev", "--port", "0", "--fresh", "--data-dir", "data"]));
    assert_eq!((code, store()), (2, before), "the files of a running process stay: {stderr}");

    let signal = Command::new("kill").args(["-INT", &first.0.id().to_string()]).status();
    assert!(signal.is_ok_and(|status| status.success()), "kill failed");
    assert_eq!(said.last().as_deref(), Some("stopped"));
    assert!(first.0.wait().expect("it ends").success());
}

#[test]
fn dev_and_a_service_keep_apart_and_neither_takes_the_others_folder() {
    let folder = folder();
    let serve = |data_dir: &[&str]| {
        let mut command = wabridge(folder.path(), &[&["serve", "--port", "0"], data_dir].concat());
        command.env("WHATSAPP_APP_SECRET", SECRET).env("WHATSAPP_VERIFY_TOKEN", "word").env("HOST", "127.0.0.1");
        command
    };
    let dev = || {
        let mut command = wabridge(folder.path(), &["dev", "--port", "0"]);
        let mut child = Ended(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts"));
        let said = BufReader::new(child.0.stdout.take().expect("piped")).lines().next();
        assert!(said.expect("a line").expect("UTF-8").contains("phone page"));
    };
    first_words(&mut serve(&[]), 1);
    let kept = || std::fs::read(folder.path().join("data/wabridge.db")).expect("a store");
    let before = kept();
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["dev", "--port", "0", "--fresh", "--data-dir", "data"]));
    assert!(code == 2 && stderr.contains("data holds the records of a service"), "{stderr}");
    assert!(kept() == before, "nothing of the service is removed");

    dev();
    assert!(folder.path().join("data/dev/wabridge.db").is_file() && kept() == before);
    let (code, _, stderr) = run(&mut serve(&["--data-dir", "data/dev"]));
    assert!(code == 2 && stderr.contains("made-up people of dev"), "{stderr}");
    dev();

    std::fs::remove_file(folder.path().join("data/wabridge.db")).expect("a file");
    let (code, _, stderr) = run(&mut wabridge(folder.path(), &["events", "list"]));
    assert!(code == 2 && stderr.contains("--data-dir data/dev"), "{stderr}");
}

#[test]
fn a_data_folder_that_we_make_is_for_our_user_alone() {
    let folder = folder();
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).expect("a folder").permissions().mode() & 0o777;
    std::fs::create_dir(folder.path().join("there")).expect("a folder");
    let before = mode("there");
    for name in ["made", "there"] {
        let mut command = wabridge(folder.path(), &["serve", "--port", "0", "--data-dir", name]);
        command.env("WHATSAPP_APP_SECRET", SECRET).env("WHATSAPP_VERIFY_TOKEN", "word").env("HOST", "127.0.0.1");
        first_words(&mut command, 1);
    }
    assert_eq!((mode("made"), mode("there")), (0o700, before));
}

#[test]
fn dev_without_a_bot_file_says_how_to_get_one_and_that_it_must_start_again() {
    let folder = folder();
    let mut child = Ended(
        wabridge(folder.path(), &["dev", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary"),
    );
    let stdout = BufReader::new(child.0.stdout.take().expect("piped"));
    let said: Vec<String> = stdout.lines().take(4).map(|line| line.expect("UTF-8")).collect();
    assert!(said[0].starts_with("phone page  http://127.0.0.1:"), "{said:?}");
    assert!(said[3].contains("wabridge init writes it as bot.yaml; then start again"), "{said:?}");
}

#[test]
fn check_say_prints_the_answer_the_routes_and_the_bill() {
    let folder = folder();
    let bot = "version: 1\nroutes:\n  - name: greeting\n    when: { word: hi }\n    reply: [one, two]\n";
    std::fs::write(folder.path().join("bot.yaml"), bot).expect("a file");
    let (code, stdout, stderr) = run(&mut wabridge(folder.path(), &["check", "--say", "hi there"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("→ greeting") && stdout.contains("one\n\ntwo") && stdout.contains("2 billed messages"), "{stdout}");
    let (code, stdout, _) = run(&mut wabridge(folder.path(), &["check", "--say", "bye", "--json"]));
    let value: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert!(
        code == 0 && value["answer"]["silence"].is_string() && value["answer"]["messages"] == serde_json::json!([]),
        "{value}"
    );
}
