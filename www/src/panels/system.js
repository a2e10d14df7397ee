// Which system is learned, at which temperature, and from what.
import { paint } from '../draw/landscape.js';
import { texts } from '../settings.js';
import { control } from '../system/control.js';

const THUMBNAIL = 64;
/** Controls shown at once, with the sentence that says what they do; the rest is under “Network and optimiser”. */
const MAIN = [
  ['w_kl', { label: 'Learn from energy', effect: 'Alone it may fall into one valley.', slider: [0, 2, 0.05] }],
  ['w_ml', { label: 'Learn from examples', effect: 'They may be in the wrong proportion.', slider: [0, 10, 0.1] }],
  ['temperature', { label: 'Temperature kT', effect: 'Higher flattens the valleys. Starts anew.', slider: [0.5, 3, 0.1] }],
];
const MORE = ['learning_rate', 'schedule', 'batch', 'iterations', 'flow', 'hidden', 'trunk', 'example_chains', 'example_steps', 'w_rc', 'moving_average'];
/** The energy's own parameters, by system. `own` has a workshop instead (system/own.js). */
const QUARTIC = (tilt, barrier, walls) => ({
  [barrier]: { label: 'Barrier', slider: [-8, -1, 0.1] },
  [tilt]: { label: 'Tilt', slider: [-2, 2, 0.1] },
  [walls]: { label: 'Walls', slider: [0.5, 2, 0.05] },
});
const PARAMETERS = {
  'double-well': { ...QUARTIC('c1', 'c2', 'c4'), k: { label: 'Stiffness across', slider: [0.25, 4, 0.05] } },
  'mueller-brown': { scale: { label: 'Depth', slider: [0.03, 0.15, 0.01] } },
  ring: { height: { label: 'Hill', slider: [2, 20, 0.5] }, radius: { label: 'Radius', slider: [1, 3, 0.1] }, tilt: { label: 'Tilt', slider: [-3, 3, 0.1] } },
  'gaussian-mixture': { scale: { label: 'Width of a mode', slider: [0.5, 3, 0.1] } },
  'many-well-live': { dim: { label: 'Dimensions', effect: 'Two to a well and its width; the plane shows the first two. Starts anew.', slider: [2, 32, 2] }, ...QUARTIC('a', 'b', 'c') },
};
PARAMETERS['double-well-by-energy'] = PARAMETERS['double-well'];

let page;
let controls;
let own;
let shown;
let workshop;
/** Thumbnails that have not been seen yet. */
const unpainted = [];

const act = {
  change: (key, text) => page.controls.change(key, text),
  restore: (key) => page.controls.change(key, String(page.schema.of(page.state.settings.preset).defaults[key])),
};

export function mount(element, thePage) {
  page = thePage;
  controls = new Map();
  element.append(thumbnails());
  own = Object.assign(document.createElement('div'), { id: 'system-parameters' });
  element.append(own);
  const { specs } = page.schema.of(page.state.settings.preset);
  for (const [key, words] of MAIN) element.append(add(controls, specs.get(key), words));
  const more = document.createElement('details');
  more.innerHTML = '<summary>Network and optimiser</summary>';
  for (const key of MORE) {
    const spec = specs.get(key);
    more.append(add(controls, spec, { label: key.replaceAll('_', ' '), effect: sentence(spec.help) }));
  }
  element.append(more);
}

function add(map, spec, words) {
  const made = control(spec, words, act);
  map.set(spec.key, made);
  return made.row;
}

function thumbnails() {
  const set = document.createElement('fieldset');
  set.className = 'thumbs';
  set.innerHTML = '<legend>Energy landscape</legend>';
  for (const { name, title, summary } of page.schema.presets) {
    const label = document.createElement('label');
    label.title = sentence(summary);
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'preset', value: name });
    input.addEventListener('change', () => page.controls.adopt(name));
    const canvas = document.createElement('canvas');
    unpainted.push({ name, canvas });
    label.append(input, canvas, title);
    set.append(label);
  }
  const dimer = Object.assign(document.createElement('button'), { type: 'button', className: 'quiet', textContent: 'The dimer' });
  dimer.addEventListener('click', () => document.getElementById('view-dimer')?.click());
  set.append(dimer);
  return set;
}

/** Paints one thumbnail: each has a frame, and the first picture of training does not wait for them. */
function paintNext() {
  const { name, canvas } = unpainted.shift();
  const lists = texts(page.schema.of(name).defaults);
  paint(canvas, page.engine.landscape(...lists, square(page.engine.plot_range(...lists)), THUMBNAIL), THUMBNAIL, 14);
  page.mark('thumbnails');
}

/** The square around a rectangle. */
function square([x0, x1, y0, y1]) {
  const half = Math.max(x1 - x0, y1 - y0) / 2;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return Float64Array.of(x - half, x + half, y - half, y + half);
}

const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}.`;

/** The controls of the chosen system's energy. */
function parameters(preset) {
  shown = preset;
  own.replaceChildren();
  workshop = undefined;
  const { specs } = page.schema.of(preset);
  const made = new Map();
  if (preset === 'own') openWorkshop();
  const entries = Object.entries(PARAMETERS[preset] ?? {}).filter(([key]) => specs.has(key));
  if (entries.length) {
    const fold = document.createElement('details');
    fold.open = preset === 'many-well-live';
    fold.innerHTML = '<summary>Shape of the energy</summary>';
    for (const [key, words] of entries) fold.append(add(made, specs.get(key), { effect: sentence(specs.get(key).help), ...words }));
    own.append(fold);
  }
  own.controls = made;
}

async function openWorkshop() {
  const { Workshop } = await import('../system/own.js');
  if (shown !== 'own' || workshop) return;
  workshop = new Workshop(own, page);
  workshop.update(page.state);
}

export function update(state, changed) {
  if (unpainted.length && state.map) paintNext();
  workshop?.mark(state, changed);
  if (!changed.has('settings')) return;
  const { settings } = state;
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('.thumbs input'))) input.checked = input.value === settings.preset;
  if (shown !== settings.preset) parameters(settings.preset);
  const { defaults } = page.schema.of(settings.preset);
  for (const [key, { update: put }] of [...controls, ...own.controls]) put(settings[key], defaults[key]);
  workshop?.update(state);
}

export function describe({ settings }) {
  return `System ${settings.preset}, kT ${settings.temperature}. Weight of learning from energy ${settings.w_kl}, from examples ${settings.w_ml}.`;
}
