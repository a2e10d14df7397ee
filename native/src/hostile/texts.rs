//! Settings and systems as text.

use std::path::Path;

use boltzflow::potential;
use boltzflow::preset::{PRESETS, preset};

use super::try_all;
use crate::file::{run_file, system_file};

#[test]
fn run_files() {
    let written = PRESETS.iter().map(|p| run_file::write(&(p.settings)()).into_bytes());
    let mut files: Vec<Vec<u8>> = written.collect();
    let by_hand =
        "preset = 'dimer'\ntemperature = 2\n[parameters]\ndimer_k = 3\n[[stages]]\nbatch = 7\n";
    files.push(by_hand.into());
    try_all("run files", &files, 2_000, 1 << 27, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let Ok(settings) = run_file::parse(text) else { return false };
        // What is read is written and read again; what does not fit together is refused before anything large is made.
        let again = run_file::parse(&run_file::write(&settings));
        assert_eq!(again.ok().as_ref(), Some(&settings));
        let Ok(potential) = settings.potential() else { return false };
        settings.blueprint::<f32>(&*potential).is_ok() && settings.plan(None).is_ok()
    });
}

#[test]
fn system_files() {
    let files = [
        "system = 'double-well'\ndim = 4\ntemperature = 2.5\n[parameters]\nc4 = 1.5\nk = 3\n",
        "system = 'gaussian-mixture'\n[parameters]\nmeans = [[0, 0], [1, 1.5]]\n",
        "system = 'formula'\n[parameters]\nformula = 'x^4 - 2*x^2 + exp(-y)'\nlower = -2\n",
        "system = 'lennard-jones'\n",
        "system = 'mueller-brown'\nvariant = 'bgflow'\n",
    ];
    let files = files.map(|f| f.as_bytes().to_vec());
    try_all("system files", &files, 5_000, 1 << 27, |bytes| {
        let Ok(file) = system_file::parse(bytes, Path::new("a.toml")) else { return false };
        let built = potential::build(&file.system, &file.parameters, file.dim);
        let Ok(potential) = built else { return false };
        let x = vec![0.5; potential.dim()];
        let mut gradient = vec![0.0; x.len()];
        potential.energy_gradient(&x, &mut gradient);
        true
    });
}

#[test]
fn assignments() {
    let files = ["hidden=[64, 64]", "flow=D(W)WR8(Q2)", "c4=1.5", "dim=4", "stages.0.batch=256"];
    let files = files.map(|f| f.as_bytes().to_vec());
    let settings = preset("double-well").unwrap();
    try_all("assignments", &files, 5_000, 1 << 20, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        run_file::apply(&mut settings.clone(), &text).is_ok()
    });
}
