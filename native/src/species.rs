//! Names of particles in files: which of them are alike.

use boltzflow::system::System;

/// A particle of a pair whose distance is the reaction coordinate, of the others where there is such a pair, and of a system that
/// does not tell its particles apart.
const PAIR: &str = "D";
const OTHER: &str = "S";
const ANY: &str = "X";

/// The name of each particle; empty for a system without particles. D and S for the dimer and its solvent.
pub(crate) fn of(system: &System) -> Vec<&'static str> {
    let Some(particles) = &system.space().particles else { return Vec::new() };
    let count = system.dim() / particles.space.max(1);
    if particles.identical.len() < 2 {
        return vec![ANY; count];
    }
    let pair = system.coordinates().first().and_then(|coordinate| coordinate.variable.pair());
    let is_of_pair = |i: usize| pair.is_some_and(|(a, b)| i == a || i == b);
    (0..count).map(|i| if is_of_pair(i) { PAIR } else { OTHER }).collect()
}

#[cfg(test)]
mod tests {
    use boltzflow::setting::Parameters;
    use boltzflow::system::build;

    use super::*;

    #[test]
    fn the_dimer_is_told_from_its_solvent() {
        let of = |system: &str| of(&build(system, &Parameters::new(), None).unwrap());
        let dimer = of("dimer");
        assert_eq!((dimer.len(), &dimer[..3]), (38, &["D", "D", "S"][..]));
        assert!(dimer[2..].iter().all(|name| *name == "S"));
        assert_eq!(of("dw4"), ["X"; 4]);
        assert!(of("double-well").is_empty());
    }
}
