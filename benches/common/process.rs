//! Processes of the benchmark: started on a core of their own, measured through /proc, killed when dropped.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The core of the servers.
const SERVER_CORE: &str = "0";
/// The core of the load generator.
const LOAD_CORE: &str = "1";

/// A server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// A command that listens on this port.
    pub(crate) fn of(command: &mut Command, port: u16) -> Result<Self> {
        Ok(Self::running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?, port))
    }

    /// A process that listens on this port already.
    pub(crate) fn running(child: Child, port: u16) -> Self {
        Self { child, port }
    }

    /// Seconds of CPU that it has used.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        cpu_seconds(&self.child.id().to_string())
    }

    /// Megabytes of memory that are resident now.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A command that will run on the servers' core: taskset becomes it, so that it keeps its process id.
pub(crate) fn on_server_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]).arg(program);
    command
}

/// Moves this process to the load generator's core.
pub(crate) fn move_to_load_core() -> Result<()> {
    let own = std::process::id().to_string();
    let moved = Command::new("taskset").args(["-p", "-c", LOAD_CORE, &own]).stdout(Stdio::null()).status();
    let moved = moved.context("taskset (util-linux) is needed to give each process its core")?;
    ensure!(moved.success(), "two cores are needed: one for the server, one for the load");
    Ok(())
}

/// Seconds that all threads of a process ran, from the scheduler's nanoseconds: /proc/…/stat counts hundredths of a second.
pub(crate) fn cpu_seconds(process: &str) -> Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().context("an empty schedstat")?.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}

/// Runs this program in a role to its end on the servers' core; the numbers that it printed.
pub(crate) fn numbers_of_role(arguments: &[&str]) -> Result<Vec<f64>> {
    let mut child = on_server_core(&std::env::current_exe()?).arg("role").args(arguments).stdout(Stdio::piped()).spawn()?;
    let mut text = String::new();
    child.stdout.take().context("no output")?.read_to_string(&mut text)?;
    ensure!(child.wait()?.success(), "the role {arguments:?} failed");
    Ok(text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}
