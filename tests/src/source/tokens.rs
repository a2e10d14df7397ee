//! Rust as a list of tokens: comments gone, every sign one character.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A name or a keyword.
    Name,
    /// A number, a character or a string.
    Literal,
    /// A lifetime.
    Lifetime,
    /// One character of punctuation.
    Sign,
}

/// A token and the line it begins in, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'a str,
    /// Where it stands.
    pub line: usize,
}

impl Token<'_> {
    /// Whether it is this sign or name.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != Kind::Literal
    }
}

/// The tokens of a Rust text without comments.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 128;
    let name_end = |mut i: usize| {
        while is_name(at(i)) {
            i += 1;
        }
        i
    };
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < bytes.len() {
        let start = i;
        let kind = match at(i) {
            b'/' if at(i + 1) == b'/' => {
                while i < bytes.len() && at(i) != b'\n' {
                    i += 1;
                }
                None
            }
            b'/' if at(i + 1) == b'*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        (b'/', b'*') => depth += 1,
                        (b'*', b'/') => depth -= 1,
                        _ => {
                            i += 1;
                            if i >= bytes.len() {
                                break;
                            }
                            continue;
                        }
                    }
                    i += 2;
                    if depth == 0 {
                        break;
                    }
                }
                None
            }
            b if b.is_ascii_whitespace() => {
                i += 1;
                None
            }
            b'"' => {
                i = string_end(bytes, i);
                Some(Kind::Literal)
            }
            b'r' | b'b' | b'c' if string_begins(&bytes[i..]).is_some() => {
                let (prefix, hashes, raw) = string_begins(&bytes[i..]).unwrap_or((0, 0, false));
                i += prefix;
                i = if raw { raw_end(bytes, i, hashes) } else { string_end(bytes, i) };
                Some(Kind::Literal)
            }
            b'\'' => {
                // A character ends with a quote; a lifetime does not.
                let end = name_end(i + 1);
                if at(i + 1) == b'\\' || at(end) == b'\'' || end == i + 1 {
                    i += if at(i + 1) == b'\\' { 3 } else { 2 };
                    while i < bytes.len() && at(i) != b'\'' {
                        i += 1;
                    }
                    i += 1;
                    Some(Kind::Literal)
                } else {
                    i = end;
                    Some(Kind::Lifetime)
                }
            }
            b if b.is_ascii_digit() => {
                i = name_end(i);
                // A point belongs to the number where a digit follows, or nothing that could be a range or a method.
                if at(i) == b'.'
                    && at(i + 1) != b'.'
                    && (at(i + 1).is_ascii_digit() || !is_name(at(i + 1)))
                {
                    i = name_end(i + 1);
                }
                if matches!(at(i), b'+' | b'-')
                    && matches!(at(i - 1), b'e' | b'E')
                    && !text[start..i].starts_with("0x")
                {
                    i = name_end(i + 1);
                }
                Some(Kind::Literal)
            }
            b if is_name(b) => {
                i = name_end(i);
                Some(Kind::Name)
            }
            _ => {
                i += 1;
                Some(Kind::Sign)
            }
        };
        let i = i.min(bytes.len());
        if let Some(kind) = kind {
            found.push(Token { kind, text: &text[start..i], line });
        }
        line += text[start..i].matches('\n').count();
    }
    found
}

/// Bytes before the quote or the first hash, hashes, and whether it is raw, if a string with a prefix begins here.
fn string_begins(bytes: &[u8]) -> Option<(usize, usize, bool)> {
    let letters = bytes.iter().take_while(|b| matches!(b, b'r' | b'b' | b'c')).count();
    let raw = bytes[..letters].contains(&b'r');
    let hashes = bytes[letters..].iter().take_while(|b| **b == b'#').count();
    let begins = letters <= 2 && bytes.get(letters + hashes) == Some(&b'"');
    (begins && (raw || hashes == 0)).then_some((letters, hashes, raw))
}

/// Behind the closing quote of a string whose opening one is at `i`.
fn string_end(bytes: &[u8], mut i: usize) -> usize {
    i += 1;
    while i < bytes.len() && bytes[i] != b'"' {
        i += if bytes[i] == b'\\' { 2 } else { 1 };
    }
    i + 1
}

/// Behind the end of a raw string whose hashes begin at `i`.
fn raw_end(bytes: &[u8], mut i: usize, hashes: usize) -> usize {
    i += hashes + 1;
    while i < bytes.len() {
        let closing =
            bytes[i] == b'"' && bytes[i + 1..].iter().take_while(|b| **b == b'#').count() >= hashes;
        i += 1;
        if closing {
            return i + hashes;
        }
    }
    i
}

/// The tokens without modules that are compiled for tests only.
#[must_use]
pub fn without_tests(text: &str) -> Vec<Token<'_>> {
    let all = tokens(text);
    let mut kept = Vec::with_capacity(all.len());
    let mut i = 0;
    while i < all.len() {
        let is = |offset: usize, text: &str| all.get(i + offset).is_some_and(|t| t.is(text));
        let head = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
        if head.iter().enumerate().all(|(k, text)| is(k, text)) {
            i += head.len() + 1;
            let mut depth = 0;
            while i < all.len() {
                depth += usize::from(all[i].is("{"));
                depth -= usize::from(all[i].is("}")).min(depth);
                i += 1;
                if depth == 0 {
                    break;
                }
            }
            continue;
        }
        kept.push(all[i]);
        i += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_apart() {
        let text = "let a: &'a str = r#\"// \"no\" comment\"#; // one\n/* two /* nested */ */ b'x'; 1.5e-3 + x.0..2 'c' \"q\\\"\" \"\n\" end";
        let found: Vec<(&str, usize)> = tokens(text).iter().map(|t| (t.text, t.line)).collect();
        let texts: Vec<&str> = found.iter().map(|(t, _)| *t).collect();
        assert_eq!(
            texts,
            [
                "let",
                "a",
                ":",
                "&",
                "'a",
                "str",
                "=",
                "r#\"// \"no\" comment\"#",
                ";",
                "b",
                "'x'",
                ";",
                "1.5e-3",
                "+",
                "x",
                ".",
                "0",
                ".",
                ".",
                "2",
                "'c'",
                "\"q\\\"\"",
                "\"\n\"",
                "end"
            ]
        );
        assert_eq!(found.last(), Some(&("end", 3)));
    }

    #[test]
    fn modules_for_tests_are_left_out() {
        let text =
            "fn a() {} #[cfg(test)] mod tests { fn b() { {} } } fn c() {} #[cfg(test)] mod d; e";
        let names: Vec<&str> =
            without_tests(text).iter().filter(|t| t.kind == Kind::Name).map(|t| t.text).collect();
        assert_eq!(names, ["fn", "a", "fn", "c", "e"]);
    }
}
