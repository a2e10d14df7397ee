//! JavaScript as its imports.

use std::path::{Component, Path, PathBuf};

use super::circles::Graph;
use super::{files, read};

/// What a module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// As it is written.
    pub from: String,
    /// Whether it is fetched when a call asks for it.
    pub is_dynamic: bool,
}

/// A word, a text in quotes or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Text(String),
    Sign(char),
}

/// The imports of a module, comments and templates left out.
#[must_use]
pub fn imports(text: &str) -> Vec<Import> {
    let parts = parts(text);
    let mut found = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let Part::Word(word) = part else { continue };
        let (from, is_dynamic) = match (word.as_str(), parts.get(i + 1), parts.get(i + 2)) {
            ("import" | "from", Some(Part::Text(from)), _) => (from, false),
            ("import", Some(Part::Sign('(')), Some(Part::Text(from))) => (from, true),
            _ => continue,
        };
        found.push(Import { from: from.clone(), is_dynamic });
    }
    found
}

/// Which modules of the folders import which, by their paths below `root`. Arrows of `import()` are left out unless `dynamic`.
#[must_use]
pub fn modules(root: &Path, folders: &[&str], dynamic: bool) -> Graph {
    let mut graph = Graph::new();
    for path in folders.iter().flat_map(|folder| files(&root.join(folder), &["js", "mjs"])) {
        let own = path.strip_prefix(root).unwrap_or(&path);
        let uses = graph.entry(own.display().to_string()).or_default();
        for import in imports(&read(&path)) {
            if import.from.starts_with('.') && (dynamic || !import.is_dynamic) {
                let to = normal(&own.parent().unwrap_or(own).join(&import.from));
                uses.insert(to.display().to_string());
            }
        }
    }
    graph
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                found.pop();
            }
            other => found.push(other),
        }
    }
    found
}

fn parts(text: &str) -> Vec<Part> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                i += 2;
                while i < chars.len() && !(at(i) == '*' && at(i + 1) == '/') {
                    i += 1;
                }
                i += 2;
            }
            '/' if begins_pattern(found.last()) => i = pattern_end(&chars, i),
            quote @ ('\'' | '"' | '`') => {
                let end = text_end(&chars, i);
                if quote != '`' {
                    found.push(Part::Text(chars[i + 1..end - 1].iter().collect()));
                }
                i = end;
            }
            c if c.is_alphanumeric() || c == '_' || c == '$' => {
                let start = i;
                while at(i).is_alphanumeric() || matches!(at(i), '_' | '$') {
                    i += 1;
                }
                found.push(Part::Word(chars[start..i].iter().collect()));
            }
            c => {
                if !c.is_whitespace() {
                    found.push(Part::Sign(c));
                }
                i += 1;
            }
        }
    }
    found
}

/// Whether a slash after this begins a regular expression: where no value stands, there is nothing to divide.
fn begins_pattern(before: Option<&Part>) -> bool {
    match before {
        None => true,
        Some(Part::Text(_)) => false,
        Some(Part::Word(word)) => ["return", "case", "typeof", "of", "in"].contains(&word.as_str()),
        Some(Part::Sign(sign)) => !")]}".contains(*sign),
    }
}

fn pattern_end(chars: &[char], mut i: usize) -> usize {
    let mut in_set = false;
    i += 1;
    while i < chars.len() && (in_set || chars[i] != '/') && chars[i] != '\n' {
        match chars[i] {
            '\\' => i += 1,
            '[' => in_set = true,
            ']' => in_set = false,
            _ => {}
        }
        i += 1;
    }
    i + 1
}

/// Behind the end of a text or template; a template's expressions may hold texts and templates.
fn text_end(chars: &[char], start: usize) -> usize {
    let quote = chars[start];
    let mut i = start + 1;
    while i < chars.len() && chars[i] != quote {
        if quote == '`' && chars[i] == '$' && chars.get(i + 1) == Some(&'{') {
            let mut depth = 1;
            i += 2;
            while i < chars.len() && depth > 0 {
                match chars[i] {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    '\'' | '"' | '`' => {
                        i = text_end(chars, i);
                        continue;
                    }
                    _ => {}
                }
                i += 1;
            }
            continue;
        }
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_and_what_looks_like_them_is_not() {
        let text = "// import './no.js'\n/** @type {import('./no.js').T} */\nimport a,\n  { b } from './a.js';\nimport './c.js';\nexport * from \"../d.js\";\nconst e = () => import('./e.js');\nconst f = `import './no.js' ${g('`', `${h}`)}`, i = /['\"/]/.test(j) / 2;\nimport(k);";
        let found: Vec<(String, bool)> =
            imports(text).into_iter().map(|i| (i.from, i.is_dynamic)).collect();
        let expected = [("./a.js", false), ("./c.js", false), ("../d.js", false), ("./e.js", true)];
        assert_eq!(found, expected.map(|(from, dynamic)| (from.to_string(), dynamic)));
    }
}
