//! `wabridge doctor`: what keeps the service from working, and what to do about it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use reqwest::Url;
use serde_json::json;

use super::arguments::DoctorArguments;
use super::{Failure, address, print, start};
use crate::app;
use crate::clock::Clock;
use crate::config::{self, Config, EnvFile, Environment, Flags, Problems, Role};
use crate::operations::doctor::{Area, Finding, Findings, Level};
use crate::telemetry;

/// As wide as the longest name of a check.
const WIDEST: usize = 23;

pub(super) fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    let url = arguments.url.as_deref().map(webhook).transpose()?;
    let flags = Flags { data_dir: arguments.data_dir.clone(), bot: arguments.bot.clone(), ..Flags::default() };
    let environment = Environment::of_process(&EnvFile::IfThere);
    let is_for_people = !arguments.json;
    // Each as it comes: what is asked may take long. Nobody to read it is no reason to stop.
    let mut findings = Findings::telling(move |finding| {
        if is_for_people {
            drop(print::out(&line(finding)));
        }
    });
    match config::load(Role::Doctor, &flags, &environment, Clock::default().now()) {
        Err(problems) => not_read(&problems, &mut findings),
        Ok(config) => {
            telemetry::start(&config.log);
            let areas = areas(&arguments.only);
            if areas.contains(&Area::Configuration) {
                folder(&config, &mut findings);
            }
            actix_web::rt::System::new().block_on(app::doctor(&config, url, &areas, &mut findings));
        }
    }
    let unasked = unasked(&arguments.only, findings.all());
    let printed = print::out(&if is_for_people { sum(findings.all()) } else { as_json(findings.all(), unasked.is_empty()) });
    match count(findings.all(), Level::Fail) {
        0 if !unasked.is_empty() => Err(anyhow::anyhow!("{} was named, and could not be asked", unasked.join(", ")).into()),
        0 => printed.map_err(Failure::from),
        failures => Err(anyhow::anyhow!("{failures} of the checks found something that does not work").into()),
    }
}

/// Areas that were named and told nothing but why.
fn unasked(only: &[Area], findings: &[Finding]) -> Vec<&'static str> {
    let named = areas(only).into_iter().filter(|_| !only.is_empty()).map(Area::name);
    named.filter(|name| findings.iter().any(|finding| finding.check == *name && finding.level == Level::Skipped)).collect()
}

fn webhook(text: &str) -> Result<Url, Failure> {
    // The text itself may hold a password.
    let words =
        "--url is no address of a webhook: write https://host or https://host/path, as terraform output webhook_url prints it";
    address::webhook(text).ok_or_else(|| Failure::Usage(words.into()))
}

fn areas(only: &[Area]) -> BTreeSet<Area> {
    if only.is_empty() { Area::ALL.into() } else { only.iter().copied().collect() }
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

fn as_json(findings: &[Finding], all_asked: bool) -> String {
    json!({ "ok": all_asked && count(findings, Level::Fail) == 0, "findings": findings }).to_string()
}

fn line(finding: &Finding) -> String {
    let Finding { check, level, what, remedy } = finding;
    let mut text = format!("{}  {check:WIDEST$}  {what}", word(*level));
    if !remedy.is_empty() {
        let _ = write!(text, "\n      {:WIDEST$}  → {remedy}", "");
    }
    text
}

fn sum(findings: &[Finding]) -> String {
    let [well, warn, fail, skipped] = [Level::Ok, Level::Warn, Level::Fail, Level::Skipped].map(|level| count(findings, level));
    format!("\n{well} ok, {warn} to look at, {fail} failed, {skipped} not asked")
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok  ",
        Level::Skipped => "–   ",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    }
}
