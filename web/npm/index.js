// The generator in a worker of its own: the page stays quick while it trains.
import { BoltzmannError } from './errors.js';
import { valuesOf } from './options.js';
import * as direct from './direct.js';

/** @import { TrainOptions } from './index.d.ts' */

export { BoltzmannError };

const disposed = () => new BoltzmannError('disposed', 'This generator has been disposed of.', 'Create another one.');
const notStarted = (words, cause) => new BoltzmannError('engine-load', `The worker could not be started: ${words}.`, 'A page of another origin than this package imports "boltzflow/direct", which needs no worker.', cause);

const stopped = (words, cause) => new BoltzmannError('worker', `The worker stopped: ${words}.`, 'Create another generator.', cause);

/** A worker that answers calls, one message each. */
class Session {
  #worker;
  #waiting = new Map();
  #asked = 0;
  #hasAnswered = false;

  constructor() {
    try {
      this.#worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    } catch (cause) {
      throw notStarted(/** @type {Error} */ (cause).message, cause);
    }
    this.#worker.onmessage = ({ data: { id, progress, content, error } }) => {
      this.#hasAnswered = true;
      const asked = this.#waiting.get(id);
      if (!asked) return;
      if (progress) return void asked.onProgress?.(progress);
      this.#waiting.delete(id);
      if (error) asked.reject(new BoltzmannError(error.code, error.message, error.hint, error.cause));
      else asked.resolve(content);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault?.();
      const failed = this.#hasAnswered ? stopped(event.message ?? 'it does not say why', event.error) : notStarted(event.message ?? 'its script could not be loaded', event.error);
      this.close(failed);
    };
  }

  /**
   * Calls a method there.
   * @param {string} method
   * @param {any[]} args
   * @param {Pick<TrainOptions, 'signal' | 'onProgress'>} [options]
   */
  ask(method, args, { signal, onProgress } = {}) {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      if (!this.#worker) return reject(disposed());
      const abort = () => this.#worker?.postMessage({ abort: id });
      const settle = (end) => (value) => {
        signal?.removeEventListener('abort', abort);
        end(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject), onProgress });
      try {
        this.#worker.postMessage({ id, method, args, hasProgress: Boolean(onProgress) });
      } catch (cause) {
        this.#waiting.delete(id);
        return reject(new BoltzmannError('bad-option', 'What was given cannot be sent to the worker.', 'Functions stay in this thread: use custom(), or import "boltzflow/direct".', cause));
      }
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      return undefined;
    });
  }

  close(error = disposed()) {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Ends the worker of a generator that nobody holds any more. */
const forgotten = new FinalizationRegistry((session) => session.close());

/** The presets, each a system with a network and a plan. */
export async function presets(options = {}) {
  const session = new Session();
  try {
    return await session.ask('presets', [options]);
  } finally {
    session.close();
  }
}

/** The name that `presets` had before. */
export const systems = presets;

export class BoltzmannGenerator {
  #session;
  #info;

  static create(options = {}) {
    if (typeof options?.energyAndGradient === 'function') return direct.BoltzmannGenerator.create(options);
    return BoltzmannGenerator.#open('create', [options]);
  }

  /** @param {any} [options] */
  static custom(options = {}) {
    // A function cannot be sent to a worker.
    if (options?.energyAndGradient !== undefined) return direct.BoltzmannGenerator.custom(options);
    return BoltzmannGenerator.#open('custom', [options]);
  }

  static load(bytes, options = {}) {
    if (typeof options?.energyAndGradient === 'function') return direct.BoltzmannGenerator.load(bytes, options);
    return BoltzmannGenerator.#open('load', [bytes, options]);
  }

  static async #open(method, args) {
    const session = new Session();
    try {
      return new BoltzmannGenerator(session, await session.ask(method, args));
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Use `create`, `custom` or `load`. */
  constructor(session, info) {
    this.#session = session;
    this.#info = info;
    forgotten.register(this, session, this);
  }

  get dim() {
    return this.#info.dim;
  }

  get info() {
    return structuredClone(this.#info);
  }

  /** @param {TrainOptions} [options] */
  train({ signal, onProgress, ...rest } = {}) {
    return this.#session.ask('train', [rest], { signal, onProgress });
  }

  sample(...args) {
    return this.#session.ask('sample', args);
  }

  map(z) {
    return this.#session.ask('map', [z]);
  }

  inverse(x) {
    return this.#session.ask('inverse', [x]);
  }

  logProb(x) {
    return this.#session.ask('logProb', [x]);
  }

  energyAndGradient(x) {
    return this.#session.ask('energyAndGradient', [x]);
  }

  async freeEnergy(options = {}) {
    if (typeof options.along !== 'function') return this.#session.ask('freeEnergy', [options]);
    // The coordinate is a function of this thread: its values go to the worker.
    const { along, samples, seed, ...rest } = options;
    const values = valuesOf(along, await this.sample(samples ?? 20_000, { seed }));
    return this.#session.ask('freeEnergy', [{ ...rest, samples, seed, values }]);
  }

  effectiveSampleSize(options = {}) {
    return this.#session.ask('effectiveSampleSize', [options]);
  }

  save() {
    return this.#session.ask('save', []);
  }

  dispose() {
    forgotten.unregister(this);
    this.#session.close();
  }
}

if (Symbol.dispose) {
  BoltzmannGenerator.prototype[Symbol.dispose] = function disposeOf() {
    this.dispose();
  };
}
