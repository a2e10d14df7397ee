//! The wasm modules and their JavaScript glue: compiled, bound, put into `www/pkg` or the npm package. The engine comes in two flavours with one glue file; the
//! page's charts are a module of their own, which is fetched when training has begun.
//!
//! No optimiser runs after the compiler: binaryen's makes a module smaller, but what is downloaded, which is compressed,
//! 4 % larger, and training no faster.

use crate::setup;
use crate::step::{self, cargo_wasm, root, target_dir};
use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// One build of one package.
struct Module {
    name: &'static str,
    package: &'static str,
    glue: &'static str,
    target_features: &'static str,
}

/// The engine, for browsers of two kinds: Node 20 and older browsers take the first; the second is faster and bit-identical to native code with FMA.
const FLAVOURS: [Module; 2] = [
    Module { name: "simd", package: "boltzflow-web", glue: "glue", target_features: "+simd128" },
    Module {
        name: "relaxed",
        package: "boltzflow-web",
        glue: "glue",
        target_features: "+simd128,+relaxed-simd",
    },
];

const CHARTS: Module =
    Module { name: "charts", package: "boltzflow-charts", glue: "charts", target_features: "" };

/// Builds the page's modules and copies them with their glue into `www/pkg`.
pub(crate) fn build() -> Result<()> {
    let pkg = root().join("www/pkg");
    compile(FLAVOURS.iter().chain([&CHARTS]), "")?;
    engine_to(&pkg)?;
    let glue = read(&CHARTS.dir().join("charts.js"))?;
    write(&pkg.join("charts.js"), &without_comments(&glue)?)?;
    CHARTS.copy_to(&pkg)
}

/// Builds the engine's modules with the classes of the npm package and copies them with their glue into `pkg`.
pub(crate) fn build_package(pkg: &Path) -> Result<()> {
    compile(&FLAVOURS, "--no-default-features --features package")?;
    engine_to(pkg)
}

fn compile(
    modules: impl IntoIterator<Item = &'static Module> + Clone,
    options: &str,
) -> Result<()> {
    setup::rust_targets(&[setup::WASM])?;
    let commands = modules.clone().into_iter().map(|module| module.cargo(options));
    step::run_together("compile the modules", commands)?;
    modules.into_iter().try_for_each(Module::bind)
}

impl Module {
    /// A target folder of its own: cargo gives both flavours the same name, and so can build all side by side.
    fn dir(&self) -> PathBuf {
        target_dir().join("xtask").join(self.name)
    }

    fn cargo(&self, options: &str) -> Command {
        let mut build = cargo_wasm(&format!(
            "build --package {} {options} --profile wasm --target {}",
            self.package,
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

    fn bind(&self) -> Result<()> {
        let name = format!("wasm/{}.wasm", self.package.replace('-', "_"));
        let compiled = read(&self.dir().join(setup::WASM).join(name))?;
        step::timed(&format!("write the bindings of the {} module", self.name), || {
            Bindgen::new()
                .input_bytes(self.glue, compiled)
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

    fn copy_to(&self, pkg: &Path) -> Result<()> {
        let content = read(&self.dir().join(format!("{}_bg.wasm", self.glue)))?;
        println!("  {}.wasm {} bytes", self.name, content.len());
        write(&pkg.join(format!("{}.wasm", self.name)), &content)
    }
}

/// Copies the engine's modules and the glue that they share.
fn engine_to(pkg: &Path) -> Result<()> {
    fs::create_dir_all(pkg).with_context(|| format!("cannot create {}", pkg.display()))?;
    for name in ["glue.js", "glue.d.ts"] {
        let [simd, relaxed] = FLAVOURS.each_ref().map(|flavour| read(&flavour.dir().join(name)));
        let content = simd?;
        ensure!(
            content == relaxed?,
            "{name} differs between the two modules, so they cannot share it"
        );
        let content = if name == "glue.js" { without_comments(&content)? } else { content };
        write(&pkg.join(name), &content)?;
    }
    FLAVOURS.iter().try_for_each(|flavour| flavour.copy_to(pkg))
}

/// A script without the comments that have lines of their own: a third of what the glue would add to the download. The repository keeps them, and typings the glue's.
pub(crate) fn without_comments(script: &[u8]) -> Result<Vec<u8>> {
    let text = str::from_utf8(script).context("a script is not a text")?;
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines() {
        let start = line.trim_start();
        // A comment with code behind it, as the types of a value, stays.
        let has_code = start.split_once("*/").is_some_and(|(_, rest)| !rest.trim().is_empty());
        inside |= start.starts_with("/**") && !has_code;
        if !inside && !start.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= !line.ends_with("*/");
    }
    ensure!(!inside, "a comment of a script does not end at the end of a line");
    Ok(kept.into_bytes())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_code_stays() {
        let script = "let a = 2 * 3; /* short */\n/**\n * Words.\n * @returns {number}\n */\n// Why.\nfunction b() {\n    /** One line. */\n    return a;\n}\n/** @type {any} */ (b)();\n";
        let expected = "let a = 2 * 3; /* short */\nfunction b() {\n    return a;\n}\n/** @type {any} */ (b)();\n";
        assert_eq!(without_comments(script.as_bytes()).unwrap(), expected.as_bytes());
        assert!(without_comments(b"/** open\n").is_err());
    }
}
