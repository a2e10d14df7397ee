//! Configurations drawn as discs, in rows of equal panels.

use boltzflow::system::{self, Coordinate};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, BLUE, Drawn, GREY, ORANGE, Plot, text};

/// Side of a panel in pixels, and the height of the line above it.
const PANEL: u32 = 240;
const LABEL: u32 = 24;
/// Width of the column with the names of rows, and height of the title.
const NAMES: u32 = 150;
const TITLE: u32 = 48;
/// White between panels.
const GAP: u32 = 8;
/// Radius of particles that have no size, as a share of how far they reach.
const POINT: f64 = 0.1;
/// Colour of particles that belong to no pair.
const FLUID: RGBColor = RGBColor(86, 180, 233);

/// A configuration.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    /// Coordinates, `dim` of them.
    pub(crate) x: Vec<f64>,
    /// The words above it.
    pub(crate) label: String,
}

/// Some configurations side by side.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its name, in lines.
    pub(crate) name: Vec<String>,
    /// Its configurations.
    pub(crate) panels: Vec<Panel>,
}

/// Configurations of particles: the pair of the reaction coordinate joined by a line, the others as they are, the walls. In space
/// one looks along the third axis; what is farther away is paler.
#[derive(Clone, Debug)]
pub(crate) struct Particles {
    /// Title.
    pub(crate) title: String,
    /// The line below.
    pub(crate) caption: String,
    /// What the particles are like.
    pub(crate) geometry: system::Particles,
    /// Particles that the reaction coordinate is the distance of.
    pub(crate) pair: Option<(usize, usize)>,
    /// Rows from top to bottom.
    pub(crate) rows: Vec<Row>,
}

/// A particle in a panel: place on the plane, depth from 0 (near) to 1 (far), number.
#[derive(Clone, Copy, Debug)]
struct Disc {
    place: [f64; 2],
    depth: f64,
    index: usize,
}

/// The particles that a coordinate is the distance of.
pub(crate) fn pair(coordinate: &Coordinate) -> Option<(usize, usize)> {
    coordinate.variable.pair()
}

/// An energy in a label: clashes have large ones.
pub(crate) fn energy(u: f64) -> String {
    if u.abs() < 1e4 { format!("{u:.1}") } else { format!("{u:.1e}") }
}

impl Particles {
    fn columns(&self) -> u32 {
        self.rows.iter().map(|r| r.panels.len()).max().unwrap_or(1).max(1) as u32
    }

    /// L of panels that show [−L, L]² around the origin, or around the centre of a configuration that no walls hold; and the
    /// radius of a disc, both in units of x.
    fn scale(&self) -> (f64, f64) {
        let radius = self.geometry.contact.map(|d| 0.5 * d);
        if let Some(half_box) = self.geometry.half_box {
            // A disc that leans against a wall from outside is still seen.
            let radius = radius.unwrap_or(POINT * half_box);
            return (half_box + 2.0 * radius, radius);
        }
        let reach = |p: &Panel| {
            let places = self.discs(p);
            let far = places.iter().flat_map(|d| d.place).map(f64::abs);
            far.filter(|v| v.is_finite()).fold(0.0, f64::max)
        };
        let mut reaches: Vec<f64> = self.rows.iter().flat_map(|r| &r.panels).map(reach).collect();
        reaches.sort_by(f64::total_cmp);
        // One configuration that has flown apart does not make dots of all others.
        let median = reaches.get(reaches.len() / 2).copied().unwrap_or(1.0);
        let reach = reaches.last().copied().unwrap_or(1.0).min(2.0 * median).max(1e-6);
        let radius = radius.unwrap_or(POINT * reach);
        (1.05 * reach + radius, radius)
    }

    /// The particles of a panel, the far ones first.
    fn discs(&self, panel: &Panel) -> Vec<Disc> {
        let space = self.geometry.space;
        let count = panel.x.len() / space.max(1);
        let centre = |k: usize| -> f64 {
            if self.geometry.half_box.is_some() {
                return 0.0;
            }
            panel.x.iter().skip(k).step_by(space).sum::<f64>() / count as f64
        };
        let centre: Vec<f64> = (0..space).map(centre).collect();
        let at = |i: usize, k: usize| {
            if k < space { panel.x[i * space + k] - centre[k] } else { 0.0 }
        };
        let heights = (0..count).map(|i| at(i, 2)).filter(|v| v.is_finite());
        let (low, high) = heights
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let depth = |v: f64| if high > low { (high - v) / (high - low) } else { 0.0 };
        let disc =
            |i: usize| Disc { place: [at(i, 0), at(i, 1)], depth: depth(at(i, 2)), index: i };
        let mut discs: Vec<Disc> = (0..count).map(disc).collect();
        discs.sort_by(|a, b| b.depth.total_cmp(&a.depth));
        discs
    }

