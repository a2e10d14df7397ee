// The page's end of the worker. Messages are told of in messages.d.ts.
/** @import { Compiled, Failure, Lists } from './types.d.ts' */
/** @import { Asked, Body, FromWorker, Handlers, Questions, ToWorker } from './messages.d.ts' */

/** One worker that trains; every start has a run number, and what belongs to an older run is dropped. */
export class Session {
  /** @param {Promise<Compiled>} compiling the engine; the worker starts meanwhile */
  constructor(compiling) {
    this.compiling = compiling;
    this.run = 0;
    this.asked = 0;
    /** @type {Map<number, { resolve: (content?: any) => void, reject: (error: Error) => void }>} */
    this.waiting = new Map();
    /** @type {Handlers | undefined} */
    this.on = undefined;
    /** @type {Failure | undefined} */
    this.failure = undefined;
    this.worker = this.open();
  }

  /**
   * What has failed by now is told at once.
   * @param {Handlers} on
   */
  connect(on) {
    this.on = on;
    if (this.failure) on.failed(this.failure);
  }

  open() {
    this.failure = undefined;
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = (/** @type {MessageEvent<FromWorker & { run: number }>} */ { data }) => {
      if (data.run !== this.run) return;
      if (data.type === 'answer') this.settle(data);
      else /** @type {(message: FromWorker) => void} */ (this.on?.[data.type].bind(this.on))?.(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message ? `The worker stopped: ${event.message}.` : 'The worker could not be started.';
      this.failure = { code: 'worker', message, hint: 'Start over, or reload the page.' };
      this.on?.failed(this.failure);
    };
    // Where the engine does not compile nothing starts.
    this.compiling.then((compiled) => worker.postMessage({ type: 'load', compiled }), () => {});
    return worker;
  }

  /**
   * Begins anew with these settings, and these samples to learn from if there are any; waits for `run`. Returns the number of this start.
   * @param {Lists} settings
   * @param {Float64Array} [samples]
   */
  start(settings, samples) {
    this.run += 1;
    for (const { resolve } of this.waiting.values()) resolve();
    this.waiting.clear();
    this.send('start', { settings, samples });
    return this.run;
  }

  /** Ends the worker whatever it is doing, and opens a new one. */
  replace() {
    this.worker.terminate();
    this.worker = this.open();
  }

  /**
   * Asks for something and waits for it; undefined if a newer run has begun meanwhile.
   * @template {keyof Questions} T
   * @param {T} type
   * @param {Omit<Asked<T>, 'type' | 'id'>} [content]
   * @returns {Promise<Questions[T]['answer'] | undefined>}
   */
  ask(type, content) {
    const id = (this.asked += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ type, run: this.run, id, ...content });
    });
  }

  /** @param {FromWorker<'answer'>} answer */
  settle({ id, content, error }) {
    const { resolve, reject } = this.waiting.get(id) ?? {};
    this.waiting.delete(id);
    if (error) reject?.(Object.assign(new Error(error.message), error));
    else resolve?.(content);
  }

  /**
   * @template {ToWorker['type']} T
   * @param {T} type
   * @param {Body<ToWorker, T>} [content]
   */
  send(type, content) {
    this.worker.postMessage({ type, run: this.run, ...content });
  }
}
