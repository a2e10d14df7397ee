// The generator in this thread: for Node, for workers of your own, and for energies that are JavaScript functions.
import { BoltzmannError, asError, problem } from './errors.js';
import { optionsOf, range, valuesOf } from './options.js';
import { compileEngine, loadEngine } from './engine.js';
import { loadFiles } from './src/files.js';

/** @import { FreeEnergyOptions, TrainOptions } from './index.d.ts' */

export { BoltzmannError };

const SLICE_MS = 12;
const DEFAULT_BINS = 50;
const DEFAULT_SAMPLES = 20_000;

let compile = compileEngine;
/** Says how the wasm module comes where `fetch` cannot get it: a function that returns `{ flavour, module }`, or a promise of it. */
export function provideEngine(load) {
  compile = load;
}

let started;
/** The engine of this thread, from `wasm` if that is given: a URL, a Response, bytes or a WebAssembly.Module. */
async function start(wasm) {
  started ??= (async () => {
    const compiled = await (wasm === undefined ? compile() : compiledFrom(wasm));
    return { compiled, engine: (await loadEngine(compiled)).engine };
  })();
  try {
    return await started;
  } catch (error) {
    started = undefined;
    throw asError(error, 'engine-load');
  }
}

/** What reads and writes files. */
async function filesOf() {
  try {
    return await loadFiles();
  } catch (error) {
    throw asError(error, 'engine-load');
  }
}

/** @param {any} wasm */
async function compiledFrom(wasm) {
  if (wasm instanceof WebAssembly.Module) return { flavour: 'given', module: wasm };
  if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return { flavour: 'given', module: await WebAssembly.compile(/** @type {any} */ (wasm)) };
  const response = typeof Response === 'function' && wasm instanceof Response ? wasm : await fetch(wasm);
  if (!response.ok) throw problem('engine-load', `The server answered ${response.status} for ${response.url}.`, 'Give the address of relaxed.wasm or simd.wasm of this package.');
  return { flavour: 'given', module: await WebAssembly.compile(await response.arrayBuffer()) };
}

/** The presets, each a system with a network and a plan, with the options that may be set. */
export async function presets(options = {}) {
  const { engine } = await start(options.wasm);
  return engine.all_presets().map((entry) => {
    const usual = engine.defaults(entry.name);
    return { ...entry, options: engine.schema(entry.name).map((row) => ({ ...row, default: usual[row.key] })) };
  });
}

/** The name that `presets` had before. */
export const systems = presets;

export class BoltzmannGenerator {
  #generator;
  #training;
  #engine;
  #compiled;
  #options;
  #pool;
  #busy;
  #info;

  /** A generator of a system, untrained. */
  static async create(options = {}) {
    const { engine, compiled } = await start(options?.wasm);
    const checked = optionsOf(engine, options);
    return BoltzmannGenerator.#make(engine, compiled, checked, () => new engine.Generator(checked.keys, checked.values, checked.examples, checked.energy, checked.range));
  }

  /** A generator of your own energy: a formula, or a function over typed arrays. */
  static async custom(options = {}) {
    const { formula, energyAndGradient, ...rest } = options ?? {};
    if ((formula === undefined) === (energyAndGradient === undefined)) {
      throw problem('bad-option', 'An energy of your own is either a `formula` or a function `energyAndGradient`.', 'Give exactly one of them.');
    }
    // The system of that name has wells of its own, which belong to its picture on the demo page.
    return BoltzmannGenerator.create({ wells: 'none', ...rest, system: 'own', ...(formula === undefined ? { energyAndGradient } : { formula }) });
  }

