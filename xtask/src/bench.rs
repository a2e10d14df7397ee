//! `cargo xtask bench`: how fast training and sampling are, natively or as the page runs them.

use crate::chromium::Chromium;
use crate::server::Server;
use crate::setup;
use crate::step::{self, cargo};
use crate::{baseline, modules, page, rates};
use anyhow::{Result, bail};

/// With `--web` the wasm modules in Node and Chromium, with `--page` the page's bars in Chromium, else the native program's
/// `bench`, whose options the others are.
/// `--table` measures all of it and writes the table of docs/results/speed.md.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let own = |name: &str| options.iter().any(|option| option == name);
    let rest: Vec<String> =
        options.iter().filter(|o| *o != "--web" && *o != "--table").cloned().collect();
    if own("--table") {
        if !rest.is_empty() || own("--web") {
            bail!("`--table` measures everything: leave the other options out");
        }
        let folder = step::target_dir().join("rates");
        std::fs::create_dir_all(&folder)?;
        let (native, web) = (folder.join("native.json"), folder.join("web.json"));
        let json = |path: &std::path::Path| ["--json".into(), path.display().to_string()];
        let slow = ["--threads", "1,2", "--seconds", "2", "--filter", "/s"].map(String::from);
        run_native(&[&json(&native)[..], &slow].concat())?;
        run_web(&json(&web))?;
        return rates::write(&native, &web);
    }
    // A share of the peak, unlike a time, can be compared with that of another day.
    for (option, use_it) in [
        ("--against-baseline", baseline::compare as fn(&std::path::Path) -> Result<()>),
        ("--new-baseline", baseline::write),
    ] {
        if own(option) {
            if options.len() > 1 {
                bail!("`{option}` measures everything on one thread: leave the other options out");
            }
            let folder = step::target_dir().join("rates");
            std::fs::create_dir_all(&folder)?;
            let measured = folder.join("baseline.json");
            run_native(
                &["--seconds", "1", "--json", &measured.display().to_string()].map(String::from),
            )?;
            return use_it(&measured);
        }
    }
    match rest.split_first() {
        Some((first, bars)) if first == "--page" => in_browser("tests/bench/page.mjs", bars),
        _ if own("--web") => run_web(&rest),
        _ => run_native(&rest),
    }
}

fn run_native(options: &[String]) -> Result<()> {
    let mut bench = cargo("run --quiet --release --package boltzflow-cli -- bench");
    step::run("measure the native program", bench.args(options))
}

fn run_web(options: &[String]) -> Result<()> {
    in_browser("tests/bench/web.mjs", options)
}

/// Runs a script that finds the page at `BOLTZFLOW_PAGE` and a browser at `CHROMIUM`.
fn in_browser(script: &str, options: &[String]) -> Result<()> {
    setup::node_packages()?;
    let chromium = Chromium::require()?;
    modules::build()?;
    let server = Server::bind(None)?;
    let address = server.address();
    server.start();
    page::run(&["--no-build".into()])?;
    let mut node = setup::node()?;
    node.arg(script).args(options);
    node.env("BOLTZFLOW_PUBLISHED", page::folder())
        .env("BOLTZFLOW_PAGE", address)
        .env("CHROMIUM", &chromium.browser);
    step::run("measure in Chromium", &mut node)
}
