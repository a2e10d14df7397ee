//! The page's two wasm modules and their one JavaScript glue file: compiled, bound, put into `www/pkg`.
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
    step::run_together("compile the modules", FLAVOURS.iter().map(Flavour::cargo))?;
    for flavour in &FLAVOURS {
        let compiled = flavour.dir().join(setup::WASM).join("wasm/boltzflow_web.wasm");
        flavour.bind(read(&compiled)?)?;
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
        let content = if name == "glue.js" { without_comments(&content)? } else { content };
        write(&pkg.join(name), &content)?;
    }
    for flavour in &FLAVOURS {
        let module = read(&flavour.dir().join("glue_bg.wasm"))?;
        write(&pkg.join(format!("{}.wasm", flavour.name)), &module)?;
        println!("  www/pkg/{}.wasm {} bytes", flavour.name, module.len());
    }
    Ok(())
}

/// The glue without its documentation, a third of what it would add to the download; the typings keep it.
fn without_comments(script: &[u8]) -> Result<Vec<u8>> {
    let text = str::from_utf8(script).context("glue.js is not a text")?;
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines() {
        let start = line.trim_start();
        inside |= start.starts_with("/**");
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= !line.ends_with("*/");
    }
    ensure!(!inside, "a comment of glue.js does not end at the end of a line");
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
        let script = "let a = 2 * 3; /* short */\n/**\n * Words.\n * @returns {number}\n */\nfunction b() {\n    /** One line. */\n    return a;\n}\n";
        let expected = "let a = 2 * 3; /* short */\nfunction b() {\n    return a;\n}\n";
        assert_eq!(without_comments(script.as_bytes()).unwrap(), expected.as_bytes());
        assert!(without_comments(b"/** open\n").is_err());
    }
}
