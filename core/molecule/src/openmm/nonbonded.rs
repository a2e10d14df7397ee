//! `NonbondedForce`.

use std::collections::HashMap;

use boltzflow::num::{Error, Result};
use roxmltree::Node;

use super::attributes::{Attributes, short};
use super::{Refusals, list};
use crate::term::{AtomParameters, ForceField, Nonbonded, PairParameters};

/// What the numbers of `method` mean, and how a system without them is made.
const METHODS: [&str; 6] =
    ["NoCutoff", "CutoffNonPeriodic", "CutoffPeriodic", "Ewald", "PME", "LJPME"];

/// Refuses a force that is cut off.
pub(super) fn refuse_cutoff(force: Node<'_, '_>, kind: &str, refusals: &mut Refusals) -> bool {
    let method = force.attribute("method").unwrap_or("none given");
    if method == "0" {
        return false;
    }
    let name = method.parse::<usize>().ok().and_then(|m| METHODS.get(m));
    let name = name.map_or_else(|| format!("method {}", short(method)), |name| (*name).to_owned());
    refusals
        .add(format!("{kind} with {name}, which changes every pair (nonbondedMethod=NoCutoff)"));
    true
}

/// Fails for a well of Lennard-Jones that is none: the rule for pairs takes a root of its depth.
fn depth(of: &Attributes<'_, '_>, epsilon: f64) -> Result<()> {
    if epsilon >= 0.0 { Ok(()) } else { Err(of.wrong("eps", &epsilon.to_string(), "0 or above")) }
}

/// Reads the force into the pairs of a force field.
pub(super) fn read(
    force: Node<'_, '_>,
    atoms: usize,
    field: &mut ForceField,
    refusals: &mut Refusals,
) -> Result<()> {
    let mut refused = refuse_cutoff(force, "NonbondedForce", refusals);
    if force.attribute("includeDirectSpace") == Some("0") {
        refusals.add("NonbondedForce without direct space (setIncludeDirectSpace(True))");
        refused = true;
    }
    let offsets = ["ParticleOffsets", "ExceptionOffsets"].map(|name| list(force, name).count());
    if offsets != [0, 0] {
        let count = offsets[0] + offsets[1];
        refusals.add(format!(
            "NonbondedForce with {count} parameter offsets (write the system with the values they lead to)"
        ));
        refused = true;
    }
    if refused {
        return Ok(());
    }
    let mut parameters = Vec::with_capacity(atoms);
    for node in list(force, "Particles") {
        let [charge, sigma, epsilon] = Attributes { node, atoms }.numbers(["q", "sig", "eps"])?;
        depth(&Attributes { node, atoms }, epsilon)?;
        parameters.push(AtomParameters { charge, sigma, epsilon });
    }
    if parameters.len() != atoms {
        let found = parameters.len();
        let problem = format!("NonbondedForce has {found} particles, and the system {atoms}");
        return Err(Error::data("the OpenMM system", problem));
    }
    let mut exceptions = HashMap::new();
    for node in list(force, "Exceptions") {
        let exception = Attributes { node, atoms };
        let [i, j] = exception.atoms(["p1", "p2"])?;
        let [charges, sigma, epsilon] = exception.numbers(["q", "sig", "eps"])?;
        depth(&exception, epsilon)?;
        exceptions.insert((i.min(j), i.max(j)), PairParameters { charges, sigma, epsilon });
    }
    field.nonbonded.extend(&Nonbonded::new(&parameters, &exceptions));
    Ok(())
}
