// A worker that computes a share of another worker's training steps; pool.js is its other end.
//
//   in   start    { compiled, share }               share: { settings: [keys, values] }, { workload: [name, byExamples] } or { pretrained } as in checkpoint.js
//        map      { step, skipped, theta, first, end } first pass of the groups first..end of a step
//        pullBack { totals, gradients, first, end } second pass
//        adjust   { key, value }                    as in worker.js
//        extend
//   out  ready
//        mapped   { sums, theta }                   the array given comes back
//        pulled   { values, gradients }
//        failed
import { loadEngine } from '../engine.js';
import { open } from './checkpoint.js';

/** @import { Compiled, Lists, Share, ShareSource } from './types.d.ts' */

/** @type {Share} */
let share;

const answer = {
  /** @param {{ compiled: Compiled, share: ShareSource }} message */
  async start({ compiled, share: { settings, workload, pretrained } }) {
    const { engine } = await loadEngine(compiled);
    if (pretrained) share = open(engine, pretrained).share();
    else share = workload ? engine.Share.of_workload(...workload) : new engine.Share(.../** @type {Lists} */ (settings));
    postMessage({ type: 'ready' });
  },
  map({ step, skipped, theta, first, end }) {
    share.begin(step, skipped, theta);
    postMessage({ type: 'mapped', sums: share.map(first, end), theta }, { transfer: [theta.buffer] });
  },
  pullBack({ totals, gradients, first, end }) {
    const values = share.pull_back(first, end, totals, gradients);
    postMessage({ type: 'pulled', values, gradients }, { transfer: [gradients.buffer] });
  },
  adjust({ key, value }) {
    share.adjust(key, value);
  },
  extend() {
    share.extend();
  },
};

// One after the other: what follows `start` waits for the engine.
let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last.then(() => answer[data.type](data)).catch(() => postMessage({ type: 'failed' }));
};
