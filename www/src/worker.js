// The worker that owns the engine: trains in short slices and answers between them. The messages are told of in messages.d.ts.
import { loadEngine } from '../engine.js';
import { helpersFor } from './sharing.js';
/** @import { Body, FromWorker, ToWorker } from './messages.d.ts' */
/** @import { Engine, Failure, Lists, Trainer, Training } from './types.d.ts' */

const SLICE_MS = 8;
/** Samples of an estimate, while training runs and when it rests. */
const ESTIMATE_SAMPLES = [4000, 20_000];
/** @type {(engine: Promise<void>) => void} */
let loaded;
/** Settles when the engine is there. */
const loading = new Promise((resolve) => { loaded = resolve; });
/** @type {import('./types.d.ts').Compiled} */
let compiled;
/** @type {Engine} */
let engine;
/** The newest start that was asked for, and the one that the trainer was made by. */
let run = 0;
let held = 0;
/** @type {Trainer} */
let trainer;
/** @type {Training} */
let training;
/**
 * Helpers, for steps that are long enough to be shared.
 * @type {import('./pool.js').Pool | undefined}
 */
let pool;
/**
 * The settings that their shares start from, and what was changed since, by step.
 * @type {Lists}
 */
let settings;
/** @type {Float64Array | undefined} */
let samples;
/** @type {{ step: number, type: 'adjust' | 'extend', content?: { key: string, value: string } }[]} */
let changes = [];
/**
 * Settles at the end of the shared step under way: it waits for its helpers, and messages come in meanwhile.
 * @type {Promise<void> | undefined}
 */
let stepped;
let running = false;
let stepsPerSecond = 0;
let looping = false;
/** What training has cost so far, its examples included, in milliseconds. */
let trainingMs = 0;
/** @type {import('./race/lanes.js').Lanes | undefined} */
let lanes;
const rate = { since: 0, from: 0, value: 0 };

const yielder = new MessageChannel();
/** Lets waiting messages in; a timer would wait 4 ms. */
const yieldToMessages = () => new Promise((resolve) => {
  yielder.port1.onmessage = resolve;
  yielder.port2.postMessage(0);
});
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** @type {{ [T in ToWorker['type']]: (message: Extract<ToWorker, { type: T }>) => unknown }} */
const answer = {
  load(message) {
    ({ compiled } = message);
    loaded(loadEngine(compiled).then((start) => { ({ engine } = start); }));
  },
  start(message) {
    running = false;
    const { settings: lists, samples: given } = message;
    // Where the engine refuses, the run before stays as it is.
    const [made, cost] = timed(() => (given ? engine.Engine.from_samples(...lists, given) : new engine.Engine(...lists)));
    pool?.close();
    training?.free();
    trainer?.free();
    lanes?.free();
    pool = lanes = undefined;
    [held, settings, samples, changes, trainer, trainingMs] = [run, lists, given, [], made, cost];
    training = trainer.training;
    openPool();
    post('ready', { system: trainer.system(), total: training.total_steps, layers: trainer.layers, parameters: training.parameters });
  },
  run(message) {
    stepsPerSecond = message.stepsPerSecond;
    if (message.running === running) return;
    running = message.running;
    Object.assign(rate, { since: performance.now(), from: training.step_count, value: 0 });
    if (running) {
      showPresent();
      loop();
    } else paused('asked');
  },
  async step({ count }) {
    running = false;
    showPresent();
    for (let i = 0; i < count; i++) await step();
    paused('stepped');
  },
  extend() {
    training.extend();
    change('extend');
  },
  adjust({ key, value, before }) {
    training.adjust(key, value);
    change('adjust', { key, value });
    post('adjusted', { step: training.step_count, key, value, before });
  },
  view({ map, estimate, layer, points, tolerance, region, density, pulls }) {
    const content = { step: training.step_count, total: training.total_steps, rate: rate.value, reports: training.take_reports() };
    if (map) {
      [[content.map, content.overlays], content.mapCost] = timed(() => [trainer.map_view(points, layer, tolerance), {
        region: region && trainer.region(region.plane === 'z', Float64Array.from(region.rectangle), Math.round(layer), points),
        density: density && trainer.density(Float64Array.from(density.range), density.cells),
        pulls: pulls > 0 ? trainer.pulls(pulls) : undefined,
      }]);
    }
    if (estimate) [content.estimate, content.estimateCost] = timed(estimated);
    post('view', content);
  },
  probe({ plane, point, layer }) {
    post('probe', { found: trainer.probe(plane === 'z', Float64Array.from(point), layer) });
  },
  replay({ step, direction }) {
    running = false;
    post('replayed', { shown: trainer.replay(step, direction), present: { step: training.step_count, digest: training.digest() } });
  },
  resume() {
    trainer.resume();
    const { step_count: step, total_steps: total } = training;
    // A keyframe is taken before a change at the same step.
    changes = changes.filter((change) => change.step < step);
    if (pool) {
      pool.close();
      openPool();
    }
    post('resumed', { step, total, digest: training.digest() });
  },
  nextStep({ energy, count }) {
    post('nextStep', { energy, step: trainer.next_step(energy, count) });
  },
  roundTrip({ point }) {
    const there = trainer.probe(true, Float64Array.from(point));
    return { ...there, back: trainer.probe(false, there.x).z };
  },
  reweighting: ({ trust }) => trainer.reweighting(ESTIMATE_SAMPLES[running ? 0 : 1], trust),
  estimateAt: ({ temperature }) => trainer.estimate_at(ESTIMATE_SAMPLES[running ? 0 : 1], temperature),
  samples: ({ count }) => trainer.samples(count),
  model: () => trainer.model(),
  changes: () => changes,
  adopt({ theta, digest, step: at, evaluations }) {
    trainer.adopt(theta, digest, at, evaluations);
    paused('opened');
  },
  async race(message) {
    return { ...(await openLanes()).lanes.advance(message), trained: training.step_count, trainingMs };
  },
  async trial(message) {
    const opened = await openLanes();
    return opened.trial(opened.lanes.race, message);
  },
};

