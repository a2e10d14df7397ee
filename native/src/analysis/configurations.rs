//! Generated configurations of particles, drawn for each part of the coordinate.

use boltzflow::generator::Samples;
use boltzflow::system::{Coordinate, System};

use super::parts::Parts;
use crate::plot::particles::{self, Panel, Particles, Row};

/// Configurations of each part.
const PANELS: usize = 4;

/// The first samples that lie in each part of the coordinate, as they were generated, whatever their weights. `None` for a
/// system without particles.
pub(crate) fn generated(
    system: &System,
    samples: &Samples,
    coordinate: &Coordinate,
    caption: &str,
) -> Option<Particles> {
    let geometry = system.space().particles.clone()?;
    let mut values = vec![0.0; samples.u.len()];
    coordinate.values(&samples.x, &mut values);
    let parts = Parts::new(coordinate);
    let shares = parts.shares(&values, None);
    let mut empty = Vec::new();
    let mut row = |part: usize| {
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
        let panels: Vec<Panel> = inside.take(PANELS).map(panel).collect();
        if panels.is_empty() {
            empty.push(parts.places[part].as_str());
            return None;
        }
        Some(Row {
            name: vec![
                parts.names[part].clone(),
                parts.places[part].clone(),
                format!("{:.1} % of all", 100.0 * shares[part]),
            ],
            panels,
        })
    };
    let rows: Vec<Row> = (0..shares.len()).filter_map(&mut row).collect();
    let mut caption = format!("{caption}; the first of each part");
    if !empty.is_empty() {
        caption.push_str(&format!(", none with {}", empty.join(" or ")));
    }
    Some(Particles {
        title: "Configurations as generated".into(),
        caption,
        geometry,
        pair: particles::pair(coordinate),
        rows,
    })
}
