// In the worker: the lanes of the race. Each takes its share of a budget and counts what it pays.
/** @import { Race, Training } from '../types.d.ts' */

/** What one call may take, in milliseconds, and what a lane draws or walks at a time. */
const BUDGET_MS = 8;
const BATCH = 512;
const MOST = 20_000;
const TRIAL_BATCH = 5000;
/** Places of a lane that are shown. */
const SHOWN = 400;
/** The autocorrelation is as old as this at most, in milliseconds: it takes a pass over the whole series. */
const TIME_EVERY_MS = 400;

export class Lanes {
  /** @type {any} */
  timed;

  /** @type {any} */
  time;

  /** @type {any} */
  walk;

  /** @type {any} */
  flow;

  /** @type {any} */
  gaussian;

  /** @type {any} */
  walked;

  /** @type {any} */
  drawn;

  /** @type {any} */
  matched;

  /**
   * @param {Race} race on the system of the run
   * @param {Training} training the run
   */
  constructor(race, training) {
    this.race = race;
    this.training = training;
    this.count = BATCH;
  }

  /** Goes on with every lane, or begins anew; draws of an older flow do not count. */
  advance({ kernel, stepSize, equal, gaussian, anew }) {
    const { race, training } = this;
    const step = training.step_count;
    const training_evaluations = training.energy_evaluations;
    if (anew || !this.walk || this.kernel !== kernel || this.stepSize !== stepSize) {
      this.walk?.free();
      this.walk = race.walk(kernel, stepSize);
      this.kernel = kernel;
      this.stepSize = stepSize;
      this.time = NaN;
      this.timed = -Infinity;
      this.walked = { ms: 0 };
    }
    if (anew || !this.flow || this.step !== step) {
      this.flow?.free();
      this.gaussian?.free();
      this.flow = race.flow_shots(training.numbers());
      this.gaussian = undefined;
      this.step = step;
      this.drawn = { ms: 0 };
      this.matched = { ms: 0 };
    }
    const walk = (n) => this.walk.advance(n, SHOWN);
    const draw = (n) => this.flow.draw(n, SHOWN);
    const plain = (n) => (this.gaussian ??= race.gaussian_shots()).draw(n, SHOWN);
    const lanes = [['walked', walk], ['drawn', draw], ...(gaussian ? [['matched', plain]] : [])];
    if (equal === 'time') for (const [name, run] of lanes) this.spend(name, run, BUDGET_MS / lanes.length);
    else this.together(lanes);
    const now = performance.now();
    if (now - this.timed > TIME_EVERY_MS) Object.assign(this, { time: this.walk.correlation_time, timed: now });
    const { walked, drawn, matched } = this;
    return { walk: { ...walked, time: this.time }, flow: drawn, gaussian: gaussian ? matched : undefined, training_evaluations };
  }

  /** As many draws or steps as fit into this time. */
  spend(name, run, milliseconds) {
    const end = performance.now() + milliseconds;
    do this.once(name, run, BATCH);
    while (performance.now() < end);
  }

  /** The same number of energy evaluations in every lane: as many as the budget allows. */
  together(lanes) {
    const start = performance.now();
    for (const [name, run] of lanes) this.once(name, run, this.count);
    const took = performance.now() - start;
    this.count = Math.min(MOST, Math.max(BATCH, Math.round(this.count * Math.min(2, BUDGET_MS / Math.max(took, 0.1)) / BATCH) * BATCH));
  }

  once(name, run, count) {
    const start = performance.now();
    const found = run(count);
    this[name] = { ...found, ms: this[name].ms + performance.now() - start };
  }

  free() {
    for (const name of ['walk', 'flow', 'gaussian', 'race']) this[name]?.free();
  }
}

/** A walk of its own, to see what a step size is worth, for as long as it may take: `{ stepSize, steps, crossings, time, ms }`. */
export function trial(race, { kernel, stepSize, most, milliseconds }) {
  const walk = race.walk(kernel, stepSize);
  try {
    const start = performance.now();
    let found = { steps: 0 };
    while (found.steps < most && performance.now() - start < milliseconds) found = walk.advance(TRIAL_BATCH, 1);
    const { steps, crossings } = found;
    return { stepSize, steps, crossings, time: walk.correlation_time, ms: performance.now() - start };
  } finally {
    walk.free();
  }
}
