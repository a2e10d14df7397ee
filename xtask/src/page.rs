//! `cargo xtask page`: a folder that any static host serves as it is.

use crate::modules;
use crate::step::{root, target_dir};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// What the page does not fetch: typings, and the benchmarks that `cargo xtask bench` runs.
fn is_left_out(file: &str) -> bool {
    file.ends_with(".d.ts") || ["src/bench.js", "src/bench-helper.js"].contains(&file)
}

/// Where the page says that it is published, and where its offline worker finds what to keep.
const PAGE: (&str, &str) = ("index.html", "<html lang=\"en\">");
const WORKER: (&str, &str) = ("offline.js", "const VERSION = '';\nconst FILES = [];\n");

#[derive(Debug, PartialEq)]
struct Options {
    out: PathBuf,
    build: bool,
}

/// Builds the modules, unless told not to, and writes the folder.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let options = parse(args)?;
    if options.build {
        modules::build()?;
    }
    let www = root().join("www");
    ensure!(
        www.join("pkg/glue.js").is_file(),
        "www/pkg is empty: leave out `--no-build`, so that the engine is built"
    );
    let version = publish(&www, &options.out)?;
    println!(
        "\nThe page, version {version}, is in {}: put its content into any folder of a web site",
        options.out.display()
    );
    Ok(())
}

/// Where the page is written unless another folder is named.
pub(crate) fn folder() -> PathBuf {
    target_dir().join("page")
}

fn parse(args: &[String]) -> Result<Options> {
    let mut options = Options { out: folder(), build: true };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--no-build" => options.build = false,
            "--out" => options.out = args.next().context("`--out` needs a folder")?.into(),
            _ => bail!("`page` does not know `{arg}`; known: --out DIR, --no-build"),
        }
    }
    Ok(options)
}

/// Copies the page from `www` to `out`, scripts without their comments, and returns its version, a digest of all its files.
fn publish(www: &Path, out: &Path) -> Result<String> {
    let mut files = Vec::new();
    list(www, Path::new(""), &mut files)?;
    files.retain(|file| !is_left_out(file));
    files.sort();
    let contents = files.iter().map(|file| read(&www.join(file))).collect::<Result<Vec<_>>>()?;
    let version = version(&files, &contents);
    clear(out)?;
    for (file, content) in files.iter().zip(contents) {
        let is_script = file.ends_with(".js");
        let content = if is_script { modules::without_comments(&content)? } else { content };
        let content = match file.as_str() {
            name if name == PAGE.0 => {
                let marked = format!("<html lang=\"en\" data-version=\"{version}\">");
                replace(&content, PAGE, &marked)?
            }
            name if name == WORKER.0 => {
                // The folder's own name stands for its index.
                let kept: Vec<_> =
                    files.iter().map(|f| if f == PAGE.0 { "./" } else { f }).collect();
                let filled = format!("const VERSION = '{version}';\nconst FILES = {kept:?};\n");
                replace(&content, WORKER, &filled)?
            }
            _ => content,
        };
        let path = out.join(file);
        fs::create_dir_all(path.parent().unwrap_or(out))
            .and_then(|()| fs::write(&path, content))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    // Without this file GitHub Pages leaves out what begins with an underscore and runs a site generator first.
    let plain = out.join(".nojekyll");
    fs::write(&plain, "").with_context(|| format!("cannot write {}", plain.display()))?;
    Ok(version)
}

/// The files below a folder, as paths with slashes.
fn list(folder: &Path, below: &Path, files: &mut Vec<String>) -> Result<()> {
    let path = folder.join(below);
    let cannot = || format!("cannot read {}", path.display());
    for entry in fs::read_dir(&path).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            list(folder, &name, files)?;
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            files.push(parts.join("/"));
        }
    }
    Ok(())
}

/// Empties the folder if an earlier call wrote it; a folder with anything else in it is left alone.
fn clear(out: &Path) -> Result<()> {
    let Ok(mut entries) = fs::read_dir(out) else { return Ok(()) };
    let is_ours = out.join(WORKER.0).is_file() && out.join(".nojekyll").is_file();
    ensure!(
        is_ours || entries.next().is_none(),
        "{} holds something else: name a folder that is empty or not there yet",
        out.display()
    );
    fs::remove_dir_all(out).with_context(|| format!("cannot empty {}", out.display()))
}

/// The content with its one `place` filled in.
fn replace(content: &[u8], (file, place): (&str, &str), by: &str) -> Result<Vec<u8>> {
    let text = str::from_utf8(content).with_context(|| format!("www/{file} is not a text"))?;
    ensure!(text.matches(place).count() == 1, "www/{file} must hold `{place}` once");
    Ok(text.replace(place, by).into_bytes())
}

/// FNV-1a of all names and contents, as sixteen digits.
fn version(files: &[String], contents: &[Vec<u8>]) -> String {
    let all = files
        .iter()
        .zip(contents)
        .flat_map(|(file, content)| file.bytes().chain([0]).chain(content.iter().copied()));
    let digest = all.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{digest:016x}")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_and_wrong_ones_named() {
        assert_eq!(
            parsed("--out site --no-build").unwrap(),
            Options { out: "site".into(), build: false }
        );
        assert!(parsed("").unwrap().out.ends_with("page"));
        assert!(parsed("--out").unwrap_err().to_string().contains("--out"));
        assert!(parsed("--port 1").unwrap_err().to_string().contains("--port"));
    }

    #[test]
    fn the_folder_holds_the_page_its_version_and_what_to_keep() {
        let out = std::env::temp_dir().join(format!("boltzflow-page-{}", std::process::id()));
        let www = root().join("www");
        let first = publish(&www, &out).unwrap();
        // A second call writes the same over it.
        assert_eq!(publish(&www, &out).unwrap(), first);
        let text = |file: &str| fs::read_to_string(out.join(file)).unwrap();
        assert!(text("index.html").contains(&format!("data-version=\"{first}\"")));
        let worker = text("offline.js");
        assert!(worker.contains(&format!("VERSION = '{first}'")), "{worker}");
        for kept in ["\"./\"", "\"engine.js\"", "\"src/page.js\"", "\"assets/dimer.safetensors\""] {
            assert!(worker.contains(kept), "{kept}");
        }
        for left_out in ["src/bench.js", "src/bench-helper.js", "src/messages.d.ts"] {
            assert!(www.join(left_out).is_file() && is_left_out(left_out));
            assert!(!out.join(left_out).exists() && !worker.contains(left_out), "{left_out}");
        }
        assert!(!text("src/page.js").contains("// Starts the page"), "a comment is published");
        fs::remove_dir_all(&out).unwrap();
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let out = std::env::temp_dir().join(format!("boltzflow-other-{}", std::process::id()));
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("letter.txt"), "dear").unwrap();
        let error = publish(&root().join("www"), &out).unwrap_err().to_string();
        assert!(error.contains("holds something else"), "{error}");
        assert_eq!(fs::read_to_string(out.join("letter.txt")).unwrap(), "dear");
        fs::remove_dir_all(&out).unwrap();
    }
}
