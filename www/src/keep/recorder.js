// A drawing context that writes SVG. It stands in for the 2-D context of a canvas, so that a figure of any panel, whoever draws it, is kept as lines
// and not as pixels.

const STYLE = { fillStyle: '#000', strokeStyle: '#000', lineWidth: 1, lineCap: 'butt', lineJoin: 'miter', globalAlpha: 1, font: '10px sans-serif', textAlign: 'start', textBaseline: 'alphabetic' };
const ANCHOR = { left: 'start', start: 'start', center: 'middle', right: 'end', end: 'end' };
/** Baselines as shifts in units of the font's size: SVG viewers disagree on the property for it. */
const SHIFT = { top: 0.8, hanging: 0.8, middle: 0.35, alphabetic: 0, ideographic: 0, bottom: -0.2 };

let clips = 0;

/** Everything that this page's figures use of a 2-D context; `parts` holds SVG elements in the order of drawing. */
class Recorder {
  /** @type {any} */
  dash;

  /** @type {any} */
  canvas;

  /** @type {any} */
  real;

  /** @type {any} */
  stack;

  /** @type {any} */
  font;

  /** @type {any} */
  textAlign;

  /** @type {any} */
  textBaseline;

  /** @type {any} */
  fillStyle;

  /** @type {any} */
  strokeStyle;

  /** @type {any} */
  lineWidth;

  /** @type {any} */
  lineCap;

  /** @type {any} */
  lineJoin;

  /** @type {any} */
  globalAlpha;

  /** @type {any} */
  matrix;

  /** @type {any} */
  path;

  /** @type {any} */
  parts;

  constructor(canvas, context) {
    Object.assign(this, STYLE, { canvas, real: context, parts: [], stack: [], matrix: [1, 0, 0, 1, 0, 0], dash: [], clipping: '', path: '' });
  }

  save() {
    const { matrix, dash, clipping } = this;
    const style = Object.fromEntries(Object.keys(STYLE).map((name) => [name, this[name]]));
    this.stack.push({ ...style, matrix, dash, clipping });
  }

  restore() { Object.assign(this, this.stack.pop()); }

  setTransform(...m) { this.matrix = m.length === 6 ? m : [1, 0, 0, 1, 0, 0]; }

  resetTransform() { this.setTransform(); }

  transform(a, b, c, d, e, f) {
    const [A, B, C, D, E, F] = this.matrix;
    this.matrix = [A * a + C * b, B * a + D * b, A * c + C * d, B * c + D * d, A * e + C * f + E, B * e + D * f + F];
  }

  translate(x, y) { this.transform(1, 0, 0, 1, x, y); }

  scale(x, y) { this.transform(x, 0, 0, y, 0, 0); }

  rotate(angle) { this.transform(Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0); }

  setLineDash(dash) { this.dash = [...dash]; }

  getLineDash() { return this.dash; }

  at(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    return `${short(a * x + c * y + e)} ${short(b * x + d * y + f)}`;
  }

  /** How much longer lines become. */
  get size() {
    const [a, b, c, d] = this.matrix;
    return Math.sqrt(Math.abs(a * d - b * c));
  }

  beginPath() { this.path = ''; }

  moveTo(x, y) { this.path += `M${this.at(x, y)}`; }

  lineTo(x, y) { this.path += `${this.path ? 'L' : 'M'}${this.at(x, y)}`; }

  closePath() { this.path += 'Z'; }

  rect(x, y, w, h) { this.path += `M${this.at(x, y)}L${this.at(x + w, y)}L${this.at(x + w, y + h)}L${this.at(x, y + h)}Z`; }

  arc(x, y, r, from, to, backwards = false) {
    const sweep = backwards ? 0 : 1;
    const whole = Math.abs(to - from) >= 2 * Math.PI - 1e-9;
    const end = whole ? from + (backwards ? -Math.PI : Math.PI) : to;
    const point = (angle) => this.at(x + r * Math.cos(angle), y + r * Math.sin(angle));
    const radius = short(r * this.size);
    const large = !whole && (backwards ? from - to : to - from) > Math.PI ? 1 : 0;
    this.path += `${this.path && !this.path.endsWith('Z') ? 'L' : 'M'}${point(from)}A${radius} ${radius} 0 ${large} ${sweep} ${point(end)}`;
    if (whole) this.path += `A${radius} ${radius} 0 0 ${sweep} ${point(from)}`;
  }

  ellipse(x, y, rx, ry, turn, from, to, backwards) {
    this.save();
    this.translate(x, y);
    this.rotate(turn);
    this.scale(1, ry / rx);
    this.arc(0, 0, rx, from, to, backwards);
    this.restore();
  }

  quadraticCurveTo(x1, y1, x, y) { this.path += `Q${this.at(x1, y1)} ${this.at(x, y)}`; }

  bezierCurveTo(x1, y1, x2, y2, x, y) { this.path += `C${this.at(x1, y1)} ${this.at(x2, y2)} ${this.at(x, y)}`; }

