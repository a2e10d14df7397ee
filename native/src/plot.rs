//! Figures as SVG and PNG: curves, bands and bars with axes and a legend.

use std::path::Path;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::failure::Failure;
use crate::file::atomic;

/// Width and height in pixels.
const SIZE: (u32, u32) = (960, 640);

/// Colours that people with any colour vision can tell apart (Okabe, Ito).
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// For what is compared with.
pub(crate) const ORANGE: RGBColor = RGBColor(213, 94, 0);
/// For a second way to the same numbers.
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
/// For what is known.
pub(crate) const GREY: RGBColor = RGBColor(90, 90, 90);

/// Something in a figure.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// Points joined by lines; gaps where a value is not finite.
    Line(Vec<(f64, f64)>),
    /// Area between two values at each x.
    Band(Vec<(f64, f64, f64)>),
    /// Bars of a width around their centres.
    Bars(f64, Vec<(f64, f64)>),
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

/// A figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Title.
    pub(crate) title: String,
    /// Label of the horizontal axis with its unit.
    pub(crate) x_label: String,
    /// Label of the vertical axis with its unit.
    pub(crate) y_label: String,
    /// Interval shown horizontally.
    pub(crate) x: (f64, f64),
    /// Interval shown vertically.
    pub(crate) y: (f64, f64),
    /// What is drawn, in order.
    pub(crate) series: Vec<Series>,
}

impl Figure {
    /// Writes `NAME.svg` and `NAME.png` in a folder.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> Result<(), Failure> {
        register_font();
        let failed = |e: &dyn std::fmt::Display| {
            Failure::other("plot", format!("{name}: {e}"), "the report itself is not affected")
        };
        let mut svg = String::new();
        self.draw(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area())
            .map_err(|e| failed(&e))?;
        atomic::write_text(&folder.join(format!("{name}.svg")), &svg)?;

        let path = folder.join(format!("{name}.png"));
        let mut outcome = Ok(());
        atomic::write_at(&path, |temporary| {
            let area = BitMapBackend::new(temporary, SIZE).into_drawing_area();
            outcome = self.draw(&area).map_err(|e| failed(&e));
            Ok(())
        })?;
        outcome
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        area.fill(&WHITE)?;
        let labelled = self.series.iter().filter(|s| !s.label.is_empty()).count();
        // Room for the legend above the curves.
        let top = self.y.1 + 0.06 * labelled as f64 * (self.y.1 - self.y.0);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 24))
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(self.x.0..self.x.1, self.y.0..top)?;
        chart
            .configure_mesh()
            .x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .x_label_formatter(&number)
            .y_label_formatter(&number)
            .light_line_style(WHITE)
            .bold_line_style(BLACK.mix(0.1))
            .label_style(("sans-serif", 16))
            .axis_desc_style(("sans-serif", 18))
            .draw()?;
        let clamp = |y: f64| y.clamp(self.y.0, top);
        for series in &self.series {
            let colour = series.colour;
            match &series.mark {
                Mark::Line(points) => {
                    for run in points.split(|p| !p.1.is_finite()).filter(|r| !r.is_empty()) {
                        let run = run.iter().map(|p| (p.0, clamp(p.1)));
                        chart.draw_series(LineSeries::new(run, colour.stroke_width(2)))?;
                    }
                }
                Mark::Band(points) => {
                    let inside = |v: &f64| if v.is_finite() { clamp(*v) } else { top };
                    let upper = points.iter().map(|(x, _, hi)| (*x, inside(hi)));
                    let lower = points.iter().rev().map(|(x, lo, _)| (*x, inside(lo)));
                    let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
                    chart.draw_series([Polygon::new(outline, colour.mix(0.25).filled())])?;
                }
                Mark::Bars(width, bars) => {
                    chart.draw_series(bars.iter().map(|(x, y)| {
                        let ends = [(x - 0.5 * width, self.y.0), (x + 0.5 * width, clamp(*y))];
                        Rectangle::new(ends, colour.mix(0.6).filled())
                    }))?;
                }
            }
            if !series.label.is_empty() {
                // The legend alone: a line may consist of several runs.
                chart.draw_series(None::<Rectangle<(f64, f64)>>)?.label(&series.label).legend(
                    move |(x, y)| Rectangle::new([(x, y - 3), (x + 20, y + 3)], colour.filled()),
                );
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
        area.present()
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
