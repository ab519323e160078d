//! The figures: what is compared with what, and what is wanted.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::common::deliveries::request;
use crate::common::process::{self, Server};
use crate::common::program;
use crate::common::report::{Pairs, Report, Round, Wanted};
use crate::deliveries;
use crate::load::{self, CONNECTIONS};

const PAIRS: u64 = 9;
const REQUESTS: u64 = 20_000;
const LARGE_REQUESTS: usize = 32;
const STARTS: usize = 15;

type Figure = fn(&mut Report) -> Result<()>;

/// Measures the named figures, or all, and prints them.
pub(crate) fn measure(names: &[&str]) -> Result<()> {
    process::move_to_load_core()?;
    let mut report = Report::default();
    let all: [(&str, Figure); 4] = [("ack", ack), ("large", large), ("persisted", persisted), ("start", start)];
    for (_, figure) in all.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        figure(&mut report)?;
    }
    ensure!(!report.is_empty(), "no figure has that name: ack, large, persisted, start");
    report.print();
    Ok(())
}

fn round(server: &Server, requests: &[Vec<u8>], connections: usize) -> Result<Round> {
    let before = server.cpu_seconds()?;
    let elapsed = load::send(server.port, requests, connections)?.as_secs_f64();
    let cpu = server.cpu_seconds()? - before;
    Round::of(requests.len() as u64, elapsed, cpu)
}

fn take_turns(requests: &[Vec<u8>], connections: usize) -> Result<Vec<(Round, Round)>> {
    let (bare, ours) = (in_role("bare")?, in_role("ack")?);
    let warm_up = &requests[..requests.len() / 4];
    round(&bare, warm_up, connections)?;
    round(&ours, warm_up, connections)?;
    (0..PAIRS).map(|_| Ok((round(&bare, requests, connections)?, round(&ours, requests, connections)?))).collect()
}

fn ack(report: &mut Report) -> Result<()> {
    let requests = requests(1, REQUESTS);
    let rounds = take_turns(&requests, CONNECTIONS)?;
    let per_second = Pairs::of(&rounds, |round| round.per_second);
    report.add("verify and ack, requests/s", "bare actix-web handler", per_second, Wanted::AtLeast(0.60));
    let cpu = Pairs::of(&rounds, |round| round.cpu);
    report.add("verify and ack, CPU", "bare actix-web handler", cpu, Wanted::AtMost(1.7));
    report.note_rounds(&rounds, "requests", ["bare handler", "verify and ack"]);
    Ok(())
}

fn large(report: &mut Report) -> Result<()> {
    let batches: Vec<Vec<u8>> = (0..4).map(|seed| request(&deliveries::batch(seed))).collect();
    let requests: Vec<Vec<u8>> = batches.iter().cycle().take(LARGE_REQUESTS).cloned().collect();
    let rounds = take_turns(&requests, 2)?;
    report.add(
        "3 MB with 1,000 messages, CPU",
        "bare handler reading it",
        Pairs::of(&rounds, |round| round.cpu),
        Wanted::AtMost(3.0),
    );
    report.note_rounds(&rounds, "requests", ["bare handler, 3 MB", "verify and ack, 3 MB"]);
    Ok(())
}

fn persisted(report: &mut Report) -> Result<()> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (mut rounds, mut resident) = (Vec::new(), Vec::new());
    for seed in 100..100 + PAIRS {
        let (theirs, ours) = (tempfile::tempdir_in(place)?, tempfile::tempdir_in(place)?);
        let numbers =
            process::numbers_of_role(&["insert", &theirs.path().to_string_lossy(), &seed.to_string(), &REQUESTS.to_string()])?;
        let insert = Round::of(REQUESTS, numbers[0], numbers[1])?;
        let server = with_our_bot("receive", ours.path())?;
        program::wait_for_health(server.port)?;
        rounds.push((insert, round(&server, &requests(seed, REQUESTS), CONNECTIONS)?));
        resident.push(server.resident_mb()?);
    }
    let per_second = Pairs::of(&rounds, |round| round.per_second);
    report.add("persisted ack, requests/s", "bare group-commit insert", per_second, Wanted::AtLeast(0.70));
    let per_cpu = Pairs::of(&rounds, |round| 1.0 / round.cpu);
    report.add("persisted ack, requests per second of CPU", "bare group-commit insert", per_cpu, Wanted::AtLeast(0.70));
    report.note_rounds(&rounds, "requests", ["bare insert", "persisted ack"]);
    report.note(format!("rows were written to {} ({})", place.display(), program::file_system(place)?));
    report.add_value("resident after load, MB (receive)", resident, Wanted::AtMost(30.0));
    Ok(())
}

fn start(report: &mut Report) -> Result<()> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    let mut resident = Vec::new();
    for place in 0..STARTS {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        for times in [&mut first, &mut again] {
            let started = Instant::now();
            let server = with_our_bot("serve", folder.path())?;
            program::wait_for_health(server.port)?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            if place < 3 {
                std::thread::sleep(Duration::from_secs(2));
                resident.push(server.resident_mb()?);
            }
        }
    }
    report.add_value("exec to first 200, ms (new folder)", first, Wanted::AtMost(15.0));
    report.add_value("exec to first 200, ms (folder of before)", again, Wanted::AtMost(15.0));
    report.add_value("resident when idle, MB (serve)", resident, Wanted::AtMost(12.0));
    Ok(())
}

fn requests(seed: u64, count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|place| request(&deliveries::text(seed, place))).collect()
}

/// The program with this repository's bot and no Graph API.
fn with_our_bot(command: &str, folder: &Path) -> Result<Server> {
    let bot = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bot.yaml");
    program::start(command, folder, &bot, "http://127.0.0.1:9")
}

/// This program in a role that prints its port.
fn in_role(role: &str) -> Result<Server> {
    let mut child = process::on_server_core(&std::env::current_exe()?).args(["role", role]).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
    let port = line.trim().parse().with_context(|| format!("the role {role} printed no port"))?;
    Ok(Server::running(child, port))
}
