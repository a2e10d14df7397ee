// What a sample costs on both ways, with bounds: plain arithmetic on counted numbers.
import { count } from '../words.js';

/** With fewer crossings than this, or a shorter series, an autocorrelation time is a guess: then there is only a bound. */
const LEAST_CROSSINGS = 10;
const LEAST_TIMES = 50;
/** Upper 95 % limit of a Poisson mean after k events (Wilson, Hilferty, PNAS 17, 684, 1931; within 1 %). */
const upperLimit = (k) => (k + 1) * (1 - 1 / (9 * (k + 1)) + 1.645 / (3 * Math.sqrt(k + 1))) ** 3;

/**
 * Independent samples in a walk: `{ count, relative }` with a relative standard error, or `{ atMost }` while it has hardly crossed.
 * `share`: the equilibrium probability of one of the two states.
 *
 * Two states that swap with rates a and b have the correlation time 2/(a + b); k crossings in n steps estimate 2nab/(a + b), so
 * there are k/(4 p (1 − p)) independent samples.
 */
export function independent({ steps, crossings, time }, share) {
  if (!(crossings >= LEAST_CROSSINGS && steps >= LEAST_TIMES * time)) {
    return { atMost: Math.max(1, Math.min(steps, upperLimit(crossings) / (4 * share * (1 - share)))) };
  }
  return { count: steps / time, relative: Math.sqrt(1 / crossings) };
}

/**
 * The comparison: `{ walkCost, flowCost, speedUp, low, high, isBound, breakEven }`. Costs are those of one independent or effective sample, in
 * energy evaluations or milliseconds; `cost` of walk and flow and `training` are in the same unit. `breakEven`: after so many samples the
 * flow has paid for its training (at most so many, for a bound); infinite if it never does.
 */
export function compare({ walk, flow, training, share }) {
  const found = independent(walk, share);
  const isBound = found.atMost !== undefined;
  const walkCost = walk.cost / (found.atMost ?? found.count);
  const flowCost = flow.cost / (flow.count * flow.ess);
  const speedUp = walkCost / flowCost;
  const spread = isBound ? 1 : Math.exp(2 * found.relative);
  const breakEven = walkCost > flowCost ? training / (walkCost - flowCost) : Infinity;
  return { walkCost, flowCost, speedUp, low: speedUp / spread, high: isBound ? Infinity : speedUp * spread, isBound, breakEven };
}

/** A number in words with two significant digits: “3,400”, “0.42”. */
export function rough(value) {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '–';
  const rounded = Number(value.toPrecision(2));
  return rounded >= 10 ? count(rounded) : String(rounded);
}
