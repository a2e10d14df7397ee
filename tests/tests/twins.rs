//! No code of the core is written twice: no two runs of twelve lines are equal up to names.
#![allow(clippy::unwrap_used)] // a test stops where it fails

use std::fs;

use boltzflow_tests::source::{files, root, twins};

/// Lines of code, as rustfmt sets them.
const LINES: usize = 12;

#[test]
fn no_code_of_the_core_is_written_twice() {
    let found = twins(&files(&root().join("core"), &["rs"]), LINES);
    let told: Vec<String> = found
        .iter()
        .map(|twins| {
            let [a, b] = &twins.runs;
            let place = |(file, first, last): &(std::path::PathBuf, usize, usize)| {
                format!("{}:{first}–{last}", file.strip_prefix(root()).unwrap().display())
            };
            format!("{} lines: {} and {}", twins.lines, place(a), place(b))
        })
        .collect();
    assert!(told.is_empty(), "equal up to names:\n{}", told.join("\n"));
}

#[test]
fn planted_twins_are_found_and_tables_of_data_are_none() {
    let body = |x: &str, y: &str, n: &str| {
        format!(
            "fn {x}({y}: &[f64]) -> f64 {{\n    // {y}\n    let mut {n} = 0.0;\n    for v in {y} {{\n        {n} += v * v;\n        if {n} > 1.0 {{\n            {n} -= 1.0;\n        }}\n        while {n} < 0.0 {{\n            {n} += 2.0;\n        }}\n    }}\n    {n}\n}}\n"
        )
    };
    let table = |name: &str| {
        let rows: String =
            (0..20).map(|i| format!("    Row {{ a: {i}, b: \"{i}\" }},\n")).collect();
        format!("pub static {name}: &[Row] = &[\n{rows}];\n")
    };
    let folder = std::env::temp_dir().join(format!("boltzflow-twins-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let paths = ["a.rs", "b.rs", "c.rs"].map(|name| folder.join(name));
    fs::write(&paths[0], format!("{}{}", table("A"), body("norm", "values", "sum"))).unwrap();
    fs::write(&paths[1], format!("{}{}", body("size", "x", "s"), table("B"))).unwrap();
    // The same signs, but another meaning: no change of names makes it equal.
    let other = body("norm", "values", "sum").replace("sum += 2.0", "values += 2.0");
    fs::write(&paths[2], other).unwrap();
    let found = twins(&paths, LINES);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].lines, 13);
    assert_eq!((found[0].runs[0].1, found[0].runs[1].1), (23, 1));
}
