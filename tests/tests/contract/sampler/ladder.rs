//! Walkers side by side, and every registered ladder.

use std::sync::Arc;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Stream};
use boltzflow::sampler::{
    Info, KERNELS, LADDERS, Ladder, LadderEntry, Points, ReplicaExchange, State, Target, Windows,
    Work, build, ladder,
};
use boltzflow::setting::Parameters;
use boltzflow::stats::{LogWeights, Mbar, SeriesMean, independent_runs, weighted_mean};
use boltzflow::system::{Coordinate, Dimer, ReducedPotential};
use boltzflow_tests::Counting;

use super::{double_well, energy_at, exact, reduced, settings};

/// A ladder of the double well along x₀ with four states.
fn small(entry: &LadderEntry, u: &ReducedPotential) -> Ladder {
    let few = match entry.name {
        "umbrella" => settings(&[("windows", 4.0), ("low", -2.0), ("high", 2.0), ("k", 0.3)]),
        _ => settings(&[("replicas", 4.0), ("highest", 3.0)]),
    };
    entry.build(&few, u, &u.system().coordinates()[0]).unwrap()
}

fn replicas(u: &ReducedPotential, ladder: Ladder, every: usize, seed: u64) -> ReplicaExchange {
    let x = ladder.starts(&u.system().wells()).unwrap();
    let kernel = build("hmc", &settings(&[("step_size", 0.4), ("steps", 3.0)])).unwrap();
    ReplicaExchange::new(kernel, ladder, x, every, seed, 0).unwrap()
}

#[test]
fn a_walker_does_the_same_alone() {
    let u = reduced(double_well(), 0.8);
    let starts = DMatrix::from_row_slice(3, 2, &[1.0, 0.5, -1.2, 0.0, 0.3, -0.4]);
    let stream = |i: usize| Stream::new(4, Purpose::Test, 0, i as u64);
    for entry in KERNELS {
        // Steps that are mostly accepted, and some that are not, or diverge for some of the walkers.
        for step_size in [0.3, 2.0, 6.0] {
            let kernel = build(entry.name, &settings(&[("step_size", step_size)])).unwrap();
            let run = |rows: &[usize]| {
                let mut state = State::new(&u, starts.select_rows(rows)).unwrap();
                let mut rng: Vec<Stream> = rows.iter().map(|i| stream(*i)).collect();
                let mut info = vec![Info::default(); rows.len()];
                let mut told = Vec::new();
                for _ in 0..300 {
                    kernel.step(&u, &mut state, &mut rng, &mut info);
                    told.extend(info.iter().map(|i| (i.accepted, i.acceptance_probability)));
                }
                (state, told)
            };
            let (together, told) = run(&[0, 1, 2]);
            for i in 0..3 {
                let (alone, own) = run(&[i]);
                assert_eq!(alone.x().row(0), together.x().row(i), "{} {step_size}", entry.name);
                assert_eq!(alone.gradient().row(0), together.gradient().row(i));
                assert_eq!(alone.u()[0], together.u()[i]);
                let of_walker: Vec<_> = told.iter().skip(i).step_by(3).copied().collect();
                assert_eq!(own, of_walker);
            }
        }
    }
}

#[test]
fn states_have_the_stated_energies_and_gradients() {
    let dimer = Dimer { n_solvent: 4, ..Dimer::default() }.system().unwrap();
    let coordinate = dimer.coordinates()[0].clone();
    let u = reduced(dimer.clone(), 1.7);
    let bias =
        |flat| Windows { coordinate: coordinate.clone(), k: 3.0, centers: vec![0.7, 1.9], flat };
    let ladders = [
        Ladder::windows(&u, bias(true)).unwrap(),
        Ladder::windows(&u, bias(false)).unwrap(),
        Ladder::temperatures(Arc::clone(u.system()), vec![0.5, 2.0]).unwrap(),
    ];
    let mut rng = Stream::new(1, Purpose::Test, 0, 0);
    let start = u.system().starts(1, 1.0, &mut rng).swap_remove(0);
    let x = DMatrix::from_fn(2, start.len(), |_, j| start[j] + 0.1 * rng.normal());
    for ladder in ladders {
        let evaluate = |x: &DMatrix<f64>| {
            let mut points = Points::new(x.clone(), &ladder);
            ladder.evaluate(&mut points, true, &mut Work::default());
            (points.u, points.gradient)
        };
        let (u, gradient) = evaluate(&x);
        for i in 0..2 {
            let row: Vec<f64> = x.row(i).iter().copied().collect();
            let energy = dimer.potential().energy_gradient(&row, &mut vec![0.0; row.len()]);
            let d = (row[2] - row[0]).hypot(row[3] - row[1]);
            let s = 2.0 * (d - 1.5);
            let expected = match ladder.bias() {
                None => energy / [0.5, 2.0][i],
                Some(b) => {
                    let bond = if b.flat { 2.0 * s - 25.0 * s * s + 10.0 * s.powi(4) } else { 0.0 };
                    (energy - bond + 3.0 * (d - [0.7, 1.9][i]).powi(2)) / 1.7
                }
            };
            assert!((u[i] - expected).abs() < 1e-10 * expected.abs());
            assert!((ladder.energy(i, u[i], d) - energy).abs() < 1e-10 * energy.abs());
            for j in 0..row.len() {
                let at = |h: f64| {
                    let mut moved = x.clone();
                    moved[(i, j)] += h;
                    evaluate(&moved).0[i]
                };
                let h = 1e-5;
                let slope = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                let scale = gradient.row(i).amax();
                assert!((slope - gradient[(i, j)]).abs() < 1e-6 * scale, "state {i}, x{j}");
            }
        }
    }
}

