//! Rounds of training and annealing, and training from the files that they and explorations write.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;

use program::{SMALL, json, read_npz, run, succeed};

const ROUNDS: [&str; 14] = [
    "bootstrap",
    "double-well",
    "-o",
    "rounds",
    "--set",
    "smc_runs=3",
    "--set",
    "smc_particles=300",
    "--set",
    "smc_step_size=0.2",
    "--set",
    "example_held_out=0.3",
    "--rounds",
    "1",
];

#[test]
fn rounds_learn_from_what_was_annealed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let arguments = [&ROUNDS[..], &SMALL].concat();
    let said = json(folder, &arguments);
    let rounds = said["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 2);
    let count =
        |round: usize, what: &str| rounds[round]["energy_evaluations"][what].as_u64().unwrap();
    // What a round cost is in the data of the next.
    assert_eq!(count(1, "data"), count(0, "total"));
    assert!(count(1, "total") > count(1, "data"));
    let (shape, weights) = read_npz(&folder.join("rounds/examples-1.npz"), "weight");
    assert_eq!((shape, weights.len()), (vec![900], 900));
    for round in rounds {
        assert!(round["gaps"]["forward"]["value"].is_number(), "{round}");
        let delta_f = &round["annealed"]["delta_f"];
        let off = (delta_f["value"].as_f64().unwrap() - 3.379_9).abs();
        assert!(off < 5.0 * delta_f["error"].as_f64().unwrap() + 0.3, "{delta_f}");
    }
    // A round is a run like any other.
    let shown = json(folder, &["show", "rounds/round-1"]);
    assert_eq!(shown["digest"]["model"], rounds[1]["digest"]["model"]);

    // Nothing is done twice, and more rounds follow.
    let again = [&arguments[..], &["--resume"]].concat();
    assert_eq!(json(folder, &again)["rounds"], said["rounds"]);
    fs::remove_file(folder.join("rounds/round-1/report.json")).unwrap();
    let resumed = json(folder, &again);
    for part in ["digest", "annealed", "energy_evaluations"] {
        assert_eq!(resumed["rounds"][1][part], rounds[1][part], "{part}");
    }
    let mut more = again.clone();
    more[13] = "2";
    assert!(succeed(folder, &more).contains("forward gap"));
    assert!(folder.join("rounds/examples-3.npz").is_file());

    // Round 0 has learnt from the examples of the settings, not from a file.
    program::write_npy(&folder.join("other.npy"), &[vec![1.0, 0.0], vec![-1.0, 0.0]]);
    for (more, code) in [
        (vec![], "exists"),
        (vec!["--resume", "--data", "other.npy"], "other-settings"),
        (vec!["--resume", "--set", "w_ml=0"], "invalid-setting"),
        (vec!["--resume", "--set", "batch=65"], "other-settings"),
        (vec!["--resume", "--set", "smc_particles=1"], "invalid-setting"),
    ] {
        let refused = run(folder, &[&arguments[..], &more].concat());
        assert_eq!(refused.status.code(), Some(2), "{more:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.starts_with(&format!("error[{code}]")), "{more:?}: {said}");
    }
}

/// What a killed program left behind is no round.
#[test]
fn a_folder_with_temporary_files_alone_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("rounds")).unwrap();
    fs::write(folder.join("rounds/.boltzflow-x1y2z3.npz"), "half").unwrap();
    let mut arguments = [&ROUNDS[..], &SMALL].concat();
    arguments[13] = "0";
    assert_eq!(json(folder, &arguments)["rounds"].as_array().unwrap().len(), 1);
}

#[test]
fn training_from_an_exploration() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let explore = ["explore", "double-well", "--capacity", "300", "--iterations", "50"];
    let found = json(folder, &[&explore[..], &["-o", "found.npz"]].concat());
    let train =
        [&["train", "double-well", "-o", "run", "--data", "found.npz"], &SMALL[..]].concat();
    let trained = json(folder, &train);
    // The estimate that an exploration ends with is none of its examples' cost.
    let spent = found["exploration"]["energy_evaluations"].as_u64().unwrap() - 20_000;
    assert_eq!(trained["energy_evaluations"]["data"], spent);
    let again = json(folder, &[&train[..], &["--resume"]].concat());
    assert_eq!(again["digest"], trained["digest"]);
    // An ending is known in any case, and weights may come beside an archive without any.
    fs::copy(folder.join("found.npz"), folder.join("FOUND.NPZ")).unwrap();
    program::write_npy(&folder.join("even.npy"), &vec![vec![1.0]; 300]);
    let upper = ["train", "double-well", "-o", "upper", "--data", "FOUND.NPZ"];
    let weighted = ["--data-weights", "even.npy"];
    assert_eq!(
        json(folder, &[&upper[..], &weighted, &SMALL].concat())["digest"],
        trained["digest"]
    );
    program::write_npy(&folder.join("w.npy"), &[vec![1.0]]);
    fs::write(folder.join("none.npz"), "no archive").unwrap();
    for bad in [
        vec!["--data", "found.npz", "--data-weights", "w.npy"],
        vec!["--data", "none.npz"],
        vec!["--data", "absent.npz"],
    ] {
        let refused = run(folder, &[&["train", "double-well", "-o", "other"], &bad[..]].concat());
        assert_eq!(refused.status.code(), Some(2), "{bad:?}");
    }
    let refused = run(folder, &["train", "harmonic", "-o", "other", "--data", "found.npz"]);
    assert_eq!(refused.status.code(), Some(2));
}
