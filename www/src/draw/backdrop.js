// The contour lines of an energy behind the marks of a plane: drawn once, then copied.
import { texts } from '../settings.js';
import { CONTOURS, contours, minimum } from './landscape.js';

const POINTS = 91;

export class Backdrop {
  /** Of a `Plane`, whose range and size it follows. */
  constructor(plane) {
    this.plane = plane;
  }

  /** The system, the size or the colours have changed. */
  renew() {
    this.image = undefined;
  }

  /** Has the lines ready for `draw`. */
  prepare(engine, settings, colour) {
    this.image ??= this.paint(engine, settings, colour);
  }

  /** Draws the energy of these settings. */
  draw(engine, settings, colour) {
    const { plane } = this;
    this.prepare(engine, settings, colour);
    plane.context.drawImage(this.image, 0, 0, plane.width, plane.height);
  }

  paint(engine, settings, colour) {
    const { plane } = this;
    const image = new OffscreenCanvas(plane.canvas.width, plane.canvas.height);
    const c = /** @type {OffscreenCanvasRenderingContext2D} */ (image.getContext('2d'));
    c.scale(plane.ratio, plane.ratio);
    const [[x0, x1], [y0, y1]] = plane.range;
    const energies = engine.landscape(...texts(settings), Float64Array.of(x0, x1, y0, y1), POINTS);
    const lowest = minimum(energies);
    c.strokeStyle = colour;
    c.lineWidth = 1;
    const step = (x1 - x0) / (POINTS - 1);
    contours(energies, POINTS, CONTOURS.map((height) => lowest + height)).forEach((segments, i) => {
      c.globalAlpha = 0.75 - 0.055 * i;
      c.beginPath();
      for (let s = 0; s < segments.length; s += 4) {
        c.moveTo(plane.px(x0 + step * segments[s]), plane.py(y0 + step * segments[s + 1]));
        c.lineTo(plane.px(x0 + step * segments[s + 2]), plane.py(y0 + step * segments[s + 3]));
      }
      c.stroke();
    });
    return image;
  }
}
