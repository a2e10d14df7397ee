// U, S and F of the generated ensemble while it learns: F sinks towards −log Z, the least it can be. Shown is how far each is from
// equilibrium: what the energy loses and the entropy gains adds up to KL(flow ‖ Boltzmann).
import { chartCanvas } from '../draw/chart.js';
import { drawLines } from '../draw/lines.js';
import { number, subtrahend, withError } from '../words.js';

/** The first steps are so far off that they would flatten the rest, in kT. */
const MOST_ABOVE = 3;

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
      <span style="--c:${grey}"><i class="dotted"></i>−TS</span>
      <span style="--c:${ink}"><i class="dashed"></i>equilibrium, exact</span>`;
  }
  if (changed.has('estimate') && state.estimate) words(state.estimate);
  if (!['theme', 'reports', 'size', 'estimate'].some((name) => changed.has(name))) return;
  const { history, estimate } = state;
  const [step, u, s, f] = ['step', 'u', 's', 'f'].map((name) => history.column(name));
  const [energy, entropy, free] = equilibrium(estimate);
  const last = Math.max(10, step.at(-1) ?? 0);
  drawLines(page, parts.canvas, ['training step', 'above equilibrium / kT'], [0, last, -MOST_ABOVE, MOST_ABOVE], [
    ['dotted flow', step, u.map((v) => v - energy)],
    ['dotted grey', step, s.map((v) => entropy - v)],
    ['dashed ink', [0, last], [0, 0]],
    ['solid flow', step, f.map((v) => v - free)],
  ]);
}

/** U, TS and F of equilibrium, in kT: exact where quadrature knows them, else what the weights say. */
function equilibrium(e) {
  if (!e) return [NaN, NaN, NaN];
  if (Number.isFinite(e.log_z_exact)) return [e.u_exact, e.u_exact + e.log_z_exact, -e.log_z_exact];
  return [e.u, e.s, -e.log_z];
}

function words({ u, s, f, kl, kl_error: error, log_z_exact: exact, u_exact: energy }) {
  const least = Number.isFinite(exact) ? `, the least possible is −log Z = ${number(-exact)} kT (U = ${number(energy)}, TS = ${number(energy + exact)})` : '';
  parts.words.textContent = `Now U = ${number(u)} kT and TS = ${number(s)} kT, so F = ${number(u)} − ${subtrahend(s)} = ${number(f)} kT${least}. What is left above it is KL(flow ‖ Boltzmann) = ${withError(kl, error)}: learning from energy lowers F until nothing is left.`;
}

export function describe() {
  return parts.words.textContent;
}

export function table({ history, estimate }) {
  const rows = history.rows.filter(({ u }) => Number.isFinite(u));
  const every = Math.max(1, Math.floor(rows.length / 60));
  const kept = rows.filter((_, i) => i % every === 0);
  const exact = number(equilibrium(estimate)[2]);
  return { columns: ['step', 'U / kT', 'TS / kT', 'F / kT', '−log Z'], rows: kept.map(({ step, u, s, f }) => [String(step), number(u), number(s), number(f), exact]) };
}
