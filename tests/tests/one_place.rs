//! One place for one thing: a potential, layer, objective, sampler, preset, setting and panel are each added to a copy of the
//! workspace by one new file and one line. The copy builds, contract tests pass with them, menus and help list them.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use boltzflow_tests::source::root;

/// Something new: one file and one line.
struct Addition {
    kind: &'static str,
    /// Its file in `tests/templates`, and where it goes.
    template: &'static str,
    to: &'static str,
    /// The registry, what its list begins with, and the line that is put behind that.
    registry: &'static str,
    list: &'static str,
    line: &'static str,
}

const ADDITIONS: [Addition; 7] = [
    Addition {
        kind: "potential",
        template: "potential.rs",
        to: "core/src/system/registry/planted.rs",
        registry: "core/src/system/registry/mod.rs",
        list: "systems! {",
        line: "    planted,",
    },
    Addition {
        kind: "layer",
        template: "layer.rs",
        to: "core/src/flow/planted_layer.rs",
        registry: "core/src/flow/mod.rs",
        list: "\nbijectors! {",
        line: "    planted_layer,",
    },
    Addition {
        kind: "objective",
        template: "objective.rs",
        to: "core/src/objective/planted.rs",
        registry: "core/src/objective/mod.rs",
        list: "\nobjectives! {",
        line: "    planted,",
    },
    Addition {
        kind: "sampler",
        template: "sampler.rs",
        to: "core/src/sampler/planted.rs",
        registry: "core/src/sampler/mod.rs",
        list: "\nkernels! {",
        line: "    planted,",
    },
    Addition {
        kind: "preset",
        template: "preset.rs",
        to: "core/src/preset/presets/planted.rs",
        registry: "core/src/preset/presets/mod.rs",
        list: "\npresets! {",
        line: "    planted,",
    },
    Addition {
        kind: "setting",
        template: "setting.rs",
        to: "core/src/preset/schema/planted.rs",
        registry: "core/src/preset/schema/mod.rs",
        list: "\ngroups! {",
        line: "    planted,",
    },
    Addition {
        kind: "panel",
        template: "panel.js",
        to: "www/src/panels/planted.js",
        registry: "www/src/panels/index.js",
        list: "export const panels = [",
        line: "  { id: 'planted', title: 'Planted', column: 'map', load: () => import('./planted.js') },",
    },
];

/// What help and menus must show of them: the arguments of the program, and words of its answer.
const LISTED: [(&[&str], &[&str]); 4] = [
    (&["systems"], &["planted-system", "coefficient of the quartic"]),
    (&["presets"], &["planted-preset"]),
    (&["train", "--help-settings"], &["planted_average", "w_planted", "planted shift"]),
    (&["simulate", "--help-settings"], &["planted-walk"]),
];

/// Parts of the contract tests that do not go over what was planted, and so need not be asked again.
const ABOUT_THE_OTHERS: [&str; 7] = [
    "network::",
    "values::",
    "exact::",
    "reference::",
    "relabelling::",
    "instruction_sets::",
    "ladder::",
];

/// The copied workspace. It stays where it is, so that the next run builds only what has changed.
fn copy() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let to = root().join(target).join("one-place");
    for folder in ["core", "native", "tests", "web", "www", "xtask"] {
        mirror(&root().join(folder), &to.join(folder));
    }
    for file in ["Cargo.toml", "Cargo.lock", "README.md", "rust-toolchain.toml", "package.json"] {
        place(&fs::read(root().join(file)).unwrap(), &to.join(file));
    }
    mirror(&root().join("docs"), &to.join("docs"));
    to
}

