//! Runs of code that are equal up to names and literals.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::read;
use super::tokens::{Kind, Token, without_tests};

/// Tokens that two runs must share before they are looked at.
const SEED: usize = 40;

/// Two runs of code that a consistent change of names makes equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// File, first and last line of each.
    pub runs: [(PathBuf, usize, usize); 2],
    /// Lines of code in the shorter one.
    pub lines: usize,
}

/// Names that mean the same everywhere: they must be equal, not only consistent.
const KEYWORDS: [&str; 35] = [
    "as",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "struct",
    "super",
    "trait",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
    "macro_rules",
];

/// All pairs of runs of at least `lines` lines of code. Comments, imports, attributes and modules of tests are no code, and
/// neither are tables of data: `const` and `static` items, what a macro is given in braces, and functions that only name what stands
/// for them (one short expression: the instructions of a register, the fields behind an accessor). A trait writes the heads of its
/// methods, so that they are not compared either.
#[must_use]
pub fn twins(files: &[PathBuf], lines: usize) -> Vec<Twins> {
    let texts: Vec<String> = files.iter().map(|path| read(path)).collect();
    let codes: Vec<Vec<Token<'_>>> = texts.iter().map(|text| code(&without_tests(text))).collect();
    let mut places: BTreeMap<Vec<&str>, Vec<(usize, usize)>> = BTreeMap::new();
    for (file, code) in codes.iter().enumerate() {
        for at in 0..code.len().saturating_sub(SEED - 1) {
            let shape: Vec<&str> = code[at..at + SEED].iter().map(shape).collect();
            if shape.contains(&GAP) {
                continue;
            }
            places.entry(shape).or_default().push((file, at));
        }
    }
    let mut found: Vec<Twins> = Vec::new();
    // How far a comparison of two files at this distance has come: a run is told once.
    let mut done: HashMap<(usize, usize, isize), usize> = HashMap::new();
    let mut pairs: Vec<[(usize, usize); 2]> = places
        .values()
        .flat_map(|all| {
            all.iter().enumerate().flat_map(|(i, a)| all[i + 1..].iter().map(|b| [*a, *b]))
        })
        .collect();
    pairs.sort_unstable();
    for [(file_a, a), (file_b, b)] in pairs {
        let diagonal = (file_a, file_b, b as isize - a as isize);
        if done.get(&diagonal).is_some_and(|end| a < *end) {
            continue;
        }
        let (code_a, code_b) = (&codes[file_a][a..], &codes[file_b][b..]);
        let longest = if file_a == file_b { b - a } else { usize::MAX };
        let length = common(code_a, code_b).min(longest);
        let spans = [&code_a[..length], &code_b[..length]].map(line_count);
        let shorter = spans[0].min(spans[1]);
        if shorter >= lines {
            done.insert(diagonal, a + length);
            let run = |file: usize, code: &[Token<'_>]| {
                (files[file].clone(), code[0].line, code[length - 1].line)
            };
            found.push(Twins { runs: [run(file_a, code_a), run(file_b, code_b)], lines: shorter });
        }
    }
    found
}

/// A token without its name or value.
fn shape<'a>(token: &Token<'a>) -> &'a str {
    match token.kind {
        Kind::Literal => "0",
        Kind::Lifetime => "'",
        Kind::Name if !KEYWORDS.contains(&token.text) => "name",
        _ => token.text,
    }
}

/// How many tokens are equal up to a change of names that is the same throughout.
fn common(a: &[Token<'_>], b: &[Token<'_>]) -> usize {
    let (mut there, mut back) = (HashMap::new(), HashMap::new());
    a.iter()
        .zip(b)
        .take_while(|(a, b)| {
            shape(a) == shape(b)
                && shape(a) != GAP
                && (a.kind != Kind::Name
                    || (*there.entry(a.text).or_insert(b.text) == b.text
                        && *back.entry(b.text).or_insert(a.text) == a.text))
        })
        .count()
}

