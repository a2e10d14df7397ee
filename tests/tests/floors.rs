//! The structure that ARCHITECTURE.md describes, read from the sources themselves.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All files below a folder with one of the extensions, sorted.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules", "pkg", ".git"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if extensions.iter().any(|e| name.ends_with(&format!(".{e}"))) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The room of a file of the core: its first folder, or its own name.
fn room(path: &Path, source: &Path) -> String {
    let first = path.strip_prefix(source).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_string()
}

/// Rooms that a source text names in `crate::…`, documentation links left out.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let names = rest.strip_prefix('{').map_or(rest, |inside| inside);
            let name: String =
                names.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            used.insert(name);
        }
    }
    used
}

#[test]
fn arrows_between_floors_point_down() {
    let source = root().join("core/src");
    for path in files(&source, &["rs"]) {
        let from = room(&path, &source);
        if from == "lib" {
            continue;
        }
        let height = floor(&from).unwrap_or_else(|| panic!("{from} has no floor"));
        for to in rooms_used(&fs::read_to_string(&path).unwrap()) {
            let Some(target) = floor(&to) else { continue };
            if to == from {
                continue;
            }
            assert!(target < height, "{}: {from} may not use {to}", path.display());
            assert!(
                from != "stats" || to == "num",
                "{}: stats takes log-weights, it may not use {to}",
                path.display()
            );
        }
    }
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
            if !fs::read_to_string(&path).unwrap().contains(implementation) {
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
    for path in files(&root(), &["rs"]) {
        if path.starts_with(&kernel) || path.ends_with("floors.rs") {
            continue;
        }
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap();
            assert!(
                !code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "unsafe"),
                "{}:{} has unsafe code",
                path.display(),
                number + 1
            );
        }
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
        ["core/model/", "native/", "web/", "www/", "tests/", "xtask/"].map(String::from).into();
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
