//! Bad input: one sentence, exit code 2, nothing written.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;
use std::path::Path;

use program::{files, npy, run, train_small, write_npy};

/// The program must refuse with one line that holds all `parts`, and leave the folder as it was.
fn refuse(folder: &Path, arguments: &[&str], parts: &[&str]) {
    let before = files(folder);
    let output = run(folder, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert!(
        error.starts_with("error[") && error.contains("]: ") && error.contains("; "),
        "{arguments:?}: {error}"
    );
    assert_eq!(error.trim_end().lines().count(), 1, "{arguments:?}: {error}");
    for part in parts {
        assert!(error.contains(part), "{arguments:?} lacks '{part}': {error}");
    }
    assert_eq!(files(folder), before, "{arguments:?}");
}

#[test]
fn words_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_npy(&folder.join("x.npy"), &[vec![0.0, 1.0], vec![2.0, 3.0]]);
    fs::write(folder.join("typo.toml"), "system = 'double-well'\ntemprature = 2\n").unwrap();
    fs::write(folder.join("broken.toml"), "system = 'double-well'\n\ndim = = 2\n").unwrap();
    fs::write(folder.join("nameless.toml"), "dim = 2\n").unwrap();
    fs::write(folder.join("latin.toml"), b"system = '\xe4'\n").unwrap();
    fs::write(folder.join("empty.toml"), "").unwrap();
    fs::write(folder.join("mine.toml"), "preset = 'double-well'\nbath = 3\n").unwrap();
    fs::write(folder.join("range.toml"), "learning_rate = -1\n").unwrap();
    fs::write(folder.join("table.toml"), "[paramters]\nc4 = 2\n").unwrap();
    fs::write(folder.join("top.toml"), "c4 = 2\n").unwrap();
    fs::write(folder.join("seed.toml"), "seed = 9007199254740993\n").unwrap();
    write_npy(&folder.join("wide.npy"), &[vec![0.0, 1.0, 2.0]]);
    for (arguments, parts) in [
        (
            &["energy", "doublewell", "x.npy", "-o", "u.npz"][..],
            &["doublewell", "did you mean 'double-well'?"][..],
        ),
        (&["energy", "double-well", "x.npy", "--set", "c5=1", "-o", "u.npz"], &["c5", "c4"]),
        (&["energy", "double-well", "x.npy", "--set", "c4=-1", "-o", "u.npz"], &["c4", "positive"]),
        (
            &["energy", "double-well", "x.npy", "--set", "c4=nan", "-o", "u.npz"],
            &["c4", "positive"],
        ),
        (&["energy", "double-well", "x.npy", "--set", "c4", "-o", "u.npz"], &["key=value"]),
        (&["energy", "double-well", "x.npy", "--variant", "txt", "-o", "u.npz"], &["txt", "text"]),
        (&["energy", "double-well", "x.npy", "--dim", "3", "-o", "u.npz"], &["3", "2"]),
        (&["energy", "double-well", "x.npy", "--dim", "0", "-o", "u.npz"], &["dim"]),
        (
            &["energy", "double-well", "x.npy", "-T", "-1", "-o", "u.npz"],
            &["temperature", "positive"],
        ),
        (
            &["energy", "double-well", "x.npy", "-T", "0", "-o", "u.npz"],
            &["temperature", "positive"],
        ),
        (&["energy", "double-well", "none.npy", "-o", "u.npz"], &["none.npy"]),
        (&["energy", "double-well", ".", "-o", "u.npz"], &["."]),
        (&["energy", "double-well", "x.npy", "-o", "no/where/u.npz"], &["no/where/u.npz"]),
        (&["energy", "double-well", "x.npy", "-o", "x.npy/u.npz"], &["x.npy/u.npz"]),
        (&["energy", "double-well", "x.npy", "-o", "."], &["folder"]),
        (&["energy", "typo.toml", "x.npy", "-o", "u.npz"], &["temprature", "temperature", "dim"]),
        (&["energy", "broken.toml", "x.npy", "-o", "u.npz"], &["line 3"]),
        (&["energy", "nameless.toml", "x.npy", "-o", "u.npz"], &["system"]),
        (&["energy", "latin.toml", "x.npy", "-o", "u.npz"], &["UTF-8"]),
        (&["energy", "empty.toml", "x.npy", "-o", "u.npz"], &["empty"]),
        (&["energy", "none.toml", "x.npy", "-o", "u.npz"], &["none.toml"]),
        (&["train", "doble-well", "-o", "r"], &["did you mean 'double-well'?"]),
        (&["train", "mine.toml", "-o", "r"], &["bath", "did you mean 'batch'?"]),
        (&["train", "range.toml", "-o", "r"], &["range.toml: learning_rate"]),
        (&["train", "table.toml", "-o", "r"], &["table.toml", "did you mean 'parameters'?"]),
        (&["train", "top.toml", "-o", "r"], &["top.toml: c4 = 2", "under [parameters]"]),
        (&["train", "seed.toml", "-o", "r"], &["seed.toml: seed = 9007199254740993", "2^53"]),
        (&["train", "double-well", "-o", "r", "--seed", "-1"], &["'-1'", "--seed", "from 0 to"]),
        (
            &["train", "double-well", "-o", "r", "--seed", "9007199254740993"],
            &["9007199254740993", "from 0 to 9007199254740992"],
        ),
        (&["explore", "double-well", "-o", "f.npz", "--heat", "-1"], &["-1", "at least 1"]),
        (&["explore", "double-well", "-o", "f.npz", "--batch", "-1"], &["--batch", "0 or above"]),
        (&["energy", "double-well", "wide.npy", "-o", "u.npz"], &["wide.npy has 3 columns", "2"]),
        (&["energy", "double-well", "x.npz", "-o", "u.npz"], &["x.npz", ".npy or .csv or .xyz"]),
        (&["simulate", "double-well", "--adapt", "-o", "s.npz"], &["--adapt", "--burn-in"]),
        (
            &["train", "double-well", "-o", "r", "--set", "bath=3"],
            &["bath", "did you mean 'batch'?"],
        ),
        (&["train", "double-well", "-o", "r", "--set", "batch=0"], &["batch"]),
        (
            &["train", "double-well", "-o", "r", "--set", "temperature=-1"],
            &["temperature", "positive"],
        ),
        (&["train", "double-well", "-o", "r", "--set", "flow=X7"], &["X7"]),
        (&["train", "double-well", "-o", "r", "--set", "coordinate=x7"], &["x7", "x0"]),
        (&["simulate", "double-well", "-o", "s.txt"], &["s.txt", ".npz or .csv"]),
        (&["energy", "double-well", "x.npy", "-o", "s"], &["s is not", ".npz or .csv"]),
        (&["explore", "double-well", "-o", "f.csv"], &["f.csv", ".npz"]),
        (&["train", "double-well", "-o", "r", "--threads", "0"], &["threads"]),
        (&["train", "double-well", "-o", "r", "--checkpoint-every", "nan"], &["checkpoint-every"]),
        (&["train", "double-well", "-o", "x.npy"], &["x.npy"]),
        (&["train", "double-well", "-o", "."], &["not empty", "--resume"]),
        (&["train", "-o", "r", "--resume"], &["no run"]),
        (&["train", "double-well", "-o", "r", "--data", "none.npy"], &["none.npy"]),
        (&["train", "double-well", "-o", "r", "--set", "w_ml=0", "--data", "x.npy"], &["w_ml"]),
        (&["train", "harmonic", "-o", "r", "--set", "w_ml=1", "--data", "x.npy"], &["8", "2"]),
        (&["sample", "r", "-n", "5", "-o", "s.npz"], &["no run in r"]),
        (&["analyze", "r", "-o", "report"], &["no run in r"]),
        (&["show", "."], &["no run"]),
        (
            &["simulate", "double-well", "--method", "metropolish", "-o", "s.npz"],
            &["did you mean 'metropolis'?", "hmc"],
        ),
        (&["simulate", "double-well", "--method-set", "stepsize=1", "-o", "s.npz"], &["step_size"]),
        (&["simulate", "double-well", "-n", "0", "-o", "s.npz"], &["from 1"]),
        (&["simulate", "double-well", "-n", "18446744073709551615", "-o", "s.npz"], &["from 1"]),
        (&["simulate", "double-well", "--stride", "0", "-o", "s.npz"], &["at least 1"]),
        (&["simulate", "double-well", "--start", "x.npy", "-o", "s.npz"], &["--start", "1"]),
        (&["simulate", "double-well", "--xyz", "a.xyz", "-o", "s.npz"], &["particles"]),
        (&["simulate", "double-well", "--method", "gibbs", "-o", "s.npz"], &["hmc", "umbrella"]),
        (&["simulate", "double-well", "--runs", "2", "-o", "s.npz"], &["--runs", "umbrella"]),
        (&["systems", "trouble-well"], &["trouble-well", "double-well"]),
        (&["bench", "--filter", "nothing-like-this"], &["nothing-like-this", "gemm"]),
        (&["bench", "--seconds", "0", "--filter", "tanh"], &["seconds"]),
        (&["nonsense"], &["nonsense"]),
        (&[], &["systems", "train"]),
        (&["energy", "double-well"], &["CONFIGS", "--help"]),
        (&["train", "double-well", "-o", "r", "--treads", "2"], &["did you mean '--threads'?"]),
        (&["trian", "double-well", "-o", "r"], &["did you mean 'train'?"]),
        (&["analyze", ".", "-o", "r", "--method", "sms"], &["did you mean 'smc'?"]),
        (&["sample", "r", "-n", "many", "-o", "s.npz"], &["many"]),
    ] {
        refuse(folder, arguments, parts);
    }
}

