// Answers at another temperature from the flow as it is: its weights tell how far it reaches.
import { chartCanvas } from '../draw/chart.js';
import { drawLines, span } from '../draw/lines.js';
import { latest } from '../latest.js';
import { number, percent, withError } from '../words.js';
import { agreement } from './result.js';

/** Temperatures that the curve is made of, in units of the one of training. */
const RATIOS = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3];
const MOST_KT = 40;
/** What stands there before there is an answer. */
const NOTHING = { 'other-delta-f': '–', 'other-exact': '', 'other-chip': 'wait', 'other-words': '' };

let page;
let parts;
/** Estimates by temperature, of the flow as it was when training last stood. */
let known = new Map();
let asked = 0;
let chosen;

export function mount(element, thePage) {
  page = thePage;
  element.insertAdjacentHTML('beforeend', `
    <div class="slider"><label for="other-kt">kT</label><input type="range" id="other-kt" min="0.5" max="3" step="0.05" value="1" aria-describedby="other-words"><output id="other-kt-text" for="other-kt"></output></div>
    <div class="answer"><span id="other-name">ΔF</span> <span class="value" id="other-delta-f"></span> <span class="exact" id="other-exact"></span> <span class="chip" id="other-chip"></span></div>
    <p class="caption" id="other-words"></p>
    <div class="legend" id="other-legend"></div>
    <div class="slot"></div>
    <p class="row"><button type="button" id="retrain">Train at this temperature</button> <span class="caption">That is another flow: it is trained anew.</span></p>`);
  parts = Object.fromEntries(['other-kt', 'other-kt-text', 'other-name', 'other-delta-f', 'other-exact', 'other-chip', 'other-words', 'other-legend', 'retrain'].map((name) => [name, element.querySelector(`#${name}`)]));
  parts.canvas = chartCanvas(element.querySelector('.slot'), 'temperature-chart');
  const ask = latest((temperature) => page.session.ask('estimateAt', { temperature }).then((e) => e && { ...e, temperature }), (estimate) => {
    chosen = estimate;
    page.mark('temperature');
  });
  parts['other-kt'].addEventListener('input', () => {
    parts['other-kt-text'].textContent = number(kt());
    ask(kt());
  });
  parts.retrain.addEventListener('click', () => page.controls.change('temperature', String(kt())));
  parts.ask = ask;
}

const kt = () => Number(parts['other-kt'].value);

export function update(state, changed) {
  if (changed.has('theme')) {
    const { flow, ink: exact } = page.colours;
    parts['other-legend'].innerHTML = `
      <span style="--c:${exact}"><i class="dashed"></i>exact</span>
      <span style="--c:${flow}"><i></i>one flow, reweighted</span>
      <span style="--c:${flow}"><i class="band"></i>± 2 standard errors</span>`;
  }
  if (changed.has('system')) {
    known = new Map();
    chosen = undefined;
    asked += 1;
    for (const [name, text] of Object.entries(NOTHING)) parts[name].textContent = text;
    parts['other-chip'].dataset.level = 'none';
    range(state.settings.temperature);
    parts['other-kt-text'].textContent = number(kt());
    parts.retrain.disabled = true;
  }
  if (changed.has('estimate') && state.estimate) {
    if (kt() === state.settings.temperature) {
      chosen = { ...state.estimate, temperature: kt() };
      page.mark('temperature');
    } else parts.ask(kt());
    // The whole curve when training rests: while it runs each point would be of another flow.
    if (!state.running) curve(state);
  }
  if (changed.has('temperature') && chosen && state.system) words(state);
  if (['system', 'theme', 'temperature', 'size'].some((name) => changed.has(name))) draw();
}

/** From half the temperature of training to three times as much. */
function range(trained) {
  Object.assign(parts['other-kt'], { min: 0.5 * trained, max: 3 * trained, step: 0.05 * trained, value: trained });
}

/** Asks for every temperature in turn; a newer call ends an older one. */
async function curve({ settings }) {
  const mine = (asked += 1);
  known = new Map();
  for (const ratio of RATIOS) {
    const temperature = ratio * settings.temperature;
    const estimate = await page.session.ask('estimateAt', { temperature });
    if (!estimate || mine !== asked) return;
    known.set(temperature, estimate);
    page.mark('temperature');
  }
}

function lines() {
  const list = [...known].filter(([, e]) => Number.isFinite(e.delta_f));
  const at = list.map(([temperature]) => temperature);
  const of = (value) => list.map(([, e]) => value(e));
  const error = (e) => 2 * (e.ess < 0.05 ? NaN : e.delta_f_error);
  return { at, value: of((e) => e.delta_f), lower: of((e) => e.delta_f - error(e)), upper: of((e) => e.delta_f + error(e)), exact: of((e) => e.delta_f_exact), list };
}

function draw() {
  const { at, value, lower, upper, exact } = lines();
  const [low, high] = span([value, lower, upper, exact].map((line) => line.filter((v) => Math.abs(v) < MOST_KT)), 1);
  drawLines(page, parts.canvas, ['temperature kT', 'ΔF / kT'], [...span([at], 0.1), low, high], [
    ['band flow', at, lower, upper],
    ['solid flow', at, value],
    ['dashed ink', at, exact],
  ]);
}

function words(state) {
  const [a, b] = state.system.states;
  const e = chosen;
  const same = e.temperature === state.settings.temperature;
  parts['other-name'].textContent = `ΔF (${b} − ${a})`;
  parts['other-delta-f'].textContent = `${withError(e.delta_f, e.delta_f_error)} kT`;
  parts['other-exact'].textContent = Number.isFinite(e.delta_f_exact) ? `exact ${number(e.delta_f_exact)}` : '';
  const { level, words: verdict } = agreement(e);
  parts['other-chip'].textContent = verdict;
  parts['other-chip'].dataset.level = level;
  const trained = `trained at kT = ${number(state.settings.temperature)}`;
  const reach = e.ess < 0.05 ? 'The weights say that it does not reach this far.' : e.missed ? `The state “${e.missed.name}” is missed there.` : 'The weights correct what it was not trained for.';
  parts['other-words'].textContent = same
    ? `The temperature of training. Effective size ${percent(e.ess)}.`
    : `The flow was ${trained}; its Gaussian is drawn wider or narrower, and the draws are reweighted for kT = ${number(e.temperature)}. Effective size ${percent(e.ess)}, ${e.covered} of ${e.states.length} states covered. ${reach}`;
  parts.retrain.disabled = same;
}

export function describe() {
  return `Free-energy difference over temperature, from one flow. ${parts['other-words'].textContent}`;
}

export function table() {
  const { list } = lines();
  return { columns: ['kT', 'ΔF / kT', 'exact', 'ESS / %', 'verdict'], rows: list.map(([temperature, e]) => [number(temperature), withError(e.delta_f, e.delta_f_error), number(e.delta_f_exact), number(100 * e.ess, 0), agreement(e).words]) };
}
