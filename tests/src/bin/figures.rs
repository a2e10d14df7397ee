//! `cargo figures [--seeds N] [NAME…]`: measures the claims of `docs/results` and prints their tables.

use std::process::ExitCode;
use std::time::Instant;

use boltzflow_tests::figure::FIGURES;

fn main() -> ExitCode {
    let mut seeds = 20;
    let mut names: Vec<String> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--seeds" {
            match arguments.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0) {
                Some(n) => seeds = n,
                None => return refuse("--seeds needs a whole number above 0"),
            }
        } else if FIGURES.iter().any(|f| f.name == argument) {
            names.push(argument);
        } else {
            let known: Vec<&str> = FIGURES.iter().map(|f| f.name).collect();
            return refuse(&format!("no figure '{argument}'; known: {}", known.join(", ")));
        }
    }
    let seeds: Vec<u64> = (1..=seeds).collect();
    let mut all_hold = true;
    for figure in FIGURES {
        if !names.is_empty() && !names.iter().any(|n| n == figure.name) {
            continue;
        }
        let start = Instant::now();
        println!("\n## {} (`cargo figures {}`)\n", figure.title, figure.name);
        match (figure.measure)(&seeds) {
            Ok(outcome) => {
                for (i, row) in outcome.table.iter().enumerate() {
                    println!("| {} |", row.join(" | "));
                    if i == 0 {
                        println!("|{}", "---|".repeat(row.len()));
                    }
                }
                println!();
                for (claim, holds) in outcome.claims {
                    println!("- {}: {claim}", if holds { "holds" } else { "FAILS" });
                    all_hold &= holds;
                }
            }
            Err(error) => {
                println!("- FAILS: {error}");
                all_hold = false;
            }
        }
        println!("- {:.0} s", start.elapsed().as_secs_f64());
    }
    if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn refuse(what: &str) -> ExitCode {
    eprintln!("error: {what}");
    ExitCode::from(2)
}
