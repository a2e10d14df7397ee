// F(d) live: independent runs of annealing carry draws of the flow to equilibrium; their spread is the error bar.
import { bandWords, heldByBand } from '../band.js';
import { chartCanvas, drawChart } from '../draw/chart.js';
import { Table } from '../table.js';
import { count, number, withError } from '../words.js';
import { LEAST_RUNS } from './runs.js';

export const id = 'dimer-free-energy';
export const title = 'Free energy of the dimer';
export const column = 'answers';

/** Bins above this are cut off by the chart, in kT: a little more than the barrier. */
const MOST_KT = 22;

let view;
let parts;
let canvas;

export function mount(element, theView) {
  view = theView;
  element.insertAdjacentHTML('beforeend', `
    <div class="answer"><span>ΔF (open − closed)</span> <span class="value" id="dimer-delta-f">–</span> <span class="exact" id="dimer-delta-f-exact"></span> <span class="chip" id="dimer-agreement" data-level="none">not annealed yet</span></div>
    <div class="row">
      <button type="button" class="primary" id="anneal" disabled>Anneal to equilibrium</button>
      <button type="button" id="anneal-cancel" hidden>Cancel</button>
      <progress id="anneal-progress" max="8" value="0" aria-label="Runs of annealing done"></progress>
    </div>
    <p class="caption" id="anneal-words" role="status"></p>
    <div class="legend" id="free-legend"></div>
    <div class="slot"></div>
    <p class="caption" id="free-words"></p>`);
  const names = ['dimer-delta-f', 'dimer-delta-f-exact', 'dimer-agreement', 'anneal', 'anneal-cancel', 'anneal-progress', 'anneal-words', 'free-legend', 'free-words'];
  parts = Object.fromEntries(names.map((name) => [name, element.querySelector(`#${name}`)]));
  parts.table = new Table(element, title);
  canvas = chartCanvas(element.querySelector('.slot'), 'free-chart');
  canvas.setAttribute('aria-label', 'Free energy over the distance of the dimer: nothing to show yet.');
  parts.anneal.addEventListener('click', () => view.anneal());
  parts['anneal-cancel'].addEventListener('click', () => view.cancel());
}

export function update(state, changed) {
  if (changed.has('theme')) legend();
  if (['annealing', 'system', 'estimate'].some((name) => changed.has(name))) progress(state);
  if (!['estimate', 'about', 'theme', 'size'].some((name) => changed.has(name)) || !state.about) return;
  const { center, value, lower, upper, exact } = curves(state);
  const none = Float64Array.from(center, () => NaN);
  drawChart('profile', canvas, view.colours, 'd, distance of the dimer', MOST_KT, center, none, value ?? none, lower ?? none, upper ?? none, exact);
  if (changed.has('estimate') || changed.has('about')) words(state);
}

/** The profile with its band and the reference over the same bins, in kT above the profile's minimum. */
export function curves({ about, estimate }) {
  const { center, value: reference } = about.reference ?? { center: [0.5, 2.5], value: [NaN, NaN] };
  const shift = estimate?.shift ?? Math.min(...reference);
  const exact = Float64Array.from(reference, (f) => (f ?? Infinity) - shift);
  const { value, lower, upper } = estimate ?? {};
  const band = estimate && missing(estimate) === 0 ? { lower, upper } : {};
  return { center: Float64Array.from(center), value, ...band, exact };
}

/** How many more runs an error bar needs. */
const missing = ({ runs }) => Math.max(0, LEAST_RUNS - runs);

/** In how many of the bins that the chart shows the reference lies in the band: `{ inside, all }`. */
export const coverage = (state) => {
  const { lower = new Float64Array(), upper = lower, exact } = curves(state);
  return heldByBand({ lower, upper, exact }, MOST_KT);
};

