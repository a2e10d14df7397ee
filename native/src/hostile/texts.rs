//! Settings and systems as text.

use std::path::Path;

use boltzflow::preset::{PRESETS, preset};
use boltzflow::setting::Parameters;
use boltzflow::system;

use super::try_all;
use crate::file::reference_file::{self, Wanted};
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
        // What does not fit together is refused before anything large is made; what does is written and read again.
        let Ok(system) = settings.system() else { return false };
        let again = run_file::parse(&run_file::write(&settings));
        assert_eq!(again.ok().as_ref(), Some(&settings));
        settings.blueprint::<f32>(&system).is_ok() && settings.plan(None).is_ok()
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
        let built = system::build(&file.system, &file.parameters, file.dim);
        let Ok(system) = built else { return false };
        let x = vec![0.5; system.dim()];
        let mut gradient = vec![0.0; x.len()];
        system.potential().energy_gradient(&x, &mut gradient);
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
        run_file::apply(&mut settings.clone(), &[text.into_owned()]).is_ok()
    });
}

/// Files that a system at temperature 1 has its values from.
fn of_system(system: &str) -> Vec<Vec<u8>> {
    let quadrature = r#"{"cases": [{"parameters": {"k": 1}, "dim": 2, "quadrature": [{"temperature": 1, "logZ_x0": 11.0, "dF_x0_negative_minus_positive": -3.4, "F_profile": {"grid": [-1, 0, 1], "F": [0, 2.5, 1]}}]}]}"#;
    let pairs =
        r#"{"cases": [{"parameters": {}, "logZ": 3.5, "prob_first_coordinate_positive": 0.25}]}"#;
    let exact = r#"{"exact": {"logZ": 11.0}}"#;
    let definition = match system {
        "dimer" => "F(open) − F(closed), in kT",
        _ => "F(right: x0 > 0) − F(left: x0 < 0), in kT",
    };
    let report = format!(
        r#"{{"log_z": {{"value": 1, "error": 0.1}}, "delta_f": {{"value": 1, "definition": "{definition}"}}, "profile": {{"center": [0.5, 1], "value": [0, null]}}}}"#
    );
    let cavity = r#"{"definition": {"parameters": {"n_solvent": 36, "eps": 1, "rm": 1.1, "k_d": 20, "l": 3, "w": 200}}, "d_grid": [0.5, 1, 2], "cavity_profile_kT": {"1": {"G": [1, 0, 2]}}}"#;
    let own = if system == "dimer" { cavity } else { quadrature };
    [own, pairs, exact, &report].map(|text| text.as_bytes().to_vec()).to_vec()
}

#[test]
fn reference_files() {
    for name in ["double-well", "dimer"] {
        let settings = preset(name).unwrap();
        let system = settings.system().unwrap();
        let coordinate = settings.reaction_coordinate(&system).unwrap();
        let wanted = Wanted {
            name,
            system: &system,
            parameters: &Parameters::new(),
            defaults: &reference_file::defaults(name).unwrap(),
            temperature: 1.0,
            coordinate: &coordinate,
        };
        let what = format!("reference files of {name}");
        try_all(&what, &of_system(name), 2_500, 1 << 20, |bytes| {
            match reference_file::parse(bytes, Path::new("a.json"), &wanted) {
                Ok(_) => true,
                Err(failure) => {
                    assert!(!failure.to_string().contains('\n'), "{failure}");
                    false
                }
            }
        });
    }
}
