// Training goes on from the checkpoint, in this tab.
import { chartCanvas, drawChart } from '../draw/chart.js';
import { count, number } from '../words.js';

export const id = 'dimer-training';
export const title = 'Keep training';
export const column = 'answers';

/** Reports whose mean is what the changes are counted from. */
const FIRST = 10;

let view;
let parts;
let canvas;

export function mount(element, theView) {
  view = theView;
  element.insertAdjacentHTML('beforeend', `
    <p class="caption">The flow learns on, from the energy and from configurations of a short umbrella simulation that is made when you begin (a second or two). Changes are small: it was trained for thousands of steps before.</p>
    <div class="row">
      <button type="button" id="dimer-train" disabled>▶ Keep training</button>
      <span id="dimer-train-words" class="caption"></span>
    </div>
    <div class="legend" id="dimer-train-legend"></div>
    <div class="slot"></div>
    <p class="caption" id="dimer-digest"></p>`);
  parts = Object.fromEntries(['dimer-train', 'dimer-train-words', 'dimer-train-legend', 'dimer-digest'].map((name) => [name, element.querySelector(`#${name}`)]));
  canvas = chartCanvas(element.querySelector('.slot'), 'dimer-losses');
  canvas.setAttribute('aria-label', 'Losses: no training step in this tab yet.');
  parts['dimer-train'].addEventListener('click', () => view.train(!view.state.training.running));
}

export function update({ system, training }, changed) {
  if (!['training', 'system', 'theme', 'size'].some((name) => changed.has(name))) return;
  const { running, step, total, rate, evaluations, digest, history } = training;
  parts['dimer-train'].disabled = !system;
  parts['dimer-train'].textContent = running ? '❚❚ Pause training' : '▶ Keep training';
  const pace = running && rate > 0 ? `, ${number(rate, 1)} steps/s` : '';
  const making = running && step === 0 ? 'making examples …' : `step ${count(step)} of ${count(total)}${pace}, ${count(evaluations)} energy evaluations`;
  parts['dimer-train-words'].textContent = running || step > 0 ? making : '';
  if (digest) parts['dimer-digest'].textContent = `Parameters after ${count(step)} steps in this tab: ${digest}`;
  // F = U − TS of what the flow makes: the divergence from the Boltzmann distribution but for a constant.
  const [free, nll] = [changes(history.column('f')), changes(history.nll)];
  drawChart('losses', canvas, view.colours, history.step, free, nll, false, Math.max(10, history.step.at(-1) ?? 0), new Float64Array(), NaN);
  const { flow, example, ink: line } = view.colours;
  parts['dimer-train-legend'].innerHTML = `
    <span style="--c:${flow}"><i></i>energy: F</span><span style="--c:${example}"><i></i>examples: −⟨log p⟩</span>
    <span style="--c:${line}"><i class="dashed"></i>as in the first ${FIRST} steps</span>`;
  if (step > 0) {
    const last = (values) => number(mean(values.slice(-FIRST)), 1);
    canvas.setAttribute('aria-label', `Changes of the losses in nats after ${count(step)} steps: from energy ${last(free)}, from examples ${last(nll)}.`);
  }
}

/** A loss less its mean over the first steps: its own value has a constant that nobody knows. */
function changes(values) {
  const first = mean(values.slice(0, FIRST));
  return values.map((value) => value - first);
}

function mean(values) {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
