//! The page's two wasm modules and their one JavaScript glue file: compiled, bound, optimised, put into `www/pkg`.

use crate::setup;
use crate::step::{self, cargo_wasm, root, target_dir};
use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// One build of the same source for engines of one kind.
struct Flavour {
    name: &'static str,
    target_features: &'static str,
}

/// Node 20 and older browsers take the first; the second is faster and bit-identical to native code with FMA.
const FLAVOURS: [Flavour; 2] = [
    Flavour { name: "simd", target_features: "+simd128" },
    Flavour { name: "relaxed", target_features: "+simd128,+relaxed-simd" },
];

/// Builds both modules and copies them with their glue into `www/pkg`.
pub(crate) fn build() -> Result<()> {
    setup::rust_targets(&[setup::WASM])?;
    setup::node_packages()?;
    step::run_together("compile the modules", FLAVOURS.iter().map(Flavour::cargo))?;
    let mut stale = Vec::new();
    for flavour in &FLAVOURS {
        let compiled = read(&flavour.dir().join(setup::WASM).join("wasm/boltzflow_web.wasm"))?;
        // Everything the finished module depends on; equal content needs no second run of the slow optimiser.
        let inputs = [
            &compiled[..],
            &read(&root().join("package-lock.json"))?,
            include_bytes!("modules.rs"),
        ]
        .concat();
        if fs::read(flavour.dir().join("inputs")).is_ok_and(|previous| previous == inputs) {
            continue;
        }
        flavour.bind(compiled)?;
        stale.push((flavour, inputs));
    }
    if !stale.is_empty() {
        let optimisers =
            stale.iter().map(|(flavour, _)| flavour.wasm_opt()).collect::<Result<Vec<_>>>()?;
        step::run_together("optimise the modules", optimisers)?;
    }
    for (flavour, inputs) in stale {
        write(&flavour.dir().join("inputs"), &inputs)?;
    }
    publish()
}

impl Flavour {
    /// A target folder of its own: cargo gives both results the same name, and so can build them side by side.
    fn dir(&self) -> PathBuf {
        target_dir().join("xtask").join(self.name)
    }

    fn cargo(&self) -> Command {
        let mut build = cargo_wasm(&format!(
            "build --package boltzflow-web --profile wasm --target {}",
            setup::WASM
        ));
        build.arg("--target-dir").arg(self.dir());
        if self.name != FLAVOURS[0].name {
            build.arg("--quiet"); // one report of progress is enough
        }
        let flags = format!("-Ctarget-feature={}", self.target_features);
        build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
        build
    }

    fn bind(&self, compiled: Vec<u8>) -> Result<()> {
        step::timed(&format!("write the bindings of the {} module", self.name), || {
            Bindgen::new()
                .input_bytes("glue", compiled)
                .web(true)?
                .typescript(true)
                .omit_default_module_path(true)
                .remove_name_section(true)
                .remove_producers_section(true)
                .generate(self.dir())
                .map_err(|error| {
                    anyhow!("wasm-bindgen refused the {} module: {error:#}", self.name)
                })
        })
    }

    /// The optimiser reads the features it may use from the module: with `--all-features` it writes encodings
    /// that browsers refuse.
    fn wasm_opt(&self) -> Result<Command> {
        let mut optimise = setup::node()?;
        optimise.args(["node_modules/binaryen/bin/wasm-opt", "-O3"]);
        optimise
            .arg(self.dir().join("glue_bg.wasm"))
            .arg("-o")
            .arg(self.dir().join("optimised.wasm"));
        Ok(optimise)
    }
}

/// Copies the modules and the glue they share into the page.
fn publish() -> Result<()> {
    let pkg = root().join("www/pkg");
    fs::create_dir_all(&pkg).context("cannot create www/pkg")?;
    for name in ["glue.js", "glue.d.ts"] {
        let [simd, relaxed] = FLAVOURS.each_ref().map(|flavour| read(&flavour.dir().join(name)));
        let content = simd?;
        ensure!(
            content == relaxed?,
            "{name} differs between the two modules, so they cannot share it"
        );
        write(&pkg.join(name), &content)?;
    }
    for flavour in &FLAVOURS {
        let module = read(&flavour.dir().join("optimised.wasm"))?;
        write(&pkg.join(format!("{}.wasm", flavour.name)), &module)?;
        println!("  www/pkg/{}.wasm {} bytes", flavour.name, module.len());
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
