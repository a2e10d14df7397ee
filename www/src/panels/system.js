// Which system is learned, at which temperature, and from what.
import { paint } from '../draw/landscape.js';
import { texts } from '../settings.js';
import { number } from '../words.js';

export const id = 'system';
export const title = 'System and training';
export const column = 'system';

const THUMBNAIL = 64;
/** Titles that a thumbnail has room for; others are the preset's name. */
const TITLES = { 'double-well': 'Double well', 'gaussian-mixture': 'Gaussian mixture', 'double-well-by-energy': 'Looks perfect. Is wrong.', 'mueller-brown': 'Müller–Brown' };
/** Controls shown at once, with the sentence that says what they do; the rest is under “Network and optimiser”. */
const MAIN = [
  ['w_kl', 'Learn from energy', 'Alone it may fall into one valley.'],
  ['w_ml', 'Learn from examples', 'They may be in the wrong proportion.'],
  ['temperature', 'Temperature kT', 'Higher flattens the valleys. Starts anew.'],
];
const MORE = ['learning_rate', 'schedule', 'batch', 'iterations', 'flow', 'hidden', 'trunk', 'example_chains', 'example_steps', 'w_rc', 'moving_average'];
/** Sliders end where the effect ends; the address takes the whole range. */
const SLIDER = { w_kl: [0, 2, 0.05], w_ml: [0, 10, 0.1], temperature: [0.5, 3, 0.1] };

let page;
let controls;

export function mount(element, thePage) {
  page = thePage;
  controls = new Map();
  element.append(thumbnails());
  const { specs } = page.schema.of(page.state.settings.preset);
  for (const [key, label, effect] of MAIN) element.append(control(specs.get(key), label, effect));
  const more = document.createElement('details');
  more.innerHTML = '<summary>Network and optimiser</summary>';
  for (const key of MORE) {
    const spec = specs.get(key);
    more.append(control(spec, key.replaceAll('_', ' '), sentence(spec.help)));
  }
  element.append(more);
}

function thumbnails() {
  const set = document.createElement('fieldset');
  set.className = 'thumbs';
  set.innerHTML = '<legend>Energy landscape</legend>';
  for (const { name, summary } of page.schema.presets) {
    const label = document.createElement('label');
    label.title = sentence(summary);
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'preset', value: name });
    input.addEventListener('change', () => page.choosePreset(name));
    const canvas = document.createElement('canvas');
    const lists = texts(page.schema.of(name).defaults);
    paint(canvas, page.engine.landscape(...lists, square(page.engine.plot_range(...lists)), THUMBNAIL), THUMBNAIL, 14);
    label.append(input, canvas, TITLES[name] ?? name.replaceAll('-', ' '));
    set.append(label);
  }
  return set;
}

/** The square around a rectangle. */
function square([x0, x1, y0, y1]) {
  const half = Math.max(x1 - x0, y1 - y0) / 2;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return Float64Array.of(x - half, x + half, y - half, y + half);
}

const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}.`;

/** A labelled slider, number field, choice or text for one setting, with its effect and a button back to the default. */
function control(spec, label, effect) {
  const { key } = spec;
  const row = document.createElement('div');
  row.className = 'control';
  const slider = SLIDER[key];
  let input;
  if (spec.kind === 'choice') {
    input = document.createElement('select');
    for (const choice of spec.choices) input.append(new Option(choice, choice));
  } else {
    input = document.createElement('input');
    input.type = slider ? 'range' : ['number', 'positive', 'integer'].includes(spec.kind) ? 'number' : 'text';
    if (slider) Object.assign(input, { min: slider[0], max: slider[1], step: slider[2] });
    else Object.assign(input, { min: spec.min ?? '', max: spec.max ?? '', step: spec.kind === 'integer' ? 1 : 'any', size: 8 });
  }
  input.id = `set-${key}`;
  input.setAttribute('aria-describedby', `effect-${key}`);
  const name = Object.assign(document.createElement('label'), { htmlFor: input.id, textContent: label });
  const output = Object.assign(document.createElement('output'), { htmlFor: input.id });
  const text = Object.assign(document.createElement('span'), { id: `effect-${key}`, className: 'effect', textContent: effect });
  const back = Object.assign(document.createElement('button'), { type: 'button', className: 'changed', hidden: true });
  back.addEventListener('click', () => page.change(key, String(page.schema.of(page.state.settings.preset).defaults[key])));
  input.addEventListener('change', () => page.change(key, input.value));
  if (slider) {
    input.addEventListener('input', () => { output.textContent = number(Number(input.value)); });
    row.append(name, output, input, text, back);
  } else {
    row.append(name, input, text, back);
  }
  controls.set(key, { row, input, output, back, label });
  return row;
}

export function update({ settings }, changed) {
  if (!changed.has('settings')) return;
  for (const input of document.querySelectorAll('.thumbs input')) input.checked = input.value === settings.preset;
  const { defaults } = page.schema.of(settings.preset);
  for (const [key, { row, input, output, back, label }] of controls) {
    if (document.activeElement !== input || input.type === 'range') input.value = settings[key];
    output.textContent = typeof settings[key] === 'number' ? number(settings[key]) : settings[key];
    back.hidden = settings[key] === defaults[key];
    back.textContent = `back to ${defaults[key]}`;
    back.setAttribute('aria-label', `${label}: back to ${defaults[key]}`);
  }
}

export function describe({ settings }) {
  return `System ${settings.preset}, kT ${settings.temperature}. Weight of learning from energy ${settings.w_kl}, from examples ${settings.w_ml}.`;
}
