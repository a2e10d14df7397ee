//! Systems as OpenMM's XmlSerializer writes them.
//!
//! A force is told by its `type`, never by its name, order or group. What is not supported is refused, all of it in one sentence.

mod attributes;
mod generalized_born;
mod nonbonded;

use boltzflow::num::{Error, Result};
use roxmltree::{Document, Node};

use crate::term::{ForceField, MAX_PERIODICITY, PeriodicTorsions};
use attributes::{Attributes, short};

/// The most atoms: every pair of them has numbers of its own.
pub const MAX_ATOMS: usize = 5000;

/// The most reasons that one message tells.
const MOST_TOLD: usize = 20;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenMmSystem {
    /// Mass of each particle, amu.
    pub masses: Vec<f64>,
    /// The energy.
    pub force_field: ForceField,
    /// What was left out because it is no energy, in words.
    pub notes: Vec<String>,
}

/// What keeps a file from being read, while it is read.
#[derive(Default)]
pub(crate) struct Refusals {
    /// Sentences without their full stop.
    problems: Vec<String>,
}

impl Refusals {
    /// Adds a reason, once.
    pub(crate) fn add(&mut self, problem: impl Into<String>) {
        let problem = problem.into();
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Fails with all of them, or as many as can be read.
    fn end(self) -> Result<()> {
        let Self { mut problems } = self;
        if problems.is_empty() {
            return Ok(());
        }
        let more = problems.len().saturating_sub(MOST_TOLD);
        problems.truncate(MOST_TOLD);
        if more > 0 {
            problems.push(format!("{more} more"));
        }
        Err(Error::data("the OpenMM system", format!("not supported: {}", problems.join("; "))))
    }
}

/// Forces without an energy.
const WITHOUT_ENERGY: [&str; 6] = [
    "CMMotionRemover",
    "MonteCarloBarostat",
    "MonteCarloAnisotropicBarostat",
    "MonteCarloMembraneBarostat",
    "MonteCarloFlexibleBarostat",
    "AndersenThermostat",
];

/// Reads a system.
///
/// ```
/// let text = r#"<System type="System"><Particles><Particle mass="1"/><Particle mass="1"/></Particles><Constraints/><Forces>
///     <Force type="HarmonicBondForce" usesPeriodic="0"><Bonds><Bond d=".1" k="1000" p1="0" p2="1"/></Bonds></Force>
///     </Forces></System>"#;
/// let system = boltzflow_molecule::openmm::read(text)?;
/// assert_eq!((system.masses.len(), system.force_field.bonds.rest[0]), (2, 0.1));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidData`] for a text that is no System, a number that is none, an index without a particle, and, all
/// of them at once, for what is not supported.
pub fn read(text: &str) -> Result<OpenMmSystem> {
    let document = Document::parse(text).map_err(|error| {
        let place = short(&error.to_string());
        Error::data("the OpenMM system", format!("it is not valid XML: {place}"))
    })?;
    let root = document.root_element();
    if root.tag_name().name() != "System" {
        return Err(wrong_root(root.tag_name().name()));
    }
    let mut refusals = Refusals::default();
    let masses = masses(root, &mut refusals)?;
    let mut system = OpenMmSystem { masses, ..OpenMmSystem::default() };
    let constraints = list(root, "Constraints").count();
    if constraints > 0 {
        refusals.add(format!(
            "{constraints} constraints (write the system with constraints=None, rigidWater=False)"
        ));
    }
    let mut torsions = Vec::new();
    for force in list(root, "Forces") {
        let kind = force.attribute("type").unwrap_or("a force without a type");
        if force.attribute("usesPeriodic") == Some("1") {
            let kind = short(kind);
            refusals.add(format!("a periodic {kind} (setUsesPeriodicBoundaryConditions(False))"));
            continue;
        }
        let atoms = system.masses.len();
        let field = &mut system.force_field;
        let terms = |name| list(force, name).map(move |node| Attributes { node, atoms });
        match kind {
            "HarmonicBondForce" => {
                for bond in terms("Bonds") {
                    field.bonds.push(
                        bond.atoms(["p1", "p2"])?,
                        bond.number("d")?,
                        bond.number("k")?,
                    );
                }
            }
            "HarmonicAngleForce" => {
                for angle in terms("Angles") {
                    let atoms = angle.atoms(["p1", "p2", "p3"])?;
                    field.angles.push(atoms, angle.number("a")?, angle.number("k")?);
                }
            }
            "PeriodicTorsionForce" => {
                for torsion in terms("Torsions") {
                    let atoms = torsion.atoms(["p1", "p2", "p3", "p4"])?;
                    let n = torsion.whole("periodicity", MAX_PERIODICITY)?;
                    torsions.push((atoms, n, torsion.number("phase")?, torsion.number("k")?));
                }
            }
            "RBTorsionForce" => {
                for torsion in terms("Torsions") {
                    let atoms = torsion.atoms(["p1", "p2", "p3", "p4"])?;
                    let [a, b, c, d, e, f] = ["c0", "c1", "c2", "c3", "c4", "c5"];
                    field.ryckaert_bellemans.push(atoms, torsion.numbers([a, b, c, d, e, f])?);
                }
            }
            "NonbondedForce" => nonbonded::read(force, atoms, field, &mut refusals)?,
            "GBSAOBCForce" => generalized_born::read_native(force, atoms, field, &mut refusals)?,
            "CustomGBForce" => generalized_born::read_custom(force, atoms, field, &mut refusals)?,
            known if WITHOUT_ENERGY.contains(&known) => {
                system.notes.push(format!("{known} is left out: it has no energy"));
            }
            other => {
                refusals.add(format!("{}, an energy that boltzflow does not know", short(other)));
            }
        }
    }
    refusals.end()?;
    system.force_field.periodic_torsions = PeriodicTorsions::new(torsions);
    Ok(system)
}

/// The masses of the particles, all of which must be free to move.
fn masses(root: Node<'_, '_>, refusals: &mut Refusals) -> Result<Vec<f64>> {
    let particles: Vec<Node<'_, '_>> = list(root, "Particles").collect();
    let atoms = particles.len();
    if atoms == 0 {
        return Err(Error::data("the OpenMM system", "it has no particles"));
    }
    if atoms > MAX_ATOMS {
        let problem =
            format!("it has {atoms} particles; without a cutoff at most {MAX_ATOMS} are supported");
        return Err(Error::data("the OpenMM system", problem));
    }
    let mut masses = Vec::with_capacity(atoms);
    let (mut virtual_sites, mut immobile) = (0, 0);
    for particle in particles {
        let mass = Attributes { node: particle, atoms }.number("mass")?;
        if particle.children().any(|child| child.is_element()) {
            virtual_sites += 1;
        } else if mass <= 0.0 {
            immobile += 1;
        }
        masses.push(mass);
    }
    if virtual_sites > 0 {
        refusals
            .add(format!("{virtual_sites} virtual sites (use a model without extra particles)"));
    }
    if immobile > 0 {
        refusals.add(format!("{immobile} immobile particles (give each a mass above 0)"));
    }
    Ok(masses)
}

/// The elements of a list within an element.
fn list<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    let lists = node.children().filter(move |child| child.has_tag_name(name));
    lists.flat_map(|list| list.children()).filter(Node::is_element)
}

fn wrong_root(name: &str) -> Error {
    let meant = match name {
        "State" => "an OpenMM State, not a System",
        "Integrator" => "an OpenMM Integrator, not a System",
        "ForceField" => "a force field, from which OpenMM makes a System for a structure",
        _ => {
            return Error::data(
                "the OpenMM system",
                format!("its root is <{}>, not <System>", short(name)),
            );
        }
    };
    let remedy = "write it with XmlSerializer.serialize(system)";
    Error::data("the OpenMM system", format!("it is {meant}; {remedy}"))
}