/// Lines on which a token begins.
fn line_count(code: &[Token<'_>]) -> usize {
    let mut lines: Vec<usize> = code.iter().map(|token| token.line).collect();
    lines.dedup();
    lines.len()
}

/// Tokens without imports, attributes, declarations of modules and tables of data.
fn code<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    // Where a table stood: a run ends there.
    let gap = Token { kind: Kind::Sign, text: GAP, line: 0 };
    let mut kept = Vec::new();
    let mut i = 0;
    // Behind the implementation of a trait that tokens are in.
    let mut end_of_trait = 0;
    while i < tokens.len() {
        let is = |k: usize, text: &str| tokens.get(i + k).is_some_and(|t| t.is(text));
        let is_table = (is(0, "const") && !is(1, "fn") && !is(1, "{")) || is(0, "static");
        let is_attribute = is(0, "#") && (is(1, "[") || (is(1, "!") && is(2, "[")));
        // Not `'static` nor `&mut` …: an item begins a line of its own or follows `pub`.
        let item = kept
            .last()
            .is_none_or(|t: &Token<'_>| [";", "}", "{", ")", "pub", GAP].contains(&t.text));
        if is_attribute {
            i = closing(tokens, i + 1 + usize::from(is(1, "!")));
        } else if item && (is_table || is(0, "use") || (is(0, "mod") && is(2, ";"))) {
            // To the semicolon that ends it.
            while i < tokens.len() && !tokens[i].is(";") {
                let opens = ["{", "[", "("].iter().any(|sign| tokens[i].is(sign));
                i = if opens { closing(tokens, i) } else { i + 1 };
            }
            i += 1;
            if is_table {
                kept.push(gap);
            }
        } else if is(1, "!") && is(2, "{") && !is(0, "macro_rules") {
            i = closing(tokens, i + 2);
            kept.push(gap);
        } else if is(0, "fn")
            && let Some(end) = end_of_entry(tokens, i)
        {
            i = end;
            kept.push(gap);
        } else if is(0, "fn")
            && i < end_of_trait
            && let Some(begin) = body(tokens, i)
        {
            i = begin;
        } else {
            if is(0, "impl")
                && let Some(begin) = body(tokens, i)
                && tokens[i..begin].iter().any(|token| token.is("for"))
            {
                end_of_trait = closing(tokens, begin);
            }
            kept.push(tokens[i]);
            i += 1;
        }
    }
    kept
}

/// Stands for what is left out.
const GAP: &str = "";

/// Tokens of the expression of a function that is an entry of a table.
const ENTRY: usize = 40;

/// Behind the function at `i`, if its body is one short expression without branches.
fn end_of_entry(tokens: &[Token<'_>], i: usize) -> Option<usize> {
    let begin = body(tokens, i)?;
    let end = closing(tokens, begin);
    let inside = &tokens[begin + 1..end - 1];
    let branches = ["if", "match", "for", "while", "loop"];
    let is_entry = inside.len() <= ENTRY
        && inside.iter().enumerate().all(|(k, token)| {
            let is_block = token.is("{") && !(k > 0 && inside[k - 1].is("unsafe"));
            !is_block && !token.is(";") && !branches.iter().any(|word| token.is(word))
        });
    is_entry.then_some(end)
}

/// Where the body of the function or implementation at `i` begins; `None` for a declaration, which has none.
fn body(tokens: &[Token<'_>], mut i: usize) -> Option<usize> {
    while !tokens.get(i)?.is("{") {
        if tokens[i].is(";") {
            return None;
        }
        let opens = tokens[i].is("(") || tokens[i].is("[");
        i = if opens { closing(tokens, i) } else { i + 1 };
    }
    Some(i)
}

/// Behind the bracket that closes the one at `i`.
fn closing(tokens: &[Token<'_>], mut i: usize) -> usize {
    let mut depth = 0_usize;
    while i < tokens.len() {
        let is_one_of = |signs: [&str; 3]| signs.iter().any(|sign| tokens[i].is(sign));
        depth += usize::from(is_one_of(["(", "[", "{"]));
        depth = depth.saturating_sub(usize::from(is_one_of([")", "]", "}"])));
        i += 1;
        if depth == 0 {
            break;
        }
    }
    i
}
