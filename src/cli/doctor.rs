//! `wabridge doctor`: what keeps the service from working, and what to do about it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use super::arguments::{DoctorArea, DoctorArguments};
use super::{Failure, print, start};
use crate::app;
use crate::clock::Clock;
use crate::config::{self, Config, EnvFile, Environment, Flags, Problems, Role};
use crate::operations::doctor::{Area, Finding, Findings, Level};
use crate::telemetry;

pub(super) fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    if let Some(url) = arguments.url.as_deref().filter(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        return Err(Failure::Usage(format!(
            "--url {url:?} is no address: write https://…, as terraform output webhook_url prints it"
        )));
    }
    let flags = Flags { data_dir: arguments.data_dir.clone(), bot: arguments.bot.clone(), ..Flags::default() };
    let environment = Environment::of_process(&EnvFile::IfThere);
    let mut findings = Findings::default();
    match config::load(Role::Doctor, &flags, &environment, Clock::default().now()) {
        Err(problems) => not_read(&problems, &mut findings),
        Ok(config) => {
            telemetry::start(&config.log);
            folder(&config, &mut findings);
            let areas = areas(&arguments.only);
            let examined = app::doctor(&config, arguments.url.as_deref(), &areas, &mut findings);
            actix_web::rt::System::new().block_on(examined);
        }
    }
    let text = if arguments.json { as_json(findings.all()) } else { as_text(findings.all()) };
    print::out(&text)?;
    match count(findings.all(), Level::Fail) {
        0 => Ok(()),
        failures => Err(anyhow::anyhow!("{failures} of the checks found something that does not work").into()),
    }
}

fn areas(only: &[DoctorArea]) -> BTreeSet<Area> {
    let all = [Area::Configuration, Area::Bot, Area::Records, Area::Meta, Area::Google, Area::Webhook];
    let named: BTreeSet<_> = only
        .iter()
        .map(|area| match area {
            DoctorArea::Configuration => Area::Configuration,
            DoctorArea::Bot => Area::Bot,
            DoctorArea::Records => Area::Records,
            DoctorArea::Meta => Area::Meta,
            DoctorArea::Google => Area::Google,
            DoctorArea::Webhook => Area::Webhook,
        })
        .collect();
    if named.is_empty() { all.into() } else { named }
}

/// Without a configuration there is nothing to ask about.
fn not_read(problems: &Problems, findings: &mut Findings) {
    for problem in &problems.0 {
        findings.fail("configuration.variables", format!("{} {}", problem.name, problem.what), &problem.remedy);
    }
    findings.skipped("everything else", "is asked once the configuration is right");
}

/// The one thing of the configuration that is asked of the machine; a folder that is not there is made by the service.
fn folder(config: &Config, findings: &mut Findings) {
    if config.keeps_here() && config.data_dir.is_dir() {
        match start::check_folder(Role::Doctor, config) {
            Ok(()) => findings.ok("configuration.folder", format!("{} can be written", config.data_dir.display())),
            Err(words) => findings.fail("configuration.folder", words, ""),
        }
    }
}

fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}

fn as_json(findings: &[Finding]) -> String {
    json!({ "ok": count(findings, Level::Fail) == 0, "findings": findings }).to_string()
}

fn as_text(findings: &[Finding]) -> String {
    let widest = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Finding { check, level, what, remedy } in findings {
        let _ = writeln!(text, "{}  {check:widest$}  {what}", word(*level));
        if !remedy.is_empty() {
            let _ = writeln!(text, "      {:widest$}  → {remedy}", "");
        }
    }
    let (fail, warn) = (count(findings, Level::Fail), count(findings, Level::Warn));
    let (well, skipped) = (count(findings, Level::Ok), count(findings, Level::Skipped));
    let _ = write!(text, "\n{well} ok, {warn} to look at, {fail} failed, {skipped} not asked");
    text
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok  ",
        Level::Skipped => "–   ",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    }
}
