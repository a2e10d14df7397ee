// The free-energy profile: raw, reweighted with its band, exact.
import { bandWords, heldByBand } from '../band.js';
import { chartCanvas, drawChart } from '../draw/chart.js';
import { drawLines } from '../draw/lines.js';
import { isDoubtful } from '../explain.js';
import { number, percent } from '../words.js';

/** Free energies above this are cut off, in kT: hardly any sample reaches them. */
const MOST_KT = 16;
/** Axes alone, until there is an estimate. */
const NOTHING = { center: Float64Array.of(-2, 2), ...Object.fromEntries(['raw', 'value', 'lower', 'upper', 'exact'].map((name) => [name, Float64Array.of(NaN, NaN)])) };

let page;
let canvas;
let legend;
let residual;
let root;

export function mount(element, thePage) {
  root = element;
  page = thePage;
  legend = document.createElement('div');
  legend.className = 'legend';
  element.append(legend);
  canvas = chartCanvas(element, 'profile-chart');
  residual = chartCanvas(element, 'residual-chart');
  residual.parentElement.classList.add('strip');
}

export function update(state, changed) {
  if (changed.has('theme') || changed.has('system')) {
    const { flow, ink: exact } = page.colours;
    legend.innerHTML = `
      <span style="--c:${exact}"><i class="dashed"></i>exact</span>
      <span style="--c:${flow}"><i></i>reweighted</span>
      <span style="--c:${flow}"><i class="band"></i>95 % band</span>
      <span style="--c:${flow}"><i class="dotted"></i>raw flow</span>
      <span>gaps: too few samples</span>`;
  }
  if (!['theme', 'estimate', 'size'].some((name) => changed.has(name))) return;
  const { center, raw, value, lower, upper, exact } = state.estimate ?? NOTHING;
  drawChart('profile', canvas, page.colours, state.system?.coordinate ?? '', MOST_KT, center, raw, value, lower, upper, exact);
  root.classList.toggle('doubtful', Boolean(state.estimate && isDoubtful(state.estimate)));
  drawResidual(state.system?.coordinate ?? '', state.estimate ?? NOTHING);
}

/** The reweighted profile less the exact one, within guides at ±1 kT. */
function drawResidual(coordinate, { center, value, lower, upper, exact }) {
  const half = center.length > 2 ? (center[1] - center[0]) / 2 : 0;
  const ends = [center[0] - half, center.at(-1) + half];
  // Where hardly any sample lies there is nothing to compare.
  const less = (line) => line.map((v, i) => (exact[i] < MOST_KT ? v - exact[i] : NaN));
  drawLines(page, residual, [coordinate, 'flow − exact'], [...ends, -2, 2], [
    ['band flow', center, less(lower), less(upper)],
    ['dotted grey', ends, [1, 1]],
    ['dotted grey', ends, [-1, -1]],
    ['dashed ink', ends, [0, 0]],
    ['solid flow', center, less(value)],
  ]);
}

export function describe(state) {
  const e = state.estimate;
  if (!e) return 'No estimate yet.';
  const bins = [...e.value.keys()];
  const sampled = bins.filter((i) => Number.isFinite(e.value[i]));
  if (sampled.length === 0) return `No part of ${state.system.coordinate} holds enough samples for a free energy.`;
  const lowest = sampled.reduce((best, i) => (e.value[i] < e.value[best] ? i : best));
  const { inside, all } = heldByBand(e);
  const band = all ? ` The exact profile lies inside the 95 % band in ${percent(inside / all)} of the bins.` : '';
  const gaps = sampled.length < bins.length ? ` In ${bins.length - sampled.length} of ${bins.length} bins there are too few samples for an answer.` : '';
  return `Free energy along ${state.system.coordinate}, in kT above its minimum at ${number(e.center[lowest])}.${band}${gaps}`;
}

export function table({ estimate: e, system }) {
  if (!e) return undefined;
  const rows = [...e.center.keys()].filter((i) => e.exact[i] < MOST_KT || Number.isFinite(e.value[i]));
  const row = (i) => [e.center[i], e.raw[i], e.value[i], bandWords(e.lower[i], e.upper[i]), e.exact[i], e.value[i] - e.exact[i]];
  return { columns: [system.coordinate, 'raw / kT', 'F / kT', '95 % band', 'exact', 'flow − exact'], rows: rows.map(row) };
}
