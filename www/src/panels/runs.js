// The last runs as cards: what they reached and how; one click restores a run, two pins compare two.
import { chartCanvas } from '../draw/chart.js';
import { drawLines } from '../draw/lines.js';
import { openModel } from '../keep/model.js';
import { Records, packed, unpacked } from '../keep/records.js';
import { count, number, percent, withError } from '../words.js';

const MOST_POINTS = 40;
const SPARK = { width: 96, height: 28 };
/** The sparkline shows errors of ΔF up to this, in kT. */
const MOST_KT = 2;

let page;
let parts;
let records;
let pinned = [];
/** The cards on the page, by the run's id. */
const shown = new Map();
let current;

export function mount(element, thePage) {
  page = thePage;
  records = new Records();
  element.insertAdjacentHTML('beforeend', `
    <p class="caption" id="runs-words"></p>
    <ul class="cards" id="runs-cards"></ul>
    <div id="runs-compared" hidden><div class="legend" id="runs-legend"></div><div class="slot"></div><div class="table" tabindex="0" role="region" aria-label="The two pinned runs"><table><thead></thead><tbody></tbody></table></div></div>`);
  parts = Object.fromEntries(['runs-words', 'runs-cards', 'runs-compared', 'runs-legend'].map((name) => [name, element.querySelector(`#${name}`)]));
  parts.canvas = chartCanvas(element.querySelector('.slot'), 'runs-chart');
  cards();
}

export function update(state, changed) {
  if (changed.has('system')) current = undefined;
  if (changed.has('estimate') && state.estimate) follow(state);
  if (changed.has('theme')) cards();
  if (pinned.length === 2 && ['theme', 'size', 'runs'].some((name) => changed.has(name))) compare();
}

/** Adds the newest estimate to the card of this run, and keeps it when training rests. */
function follow(state) {
  const { estimate: e, settings, step, running } = state;
  if (step === 0 || state.replay) return;
  current ??= { id: `${Date.now()}-${Math.random()}`, curve: [] };
  const { curve } = current;
  if (curve.at(-1)?.[0] === step) curve.pop();
  curve.push([step, Number.isFinite(e.delta_f) ? e.delta_f - e.delta_f_exact : null]);
  if (curve.length > MOST_POINTS) current.curve = curve.filter((_, i) => i % 2 === 0 || i === curve.length - 1);
  Object.assign(current, {
    hash: page.schema.write({ ...settings, view: 'plane' }),
    preset: settings.preset,
    seed: settings.seed,
    step,
    value: e.delta_f,
    error: e.delta_f_error,
    exact: e.delta_f_exact,
    ess: e.ess,
    covered: e.covered,
    states: e.states.length,
  });
  if (!running && !state.opened) keep(current);
}

async function keep(record) {
  const model = await page.session.ask('model');
  if (!model || model.step !== record.step) return;
  const { theta, digest, training_evaluations: evaluations } = model;
  records.put({ ...record, theta: packed(theta), digest, evaluations });
  cards();
}

function cards() {
  const { list, problem } = records;
  parts['runs-words'].textContent = problem || (list.length ? 'Click a run to have it back, with its parameters. Pin two to compare them.' : 'Each run is kept here when it rests, the last eight of them.');
  const kept = new Set(list.map(({ id }) => id));
  for (const [id, { item }] of shown) {
    if (kept.has(id)) continue;
    item.remove();
    shown.delete(id);
  }
  const focused = document.activeElement;
  list.forEach((record, i) => {
    const item = card(record, i);
    const there = parts['runs-cards'].children[i];
    if (there !== item) parts['runs-cards'].insertBefore(item, there ?? null);
  });
  // A card that moves would lose the keyboard.
  if (focused instanceof HTMLElement && document.activeElement !== focused && parts['runs-cards'].contains(focused)) focused.focus();
  parts['runs-compared'].hidden = pinned.length < 2;
  page.mark('runs');
}

/** The card of a run: its buttons stay the same ones while what they say changes, so that no click and no focus is lost. */
function card(record, i) {
  const { id } = record;
  if (!shown.has(id)) shown.set(id, blankCard(id));
  const { item, restore, pin } = shown.get(id);
  const name = `${record.preset.replaceAll('-', ' ')}, seed ${record.seed}, ${count(record.step)} steps`;
  restore.id = `run-${i}`;
  restore.replaceChildren(spark(record), lines(record, name));
  const isPinned = pinned.includes(id);
  pin.id = `pin-${i}`;
  pin.textContent = isPinned ? 'Pinned' : 'Pin';
  pin.setAttribute('aria-pressed', String(isPinned));
  pin.setAttribute('aria-label', `${pin.textContent}: ${name}`);
  return item;
}

