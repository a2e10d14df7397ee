// Times of the benchmark workloads, for `cargo xtask bench --web`; runs in Node and in a worker. The engine is the module that the page trains the
// dimer with, which has the workloads.
import { Pool } from './pool.js';

const REPEATS = 5;
const MILLISECONDS = 1500;
const PEAK_MILLISECONDS = 10;

/**
 * Measures every case whose name contains `filter`: `[{ name, workers, ms, fastest, alone, peak, share, megabytes }]`, times in
 * ms (`alone`: the fastest without the helpers, in turn with them), the peak of this thread's multiply-adds in GFLOP/s, measured
 * between the repeats, and the share of it, times the number of workers, that the case's matrix products reach.
 */
export async function bench({ engine, memory, compiled, helpers = 0, filter = '' }) {
  const rows = [];
  for (const one of cases(engine)) {
    if (!one.name.includes(filter)) continue;
    const { run, alone, close } = await one.prepare(compiled, helpers);
    const measured = await measure(engine, run, alone, one.flop / (helpers + 1));
    rows.push({ name: one.name, workers: helpers + 1, ...measured, megabytes: memory.buffer.byteLength / 2 ** 20 });
    close();
  }
  return rows;
}

/** Multiply-adds of this thread in GFLOP/s, over some milliseconds. */
export function peak(engine, milliseconds) {
  const start = performance.now();
  let [flop, now] = [0, start];
  for (; now - start < milliseconds; now = performance.now()) flop += engine.peak(20_000);
  return flop / (now - start) / 1e6;
}

function* cases(engine) {
  for (const { name, batch, step_flop, sample_flop } of engine.workloads()) {
    for (const [side, byExamples] of [['energy', false], ['examples', true]]) {
      const prepare = (compiled, helpers) => training(engine, compiled, helpers, [name, byExamples]);
      yield { name: `${name}/step-by-${side}`, flop: step_flop, prepare };
    }
    yield { name: `${name}/sample`, flop: sample_flop * batch, prepare: () => sampling(engine, name, batch) };
  }
}

async function training(engine, compiled, helpers, workload) {
  const training = engine.Training.of_workload(...workload);
  if (helpers === 0) return { run: () => training.step(), close: () => training.free() };
  const pool = workloadPool(compiled, workload, helpers);
  if (await pool.ready() < helpers) throw new Error('a helping worker could not start');
  return { run: () => pool.step(training), alone: () => training.step(), close: () => { pool.close(); training.free(); } };
}

/** Helpers of the training of a workload, [name, byExamples]. */
export function workloadPool(compiled, workload, helpers) {
  const open = () => new Worker(new URL('./bench-helper.js', import.meta.url), { type: 'module' });
  return new Pool(compiled, { workload }, helpers, open);
}

function sampling(engine, name, batch) {
  const training = engine.Training.of_workload(name, false);
  const sampler = training.sampler();
  let seed = 0;
  return { run: () => sampler.draw(batch, ++seed), close: () => { sampler.free(); training.free(); } };
}

async function measure(engine, run, alone, flop) {
  const time = async (work) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  await run(); // allocates
  /** @type {number[][]} */
  const [times, peaks, others] = [[], [], []];
  const end = performance.now() + MILLISECONDS;
  while (times.length < REPEATS || performance.now() < end) {
    peaks.push(peak(engine, PEAK_MILLISECONDS));
    times.push(await time(run));
    if (alone) others.push(await time(alone));
  }
  const [ms, gigaflops] = [median(times), median(peaks)];
  const fastest = (list) => (list.length > 0 ? Math.min(...list) : undefined);
  return { ms, fastest: fastest(times), alone: fastest(others), peak: gigaflops, share: flop / ms / 1e6 / gigaflops };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
