// How training goes: the true divergence of learning from energy, the likelihood of the examples.
import { chartCanvas, fit, ink } from '../draw/chart.js';
import { number } from '../words.js';

export const id = 'losses';
export const title = 'Losses';
export const column = 'map';

let page;
let canvas;
let legend;

export function mount(element, thePage) {
  page = thePage;
  legend = document.createElement('div');
  legend.className = 'legend';
  element.append(legend);
  canvas = chartCanvas(element, 'losses-chart');
}

export function update(state, changed) {
  if (changed.has('theme') || changed.has('reports')) {
    const { flow, example, ink: exact } = page.colours;
    const { last, settings } = state;
    const parts = [];
    if (settings.w_kl > 0) parts.push(`<span style="--c:${flow}"><i></i>energy: KL(flow ‖ Boltzmann) <b>${number(last.kl)}</b></span>`);
    if (settings.w_ml > 0) parts.push(`<span style="--c:${example}"><i></i>examples: −⟨log p⟩ <b>${number(last.nll)}</b></span>`);
    legend.innerHTML = `${parts.join('')}<span style="--c:${exact}"><i class="dashed"></i>KL = 0</span>`;
  }
  if (changed.has('theme') || changed.has('reports') || changed.has('size')) {
    const ratio = fit(canvas);
    page.engine.draw_losses(canvas, ratio, ink(page.colours), state.history.step, state.history.kl, state.history.nll);
  }
}

export function describe({ last, step }) {
  if (!step) return 'No training step yet.';
  const parts = [];
  if (Number.isFinite(last.kl)) parts.push(`the divergence from the Boltzmann distribution is ${number(last.kl)}`);
  if (Number.isFinite(last.nll)) parts.push(`the negative log-likelihood of the examples is ${number(last.nll)}`);
  return `At step ${step} ${parts.join(' and ')}, in nats, averaged over the last steps.`;
}

export function table({ history }) {
  const every = Math.max(1, Math.floor(history.rows.length / 60));
  const kept = history.rows.filter((_, i) => i % every === 0);
  return { columns: ['step', 'KL / nats', '−⟨log p⟩ / nats'], rows: kept.map(({ step, kl, nll }) => [String(step), kl, nll]) };
}
