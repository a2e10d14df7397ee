// From closed to open through latent space: every point of the way is a configuration of the flow.
import { chartCanvas, drawChart } from '../draw/chart.js';
import { Box } from '../draw/particles.js';
import { number } from '../words.js';

export const id = 'dimer-path';
export const title = 'A way from closed to open';
export const column = 'boxes';

let view;
let parts;
let box;
let canvas;

export function mount(element, theView) {
  view = theView;
  element.insertAdjacentHTML('beforeend', `
    <div class="way">
      <canvas role="img" id="path-box" aria-label="Path: nothing to show yet."></canvas>
      <div>
        <p class="caption">Two draws of the flow, one closed and one open, joined by an arc in the Gaussian’s space. Each point of the arc is mapped to a configuration: the dimer opens and the fluid makes room.</p>
        <div class="slot"></div>
        <label class="slider"><span>closed</span><input type="range" id="path-at" min="0" max="100" step="1" value="0" disabled><span>open</span></label>
        <p class="row"><output id="path-words" for="path-at">The flow is loading.</output> <button type="button" id="path-new" class="quiet" disabled>Another pair</button></p>
      </div>
    </div>`);
  parts = Object.fromEntries(['path-box', 'path-at', 'path-words', 'path-new'].map((name) => [name, element.querySelector(`#${name}`)]));
  box = new Box(parts['path-box']);
  canvas = chartCanvas(element.querySelector('.slot'), 'path-chart');
  canvas.setAttribute('aria-label', 'Energy along the way: nothing to show yet.');
  parts['path-at'].addEventListener('input', () => view.mark('path-at'));
  parts['path-new'].addEventListener('click', () => view.walk());
}

export function update({ system, path }, changed) {
  for (const name of ['path-at', 'path-new']) parts[name].disabled = !path;
  if (!path || !['path', 'path-at', 'theme', 'size'].some((name) => changed.has(name))) return;
  const i = Math.round(Number(parts['path-at'].value) / 100 * (path.t.length - 1));
  const { flow, grey, panel } = view.colours;
  box.draw(path.x.subarray(i * system.dim, (i + 1) * system.dim), system, { dimer: flow, fluid: grey, wall: grey, ground: panel });
  const top = drawChart('path', canvas, view.colours, path.t, path.u, path.t[i]);
  const highest = path.u.reduce((most, u) => Math.max(most, u), -Infinity);
  parts['path-words'].textContent = `d = ${number(path.d[i])}, u = ${energy(path.u[i])} kT`;
  parts['path-at'].setAttribute('aria-valuetext', `${parts['path-at'].value} per cent of the way, d = ${number(path.d[i])}`);
  const beyond = highest > top ? ', beyond the chart: particles overlap there' : '';
  canvas.setAttribute('aria-label', `Energy along the way from closed to open: ${energy(path.u[0])} kT at its start, ${energy(path.u.at(-1))} kT at its end, at most ${energy(highest)} kT between${beyond}.`);
  parts['path-box'].setAttribute('aria-label', `The configuration ${parts['path-at'].value} per cent of the way: the dimer has d = ${number(path.d[i])}.`);
}

const energy = (u) => (Math.abs(u) < 1e5 ? number(u, 0) : u.toExponential(1));
