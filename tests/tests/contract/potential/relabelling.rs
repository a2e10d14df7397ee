use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Stream};
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{Particles, Relabelling, System, build};
use boltzflow_tests::{number, numbers, reference};

use super::{Case, cases, evaluate, in_domain, set};

fn relabelling(system: &System) -> Option<Relabelling> {
    system.space().labelled().map(|p| Relabelling::new(p.clone()).unwrap())
}

/// The optimal costs and the relabelled configurations of the file, exactly.
#[test]
fn optimal_labels_of_the_dimer_fluid() {
    let file = reference("hungarian.json");
    let places = numbers(&file["reference"]);
    let dimer = build("dimer", &Parameters::new(), None).unwrap();
    let mut particles = dimer.space().particles.clone().unwrap();
    assert!(particles.reference[4..].iter().zip(&places[4..]).all(|(a, b)| (a - b).abs() < 1e-12));
    // The file leaves the ends of the dimer alone.
    particles.identical.remove(0);
    let labels = Relabelling::new(particles).unwrap();
    for (i, case) in file["cases"].as_array().unwrap().iter().enumerate() {
        let mut x = DMatrix::from_row_slice(1, 76, &numbers(&case["x"]));
        let identity = (0..36).all(|j| number(&case["assignment"][j]) == j as f64);
        assert_eq!(labels.contains(&x), [identity], "case {i}");
        assert_eq!(labels.relabel(&mut x), usize::from(!identity), "case {i}");
        assert_eq!(x.as_slice(), numbers(&case["mapped"]), "case {i}");
        assert_eq!(labels.contains(&x), [true], "case {i}");
        let cost: f64 = (4..76).map(|k| (x[k] - places[k]).powi(2)).sum();
        let expected = number(&case["cost"]);
        assert!((cost - expected).abs() <= 1e-12 * expected, "case {i}: {cost} not {expected}");
    }
}

/// What [`Particles`] claims of a system: exchanges and mirrors leave its energy as it is, the reference is in its
/// own cell, and so is everything after relabelling.
#[test]
fn energies_do_not_know_labels_and_mirrors() {
    let (mut rng, mut seen) = (Stream::new(2, Purpose::Test, 0, 0), 0);
    for Case { name, system } in cases() {
        let Some(particles) = system.space().labelled() else { continue };
        seen += 1;
        let Particles { space, identical, mirrors, reference, .. } = particles.clone();
        let labels = relabelling(&system).unwrap();
        let row = |x: &[f64]| DMatrix::from_row_slice(1, x.len(), x);
        assert_eq!(labels.contains(&row(&reference)), [true], "{name}");
        let unit: Vec<f64> = (0..system.dim()).map(|_| rng.uniform()).collect();
        let x = in_domain(&system, &unit);
        let mut exchanged = x.clone();
        for group in &identical {
            let mut order: Vec<usize> = group.clone().collect();
            rng.shuffle(&mut order);
            for (to, from) in group.clone().zip(order) {
                exchanged[to * space..][..space].copy_from_slice(&x[from * space..][..space]);
            }
        }
        let mut images = vec![x.clone(), exchanged];
        for axis in (0..space).filter(|_| mirrors) {
            images.push(
                x.iter()
                    .enumerate()
                    .map(|(i, v)| if i % space == axis { -v } else { *v })
                    .collect(),
            );
        }
        let mut images = DMatrix::from_fn(images.len(), x.len(), |i, j| images[i][j]);
        let before = evaluate(&system, &images).0;
        labels.relabel(&mut images);
        assert!(labels.contains(&images).iter().all(|inside| *inside), "{name}");
        assert_eq!(images.row(0), images.row(1), "{name}: the same labels from any labels");
        let after = evaluate(&system, &images).0;
        for u in before.iter().chain(&after) {
            assert!((u - before[0]).abs() <= 1e-9 * before[0].abs().max(1.0), "{name}: {u}");
        }
    }
    assert!(seen > 0);
}

/// The cells tile configuration space: of all copies of a configuration exactly one is in the cell, and the number of
/// copies is that of [`Relabelling::log_copies`].
#[test]
fn one_copy_in_the_cell() {
    let small = build("dimer", &set(vec![("n_solvent", Value::Number(3.0))]), None).unwrap();
    let labels = relabelling(&small).unwrap();
    assert!((labels.log_copies() - 12.0_f64.ln()).abs() < 1e-12);
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut rng = Stream::new(4, Purpose::Test, 0, 0);
    for _ in 0..200 {
        let particles: Vec<[f64; 2]> = (0..5).map(|_| [rng.normal(), rng.normal()]).collect();
        let copies = DMatrix::from_fn(12, 10, |copy, column| {
            let (i, k) = (column / 2, column % 2);
            let end = if copy >= 6 { 1 - i.min(1) } else { i };
            if i < 2 { particles[end][k] } else { particles[2 + orders[copy % 6][i - 2]][k] }
        });
        let inside = labels.contains(&copies).into_iter().filter(|inside| *inside).count();
        assert_eq!(inside, 1);
    }
    let undefined = DMatrix::from_element(1, 10, f64::NAN);
    assert_eq!(labels.contains(&undefined), [false]);
    assert_eq!(labels.relabel(&mut undefined.clone()), 0);
}

/// All mirror images of a configuration, the dimer's left end still first.
#[test]
fn augmentation_has_all_mirror_images() {
    let dimer = build("dimer", &Parameters::new(), None).unwrap();
    let labels = relabelling(&dimer).unwrap();
    let mut rng = Stream::new(6, Purpose::Test, 0, 0);
    let particles = dimer.space().particles.clone().unwrap();
    let x = DMatrix::from_fn(3, 76, |_, j| particles.reference[j] + 0.4 * rng.normal());
    let all = labels.augment(&x);
    assert_eq!(all.shape(), (12, 76));
    let energy = evaluate(&dimer, &all).0;
    for (i, u) in energy.iter().enumerate() {
        assert!((u - energy[i % 3]).abs() < 1e-9 * u.abs());
        let signs = [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]][i / 3];
        assert!(all[(i, 0)] < all[(i, 2)], "orientation");
        let d = |m: &DMatrix<f64>, r: usize| [m[(r, 2)] - m[(r, 0)], m[(r, 3)] + m[(r, 1)]];
        let ([a, b], [c, e]) = (d(&all, i), d(&x, i % 3));
        assert!((a.abs() - c.abs()).abs() < 1e-12 && (b - signs[1] * e).abs() < 1e-12);
        let sum = |m: &DMatrix<f64>, r: usize, k: usize| -> f64 {
            m.row(r).iter().skip(k).step_by(2).sum()
        };
        for k in 0..2 {
            assert!((sum(&all, i, k) - signs[k] * sum(&x, i % 3, k)).abs() < 1e-9);
        }
    }
    assert!(labels.contains(&all).iter().all(|inside| *inside));
}

#[test]
fn impossible_groups_are_refused() {
    let particles = |space, identical: &[(usize, usize)]| {
        let groups = identical.iter().map(|(a, b)| *a..*b).collect();
        Particles::in_space(space).with_labels(groups, vec![0.0; 8])
    };
    for bad in [particles(0, &[]), particles(2, &[(0, 5)]), particles(2, &[(0, 2), (1, 3)])] {
        assert_eq!(Relabelling::new(bad).unwrap_err().code(), "invalid-setting");
    }
    assert!(Relabelling::new(particles(2, &[(0, 2), (2, 4)])).is_ok());
}
