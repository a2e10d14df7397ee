//! Histograms of the reduced energy: what is generated beside what equilibrium looks like.

use super::material::Material;
use crate::plot::{BLUE, Figure, GREEN, Mark, ORANGE, series};

/// Bars of a histogram.
const BARS: usize = 60;
/// Share of equilibrium energies that lie within the frame.
const EQUILIBRIUM: f64 = 0.999;
/// Share of generated energies that do, if they are not too far off; of them alone it is that of equilibrium.
const GENERATED: f64 = 0.95;
/// Widths of equilibrium by which the frame follows generated energies beyond it.
const FARTHEST: f64 = 3.0;

/// Energies with their weights, in order; those that are not finite come last.
struct Energies {
    sorted: Vec<(f64, f64)>,
    total: f64,
}

impl Energies {
    fn new(u: &[f64], weights: Option<&[f64]>) -> Self {
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let number = |u: f64| if u.is_nan() { f64::INFINITY } else { u };
        let pairs = u.iter().enumerate().map(|(i, u)| (number(*u), weight(i)));
        let mut sorted: Vec<(f64, f64)> = pairs.filter(|(_, w)| *w > 0.0).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total = sorted.iter().map(|(_, w)| w).sum();
        Self { sorted, total }
    }

    fn lowest(&self) -> f64 {
        self.sorted.first().map_or(f64::INFINITY, |(u, _)| *u)
    }

    /// The energy below which a share of the weight lies.
    fn quantile(&self, share: f64) -> f64 {
        let mut sum = 0.0;
        let above = self.sorted.iter().find(|(_, w)| {
            sum += w;
            sum >= share * self.total
        });
        above.map_or(f64::INFINITY, |(u, _)| *u)
    }

    /// Density in bars of a width from `low` on, of all energies, those beyond the frame included.
    fn density(&self, low: f64, width: f64) -> Vec<f64> {
        let mut density = vec![0.0; BARS];
        for (u, w) in &self.sorted {
            if let Some(bar) = density.get_mut(((u - low) / width) as usize) {
                *bar += w / (self.total * width);
            }
        }
        density
    }

    /// Share of the weight above an energy, in per cent.
    fn above(&self, high: f64) -> f64 {
        let beyond = self.sorted.iter().filter(|(u, _)| *u > high);
        100.0 * beyond.map(|(_, w)| w).sum::<f64>() / self.total
    }
}

/// Energies on the target that was learnt: of samples as generated, of held-out examples, of annealed particles. The legend
/// says how many lie above the frame. `None` if no energy is finite.
pub(super) fn figure(of: &Material<'_>) -> Option<Figure> {
    let generated = Energies::new(&of.analysis.learnt_u, None);
    let examples = of.comparison.examples.as_ref();
    let equilibrium: Vec<(&str, Energies)> = [
        examples.map(|(u, w)| ("held-out examples", Energies::new(u, Some(w)))),
        of.annealed
            .map(|a| ("annealed", Energies::new(&a.learnt_u, Some(a.learnt_weights.normalised())))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let low = equilibrium.iter().map(|(_, e)| e.lowest()).fold(generated.lowest(), f64::min);
    let ends = equilibrium.iter().map(|(_, e)| e.quantile(EQUILIBRIUM));
    let (end, share) = match ends.filter(|u| u.is_finite()).reduce(f64::max) {
        Some(end) => (end, GENERATED),
        None => (generated.quantile(GENERATED), EQUILIBRIUM),
    };
    if !(low.is_finite() && end.is_finite()) {
        return None;
    }
    let high = generated.quantile(share).clamp(end, end + FARTHEST * (end - low));
    let width = (high - low).max(1e-6) / BARS as f64;
    let high = low + width * BARS as f64;
    let label = |name: &str, e: &Energies| match e.above(high) {
        0.0 => name.to_string(),
        above => format!("{name}: {above:.2} % above the frame"),
    };
    let bars = generated.density(low, width).into_iter().enumerate();
    let bars: Vec<(f64, f64)> = bars.map(|(i, p)| (low + (i as f64 + 0.5) * width, p)).collect();
    let mut top = bars.iter().map(|b| b.1).fold(0.0, f64::max);
    let mut marks = vec![series(&label("as generated", &generated), BLUE, Mark::Bars(width, bars))];
    for (name, energies) in &equilibrium {
        let density = energies.density(low, width);
        top = density.iter().copied().fold(top, f64::max);
        let mut outline = vec![(low, 0.0)];
        for (i, p) in density.iter().enumerate() {
            let left = low + i as f64 * width;
            outline.extend([(left, *p), (left + width, *p)]);
        }
        outline.push((high, 0.0));
        marks.push(match *name {
            "annealed" => series(&label(name, energies), GREEN, Mark::Dashes(outline)),
            _ => series(&label(name, energies), ORANGE, Mark::Line(outline)),
        });
    }
    let biased = of.biased_along.map(|name| format!(", biased to be flat along {name}"));
    Some(Figure {
        title: "Reduced energies".into(),
        caption: of.caption.into(),
        x_label: format!("u = U/kT of the target{}", biased.unwrap_or_default()),
        y_label: "density".into(),
        x: (low, high),
        x_names: Vec::new(),
        y: (0.0, 1.05 * top.max(1e-9)),
        series: marks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_beyond_the_frame_is_forgotten() {
        let u = [3.0, 0.0, f64::NAN, 1.0, f64::INFINITY];
        let all = Energies::new(&u, None);
        assert_eq!((all.lowest(), all.quantile(0.4), all.above(2.0)), (0.0, 1.0, 60.0));
        let width = 2.0 / BARS as f64;
        assert!((all.density(0.0, width).iter().sum::<f64>() * width - 0.4).abs() < 1e-12);
        let weighted = Energies::new(&u, Some(&[1.0, 1.0, 0.0, 2.0, 0.0]));
        assert_eq!((weighted.above(2.0), weighted.quantile(0.5)), (25.0, 1.0));
    }
}