function showPresent() {
  trainer.replay(NaN, 0);
}

/** The lanes of the race, made with the run of now when they are first asked for. */
async function openLanes() {
  const [module, { loadViews }] = await Promise.all([import('./race/lanes.js'), import('./views-engine.js')]);
  const { engine: views } = await loadViews(compiled.flavour);
  lanes ??= new module.Lanes(new views.Race(...settings), training);
  return { lanes, trial: module.trial };
}

/** Helpers for the run as it is now, where they make it faster. */
async function openPool() {
  const ours = training;
  // Helpers make their examples themselves.
  const helpers = samples ? 0 : helpersFor(training);
  if (helpers === 0) return;
  // Without the file the run does without helpers.
  const found = await import('./pool.js').catch(() => undefined);
  if (!found || training !== ours) return;
  pool = new found.Pool(compiled, { settings }, helpers);
  for (const { type, content } of changes) pool.change(type, content);
}

/**
 * A change of the run while it goes on, for the helpers too.
 * @param {'adjust' | 'extend'} type
 * @param {{ key: string, value: string }} [content]
 */
function change(type, content) {
  changes.push({ step: training.step_count, type, content });
  pool?.change(type, content);
}

/** The estimate of now; none while no sample lies where it counts, as when training has just blown up: that ends no run. */
function estimated() {
  try {
    return trainer.estimate(ESTIMATE_SAMPLES[running ? 0 : 1]);
  } catch (error) {
    if (/** @type {Failure} */ (error).code !== 'invalid-data') throw error;
    return undefined;
  }
}

/**
 * A result and the milliseconds it took.
 * @template T
 * @param {() => T} make
 * @returns {[T, number]}
 */
function timed(make) {
  const start = performance.now();
  return [make(), performance.now() - start];
}

onmessage = async ({ data }) => {
  if (data.run !== undefined && data.run < run) return;
  // Until there is an engine nothing is under way: that it cannot load is told of the newest start.
  if (!engine && data.run) ({ run } = data);
  try {
    if (data.type !== 'load') await loading;
    while (stepped) await stepped;
    if (data.type === 'start') run = data.run;
    if (data.type !== 'load' && data.type !== 'start' && !trainer) return;
    const content = await answer[data.type](data);
    if (data.id) post('answer', { id: data.id, content });
  } catch (error) {
    const why = reason(error);
    const isRefused = engine && /** @type {Failure} */ (error).code && why.code !== 'panic';
    if (data.id && why.code !== 'panic') post('answer', { id: data.id, error: why });
    else if (isRefused && data.type === 'start') post('refused', { ...why, held });
    else if (isRefused && data.type === 'adjust') post('refused', { ...why, key: data.key, before: data.before });
    else failed(error);
  }
};

async function loop() {
  if (looping) return;
  looping = true;
  try {
    while (running) {
      const slept = await slice();
      if (running && training.is_done) {
        running = false;
        paused('done');
      }
      await (slept ? sleep(slept) : yieldToMessages());
    }
  } catch (error) {
    failed(error);
  } finally {
    looping = false;
  }
}

/** One step, with the helpers if there are any. */
function step() {
  if (!pool) {
    const [, cost] = timed(() => training.step());
    trainingMs += cost;
    return undefined;
  }
  const start = performance.now();
  const shared = pool.step(training).finally(() => { trainingMs += performance.now() - start; });
  stepped = shared.catch(() => {}).then(() => { stepped = undefined; });
  return shared;
}

/** Trains for one slice, of one step where it is shared; the milliseconds to wait where the speed is limited. */
async function slice() {
  const start = performance.now();
  const due = stepsPerSecond ? rate.from + 1 + (start - rate.since) * stepsPerSecond / 1000 : Infinity;
  const goesOn = () => !training.is_done && training.step_count < due;
  if (pool && goesOn()) await step();
  else while (performance.now() - start < SLICE_MS && goesOn()) step();
  if (!running) return 0;
  const now = performance.now();
  if (now - rate.since > 500) {
    rate.value = (training.step_count - rate.from) * 1000 / (now - rate.since);
    rate.since = now;
    rate.from = training.step_count;
  }
  return training.step_count >= due ? Math.min(100, 1000 / stepsPerSecond) : 0;
}

/** @param {FromWorker<'paused'>['reason']} reason */
function paused(reason) {
  post('paused', { reason, step: training.step_count, digest: training.digest() });
}

function failed(error) {
  running = false;
  post('failed', reason(error));
}

/**
 * An error as it can be posted.
 * @param {any} error
 * @returns {Failure}
 */
function reason(error) {
  const panic = engine?.last_panic() ?? (error instanceof WebAssembly.RuntimeError ? error.message : undefined);
  if (panic) return { code: 'panic', message: `The engine stopped on an internal error: ${panic}.`, hint: 'Start over; the same address leads here again, so it makes a good report.' };
  return { code: error.code ?? 'worker', message: error.message, hint: error.hint ?? '' };
}

/**
 * Posts a message of this run; large arrays change hands instead of being copied.
 * @template {FromWorker['type']} T
 * @param {T} type
 * @param {Body<FromWorker, T>} content
 */
function post(type, content) {
  const buffers = 'map' in content && content.map ? Object.values(content.map).map((array) => array.buffer) : [];
  postMessage({ type, run, ...content }, { transfer: buffers });
}
