//! Umbrella sampling and replica exchange: what they write, print and compare with.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::path::Path;

use program::{json, names_in_npz, read_npz, succeed};

const REFERENCE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/dimer_free_energy.json");

fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

#[test]
fn ladders_of_the_double_well_agree_with_quadrature() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (method, state, states, name) in
        [("umbrella", "window", 6, "windows"), ("replica-exchange", "replica", 4, "replicas")]
    {
        let set = format!("{name}={states}");
        let base =
            ["simulate", "double-well", "--set", "c2=-3", "--method", method, "--method-set"];
        let more = [&set, "--runs", "6", "-n", "1500", "--stride", "2", "--burn-in", "300", "-o"];
        let said = json(
            folder,
            &[&base[..], &more.map(|s| s as &str), &["a.npz", "--threads", "2"]].concat(),
        );
        let d = &said["delta_f"];
        let (off, error) = (number(&said["reference"]["delta_f_error"]), number(&d["error"]));
        assert!(off.abs() < 5.0 * error && error < 0.2, "{method}: {d} off by {off}");
        // Bins up to 6 kT: replicas at higher temperatures reach the others by a few samples only.
        let (profile, exact) = (&said["profile"], &said["reference"]["profile"]);
        let low: Vec<usize> = (0..50).filter(|b| number(&exact[b]) <= 6.0).collect();
        assert!(low.len() > 35);
        for b in low {
            let (off, error) =
                (number(&profile["value"][b]) - number(&exact[b]), number(&profile["error"][b]));
            assert!(off.abs() < 0.4 && error < 0.2, "{method}, bin {b}: {off} {error}");
        }
        assert!(number(&said["reference"]["profile_rms"]) < 1.0, "{said}");
        assert_eq!(said["exchanges"]["acceptance"].as_array().unwrap().len(), states - 1);
        // Trajectories of 16 steps, but for those that diverge early on.
        let evaluations = number(&said["energy_evaluations"]["total"]);
        let most = (6 * states * (1 + 16 * (300 + 2 * 1500))) as f64;
        assert!(evaluations <= most && evaluations > 0.95 * most, "{evaluations} {most}");

        let path = folder.join("a.npz");
        let mut names = ["energy", "log_weight", "run", "x", "x0", state];
        names.sort_unstable();
        assert_eq!(names_in_npz(&path), names);
        let n = 6 * states * 1500;
        let (shape, x) = read_npz(&path, "x");
        assert_eq!(shape, [n as u64, 2]);
        let array = |name: &str| read_npz(&path, name).1;
        let (run, index, energy) = (array("run"), array(state), array("energy"));
        let w: Vec<f64> = array("log_weight").iter().map(|w| w.exp()).collect();
        for i in [0, 1, states, n / 2, n - 1] {
            assert_eq!((run[i], index[i]), ((i / (n / 6)) as f64, (i % states) as f64));
            let (a, b) = (x[2 * i], x[2 * i + 1]);
            assert!((energy[i] - (a.powi(4) - 3.0 * a * a + a + 0.5 * b * b)).abs() < 1e-9);
        }
        // The weights of a run sum to 1, and give the mean that was printed.
        assert!((w.iter().sum::<f64>() - 6.0).abs() < 1e-9);
        let mean = w.iter().zip(&energy).map(|(w, u)| w * u).sum::<f64>() / 6.0;
        assert!((mean - number(&said["observables"]["energy"]["value"])).abs() < 1e-9);

        // The same numbers on one thread.
        let one = json(
            folder,
            &[&base[..], &more.map(|s| s as &str), &["b.npz", "--threads", "1"]].concat(),
        );
        assert_eq!((&one["profile"], &one["delta_f"]), (&said["profile"], d));
        assert_eq!(array("x"), read_npz(&folder.join("b.npz"), "x").1);
    }
}

fn dimer(folder: &Path, more: &[&str]) -> serde_json::Value {
    let base = ["simulate", "dimer", "--method", "umbrella", "--reference", REFERENCE];
    let short = ["--runs", "2", "-n", "60", "--burn-in", "200", "-o", "d.npz"];
    json(folder, &[&base[..], &short, more].concat())
}

