//! The wasm modules and their JavaScript glue: compiled, bound, put into `www/pkg` or the npm package. The engine comes in two flavours with one glue file, and
//! so does what some views need of it, a module of its own that is fetched when it is needed; so are models as files, and the page's charts, which
//! are fetched when training has begun.
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
#[derive(Clone, Copy)]
struct Module {
    /// Of the file, without its ending.
    name: &'static str,
    /// Where it is built: what is built there later finds the libraries of what was built before.
    folder: &'static str,
    package: &'static str,
    glue: &'static str,
    target_features: &'static str,
    /// Features of the package, where they are not its default.
    features: Option<&'static str>,
}

const SIMD: Module = Module {
    name: "simd",
    folder: "simd",
    package: "boltzflow-web",
    glue: "glue",
    target_features: "+simd128",
    features: Some("page"),
};
const RELAXED: Module = Module {
    name: "relaxed",
    folder: "relaxed",
    target_features: "+simd128,+relaxed-simd",
    ..SIMD
};

/// The engine, for browsers of two kinds: Node 20 and older browsers take the first; the second is faster and bit-identical to native code with FMA.
const FLAVOURS: [Module; 2] = [SIMD, RELAXED];

/// What views and files need of it.
const VIEWS: [Module; 2] = [
    Module { name: "views-simd", glue: "views", features: Some("views"), ..SIMD },
    Module { name: "views-relaxed", glue: "views", features: Some("views"), ..RELAXED },
];

/// Models as files: nothing in it needs speed.
const FILES: Module = Module { name: "files", glue: "files", features: Some("files"), ..SIMD };

/// The engine of the npm package.
const PACKAGE: [Module; 2] =
    [Module { features: Some("package"), ..SIMD }, Module { features: Some("package"), ..RELAXED }];

const CHARTS: Module = Module {
    name: "charts",
    folder: "charts",
    package: "boltzflow-charts",
    glue: "charts",
    target_features: "",
    features: None,
};

/// Builds the page's modules and copies them with their glue into `www/pkg`.
pub(crate) fn build() -> Result<()> {
    let pkg = root().join("www/pkg");
    let [simd, relaxed] = FLAVOURS;
    compile(&[simd, relaxed, CHARTS])?;
    // In the folders of the engine, whose libraries it shares.
    compile(&VIEWS)?;
    compile(&[FILES])?;
    engine_to(&FLAVOURS, &pkg)?;
    engine_to(&VIEWS, &pkg)?;
    [FILES, CHARTS].iter().try_for_each(|module| module.to(&pkg))
}

/// Builds the engine's modules with the classes of the npm package and copies them with their glue into `pkg`.
pub(crate) fn build_package(pkg: &Path) -> Result<()> {
    compile(&PACKAGE)?;
    compile(&[FILES])?;
    engine_to(&PACKAGE, pkg)?;
    FILES.to(pkg)
}

fn compile(modules: &[Module]) -> Result<()> {
    setup::rust_targets(&[setup::WASM])?;
    step::run_together("compile the modules", modules.iter().map(Module::cargo))?;
    modules.iter().try_for_each(Module::bind)
}

impl Module {
    /// A target folder of its own: cargo gives both flavours the same name, and so can build all side by side.
    fn dir(&self) -> PathBuf {
        target_dir().join("xtask").join(self.folder)
    }

    fn cargo(&self) -> Command {
        let options = self
            .features
            .map_or(String::new(), |list| format!("--no-default-features --features {list}"));
        let mut build = cargo_wasm(&format!(
            "build --package {} {options} --profile wasm --target {}",
            self.package,
            setup::WASM
        ));
        build.arg("--target-dir").arg(self.dir());
        if self.folder != SIMD.folder {
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

    /// Copies the module with its glue, which no other module shares.
    fn to(&self, pkg: &Path) -> Result<()> {
        let [glue, typings] = ["js", "d.ts"].map(|ending| format!("{}.{ending}", self.glue));
        write(&pkg.join(&glue), &without_comments(&read(&self.dir().join(&glue))?)?)?;
        write(&pkg.join(&typings), &read(&self.dir().join(&typings))?)?;
        self.copy_to(pkg)
    }

    fn copy_to(&self, pkg: &Path) -> Result<()> {
        let content = read(&self.dir().join(format!("{}_bg.wasm", self.glue)))?;
        println!("  {}.wasm {} bytes", self.name, content.len());
        write(&pkg.join(format!("{}.wasm", self.name)), &content)
    }
}

/// Copies the two flavours of a module and the glue that they share.
fn engine_to(flavours: &[Module; 2], pkg: &Path) -> Result<()> {
    fs::create_dir_all(pkg).with_context(|| format!("cannot create {}", pkg.display()))?;
    for (ending, is_script) in [("js", true), ("d.ts", false)] {
        let name = format!("{}.{ending}", flavours[0].glue);
        let [simd, relaxed] = flavours.each_ref().map(|flavour| read(&flavour.dir().join(&name)));
        let content = simd?;
        ensure!(
            content == relaxed?,
            "{name} differs between the two modules, so they cannot share it"
        );
        let content = if is_script { without_comments(&content)? } else { content };
        write(&pkg.join(&name), &content)?;
    }
    flavours.iter().try_for_each(|flavour| flavour.copy_to(pkg))
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
