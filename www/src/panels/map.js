// The map: the latent plane and the configuration plane, samples in both directions, the bent grid, one point or one region in both.
import { Backdrop } from '../draw/backdrop.js';
import { Plane } from '../draw/plane.js';
import { CELLS, gaussian, shaded } from '../map/density.js';
import { LayerScrubber } from '../map/layer-scrubber.js';
import { Probe } from '../map/probe.js';
import { percent, withError } from '../words.js';

const RADIUS = 1.9;
const LATENT = [-4, 4];
/** Arrows of the losses, and the length of theirs: so much of a pull, where the plane is six wide. */
const PULLS = 140;
const PULL_LENGTH = 0.12;
const MOST_PULL = 34;
/** What can be shown, whether it is at first, and the key that switches it. */
const TOGGLES = [['samples', true, 'S'], ['examples', true], ['grid', true, 'G'], ['density'], ['gradients'], ['weights']];
let page;
let parts;
let latent;
let real;
let background;
/** The latent density, once it has been asked for. */
let still;
let layers;
let probe;
/** The marked region; there is none before the first is asked for. */
let brush;
/** Draws over the planes while a step is shown in slow motion; all else is dimmed. */
let overlay;
/** The system that the planes are set up for. */
let system;

export function mount(element, thePage) {
  page = thePage;
  const toggles = TOGGLES.map(([name, on, key]) => `<label><input type="checkbox" id="show-${name}"${on ? ' checked' : ''}${key ? ` aria-keyshortcuts="${key}"` : ''}> ${name}</label>`);
  element.insertAdjacentHTML('beforeend', `
    <div class="planes">
      <button type="button" class="quiet swap" id="swap" aria-pressed="false">Larger z</button>
      <figure class="latent"><figcaption><strong>z</strong>: Gaussian, examples pulled back</figcaption><canvas role="img" id="latent"></canvas></figure>
      <figure><figcaption><strong>x</strong>: the same points, contours of energy</figcaption><canvas role="img" id="real"></canvas></figure>
    </div>
    <div class="slow-motion" id="slow-motion" hidden></div>
    <div class="legend" id="map-legend"></div>
    <div class="map-tools" role="group" aria-label="Shown in the planes">${toggles.join('')}</div>
    <div class="map-tools layer" id="layers"></div>
    <div class="map-tools"><span>One training step, slowly:</span>
      <button type="button" class="quiet" id="slow-energy">by energy</button>
      <button type="button" class="quiet" id="slow-examples">by example</button>
      <label class="end"><input type="checkbox" id="brush-on" aria-keyshortcuts="B"> mark a region</label></div>
    <div class="probe" id="probe"></div>
    <div class="probe" id="brush" hidden></div>`);
  const find = (name) => element.querySelector(`#${name}`);
  // Where there is room for one large plane, this is the button that says which; elsewhere it is not there.
  find('swap').addEventListener('click', ({ target }) => {
    const swapped = element.querySelector('.planes').classList.toggle('swapped');
    target.setAttribute('aria-pressed', String(swapped));
  });
  const names = ['latent', 'real', 'map-legend', 'brush-on', 'probe', 'brush', 'slow-energy', 'slow-examples', ...TOGGLES.map(([name]) => `show-${name}`)];
  parts = Object.fromEntries(names.map((name) => [name, find(name)]));
  latent = new Plane(parts.latent);
  real = new Plane(parts.real);
  background = new Backdrop(real);
  latent.show(LATENT, LATENT);
  layers = new LayerScrubber(find('layers'), (layer) => page.chooseLayer(layer));
  probe = new Probe(parts.probe, (plane, point) => page.probe(plane, point));
  for (const [name] of TOGGLES) parts[`show-${name}`].addEventListener('change', () => (isAsked(name) ? page.renewMap() : page.redraw()));
  parts['brush-on'].addEventListener('change', markRegion);
  connectPointer(latent, 'z');
  connectPointer(real, 'x');
  parts['slow-energy'].addEventListener('click', () => page.past.showNextStep(true));
  parts['slow-examples'].addEventListener('click', () => page.past.showNextStep(false));
  new ResizeObserver(() => page.redraw()).observe(parts.real);
}

/** Region or probe, as the control says; what draws regions is fetched for the first. */
async function markRegion() {
  const found = brush ?? await import('../map/brush.js').catch(() => undefined);
  if (!found) {
    parts['brush-on'].checked = false;
    return page.notices.complain(['What marks regions could not be loaded: check the connection and try again.']);
  }
  if (!brush) {
    brush = new found.Brush(parts.brush, () => page.renewMap());
    brush.reset(real.range);
  }
  const { checked } = parts['brush-on'];
  parts.probe.hidden = checked;
  for (const canvas of [parts.latent, parts.real]) canvas.classList.toggle('brushed', checked);
  return brush.show(checked);
}

