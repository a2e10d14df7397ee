// What the weights do: the histogram on the way from raw to reweighted, and how few samples may carry it.
import { bandWords } from '../band.js';
import { chartCanvas } from '../draw/chart.js';
import { drawLines, span } from '../draw/lines.js';
import { isDoubtful } from '../explain.js';
import { latest } from '../latest.js';
import { number, percent } from '../words.js';

/** A single weight above this share of the total is a warning. */
const MOST_WEIGHT = 0.1;
const WHILE_TRAINING_MS = 1000;

let page;
let root;
let parts;
let found;
let refresh;
let asked = -Infinity;

export function mount(element, thePage) {
  page = thePage;
  root = element;
  element.insertAdjacentHTML('beforeend', `
    <div class="legend" id="reweighting-legend"></div>
    <div class="slot"></div>
    <div class="slider"><label for="trust">Trust the weights</label><input type="range" id="trust" min="0" max="1" step="0.05" value="1" aria-describedby="trust-words"><output id="trust-text" for="trust">1.00</output></div>
    <p class="caption" id="trust-words">Each draw counts w<sup>trust</sup>: 0 shows what the flow makes, 1 the Boltzmann distribution.</p>
    <div class="sorted"><div class="slot"></div><p class="caption" id="weight-words"></p></div>`);
  parts = Object.fromEntries(['reweighting-legend', 'trust', 'trust-text', 'weight-words'].map((name) => [name, element.querySelector(`#${name}`)]));
  const [histogram, sorted] = element.querySelectorAll('.slot');
  parts.histogram = chartCanvas(histogram, 'histogram-chart');
  parts.sorted = chartCanvas(sorted, 'weights-chart');
  refresh = latest((trust) => page.session.ask('reweighting', { trust }), (answer) => {
    found = answer;
    page.mark('weights');
  });
  parts.trust.addEventListener('input', () => {
    parts['trust-text'].textContent = number(trust());
    refresh(trust());
  });
}

const trust = () => Number(parts.trust.value);

export function update(state, changed) {
  if (changed.has('theme')) {
    const { flow, ink: exact } = page.colours;
    parts['reweighting-legend'].innerHTML = `
      <span style="--c:${exact}"><i class="dashed"></i>exact</span>
      <span style="--c:${flow}"><i></i>reweighted</span>
      <span style="--c:${flow}"><i class="band"></i>95 % band</span>
      <span style="--c:${flow}"><i class="dotted"></i>raw flow</span>`;
  }
  if (changed.has('system')) clear();
  if (changed.has('estimate') && state.estimate) {
    root.classList.toggle('doubtful', isDoubtful(state.estimate));
    // While training runs the picture may be a second old.
    const now = performance.now();
    if (!state.running || now - asked > WHILE_TRAINING_MS) {
      asked = now;
      refresh(trust());
    }
  }
  if (!found || !['theme', 'weights', 'size'].some((name) => changed.has(name))) return;
  const { center, raw, value, lower, upper, exact, sorted } = found;
  const half = (center[1] - center[0]) / 2;
  const most = Math.max(...exact, ...raw.map(orNothing), ...value.map(orNothing)) * 1.08;
  drawLines(page, parts.histogram, [state.system?.coordinate ?? '', 'density'], [center[0] - half, center.at(-1) + half, 0, most], [
    ['band flow', center, lower, upper],
    ['dotted flow', center, raw],
    ['solid flow', center, value],
    ['dashed ink', center, exact],
  ]);
  const share = sorted.map((_, i) => i);
  drawLines(page, parts.sorted, ['draws / %', 'weight / %'], [0, 100, ...span([[0, 100]])], [
    ['dashed grey', [0, 100], [0, 100]],
    ['solid flow', share, sorted.map((v) => 100 * v)],
  ]);
  words();
}

/** Nothing is known of a run that begins. */
function clear() {
  found = undefined;
  asked = -Infinity;
  root.classList.remove('doubtful');
  parts['weight-words'].textContent = '';
  for (const canvas of [parts.histogram, parts.sorted]) canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
}

const orNothing = (v) => (Number.isFinite(v) ? v : 0);

function words() {
  const { max_weight: most, ess } = found;
  const alone = `The largest weight carries ${percent(most, most < 0.1 ? 2 : 0)} of the total; the effective size is ${percent(ess)} of the draws.`;
  const warning = most > MOST_WEIGHT ? ' One draw speaks for many: averages follow it, and their error bars are too small.' : '';
  parts['weight-words'].textContent = `${alone}${warning}`;
  parts['weight-words'].dataset.level = warning ? 'caution' : 'info';
}

export function describe() {
  if (!found) return 'No weights yet.';
  const half = found.sorted[50];
  return `Histogram of the draws with their weights to the power ${number(trust())}. Half of the draws hold ${percent(half, 1)} of the weight. ${parts['weight-words'].textContent}`;
}

export function table(state) {
  if (!found) return undefined;
  const { center, raw, value, lower, upper, exact } = found;
  const rows = [...center.keys()].map((i) => [number(center[i]), number(raw[i], 3), number(value[i], 3), bandWords(lower[i], upper[i], 3), number(exact[i], 3)]);
  return { columns: [state.system.coordinate, 'raw', 'reweighted', '95 % band', 'exact'], rows };
}
