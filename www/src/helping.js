// How a worker computes a share of another worker's training steps; pool.js is its other end. Scripts of such workers say how a share is made.
//
//   in   start    { compiled, share }               answered by the script, by `help`
//        map      { step, skipped, theta, first, end } first pass of the groups first..end of a step
//        vjp      { totals, gradients, first, end } second pass; an array of the gradients of whole subtrees
//        adjust   { key, value }                    as in worker.js
//        extend
//   out  ready
//        mapped   { sums, theta }                   the array given comes back
//        taken    { values, gradients }
//        failed
/** @import { Share } from './types.d.ts' */

/** @type {Share} */
let share;

/**
 * Answers by type of message.
 * @type {Record<string, (message: any) => unknown>}
 */
export const answer = {
  map({ step, skipped, theta, first, end }) {
    share.begin(step, skipped, theta);
    postMessage({ type: 'mapped', sums: share.map(first, end), theta }, { transfer: [theta.buffer] });
  },
  vjp({ totals, gradients, first, end }) {
    const values = share.vjp(first, end, totals, gradients);
    postMessage({ type: 'taken', values, gradients }, { transfer: [gradients.buffer] });
  },
  adjust({ key, value }) {
    share.adjust(key, value);
  },
  extend() {
    share.extend();
  },
};

/**
 * Helps with this share from now on.
 * @param {Share} made
 */
export function help(made) {
  share = made;
  postMessage({ type: 'ready' });
}

// One after the other: what follows `start` waits for the engine.
/** @type {Promise<unknown>} */
let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last.then(() => answer[data.type](data)).catch(() => postMessage({ type: 'failed' }));
};
