// The worker that owns the engine: trains in short slices and answers between them.
//
//   in   load    { compiled }                        once
//        start   { run, settings: [keys, values] }   a new engine; answers `ready`
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

const SLICE_MS = 8;
/** Samples of an estimate, while training runs and when it rests. */
const ESTIMATE_SAMPLES = [4000, 20_000];
let loading;
let engine;
let run = 0;
let trainer;
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
  load({ compiled }) {
    loading = loadEngine(compiled).then((loaded) => { engine = loaded.engine; });
  },
  start({ settings }) {
    running = false;
    trainer?.free();
    trainer = undefined;
    trainer = new engine.Engine(...settings);
    post('ready', { system: trainer.system(), total: trainer.total_steps, layers: trainer.layers, parameters: trainer.parameters });
  },
  run(message) {
    stepsPerSecond = message.stepsPerSecond;
    if (message.running === running) return;
    running = message.running;
    Object.assign(rate, { since: performance.now(), from: trainer.step_count, value: 0 });
    if (running) loop();
    else paused('asked');
  },
  step({ count }) {
    running = false;
    for (let i = 0; i < count; i++) trainer.step();
    paused('stepped');
  },
  extend() {
    trainer.extend();
  },
  adjust({ key, value }) {
    trainer.adjust(key, value);
  },
  view({ map, estimate, layer, points, tolerance }) {
    const content = { step: trainer.step_count, total: trainer.total_steps, rate: rate.value, running, reports: trainer.take_reports() };
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
    if (data.type === 'start') run = data.run;
    if (data.type === 'load' || data.type === 'start' || trainer) answer[data.type](data);
  } catch (error) {
    failed(error);
  }
};

async function loop() {
  if (looping) return;
  looping = true;
  try {
    while (running) {
      const slept = slice();
      if (trainer.is_done) {
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

/** Trains for one slice; the milliseconds to wait where the speed is limited. */
function slice() {
  const start = performance.now();
  const due = stepsPerSecond ? rate.from + 1 + (start - rate.since) * stepsPerSecond / 1000 : Infinity;
  while (performance.now() - start < SLICE_MS && !trainer.is_done && trainer.step_count < due) trainer.step();
  const now = performance.now();
  if (now - rate.since > 500) {
    rate.value = (trainer.step_count - rate.from) * 1000 / (now - rate.since);
    rate.since = now;
    rate.from = trainer.step_count;
  }
  return trainer.step_count >= due ? Math.min(100, 1000 / stepsPerSecond) : 0;
}

function paused(reason) {
  post('paused', { reason, step: trainer.step_count, digest: trainer.digest() });
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
