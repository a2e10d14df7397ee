use boltzflow::nalgebra::DMatrix;
use boltzflow::num::kernel::InstructionSet;
use boltzflow::num::{Purpose, Stream};
use boltzflow::potential::{LanePotential, Potential, Scratch};
use boltzflow::system::{Dimer, DoubleWellParticles, GaussianMixture, LennardJones, System};

/// Energies and gradients have the same bits on every instruction set of this machine, in chunks of
/// full blocks and with a rest.
fn same_bits<P: LanePotential + Potential + std::fmt::Debug>(potential: &P, system: &System) {
    let mut rng = Stream::new(3, Purpose::Test, 0, 0);
    let domain = &system.space().domain;
    for n in [1, 7, 8, 21, 512] {
        let x = DMatrix::from_fn(n, LanePotential::dim(potential), |_, k| {
            domain[k].0 + (domain[k].1 - domain[k].0) * rng.uniform()
        });
        let on = |set: InstructionSet| {
            let (mut energy, mut gradient) = (vec![f64::NAN; n], x.map(|_| f64::NAN));
            let mut scratch = Scratch::default();
            potential.evaluate_lanes_on(set, &x, &mut energy, &mut gradient, &mut scratch);
            energy.iter().chain(gradient.iter()).map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        let sets = InstructionSet::all();
        assert!(sets.contains(&InstructionSet::best()));
        let expected = on(sets[0]);
        for set in sets {
            assert!(on(set) == expected, "{potential:?} on {set:?}, {n} samples");
        }
    }
}

#[test]
fn all_give_the_same_bits() {
    let dimer = |n_solvent| Dimer { n_solvent, ..Dimer::default() };
    for dimer in [dimer(36), dimer(4)] {
        same_bits(&dimer, &dimer.clone().system().unwrap());
    }
    let cluster =
        LennardJones { n: 7, space: 3, eps: 1.0, rm: 1.0, pair_factor: 1.0, oscillator: 0.5 };
    for cluster in [cluster.clone(), LennardJones { space: 1, ..cluster }] {
        same_bits(&cluster, &cluster.clone().system().unwrap());
    }
    let particles = DoubleWellParticles { n: 4, space: 2, a: 0.9, b: -4.0, c: 0.0, d0: 4.0 };
    same_bits(&particles, &particles.clone().system().unwrap());
    let means = || vec![vec![0.0, 1.0], vec![2.0, -3.0]];
    for scales in [&[0.7][..], &[0.7, 1.9]] {
        let mixture = GaussianMixture::new(means(), scales, &[1.0, 2.0]).unwrap();
        same_bits(&mixture, &mixture.clone().system().unwrap());
    }
}