#[test]
fn ladders() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_npy(&folder.join("wide.npy"), &[vec![0.0, 1.0, 2.0]]);
    let umbrella = ["simulate", "double-well", "--method", "umbrella", "-o", "s.npz"];
    for (more, parts) in [
        (["--chains", "2"], ["--chains", "--runs"]),
        (["--runs", "0"], ["runs", "at least 1"]),
        (["--stride", "0"], ["stride", "at least 1"]),
        (["-n", "0"], ["n = 0", "from 1"]),
        (["--threads", "0"], ["threads", "from 1"]),
        (["--kernel", "gibbs"], ["gibbs", "hmc"]),
        (["--kernel-set", "stops=2"], ["stops", "steps"]),
        (["--coordinate", "x7"], ["x7", "x0"]),
        (["--method-set", "windows=1"], ["windows", "from 2"]),
        (["--method-set", "low=3"], ["low", "below high"]),
        (["--method-set", "replicas=3"], ["replicas", "windows"]),
        (["--start", "wide.npy"], ["3", "2"]),
        (["--reference", "none.json"], ["none.json", "no file"]),
    ] {
        refuse(folder, &[&umbrella[..], &more].concat(), &parts);
    }
    // Windows so stiff that no two of them meet.
    let stiff = ["--method-set", "k=1e6", "-n", "20", "--burn-in", "50", "--runs", "1"];
    refuse(folder, &[&umbrella[..], &stiff].concat(), &["overlap"]);
    // The file has no such temperature.
    let dimer = ["simulate", "dimer", "--method", "umbrella", "-o", "s.npz", "-T", "3"];
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/dimer_free_energy.json");
    refuse(folder, &[&dimer[..], &["--reference", file]].concat(), &["temperature 3"]);
}

