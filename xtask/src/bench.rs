//! `cargo xtask bench`: how fast training and sampling are, natively or as the page runs them.

use crate::chromium::Chromium;
use crate::modules;
use crate::server::Server;
use crate::setup;
use crate::step::{self, cargo};
use anyhow::Result;

/// With `--web` the wasm modules in Node and Chromium, else the native program's `bench`; other options are theirs.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let (web, options): (Vec<_>, Vec<_>) = options.iter().partition(|option| *option == "--web");
    if web.is_empty() {
        let mut bench = cargo("run --quiet --release --package boltzflow-cli -- bench");
        return step::run("measure the native program", bench.args(options));
    }
    let chromium = Chromium::require()?;
    modules::build()?;
    let server = Server::bind(None)?;
    let address = server.address();
    server.start();
    let mut node = setup::node()?;
    node.arg("tests/bench/web.mjs").args(options);
    node.env("BOLTZFLOW_PAGE", address).env("CHROMIUM", &chromium.browser);
    step::run("measure the wasm modules", &mut node)
}
