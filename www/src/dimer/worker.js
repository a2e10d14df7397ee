// A worker that owns a trained flow: draws, walks, simulates, anneals and goes on training. The messages are told of in ../messages.d.ts.
import { Pool } from '../pool.js';
import { helpersFor } from '../sharing.js';
import { compileViews, loadViews } from '../views-engine.js';
import { fetchFlow, openFlow } from './flow.js';
/** @import { Body, FromDimer, ToDimer } from '../messages.d.ts' */

/** Training steps between pictures of what it has reached. */
const ADOPT_EVERY = 25;
const TELL_EVERY_MS = 200;

let opened;
let compiled;
let engine;
let source;
let flow;
let simulation;
let training;
let pool;
let running = false;
let looping = false;
let batches = 0;

const yielder = new MessageChannel();
const yieldToMessages = () => new Promise((resolve) => {
  yielder.port1.onmessage = resolve;
  yielder.port2.postMessage(0);
});

/** @type {{ [T in ToDimer['type']]: (message: Extract<ToDimer, { type: T }>) => unknown }} */
const answer = {
  async open(message) {
    const [compiling, fetching] = 'source' in message
      ? [message.compiled, { source: message.source, about: undefined }]
      : [compileViews(message.flavour), fetchFlow(message.url)];
    let about;
    [compiled, { source, about }] = await Promise.all([compiling, fetching]);
    ({ engine } = await loadViews(compiled));
    flow = openFlow(engine, source);
    post('opened', { system: flow.system(), about, compiled });
  },
  batch({ count }) {
    const start = performance.now();
    const drawn = flow.sample(count, nextBatch());
    post('batch', { ...drawn, milliseconds: performance.now() - start }, Object.values(drawn).map(({ buffer }) => buffer));
  },
  path({ points }) {
    post('path', flow.path(points, nextBatch()));
  },
  simulate({ milliseconds }) {
    simulation ??= flow.simulation();
    const start = performance.now();
    const visited = [];
    let found;
    do {
      found = simulation.advance(4);
      visited.push(...found.d);
    } while (performance.now() - start < milliseconds);
    post('simulated', { ...found, d: Float64Array.from(visited), from: performance.now() });
  },
  source({ token }) {
    post('source', { token, source: { ...source, theta: flow.numbers() } });
  },
  async anneal({ runs, particles }) {
    for (const run of runs) {
      const start = performance.now();
      const found = flow.anneal(run, particles);
      post('run', { run, ...found, milliseconds: performance.now() - start });
      await yieldToMessages();
    }
  },
  pool({ token, runs, d, force, log_weight, log_z }) {
    post('estimate', { token, runs, estimate: flow.pooled(d, force, log_weight, log_z) });
  },
  train(message) {
    ({ running } = message);
    if (running) train();
  },
};

const nextBatch = () => (batches += 1);

/** Trains until it is told to stand or has done its steps. */
async function train() {
  if (looping) return;
  looping = true;
  try {
    begin();
    let last = performance.now();
    let [told, at] = [last, training.step_count];
    while (running && !training.is_done) {
      await (pool ? pool.step(training) : training.step());
      const now = performance.now();
      const adopts = training.step_count % ADOPT_EVERY === 0;
      if (adopts) flow.adopt(training);
      // Whoever asks for the flow next knows before that it has changed.
      if (adopts || now - told > TELL_EVERY_MS) {
        tell((training.step_count - at) * 1000 / (now - last));
        told = now;
        if (now - last > 2000) [last, at] = [now, training.step_count];
      }
      await yieldToMessages();
    }
    running = false;
    flow.adopt(training);
    tell(0, flow.digest());
  } catch (error) {
    failed(error);
  } finally {
    looping = false;
  }
}

/** The training, made when it is first asked for; more steps after the last one. */
function begin() {
  if (!training) {
    training = flow.train();
    const helpers = helpersFor(training);
    const now = { ...source, theta: flow.numbers() };
    const open = () => new Worker(new URL('./helper.js', import.meta.url), { type: 'module' });
    if (helpers > 0) pool = new Pool(compiled, { source: now }, helpers, open);
  } else if (training.is_done) {
    training.extend();
    pool?.change('extend');
  }
}

/**
 * How far training is, with the digest when it stands.
 * @param {number} rate
 * @param {string} [digest]
 */
function tell(rate, digest) {
  post('trained', { running, step: training.step_count, total: training.total_steps, reports: training.take_reports(), evaluations: training.energy_evaluations, rate, digest });
}

onmessage = async ({ data }) => {
  try {
    if (data.type === 'open') opened = answer.open(data);
    await opened;
    if (data.type !== 'open') await answer[data.type](data);
  } catch (error) {
    failed(error);
  }
};

function failed(error) {
  running = false;
  const panic = engine?.last_panic() ?? (error instanceof WebAssembly.RuntimeError ? error.message : undefined);
  if (panic) post('failed', { code: 'panic', message: `The engine stopped on an internal error: ${panic}.`, hint: 'Open the dimer again.' });
  else post('failed', { code: error.code ?? 'worker', message: error.message, hint: error.hint ?? '' });
}

/**
 * @template {FromDimer['type']} T
 * @param {T} type
 * @param {Body<FromDimer, T>} content
 * @param {ArrayBufferLike[]} [buffers] change hands instead of being copied
 */
function post(type, content, buffers = []) {
  postMessage({ type, ...content }, { transfer: /** @type {ArrayBuffer[]} */ (buffers) });
}