    fn draw_panel<DB: DrawingBackend>(
        &self,
        area: &Area<DB>,
        panel: &Panel,
        (half_side, radius): (f64, f64),
    ) -> Drawn<DB> {
        let (above, square) = area.split_vertically(LABEL);
        let middle = text(15.0, BLACK).pos(Pos::new(HPos::Center, VPos::Center));
        let half = f64::from(PANEL) / 2.0;
        above.draw_text(&panel.label, &middle, (half as i32, LABEL as i32 / 2))?;
        let side = PANEL as i32 - 1;
        let frame = Rectangle::new([(0, 0), (side, side)], BLACK.mix(0.15));
        square.draw(&frame)?;
        let scale = half / half_side;
        // y points up.
        let nearest = |v: f64| v.round() as i32;
        let pixel = |p: [f64; 2]| (nearest(half + scale * p[0]), nearest(half - scale * p[1]));
        let pixels = nearest(scale * radius).max(2);
        let discs = self.discs(panel);
        let inside = |d: &Disc| d.place.iter().all(|v| v.abs() + radius <= half_side);
        let is_pair = |i: usize| self.pair.is_some_and(|(a, b)| i == a || i == b);
        for disc in discs.iter().filter(|d| inside(d)) {
            let colour = if is_pair(disc.index) { ORANGE } else { FLUID };
            // Overlaps are seen through.
            let strength = 0.75 * (1.0 - 0.7 * disc.depth);
            let place = pixel(disc.place);
            square.draw(&Circle::new(place, pixels, WHITE.mix(0.5).filled()))?;
            square.draw(&Circle::new(place, pixels, colour.mix(strength).filled()))?;
            let outline = if is_pair(disc.index) { ORANGE } else { BLUE };
            square.draw(&Circle::new(
                place,
                pixels,
                outline.mix(0.4 + 0.6 * (1.0 - disc.depth)),
            ))?;
        }
        if let Some((a, b)) = self.pair {
            let find = |i: usize| discs.iter().find(|d| d.index == i).filter(|d| inside(d));
            if let Some((a, b)) = find(a).zip(find(b)) {
                let ends = [pixel(a.place), pixel(b.place)];
                square.draw(&PathElement::new(ends, BLACK.stroke_width(3)))?;
                for end in ends {
                    square.draw(&Circle::new(end, 3, BLACK.filled()))?;
                }
            }
        }
        // Walls act on centres: discs lie on both sides.
        if let Some(l) = self.geometry.half_box {
            let walls = [pixel([-l, l]), pixel([l, -l])];
            square.draw(&Rectangle::new(walls, GREY.stroke_width(1)))?;
        }
        let lost = discs.iter().filter(|d| !inside(d)).count();
        if lost > 0 {
            let note = format!("{lost} farther out");
            square.draw_text(&note, &text(13.0, GREY), (6, PANEL as i32 - 20))?;
        }
        Ok(())
    }
}

impl Plot for Particles {
    fn size(&self) -> (u32, u32) {
        let (columns, rows) = (self.columns(), self.rows.len() as u32);
        (NAMES + columns * (PANEL + GAP) + GAP, TITLE + rows * (LABEL + PANEL + GAP))
    }

    fn caption(&self) -> &str {
        &self.caption
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let middle = text(24.0, BLACK).pos(Pos::new(HPos::Center, VPos::Center));
        area.draw_text(&self.title, &middle, ((self.size().0 / 2) as i32, TITLE as i32 / 2))?;
        let scale = self.scale();
        let mut rest = area.split_vertically(TITLE).1;
        for row in &self.rows {
            let (strip, below) = rest.split_vertically(LABEL + PANEL + GAP);
            rest = below;
            let (names, mut panels) = strip.split_horizontally(NAMES);
            let first = (LABEL + PANEL / 2) as i32 - 11 * row.name.len() as i32;
            for (line, y) in row.name.iter().zip((first..).step_by(22)) {
                names.draw_text(line, &text(16.0, BLACK), (16, y))?;
            }
            for panel in &row.panels {
                let (place, right) = panels.split_horizontally(PANEL + GAP);
                panels = right;
                self.draw_panel(&place, panel, scale)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_lie_where_the_particles_are() {
        let panel =
            Panel { x: vec![-0.5, 0.0, 0.5, 0.0, 1.5, 1.0, 9.0, 0.0], label: "d = 1".into() };
        let particles = Particles {
            title: "Particles".into(),
            caption: "of seed 7".into(),
            geometry: system::Particles::in_space(2).touching_at(1.0).between_walls(2.0),
            pair: Some((0, 1)),
            rows: vec![Row { name: vec!["closed".into()], panels: vec![panel] }],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        particles.write_svg(&path).unwrap();
        let svg = std::fs::read_to_string(path).unwrap();
        // [−3, 3]² on 240 pixels, below and right of names, title and label: y points up.
        let (x, y) = (NAMES + PANEL / 2, TITLE + LABEL + PANEL / 2);
        for (cx, cy) in [(x - 20, y), (x + 20, y), (x + 60, y - 40)] {
            let disc = format!("cx=\"{cx}\" cy=\"{cy}\" r=\"20\"");
            assert!(svg.contains(&disc), "{disc}");
        }
        assert_eq!(svg.matches("r=\"20\"").count(), 9, "three circles for each of three discs");
        assert!(svg.contains(&format!("{},{y} {},{y}", x - 20, x + 20)), "the pair is joined");
        for words in ["1 farther out", "of seed 7", "closed", "d = 1"] {
            assert!(svg.contains(words), "{words}");
        }
    }

    #[test]
    fn far_particles_are_pale_and_come_first() {
        let geometry = system::Particles::in_space(3);
        let particles = Particles {
            title: String::new(),
            caption: String::new(),
            geometry,
            pair: None,
            rows: Vec::new(),
        };
        let panel = Panel { x: vec![1.0, 0.0, 4.0, 3.0, 2.0, 0.0], label: String::new() };
        let discs = particles.discs(&panel);
        assert_eq!([discs[0].index, discs[1].index], [1, 0]);
        assert_eq!([discs[0].depth, discs[1].depth], [1.0, 0.0]);
        // Around their centre.
        assert_eq!([discs[0].place, discs[1].place], [[1.0, 1.0], [-1.0, -1.0]]);
    }
}