  /** A generator from the bytes of a file of `save`, of `boltzflow export` or of the demo page. */
  static async load(bytes, options = {}) {
    const { engine, compiled } = await start(options?.wasm);
    if (!(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) throw problem('bad-option', 'The bytes of a model are an ArrayBuffer or a Uint8Array.', 'Read the file first.');
    const content = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
    const files = await filesOf();
    try {
      const file = new files.ModelFile(content);
      const [settings, model, system] = [file.settings(), file.model(), file.system()];
      file.free();
      if (!settings) throw problem('checkpoint', `This model is of the system ${system}, of which this package has no preset.`, 'The native program opens it.');
      const [keys, values] = [Object.keys(settings), Object.values(settings)];
      const own = ownEnergy(options);
      const course = Float64Array.of(model.step, model.training_evaluations, model.data_evaluations);
      return await BoltzmannGenerator.#make(engine, compiled, { keys, values, workers: 1, ...own }, () => engine.Generator.open(keys, values, model.bias, model.theta, course, own.energy, own.range));
    } catch (error) {
      throw asError(error, 'checkpoint');
    }
  }

  static async #make(engine, compiled, options, build) {
    const made = new BoltzmannGenerator(engine, compiled, options, guarded(engine, build));
    await made.#openPool();
    return made;
  }

  /** Use `create`, `custom` or `load`. */
  constructor(engine, compiled, options, generator) {
    this.#engine = engine;
    this.#compiled = compiled;
    this.#options = options;
    this.#generator = generator;
    const { dim, parameters, coordinates } = generator.system();
    this.#info = { dim, parameters, coordinates: coordinates.map(({ range: [low, high], ...rest }) => ({ ...rest, range: [low, high] })) };
  }

  /** Number of coordinates. */
  get dim() {
    return this.#info.dim;
  }

  /** `{ dim, parameters, coordinates }`: see index.d.ts. */
  get info() {
    return structuredClone(this.#info);
  }

  /**
   * Trains, and settles at the end; how far it is goes to `onProgress`, after every so many steps or else after each slice of time.
   * @param {TrainOptions} [options]
   */
  async train({ steps, learnFrom = {}, signal, every, onProgress } = {}) {
    this.#check();
    if (steps !== undefined && !(Number.isSafeInteger(steps) && steps > 0)) throw problem('bad-option', `steps = ${steps} is not allowed: it must be a whole number above 0.`, 'Leave it out to train to the end of the plan.');
    if (every !== undefined) whole(every, 'every');
    this.#busy = true;
    try {
      return await this.#run(steps, learnFrom, signal, every, onProgress);
    } finally {
      this.#busy = false;
    }
  }

  async #run(steps, learnFrom, signal, every, onProgress) {
    const training = this.#trained();
    for (const [name, key] of [['energy', 'w_kl'], ['examples', 'w_ml']]) {
      if (learnFrom[name] !== undefined) this.#change('adjust', { key, value: String(learnFrom[name]) });
    }
    const begun = training.step_count;
    const goal = steps === undefined ? Math.max(training.total_steps, begun) : begun + steps;
    if (goal === begun) return this.#report(goal, {});
    let last = {};
    while (training.step_count < goal) {
      if (signal?.aborted) throw problem('aborted', `Training was stopped at step ${training.step_count}.`, 'Call train again to go on.', signal.reason);
      const end = performance.now() + SLICE_MS;
      const next = every ? Math.min(goal, (Math.floor(training.step_count / every) + 1) * every) : goal;
      do {
        if (training.is_done) this.#change('extend');
        if (this.#pool) {
          await this.#pool.step(training).catch((error) => {
            // Disposed of meanwhile, it has no memory left that the step could go on in.
            this.#check(true);
            throw asError(error);
          });
        }
        else guarded(this.#engine, () => this.#generator.train(1));
      } while (training.step_count < next && performance.now() < end);
      last = { ...last, ...lossOf(training.take_reports()) };
      if (!every || training.step_count >= next) onProgress?.(this.#report(goal, last));
      await breath();
      this.#check(true);
    }
    return this.#report(goal, last);
  }

