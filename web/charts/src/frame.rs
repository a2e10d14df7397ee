//! What all charts share: inks, axes, lines that break where there is no number.

use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, Polygon};
use plotters::prelude::{
    ChartBuilder, Color, DashedLineSeries, DrawingArea, IntoDrawingArea, LineSeries, RGBColor,
    ShapeStyle,
};
use plotters::style::{FontFamily, IntoTextStyle};
use std::ops::Range;
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use super::canvas::Canvas;

type Area = DrawingArea<Canvas, plotters::coord::Shift>;
type Plane<'a> = ChartContext<'a, Canvas, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The theme's colours, as `rgb(…)` texts in this order: ink, grey, line, flow, example.
#[derive(Clone, Copy)]
pub(super) struct Inks {
    pub(super) ink: RGBColor,
    pub(super) grey: RGBColor,
    pub(super) line: RGBColor,
    pub(super) flow: RGBColor,
    pub(super) example: RGBColor,
}

impl Inks {
    pub(super) fn parse(texts: &[String]) -> Result<Self, JsValue> {
        let colour = |i: usize| {
            let text = texts.get(i).map_or("", String::as_str);
            rgb(text).ok_or_else(|| {
                let words =
                    format!("Colour {i} of a chart is '{text}', not rgb(red, green, blue).");
                JsValue::from(js_sys::Error::new(&words))
            })
        };
        let (ink, grey, line) = (colour(0)?, colour(1)?, colour(2)?);
        Ok(Self { ink, grey, line, flow: colour(3)?, example: colour(4)? })
    }
}

/// A colour as a browser writes a computed one.
fn rgb(text: &str) -> Option<RGBColor> {
    let inside = text.trim().strip_prefix("rgb(")?.strip_suffix(')')?;
    let mut parts = inside.split(',').map(|part| part.trim().parse::<u8>().ok());
    Some(RGBColor(parts.next()??, parts.next()??, parts.next()??))
}

/// A chart with axes, `scale` device pixels to a CSS pixel.
pub(super) struct Frame<'a> {
    chart: Plane<'a>,
    scale: f64,
}

/// The names of the axes.
pub(super) struct Axes<'a> {
    pub(super) x: &'a str,
    pub(super) y: &'a str,
}

pub(super) fn area(canvas: HtmlCanvasElement) -> Result<Area, JsValue> {
    Ok(Canvas::new(canvas)?.into_drawing_area())
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        area: &'a Area,
        scale: f64,
        inks: &Inks,
        x: Range<f64>,
        y: Range<f64>,
        axes: &Axes<'_>,
    ) -> Result<Self, JsValue> {
        Self::with_ticks(area, scale, inks, x, y, axes, tick)
    }

    /// As [`Frame::new`], with the labels that `y_tick` makes of values.
    pub(super) fn with_ticks(
        area: &'a Area,
        scale: f64,
        inks: &Inks,
        x: Range<f64>,
        y: Range<f64>,
        axes: &Axes<'_>,
        y_tick: fn(f64) -> String,
    ) -> Result<Self, JsValue> {
        let px = |size: f64| (size * scale) as i32;
        let mut chart = ChartBuilder::on(area)
            .margin_top(px(6.0))
            .margin_right(px(18.0))
            .x_label_area_size(px(34.0))
            .y_label_area_size(px(38.0))
            .build_cartesian_2d(x, y)
            .map_err(failed)?;
        let label = (FontFamily::SansSerif, 11.0 * scale).into_text_style(area).color(&inks.grey);
        chart
            .configure_mesh()
            .x_labels(7)
            .y_labels(5)
            .x_label_formatter(&|v| tick(*v))
            .y_label_formatter(&|v| y_tick(*v))
            .light_line_style(inks.line.mix(0.0))
            .bold_line_style(inks.line)
            .axis_style(inks.grey)
            .label_style(label.clone())
            .axis_desc_style(label)
            .x_desc(axes.x)
            .y_desc(axes.y)
            .draw()
            .map_err(failed)?;
        Ok(Self { chart, scale })
    }

    fn pen(&self, colour: RGBColor, width: f64) -> ShapeStyle {
        colour.stroke_width(((width * self.scale).round() as u32).max(1))
    }

    /// A solid line, broken where a value is not finite.
    pub(super) fn solid(
        &mut self,
        x: &[f64],
        y: &[f64],
        colour: RGBColor,
        width: f64,
    ) -> Result<(), JsValue> {
        let pen = self.pen(colour, width);
        for piece in pieces(x, y) {
            self.chart.draw_series(LineSeries::new(piece, pen)).map_err(failed)?;
        }
        Ok(())
    }

    /// As [`Frame::solid`], in dashes and gaps of these lengths.
    pub(super) fn dashed(
        &mut self,
        x: &[f64],
        y: &[f64],
        colour: RGBColor,
        width: f64,
        (dash, gap): (f64, f64),
    ) -> Result<(), JsValue> {
        let pen = self.pen(colour, width);
        let px = |size: f64| (size * self.scale).round() as u32;
        for piece in pieces(x, y) {
            let line = DashedLineSeries::new(piece, px(dash), px(gap), pen);
            self.chart.draw_series(line).map_err(failed)?;
        }
        Ok(())
    }

    /// Filled circles.
    pub(super) fn dots(
        &mut self,
        points: impl Iterator<Item = (f64, f64)>,
        colour: RGBColor,
        radius: f64,
    ) -> Result<(), JsValue> {
        let radius = (radius * self.scale).round() as i32;
        let dots = points.map(|point| Circle::new(point, radius, colour.filled()));
        self.chart.draw_series(dots).map_err(failed)?;
        Ok(())
    }

    /// The area between two lines, broken where one of them is not finite.
    pub(super) fn band(
        &mut self,
        x: &[f64],
        lower: &[f64],
        upper: &[f64],
        colour: RGBColor,
    ) -> Result<(), JsValue> {
        let style = colour.mix(0.22).filled();
        let whole: Vec<f64> = lower.iter().zip(upper).map(|(l, u)| l + u).collect();
        let mut start = 0;
        for piece in runs(&whole) {
            start = piece.start.max(start);
            let below = piece.clone().map(|i| (x[i], lower[i]));
            let above = piece.rev().map(|i| (x[i], upper[i]));
            let shape = Polygon::new(below.chain(above).collect::<Vec<_>>(), style);
            self.chart.draw_series([shape]).map_err(failed)?;
        }
        Ok(())
    }
}

/// A tick in as few digits as it needs, steps of 0.01 being the finest.
pub(super) fn tick(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // Adding zero turns −0 into 0.
    format!("{}", rounded + 0.0)
}

/// Ranges of consecutive finite values.
fn runs(y: &[f64]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for i in 0..=y.len() {
        match (start, y.get(i).is_some_and(|v| v.is_finite())) {
            (None, true) => start = Some(i),
            (Some(first), false) => {
                runs.push(first..i);
                start = None;
            }
            _ => {}
        }
    }
    runs
}

fn pieces(x: &[f64], y: &[f64]) -> Vec<Vec<(f64, f64)>> {
    runs(y).into_iter().map(|run| run.map(|i| (x[i], y[i])).collect()).collect()
}

/// An error of plotters in JavaScript.
fn failed<E: std::error::Error>(error: E) -> JsValue {
    js_sys::Error::new(&format!("A chart could not be drawn: {error}.")).into()
}
