//! Text for people and objects for programs: aligned columns, numbers with errors, and printing that survives a closed pipe.

use std::io::{self, Write};

use boltzflow::stats::Estimate;

use crate::failure::Failure;

/// Prints text to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::other(
            "write-failed",
            format!("standard output: {e}"),
            "check where it goes",
        )),
        _ => Ok(()),
    }
}

/// Prints one JSON object.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}

/// A number with decimals, or in powers of ten where it is very large; what rounds to 0 has no sign.
pub(crate) fn number(v: f64, decimals: usize) -> String {
    if v.is_finite() && v.abs() >= 1e9 {
        format!("{v:.decimals$e}")
    } else {
        let text = format!("{v:.decimals$}");
        match text.strip_prefix('-') {
            Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.into(),
            _ => text,
        }
    }
}

/// A number with its error.
pub(crate) fn estimate(e: Estimate, decimals: usize) -> String {
    format!("{} ± {}", number(e.value, decimals), number(e.error, decimals))
}

/// A number with its error as an object.
pub(crate) fn object(e: Estimate) -> serde_json::Value {
    serde_json::json!({ "value": e.value, "error": e.error })
}

/// Rows of cells as lines with aligned columns, two blanks apart.
pub(crate) fn align(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
