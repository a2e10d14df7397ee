//! What README.md, the book and the npm package's README show is true: commands of the program run, in the order of each
//! document and in a folder of its own; run and system files are read; tasks, figures and files that are named exist. Rust code is
//! tested by `boltzflow-tests` (`tests/src/documents.rs`), JavaScript by `tests/package/docs.test.mjs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test stops where it fails

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Commands of blocks that are marked `long`: minutes of two cores. They are compared with this list, not run.
const LONG: [&str; 6] = [
    "boltzflow train dimer -o dimer",
    "boltzflow analyze dimer -o dimer/report",
    "boltzflow analyze dimer -T 0.5 -o dimer/cold",
    "boltzflow analyze dimer --set dimer_slope=-0.5 -o dimer/open",
    "boltzflow simulate dimer --method umbrella --runs 4 -o umbrella.npz",
    "boltzflow bootstrap double-well -o rounds --set example_steps=500 --set smc_runs=4 --set smc_step_size=0.2",
];
/// Commands that other tests run, or whose meaning is a whole build.
const ELSEWHERE: [&str; 7] = [
    "cargo demo",
    "cargo test-all",
    "cargo build --release -p boltzflow-cli",
    "cargo run --release -p boltzflow --example ",
    "cargo xtask ",
    "cargo figures",
    "node tests/bench/",
];

/// A block of code in a document.
struct Block {
    /// The first word behind the fence.
    language: String,
    /// Marked as not to be run.
    is_long: bool,
    text: String,
    line: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All documents, by their paths in the repository.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("README.md"), PathBuf::from("web/npm/README.md")];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The fenced blocks of a document.
fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (i, line) in text.lines().enumerate() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            open = !open;
            if open {
                let mut words = info.split([',', ' ']).map(str::to_string);
                let language = words.next().unwrap_or_default();
                let is_long = words.any(|word| word == "long");
                found.push(Block { language, is_long, text: String::new(), line: i + 1 });
            }
        } else if open {
            let block = found.last_mut().unwrap();
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    assert!(!open, "a block of code is not closed");
    found
}

/// A command of the program as it is run here, or `None` for one that is not the program's.
fn command(line: &str) -> Option<String> {
    let line = line.trim().replace("cargo run --release -p boltzflow-cli --", "boltzflow");
    line.starts_with("boltzflow ").then_some(line)
}

/// n × 2 numbers around the wells of the double well, as NumPy stores them.
fn configurations() -> Vec<u8> {
    let rows = 400;
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, 2), }}");
    let padded = format!("{header:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(padded.len()).unwrap().to_le_bytes());
    bytes.extend(padded.as_bytes());
    for i in 0..rows {
        let side = if i % 2 == 0 { -1.77 } else { 1.69 };
        let (a, b) = ((f64::from(i) * 0.37).sin(), (f64::from(i) * 0.53).cos());
        for value in [side + 0.3 * a, 0.8 * b] {
            bytes.extend(value.to_le_bytes());
        }
    }
    bytes
}

/// The name that the first line of a TOML block gives it: `# name.toml`.
fn name_of(block: &Block) -> &str {
    let first = block.text.lines().next().unwrap_or_default();
    let name = first.strip_prefix("# ").filter(|name| name.ends_with(".toml"));
    name.unwrap_or_else(|| {
        panic!("line {}: a file is named on its first line: # name.toml", block.line)
    })
}

