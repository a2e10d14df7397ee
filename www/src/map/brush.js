// A rectangle of one plane: drawn with a pointer or set by sliders; the samples in it light up in both.
import { count, number } from '../words.js';

const REACH = 4;
const LARGE_STEP = 0.5;
const STEP = 0.05;
const EDGES = ['left', 'right', 'bottom', 'top'];
const START = { z: [-1, 0, -1, 1] };

export class Brush {
  /** @type {any} */
  rectangle;

  /** @type {any} */
  limits;

  /** @type {any} */
  region;

  /** Fills `root`; `changed()` is called when there is another rectangle. */
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.plane = 'z';
    this.rectangle = undefined;
    root.innerHTML = `
      <div class="sliders" role="group" aria-label="The region">
        <label for="brush-plane">plane <select id="brush-plane"><option value="z">latent z</option><option value="x">configuration x</option></select></label>
        ${EDGES.map((edge, i) => `<label for="brush-${edge}">${edge} <input type="range" id="brush-${edge}" min="${-REACH}" max="${REACH}" step="any" data-edge="${i}"></label>`).join('')}
      </div>
      <output id="brush-text"></output>`;
    this.select = root.querySelector('#brush-plane');
    this.words = root.querySelector('#brush-text');
    this.edges = EDGES.map((edge) => root.querySelector(`#brush-${edge}`));
    this.select.addEventListener('change', () => this.set(this.select.value, this.start(this.select.value)));
    for (const [i, slider] of this.edges.entries()) {
      slider.addEventListener('input', () => this.moveEdge(i, Number(slider.value)));
      slider.addEventListener('keydown', (event) => {
        const sign = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        if (!sign) return;
        event.preventDefault();
        this.moveEdge(i, Number((this.rectangle[i] + sign * (event.shiftKey ? LARGE_STEP : STEP)).toFixed(2)));
      });
    }
  }

  /** For a system whose configurations lie in these ranges. */
  reset([[x0, x1], [y0, y1]]) {
    this.limits = { z: [-REACH, REACH, -REACH, REACH], x: [x0, x1, y0, y1] };
    this.rectangle = this.region = undefined;
  }

  /** A rectangle to begin with: the left of the plane. */
  start(plane) {
    if (START[plane]) return START[plane];
    const [x0, x1, y0, y1] = this.limits[plane];
    return [x0 + 0.1 * (x1 - x0), (x0 + x1) / 2, y0 + 0.1 * (y1 - y0), y1 - 0.1 * (y1 - y0)];
  }

  get isOn() {
    return !this.root.hidden;
  }

  /** Switches the region on, with a rectangle to begin with, or off. */
  show(on) {
    this.root.hidden = !on;
    if (on) this.set(this.plane, this.start(this.plane));
    else this.region = this.rectangle = undefined;
    this.changed();
  }

  /** One edge to another place; it does not pass the opposite one. */
  moveEdge(edge, value) {
    const rectangle = [...this.rectangle];
    const opposite = rectangle[edge ^ 1];
    rectangle[edge] = edge % 2 ? Math.max(value, opposite + STEP) : Math.min(value, opposite - STEP);
    this.set(this.plane, rectangle);
  }

  /** The rectangle with these two corners. */
  drag(plane, [ax, ay], [bx, by]) {
    const [x0, x1, y0, y1] = [Math.min(ax, bx), Math.max(ax, bx), Math.min(ay, by), Math.max(ay, by)];
    if (x0 < x1 && y0 < y1) this.set(plane, [x0, x1, y0, y1]);
  }

  set(plane, rectangle) {
    this.plane = plane;
    this.rectangle = rectangle;
    this.select.value = plane;
    const [x0, x1, y0, y1] = this.limits[plane];
    this.edges.forEach((slider, i) => {
      Object.assign(slider, i < 2 ? { min: x0, max: x1 } : { min: y0, max: y1 });
      slider.value = rectangle[i];
      slider.setAttribute('aria-valuetext', number(rectangle[i]));
    });
    this.changed();
  }

  /** What the worker is asked for. */
  get request() {
    return this.rectangle && { plane: this.plane, rectangle: this.rectangle };
  }

  /** What the worker found. */
  found(region) {
    if (!this.rectangle) return;
    this.region = region;
    const part = (share, error) => `${number(100 * share, 1)} ± ${number(100 * error, 1)} %`;
    this.words.textContent = `${count(region.count)} of ${count(region.n)} samples lie in the region: ${part(region.share, region.share_error)} of what the flow makes, ${part(region.mass, region.mass_error)} of the Boltzmann probability.`;
  }
}