#[test]
fn an_energy_along_a_coordinate_has_its_slope() {
    let dimer = Dimer::default().system().unwrap();
    let coordinate = &dimer.coordinates()[0];
    let along = |r: f64| dimer.energy_along(coordinate, r).unwrap();
    for r in [0.5, 0.9, 1.5, 2.2] {
        let slope = (along(r + 1e-5).0 - along(r - 1e-5).0) / 2e-5;
        assert!((slope - along(r).1).abs() < 1e-5, "{r}");
    }
    assert_eq!(dimer.energy_along(&Coordinate::component("x0", 0, 76), 1.0), None);
}

#[test]
fn every_state_of_every_ladder_is_sampled_by_its_density() {
    let u = reduced(double_well(), 0.4);
    for entry in LADDERS {
        for every in [0, 1, 3] {
            let mut run = replicas(&u, small(entry, &u), every, 5);
            run.burn_in(2000, true);
            let t = run.sample(60_000, 1);
            let ladder = run.ladder();
            let k = ladder.states();
            for i in 0..k {
                let of_state: Vec<f64> = t.x.column(0).iter().skip(i).step_by(k).copied().collect();
                let density = |x: f64| ladder.reduced(i, energy_at(x), x);
                for (what, f) in [
                    ("x0", (|x| x) as fn(f64) -> f64),
                    ("x0^2", |x| x * x),
                    ("P(x0 > 0)", |x| f64::from(u8::from(x > 0.0))),
                ] {
                    let series: Vec<f64> = of_state.iter().map(|x| f(*x)).collect();
                    let mean = SeriesMean::new(&series).unwrap().mean;
                    let expected = exact(density, f);
                    let name = format!("{} {every} {what} of state {i}", entry.name);
                    assert!(mean.deviation(expected).abs() < 4.5, "{name}: {mean} {expected}");
                    assert!(mean.error < 0.06, "{name}: {mean}");
                }
            }
            let e = run.exchanges();
            if every == 0 {
                assert_eq!(e.tried, [0; 3]);
                continue;
            }
            // Pairs take turns.
            let tries = (62_000 / every) as u64;
            assert_eq!(e.tried, [tries.div_ceil(2), tries / 2, tries.div_ceil(2)]);
            for (a, t) in e.accepted.iter().zip(&e.tried) {
                assert!((0.1..0.95).contains(&(*a as f64 / *t as f64)), "{}: {e:?}", entry.name);
            }
            assert!(e.returns > 200, "{e:?}");
        }
    }
}

/// Weights of all states give the averages of the target, with the error of independent runs.
#[test]
fn all_states_together_give_the_target() {
    let u = reduced(double_well(), 0.4);
    let expected = exact(|x| energy_at(x) / 0.4, |x| f64::from(u8::from(x > 0.0)));
    for entry in LADDERS {
        let one = |seed: u64| {
            let mut run = replicas(&u, small(entry, &u), 1, seed);
            run.burn_in(500, true);
            let t = run.sample(3000, 1);
            let energies = run.ladder().energies(&t);
            let mbar = Mbar::new(&energies.in_states, &[3000; 4]).unwrap();
            let w = LogWeights::new(&mbar.log_weights(&energies.in_target).unwrap()).unwrap();
            let right: Vec<f64> =
                t.x.column(0).iter().map(|x| f64::from(u8::from(*x > 0.0))).collect();
            weighted_mean(&right, &w).unwrap().value
        };
        let found = independent_runs(&(0..12).map(one).collect::<Vec<f64>>()).unwrap();
        assert!(found.deviation(expected).abs() < 4.0, "{}: {found} {expected}", entry.name);
        assert!(found.error < 0.1 * expected, "{}: {found}", entry.name);
    }
}