#[test]
fn commands_run_and_files_are_read() {
    let program = Path::new(env!("CARGO_BIN_EXE_boltzflow"));
    let mut long = BTreeSet::new();
    for document in documents() {
        let text = read(&document);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("configurations.npy"), configurations()).unwrap();
        for (file, name) in
            [("butane_oplsaa.xml", "system.xml"), ("butane_oplsaa.pdb", "structure.pdb")]
        {
            let from = root().join("tests/reference/molecules/openmm").join(file);
            fs::copy(from, folder.path().join(name)).unwrap();
        }
        // The one file of the repository that commands read.
        let model = Path::new("www/assets/dimer.safetensors");
        let there = folder.path().join(model);
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        fs::copy(root().join(model), there).unwrap();
        let run = |line: &str, at: usize| {
            // The shell reads quotes as a user's would.
            let rest = line.strip_prefix("boltzflow ").unwrap();
            let output = Command::new("sh")
                .args(["-c", &format!("\"$BOLTZFLOW\" {rest}")])
                .env("BOLTZFLOW", program)
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}:{at}: `{line}`\n{}",
                document.display(),
                String::from_utf8_lossy(&output.stderr)
            );
        };
        let all = blocks(&text);
        let commands: String =
            all.iter().filter(|b| b.language == "sh").map(|b| b.text.as_str()).collect();
        for block in &all {
            match block.language.as_str() {
                "toml" => {
                    let name = name_of(block);
                    fs::write(folder.path().join(name), &block.text).unwrap();
                    // A file that no command of the document reads is read here.
                    if !commands.contains(name) {
                        let is_run =
                            ["stages", "preset", "flow"].iter().any(|k| block.text.contains(k));
                        let line = if is_run {
                            format!(
                                "boltzflow train {name} -o read-{name} --set iterations=1 --set example_steps=20"
                            )
                        } else {
                            format!("boltzflow simulate {name} -n 10 -o read-{name}.npz")
                        };
                        run(&line, block.line);
                    }
                }
                "sh" => {
                    for line in block.text.lines().filter(|l| !l.trim().is_empty()) {
                        match command(line) {
                            Some(line) if block.is_long => drop(long.insert(line)),
                            Some(line) => run(&line, block.line),
                            None => assert!(
                                ELSEWHERE.iter().any(|known| line.starts_with(known)),
                                "{}:{}: nothing tests `{line}`",
                                document.display(),
                                block.line
                            ),
                        }
                    }
                }
                "js" | "html" | "math" | "rust" => {}
                other => panic!("{}:{}: nothing tests {other:?}", document.display(), block.line),
            }
        }
    }
    assert_eq!(long, LONG.map(String::from).into(), "commands that are not run are listed in LONG");
}

#[test]
fn tasks_figures_and_files_that_are_named_exist() {
    let tasks = read(Path::new("xtask/src/main.rs")) + &read(Path::new(".cargo/config.toml"));
    let figures = read(Path::new("tests/src/figure/mod.rs"));
    for document in documents() {
        let text = read(&document);
        let is_name = |c: char| c.is_alphanumeric() || c == '-';
        for (intro, known) in [("cargo xtask ", &tasks), ("cargo figures ", &figures)] {
            for (at, _) in text.match_indices(intro) {
                let mut words = text[at + intro.len()..].split(|c: char| !is_name(c));
                let name = words.find(|word| !word.is_empty()).unwrap_or_default();
                let name = if name == "--seeds" { words.nth(1).unwrap_or_default() } else { name };
                let is_known = known.contains(&format!("\"{name}\"")) || name == "NAME";
                assert!(is_known, "{}: {intro}{name} does not exist", document.display());
            }
        }
        // Links to files of the repository, with the headings that they name.
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || document.starts_with("web") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = document.parent().unwrap_or(Path::new(""));
            let target = if path.is_empty() { document.clone() } else { folder.join(path) };
            assert!(root().join(&target).exists(), "{}: {link} leads nowhere", document.display());
            let headings: Vec<String> = fs::read_to_string(root().join(&target))
                .unwrap_or_default()
                .lines()
                .filter_map(|line| line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')))
                .map(|title| {
                    let title = title.trim().to_lowercase().replace(' ', "-");
                    title.chars().filter(|c| is_name(*c) || *c == '_').collect()
                })
                .collect();
            assert!(
                heading.is_empty() || headings.iter().any(|h| h == heading),
                "{}: {link} has no such heading: {headings:?}",
                document.display()
            );
        }
    }
}

#[test]
fn every_document_is_in_the_book_and_its_rust_code_is_tested() {
    let summary = read(Path::new("docs/SUMMARY.md"));
    let tested = read(Path::new("tests/src/documents.rs"));
    for document in documents() {
        let name = document.to_string_lossy().into_owned();
        if let Some(inside) = name.strip_prefix("docs/").filter(|inside| *inside != "SUMMARY.md") {
            assert!(summary.contains(&format!("({inside})")), "docs/SUMMARY.md lacks {inside}");
        }
        let has_rust = blocks(&read(&document)).iter().any(|block| block.language == "rust");
        assert!(!has_rust || tested.contains(&name), "tests/src/documents.rs lacks {name}");
    }
}

#[test]
fn the_readme_is_a_page() {
    let lines = read(Path::new("README.md")).lines().count();
    assert!(lines <= 150, "README.md has {lines} lines, at most 150");
}
