// The worker that owns the engine: trains in short slices and answers between them.
//
//   in   load    { compiled }                        once
//        start   { run, settings: [keys, values], samples? }   a new engine, which learns from these samples if there are any; answers `ready`
//        run     { running, stepsPerSecond }         0 = as fast as it goes
//        step    { count }                           so many steps, then stands
//        extend                                      more steps at a low rate, after the last one
//        adjust  { key, value }                      a setting that may change while training
//        view    { map?, estimate?, layer, points, tolerance }  answers `view`
//        probe   { plane, point }                    answers `probe`
//   out  ready   { system, total, layers, parameters }
//        view    { step, total, rate, running, reports, map?, mapCost?, estimate?, estimateCost? }
//        paused  { reason, step, digest }            'asked', 'stepped' or 'done'
//        probe   { found: { z, x, log_det, energy, log_weight } }
//        failed  { code, message, hint }
// Every message carries the run number of the start it belongs to.
import { loadEngine } from '../engine.js';
import { Pool, helpersFor } from './pool.js';

const SLICE_MS = 8;
/** Samples of an estimate, while training runs and when it rests. */
const ESTIMATE_SAMPLES = [4000, 20_000];
let loading;
let compiled;
let engine;
let run = 0;
let trainer;
let training;
/** Helpers, for steps that are long enough to be shared. */
let pool;
/** Settles at the end of the shared step under way: it waits for its helpers, and messages come in meanwhile. */
let stepped;
let running = false;
let stepsPerSecond = 0;
let looping = false;
const rate = { since: 0, from: 0, value: 0 };

const yielder = new MessageChannel();
/** Lets waiting messages in; a timer would wait 4 ms. */
const yieldToMessages = () => new Promise((resolve) => {
  yielder.port1.onmessage = resolve;
  yielder.port2.postMessage(0);
});
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

const answer = {
  load(message) {
    ({ compiled } = message);
    loading = loadEngine(compiled).then((loaded) => { engine = loaded.engine; });
  },
  start({ settings, samples }) {
    running = false;
    pool?.close();
    training?.free();
    trainer?.free();
    pool = training = trainer = undefined;
    trainer = samples ? engine.Engine.from_samples(...settings, samples) : new engine.Engine(...settings);
    training = trainer.training;
    // Helpers make their examples themselves.
    const helpers = samples ? 0 : helpersFor(training);
    if (helpers > 0) pool = new Pool(compiled, { settings }, helpers);
    post('ready', { system: trainer.system(), total: training.total_steps, layers: trainer.layers, parameters: training.parameters });
  },
  run(message) {
    stepsPerSecond = message.stepsPerSecond;
    if (message.running === running) return;
    running = message.running;
    Object.assign(rate, { since: performance.now(), from: training.step_count, value: 0 });
    if (running) loop();
    else paused('asked');
  },
  async step({ count }) {
    running = false;
    for (let i = 0; i < count; i++) await step();
    paused('stepped');
  },
  extend() {
    training.extend();
    pool?.change('extend');
  },
  adjust({ key, value }) {
    training.adjust(key, value);
    pool?.change('adjust', { key, value });
  },
  view({ map, estimate, layer, points, tolerance }) {
    const content = { step: training.step_count, total: training.total_steps, rate: rate.value, running, reports: training.take_reports() };
    if (map) [content.map, content.mapCost] = timed(() => trainer.map_view(points, layer, tolerance));
    if (estimate) [content.estimate, content.estimateCost] = timed(() => trainer.estimate(ESTIMATE_SAMPLES[running ? 0 : 1]));
    post('view', content);
  },
  probe({ plane, point }) {
    post('probe', { found: trainer.probe(plane === 'z', Float64Array.from(point)) });
  },
};

/** A result and the milliseconds it took. */
function timed(make) {
  const start = performance.now();
  return [make(), performance.now() - start];
}

onmessage = async ({ data }) => {
  if (data.run !== undefined && data.run < run) return;
  try {
    if (data.type !== 'load') await loading;
    while (stepped) await stepped;
    if (data.type === 'start') run = data.run;
    if (data.type === 'load' || data.type === 'start' || trainer) await answer[data.type](data);
  } catch (error) {
    failed(error);
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
  if (!pool) return training.step();
  const shared = pool.step(training);
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

function paused(reason) {
  post('paused', { reason, step: training.step_count, digest: training.digest() });
}

function failed(error) {
  running = false;
  const panic = engine?.last_panic() ?? (error instanceof WebAssembly.RuntimeError ? error.message : undefined);
  if (panic) post('failed', { code: 'panic', message: `The engine stopped on an internal error: ${panic}.`, hint: 'Start over; the same address leads here again, so it makes a good report.' });
  else post('failed', { code: error.code ?? 'worker', message: error.message, hint: error.hint ?? '' });
}

/** Posts a message of this run; large arrays change hands instead of being copied. */
function post(type, content) {
  const buffers = content.map ? Object.values(content.map).map((array) => array.buffer) : [];
  postMessage({ type, run, ...content }, buffers);
}
