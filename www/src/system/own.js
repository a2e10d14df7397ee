// The visitor's own system: a formula, wells dug into it with a brush, and samples to learn from.
import { paint } from '../draw/landscape.js';
import { texts, wordsOf } from '../settings.js';
import { onDone, show } from '../typing.js';
import { number } from '../words.js';
import { SamplesField } from './samples.js';
import { MOST_WELLS, readWells, wellAt, writeWells } from './wells.js';

const GRID = 64;
/** What one step of a well's sliders changes, and their ends. */
const SLIDERS = [['x', -4, 4, 0.1], ['y', -4, 4, 0.1], ['depth', -10, 10, 0.5], ['width', 0.2, 2, 0.1]];
const NEW = [0, 0, 5, 0.6];

export class Workshop {
  /** `page`: as for panels; fills `root`. */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.wells = [];
    this.chosen = -1;
    this.picture = document.createElement('canvas');
    root.innerHTML = `
      <div class="control formula"><label for="own-formula">Energy U(x, y)</label>
        <input type="text" id="own-formula" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="own-fault">
        <p id="own-fault" class="fault" role="status"></p></div>
      <div class="brush" role="group" aria-label="Wells">
        <canvas id="own-plane" role="img" aria-label="Your landscape."></canvas>
        <div class="row"><button type="button" id="well-add">Add a well</button><button type="button" id="well-remove">Remove</button></div>
        <label class="pick">Well <select id="well-chosen"></select></label>
        ${SLIDERS.map(([name, least, most, step]) => `<label class="well-slider"><span>${name}</span><input type="range" id="well-${name}" min="${least}" max="${most}" step="${step}"><output></output></label>`).join('')}
        <p class="caption">Press on the picture: a new well, or one to drag. Negative depth is a hill.</p>
      </div>
      <div class="control pair"><label for="set-lower">Plane from</label><input type="number" id="set-lower" step="0.5"><label for="set-upper">to</label><input type="number" id="set-upper" step="0.5"></div>
      <div id="own-samples"></div>`;
    const names = ['own-formula', 'own-fault', 'own-plane', 'well-add', 'well-remove', 'well-chosen', 'set-lower', 'set-upper', ...SLIDERS.map(([name]) => `well-${name}`)];
    this.parts = Object.fromEntries(names.map((name) => [name, root.querySelector(`#${name}`)]));
    this.samples = new SamplesField(root.querySelector('#own-samples'), page);
    this.connect();
  }

  connect() {
    const { parts, page } = this;
    const formula = parts['own-formula'];
    formula.addEventListener('input', () => this.type());
    onDone(formula, (text) => this.check() && page.controls.changeAll({ formula: text, wells: writeWells(this.wells) }));
    for (const key of ['lower', 'upper']) onDone(parts[`set-${key}`], (text) => this.bound(key, text));
    parts['well-add'].addEventListener('click', () => this.add([...NEW]));
    parts['well-remove'].addEventListener('click', () => this.remove());
    parts['well-chosen'].addEventListener('change', ({ target }) => this.choose(Number(target.value)));
    SLIDERS.forEach(([name], i) => {
      const slider = parts[`well-${name}`];
      slider.addEventListener('input', () => {
        this.wells[this.chosen][i] = Number(slider.value);
        this.draw();
      });
      slider.addEventListener('change', () => this.commit());
    });
    const plane = parts['own-plane'];
    plane.addEventListener('pointerdown', (event) => {
      const point = this.at(event);
      const found = wellAt(this.wells, point);
      if (found >= 0) this.choose(found);
      else if (!this.dig([...point, ...NEW.slice(2)])) return;
      plane.setPointerCapture(event.pointerId);
      this.dragging = true;
    });
    plane.addEventListener('pointermove', (event) => {
      if (!this.dragging) return;
      this.wells[this.chosen].splice(0, 2, ...this.at(event));
      this.draw();
    });
    for (const end of ['pointerup', 'pointercancel']) {
      plane.addEventListener(end, () => {
        if (!this.dragging) return;
        this.dragging = false;
        this.commit();
      });
    }
  }

  /** The settings as they are on the screen, committed or not. */
  get settings() {
    return { ...this.page.state.settings, wells: writeWells(this.wells) };
  }

  /** A formula is the whole energy: it has no wells but those that the visitor has dug. */
  type() {
    const { schema } = this.page;
    if (writeWells(this.wells) === schema.of('own').defaults.wells) {
      this.wells = [];
      this.choose(-1);
    }
    this.check();
  }

  /** Says what is wrong with the formula, if anything, and where. */
  check() {
    const { parts, page } = this;
    const text = parts['own-formula'].value;
    const { refused } = page.state;
    let fault = refused?.settings.formula === text ? refused.words : '';
    try {
      if (!text.trim()) throw new Error('Write an energy, such as x^4 - 6*x^2 + y^2/2.');
      page.engine.plot_range(...texts({ ...this.settings, formula: text }));
    } catch (error) {
      fault = wordsOf(error);
    }
    parts['own-fault'].textContent = fault;
    parts['own-formula'].setAttribute('aria-invalid', String(Boolean(fault)));
    const place = Number(/character (\d+)/.exec(fault)?.[1]);
    if (place) parts['own-fault'].append(pointer(text, place));
    if (!fault) this.draw(text);
    return !fault;
  }

  bound(key, text) {
    const { settings } = this.page.state;
    const [low, high] = key === 'lower' ? [text, settings.upper] : [settings.lower, text];
    if (Number(low) < Number(high)) this.page.controls.change(key, text);
    else {
      this.page.notices.complain([`The plane goes from ${low} to ${high}, which is empty; ${key} stays ${settings[key]}.`]);
      this.update(this.page.state);
    }
  }

  add(well) {
    if (this.dig(well)) this.commit();
  }

  /** A new well, chosen but not yet a setting; false where there are enough. */
  dig(well) {
    if (this.wells.length >= MOST_WELLS) {
      this.page.notices.complain([`There are ${MOST_WELLS} wells already, the most this page draws; remove one first.`]);
      return false;
    }
    this.wells.push(well);
    this.choose(this.wells.length - 1);
    return true;
  }

  remove() {
    if (this.chosen < 0) return;
    this.wells.splice(this.chosen, 1);
    this.chosen = Math.min(this.chosen, this.wells.length - 1);
    this.commit();
  }

  choose(index) {
    this.chosen = index;
    this.fill();
    this.draw();
  }

  /** Makes the wells a setting of the run, which starts anew. */
  commit() {
    this.page.controls.change('wells', writeWells(this.wells));
    this.fill();
    this.draw();
  }

  /** Takes over what the settings say. */
  update({ settings, refused }) {
    if (settings.preset !== 'own') return;
    const { parts } = this;
    // One that was refused can be put right; what is learnt is another.
    show(parts['own-formula'], refused?.settings.formula ?? settings.formula);
    for (const key of ['lower', 'upper']) show(parts[`set-${key}`], settings[key]);
    if (!this.dragging && writeWells(this.wells) !== settings.wells) {
      this.wells = readWells(settings.wells);
      this.chosen = Math.min(Math.max(this.chosen, 0), this.wells.length - 1);
    }
    this.fill();
    this.check();
  }

  mark(state, changed) {
    if (changed.has('theme') || changed.has('size')) this.draw();
    if (changed.has('settings')) this.samples.update();
  }

  /** The list of wells and the sliders of the chosen one. */
  fill() {
    const { parts, wells, chosen } = this;
    const list = parts['well-chosen'];
    list.replaceChildren(...wells.map(([x, y], i) => new Option(`${i + 1} at (${number(x, 1)}, ${number(y, 1)})`, String(i), false, i === chosen)));
    list.disabled = parts['well-remove'].disabled = wells.length === 0;
    SLIDERS.forEach(([name], i) => {
      const slider = parts[`well-${name}`];
      slider.disabled = chosen < 0;
      if (chosen >= 0) slider.value = wells[chosen][i];
      slider.nextElementSibling.textContent = chosen >= 0 ? number(wells[chosen][i], 1) : '';
    });
  }

  /** The landscape with a ring around each well. */
  draw(formula = this.parts['own-formula'].value) {
    const { parts: { 'own-plane': canvas }, page } = this;
    const lists = texts({ ...this.settings, formula });
    try {
      this.range = page.engine.plot_range(...lists);
      paint(this.picture, page.engine.landscape(...lists, this.range, GRID), GRID, 14);
    } catch {
      return; // the field says what is wrong; the picture stays
    }
    const size = Math.round((canvas.clientWidth || 2 * GRID) * Math.min(devicePixelRatio || 1, 2));
    Object.assign(canvas, { width: size, height: size });
    canvas.getContext('2d').drawImage(this.picture, 0, 0, size, size);
    this.ring(canvas, size);
    SLIDERS.forEach(([name], i) => {
      if (this.chosen >= 0) this.parts[`well-${name}`].nextElementSibling.textContent = number(this.wells[this.chosen][i], 1);
    });
    const words = this.wells.map(([x, y, depth]) => `${depth < 0 ? 'a hill' : 'a well'} of ${number(Math.abs(depth), 1)} kT at (${number(x, 1)}, ${number(y, 1)})`);
    canvas.setAttribute('aria-label', `Your landscape${words.length ? `: ${words.join(', ')}` : ' without wells'}.`);
  }

  /** Wells as rings of their width, hills dashed; the chosen one is thick. */
  ring(canvas, size) {
    const c = canvas.getContext('2d');
    const [x0, x1, y0, y1] = this.range;
    const unit = size / canvas.clientWidth || 1;
    this.wells.forEach(([x, y, depth, width], i) => {
      c.beginPath();
      c.ellipse(((x - x0) / (x1 - x0)) * size, ((y1 - y) / (y1 - y0)) * size, (width / (x1 - x0)) * size, (width / (y1 - y0)) * size, 0, 0, 2 * Math.PI);
      c.setLineDash(depth < 0 ? [5 * unit, 4 * unit] : []);
      for (const [stroke, wide] of /** @type {[string, number][]} */ ([['#000000', 4], ['#ffffff', 2]])) {
        c.strokeStyle = stroke;
        c.lineWidth = (i === this.chosen ? 1.5 : 0.75) * wide * unit;
        c.stroke();
      }
    });
  }

  /** The point of the plane under a pointer event. */
  at(event) {
    const box = this.parts['own-plane'].getBoundingClientRect();
    const [x0, x1, y0, y1] = this.range;
    const share = (at, low, size) => Math.min(1, Math.max(0, (at - low) / size));
    return [x0 + share(event.clientX, box.left, box.width) * (x1 - x0), y1 - share(event.clientY, box.top, box.height) * (y1 - y0)];
  }
}

/** The text with a mark at a character, counted from 1. */
function pointer(text, place) {
  const line = document.createElement('code');
  const mark = Object.assign(document.createElement('mark'), { textContent: text[place - 1] ?? '␣' });
  line.append(text.slice(0, place - 1), mark, text.slice(place));
  return line;
}
