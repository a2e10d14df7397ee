//! `boltzflow bench`: how fast this machine is.

mod cases;
mod measure;

use std::path::PathBuf;

use boltzflow::num::{Error, Real, kernel};
use clap::Args;
use serde_json::{Value as Json, json};

use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::atomic;
use crate::table;
use cases::Case;
use measure::Rate;

/// Measure energies, products, elementary functions, training steps and sampling
#[derive(Args, Debug)]
#[command(after_help = "\
Each rate is the median over repeats, with the slowest and the fastest beside it. The share is
that of the multiply-adds in matrix products in the peak rate of as many threads, measured
first in the same run.

Examples:
  boltzflow bench
  boltzflow bench --filter energy
  boltzflow bench --filter w2 --threads 1,2
  boltzflow bench --threads 1,2,4 --json rates.json")]
pub(crate) struct Bench {
    /// Run only what has this in its name
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Print one JSON object, or write it to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Numbers of threads to measure training and sampling with
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1")]
    threads: Vec<usize>,
    /// Use no instruction set beyond this one: scalar, avx2, avx512, neon
    #[arg(long, value_name = "SET")]
    kernels: Option<String>,
    /// Seconds for each measurement
    #[arg(long, value_name = "S", default_value_t = 0.5)]
    seconds: f64,
}

/// A measured case.
struct Measured {
    name: String,
    threads: usize,
    unit: &'static str,
    rate: Rate,
    /// Share of the peak rate, where the case counts its operations.
    share: Option<f64>,
}

impl Bench {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if !(self.seconds > 0.0 && self.seconds <= 3600.0) {
            return Err(Error::setting("seconds", self.seconds, "above 0 and at most 3600").into());
        }
        if let Some(name) = &self.kernels {
            kernel::limit_to(name)?;
        }
        let to_file = self.json.as_ref().filter(|p| p.as_os_str() != "-");
        if let Some(path) = to_file {
            atomic::check_writable(path)?;
        }
        let wanted = |case: &Case| {
            self.filter.as_ref().is_none_or(|f| case.name.contains(f.as_str()))
                || case.name == cases::PEAK
        };
        let all = cases::all();
        let cases: Vec<&Case> = all.iter().filter(|c| wanted(c)).collect();
        let only_peak = cases.len() == 1;
        if only_peak && self.filter.as_ref().is_some_and(|f| !cases::PEAK.contains(f.as_str())) {
            let known = all.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
            let name = self.filter.clone().unwrap_or_default();
            return Err(Error::UnknownName { kind: "measurement", name, known }.into());
        }
        let mut measured = Vec::new();
        for count in &self.threads {
            let threads = Threads::new(Some(*count))?;
            let mut peak = f64::NAN;
            for case in &cases {
                if !case.parallel && measured.iter().any(|m: &Measured| m.name == case.name) {
                    continue;
                }
                let mut work = (case.prepare)()?;
                let rate = measure::rate(self.seconds, || work(&threads))?;
                if case.name == cases::PEAK {
                    peak = rate.median;
                }
                let threads = if case.parallel { *count } else { 1 };
                let share = case.flop.filter(|_| threads == *count).map(|f| f * rate.median / peak);
                let (name, unit) = (case.name.clone(), case.unit);
                measured.push(Measured { name, threads, unit, rate, share });
            }
        }
        let report = json!({
            "kernels": f32::kernels().name,
            "cores": std::thread::available_parallelism().map_or(1, usize::from),
            "version": env!("CARGO_PKG_VERSION"),
            "results": measured.iter().map(to_json).collect::<Vec<Json>>(),
        });
        match (&self.json, to_file) {
            (_, Some(path)) => atomic::write_text(path, &format!("{report:#}\n"))?,
            (Some(_), None) => return table::print_json(&report),
            (None, None) => {}
        }
        let mut rows = vec![
            ["measurement", "threads", "median", "slowest", "fastest", "unit", "of peak"]
                .map(String::from)
                .to_vec(),
        ];
        rows.extend(measured.iter().map(|m| {
            let rates = [m.rate.median, m.rate.slowest, m.rate.fastest].map(short);
            let [median, slowest, fastest] = rates;
            let share = m.share.map(|s| format!("{:.0} %", 100.0 * s)).unwrap_or_default();
            let threads = m.threads.to_string();
            vec![m.name.clone(), threads, median, slowest, fastest, m.unit.into(), share]
        }));
        table::print(&format!("kernels: {}\n{}", f32::kernels().name, table::align(&rows)))
    }
}

fn to_json(m: &Measured) -> Json {
    json!({
        "name": m.name,
        "threads": m.threads,
        "unit": m.unit,
        "median": m.rate.median,
        "slowest": m.rate.slowest,
        "fastest": m.rate.fastest,
        "repeats": m.rate.repeats,
        "share_of_peak": m.share,
    })
}

/// Three digits with a prefix of thousands.
fn short(rate: f64) -> String {
    let prefixes = [(1e9, " G"), (1e6, " M"), (1e3, " k")];
    let (scale, prefix) = prefixes.into_iter().find(|(s, _)| rate >= *s).unwrap_or((1.0, " "));
    let value = rate / scale;
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}{prefix}")
}
