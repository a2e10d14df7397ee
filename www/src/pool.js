// Shares the groups of training steps with helping workers. Each has an engine and memory of its own, so no shared memory
// and no special headers are needed. A batch's groups do not depend on the number of workers and are added up along a fixed
// tree, a helper handing on one vector for each whole subtree of its groups: the bits are those of one worker. What a helper does not deliver is computed here, so nothing is ever lost.

/** Helpers of one training run. */
export class Pool {
  /** `compiled`: as `compileEngine` gives it; `share`: how to make a share, see helper.js; `count`: number of helpers; `open` makes the worker of one. */
  constructor(compiled, share, count, open = () => new Worker(new URL('./helper.js', import.meta.url), { type: 'module' })) {
    this.helpers = Array.from({ length: count }, () => new Helper(compiled, share, open));
  }

  /** Waits until every helper can help or has failed; a step never waits for that. The number of those that can. */
  async ready() {
    await Promise.all(this.helpers.map(({ started }) => started));
    return this.helpers.filter(({ isReady }) => isReady).length;
  }

  /** One training step, shared with the helpers that are ready. Nothing else may change the run before it is over. */
  async step(training) {
    const groups = training.begin();
    if (groups === 0) return; // after the last step
    const step = training.step_count;
    const helpers = this.helpers.filter(({ isReady }) => isReady);
    const places = helpers.length + 1;
    /** @returns {[number, number]} */
    const part = (/** @type {number} */ i) => [Math.floor(groups * i / places), Math.floor(groups * (i + 1) / places)];

    const sums = helpers.map((helper, i) => helper.map(training, step, part(i + 1)));
    training.map(...part(0));
    for (const [i, answer] of (await Promise.all(sums)).entries()) {
      if (answer) training.put_sums(...part(i + 1), answer);
    }
    const totals = training.totals();
    const gradients = helpers.map((helper, i) => helper.vjp(training, totals, part(i + 1)));
    training.vjp(...part(0));
    for (const [i, answer] of (await Promise.all(gradients)).entries()) {
      if (answer) training.put_gradients(...part(i + 1), answer.values, answer.gradients);
    }
    training.finish();
  }

  /** Changes every helper's share as the run itself was changed: `adjust { key, value }` or `extend`. */
  change(type, content = {}) {
    for (const helper of this.helpers) helper.send({ type, ...content });
  }

  close() {
    for (const helper of this.helpers) helper.close();
  }
}

/** One helping worker. Large arrays go back and forth between the two: none is made after the first step. */
class Helper {
  /**
   * Settles the question that was asked.
   * @type {((answer?: any) => void) | undefined}
   */
  answer;

  constructor(compiled, share, open) {
    this.isReady = false;
    try {
      this.open(open());
    } catch {
      // A browser whose workers cannot start workers: the run does without.
    }
    this.started = this.ask({ type: 'start', compiled, share }).then((answer) => { this.isReady = Boolean(answer); });
  }

  open(worker) {
    this.worker = worker;
    this.worker.onmessage = ({ data }) => (data.type === 'failed' ? this.close() : this.answer?.(data));
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.close();
    };
  }

  /** The sums of some groups after their first pass; undefined if the helper failed. */
  async map(training, step, [first, end]) {
    const theta = this.theta ?? new Float32Array(training.number_count);
    training.copy_numbers(theta);
    const answer = await this.ask({ type: 'map', step, skipped: training.skipped, theta, first, end }, theta);
    this.theta = answer?.theta;
    return answer?.sums;
  }

  /** `{ values, gradients }` of the same groups after their second pass; undefined if the helper failed. */
  async vjp(training, totals, [first, end]) {
    const length = training.parameters * training.subtrees(first, end);
    const gradients = this.gradients?.length === length ? this.gradients : new Float32Array(length);
    const answer = await this.ask({ type: 'vjp', totals, gradients, first, end }, gradients);
    this.gradients = answer?.gradients;
    return answer;
  }

  /** Sends a message, the array changing hands with it, and waits for the answer; undefined if the helper failed. */
  ask(message, array) {
    return new Promise((resolve) => {
      this.answer = resolve;
      this.send(message, array);
    });
  }

  send(message, array) {
    if (!this.worker) this.answer?.();
    else this.worker.postMessage(message, array ? [array.buffer] : []);
  }

  /** Ends the worker; who waits for it goes on without. */
  close() {
    this.worker?.terminate();
    this.worker = undefined;
    this.isReady = false;
    this.answer?.();
  }
}
