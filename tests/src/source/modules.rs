//! The modules of a crate and which of them use which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::circles::Graph;
use super::tokens::{Kind, Token, without_tests};
use super::{files, read};

/// A path of names, from the root of the crate.
type Names = Vec<String>;

/// What a `use` brings into a module: the name that it has there (`*` for all names) and where it is from.
type Brought = (String, Names);

/// The modules of a crate, by their files.
#[derive(Debug)]
pub struct Crate {
    /// Its files by module; the root has no name.
    files: BTreeMap<Names, PathBuf>,
    brought: BTreeMap<Names, Vec<Brought>>,
    /// What each module names, as far as it could be told without the others.
    named: BTreeMap<Names, BTreeSet<Names>>,
}

impl Crate {
    /// Reads a source folder. Modules that are compiled for tests only are left out.
    #[must_use]
    pub fn read(source: &Path) -> Self {
        let mut known =
            Self { files: BTreeMap::new(), brought: BTreeMap::new(), named: BTreeMap::new() };
        for path in files(source, &["rs"]) {
            let inside = path.strip_prefix(source).unwrap_or(&path).with_extension("");
            let mut module: Names =
                inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
                module.pop();
            }
            known.files.insert(module, path);
        }
        for (module, path) in known.files.clone() {
            let text = read(&path);
            let tokens = without_tests(&text);
            let found = paths(&tokens, &module);
            known.brought.insert(
                module.clone(),
                found
                    .iter()
                    .filter(|p| p.is_use)
                    .map(|p| (p.name.clone(), p.path.clone()))
                    .collect(),
            );
            known.named.insert(module, found.into_iter().map(|p| p.path).collect());
        }
        known
    }

    /// The module in which a path ends: through what its modules bring in from elsewhere.
    fn resolve(&self, path: &[String], depth: usize) -> Names {
        let mut module = Names::new();
        if depth > 8 {
            return module;
        }
        for (i, name) in path.iter().enumerate() {
            let mut inner = module.clone();
            inner.push(name.clone());
            if self.files.contains_key(&inner) {
                module = inner;
                continue;
            }
            let brought = self.brought.get(&module).into_iter().flatten();
            let by_name = brought.clone().find(|(own, from)| own == name && *from != path[..=i]);
            if let Some((_, from)) = by_name {
                let whole = [from, &path[i + 1..]].concat();
                return self.resolve(&whole, depth + 1);
            }
            // A name that all names of another module may hold is looked for there.
            for (_, from) in brought.filter(|(own, _)| own == "*") {
                let elsewhere = self.resolve(from, depth + 1);
                if elsewhere != module
                    && self.files.get(&elsewhere).is_some_and(|f| defines(&read(f), name))
                {
                    return elsewhere;
                }
            }
            break;
        }
        module
    }

    /// For each module that has parts, which part uses which. A module and its own parts are one room: what a part takes from
    /// the module that it is part of is no arrow.
    #[must_use]
    pub fn graphs(&self) -> BTreeMap<String, Graph> {
        let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
        for (from, named) in &self.named {
            for path in named {
                let to = self.resolve(path, 0);
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) else { continue };
                let room = graphs.entry(from[..shared].join("::")).or_default();
                room.entry(a.clone()).or_default().insert(b.clone());
            }
        }
        graphs
    }
}

/// Whether a text defines an item of this name.
fn defines(text: &str, name: &str) -> bool {
    let tokens = without_tests(text);
    let kinds = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    tokens.windows(2).any(|w| kinds.contains(&w[0].text) && w[1].is(name))
}

/// A path that a text names.
struct Found {
    path: Names,
    name: String,
    is_use: bool,
}

