// The map: the latent plane and the configuration plane, samples in both directions, the bent grid, the probe.
import { Backdrop } from '../draw/backdrop.js';
import { Plane } from '../draw/plane.js';
import { number, percent, withError } from '../words.js';

export const id = 'map';
export const title = 'The map: latent z ⇄ configuration x';
export const column = 'map';

const RADIUS = 1.9;
const LATENT = [-4, 4];
let page;
let parts;
let latent;
let real;
let background;
let probe;

export function mount(element, thePage) {
  page = thePage;
  element.insertAdjacentHTML('beforeend', `
    <div class="planes">
      <figure class="latent"><figcaption><strong>z</strong>: Gaussian, examples pulled back</figcaption><canvas role="img" id="latent"></canvas></figure>
      <figure><figcaption><strong>x</strong>: the same points, contours of energy</figcaption><canvas role="img" id="real"></canvas></figure>
    </div>
    <div class="legend" id="map-legend"></div>
    <div class="map-tools">
      <label><input type="checkbox" id="show-samples" checked aria-keyshortcuts="S"> samples</label>
      <label><input type="checkbox" id="show-examples" checked> examples</label>
      <label><input type="checkbox" id="show-grid" checked aria-keyshortcuts="G"> grid</label>
      <span class="layer"><label for="layer">Layer</label><input type="range" id="layer" min="0" max="1" value="1" step="1"><output id="layer-text" for="layer"></output></span>
    </div>
    <div class="probe">
      <div>
        <label for="probe-1">z₁ <input type="range" id="probe-1" min="-3.5" max="3.5" step="0.05" value="0"></label>
        <label for="probe-2">z₂ <input type="range" id="probe-2" min="-3.5" max="3.5" step="0.05" value="0"></label>
      </div>
      <output id="probe-text" for="probe-1 probe-2">Move over either plane, or use the sliders: one point and its partner are marked.</output>
    </div>`);
  const find = (name) => element.querySelector(`#${name}`);
  parts = Object.fromEntries(['latent', 'real', 'map-legend', 'show-samples', 'show-examples', 'show-grid', 'layer', 'layer-text', 'probe-1', 'probe-2', 'probe-text'].map((name) => [name, find(name)]));
  latent = new Plane(parts.latent);
  real = new Plane(parts.real);
  background = new Backdrop(real);
  latent.show(LATENT, LATENT);
  for (const name of ['show-samples', 'show-examples', 'show-grid']) parts[name].addEventListener('change', () => page.redraw());
  parts.layer.addEventListener('input', () => page.chooseLayer(Number(parts.layer.value)));
  for (const name of ['probe-1', 'probe-2']) parts[name].addEventListener('input', () => page.probe('z', [Number(parts['probe-1'].value), Number(parts['probe-2'].value)]));
  for (const [plane, name] of [[latent, 'z'], [real, 'x']]) {
    plane.canvas.addEventListener('pointermove', (event) => page.probe(name, plane.at(event)));
    plane.canvas.addEventListener('pointerdown', (event) => page.probe(name, plane.at(event)));
  }
  new ResizeObserver(() => page.redraw()).observe(parts.real);
}

/** Longest segment of a grid line, in units of x: six pixels. */
export function tolerance() {
  real.fit();
  return 6 / real.scale;
}

/** Switches one of the layers of the picture on or off. */
export function toggle(name) {
  parts[`show-${name}`].click();
}

export function update(state, changed) {
  if (changed.has('system') && state.system) {
    const [x0, x1, y0, y1] = state.system.range;
    real.show([x0, x1], [y0, y1]);
    background.renew();
    probe = undefined;
    parts['probe-text'].textContent = 'Move over either plane, or use the sliders: one point and its partner are marked.';
    Object.assign(parts.layer, { max: state.layers, value: state.layer });
  }
  if (changed.has('probe') && state.probe) showProbe(state);
  if (changed.has('layer') || changed.has('system')) {
    parts['layer-text'].textContent = state.layer >= state.layers ? `all ${state.layers}` : `${state.layer} of ${state.layers}`;
    parts.layer.value = state.layer;
  }
  if (state.system && (changed.has('theme') || changed.has('system'))) legend(state);
  if (!state.system || !['map', 'theme', 'probe', 'system'].some((name) => changed.has(name))) return;
  const resized = [latent.fit(), real.fit()].some(Boolean);
  if (resized || changed.has('theme')) background.renew();
  if (!state.map) return;
  drawLatent(state.map);
  drawReal(state);
}

function drawLatent(map) {
  const { colours } = page;
  latent.begin();
  if (parts['show-grid'].checked) latent.lines(map.latent_grid, map.grid_start, colours.grey, 1, 0.4);
  for (const sigma of [1, 2, 3]) latent.circle(0, 0, sigma, colours.grey, 1, [3, 4]);
  if (parts['show-examples'].checked) latent.points(map.example_z, map.example_state, colours.example, 0.6, RADIUS);
  if (parts['show-samples'].checked) latent.points(map.z, map.state, colours.flow, 0.6, RADIUS);
  if (probe) latent.ring(probe.z, colours.probe, colours.halo);
  latent.end(colours.grey);
}

function drawReal({ map, settings }) {
  const { colours } = page;
  real.begin();
  background.draw(page.engine, settings, colours.grey);
  if (parts['show-grid'].checked) real.lines(map.grid, map.grid_start, colours.flow, 1, 0.35);
  if (parts['show-examples'].checked) real.points(map.example_x, map.example_state, colours.example, 0.6, RADIUS);
  if (parts['show-samples'].checked) real.points(map.x, map.state, colours.flow, 0.6, RADIUS);
  if (probe) real.ring(probe.x, colours.probe, colours.halo);
  real.end(colours.grey);
}

function legend({ system }) {
  const { flow, example } = page.colours;
  const [a, b] = system.states;
  parts['map-legend'].innerHTML = `
    <span style="--c:${flow}"><i class="dot"></i>made by the flow, z → x</span>
    <span style="--c:${example}"><i class="dot"></i>examples, x → z</span>
    <span><b>●</b> ${a}</span><span><b>▲</b> ${b}</span>`;
}

function showProbe({ probe: found }) {
  probe = found;
  const pair = (v) => `(${number(v[0])}, ${number(v[1])})`;
  parts['probe-1'].value = found.z[0];
  parts['probe-2'].value = found.z[1];
  parts['probe-text'].textContent = `z ${pair(found.z)} ⇄ x ${pair(found.x)}. Energy ${number(found.energy)} kT, log|det J| ${number(found.log_det)}, weight ${number(Math.exp(Math.min(20, found.log_weight)))} × the mean.`;
}

export function describe(state) {
  if (!state.map || !state.estimate) return 'The map is being drawn.';
  const [a, b] = state.system.states;
  const { raw_share: raw, delta_f: value, delta_f_error: error } = state.estimate;
  return `The flow puts ${percent(1 - raw, 1)} of its samples into the ${a} state and ${percent(raw, 1)} into the ${b} state; after reweighting the free-energy difference ${b} minus ${a} is ${withError(value, error)} kT.`;
}
