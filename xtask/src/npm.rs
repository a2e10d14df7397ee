//! `cargo xtask npm`: the npm package, as a folder and packed.

use crate::modules;
use crate::setup::{self, npm};
use crate::step::{self, root, target_dir};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// Files of the page that the package shares, at the same places.
const SHARED: [&str; 5] =
    ["engine.js", "src/files.js", "src/helper.js", "src/helping.js", "src/pool.js"];
/// Files of the repository that belong to every package.
const COMMON: [&str; 3] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
/// What stands for the version in package.json.
const VERSION: &str = "\"version\": \"0.0.0\"";

/// Builds the modules, unless told not to, puts the package together and packs it; the packed file.
pub(crate) fn run(args: &[String]) -> Result<PathBuf> {
    let build = match args {
        [] => true,
        [option] if option == "--no-build" => false,
        [option, ..] => bail!("`npm` does not know `{option}`; known: --no-build"),
    };
    let package = target_dir().join("npm/boltzflow");
    let pkg = package.join("pkg");
    if build {
        if package.exists() {
            fs::remove_dir_all(&package)
                .with_context(|| format!("cannot empty {}", package.display()))?;
        }
        modules::build_package(&pkg)?;
    }
    ensure!(
        pkg.join("glue.js").is_file(),
        "target/npm is empty: leave out `--no-build`, so that the engine is built"
    );
    // The modules' own typings are not part of what the package promises.
    for typings in ["glue.d.ts", "files.d.ts"] {
        let _ = fs::remove_file(pkg.join(typings));
    }
    assemble(&package)?;

    // The interface of the settings, and the table of the README, from the engine's own schema.
    let mut node = setup::node()?;
    node.arg(root().join("web/npm/build/settings.mjs")).arg(&package);
    step::run("write settings.d.ts and the table of options", &mut node)?;
    let mut pack = npm();
    pack.current_dir(target_dir().join("npm")).args(["pack", "./boltzflow", "--loglevel", "warn"]);
    step::run("pack", &mut pack)?;
    let packed = package.with_file_name(format!("boltzflow-{}.tgz", env!("CARGO_PKG_VERSION")));
    println!("\nThe package is in {}, packed as {}", package.display(), packed.display());
    Ok(packed)
}

/// Copies what is written by hand, and what is shared.
fn assemble(package: &Path) -> Result<()> {
    let own = root().join("web/npm");
    for entry in fs::read_dir(&own).context("cannot read web/npm")? {
        let entry = entry.context("cannot read web/npm")?;
        if entry.path().is_file() {
            copy(&entry.path(), &package.join(entry.file_name()))?;
        }
    }
    for file in SHARED {
        copy(&root().join("www").join(file), &package.join(file))?;
    }
    for file in COMMON {
        copy(&root().join(file), &package.join(file))?;
    }
    let manifest = package.join("package.json");
    let text = fs::read_to_string(&manifest).context("cannot read package.json")?;
    ensure!(text.matches(VERSION).count() == 1, "web/npm/package.json must hold `{VERSION}` once");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(&manifest, text.replace(VERSION, &version)).context("cannot write package.json")
}

/// Copies a file; a script without its comments, which the repository and the typings keep.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let cannot = || format!("cannot copy {} to {}", from.display(), to.display());
    let content = fs::read(from).with_context(cannot)?;
    let is_script = from.extension().is_some_and(|extension| extension == "js");
    let content = if is_script { modules::without_comments(&content)? } else { content };
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).and_then(|()| fs::write(to, content)).with_context(cannot)
}
