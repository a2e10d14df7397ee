//! Plots as SVG and PNG: figures with axes and a legend here, particles in [`particles`].

pub(crate) mod particles;
pub(crate) mod strip;

use std::fmt::Display;
use std::path::Path;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::failure::Failure;
use crate::file::atomic;

/// Width and height of a figure in pixels.
const SIZE: (u32, u32) = (960, 640);
/// Height of the line below a plot.
const CAPTION: u32 = 30;

/// Colours that people with any colour vision can tell apart (Okabe, Ito).
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// For what is compared with.
pub(crate) const ORANGE: RGBColor = RGBColor(213, 94, 0);
/// For a second way to the same numbers.
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
/// For what is known.
pub(crate) const GREY: RGBColor = RGBColor(90, 90, 90);

/// An area to draw on.
type Area<DB> = DrawingArea<DB, Shift>;
/// What drawing may fail with.
type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Something that is drawn, with a line below it that says what it was made of.
pub(crate) trait Plot {
    /// Width and height in pixels, without the line below.
    fn size(&self) -> (u32, u32);

    /// The line below.
    fn caption(&self) -> &str;

    /// Draws all but the line below.
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB>;

    /// Writes `NAME.svg` and `NAME.png` in a folder.
    fn write(&self, folder: &Path, name: &str) -> Result<(), Failure> {
        self.write_svg(&folder.join(format!("{name}.svg")))?;
        let path = folder.join(format!("{name}.png"));
        let mut outcome = Ok(());
        atomic::write_at(&path, |temporary| {
            let area = BitMapBackend::new(temporary, self.full_size()).into_drawing_area();
            outcome = self.draw_all(&area).map_err(|e| failed(&path, &e));
            Ok(())
        })?;
        outcome
    }

    /// Writes an SVG.
    fn write_svg(&self, path: &Path) -> Result<(), Failure> {
        let mut svg = String::new();
        self.draw_all(&SVGBackend::with_string(&mut svg, self.full_size()).into_drawing_area())
            .map_err(|e| failed(path, &e))?;
        atomic::write_text(path, &svg)
    }

    /// Size with the line below.
    fn full_size(&self) -> (u32, u32) {
        let (width, height) = self.size();
        (width, height + CAPTION)
    }

    /// Draws all.
    fn draw_all<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        register_font();
        area.fill(&WHITE)?;
        let (plot, below) = area.split_vertically(self.size().1);
        self.draw(&plot)?;
        below.draw_text(self.caption(), &text(15.0, GREY), (16, 4))?;
        area.present()
    }
}

fn failed(path: &Path, error: &dyn Display) -> Failure {
    let what = format!("{}: {error}", path.display());
    Failure::other("plot", what, "the numbers are not affected")
}

/// Text of a height in pixels, beginning at its upper left corner.
fn text(height: f64, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", height).into_font().color(&colour)
}

/// Something in a figure.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// Points joined by lines; gaps where a value is not finite.
    Line(Vec<(f64, f64)>),
    /// The same with dashes.
    Dashes(Vec<(f64, f64)>),
    /// Area between two values at each x; none where the lower one is not finite.
    Band(Vec<(f64, f64, f64)>),
    /// Bars of a width around their centres.
    Bars(f64, Vec<(f64, f64)>),
    /// Discs at (x, y) with bars from y − e to y + e.
    Points(Vec<(f64, f64, f64)>),
}

/// A mark with its label and colour.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// Words for the legend; empty for none.
    pub(crate) label: String,
    /// Colour.
    pub(crate) colour: RGBColor,
    /// What is drawn.
    pub(crate) mark: Mark,
}

/// A mark with a label and a colour.
pub(crate) fn series(label: &str, colour: RGBColor, mark: Mark) -> Series {
    Series { label: label.into(), colour, mark }
}

/// A figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Title.
    pub(crate) title: String,
    /// The line below: what it was made of.
    pub(crate) caption: String,
    /// Label of the horizontal axis with its unit.
    pub(crate) x_label: String,
    /// Label of the vertical axis with its unit.
    pub(crate) y_label: String,
    /// Interval shown horizontally.
    pub(crate) x: (f64, f64),
    /// Names of x = 0, 1, …, in place of numbers; none for numbers.
    pub(crate) x_names: Vec<String>,
    /// Interval shown vertically.
    pub(crate) y: (f64, f64),
    /// What is drawn, in order.
    pub(crate) series: Vec<Series>,
}