/** The pointer moves the probe, or draws a region from where it was pressed. */
function connectPointer(plane, name) {
  let corner;
  const { canvas } = plane;
  canvas.addEventListener('pointerdown', (event) => {
    if (!brush?.isOn) return page.probe(name, plane.at(event));
    corner = plane.at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (corner) brush.drag(name, corner, plane.at(event));
    else if (!brush?.isOn) page.probe(name, plane.at(event));
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { corner = undefined; });
}

/** True for what the worker computes only where it is shown. */
const isAsked = (name) => ['density', 'gradients'].includes(name) && parts[`show-${name}`].checked;

/** What a snapshot has to hold; the longest segment of a grid line, in units of x, is six pixels. */
export function request() {
  real.fit();
  const [x, y] = real.range;
  return {
    tolerance: 6 / real.scale,
    region: brush?.request,
    density: isAsked('density') ? { range: [...x, ...y], cells: CELLS } : undefined,
    pulls: isAsked('gradients') ? PULLS : 0,
  };
}

/** Switches one of the layers of the picture on or off. */
export function toggle(name) {
  parts[`show-${name}`].click();
}

export const toggleRegion = () => parts['brush-on'].click();

export const moveLayer = (by) => layers.move(by);

/** Lends the planes: `draw(name, plane)` is called for each after all else, which is dimmed; without an argument they are given back. */
export function lend(draw) {
  overlay = draw;
  page.redraw();
}

export function update(state, changed) {
  if (state.system && state.system !== system) {
    ({ system } = state);
    const [x0, x1, y0, y1] = system.range;
    real.show([x0, x1], [y0, y1]);
    background.renew();
    probe.reset(real.range);
    brush?.reset(real.range);
    if (brush?.isOn) brush.show(true);
    layers.reset(state.layers);
  }
  if (changed.has('probe') && state.probe) probe.show(state.probe);
  if (changed.has('map') && state.overlays?.region) brush?.found(state.overlays.region);
  if (changed.has('settings') || changed.has('system')) {
    const { settings } = state;
    parts['slow-energy'].disabled = !(settings.w_kl > 0);
    parts['slow-examples'].disabled = !(settings.w_ml > 0 && system?.has_examples);
  }
  if (state.system && (changed.has('theme') || changed.has('system'))) legend();
  if (!state.system) return firstAxes();
  if (!['map', 'theme', 'probe', 'system'].some((name) => changed.has(name))) return undefined;
  const resized = [latent.fit(), real.fit()].some(Boolean);
  if (resized || changed.has('theme')) {
    background.renew();
    still = undefined;
  }
  // While the first snapshot is on its way.
  if (!state.map) return background.prepare(page.engine, state.settings, page.colours.grey);
  draw(latent, 'z', state);
  draw(real, 'x', state);
  return undefined;
}

/** Axes while the worker begins; the first text of a canvas takes longer than all points of a picture. */
function firstAxes() {
  if (latent.width) return;
  latent.fit();
  latent.begin();
  latent.end(page.colours.grey);
}

function draw(plane, name, { map, settings, overlays = /** @type {import('../types.d.ts').Overlays} */ ({}) }) {
  const { colours } = page;
  const { density, pulls, region } = overlays;
  const inLatent = name === 'z';
  const shows = (what) => parts[`show-${what}`].checked;
  const [samples, examples] = inLatent ? [map.z, map.example_z] : [map.x, map.example_x];
  plane.begin();
  if (shows('density')) {
    if (inLatent) plane.picture(still ??= shaded(gaussian(LATENT), colours.flow));
    else if (density) plane.picture(shaded(density, colours.flow));
  }
  if (inLatent) for (const sigma of [1, 2, 3]) plane.circle(0, 0, sigma, colours.grey, 1, [3, 4]);
  else background.draw(page.engine, settings, colours.grey);
  if (shows('grid')) {
    const [points, colour, alpha] = inLatent ? [map.latent_grid, colours.grey, 0.4] : [map.grid, colours.flow, 0.35];
    plane.lines(points, map.grid_start, colour, 1, overlay ? 0.5 * alpha : alpha);
  }
  const chosen = region && region.chosen.length === map.state.length ? region.chosen : undefined;
  const dim = overlay || chosen ? 0.15 : 0.6;
  const size = shows('weights') ? (i) => Math.min(4 * RADIUS, RADIUS * Math.sqrt(map.weight[i])) : () => RADIUS;
  if (shows('examples')) plane.points(examples, map.example_state, colours.example, dim, () => RADIUS);
  if (shows('samples')) {
    plane.points(samples, map.state, colours.flow, dim, chosen ? (i) => (chosen[i] ? 0 : size(i)) : size);
    if (chosen && !overlay) plane.points(samples, map.state, colours.flow, 0.9, (i) => (chosen[i] ? 1.3 * size(i) : 0));
  }
  if (region) plane.outline(inLatent ? region.latent_outline : region.outline, colours.ink);
  // Arrows belong to places behind the whole flow.
  if (shows('gradients') && pulls && !overlay && (inLatent || layers.at === layers.most)) {
    const unit = PULL_LENGTH * (plane.half / 3) ** 2;
    if (inLatent) plane.arrows(pulls.z, pulls.pull, PULL_LENGTH, MOST_PULL, colours.example, 0.9);
    else plane.arrows(pulls.x, pulls.push, unit, MOST_PULL, colours.ink, 0.8);
  }
  if (probe.found && !brush?.isOn && !overlay) plane.ring(inLatent ? probe.found.z : probe.found.place, colours.probe, colours.halo);
  overlay?.(name, plane);
  plane.end(colours.grey);
}

function legend() {
  const { flow, example } = page.colours;
  const [a, b] = system.states;
  parts['map-legend'].innerHTML = `
    <span style="--c:${flow}"><i class="dot"></i>made by the flow, z → x</span>
    <span style="--c:${example}"><i class="dot"></i>examples, x → z</span>
    <span><b>●</b> ${a}</span><span><b>▲</b> ${b}</span><span><b>◇</b> between</span>`;
}

export function describe(state) {
  if (!state.map || !state.estimate) return 'The map is being drawn.';
  const [a, b] = state.system.states;
  const { raw_share: raw, delta_f: value, delta_f_error: error } = state.estimate;
  const when = state.replay ? ` at step ${state.replay.step}` : '';
  return `The flow${when} puts ${percent(1 - raw, 1)} of its samples into the ${a} state and ${percent(raw, 1)} into the ${b} state; after reweighting the free-energy difference ${b} minus ${a} is ${withError(value, error)} kT.`;
}