/// All paths that begin with `crate`, `self` or `super`, and what `use` takes from parts of the module itself.
fn paths(tokens: &[Token<'_>], module: &[String]) -> Vec<Found> {
    let mut found = Vec::new();
    // Modules that are written inside of the file, with the depth of their braces.
    let mut inside: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    let mut i = 0;
    while i < tokens.len() {
        let token = tokens[i];
        let is = |k: usize, text: &str| tokens.get(k).is_some_and(|t| t.is(text));
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth -= 1;
            if inside.last().is_some_and(|(_, d)| *d == depth) {
                inside.pop();
            }
        } else if token.is("mod") && is(i + 2, "{") {
            inside.push((tokens[i + 1].text.to_string(), depth));
        }
        let here = || -> Names {
            module.iter().cloned().chain(inside.iter().map(|(name, _)| name.clone())).collect()
        };
        if token.is("use") {
            let mut read =
                Tree { tokens, at: i + 1, here: here(), is_use: true, found: &mut found };
            read.tree(None);
            i = read.at;
            continue;
        }
        let begins = ["crate", "self", "super"].contains(&token.text) && token.kind == Kind::Name;
        if begins && is(i + 1, ":") && is(i + 2, ":") && !(i > 1 && is(i - 1, ":")) {
            let mut read = Tree { tokens, at: i, here: here(), is_use: false, found: &mut found };
            read.tree(None);
            i = read.at;
            continue;
        }
        i += 1;
    }
    found
}

/// Reads a path with all that its braces hold.
struct Tree<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    here: Names,
    is_use: bool,
    found: &'a mut Vec<Found>,
}

impl Tree<'_> {
    fn is(&self, offset: usize, text: &str) -> bool {
        self.tokens.get(self.at + offset).is_some_and(|t| t.is(text))
    }

    /// One path below `base`; at the beginning there is none.
    fn tree(&mut self, base: Option<&Names>) {
        let mut path = base.cloned();
        // `::name` names another crate.
        if base.is_none() && self.is(0, ":") {
            path = Some(vec!["::".into()]);
        }
        loop {
            while self.is(0, ":") {
                self.at += 1;
            }
            if self.is(0, "{") {
                self.at += 1;
                while self.at < self.tokens.len() && !self.is(0, "}") {
                    let before = self.at;
                    self.tree(path.as_ref());
                    if self.is(0, ",") || self.at == before {
                        self.at += 1;
                    }
                }
                self.at += 1;
                return;
            }
            let Some(token) = self.tokens.get(self.at).copied() else { return };
            if token.is("*") {
                self.at += 1;
                return self.keep(path, "*");
            }
            if token.kind != Kind::Name {
                return;
            }
            self.at += 1;
            match (token.text, &mut path) {
                ("crate", None) => path = Some(Names::new()),
                ("super", None) => path = Some(parent(&self.here)),
                ("super", Some(p)) => {
                    p.pop();
                }
                // Behind braces, `self` is the path before them.
                ("self", None) => path = Some(self.here.clone()),
                ("self", Some(_)) => {}
                // A `use` of a name that stands alone: a part of this module, or another crate.
                (name, None) => path = Some([self.here.clone(), vec![name.into()]].concat()),
                (name, Some(p)) => p.push(name.into()),
            }
            if !(self.is(0, ":") && self.is(1, ":")) || self.is(2, "<") {
                let name = if self.is_use && self.is(0, "as") {
                    self.at += 2;
                    self.tokens[self.at - 1].text.to_string()
                } else {
                    path.as_ref().and_then(|p| p.last().cloned()).unwrap_or_default()
                };
                return self.keep(path, &name);
            }
        }
    }

    fn keep(&mut self, path: Option<Names>, name: &str) {
        if let Some(path) = path {
            self.found.push(Found { path, name: name.into(), is_use: self.is_use });
        }
    }
}

fn parent(module: &[String]) -> Names {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// All paths from the root of its crate that a text names, braces read: `use crate::{a, b::{c, d}}` names `a`, `b::c` and `b::d`.
#[must_use]
pub fn mentions(text: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    paths(&without_tests(text), module).into_iter().map(|found| found.path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_braces_is_read() {
        let text = "pub(crate) use crate::{a, b::{self, c, d::{E as F, *}},\n  g::H};\nfn f() -> super::i::J { crate::k::l::<M>(); self::n::o() } use p::Q; mod r { use super::s; }";
        let found: Vec<String> =
            mentions(text, &["x".into(), "y".into()]).iter().map(|p| p.join("::")).collect();
        assert_eq!(
            found,
            [
                "a",
                "b",
                "b::c",
                "b::d",
                "b::d::E",
                "g::H",
                "k::l",
                "x::i::J",
                "x::y::n::o",
                "x::y::p::Q",
                "x::y::s"
            ]
        );
    }
}
