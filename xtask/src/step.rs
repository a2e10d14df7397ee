//! One step of a task: a command that says what it does, how long it took, and why the task stopped.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Instant;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A program run in the workspace folder.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this task, with the arguments given as one line.
pub(crate) fn cargo(args: &str) -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(args.split_whitespace());
    cargo
}

/// A cargo call for wasm32: flags in the caller's environment are meant for the host and would replace those
/// of `.cargo/config.toml`.
pub(crate) fn cargo_wasm(args: &str) -> Command {
    let mut cargo = cargo(args);
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
}

/// Announces `what` with its command line, runs it with its output visible, and prints the seconds it took.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    let line = command_line(command);
    timed(&format!("{what}: {line}"), || {
        let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
        succeeded(what, &line, status)
    })
}

/// As [`run`], for independent commands that run side by side.
pub(crate) fn run_together(what: &str, commands: impl IntoIterator<Item = Command>) -> Result<()> {
    let mut commands: Vec<_> =
        commands.into_iter().map(|command| (command_line(&command), command)).collect();
    let lines: Vec<_> = commands.iter().map(|(line, _)| line.as_str()).collect();
    timed(&format!("{what}: {}", lines.join("\n  and ")), || {
        let start = |(line, command): &mut (String, Command)| {
            Ok((line.clone(), command.spawn().with_context(|| format!("cannot start `{line}`"))?))
        };
        let running = commands.iter_mut().map(start).collect::<Result<Vec<_>>>()?;
        let end = |(line, mut child): (String, Child)| {
            Ok((child.wait().context("cannot wait for a command")?, line))
        };
        // All are waited for before the first failure is told: none goes on behind the caller's back.
        let ended = running.into_iter().map(end).collect::<Result<Vec<_>>>()?;
        ended.iter().try_for_each(|(status, line)| succeeded(what, line, *status))
    })
}

fn succeeded(what: &str, line: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("the step \"{what}\" failed ({status}); its command was `{line}`");
    }
    Ok(())
}

/// Announces `what`, does it, and prints the seconds it took.
pub(crate) fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("▸ {what}");
    let start = Instant::now();
    let result = work()?;
    println!("  {:.1} s", start.elapsed().as_secs_f64());
    Ok(result)
}

/// What a command prints on standard output, or `None` when it is missing or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as a person would type it.
fn command_line(command: &Command) -> String {
    let settings = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}=\"{}\"", name.display(), value?.display())));
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    settings.chain(words.map(|word| word.display().to_string())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn a_command_line_can_be_typed_again() {
        let mut command = Command::new("/usr/bin/cargo");
        command
            .args(["doc", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .env_remove("RUSTFLAGS");
        assert_eq!(command_line(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn a_failing_step_names_itself_and_its_command() {
        let error = run("list a wrong option", cargo("--no-such-option").stderr(Stdio::null()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("\"list a wrong option\" failed"), "{error}");
        assert!(error.contains("cargo --no-such-option"), "{error}");
    }
}