function blankCard(id) {
  const item = document.createElement('li');
  const restore = Object.assign(document.createElement('button'), { type: 'button', className: 'restore' });
  restore.addEventListener('click', () => open(records.list.find((record) => record.id === id)));
  const pin = Object.assign(document.createElement('button'), { type: 'button', className: 'quiet' });
  pin.addEventListener('click', () => {
    pinned = pinned.includes(id) ? pinned.filter((other) => other !== id) : [...pinned, id].slice(-2);
    cards();
  });
  item.append(restore, pin);
  return { item, restore, pin };
}

function lines(record, name) {
  const text = document.createElement('span');
  const result = `ΔF ${withError(record.value ?? NaN, record.error ?? NaN)} kT (exact ${number(record.exact)})`;
  const bold = Object.assign(document.createElement('b'), { textContent: name });
  text.append(bold, document.createElement('br'), `${result}, ESS ${percent(record.ess)}, ${record.covered} of ${record.states} states`);
  return text;
}

/** How the error of ΔF went, as a line around zero. */
function spark({ curve }) {
  const { width, height } = SPARK;
  const last = curve.at(-1)?.[0] ?? 1;
  const at = ([step, error]) => `${(width * step / last).toFixed(1)},${(height / 2 - height / 2 * Math.max(-1, Math.min(1, error / MOST_KT))).toFixed(1)}`;
  const line = curve.filter(([, error]) => Number.isFinite(error)).map(at).join(' ');
  const holder = document.createElement('span');
  holder.className = 'spark';
  holder.innerHTML = `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true"><path d="M0 ${height / 2}H${width}" class="zero"/><polyline points="${line}"/></svg>`;
  return holder;
}

function open(record) {
  const { settings, complaints } = page.schema.read(`#${record.hash}`);
  page.notices.complain(complaints);
  const theta = record.theta && unpacked(record.theta);
  if (!theta) {
    openModel(page, { settings });
    page.notices.tell('The parameters of this run were not kept, for want of room: its settings are back, and training it again leads to the same.');
    return;
  }
  openModel(page, { settings, theta, digest: record.digest, step: record.step, evaluations: record.evaluations });
  page.notices.tell(`Back at step ${count(record.step)} of that run. Its optimiser starts afresh if you train on.`);
}

function compare() {
  const pair = pinned.map((id) => records.list.find((record) => record.id === id));
  if (pair.some((record) => !record)) {
    pinned = [];
    return cards();
  }
  const { flow, ink } = page.colours;
  const names = ['first', 'second'];
  parts['runs-legend'].innerHTML = `<span style="--c:${flow}"><i></i>${names[0]} pinned</span><span style="--c:${ink}"><i class="dashed"></i>${names[1]} pinned</span>`;
  const last = Math.max(10, ...pair.map(({ step }) => step));
  const line = ({ curve }) => [curve.map(([step]) => step), curve.map(([, error]) => error ?? NaN)];
  drawLines(page, parts.canvas, ['training step', 'error of ΔF / kT'], [0, last, -MOST_KT, MOST_KT], [
    ['dotted grey', [0, last], [0, 0]],
    ['solid flow', ...line(pair[0])],
    ['dashed ink', ...line(pair[1])],
  ]);
  const [one, two] = pair.map(({ hash }) => page.schema.read(`#${hash}`).settings);
  const keys = [...new Set([...Object.keys(one), ...Object.keys(two)])].filter((key) => String(one[key]) !== String(two[key]) && key !== 'view');
  const rows = [
    ['steps', ...pair.map(({ step }) => count(step))],
    ['ΔF / kT', ...pair.map(({ value, error }) => withError(value ?? NaN, error ?? NaN))],
    ['exact', ...pair.map(({ exact }) => number(exact))],
    ['ESS', ...pair.map(({ ess }) => percent(ess))],
    ['states covered', ...pair.map(({ covered, states }) => `${covered} of ${states}`)],
    ...keys.map((key) => [key.replaceAll('_', ' '), String(one[key] ?? '–'), String(two[key] ?? '–')]),
  ];
  const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const row = (tag) => (texts) => {
    const line = document.createElement('tr');
    line.append(...texts.map((text) => cell(tag, text)));
    return line;
  };
  parts['runs-compared'].querySelector('thead').replaceChildren(row('th')(['', ...names]));
  parts['runs-compared'].querySelector('tbody').replaceChildren(...rows.map(row('td')));
  return undefined;
}

export function describe() {
  return pinned.length === 2 ? 'Error of the free-energy difference over training, of the two pinned runs. The table below holds what they reached and in what they differ.' : 'No two runs are pinned.';
}
