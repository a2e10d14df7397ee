//! plotters' canvas backend, with text measured by the canvas itself.

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The backend of plotters-canvas measures text by adding an element to the document, which costs a layout of the whole
/// page for every label; this one asks the canvas.
pub(super) struct Canvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
}

type Failure = <CanvasBackend as DrawingBackend>::ErrorType;
type Outcome = Result<(), DrawingErrorKind<Failure>>;

impl Canvas {
    /// A cleared canvas.
    pub(super) fn new(element: HtmlCanvasElement) -> Result<Self, JsValue> {
        let missing = || JsValue::from(js_sys::Error::new("The canvas has no 2-D context."));
        let context = element.get_context("2d")?.ok_or_else(missing)?;
        let context: CanvasRenderingContext2d = context.dyn_into().map_err(|_| missing())?;
        context.clear_rect(0.0, 0.0, f64::from(element.width()), f64::from(element.height()));
        let inner = CanvasBackend::with_canvas_object(element).ok_or_else(missing)?;
        Ok(Self { inner, context })
    }
}

impl DrawingBackend for Canvas {
    type ErrorType = Failure;

    fn get_size(&self) -> (u32, u32) {
        self.inner.get_size()
    }

    fn ensure_prepared(&mut self) -> Outcome {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Outcome {
        self.inner.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Outcome {
        self.inner.draw_pixel(point, colour)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Outcome {
        self.inner.draw_line(from, to, style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.inner.draw_path(path, style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vertices: I,
        style: &S,
    ) -> Outcome {
        self.inner.fill_polygon(vertices, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        self.inner.draw_circle(centre, radius, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        position: BackendCoord,
    ) -> Outcome {
        // The true minus sign; plotters writes a hyphen.
        let text = text.replace('-', "\u{2212}");
        let (context, colour) = (&self.context, style.color());
        let (r, g, b) = colour.rgb;
        context.set_font(&font(style));
        context.set_fill_style_str(&format!("rgba({r},{g},{b},{})", colour.alpha));
        context.set_text_align(match style.anchor().h_pos {
            HPos::Left => "left",
            HPos::Center => "center",
            HPos::Right => "right",
        });
        context.set_text_baseline(match style.anchor().v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        });
        let quarter_turns = match style.transform() {
            FontTransform::None => 0.0,
            FontTransform::Rotate90 => 1.0,
            FontTransform::Rotate180 => 2.0,
            FontTransform::Rotate270 => 3.0,
        };
        let draw = || {
            context.translate(f64::from(position.0), f64::from(position.1))?;
            context.rotate(quarter_turns * core::f64::consts::FRAC_PI_2)?;
            context.fill_text(&text, 0.0, 0.0)
        };
        context.save();
        let drawn = draw();
        context.restore();
        drawn.map_err(|_| DrawingErrorKind::FontError("the canvas refused a label".into()))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Failure>> {
        self.context.set_font(&font(style));
        let width = self.context.measure_text(text).map_or(0.0, |metrics| metrics.width());
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}

fn font<S: BackendTextStyle>(style: &S) -> String {
    format!("{}px system-ui, sans-serif", style.size())
}
