// How a worker computes a share of another worker's training steps; pool.js is its other end. Scripts of such workers say how a share is made.
// The messages are told of in messages.d.ts.
/** @import { ToHelper } from './messages.d.ts' */
/** @import { Share } from './types.d.ts' */

/** @type {Share} */
let share;

/**
 * Answers by type of message; `start` is the script's own.
 * @type {{ [T in ToHelper['type']]?: (message: Extract<ToHelper, { type: T }>) => unknown }}
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
  last = last.then(() => /** @type {(message: ToHelper) => unknown} */ (answer[data.type])(data)).catch(() => postMessage({ type: 'failed' }));
};
