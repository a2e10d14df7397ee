// A square canvas that shows a part of a plane at equal scales on both axes.

/** Marks of one path. */
const BATCH = 150;
const MARGIN = { left: 26, right: 6, top: 6, bottom: 20 };

/** Maps coordinates of the plane to pixels and draws marks; sizes are in CSS pixels. */
export class Plane {
  /** @type {any} */
  width;

  /** @type {any} */
  height;

  /** @type {any} */
  ratio;

  /** @type {any} */
  scale;

  /** @type {any} */
  originX;

  /** @type {any} */
  originY;

  /** @type {any} */
  inner;

  constructor(canvas) {
    this.canvas = canvas;
    this.centre = [0, 0];
    this.half = 1;
  }

  get context() {
    return this.canvas.getContext('2d');
  }

  /** Shows at least this rectangle. */
  show([x0, x1], [y0, y1]) {
    this.centre = [(x0 + x1) / 2, (y0 + y1) / 2];
    this.half = Math.max(x1 - x0, y1 - y0) / 2;
  }

  /** Fits the bitmap to the element and the screen; true if it changed. */
  fit() {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const changed = width !== this.width || height !== this.height || ratio !== this.ratio;
    if (changed) {
      this.width = width;
      this.height = height;
      this.ratio = ratio;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const inner = Math.min(width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom);
    this.scale = Math.max(1, inner) / (2 * this.half);
    this.originX = MARGIN.left + inner / 2 - this.scale * this.centre[0];
    this.originY = MARGIN.top + inner / 2 + this.scale * this.centre[1];
    this.inner = inner;
    return changed;
  }

  /** The range of x and of y that is visible. */
  get range() {
    return this.centre.map((c) => [c - this.half, c + this.half]);
  }

  px(x) { return this.originX + this.scale * x; }

  py(y) { return this.originY - this.scale * y; }

  /** The point of the plane under a pointer event. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left - this.originX) / this.scale, (this.originY - (event.clientY - box.top)) / this.scale];
  }

  /** Clears the canvas and limits what follows to the plot area. */
  begin() {
    const { context: c } = this;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    c.save();
    c.beginPath();
    c.rect(MARGIN.left, MARGIN.top, this.inner, this.inner);
    c.clip();
  }

  /** Ends the limit and draws frame and ticks. */
  end(colour) {
    const { context: c } = this;
    c.restore();
    c.strokeStyle = colour;
    c.fillStyle = colour;
    c.lineWidth = 1;
    c.globalAlpha = 1;
    c.strokeRect(MARGIN.left + 0.5, MARGIN.top + 0.5, this.inner - 1, this.inner - 1);
    c.font = '11px system-ui, sans-serif';
    const [[x0, x1], [y0, y1]] = this.range;
    c.textAlign = 'center';
    c.textBaseline = 'top';
    for (const tick of ticks(x0, x1)) label(c, tick, this.px(tick), MARGIN.top + this.inner + 4);
    c.textAlign = 'right';
    c.textBaseline = 'middle';
    for (const tick of ticks(y0, y1)) label(c, tick, MARGIN.left - 4, this.py(tick));
  }

  /** Lines that share one stroke; line i is the points `start[i]` to `start[i + 1]` of `points`, (x, y) pairs. */
  lines(points, start, colour, width, alpha) {
    const { context: c } = this;
    c.beginPath();
    for (let i = 0; i + 1 < start.length; i++) {
      for (let p = start[i]; p < start[i + 1]; p++) {
        const x = this.px(points[2 * p]);
        const y = this.py(points[2 * p + 1]);
        if (p === start[i]) c.moveTo(x, y);
        else c.lineTo(x, y);
      }
    }
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.globalAlpha = alpha;
    c.stroke();
    c.globalAlpha = 1;
  }

  /**
   * Marks of one maker: ● for state 0, ▲ for state 1, ◇ between them; `radius(i)` pixels large, left out where that is 0.
   */
  points(points, states, colour, alpha, radius) {
    const { context: c } = this;
    c.fillStyle = colour;
    c.globalAlpha = alpha;
    // Overlapping marks of one path do not darken each other; those of several paths do, and so show density.
    for (let first = 0; first < states.length; first += BATCH) {
      c.beginPath();
      for (let i = first; i < Math.min(first + BATCH, states.length); i++) {
        const size = radius(i);
        if (size > 0) this.mark(this.px(points[2 * i]), this.py(points[2 * i + 1]), states[i], size);
      }
      c.fill();
    }
    c.globalAlpha = 1;
  }

  mark(x, y, state, radius) {
    const { context: c } = this;
    if (state === 0) {
      c.moveTo(x + radius, y);
      c.arc(x, y, radius, 0, 2 * Math.PI);
    } else if (state === 2) {
      // Hollow: the inner outline goes the other way round.
      for (const [size, side] of [[1.8 * radius, 1.8 * radius], [0.9 * radius, -0.9 * radius]]) {
        c.moveTo(x, y - size);
        c.lineTo(x + side, y);
        c.lineTo(x, y + size);
        c.lineTo(x - side, y);
        c.closePath();
      }
    } else {
      c.moveTo(x, y - 1.3 * radius);
      c.lineTo(x + 1.2 * radius, y + 0.9 * radius);
      c.lineTo(x - 1.2 * radius, y + 0.9 * radius);
    }
  }

  /** A picture that fills the plot area. */
  picture(image) {
    const { context: c } = this;
    c.drawImage(image, MARGIN.left, MARGIN.top, this.inner, this.inner);
  }

  /** Arrows from points along vectors of the plane times `factor`, none longer than `most` pixels. */
  arrows(points, vectors, factor, most, colour, alpha) {
    const { context: c } = this;
    c.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [this.px(points[i]), this.py(points[i + 1])];
      let [dx, dy] = [this.scale * factor * vectors[i], -this.scale * factor * vectors[i + 1]];
      const length = Math.hypot(dx, dy);
      if (!(length > 1)) continue;
      const cut = Math.min(1, most / length);
      [dx, dy] = [cut * dx, cut * dy];
      const head = Math.min(5, 0.5 * cut * length) / (cut * length);
      c.moveTo(x, y);
      c.lineTo(x + dx, y + dy);
      c.lineTo(x + dx - head * (dx + 0.6 * dy), y + dy - head * (dy - 0.6 * dx));
      c.moveTo(x + dx, y + dy);
      c.lineTo(x + dx - head * (dx - 0.6 * dy), y + dy - head * (dy + 0.6 * dx));
    }
    c.strokeStyle = colour;
    c.lineWidth = 1.5;
    c.globalAlpha = alpha;
    c.stroke();
    c.globalAlpha = 1;
  }

