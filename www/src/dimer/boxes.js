// The classical way and the flow side by side: a simulation that walks, and draws that are independent.
import { Counts, drawCounts } from '../draw/counts.js';
import { Box, MOST_STRAIN, strainColour } from '../draw/particles.js';
import { count, number, percent } from '../words.js';

export const id = 'dimer-boxes';
export const title = 'One step after the other, or one shot';
export const column = 'boxes';

const SHOWN_MS = 400;
const DESCRIBE_EVERY_MS = 5000;

let view;
let parts;
let simulation;
let shot;
let walked;
let at = 0;
let since = 0;
let described = -Infinity;

export function mount(element, theView) {
  view = theView;
  element.insertAdjacentHTML('beforeend', `
    <div class="twins">
      <figure><figcaption><strong>Simulation</strong> <span id="simulation-words">starts closed</span></figcaption><canvas role="img" id="simulation-box" aria-label="Simulation: nothing to show yet."></canvas></figure>
      <figure><figcaption><strong>One shot</strong> <span id="shot-words">the flow is loading</span></figcaption><canvas role="img" id="shot-box" aria-label="One shot: nothing to show yet."></canvas></figure>
    </div>
    <div class="legend" id="dimer-legend"></div>
    <canvas role="img" id="dimer-counts" class="counts" aria-label="Distances: nothing to show yet."></canvas>
    <label class="slider"><span>a draw with d near</span><input type="range" id="dimer-at" step="0.01" disabled><output id="dimer-at-words" for="dimer-at">–</output></label>
    <p class="caption" id="dimer-counts-words">How often each distance d of the dimer was seen.</p>
    <div class="row">
      <button type="button" class="primary" id="dimer-draw">Generate 1,000</button>
      <button type="button" id="dimer-next">Next one</button>
      <button type="button" id="dimer-move" aria-keyshortcuts="Space">▶ Move the pictures</button>
      <label><input type="checkbox" id="dimer-strain"> colour the fluid by strain</label>
    </div>`);
  const names = ['simulation-words', 'simulation-box', 'shot-words', 'shot-box', 'dimer-legend', 'dimer-counts', 'dimer-at', 'dimer-at-words', 'dimer-counts-words', 'dimer-draw', 'dimer-next', 'dimer-move', 'dimer-strain'];
  parts = Object.fromEntries(names.map((name) => [name, element.querySelector(`#${name}`)]));
  simulation = new Box(parts['simulation-box']);
  shot = new Box(parts['shot-box']);
  parts['dimer-draw'].addEventListener('click', () => view.draw());
  parts['dimer-next'].addEventListener('click', () => {
    at += 1;
    view.mark('shot');
  });
  parts['dimer-move'].addEventListener('click', () => view.move(!view.moving));
  parts['dimer-at'].addEventListener('input', () => seek(Number(parts['dimer-at'].value)));
  parts['dimer-strain'].addEventListener('change', () => view.mark('theme'));
  const pointed = ({ offsetX }) => {
    const { min, max } = parts['dimer-at'];
    if (!parts['dimer-at'].disabled) seek(Number(min) + offsetX / parts['dimer-counts'].clientWidth * (max - min));
  };
  for (const type of ['pointermove', 'pointerdown']) parts['dimer-counts'].addEventListener(type, pointed);
}

/** Shows the draw whose distance is nearest to d, and stays there. */
function seek(d) {
  const { batch } = view.state;
  at = batch.d.reduce((best, value, i) => (Math.abs(value - d) < Math.abs(batch.d[best] - d) ? i : best), 0);
  view.move(false);
  view.mark('shot');
}