#[test]
fn arrays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write_npy(&folder.join("good.npy"), &[vec![0.0, 1.0], vec![2.0, 3.0], vec![4.0, 5.0]]);
    let good = fs::read(folder.join("good.npy")).unwrap();
    file("short.npy", &good[..good.len() - 9]);
    file("head.npy", &good[..40]);
    file("empty.npy", b"");
    file("text.npy", b"1 2 3\n");
    write_npy(&folder.join("nan.npy"), &[vec![0.0, 1.0], vec![2.0, f64::NAN]]);
    write_npy(&folder.join("inf.npy"), &[vec![f64::INFINITY, 1.0]]);
    write_npy(&folder.join("none.npy"), &[]);
    let header = |text: &str| npy(text, &[0; 32]);
    file("int.npy", &header("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2), }"));
    file("flat.npy", &header("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }"));
    let huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }";
    file("huge.npy", &header(huge));
    file(
        "large.npy",
        &header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 99), }"),
    );
    file("nested.npy", &header(&"(".repeat(60_000)));
    file("object.npy", &header("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }"));
    for (name, parts) in [
        ("short.npy", &["short.npy", "4 of 6", "truncated"][..]),
        ("head.npy", &["head.npy"]),
        ("empty.npy", &["empty.npy is empty"]),
        ("text.npy", &["text.npy", ".npy"]),
        ("nan.npy", &["nan.npy", "NaN", "row 1, column 1"]),
        ("inf.npy", &["inf.npy", "inf", "row 0, column 0"]),
        ("none.npy", &["none.npy"]),
        ("int.npy", &["int.npy", "float64"]),
        ("object.npy", &["object.npy", "float64"]),
        ("flat.npy", &["flat.npy", "n × dim"]),
        ("huge.npy", &["huge.npy"]),
        ("large.npy", &["large.npy", "truncated"]),
        ("nested.npy", &["nested.npy"]),
    ] {
        refuse(folder, &["energy", "double-well", name, "-o", "u.npz"], parts);
        refuse(folder, &["train", "double-well", "-o", "r", "--data", name], parts);
    }
    file("words.csv", b"x0,x1\n1,2\n3,four\n");
    file("short.csv", b"1,2\n3\n");
    for (name, parts) in [
        ("words.csv", &["words.csv", "'four'", "line 3, column 2"][..]),
        ("short.csv", &["short.csv", "line 2"]),
    ] {
        refuse(folder, &["energy", "double-well", name, "-o", "u.npz"], parts);
        refuse(folder, &["train", "double-well", "-o", "r", "--data", name], parts);
    }
    let xyz = "2\n\nA 0 0 0\nA 1 1\n";
    file("bad.xyz", xyz.as_bytes());
    refuse(
        folder,
        &["train", "double-well", "-o", "r", "--data", "bad.xyz"],
        &["bad.xyz", "line 1"],
    );
    write_npy(&folder.join("w.npy"), &[vec![1.0], vec![-1.0], vec![1.0]]);
    let weights =
        ["train", "double-well", "-o", "r", "--data", "good.npy", "--data-weights", "w.npy"];
    refuse(folder, &weights, &["weight 1"]);
}