/// Exchanges cost no evaluation, yet leave the energies and gradients of the new states.
#[test]
fn exchanges_are_free_and_true() {
    for entry in LADDERS {
        let counting = Counting::new(Arc::clone(double_well().potential()));
        let u = reduced(double_well().with_potential(counting.clone()).unwrap(), 0.4);
        let mut run = replicas(&u, small(entry, &u), 1, 2);
        let wells = counting.calls() - run.state().evaluations();
        run.burn_in(50, true);
        run.sample(100, 2);
        assert_eq!(counting.calls() - wells, run.state().evaluations());
        assert!(run.exchanges().accepted.iter().sum::<u64>() > 50);
        for _ in 0..20 {
            run.sample(1, 1);
            let mut anew = Points::new(run.state().x().clone(), run.ladder());
            run.ladder().evaluate(&mut anew, true, &mut Work::default());
            for i in 0..4 {
                assert!((run.state().u()[i] - anew.u[i]).abs() < 1e-12, "{}", entry.name);
            }
            assert!((run.state().gradient() - anew.gradient).amax() < 1e-12, "{}", entry.name);
        }
    }
}

#[test]
fn the_address_decides_every_bit() {
    let u = reduced(double_well(), 0.4);
    for entry in LADDERS {
        let run = |seed| {
            let mut run = replicas(&u, small(entry, &u), 1, seed);
            run.burn_in(20, true);
            run.sample(30, 1)
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1).x, run(2).x);
    }
}

#[test]
fn defaults_fit_every_system_and_bad_settings_are_errors() {
    let u = reduced(Dimer::default().system().unwrap(), 1.0);
    let d = &u.system().coordinates()[0];
    let umbrella = ladder("umbrella").unwrap();
    let windows = umbrella.build(&Parameters::new(), &u, d).unwrap();
    let bias = windows.bias().unwrap();
    assert_eq!((windows.states(), bias.flat), (24, true));
    assert!((bias.centers[0] - 0.45).abs() < 1e-12 && (bias.centers[23] - 2.55).abs() < 1e-12);
    assert!((bias.k - 100.0).abs() < 0.1, "{}", bias.k);
    // The nearest start: closed below the barrier, open above it.
    let starts = u.system().starts(2, 1.0, &mut Stream::new(0, Purpose::Test, 0, 0));
    let x = windows.starts(&starts).unwrap();
    assert!((0..24).all(|i| x[(i, 0)] == starts[usize::from(i > 11)][0]));

    let tempering = ladder("parallel-tempering").unwrap();
    let hot = tempering.build(&settings(&[("replicas", 3.0), ("highest", 4.0)]), &u, d).unwrap();
    for (t, expected) in hot.temperature().iter().zip([1.0, 2.0, 4.0]) {
        assert!((t - expected).abs() < 1e-12);
    }
    assert_eq!(ladder("hmc").map(|_| ()).unwrap_err().code(), "unknown-name");
    let code = |entry: &LadderEntry, name: &str, value| {
        entry.build(&settings(&[(name, value)]), &u, d).unwrap_err().code()
    };
    assert_eq!(code(umbrella, "windows", 1.0), "invalid-setting");
    assert_eq!(code(umbrella, "low", 3.0), "invalid-setting");
    assert_eq!(code(umbrella, "k", 0.0), "invalid-setting");
    assert_eq!(code(umbrella, "replicas", 3.0), "unknown-name");
    assert_eq!(code(tempering, "highest", 0.5), "invalid-setting");
    assert!(Ladder::temperatures(Arc::clone(u.system()), vec![]).is_err());
    assert!(Ladder::temperatures(Arc::clone(u.system()), vec![1.0, -1.0]).is_err());
    assert_eq!(windows.starts(&[]).unwrap_err().code(), "invalid-data");
    assert_eq!(windows.starts(&[vec![0.0; 3]]).unwrap_err().code(), "dimension-mismatch");
    let kernel = build("hmc", &Parameters::new()).unwrap();
    let short = ReplicaExchange::new(kernel, windows, x.rows(0, 5).into_owned(), 1, 0, 0);
    assert_eq!(short.unwrap_err().code(), "dimension-mismatch");
}