impl Plot for Figure {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn caption(&self) -> &str {
        &self.caption
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let labelled = self.series.iter().filter(|s| !s.label.is_empty()).count();
        // Room for the legend above the curves.
        let top = self.y.1 + 0.06 * labelled as f64 * (self.y.1 - self.y.0);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 24))
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(72)
            .build_cartesian_2d(self.x.0..self.x.1, self.y.0..top)?;
        let named = |x: &f64| self.name_at(*x);
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .x_label_formatter(&number)
            .y_label_formatter(&number)
            .light_line_style(WHITE)
            .bold_line_style(BLACK.mix(0.1))
            .label_style(("sans-serif", 16))
            .axis_desc_style(("sans-serif", 18));
        if !self.x_names.is_empty() {
            mesh.x_label_formatter(&named).disable_x_mesh();
        }
        mesh.draw()?;
        // Nothing is drawn where the legend is.
        let clamp = |y: f64| y.clamp(self.y.0, self.y.1);
        for series in &self.series {
            let colour = series.colour;
            match &series.mark {
                Mark::Line(points) | Mark::Dashes(points) => {
                    for run in points.split(|p| !p.1.is_finite()).filter(|r| !r.is_empty()) {
                        let run = run.iter().map(|p| (p.0, clamp(p.1)));
                        let style = colour.stroke_width(2);
                        if matches!(series.mark, Mark::Dashes(_)) {
                            chart.draw_series(DashedLineSeries::new(run, 8, 5, style))?;
                        } else {
                            chart.draw_series(LineSeries::new(run, style))?;
                        }
                    }
                }
                Mark::Band(points) => {
                    let inside = |v: &f64| if v.is_finite() { clamp(*v) } else { self.y.1 };
                    for run in points.split(|p| !p.1.is_finite()).filter(|r| !r.is_empty()) {
                        let upper = run.iter().map(|(x, _, hi)| (*x, inside(hi)));
                        let lower = run.iter().rev().map(|(x, lo, _)| (*x, inside(lo)));
                        let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
                        chart.draw_series([Polygon::new(outline, colour.mix(0.25).filled())])?;
                    }
                }
                Mark::Bars(width, bars) => {
                    chart.draw_series(bars.iter().map(|(x, y)| {
                        let ends = [(x - 0.5 * width, self.y.0), (x + 0.5 * width, clamp(*y))];
                        Rectangle::new(ends, colour.mix(0.6).filled())
                    }))?;
                }
                Mark::Points(points) => {
                    let style = colour.stroke_width(2);
                    chart.draw_series(points.iter().map(|(x, y, e)| {
                        let (low, high) = (clamp(y - e), clamp(y + e));
                        ErrorBar::new_vertical(*x, low, clamp(*y), high, style.filled(), 14)
                    }))?;
                }
            }
            if !series.label.is_empty() {
                // The legend alone: a line may consist of several runs.
                let entry = chart.draw_series(None::<Rectangle<(f64, f64)>>)?.label(&series.label);
                // Dashes have a gap there, too.
                let gap = if matches!(series.mark, Mark::Dashes(_)) { 3 } else { 0 };
                entry.legend(move |(x, y)| {
                    let half =
                        |from, to| Rectangle::new([(from, y - 3), (to, y + 3)], colour.filled());
                    EmptyElement::at((0, 0)) + half(x, x + 10 - gap) + half(x + 10 + gap, x + 20)
                });
            }
        }
        if labelled > 0 {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperMiddle)
                .background_style(WHITE.mix(0.8))
                .border_style(BLACK.mix(0.2))
                .label_font(("sans-serif", 16))
                .draw()?;
        }
        Ok(())
    }
}

impl Figure {
    /// The name of a place on the horizontal axis.
    fn name_at(&self, x: f64) -> String {
        let near = (x - x.round()).abs() < 1e-6 && x > -0.5;
        let name = near.then(|| self.x_names.get(x.round() as usize)).flatten();
        name.cloned().unwrap_or_default()
    }
}

/// A label without digits that say nothing.
fn number(v: &f64) -> String {
    let text = format!("{v:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Makes the font of this program known to the plots, once.
fn register_font() {
    static ONCE: Once = Once::new();
    // The bytes are a part of the program: they are a valid font, and a failure would show as an error of the plot.
    ONCE.call_once(|| {
        let _ = plotters::style::register_font(
            "sans-serif",
            FontStyle::Normal,
            dejavu::sans::regular(),
        );
    });
}
