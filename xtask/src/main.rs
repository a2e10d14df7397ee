//! Development tasks of boltzflow: `cargo demo`, `cargo test-all`, `cargo xtask …`.

#[cfg(feature = "test-runner")]
mod baseline;
#[cfg(feature = "test-runner")]
mod bench;
mod check;
mod checkpoint;
#[cfg(feature = "test-runner")]
mod chromium;
mod demo;
mod modules;
#[cfg(feature = "test-runner")]
mod neon;
mod npm;
mod page;
#[cfg(feature = "test-runner")]
mod rates;
mod server;
mod setup;
mod step;
#[cfg(feature = "test-runner")]
mod test;
#[cfg(feature = "test-runner")]
mod test_runner;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
Development tasks of boltzflow

cargo demo [--port N] [--no-build]   build the wasm modules and serve the page; --no-build serves what is there
cargo test-all                       all tests: native, NEON emulated, wasm in Node and in Chromium, the page, the npm package
cargo xtask check                    formatting, lints, documentation, builds without std; warnings are errors
cargo xtask bench [--web] [OPTION …] rates of training and sampling: of the native program (`boltzflow bench --help`),
                                     or of the wasm modules in Node and Chromium (--filter NAME, --json FILE)
cargo xtask bench --table           measure both, and write the table of rates in docs/results/speed.md
cargo xtask bench --against-baseline     what has changed by more than 5 % since native/benches/baseline.json; --new-baseline writes that
cargo xtask bench --page [BAR …]     the bars of the page in Chromium, as a table; without a name all of them (half an hour)
cargo xtask wasm                     build the wasm modules into www/pkg
cargo xtask page [--out DIR] [--no-build]  write the page into target/page, for any static host to serve as it is
cargo xtask npm [--no-build]           write the npm package into target/npm and pack it
cargo xtask checkpoint               train the dimer of the page and write www/assets/dimer.safetensors (minutes)

Whatever is missing beyond rustup and Node is installed, or named in one sentence.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let Some((task, options)) = args.split_first() else {
        println!("{HELP}");
        return Ok(());
    };
    match task.as_str() {
        "demo" => return demo::run(options),
        "npm" => return npm::run(options).map(drop),
        "page" => return page::run(options),
        #[cfg(feature = "test-runner")]
        "bench" => return bench::run(options),
        #[cfg(feature = "test-runner")]
        "test-runner" => return test_runner::run(options),
        _ => {}
    }
    if let Some(option) = options.first() {
        bail!("`{task}` takes no option, found `{option}`");
    }
    match task.as_str() {
        "check" => check::run(),
        "checkpoint" => checkpoint::run(),
        #[cfg(feature = "test-runner")]
        "test" => test::run(),
        "wasm" => modules::build(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            bail!(
                "unknown task `{task}`; known: demo, test, check, bench, wasm, page, checkpoint, help"
            )
        }
    }
}