  clip() {
    const id = `clip${(clips += 1)}`;
    this.parts.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath>`);
    this.clipping = ` clip-path="url(#${id})"`;
  }

  fill() { this.add('path', `d="${this.path}" ${this.ink('fill', this.fillStyle)}`); }

  stroke() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.map((/** @type {number} */ v) => short(v * this.size)).join(' ')}"` : '';
    this.add('path', `d="${this.path}" fill="none" stroke-width="${short(this.lineWidth * this.size)}" stroke-linecap="${this.lineCap}" stroke-linejoin="${this.lineJoin}"${dash} ${this.ink('stroke', this.strokeStyle)}`);
  }

  fillRect(...box) { this.boxed('fill', box); }

  strokeRect(...box) { this.boxed('stroke', box); }

  boxed(act, box) {
    const { path } = this;
    this.path = '';
    this.rect(...box);
    this[act]();
    this.path = path;
  }

  clearRect(x, y, w, h) {
    const { width, height } = this.canvas;
    if (this.size * w >= width - 2 && this.size * h >= height - 2) this.parts = [];
  }

  fillText(text, x, y) {
    const size = parseFloat(/([\d.]+)px/.exec(this.font)?.[1] ?? '10');
    const weight = /bold|[6-9]00/.test(this.font) ? ' font-weight="600"' : '';
    const matrix = this.matrix.map(short).join(' ');
    this.add('text', `transform="matrix(${matrix})" x="${short(x)}" y="${short(y + (SHIFT[this.textBaseline] ?? 0) * size)}" font-family="system-ui, sans-serif" font-size="${short(size)}"${weight} text-anchor="${ANCHOR[this.textAlign]}" ${this.ink('fill', this.fillStyle)}`, escaped(text));
  }

  measureText(text) {
    this.real.font = this.font;
    return this.real.measureText(text);
  }

  createImageData(...size) { return this.real.createImageData(...size); }

  putImageData(image, x, y) {
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    this.picture(canvas, [1, 0, 0, 1, 0, 0], x, y, image.width, image.height);
  }

  drawImage(image, ...place) {
    const [sx, sy, sw, sh, x, y, w, h] = place.length === 8 ? place : [0, 0, image.width, image.height, place[0], place[1], place[2] ?? image.width, place[3] ?? image.height];
    const canvas = Object.assign(document.createElement('canvas'), { width: sw, height: sh });
    canvas.getContext('2d')?.drawImage(image, sx, sy, sw, sh, 0, 0, sw, sh);
    this.picture(canvas, this.matrix, x, y, w, h);
  }

  picture(canvas, matrix, x, y, w, h) {
    this.add('image', `transform="matrix(${matrix.map(short).join(' ')})" x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}" preserveAspectRatio="none" href="${canvas.toDataURL()}"`);
  }

  ink(what, style) {
    const [, rgb, alpha] = /^rgba\((.+),\s*([\d.]+)\)$/.exec(style) ?? [];
    const opacity = this.globalAlpha * (alpha === undefined ? 1 : Number(alpha));
    return `${what}="${rgb ? `rgb(${rgb})` : style}"${opacity < 1 ? ` ${what}-opacity="${short(opacity)}"` : ''}`;
  }

  add(tag, attributes, content) {
    const body = content === undefined ? '/>' : `>${content}</${tag}>`;
    this.parts.push(`<${tag}${this.clipping} ${attributes}${body}`);
  }
}

const short = (v) => Number(v.toFixed(3));

export const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * Has canvases recorded while `draw` runs (it may take several frames): `[{ canvas, svg }]`, each an SVG group in CSS pixels. Afterwards they draw to
 * the screen again.
 */
export async function recorded(canvases, draw) {
  const recorders = canvases.map((canvas) => {
    const recorder = new Recorder(canvas, canvas.getContext('2d'));
    // The engine asks whether what it is given is a context.
    Object.defineProperties(recorder, Object.getOwnPropertyDescriptors(methods(recorder)));
    Object.setPrototypeOf(recorder, CanvasRenderingContext2D.prototype);
    canvas.getContext = () => recorder;
    return recorder;
  });
  try {
    await draw();
  } finally {
    for (const canvas of canvases) delete canvas.getContext;
  }
  return recorders.map(({ canvas, parts }) => ({ canvas, svg: `<g transform="scale(${short(canvas.clientWidth / canvas.width)})">${parts.join('\n')}</g>` }));
}

/** The methods of a recorder as its own properties: those of its new prototype would be found otherwise. */
function methods(recorder) {
  const { constructor, ...found } = /** @type {Record<string, any>} */ (Object.getOwnPropertyDescriptors(Recorder.prototype));
  return Object.defineProperties({}, Object.fromEntries(Object.entries(found).map(([name, { value, get }]) => [name, value ? { value: value.bind(recorder), enumerable: true } : { get: () => get.call(recorder), enumerable: true }])));
}
