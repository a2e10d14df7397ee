// How training goes and went: the true divergence of learning from energy, the likelihood of the examples, and the past to look back at.
import { chartCanvas, drawChart } from '../draw/chart.js';
import { Timeline } from '../timeline.js';
import { count, number } from '../words.js';

let page;
let canvas;
let parts;
let timeline;

export function mount(element, thePage) {
  page = thePage;
  element.insertAdjacentHTML('beforeend', '<div class="legend" id="losses-legend"></div>');
  canvas = chartCanvas(element, 'losses-chart');
  element.insertAdjacentHTML('beforeend', `
    <div id="timeline"></div>
    <p class="caption" id="changes" hidden></p>`);
  timeline = new Timeline(element.querySelector('#timeline'), page.past);
  element.querySelector('#timeline .row').insertAdjacentHTML('beforeend', '<label class="check"><input type="checkbox" id="losses-log"> log scale</label>');
  parts = Object.fromEntries(['losses-legend', 'losses-log', 'changes'].map((name) => [name, element.querySelector(`#${name}`)]));
  parts['losses-log'].addEventListener('change', () => page.mark('reports'));
}

export function update(state, changed) {
  timeline.update(state);
  if (['theme', 'reports', 'settings'].some((name) => changed.has(name))) {
    const { flow, example, ink: exact } = page.colours;
    const { settings, replay, history } = state;
    const last = replay ? history.around(replay.step) : state.last;
    const lines = [];
    if (settings.w_kl > 0) lines.push(`<span style="--c:${flow}"><i></i>energy: KL(flow ‖ Boltzmann) <b>${number(last.kl)}</b></span>`);
    if (settings.w_ml > 0) lines.push(`<span style="--c:${example}"><i></i>examples: −⟨log p⟩ <b>${number(last.nll)}</b></span>`);
    const zero = parts['losses-log'].checked ? '' : `<span style="--c:${exact}"><i class="dashed"></i>KL = 0</span>`;
    parts['losses-legend'].innerHTML = lines.join('') + zero;
    parts.changes.hidden = history.changes.length === 0;
    parts.changes.textContent = history.interventions.map(({ step, words }) => `● step ${count(step)}: ${words}`).join(' · ');
  }
  if (['theme', 'reports', 'size'].some((name) => changed.has(name))) draw();
}

function draw() {
  const { history, replay, step } = page.state;
  const marks = Float64Array.from(history.interventions, ({ step: at }) => at);
  drawChart('losses', canvas, page.colours, history.step, history.kl, history.nll, parts['losses-log'].checked, Math.max(10, step), marks, replay?.step ?? NaN);
}

export function describe({ last, step, replay, history }) {
  if (!step) return 'No training step yet.';
  const { kl, nll } = replay ? history.around(replay.step) : last;
  const words = [];
  if (Number.isFinite(kl)) words.push(`the divergence from the Boltzmann distribution is ${number(kl)}`);
  if (Number.isFinite(nll)) words.push(`the negative log-likelihood of the examples is ${number(nll)}`);
  const changes = history.interventions.map((change) => ` At step ${change.step}: ${change.words}.`).join('');
  return `At step ${replay?.step ?? step} ${words.join(' and ')}, in nats, the median over the steps nearby.${changes}`;
}

export function table({ history }) {
  const every = Math.max(1, Math.floor(history.rows.length / 60));
  const kept = history.rows.filter((_, i) => i % every === 0);
  return { columns: ['step', 'KL / nats', '−⟨log p⟩ / nats'], rows: kept.map(({ step, kl, nll }) => [String(step), kl, nll]) };
}
