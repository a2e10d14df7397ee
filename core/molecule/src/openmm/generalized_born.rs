//! Implicit solvent: `GBSAOBCForce`, and `CustomGBForce` where its texts are those that OpenMM's own files of OBC1 and OBC2 make.

use boltzflow::num::{Error, Result};
use roxmltree::Node;

use super::attributes::Attributes;
use super::nonbonded::refuse_cutoff;
use super::{Refusals, list};
use crate::term::{Born, BornAtom, COULOMB, ForceField, OFFSET, ObcModel, Solvent};

/// A of files that do not state it, kJ/mol/nm².
const SURFACE: f64 = 2.259_36;

/// Reads `GBSAOBCForce`, which is always OBC2.
pub(super) fn read_native(
    force: Node<'_, '_>,
    atoms: usize,
    field: &mut ForceField,
    refusals: &mut Refusals,
) -> Result<()> {
    if refuse_cutoff(force, "GBSAOBCForce", refusals) {
        return Ok(());
    }
    let own = Attributes { node: force, atoms };
    let dielectrics = ["soluteDielectric", "solventDielectric"];
    let [solute, solvent] = own.numbers(dielectrics)?;
    for (name, value) in dielectrics.into_iter().zip([solute, solvent]) {
        if value <= 0.0 {
            return Err(own.wrong(name, &value.to_string(), "above 0"));
        }
    }
    let surface = match force.has_attribute("surfaceAreaEnergy") {
        true => own.number("surfaceAreaEnergy")?,
        false => SURFACE,
    };
    let mut list_of_atoms = Vec::with_capacity(atoms);
    for node in list(force, "Particles") {
        let [charge, radius, scale] = Attributes { node, atoms }.numbers(["q", "r", "scale"])?;
        let offset_radius = radius - OFFSET;
        list_of_atoms.push(BornAtom {
            charge,
            offset_radius,
            scaled_radius: scale * offset_radius,
        });
    }
    let solvent = Solvent {
        model: ObcModel::Obc2,
        tau: COULOMB * (1.0 / solute - 1.0 / solvent),
        surface: 4.0 * std::f64::consts::PI * surface,
        inner: true,
    };
    push(list_of_atoms, solvent, "GBSAOBCForce", atoms, field)
}

/// The texts of the overlap and of the radii, without blanks.
const OVERLAP: &str = "select(step(r+sr2-or1),0.5*(1/L-1/U+0.25*(r-sr2^2/r)*(1/(U^2)-1/(L^2))+0.5*log(L/U)/r),0);U=r+sr2;L=max(or1,D);D=abs(r-sr2)";
const RADII: [(ObcModel, &str); 2] = [
    (
        ObcModel::Obc1,
        "1/(1/or-tanh(0.8*psi+2.909125*psi^3)/radius);psi=I*or;radius=or+offset;offset=0.009",
    ),
    (
        ObcModel::Obc2,
        "1/(1/or-tanh(psi-0.8*psi^2+4.85*psi^3)/radius);psi=I*or;radius=or+offset;offset=0.009",
    ),
];

/// Reads `CustomGBForce` where all of its texts are known.
pub(super) fn read_custom(
    force: Node<'_, '_>,
    atoms: usize,
    field: &mut ForceField,
    refusals: &mut Refusals,
) -> Result<()> {
    if refuse_cutoff(force, "CustomGBForce", refusals) {
        return Ok(());
    }
    let names: Vec<&str> =
        list(force, "PerParticleParameters").filter_map(|p| p.attribute("name")).collect();
    let column = |name: &str| names.iter().position(|n| *n == name);
    let columns = (column("charge"), column("or"), column("sr"));
    let (Some(solvent), (Some(charge), Some(offset), Some(scaled))) = (solvent(force), columns)
    else {
        refusals.add(
            "a CustomGBForce whose expressions are not those of OBC1 or OBC2 without salt (implicitSolvent=OBC2, or implicit/obc2.xml)",
        );
        return Ok(());
    };
    let parameter = |i: usize| format!("param{}", i + 1);
    let [charge, offset, scaled] = [charge, offset, scaled].map(parameter);
    let mut list_of_atoms = Vec::with_capacity(atoms);
    for node in list(force, "Particles") {
        let numbers = Attributes { node, atoms }.numbers([&*charge, &*offset, &*scaled])?;
        let [charge, offset_radius, scaled_radius] = numbers;
        list_of_atoms.push(BornAtom { charge, offset_radius, scaled_radius });
    }
    push(list_of_atoms, solvent, "CustomGBForce", atoms, field)
}

