// One training step in slow motion, in four stages: what happens to some points of its batch, learning from energy (z → x) or from
// examples (x → z). The numbers are those of the run's next step; the run itself stands.
import { lend } from '../panels/map.js';
import { count, number, subtrahend } from '../words.js';

const POINTS = 24;
const STAGE_MS = 1250;
const REST_MS = 900;
/** Length of the last arrow aimed at, as a part of the plane's width, and the magnifications that are used. */
const PUSH = 0.06;
const MAGNIFIED = [1, 2, 5, 10, 20, 50, 100, 200];
const FORCE = 0.1;
const MOST_FORCE = 60;
const STAGES = { true: ['Sample', 'Map', 'Energy', 'Push'], false: ['Take', 'Pull back', 'Compare', 'Push'] };
const still = matchMedia('(prefers-reduced-motion: reduce)');
const ease = (t) => t * t * (3 - 2 * t);
const pair = (points, i) => `(${number(points[2 * i])}, ${number(points[2 * i + 1])})`;
const towards = (from, to, t) => from.map((v, i) => v + t * (to[i] - v));

export class SlowMotion {
  /** @type {any} */
  frame;

  /** @type {any} */
  step;

  /** @type {any} */
  point;

  /** @type {any} */
  magnified;

  /** @type {any} */
  stages;

  /** @type {any} */
  t;

  /** @type {any} */
  moved;

