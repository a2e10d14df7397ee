//! Generated configurations of particles, drawn for each part of the coordinate.

use boltzflow::generator::Samples;
use boltzflow::potential::{Coordinate, Potential};

use super::parts::Parts;
use crate::plot::particles::{self, Panel, Particles, Row};

/// Configurations of each part.
const PANELS: usize = 4;

/// The first samples that lie in each part of the coordinate, as they were generated, whatever their weights. `None` for a
/// system without particles.
pub(crate) fn generated(
    potential: &dyn Potential,
    samples: &Samples,
    coordinate: &Coordinate,
    caption: &str,
) -> Option<Particles> {
    let geometry = potential.geometry()?;
    let mut values = vec![0.0; samples.u.len()];
    coordinate.values(&samples.x, &mut values);
    let parts = Parts::new(coordinate);
    let shares = parts.shares(&values, None);
    let row = |part: usize| {
        let inside = (0..values.len()).filter(|i| parts.index(values[*i]) == Some(part));
        let panel = |i: usize| Panel {
            x: samples.x.row(i).iter().copied().collect(),
            label: format!(
                "{} = {:.2}, U = {} kT",
                coordinate.name,
                values[i],
                particles::energy(samples.u[i])
            ),
        };
        Row {
            name: vec![
                parts.names[part].into(),
                parts.places[part].clone(),
                format!("{:.1} % of all", 100.0 * shares[part]),
            ],
            panels: inside.take(PANELS).map(panel).collect(),
        }
    };
    Some(Particles {
        title: "Configurations as generated".into(),
        caption: format!("{caption}; the first of each part of {}", coordinate.name),
        geometry,
        pair: particles::pair(coordinate),
        rows: (0..shares.len()).map(row).collect(),
    })
}