fn push(
    list: Vec<BornAtom>,
    solvent: Solvent,
    kind: &str,
    atoms: usize,
    field: &mut ForceField,
) -> Result<()> {
    if list.len() != atoms {
        let problem = format!("{kind} has {} particles, and the system {atoms}", list.len());
        return Err(Error::data("the OpenMM system", problem));
    }
    if let Some(i) = list.iter().position(|atom| atom.offset_radius <= 0.0) {
        let problem = format!("particle {i} of {kind} has a radius of at most 0.009 nm");
        return Err(Error::data("the OpenMM system", problem));
    }
    field.born.push(Born::new(list, solvent));
    Ok(())
}

/// What the texts of a `CustomGBForce` say; `None` where one of them is another.
fn solvent(force: Node<'_, '_>) -> Option<Solvent> {
    let empty = ["GlobalParameters", "Functions", "Exclusions", "EnergyParameterDerivatives"];
    if empty.iter().any(|name| list(force, name).next().is_some()) {
        return None;
    }
    let values: Vec<(&str, &str, String)> =
        list(force, "ComputedValues").map(texts).collect::<Option<_>>()?;
    let [("I", "2", overlap), ("B", "0", radii)] =
        [values.first()?, values.get(1)?].map(|(a, b, c)| (*a, *b, c.as_str()))
    else {
        return None;
    };
    let (model, _) = RADII.into_iter().find(|(_, text)| *text == radii)?;
    if values.len() != 2 || overlap != OVERLAP {
        return None;
    }
    let terms: Vec<(&str, String)> = list(force, "EnergyTerms")
        .map(|t| texts(t).map(|(_, b, c)| (b, c)))
        .collect::<Option<_>>()?;
    let (mut own, mut pair, mut surface) = (None, None, None);
    for (kind, text) in terms {
        let place = match kind {
            "0" if text.contains("/B;") => {
                let (ke, tail) = between(
                    &text,
                    "-0.5*",
                    "*(1/soluteDielectric-1/solventDielectric)*charge^2/B;",
                )?;
                own.replace(ke * tau(tail)?).map_or(Some(()), |_| None)
            }
            "0" => {
                let (area, tail) =
                    between(&text, "", "*(radius+0.14)^2*(radius/B)^6;radius=or+offset;")?;
                tau(tail)?;
                surface.replace(area).map_or(Some(()), |_| None)
            }
            "2" => {
                let (ke, tail) = between(
                    &text,
                    "-",
                    "*(1/soluteDielectric-1/solventDielectric)*charge1*charge2/f;f=sqrt(r^2+B1*B2*exp(-r^2/(4*B1*B2)));",
                )?;
                pair.replace(ke * tau(tail)?).map_or(Some(()), |_| None)
            }
            _ => None,
        };
        place?;
    }
    let (own, pair) = (own?, pair?);
    (own == pair).then_some(Solvent {
        model,
        tau: pair,
        surface: surface.unwrap_or(0.0),
        inner: false,
    })
}

/// Name, type and expression, the latter without blanks.
fn texts<'a>(node: Node<'a, '_>) -> Option<(&'a str, &'a str, String)> {
    let expression = node.attribute("expression")?.split_whitespace().collect();
    Some((node.attribute("name").unwrap_or(""), node.attribute("type")?, expression))
}

/// The number between two texts, and what follows.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<(f64, &'a str)> {
    let (number, tail) = text.strip_prefix(before)?.split_once(after)?;
    Some((number.parse().ok()?, tail))
}

/// 1/ε_in − 1/ε_out of the assignments at the end of a text; `None` with salt or another offset.
fn tau(tail: &str) -> Option<f64> {
    let (mut solvent, mut solute) = (None, None);
    for assignment in tail.split(';') {
        let (name, value) = assignment.split_once('=')?;
        let value: f64 = value.parse().ok()?;
        match name {
            "solventDielectric" => solvent = Some(value),
            "soluteDielectric" => solute = Some(value),
            "kappa" if value == 0.0 => {}
            "offset" if (value - OFFSET).abs() < 1e-12 => {}
            _ => return None,
        }
    }
    let (solute, solvent) = (solute?, solvent?);
    (solute > 0.0 && solvent > 0.0).then(|| 1.0 / solute - 1.0 / solvent)
}