function progress({ system, annealing, estimate }) {
  const done = annealing?.done.length ?? 0;
  parts.anneal.disabled = !system || Boolean(annealing?.running);
  parts.anneal.textContent = estimate && !estimate.isOld ? 'Eight more runs' : 'Anneal to equilibrium';
  parts['anneal-cancel'].hidden = !annealing?.running;
  Object.assign(parts['anneal-progress'], { max: annealing?.runs ?? 8, value: done });
  if (!annealing) {
    parts['anneal-words'].textContent = 'Plain weights of this flow rest on a handful of samples. Instead its draws are moved and reweighted in small steps, from what the flow makes to what the energy says, and then move on without the flow: eight independent runs, some seconds each.';
    return;
  }
  const evaluations = annealing.done.reduce((sum, run) => sum + run.energy_evaluations, 0);
  const cost = `${done} of ${annealing.runs} runs of ${annealing.particles} draws, ${count(evaluations)} energy evaluations`;
  const end = annealing.done.length < annealing.runs ? 'cancelled' : 'done';
  parts['anneal-words'].textContent = annealing.running ? `Annealing: ${cost}.` : `${cost}, ${end} in ${number(annealing.seconds, 1)} s.`;
}

function words(state) {
  const { about, estimate } = state;
  // Files of version 0.1.0 have closed minus open, and no definition.
  const { delta_f: known = NaN, definition } = about.reference ?? {};
  const reference = definition ? known : -known;
  parts['dimer-delta-f-exact'].textContent = Number.isFinite(reference) ? `reference ${number(reference)}` : '';
  if (!estimate) {
    canvas.setAttribute('aria-label', 'Free energy over the distance of the dimer: the reference alone. Annealing adds the flow’s.');
    return;
  }
  const { level, verdict, answer, told } = judged(state, reference);
  parts['dimer-delta-f'].textContent = answer;
  parts['dimer-agreement'].dataset.level = estimate.isOld ? 'none' : level;
  parts['dimer-agreement'].textContent = estimate.isOld ? 'of the flow before training' : verdict;
  parts['free-words'].textContent = told;
  canvas.setAttribute('aria-label', `Free energy over the distance of the dimer, with the reference. Open minus closed: ${answer}, reference ${number(reference)}. ${told}`);
  parts.table.show(() => table(state));
}

/** The answer with its bar and what it is worth; there is neither before there are enough runs. */
function judged(state, reference) {
  const { estimate, estimate: { delta_f: value, delta_f_error: error, runs } } = state;
  const more = missing(estimate);
  if (more > 0) {
    const needed = `needs ${more} more ${more === 1 ? 'run' : 'runs'}`;
    return { level: 'none', verdict: `error bar ${needed}`, answer: `${number(value)} kT`, told: `From ${runs} ${runs === 1 ? 'run' : 'runs'}: a band ${needed}, for it is their spread.` };
  }
  const { inside, all } = coverage(state);
  const sigma = Math.abs(value - reference) / error;
  // Few runs: the error is uncertain itself.
  const [level, verdict] = sigma > 3.5 ? ['bad', `differs by ${number(sigma, 1)} σ`] : ['good', 'agrees'];
  const told = `The reference lies in the 95 % band in ${inside} of ${all} bins. The band is the spread of ${runs} runs, which weigh as much as ${number(estimate.effective_runs, 1)} equal ones.`;
  return { level, verdict, answer: `${withError(value, error)} kT`, told };
}

function table(state) {
  const { center, value, lower, upper, exact } = curves(state);
  const rows = [...center.keys()].filter((i) => Number.isFinite(value[i]));
  const row = (i) => [center[i], value[i], lower ? bandWords(lower[i], upper[i]) : '–', exact[i]];
  return { columns: ['d', 'F / kT', '95 % band', 'reference'], rows: rows.map(row) };
}

function legend() {
  const { flow, ink: exact } = view.colours;
  parts['free-legend'].innerHTML = `
    <span style="--c:${exact}"><i class="dashed"></i>umbrella sampling</span>
    <span style="--c:${flow}"><i></i>flow, annealed</span>
    <span style="--c:${flow}"><i class="band"></i>95 % band</span>`;
}