#[test]
fn checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_small(folder, "run", &[]);
    let model = folder.join("run/model.safetensors");
    let state = folder.join("run/state.safetensors");
    let refuse_all = |part: &str| {
        refuse(folder, &["sample", "run", "-n", "5", "-o", "s.npz"], &[part]);
        refuse(folder, &["analyze", "run", "-o", "report"], &[part]);
        refuse(folder, &["show", "run"], &[part]);
    };
    for path in [&model, &state] {
        let good = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for length in [0, 7, 100, good.len() / 2, good.len() - 1] {
            fs::write(path, &good[..length]).unwrap();
            refuse(folder, &["show", "run"], &[name, "truncated"]);
        }
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        fs::write(path, &flipped).unwrap();
        refuse(folder, &["show", "run"], &[name, "digest"]);
        fs::write(path, &good).unwrap();
    }
    let resume = ["train", "-o", "run", "--resume"];
    fs::write(&state, b"nonsense").unwrap();
    refuse(folder, &resume, &["state.safetensors"]);
    fs::write(&model, b"nonsense").unwrap();
    refuse_all("model.safetensors");
    fs::remove_file(&model).unwrap();
    refuse_all("model.safetensors");
    fs::write(folder.join("run/run.toml"), "system = 7").unwrap();
    refuse(folder, &resume, &["system"]);
}

#[test]
fn options_of_trained_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train_small(folder, "run", &[]);
    fs::write(folder.join("other.json"), "{\"cases\": []}").unwrap();
    fs::write(folder.join("list.json"), "[1, 2]").unwrap();
    fs::write(folder.join("text.json"), "hello").unwrap();
    write_npy(&folder.join("x3.npy"), &[vec![0.0; 3]]);
    for (arguments, parts) in [
        (&["sample", "run", "-n", "0", "-o", "s.npz"][..], &["from 1"][..]),
        (&["export", "run", "-o", "m.txt"], &["m.txt", ".safetensors"]),
        (
            &["analyze", "run", "-o", "report", "--particles", "0"],
            &["--particles has no meaning without --method smc"],
        ),
        (
            &["analyze", "run", "-o", "report", "--method", "smc", "--relaxation", "1000001"],
            &["relaxation = 1000001", "from 0 to 1000000"],
        ),
        (&["sample", "run", "-n", "99999999999999999", "-o", "s.npz"], &["from 1"]),
        (&["sample", "run", "-n", "5", "-T", "-2", "-o", "s.npz"], &["temperature"]),
        (&["sample", "run", "-n", "5", "-o", "no/s.npz"], &["no/s.npz"]),
        (&["sample", "run", "-n", "5", "-o", "s.npz", "--xyz", "s.xyz"], &["particles"]),
        (&["sample", "run", "-n", "5", "-o", "s.npz", "--svg", "s.svg"], &["particles", "--svg"]),
        (&["analyze", "run", "--coordinate", "x9", "-o", "report"], &["x9", "x0"]),
        (&["analyze", "run", "-T", "0", "-o", "report"], &["temperature"]),
        (&["analyze", "run", "--bin-width", "-1", "-o", "run/log.jsonl/report"], &["log.jsonl"]),
        (&["analyze", "run", "--reference", "other.json", "-o", "report"], &["other.json"]),
        (&["analyze", "run", "--reference", "list.json", "-o", "report"], &["list.json"]),
        (&["analyze", "run", "--reference", "text.json", "-o", "report"], &["text.json", "JSON"]),
        (&["analyze", "run", "--reference", "none.json", "-o", "report"], &["none.json"]),
        (&["train", "double-well", "-o", "run"], &["not empty", "--resume"]),
        (&["train", "-o", "run", "--resume", "--set", "batch=7"], &["other settings", "batch"]),
        (&["train", "-o", "run", "--resume", "--set", "c4=2"], &["other settings", "c4"]),
        (
            &["train", "double-well", "-o", "run", "--resume", "--seed", "9"],
            &["other settings", "seed"],
        ),
    ] {
        refuse(folder, arguments, parts);
    }
}
