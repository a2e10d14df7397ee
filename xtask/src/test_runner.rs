//! `test-runner`: what cargo calls to run a wasm test program, in Node or in Chromium as the program asks.

use crate::chromium::Chromium;
use anyhow::{Context, Result, bail};
use std::env;
use std::process::Command;

/// The variable through which the runner learns how to start the browser.
const CAPABILITIES: &str = "WASM_BINDGEN_TEST_WEBDRIVER_JSON";

/// Runs the wasm-bindgen test runner with cargo's arguments.
pub(crate) fn run(args: &[String]) -> Result<()> {
    match Chromium::find()? {
        Some(chromium) if env::var_os(CAPABILITIES).is_none() => with_browser(&chromium, args),
        _ => wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
            ["wasm-bindgen-test-runner"].into_iter().chain(args.iter().map(String::as_str)),
        ),
    }
}

/// Calls this task again with the settings that the runner reads from its environment.
fn with_browser(chromium: &Chromium, args: &[String]) -> Result<()> {
    let mut again =
        Command::new(env::current_exe().context("cannot find this program's own path")?);
    again.arg("test-runner").args(args);
    again.env(CAPABILITIES, chromium.write_capabilities()?).env("CHROMEDRIVER", &chromium.driver);
    // Seconds. The runner's own 5 and 20 are too short for a browser's first start and for tests that train.
    again.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60").env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    let status = again.status().context("cannot start the wasm test runner")?;
    if !status.success() {
        bail!("the wasm tests failed ({status})");
    }
    Ok(())
}
