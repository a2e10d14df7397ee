//! The structure that ARCHITECTURE.md describes, read from the sources themselves.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use boltzflow_tests::source::{
    Crate, Graph, circles, files, mentions, read, root, script_modules, tokens,
};

/// Rooms of the core and their floors; an arrow may only point down. The lowest is a crate of its own.
const FLOORS: &[(&str, usize)] = &[
    ("num", 0),
    ("nn", 1),
    ("optim", 1),
    ("setting", 1),
    ("potential", 2),
    ("system", 3),
    ("flow", 4),
    ("prior", 4),
    ("objective", 5),
    ("sampler", 5),
    ("stats", 5),
    ("generator", 6),
    ("train", 7),
    ("ensemble", 7),
    ("preset", 8),
    ("explore", 8),
    ("bootstrap", 8),
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The module of a file of a crate, as names from its root.
fn module(path: &Path, source: &Path) -> Vec<String> {
    let inside = path.strip_prefix(source).unwrap().with_extension("");
    let mut names: Vec<String> =
        inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        names.pop();
    }
    names
}

/// Arrows of the core that do not point down.
fn upward_arrows(source: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(source, &["rs"]) {
        let own = module(&path, source);
        let Some(from) = own.first() else { continue };
        let Some(height) = floor(from) else {
            found.push(format!("{from} has no floor"));
            continue;
        };
        let used: BTreeSet<String> = mentions(&read(&path), &own)
            .into_iter()
            .filter_map(|names| names.into_iter().next())
            .filter(|room| room != from)
            .collect();
        for to in used {
            let Some(target) = floor(&to) else { continue };
            if target >= height {
                found.push(format!("{}: {from} may not use {to}", path.display()));
            } else if from == "stats" && to != "num" {
                found.push(format!(
                    "{}: stats takes log-weights, it may not use {to}",
                    path.display()
                ));
            }
        }
    }
    found
}

#[test]
fn arrows_between_floors_point_down() {
    let found = upward_arrows(&root().join("core/src"));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Circles of modules in a crate: at every level, which part of a module uses which other part of it.
fn circles_in_crate(source: &Path) -> Vec<String> {
    let graphs = Crate::read(source).graphs();
    let named = |(room, graph): (&String, &Graph)| {
        let place = if room.is_empty() { "the crate" } else { room }.to_string();
        circles(graph).into_iter().map(move |circle| format!("{place}: {circle}")).collect()
    };
    graphs.iter().flat_map(|graph| -> Vec<String> { named(graph) }).collect()
}

#[test]
fn no_crate_has_a_circle_of_modules() {
    let mut found = Vec::new();
    for source in files(&root(), &["toml"]).iter().filter_map(|path| {
        let source = path.with_file_name("src");
        (path.file_name()? == "Cargo.toml" && source.is_dir()).then_some(source)
    }) {
        let of = |circle| format!("{}: {circle}", source.strip_prefix(root()).unwrap().display());
        found.extend(circles_in_crate(&source).into_iter().map(of));
    }
    assert!(found.is_empty(), "circles of modules:\n{}", found.join("\n"));
}

/// The page, the npm package, and what drives a browser in tests.
const SCRIPTS: [&str; 4] = ["www", "web/npm", "tests/page", "tests/package"];

#[test]
fn no_script_has_a_circle_of_imports() {
    let found = circles(&script_modules(&root(), &SCRIPTS, false));
    assert!(found.is_empty(), "circles of imports:\n{}", found.join("\n"));
}

/// A module that is fetched later and knows who fetched it is as entangled as one that is fetched at once; it only starts faster.
#[test]
fn what_is_fetched_later_does_not_lead_back() {
    let found = circles(&script_modules(&root(), &SCRIPTS, true));
    assert!(found.is_empty(), "circles through import():\n{}", found.join("\n"));
}

/// A folder with these files, which goes with the value.
struct Planted(PathBuf);

impl Planted {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("boltzflow-floors-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_planted_upward_arrow_is_found() {
    let planted = Planted::new(
        "arrow",
        &[
            ("nn/mod.rs", "use crate::num::{Error,\n    Real};\nuse crate::{num::Tape, optim};"),
            ("stats.rs", "fn f() { crate::potential::build() } // crate::train is a comment"),
            ("train/stage.rs", "use crate::{loss, flow::{self, Flow}};"),
            ("lib.rs", "pub mod nn;"),
        ],
    );
    let found = upward_arrows(&planted.0);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].ends_with("nn may not use optim"), "{found:?}");
    assert!(found[1].ends_with("it may not use potential"), "{found:?}");
}

#[test]
fn a_planted_circle_of_modules_is_found() {
    // Through a name that the parent passes on, through braces, and one level down; a part that uses its own parent is none.
    let planted = Planted::new(
        "rust",
        &[
            ("lib.rs", "mod a; mod b; mod c;\npub use b::{B};"),
            ("a.rs", "use crate::{c::C, B};"),
            ("b.rs", "use super::a::A;\n#[cfg(test)]\nmod tests { use crate::c::C; }"),
            ("c/mod.rs", "mod d; mod e; pub(crate) use e::*; struct C;"),
            ("c/d.rs", "use super::{C, E};"),
            ("c/e.rs", "pub struct E;\nfn f() { super::d::g() }"),
        ],
    );
    assert_eq!(circles_in_crate(&planted.0), ["the crate: a → b → a", "c: d → e → d"]);
}