#[test]
fn the_dimer_is_compared_with_its_reference() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = dimer(folder, &[]);
    // The file prints -6.7443 for these, from its own bins.
    assert!((number(&said["reference"]["delta_f"]) - 6.7443).abs() < 0.02, "{said}");
    assert_eq!(said["reference"]["profile_bins"], 18);
    assert!(number(&said["reference"]["profile_rms"]) < 1.0, "{said}");
    assert_eq!((&said["states"], &said["n"]), (&24.into(), &(2 * 24 * 60).into()));
    // Any slope and temperature of the file.
    let said = dimer(folder, &["--set", "dimer_slope=-0.5"]);
    assert!((number(&said["reference"]["delta_f"]) - 1.09).abs() < 0.02, "{said}");
    let said = dimer(folder, &["-T", "2", "--exchange-every", "0"]);
    assert!((number(&said["reference"]["delta_f"]) - 3.9669).abs() < 0.02, "{said}");
    assert!(said["exchanges"]["acceptance"][0].is_null());
    let text = succeed(
        folder,
        &[
            "simulate",
            "dimer",
            "--method",
            "umbrella",
            "--runs",
            "1",
            "-n",
            "5",
            "--burn-in",
            "20",
            "--set",
            "n_solvent=4",
            "--kernel",
            "mala",
            "-q",
            "-o",
            "e.npz",
        ],
    );
    assert!(text.contains("closed") && text.contains("--runs 2"), "{text}");
}

/// The means of a chain that never left its well have no error that could be known.
#[test]
fn simulate_tells_states_and_crossings_and_no_error_of_one_unmixed_chain() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let base = ["simulate", "double-well", "--method-set", "step_size=0.3", "-o", "a.npz"];
    // A barrier of tens of kT, and one of 1 kT.
    let (high, low) = (["--set", "c2=-12", "-n", "500"], ["--set", "c2=-2", "-n", "5000"]);
    let run = |more: &[&str]| json(folder, &[&base[..], more].concat());
    let stuck = run(&high);
    assert!(stuck["observables"]["x0"]["error"].is_null(), "{stuck}");
    assert!(stuck["observables"]["energy"]["error"].is_null(), "{stuck}");
    assert!(stuck["errors_unknown"].as_str().unwrap().contains("the one chain stayed"), "{stuck}");
    assert_eq!(stuck["states"][0]["coordinate"], "x0");
    assert_eq!(stuck["states"][0]["crossings"], 0);
    let samples = &stuck["states"][0]["samples"];
    assert_eq!((&samples["left"], &samples["right"]), (&500.into(), &0.into()), "{stuck}");
    let text = succeed(folder, &[&base[..], &high, &["-q"]].concat());
    assert!(text.contains("errors are unknown: the one chain stayed in the state left"), "{text}");
    assert!(text.contains("unknown") && text.contains("right never"), "{text}");

    let mixed = run(&low);
    assert!(number(&mixed["observables"]["x0"]["error"]) > 0.0, "{mixed}");
    assert!(mixed["errors_unknown"].is_null(), "{mixed}");
    assert!(number(&mixed["states"][0]["crossings"]) > 10.0, "{mixed}");
    // Two chains in two wells disagree, and tell nothing of how the wells compare.
    let two = [&high[..], &["--chains", "2"]].concat();
    let apart = run(&two);
    assert!(apart["observables"]["x0"]["error"].is_null(), "{apart}");
    assert!(apart["errors_unknown"].as_str().unwrap().contains("no chain crossed"), "{apart}");
    assert_eq!(apart["states"][0]["crossings_of_chains"], serde_json::json!([0, 0]));
    let text = succeed(folder, &[&base[..], &two, &["-q"]].concat());
    assert!(
        text.contains("errors are unknown: no chain crossed between left and right of x0"),
        "{text}"
    );
    assert!(text.contains("longer chains") && !text.contains("more --chains"), "{text}");
}

/// As in `analyze`: what is not given stays at what suits replicas.
#[test]
fn a_kernel_setting_leaves_the_others_of_the_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let base = ["simulate", "double-well", "--method", "replica-exchange", "--runs", "1"];
    let short = ["-n", "20", "--burn-in", "10", "--method-set", "replicas=2", "-o", "a.npz"];
    let evaluations = |more: &[&str]| {
        let said = json(folder, &[&base[..], &short, more].concat());
        number(&said["energy_evaluations"]["total"])
    };
    let steps = (10 + 5 * 20) as f64;
    for (more, each) in [
        (&[][..], 16.0),
        (&["--kernel-set", "step_size=0.05"], 16.0),
        (&["--kernel", "hmc", "--kernel-set", "step_size=0.05"], 16.0),
        (&["--kernel-set", "steps=3"], 3.0),
        (&["--kernel", "metropolis"], 1.0),
    ] {
        // Trajectories of that many steps, but for those of the burn-in that diverge early on.
        let (made, most) = (evaluations(more), 2.0 * (1.0 + each * steps));
        assert!(made <= most && made > 0.85 * most, "{more:?}: {made} of {most}");
    }
}
