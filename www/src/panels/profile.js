// The free-energy profile: raw, reweighted with its band, exact.
import { chartCanvas, fit, ink } from '../draw/chart.js';
import { number, percent } from '../words.js';

export const id = 'profile';
export const title = 'Free-energy profile';
export const column = 'result';

/** Free energies above this are cut off, in kT: hardly any sample reaches them. */
const MOST_KT = 16;
/** Axes alone, until there is an estimate. */
const NOTHING = { center: Float64Array.of(-2, 2), ...Object.fromEntries(['raw', 'value', 'lower', 'upper', 'exact'].map((name) => [name, Float64Array.of(NaN, NaN)])) };

let page;
let canvas;
let legend;

export function mount(element, thePage) {
  page = thePage;
  legend = document.createElement('div');
  legend.className = 'legend';
  element.append(legend);
  canvas = chartCanvas(element, 'profile-chart');
}

export function update(state, changed) {
  if (changed.has('theme') || changed.has('system')) {
    const { flow, ink: exact } = page.colours;
    legend.innerHTML = `
      <span style="--c:${exact}"><i class="dashed"></i>exact</span>
      <span style="--c:${flow}"><i></i>reweighted</span>
      <span style="--c:${flow}"><i class="band"></i>95 % band</span>
      <span style="--c:${flow}"><i class="dotted"></i>raw flow</span>`;
  }
  if (!['theme', 'estimate', 'size'].some((name) => changed.has(name))) return;
  const { center, raw, value, lower, upper, exact } = state.estimate ?? NOTHING;
  const ratio = fit(canvas);
  page.engine.draw_profile(canvas, ratio, ink(page.colours), state.system?.coordinate ?? '', MOST_KT, center, raw, value, lower, upper, exact);
}

export function describe(state) {
  const e = state.estimate;
  if (!e) return 'No estimate yet.';
  const low = e.center[e.value.indexOf(Math.min(...e.value))];
  let inside = 0;
  let all = 0;
  for (let i = 0; i < e.center.length; i++) {
    if (!Number.isFinite(e.exact[i]) || !Number.isFinite(e.upper[i])) continue;
    all += 1;
    if (e.lower[i] <= e.exact[i] && e.exact[i] <= e.upper[i]) inside += 1;
  }
  const band = all ? ` The exact profile lies inside the 95 % band in ${percent(inside / all)} of the bins.` : '';
  return `Free energy along ${state.system.coordinate}, in kT above its minimum at ${number(low)}.${band}`;
}
