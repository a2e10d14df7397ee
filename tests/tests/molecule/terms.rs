//! Each term by itself: its gradient is that of its energy, in every lane, on every instruction set.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::kernel::InstructionSet;
use boltzflow::num::{Purpose, Stream};
use boltzflow::potential::{Potential, Scratch, evaluate_in_lanes};
use boltzflow_molecule::Molecule;
use boltzflow_molecule::term::{ForceField, PARTS};

use super::molecule;

/// Systems that have every kind of term between them.
const SYSTEMS: [&str; 4] =
    ["butane_oplsaa", "ala2_ff96_obc1", "gly2_ff99sbildn_obc2", "butane_trappe_ua"];

/// Around the structure, so far that no direction is special.
fn configurations(molecule: &Molecule, n: usize, spread: f64) -> DMatrix<f64> {
    let mut rng = Stream::new(17, Purpose::Test, 0, 0);
    let start = &molecule.structure.models[0];
    DMatrix::from_fn(n, molecule.dim(), |_, j| start[j] + spread * rng.normal())
}

fn evaluate(molecule: &Molecule, x: &DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let (mut energy, mut gradient) = (vec![0.0; x.nrows()], DMatrix::zeros(x.nrows(), x.ncols()));
    molecule.evaluate(x, &mut energy, &mut gradient, &mut Scratch::default());
    (energy, gradient)
}

/// Compares a gradient with central differences.
fn check(molecule: &Molecule, x: &DMatrix<f64>, what: &str) {
    let (_, gradient) = evaluate(molecule, x);
    for row in 0..x.nrows() {
        let largest = gradient.row(row).iter().fold(1.0_f64, |m, g| m.max(g.abs()));
        for column in 0..x.ncols() {
            let side = |h: f64| {
                let mut moved = x.rows(row, 1).into_owned();
                moved[(0, column)] += h;
                evaluate(molecule, &moved).0[0]
            };
            // The error of the fourth order leaves only rounding.
            let h = 1e-5;
            let slope =
                (8.0 * (side(h) - side(-h)) - (side(2.0 * h) - side(-2.0 * h))) / (12.0 * h);
            let error = (gradient[(row, column)] - slope).abs();
            assert!(
                error <= 1e-6 * largest,
                "{what}: {slope} not {} of {largest}",
                gradient[(row, column)]
            );
        }
    }
}

#[test]
fn every_kind_is_among_the_systems() {
    let mut kinds: Vec<&str> = SYSTEMS
        .iter()
        .flat_map(|name| molecule(name).force_field.counts())
        .map(|(kind, _)| kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), ForceField::KINDS.len(), "{kinds:?} of {:?}", ForceField::KINDS);
}

#[test]
fn gradients_are_those_of_the_energies() {
    for name in SYSTEMS {
        let molecule = molecule(name);
        check(&molecule, &configurations(&molecule, 3, 0.01), name);
        // Each kind by itself.
        for kind in ForceField::KINDS {
            let alone =
                Molecule { force_field: molecule.force_field.only(kind), ..molecule.clone() };
            if !alone.force_field.counts().is_empty() {
                check(&alone, &configurations(&molecule, 2, 0.02), &format!("{kind} of {name}"));
            }
        }
    }
}

/// Where an atom lies inside of the scaled sphere of another, OpenMM's own force and its texts differ.
#[test]
fn gradients_hold_where_spheres_hold_atoms() {
    for name in ["ala2_ff96_obc1", "gly2_ff99sbildn_obc2"] {
        let molecule = molecule(name);
        let alone = Molecule {
            force_field: molecule.force_field.only("atoms in implicit solvent"),
            ..molecule
        };
        let mut x = configurations(&alone, 2, 0.0);
        // Pairs of atoms a few thousandths of a nanometre apart, from different sides.
        for (first, second) in [(0, 1), (4, 5), (8, 9)] {
            for c in 0..3 {
                for row in 0..2 {
                    let apart = [0.004, -0.003, 0.002][c] * (1.0 + row as f64);
                    x[(row, 3 * second + c)] = x[(row, 3 * first + c)] + apart;
                }
            }
        }
        check(&alone, &x, name);
    }
}

#[test]
fn bits_are_the_same_in_any_company_and_on_all_instruction_sets() {
    for name in SYSTEMS {
        let molecule = molecule(name);
        let x = configurations(&molecule, 11, 0.01);
        let (energy, gradient) = evaluate(&molecule, &x);
        for row in 0..x.nrows() {
            let (alone, slope) = evaluate(&molecule, &x.rows(row, 1).into_owned());
            assert_eq!(alone[0].to_bits(), energy[row].to_bits());
            assert_eq!(slope.row(0), gradient.row(row));
        }
        for set in InstructionSet::all() {
            let (mut u, mut g) = (vec![0.0; x.nrows()], DMatrix::zeros(x.nrows(), x.ncols()));
            evaluate_in_lanes(&molecule, set, &x, &mut u, &mut g, &mut Scratch::default());
            assert_eq!((u, g), (energy.clone(), gradient.clone()), "{name} on {set:?}");
        }
        let parts = molecule.parts(&x);
        for (row, energy) in energy.iter().enumerate() {
            let sum: f64 = PARTS.iter().zip(&parts).map(|(_, part)| part[row]).sum();
            assert!((sum - energy).abs() <= 1e-12 * energy.abs().max(1.0));
        }
    }
}