  #report(goal, loss) {
    const training = this.#trained();
    return { step: training.step_count, total: goal, loss, evaluations: training.energy_evaluations, digest: training.digest() };
  }

  /** Independent samples, the same for the same seed. */
  async sample(n, { seed = 0 } = {}) {
    this.#check();
    const { dim, x, energy, log_weight: logWeight } = guarded(this.#engine, () => this.#generator.sample(whole(n, 'n'), whole(seed, 'seed', 0)));
    return { dim, x, energy, logWeight };
  }

  /** Configurations of latent points. */
  async map(z) {
    this.#check();
    const { x, log_det: logDet } = guarded(this.#engine, () => this.#generator.map(numbers(z, 'z')));
    return { x, logDet };
  }

  /** Latent points of configurations. */
  async inverse(x) {
    this.#check();
    const { z, log_det: logDet } = guarded(this.#engine, () => this.#generator.inverse(numbers(x, 'x')));
    return { z, logDet };
  }

  /** log p(x) of the flow. */
  async logProb(x) {
    this.#check();
    return guarded(this.#engine, () => this.#generator.log_prob(numbers(x, 'x')));
  }

  /** Reduced energies of the system and their gradients. */
  async energyAndGradient(x) {
    this.#check();
    return guarded(this.#engine, () => this.#generator.energy(numbers(x, 'x')));
  }

  /**
   * Free energies along a coordinate, and the difference of its two states.
   * @param {FreeEnergyOptions & { values?: Float64Array }} [options]
   */
  async freeEnergy({ along = 0, bins = DEFAULT_BINS, samples = DEFAULT_SAMPLES, seed = 0, range: interval, boundary, values: given } = {}) {
    const drawn = await this.sample(samples, { seed });
    const { values, ends, middle } = given ? spread(given) : this.#along(along, drawn);
    const [low, high] = interval === undefined ? ends : range([interval], 'range')[0];
    const at = boundary ?? middle ?? (low + high) / 2;
    const found = guarded(this.#engine, () => this.#engine.free_energy(values, drawn.logWeight, low, high, whole(bins, 'bins'), at, seed));
    const { center, value, error, lower, upper, sampled, delta_f: deltaF, delta_f_error: deltaFError } = found;
    return { center, value, error, lower, upper, sampled, deltaF, deltaFError };
  }

  /** Values of a coordinate, where they usually lie, and what divides its states. */
  #along(along, { dim, x }) {
    if (typeof along === 'function') return spread(valuesOf(along, { dim, x }));
    const { coordinates } = this.#info;
    const place = typeof along === 'string' ? coordinates.findIndex(({ name }) => name === along) : along;
    if (!coordinates[place]) throw problem('bad-option', `There is no coordinate ${JSON.stringify(along)}.`, `Known: ${coordinates.map(({ name }, i) => `${i} or "${name}"`).join(', ')}; or give a function of a configuration.`);
    const { range: ends, boundary: middle } = coordinates[place];
    return { values: guarded(this.#engine, () => this.#generator.coordinate(place, x)), ends, middle };
  }

  /** How far averages over the samples can be trusted. */
  async effectiveSampleSize({ samples = DEFAULT_SAMPLES, seed = 0 } = {}) {
    const { x, logWeight } = await this.sample(samples, { seed });
    const { pareto_k: paretoK, max_weight: maxWeight, code: verdict, words, ...rest } = guarded(this.#engine, () => this.#generator.quality(x, logWeight));
    return { ...rest, paretoK, maxWeight, verdict, words };
  }

  /** The model as the bytes of a safetensors file, which `load`, the native program and the demo page open. */
  async save() {
    this.#check();
    if (this.#options.energy) throw problem('bad-option', 'A function cannot be saved, and the file of a model names its energy.', 'Keep the model in memory, or give the energy as a formula.');
    const files = await filesOf();
    this.#check();
    const { keys, values } = this.#options;
    const { bias, theta, course: [step, training, data] } = this.#generator.model();
    return guarded(this.#engine, () => files.model_file(keys, values, bias, theta, step, training, data));
  }

  /** Frees the memory of this generator; it is not to be used any more. */
  dispose() {
    this.#pool?.close();
    this.#training?.free();
    this.#generator?.free();
    this.#pool = this.#training = this.#generator = undefined;
  }

  #check(isTraining = false) {
    if (!this.#generator) throw problem('disposed', 'This generator has been disposed of.', 'Create another one.');
    if (this.#busy && !isTraining) throw problem('busy', 'This generator is training.', 'Wait for train(), or stop it by its signal.');
  }

  #trained() {
    this.#training ??= guarded(this.#engine, () => this.#generator.training());
    return this.#training;
  }

  #change(type, content = {}) {
    const training = this.#trained();
    guarded(this.#engine, () => (type === 'adjust' ? training.adjust(content.key, content.value) : training.extend()));
    this.#pool?.change(type, content);
  }

  async #openPool() {
    const { workers, keys, values, examples, energy } = this.#options;
    if (workers === 1) return;
    if (typeof Worker !== 'function') throw problem('unsupported', 'Several workers need a browser.', 'Leave `workers` out.');
    if (examples || energy) throw problem('unsupported', 'Several workers make their examples and energies themselves.', 'Leave `workers` out with examples or an energy of your own.');
    const { Pool } = await import('./src/pool.js');
    this.#pool = new Pool(this.#compiled, { settings: [keys, values] }, workers - 1);
    await this.#pool.ready();
  }
}

if (Symbol.dispose) {
  BoltzmannGenerator.prototype[Symbol.dispose] = function disposeOf() {
    this.dispose();
  };
}

/**
 * The energy of one's own that belongs to a file.
 * @param {any} [options]
 */
function ownEnergy({ energyAndGradient, range: ends } = {}) {
  if (energyAndGradient === undefined) return { energy: undefined, range: new Float64Array() };
  return { energy: energyAndGradient, range: Float64Array.from(range(ends, 'range').flat()) };
}

/** Values of any coordinate, and the interval that holds them. */
function spread(values) {
  const finite = values.filter(Number.isFinite);
  return { values, ends: [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), -Infinity)] };
}

/** Calls the engine; what it throws becomes a BoltzmannError. */
function guarded(engine, call) {
  try {
    return call();
  } catch (error) {
    const panic = error instanceof WebAssembly.RuntimeError ? engine.last_panic() ?? error.message : undefined;
    if (panic) throw problem('panic', `The engine stopped on an internal error: ${panic}.`, 'Start a new page or process; this one cannot go on.', error);
    throw asError(error);
  }
}

/** The losses of the last reports, and the step that training went back to, if it did. */
function lossOf(reports) {
  const found = {};
  for (const report of reports) {
    for (const name of ['kl', 'nll']) if (Number.isFinite(report[name])) found[name] = report[name];
    if (Number.isFinite(report.rewound)) found.rewoundTo = report.rewound;
  }
  return found;
}

const channel = typeof setImmediate === 'function' ? undefined : new MessageChannel();
/** Lets other tasks run; a timer would wait 4 ms. */
const breath = () => new Promise((resolve) => {
  if (!channel) return setImmediate(resolve);
  channel.port1.onmessage = resolve;
  return channel.port2.postMessage(0);
});

/**
 * @param {any} points
 * @param {string} name
 */
function numbers(points, name) {
  if (points instanceof Float64Array) return points;
  if (ArrayBuffer.isView(points) || Array.isArray(points)) return Float64Array.from(/** @type {any} */ (points).flat?.(1) ?? points);
  throw problem('bad-option', `${name} must be an array of numbers, one point after the other.`, 'Give a Float64Array.');
}

function whole(value, name, least = 1) {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw problem('bad-option', `${name} = ${String(value)} is not allowed: it must be a whole number from ${least}.`, 'Give a whole number.');
}
