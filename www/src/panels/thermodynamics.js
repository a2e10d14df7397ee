// U, S and F of the generated ensemble while it learns: F sinks towards −log Z, the least it can be.
import { chartCanvas } from '../draw/chart.js';
import { drawLines, span } from '../draw/lines.js';
import { number, subtrahend, withError } from '../words.js';

/** The first steps are so far off that they would flatten the rest. */
const MOST_ABOVE = 12;

let page;
let parts;

export function mount(element, thePage) {
  page = thePage;
  element.insertAdjacentHTML('beforeend', `
    <div class="legend" id="thermodynamics-legend"></div>
    <div class="slot"></div>
    <p class="caption" id="thermodynamics-words">Learning from energy lowers F = U − TS of what the flow makes. The Boltzmann distribution has the least F of all, −log Z; the distance is KL(flow ‖ Boltzmann).</p>`);
  parts = { legend: element.querySelector('#thermodynamics-legend'), words: element.querySelector('#thermodynamics-words') };
  parts.canvas = chartCanvas(element.querySelector('.slot'), 'thermodynamics-chart');
}

export function update(state, changed) {
  if (changed.has('theme')) {
    const { flow, grey, ink } = page.colours;
    parts.legend.innerHTML = `
      <span style="--c:${flow}"><i></i>F = U − TS</span>
      <span style="--c:${flow}"><i class="dotted"></i>U</span>
      <span style="--c:${grey}"><i class="dashed"></i>TS</span>
      <span style="--c:${ink}"><i class="dashed"></i>−log Z, exact</span>`;
  }
  if (changed.has('estimate') && state.estimate) words(state.estimate);
  if (!['theme', 'reports', 'size', 'estimate'].some((name) => changed.has(name))) return;
  const { history, estimate } = state;
  const [step, u, s, f] = ['step', 'u', 's', 'f'].map((name) => history.column(name));
  const least = -(estimate?.log_z_exact ?? NaN);
  const last = Math.max(10, step.at(-1) ?? 0);
  const [low, high] = span([u, s, f, [least]], 2);
  const top = Math.min(high, Math.max(...[u, s, f].map((line) => line.at(-1) ?? 0)) + MOST_ABOVE);
  drawLines(page, parts.canvas, ['training step', 'kT'], [0, last, low, Math.max(top, low + 2)], [
    ['dotted flow', step, u],
    ['dashed grey', step, s],
    ['thin flow', step, f],
    ['dashed ink', [0, last], [least, least]],
  ]);
}

function words({ u, s, f, kl, kl_error: error, log_z_exact: exact }) {
  const least = Number.isFinite(exact) ? `, the least possible is −log Z = ${number(-exact)} kT` : '';
  parts.words.textContent = `Now U = ${number(u)} kT and TS = ${number(s)} kT, so F = ${number(u)} − ${subtrahend(s)} = ${number(f)} kT${least}. What is left above it is KL(flow ‖ Boltzmann) = ${withError(kl, error)}: learning from energy lowers F until nothing is left.`;
}

export function describe() {
  return parts.words.textContent;
}

export function table({ history, estimate }) {
  const rows = history.rows.filter(({ u }) => Number.isFinite(u));
  const every = Math.max(1, Math.floor(rows.length / 60));
  const kept = rows.filter((_, i) => i % every === 0);
  const exact = number(-(estimate?.log_z_exact ?? NaN));
  return { columns: ['step', 'U / kT', 'TS / kT', 'F / kT', '−log Z'], rows: kept.map(({ step, u, s, f }) => [String(step), number(u), number(s), number(f), exact]) };
}