#[test]
fn a_planted_circle_of_imports_is_found() {
    let planted = Planted::new(
        "script",
        &[
            ("www/a.js", "import { b } from './src/b.js';\n// import './src/c.js'"),
            ("www/src/b.js", "import '../a.js';\nconst later = () => import('./c.js');"),
            ("www/src/c.js", "export { d } from './d.js';"),
            ("www/src/d.js", "const later = () => import('./c.js');"),
        ],
    );
    let found = |dynamic| circles(&script_modules(&planted.0, &["www"], dynamic));
    assert_eq!(found(false), ["www/a.js → www/src/b.js → www/a.js"]);
    assert_eq!(found(true).len(), 2);
}

#[test]
fn fronts_do_not_know_each_other() {
    for (front, others) in
        [("native", ["boltzflow_web", "xtask"]), ("web", ["boltzflow_cli", "xtask"])]
    {
        for path in files(&root().join(front).join("src"), &["rs"]) {
            let text = fs::read_to_string(&path).unwrap();
            for other in others {
                assert!(!text.contains(&format!("{other}::")), "{} uses {other}", path.display());
            }
        }
    }
}

/// The crate of models stands above the core and below the fronts.
#[test]
fn the_core_does_not_know_models_and_these_no_front() {
    for (folder, above) in [
        ("core/src", ["boltzflow_model", "std::fs"]),
        ("core/num/src", ["boltzflow_model", "std::fs"]),
        ("core/model/src", ["js_sys", "std::thread"]),
        ("core/molecule/src", ["boltzflow_model", "std::fs"]),
    ] {
        for path in files(&root().join(folder), &["rs"]) {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for other in above.iter().copied().chain(["boltzflow_cli", "boltzflow_web"]) {
                assert!(!code.contains(other), "{} uses {other}", path.display());
            }
        }
    }
}

/// Every file that implements a registered trait has its line in the registry.
#[test]
fn every_implementation_is_registered() {
    for (folder, implementation, registry) in [
        ("system/registry", "ENTRY: SystemEntry", "systems! {"),
        ("preset/presets", "PRESET: Preset", "presets! {"),
        ("flow", " Bijector<T> for ", "bijectors! {"),
        ("objective", " Loss for ", "objectives! {"),
        ("sampler", " Kernel for ", "kernels! {"),
        ("sampler", ": LadderEntry = ", "ladders! {"),
    ] {
        let folder = root().join("core/src").join(folder);
        let text = fs::read_to_string(folder.join("mod.rs")).unwrap();
        let lines = text.split(registry).nth(1).unwrap().split('}').next().unwrap();
        let mut implemented = 0;
        for path in files(&folder, &["rs"]) {
            let text = fs::read_to_string(&path).unwrap();
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            if !code.any(|line| line.contains(implementation)) {
                continue;
            }
            let inside = path.strip_prefix(&folder).unwrap();
            let name = inside.components().next().unwrap().as_os_str().to_string_lossy();
            let name = name.trim_end_matches(".rs");
            implemented += 1;
            let registered = lines.lines().any(|l| l.trim().trim_end_matches(',') == name);
            assert!(registered, "{} has no line in {registry} … }}", path.display());
        }
        assert!(implemented > 0, "nothing in {} implements{implementation}", folder.display());
    }
}

#[test]
fn unsafe_stays_in_the_kernel_room() {
    let kernel = root().join("core/num/src/kernel");
    for path in files(&root(), &["rs"]).iter().filter(|path| !path.starts_with(&kernel)) {
        let text = read(path);
        let found = tokens(&text).into_iter().find(|token| token.is("unsafe"));
        let line = found.map_or(0, |token| token.line);
        assert!(found.is_none(), "{}:{line} has unsafe code", path.display());
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for path in files(&root(), &["rs", "js", "mjs", "css"]) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
}

/// ARCHITECTURE.md has a paragraph for each room, and what it names in `code` exists.
#[test]
fn the_architecture_text_is_true() {
    let root = root();
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let paths: BTreeSet<&str> =
        text.split('`').skip(1).step_by(2).filter(|p| p.contains('/')).collect();
    for path in paths.iter().filter(|p| !p.contains(' ') && !p.contains('<')) {
        assert!(root.join(path).exists(), "ARCHITECTURE.md names {path}, which does not exist");
    }
    let mut rooms: Vec<String> =
        ["core/model/", "core/molecule/", "native/", "web/", "www/", "tests/", "xtask/", "docs/"]
            .map(String::from)
            .into();
    rooms.extend(FLOORS.iter().map(|(room, _)| {
        let folder = root.join("core/src").join(room);
        match *room {
            "num" => "core/num/src/".into(),
            _ => format!("core/src/{room}{}", if folder.is_dir() { "/" } else { ".rs" }),
        }
    }));
    for room in rooms {
        assert!(
            text.contains(&format!("`{room}`")),
            "ARCHITECTURE.md has no paragraph on `{room}`"
        );
    }
}