  /** Fills `root`, which is hidden while nothing is shown. */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.isOpen = false;
    root.innerHTML = `
      <div class="row"><strong id="slow-title"></strong>
        ${[1, 2, 3, 4].map((i) => `<button type="button" class="quiet" data-stage="${i}"></button>`).join('')}
        <button type="button" class="quiet end" data-act="close" aria-label="End slow motion">Close</button></div>
      <p class="words" aria-live="polite"></p>
      <div class="row">
        <button type="button" class="quiet primary" data-act="next"></button>
        <button type="button" class="quiet" data-act="other">Another point</button>
        <button type="button" class="quiet" data-act="take">Take this step</button></div>`;
    root.setAttribute('role', 'region');
    root.setAttribute('aria-labelledby', 'slow-title');
    this.words = root.querySelector('.words');
    this.title = root.querySelector('#slow-title');
    this.stages = [...root.querySelectorAll('[data-stage]')];
    this.button = Object.fromEntries([...root.querySelectorAll('[data-act]')].map((button) => [button.dataset.act, button]));
    for (const button of this.stages) button.addEventListener('click', () => this.go(Number(button.dataset.stage)));
    this.button.close.addEventListener('click', () => this.close());
    this.button.next.addEventListener('click', () => (this.stage === 4 ? this.go(1) : this.go(this.stage + 1)));
    this.button.other.addEventListener('click', () => { this.point = (this.point + 1) % this.step.loss.length; this.tell(); this.page.redraw(); });
    this.button.take.addEventListener('click', () => this.take());
    root.addEventListener('keydown', (event) => { if (event.key === 'Escape') this.close(); });
  }

  open(energy) {
    this.energy = energy;
    this.page.session.send('nextStep', { energy, count: POINTS });
  }

  /** The step has come from the worker: from the first stage to the last, once. */
  show({ energy, step }) {
    this.energy = energy;
    this.step = step;
    this.point = 0;
    this.isOpen = true;
    this.root.hidden = false;
    this.title.textContent = energy ? 'By energy' : 'By example';
    this.stages.forEach((button, i) => { button.textContent = `${i + 1} ${STAGES[energy][i]}`; });
    const end = step.way.at(-1);
    const moved = Array.from(step.loss, (_, i) => Math.hypot(step.after[2 * i] - end[2 * i], step.after[2 * i + 1] - end[2 * i + 1])).sort((a, b) => a - b);
    this.moved = moved[moved.length >> 1];
    this.magnified = undefined;
    lend((name, plane) => this.draw(name, plane));
    this.go(1, !still.matches);
    this.root.previousElementSibling.scrollIntoView({ block: 'nearest', behavior: still.matches ? 'auto' : 'smooth' });
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    cancelAnimationFrame(this.frame);
    this.root.hidden = true;
    lend();
  }

  /** The stage before or after. */
  move(by) {
    const stage = this.stage + by;
    if (stage >= 1 && stage <= 4) this.go(stage);
  }

  /** Shows a stage, and the following ones too if `on`. */
  go(stage, on = false) {
    cancelAnimationFrame(this.frame);
    this.stage = stage;
    this.t = still.matches ? 1 : 0;
    this.stages.forEach((button, i) => {
      if (i + 1 === stage) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
    });
    this.button.next.textContent = stage === 4 ? 'Again' : `Next: ${STAGES[this.energy][stage]}`;
    this.tell();
    this.page.redraw();
    if (still.matches) return;
    let start;
    const next = (now) => {
      start ??= now;
      const passed = now - start;
      this.t = Math.min(1, passed / STAGE_MS);
      this.page.redraw();
      if (on && stage < 4 && passed > STAGE_MS + REST_MS) this.go(stage + 1, true);
      else if (this.t < 1 || (on && stage < 4)) this.frame = requestAnimationFrame(next);
    };
    this.frame = requestAnimationFrame(next);
  }

  /** The run takes the step, and the one after it is shown. */
  take() {
    const { energy } = this;
    this.page.run.step();
    this.open(energy);
  }

  /** What happens at this stage to the point that is shown. */
  tell() {
    const { step: s, point: i, stage, energy, page } = this;
    const [first, end] = [s.way[0], s.way.at(-1)];
    const loss = `${number(s.loss[i])} → ${number(s.loss_after[i])}`;
    const det = number(s.log_det[i]);
    const times = this.magnified > 1 ? ` The arrow is drawn ${this.magnified} times as long.` : '';
    const push = `Training step ${count(s.step)} changes all ${count(page.state.parameters)} parameters a little, at rate ${s.learning_rate.toPrecision(2)}, for the whole batch and every loss that is on. This point moves to ${pair(s.after, i)}`;
    this.words.textContent = (energy ? [
      `1 Sample. z = ${pair(first, i)}, one of the step’s latent draws. Blue: ${s.loss.length} of them.`,
      `2 Map. The layers carry it to x = ${pair(end, i)} and change the volume around it by log|det J| = ${det}.`,
      `3 Energy. u(x) = ${number(s.energy[i])} kT. The loss of the point is u − log|det J| = ${number(s.energy[i])} − ${subtrahend(s.log_det[i])} = ${number(s.loss[i])}. The arrow is the force −∇u = ${pair(s.gradient.map((g) => -g), i)}.`,
      `4 Push. ${push}; its loss: ${loss}.${times}`,
    ] : [
      `1 Take. x = ${pair(first, i)}, one of the step’s examples, with energy ${number(s.energy[i])} kT. Orange: ${s.loss.length} of them.`,
      `2 Pull back. Backwards through the layers it lands at z = ${pair(end, i)}, with log|det J⁻¹| = ${det}.`,
      `3 Compare. Under the latent density q, log q(z) = ${number(-s.loss[i] - s.log_det[i])}; so −log p(x) = ${number(s.loss[i])}, the loss of the point. The arrow ∇log q(z) points to where q is higher.`,
      `4 Push. ${push}; its −log p(x): ${loss}.${times}`,
    ])[stage - 1];
  }

  /** Where the points are in a plane at this moment; nothing before they get there. */
  places(isStart) {
    const { step: { way, after }, stage } = this;
    const t = ease(this.t);
    if (isStart) return way[0];
    if (stage === 1) return undefined;
    const layers = way.length - 1;
    const at = stage === 2 ? t * layers : layers;
    const layer = Math.min(layers - 1, Math.floor(at));
    const now = towards(way[layer], way[layer + 1], at - layer);
    if (stage < 4) return now;
    const end = way.at(-1);
    return towards(end, after, t * this.magnified);
  }

  draw(name, plane) {
    const { step: { way, gradient, after }, point, stage, energy, page: { colours } } = this;
    const isStart = (name === 'z') === energy;
    if (!isStart && this.magnified === undefined) {
      this.magnified = MAGNIFIED.findLast((factor) => factor * this.moved <= PUSH * 2 * plane.half) ?? 1;
      this.tell();
    }
    const places = this.places(isStart);
    if (!places) return;
    const t = ease(this.t);
    const colour = energy ? colours.flow : colours.example;
    const states = new Uint8Array(places.length / 2);
    const size = isStart && stage === 1 ? 4 * t : 4;
    if (!isStart) {
      const end = way.at(-1);
      const trail = new Float32Array([...way.flatMap((layer) => [layer[2 * point], layer[2 * point + 1]])]);
      if (stage === 2) plane.lines(trail, [0, way.length], colours.grey, 1.5, 0.8);
      const unit = FORCE * (plane.half / 3) ** (energy ? 2 : 1);
      if (stage === 3) plane.arrows(end, gradient.map((g) => -g), unit * t, MOST_FORCE, colours.ink, 0.9);
      if (stage === 4) plane.arrows(end, after.map((v, i) => v - end[i]), this.magnified * t, Infinity, colours.ink, 0.9);
    }
    plane.points(places, states, colour, 1, () => size);
    const at = [places[2 * point], places[2 * point + 1]];
    plane.ring(at, colours.probe, colours.halo);
    if (isStart === (stage === 1)) plane.badge(at, String(stage), colours.probe, colours.halo);
  }
}
