// What step size moves a chain best: short walks at many of them, measured when asked.
import { count, number } from '../words.js';

const SIZES = 13;
/** From this part of the width of the landscape to that. */
const RANGE = [0.01, 1];
/** A whole number of what the worker walks at once. */
const STEPS = 300_000;
/** Fewer crossings do not tell two sizes apart. */
const LEAST_CROSSINGS = 10;

export class Trials {
  /** `changed`: called after every walk. */
  constructor(page, changed) {
    Object.assign(this, { page, changed, list: [], planned: SIZES, isMeasuring: false, number: 0 });
  }

  /** Nothing is known of another chain or another system. */
  forget() {
    this.number += 1;
    Object.assign(this, { list: [], isMeasuring: false });
    this.changed();
  }

  /** Walks with each size in turn, on a landscape of this width. */
  async measure(kernel, width) {
    this.forget();
    const mine = this.number;
    this.isMeasuring = true;
    for (let i = 0; i < SIZES; i++) {
      const stepSize = Number((width * RANGE[0] * (RANGE[1] / RANGE[0]) ** (i / (SIZES - 1))).toPrecision(3));
      const found = await this.page.session.ask('trial', { kernel, stepSize, steps: STEPS });
      if (!found || mine !== this.number) return;
      this.list.push(found);
      this.changed();
    }
    this.isMeasuring = false;
    this.changed();
  }

  /** The walk with the most crossings, if there were enough. */
  get best() {
    if (this.isMeasuring) return undefined;
    const most = this.list.reduce((best, trial) => (trial.crossings > (best?.crossings ?? 0) ? trial : best), undefined);
    return most?.crossings >= LEAST_CROSSINGS ? most : undefined;
  }

  words(stepSize) {
    const { best, list, isMeasuring, planned } = this;
    if (isMeasuring) return `Walks of ${count(STEPS)} steps: ${list.length} of ${planned} step sizes measured.`;
    if (list.length === 0) return 'A speed-up against a badly tuned chain says nothing: the best step differs from system to system.';
    if (!best) return `None of ${planned} step sizes crossed ten times in ${count(STEPS)} steps.`;
    const here = list.find((trial) => trial.stepSize === stepSize);
    const yours = here && here !== best ? ` Yours: ${here.crossings ? `one in ${count(here.steps / here.crossings)}` : `none in ${count(here.steps)}`}.` : '';
    return `Best of ${planned} measured: σ = ${number(best.stepSize)}, one crossing in ${count(best.steps / best.crossings)} steps.${yours}`;
  }
}