/// Makes a folder the same as another one; what has not changed keeps its time.
fn mirror(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let skipped =
        |name: &std::ffi::OsStr| ["target", "node_modules", "pkg"].iter().any(|s| name == *s);
    for entry in fs::read_dir(to).unwrap().map(Result::unwrap) {
        if !from.join(entry.file_name()).exists() {
            let gone = entry.path();
            if gone.is_dir() { fs::remove_dir_all(gone) } else { fs::remove_file(gone) }.unwrap();
        }
    }
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, there) = (entry.path(), to.join(entry.file_name()));
        if skipped(&entry.file_name()) {
            continue;
        }
        if source.is_dir() {
            mirror(&source, &there);
        } else {
            place(&fs::read(source).unwrap(), &there);
        }
    }
}

fn place(content: &[u8], to: &Path) {
    if fs::read(to).ok().as_deref() != Some(content) {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, content).unwrap();
    }
}

/// A command of cargo in the copy, with the dependencies that are built already and little optimisation of the rest.
fn cargo(copy: &Path, arguments: &str) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    cargo.current_dir(copy).env("CARGO_TARGET_DIR", root().join(target));
    cargo.args(arguments.split_whitespace());
    cargo.args(["--offline", "--config", "profile.dev.debug=0"]);
    for (package, level) in [
        ("boltzflow", 2),
        ("boltzflow-num", 2),
        ("boltzflow-model", 1),
        ("boltzflow-molecule", 1),
        ("boltzflow-tests", 1),
    ] {
        cargo.args(["--config", &format!("profile.dev.package.{package}.opt-level={level}")]);
    }
    cargo
}

/// Runs a command that must succeed; what it printed.
fn succeed(mut command: Command, what: &str) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{what}: {}\n{error}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn each_is_one_file_and_one_line() {
    let copy = copy();
    for addition in &ADDITIONS {
        let template = fs::read(root().join("tests/templates").join(addition.template)).unwrap();
        assert!(!copy.join(addition.to).exists(), "{} is there already", addition.to);
        place(&template, &copy.join(addition.to));
        let registry = fs::read_to_string(copy.join(addition.registry)).unwrap();
        let (before, after) = registry.split_once(addition.list).unwrap_or_else(|| {
            panic!("{}: {} has no `{}`", addition.kind, addition.registry, addition.list.trim())
        });
        let grown = format!("{before}{}\n{}{after}", addition.list, addition.line);
        fs::write(copy.join(addition.registry), grown).unwrap();
    }
    // Its program is built beside the real one.
    let manifest = fs::read_to_string(copy.join("native/Cargo.toml")).unwrap();
    let named = manifest.replace("[[bin]]\nname = \"boltzflow\"", "[[bin]]\nname = \"planted\"");
    assert_ne!(manifest, named);
    place(named.as_bytes(), &copy.join("native/Cargo.toml"));
    let registered = fs::read(root().join("tests/templates/registered.rs")).unwrap();
    place(&registered, &copy.join("tests/tests/registered.rs"));

    // Contract tests go over the registries: those of the copy hold what was planted.
    let skips = ABOUT_THE_OTHERS.map(|name| format!("--skip {name}")).join(" ");
    let mut command = cargo(&copy, "test -p boltzflow-tests --test registered --test contract");
    command.arg("--").args(skips.split_whitespace());
    succeed(command, "contract tests of the copy");

    for (arguments, words) in LISTED {
        // Options of cargo go before those of the program.
        let mut command = cargo(&copy, "run --quiet -p boltzflow-cli");
        command.arg("--").args(arguments);
        let told = succeed(command, &arguments.join(" "));
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            let asked = arguments.join(" ");
            assert!(flat.contains(word), "`boltzflow {asked}` does not list {word}");
        }
    }

    // The page makes its panels from the list, and a panel is a module with these functions.
    let script = "globalThis.matchMedia = () => ({ matches: false, addEventListener() {} }); const { panels } = await import('./www/src/panels/index.js'); const panel = panels.find(({ id }) => id === 'planted'); \
        const module = await panel.load(); if (!module.mount || !module.update || !module.describe) process.exit(1);";
    let mut node = Command::new("node");
    node.current_dir(&copy).args(["--input-type=module", "-e", script]);
    succeed(node, "the panel of the copy");
}
