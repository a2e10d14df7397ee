//! `boltzflow energy` against independent energies and gradients, in every layout of a NumPy file.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use program::{json, names_in_npz, read_npz, run, succeed, train_small, write_npy, write_npy_as};

fn reference(file: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference").join(file);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn numbers(list: &Json) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Compares all points of a case: energies within 1e-10, gradients within 1e-9 of the largest component.
fn compare(system: &str, parameters: &Json, points: &Json, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let points = points.as_array().unwrap();
    let x: Vec<Vec<f64>> = points.iter().map(|p| numbers(&p["x"])).collect();
    write_npy(&folder.path().join("x.npy"), &x);
    let sets: Vec<String> =
        parameters.as_object().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
    let mut arguments = vec!["energy", system, "x.npy", "-o", "u.npz"];
    for set in &sets {
        arguments.extend(["--set", set]);
    }
    arguments.extend(more);
    succeed(folder.path(), &arguments);
    let output = folder.path().join("u.npz");
    let (shape, energy) = read_npz(&output, "energy");
    let (gradient_shape, gradient) = read_npz(&output, "gradient");
    let dim = x[0].len();
    assert_eq!((shape, gradient_shape), (vec![x.len() as u64], vec![x.len() as u64, dim as u64]));
    for (i, point) in points.iter().enumerate() {
        let expected = point["energy"].as_f64().unwrap();
        assert!(
            (energy[i] - expected).abs() <= 1e-10 * expected.abs(),
            "{system} {i}: {}",
            energy[i]
        );
        let expected = numbers(&point["gradient"]);
        let largest = expected.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for (g, e) in gradient[i * dim..].iter().zip(&expected) {
            assert!((g - e).abs() <= 1e-9 * largest, "{system} {i}: {g} {e}");
        }
    }
}

#[test]
fn double_well_in_every_dimension() {
    for case in reference("double_well.json")["cases"].as_array().unwrap() {
        for (dim, points) in case["points_by_dim"].as_object().unwrap() {
            compare("double-well", &case["parameters"], points, &["--dim", dim]);
        }
    }
}

#[test]
fn every_other_system() {
    for (file, system) in
        [("mueller_brown.json", "mueller-brown"), ("lj_clusters.json", "lennard-jones")]
    {
        for case in reference(file)["cases"].as_array().unwrap() {
            compare(system, &case["parameters"], &case["points"], &[]);
        }
    }
    for case in reference("many_well.json")["cases"].as_array().unwrap() {
        let dim = case["dim"].to_string();
        compare("many-well", &case["parameters"], &case["points"], &["--dim", &dim]);
    }
    let dw4 = reference("dw4.json");
    compare("dw4", &dw4["parameters"], &dw4["points"], &[]);
    let dimer = reference("dimer_energy.json");
    compare("dimer", &dimer["parameters"], &dimer["configurations"], &[]);
    // The means go through the command line as nested lists; the components have equal weights.
    let gmm = reference("gmm40.json");
    let mut parameters = gmm["parameters"].clone();
    parameters.as_object_mut().unwrap().retain(|k, _| k == "means" || k == "scale");
    compare("gaussian-mixture", &parameters, &gmm["points"], &[]);
}

#[test]
fn layouts_types_and_system_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    // Exact in f32, so that all files hold the same numbers.
    let x = [[0.5, -1.25], [2.0, 0.75], [-1.5, 3.0]].map(Vec::from);
    fs::write(
        path("system.toml"),
        "system = 'double-well'\ntemperature = 2\nvariant = 'text'\n[parameters]\nk = 3\n",
    )
    .unwrap();
    let mut first: Option<Vec<f64>> = None;
    for (order, kind) in
        [(false, "<f8"), (true, "<f8"), (false, "<f4"), (true, ">f4"), (false, ">f8")]
    {
        write_npy_as(&path("x.npy"), &x, order, kind);
        succeed(folder.path(), &["energy", "system.toml", "x.npy", "-o", "u.npz"]);
        assert_eq!(names_in_npz(&path("u.npz")), ["energy", "gradient", "reduced"]);
        let (_, energy) = read_npz(&path("u.npz"), "energy");
        let (_, reduced) = read_npz(&path("u.npz"), "reduced");
        for (i, x) in x.iter().enumerate() {
            let u = 0.25 * x[0].powi(4) - 3.0 * x[0] * x[0] + x[0] + 1.5 * x[1] * x[1];
            assert!((energy[i] - u).abs() < 1e-12 && (reduced[i] - u / 2.0).abs() < 1e-12);
        }
        assert_eq!(*first.get_or_insert(energy.clone()), energy);
    }
    succeed(
        folder.path(),
        &["energy", "system.toml", "x.npy", "--set", "k=1", "-T", "1", "-o", "v.npz"],
    );
    assert_ne!(read_npz(&path("v.npz"), "energy").1, first.unwrap());
}