export function update(state, changed, now) {
  parts['dimer-move'].textContent = view.moving ? '❚❚ Pause the pictures' : '▶ Move the pictures';
  if (changed.has('theme')) legend();
  const { system, batch, simulated } = state;
  for (const name of ['dimer-draw', 'dimer-next', 'dimer-at']) parts[name].disabled = !batch;
  if (!system) {
    walked = undefined;
    return;
  }
  walked ??= new Counts(system.coordinate_range);
  [parts['dimer-at'].min, parts['dimer-at'].max] = system.coordinate_range;
  const redraw = changed.has('theme') || changed.has('size');
  if (changed.has('simulated')) walked.add(simulated.d);
  if (simulated && (redraw || changed.has('simulated'))) drawSimulation(state);
  if (changed.has('batch')) [at, since] = [0, now];
  if (batch && view.moving && now - since >= SHOWN_MS) {
    at += 1;
    since = now;
    changed.add('shot');
  }
  if (batch && (redraw || changed.has('batch') || changed.has('shot'))) drawShot(state);
  if (batch && (redraw || changed.has('batch') || changed.has('shot'))) drawDistances(state, now, changed.has('batch'));
}

const inks = (maker) => ({ dimer: view.colours[maker], fluid: view.colours.grey, wall: view.colours.grey, ground: view.colours.panel });

/** Closed or open, and how far. */
function stateOf({ boundary, states: [closed, open] }, d) {
  return `${d < boundary ? closed : open}, d = ${number(d)}`;
}

function drawSimulation({ system, simulated }) {
  simulation.draw(simulated.x, system, inks('example'), parts['dimer-strain'].checked);
  const changes = simulated.crossings === 0 ? 'not opened yet' : `${count(simulated.crossings)} changes of state`;
  parts['simulation-words'].textContent = `${count(simulated.steps)} steps, ${changes}`;
}

function drawShot({ system, batch }) {
  const i = at % batch.d.length;
  shot.draw(batch.x.subarray(i * system.dim, (i + 1) * system.dim), system, inks('flow'), parts['dimer-strain'].checked);
  parts['dimer-at'].value = batch.d[i];
  parts['dimer-at-words'].textContent = number(batch.d[i]);
  parts['shot-words'].textContent = `no. ${count(i + 1)}: ${stateOf(system, batch.d[i])}`;
}

function drawDistances({ system, batch, simulated }, now, isNew) {
  const drawn = new Counts(system.coordinate_range);
  drawn.add(batch.d);
  const { flow, example, grey } = view.colours;
  drawCounts(parts['dimer-counts'], [{ counts: walked, colour: example }, { counts: drawn, colour: flow }], system.boundary, grey, batch.d[at % batch.d.length]);
  const closed = batch.d.reduce((sum, d) => sum + (d < system.boundary), 0) / batch.d.length;
  const words = `1,000 independent draws in ${count(batch.milliseconds)} ms: ${percent(closed)} closed, ${percent(1 - closed)} open. The flow learnt to spread over all d, so that it knows the way between; annealing gives equilibrium.`;
  parts['dimer-counts-words'].textContent = words;
  if (!isNew && now - described < DESCRIBE_EVERY_MS) return;
  described = now;
  const label = (name, text) => parts[name].setAttribute('aria-label', text);
  label('dimer-counts', `Distances of the dimer. ${words}${simulated ? ` The simulation has ${simulated.crossings} changes of state after ${count(simulated.steps)} steps.` : ''}`);
  label('shot-box', `A configuration made by the flow: 36 particles of the fluid around the dimer, ${stateOf(system, batch.d[at % batch.d.length])}.`);
  if (simulated) label('simulation-box', `The configuration of the simulation after ${count(simulated.steps)} steps: 36 particles of the fluid around the dimer, ${stateOf(system, simulated.d.at(-1))}.`);
}

function legend() {
  const { flow, example, grey } = view.colours;
  parts['dimer-legend'].innerHTML = `
    <span style="--c:${example}"><i class="dot"></i>dimer, simulated</span>
    <span style="--c:${flow}"><i class="dot"></i>dimer, made by the flow</span>
    ${parts['dimer-strain'].checked ? strain() : `<span style="--c:${grey}"><i class="dot"></i>fluid</span>`}`;
}

/** The scale of strain: a particle's half of its repulsion from all others. */
function strain() {
  const dots = [0, 0.25, 0.5, 0.75, 1].map((t) => `<i class="dot" style="--c:${strainColour(t * MOST_STRAIN)}"></i>`);
  return `<span>fluid, strain 0 ${dots.join('')} ${MOST_STRAIN} kT and more</span>`;
}
