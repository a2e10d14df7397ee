// What step size moves a chain best: short walks at many of them, measured when asked.
import { count, number } from '../words.js';

/** log₁₀ of the sizes in parts of the width of the landscape, all of them stops of the slider. */
const SIZES = Array.from({ length: 14 }, (_, i) => -1.95 + 0.15 * i);
/** Steps of a walk, unless it takes longer than this. */
const STEPS = 300_000;
const MILLISECONDS = 400;
/** Fewer crossings do not tell two sizes apart. */
const LEAST_CROSSINGS = 10;

/** A size of the slider in units of x. */
export const inUnits = (size, width) => Number((width * 10 ** size).toPrecision(3));

export class Trials {
  /** `changed`: called after every walk. */
  constructor(page, changed) {
    this.page = page;
    this.changed = changed;
    this.list = [];
    this.planned = SIZES.length;
    this.isMeasuring = false;
    this.number = 0;
  }

  /** Nothing is known of another chain or another system. */
  forget() {
    this.number += 1;
    this.list = [];
    this.isMeasuring = false;
    this.changed();
  }

  /** Walks with each size in turn, on a landscape of this width. */
  async measure(kernel, width) {
    this.forget();
    const mine = this.number;
    this.isMeasuring = true;
    try {
      for (const size of SIZES) {
        const found = await this.page.session.ask('trial', { kernel, stepSize: inUnits(size, width), most: STEPS, milliseconds: MILLISECONDS });
        if (!found || mine !== this.number) return;
        this.list.push(found);
        this.changed();
      }
    } finally {
      if (mine === this.number) {
        this.isMeasuring = false;
        this.changed();
      }
    }
  }

  /** The walk that crosses most often, if it crossed often enough. */
  get best() {
    if (this.isMeasuring) return undefined;
    const rate = ({ crossings, steps }) => crossings / steps;
    return this.list.filter(({ crossings }) => crossings >= LEAST_CROSSINGS).reduce((best, trial) => (!best || rate(trial) > rate(best) ? trial : best), undefined);
  }

  /** Every size has been measured. */
  get isDone() {
    return this.list.length === this.planned;
  }

  words(stepSize) {
    const { best, list, isMeasuring, planned } = this;
    if (isMeasuring) return `Walks of up to ${count(STEPS)} steps: ${list.length} of ${planned} step sizes measured.`;
    if (list.length === 0) return 'A speed-up against a badly tuned chain says nothing: the best step differs from system to system.';
    if (!best) return `None of ${planned} step sizes crossed ten times in up to ${count(STEPS)} steps.`;
    const here = list.find((trial) => trial.stepSize === stepSize);
    const yours = here && here !== best ? ` Yours: ${here.crossings ? `one in ${count(here.steps / here.crossings)}` : `none in ${count(here.steps)}`}.` : '';
    return `Best of ${planned} measured: σ = ${number(best.stepSize)}, one crossing in ${count(best.steps / best.crossings)} steps.${yours}`;
  }
}