  /** A closed outline of (x, y) pairs, lightly filled. */
  outline(points, colour) {
    const { context: c } = this;
    c.beginPath();
    for (let i = 0; i < points.length; i += 2) c.lineTo(this.px(points[i]), this.py(points[i + 1]));
    c.closePath();
    c.fillStyle = colour;
    c.strokeStyle = colour;
    c.lineWidth = 2;
    c.globalAlpha = 0.1;
    c.fill();
    c.globalAlpha = 1;
    c.stroke();
  }

  circle(x, y, radius, colour, width, dash = []) {
    const { context: c } = this;
    c.beginPath();
    c.arc(this.px(x), this.py(y), radius * this.scale, 0, 2 * Math.PI);
    c.setLineDash(dash);
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.stroke();
    c.setLineDash([]);
  }

  /** A number beside a ring. */
  badge([x, y], text, colour, halo) {
    const { context: c } = this;
    const [px, py] = [this.px(x) + 17, this.py(y) - 15];
    c.beginPath();
    c.arc(px, py, 9, 0, 2 * Math.PI);
    c.fillStyle = colour;
    c.fill();
    c.fillStyle = halo;
    c.font = '700 12px system-ui, sans-serif';
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(text, px, py + 0.5);
  }

  /** The probe: a ring with a halo, seen on any ground. */
  ring([x, y], colour, halo) {
    for (const [stroke, width] of [[halo, 6], [colour, 2.5]]) this.circle(x, y, 8 / this.scale, stroke, width);
  }
}

function label(context, tick, x, y) {
  context.fillText(String(tick).replace('-', '−'), x, y);
}

/** Three to six round numbers inside an interval. */
export function ticks(low, high) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough * 0.8) ?? 10 * power;
  const first = Math.ceil(low / step + 0.01);
  const list = [];
  for (let i = first; i * step < high - 0.01 * step; i++) list.push(Number((i * step).toFixed(6)));
  return list;
}