#[test]
fn own_formula() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("mine.toml"),
        "system = 'formula'\n[parameters]\nformula = 'x^4 - 6*x^2 + x + y^2/2'\n",
    )
    .unwrap();
    write_npy(&folder.path().join("x.npy"), &[vec![0.3, -0.7], vec![-1.8, 0.1]]);
    succeed(folder.path(), &["energy", "mine.toml", "x.npy", "-o", "a.npz"]);
    succeed(folder.path(), &["energy", "double-well", "x.npy", "-o", "b.npz"]);
    for name in ["energy", "gradient"] {
        let values = |file: &str| read_npz(&folder.path().join(file), name).1;
        for (a, b) in values("a.npz").iter().zip(values("b.npz")) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
    let wrong = run(
        folder.path(),
        &["energy", "formula", "x.npy", "--set", "formula='x +* 2'", "-o", "c.npz"],
    );
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn tables_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = json(folder, &["simulate", "double-well", "-n", "300", "-o", "mc.csv"]);
    assert_eq!(said["n"], 300);
    let text = fs::read_to_string(folder.join("mc.csv")).unwrap();
    assert!(text.starts_with("x0,x1,energy\n") && text.lines().count() == 301, "{text:.100}");
    // Columns beside the configuration do not matter.
    succeed(folder, &["energy", "double-well", "mc.csv", "-o", "u.csv"]);
    let energies = |file: &str, column: usize| -> Vec<f64> {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let rows = text.lines().skip(1);
        rows.map(|row| row.split(',').nth(column).unwrap().parse().unwrap()).collect()
    };
    assert_eq!(energies("mc.csv", 2), energies("u.csv", 0));
    // And they are examples, with weights of one column.
    fs::write(folder.join("w.csv"), "weight\n".to_string() + &"1\n".repeat(300)).unwrap();
    train_small(folder, "run", &["--data", "mc.csv", "--data-weights", "w.csv"]);
    // Particles are told apart, and looked at when they are read.
    succeed(folder, &["simulate", "dimer", "-n", "2", "-o", "d.npz", "--xyz", "d.xyz"]);
    let frames = fs::read_to_string(folder.join("d.xyz")).unwrap();
    assert_eq!(frames.lines().filter(|line| line.starts_with("D ")).count(), 2 * 2);
    assert_eq!(frames.lines().filter(|line| line.starts_with("S ")).count(), 2 * 36);
    succeed(folder, &["energy", "dimer", "d.xyz", "-o", "u.npz"]);
    fs::write(folder.join("swapped.xyz"), frames.replacen("\nS ", "\nD ", 1)).unwrap();
    let refused = run(folder, &["energy", "dimer", "swapped.xyz", "-o", "u.npz"]);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.contains("names particle 3 D, which is S"), "{error}");
}

/// Columns are taken by their names, whatever their order.
#[test]
fn named_columns_are_found_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.csv"), "x0,x1\n1.5,-0.25\n").unwrap();
    fs::write(folder.join("b.csv"), "x1,x0\n-0.25,1.5\n").unwrap();
    for name in ["a", "b"] {
        let (input, output) = (format!("{name}.csv"), format!("{name}.npz"));
        succeed(folder, &["energy", "double-well", &input, "-o", &output]);
    }
    let energy = |name: &str| read_npz(&folder.join(name), "energy").1;
    assert_eq!(energy("a.npz"), energy("b.npz"));
}

#[test]
fn what_would_take_days_has_to_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_small(folder, "run", &[]);
    // On no machine are 10¹⁴ particles moved in an hour.
    let hopeless = ["--method", "smc", "--particles", "4000000000", "--runs", "10000"];
    let analyze = [&["analyze", "run", "-n", "500", "-o", "report"][..], &hopeless].concat();
    let refused = run(folder, &analyze);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{error}");
    for part in ["annealing would take about", "day", "--particles", "--patient"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!folder.join("report").exists());
    // Few particles with a long relaxation are told of, too.
    let long = ["--method", "smc", "--particles", "100", "--runs", "8", "--relaxation", "1000000"];
    let steps = ["--kernel-set", "steps=10000"];
    let analyze = [&["analyze", "run", "-n", "500", "-o", "report"][..], &long, &steps].concat();
    let refused = run(folder, &analyze);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{error}");
    assert!(error.contains("annealing would take about"), "{error}");
    assert!(!folder.join("report").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_analysis_leaves_no_empty_folder() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_small(folder, "run", &[]);
    let smc = ["--method", "smc", "--particles", "50000", "--runs", "100", "--patient"];
    let analyze = [&["analyze", "run", "-n", "500", "-o", "report"][..], &smc].concat();
    let mut child = program::command(folder, &analyze)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It says how long annealing is going to take, and begins.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("annealing: about")));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Nothing, or, where a run was finished, all of it.
    let report = folder.join("report");
    assert!(!report.exists() || report.join("report.json").is_file());
}
