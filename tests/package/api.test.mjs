// What the package does, in Node.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { folder } from './project.mjs';

const { BoltzmannError, BoltzmannGenerator, systems } = await import(pathToFileURL(join(folder, 'node.js')));
const QUICK = { iterations: 40, batch: 64, example_chains: 2, example_steps: 500 };
/** ΔF of the double well, by quadrature. */
const EXACT = 3.38;

const made = [];
/** A generator that is disposed of at the end. */
async function create(options, how = 'create') {
  const generator = await BoltzmannGenerator[how](options);
  made.push(generator);
  return generator;
}
after(() => made.forEach((generator) => generator.dispose()));

const refused = (promise, code) => assert.rejects(promise, (error) => {
  assert.ok(error instanceof BoltzmannError, String(error.stack));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, /^[A-Za-z“].*[.)]$/s);
  assert.ok(error.hint.length > 5, error.message);
  return true;
});

/** A Worker that answers as `answer(worker, message)` has it, as long as `use` runs. */
async function withWorkers(answer, use) {
  const { Worker: before } = globalThis;
  globalThis.Worker = class {
    postMessage(message) { queueMicrotask(() => answer(this, message)); }

    terminate() {}
  };
  try {
    await use();
  } finally {
    globalThis.Worker = before;
  }
}

test('a generator that is disposed of during a shared step says so', () => {
  let asked = () => {};
  const isAsked = new Promise((resolve) => { asked = resolve; });
  const helper = (worker, { type }) => (type === 'start' ? worker.onmessage({ data: { type: 'ready' } }) : asked());
  return withWorkers(helper, async () => {
    const generator = await BoltzmannGenerator.create({ system: 'double-well', workers: 2, ...QUICK });
    const training = generator.train();
    await isAsked;
    generator.dispose();
    await refused(training, 'disposed');
  });
});

test('a worker that stops later is not one that could not be started', () => withWorkers(
  (worker, { id, method }) => (method === 'create' ? worker.onmessage({ data: { id, content: { dim: 2 } } }) : worker.onerror({ message: 'out of memory' })),
  async () => {
    const { BoltzmannGenerator: InWorker } = await import(pathToFileURL(join(folder, 'index.js')));
    const generator = await InWorker.create({ system: 'double-well' });
    await assert.rejects(generator.sample(1), { code: 'worker', message: 'The worker stopped: out of memory.' });
  },
));

test('progress is told after every so many steps, and at the end', async () => {
  const generator = await create({ system: 'double-well', seed: 1, iterations: 25, batch: 32 });
  const seen = [];
  const onProgress = ({ step }) => seen.push(step);
  await generator.train({ every: 10, onProgress });
  assert.deepEqual(seen, [10, 20, 25]);
  await generator.train({ every: 10, steps: 7, onProgress });
  assert.deepEqual(seen, [10, 20, 25, 30, 32]);
  await refused(generator.train({ every: 0 }), 'bad-option');
});

test('a double well is learnt, and its free energy is right within its error bar', async (t) => {
  const begun = performance.now();
  const generator = await create({ system: 'double-well', seed: 1 });
  const seen = [];
  const { step, total, loss, evaluations } = await generator.train({ onProgress: (progress) => seen.push(progress.step) });
  t.diagnostic(`${step} steps in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  assert.equal(step, total);
  assert.ok(seen.length > 3 && seen.every((at, i) => i === 0 || at > seen[i - 1]) && seen.at(-1) === step);
  assert.ok(loss.kl < 0.3 && loss.nll > 0 && evaluations > step);
  const { deltaF, deltaFError, center, value, lower, upper, sampled } = await generator.freeEnergy();
  assert.ok(Math.abs(deltaF - EXACT) < 4 * deltaFError && deltaFError < 0.1, `${deltaF} ± ${deltaFError}`);
  assert.equal(center.length, 50);
  assert.equal(Math.min(...value), 0);
  // Both wells are sampled, the barrier's top between them is not.
  assert.deepEqual([-1.75, 0, 1.7].map((x) => sampled[center.findIndex((c) => Math.abs(c - x) <= 0.051)]), [1, 0, 1]);
  assert.ok(value.every((v, i) => !Number.isFinite(upper[i]) || (lower[i] <= v && v <= upper[i])));
  const quality = await generator.effectiveSampleSize();
  assert.ok(quality.trusted && quality.fraction > 0.5 && quality.verdict === 'good', quality.words);
});

test('learning from energy alone misses a state, and the verdict says so', async () => {
  const generator = await create({ system: 'double-well-by-energy', seed: 1 });
  await generator.train();
  const { fraction, trusted, verdict, states } = await generator.effectiveSampleSize();
  assert.ok(fraction > 0.5);
  assert.equal(trusted, false);
  assert.equal(verdict, 'missed-state');
  assert.ok(states.some(({ missed }) => missed));
});

test('the same seed gives the same run, another one another', async () => {
  const digest = async (seed) => (await (await create({ ...QUICK, seed })).train()).digest;
  const [first, second, other] = [await digest(3), await digest(3), await digest(4)];
  assert.equal(first, second);
  assert.notEqual(first, other);
});

test('both maps are each other’s inverse, and densities belong to them', async () => {
  const generator = await create({ ...QUICK, system: 'many-well', dim: 4, example_chains: 4 });
  await generator.train();
  const z = Float64Array.from({ length: 40 }, (_, i) => Math.sin(3 * i));
  const { x, logDet } = await generator.map(z);
  const back = await generator.inverse(x);
  assert.ok(back.z.every((v, i) => Math.abs(v - z[i]) < 1e-4));
  assert.ok(back.logDet.every((v, i) => Math.abs(v + logDet[i]) < 1e-4));
  const logProb = await generator.logProb(x);
  for (let i = 0; i < 10; i++) {
    const square = z.subarray(4 * i, 4 * i + 4).reduce((sum, v) => sum + v * v, 0);
    assert.ok(Math.abs(logProb[i] - (-0.5 * square - 2 * Math.log(2 * Math.PI) - logDet[i])) < 1e-4);
  }
  const { energy, logWeight, x: drawn } = await generator.sample(100, { seed: 5 });
  const density = await generator.logProb(drawn);
  assert.ok(logWeight.every((w, i) => Math.abs(w + energy[i] + density[i]) < 1e-3 * (1 + Math.abs(w))));
});

test('energies and gradients are those of the system', async () => {
  const generator = await create({ ...QUICK, system: 'mueller-brown' });
  const x = Float64Array.of(-0.5, 1.4, 0.3, 0.1);
  const { energy, gradient } = await generator.energyAndGradient(x);
  for (let k = 0; k < 4; k++) {
    const [up, down] = await Promise.all([1e-5, -1e-5].map(async (step) => {
      const moved = x.slice();
      moved[k] += step;
      return (await generator.energyAndGradient(moved)).energy[Math.floor(k / 2)];
    }));
    assert.ok(Math.abs((up - down) / 2e-5 - gradient[k]) < 1e-5 * (1 + Math.abs(gradient[k])));
  }
  assert.equal(energy.length, 2);
});

test('a model that was saved is the same again, and trains on', async () => {
  const generator = await create({ ...QUICK, seed: 9, w_ml: 3 });
  await generator.train();
  const again = await create(await generator.save(), 'load');
  assert.deepEqual((await again.sample(20, { seed: 2 })).x, (await generator.sample(20, { seed: 2 })).x);
  assert.deepEqual(await again.save(), await generator.save());
  assert.equal((await again.train({ steps: 5 })).step, 45);
});

test('steps beyond the plan are made, and a plan that is over takes none', async () => {
  const generator = await create(QUICK);
  assert.equal((await generator.train({ steps: 50 })).step, 50);
  const { step, digest } = await generator.train();
  assert.equal((await generator.train()).digest, digest);
  assert.ok(step >= 50);
});

test('training stops by its signal and goes on; other calls are refused meanwhile', async () => {
  const generator = await create({ ...QUICK, iterations: 100_000 });
  const controller = new AbortController();
  const stopped = refused(generator.train({ signal: controller.signal, onProgress: () => controller.abort() }), 'aborted');
  await refused(generator.sample(1), 'busy');
  await stopped;
  const { step } = await generator.train({ steps: 3, learnFrom: { energy: 2, examples: 1 } });
  assert.ok(step > 3);
  await refused(generator.train({ signal: AbortSignal.abort() }), 'aborted');
  await refused(generator.train({ learnFrom: { energy: -1 } }), 'bad-option');
});

/** Four wells on a ring, tilted: a system that the engine does not know. */
const ring = {
  range: [[-3, 3], [-3, 3]],
  energyAndGradient(x, energy, gradient) {
    for (let i = 0; i < energy.length; i++) {
      const [a, b] = [x[2 * i], x[2 * i + 1]];
      const [away, fourfold] = [a * a + b * b - 2.25, a * a - b * b];
      energy[i] = 2 * away * away + 0.8 * (2.25 ** 2 - fourfold * fourfold) + 0.5 * a;
      gradient[2 * i] = 8 * away * a - 3.2 * fourfold * a + 0.5;
      gradient[2 * i + 1] = 8 * away * b + 3.2 * fourfold * b;
    }
  },
};

/** F(x₀ > 0) − F(x₀ < 0) by the midpoint rule. */
function quadrature({ energyAndGradient }) {
  const [u, g, p] = [new Float64Array(1), new Float64Array(2), [0, 0]];
  for (let a = -3.995; a < 4; a += 0.01) {
    for (let b = -3.995; b < 4; b += 0.01) {
      energyAndGradient([a, b], u, g);
      p[a < 0 ? 0 : 1] += Math.exp(-u[0]);
    }
  }
  return Math.log(p[0] / p[1]);
}

test('an energy that is a function is learnt, as right as by its own quadrature', async (t) => {
  const begun = performance.now();
  const generator = await create(ring, 'custom');
  await generator.train();
  t.diagnostic(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const { deltaF, deltaFError } = await generator.freeEnergy({ samples: 50_000 });
  const exact = quadrature(ring);
  assert.ok(Math.abs(deltaF - exact) < 0.1 && deltaFError < 0.05, `${deltaF} ± ${deltaFError}, exact ${exact}`);
  const { trusted, states } = await generator.effectiveSampleSize();
  assert.ok(trusted && states.length === 4);
  await refused(generator.save(), 'bad-option');
});

test('a formula, examples of one’s own and coordinates that are functions', async () => {
  const generator = await create({ ...QUICK, iterations: 300, formula: '2*(x^2 - 1)^2 + y^2/2 + x/2' }, 'custom');
  await generator.train();
  const { deltaF } = await generator.freeEnergy({ along: ([x]) => x, boundary: 0, range: [-2, 2] });
  assert.ok(Math.abs(deltaF - 0.867) < 0.2, `${deltaF}`);
  const examples = Array.from({ length: 400 }, (_, i) => [i % 2 ? 1.7 : -1.7, Math.sin(i)].map((v) => v + 0.1 * Math.sin(7 * i)));
  const own = await create({ ...QUICK, examples });
  assert.ok((await own.train()).loss.nll < 10);
});

test('what a function throws comes out with its cause', async () => {
  const cause = new TypeError('no such molecule');
  let calls = 0;
  const throwing = { range: [[-1, 1], [-1, 1]], energyAndGradient() { throw cause; } };
  await assert.rejects(create(throwing, 'custom'), (error) => error.code === 'custom-energy' && error.cause === cause);
  const later = await create({ ...ring, ...QUICK, energyAndGradient(...all) { if (++calls > 1e9) throw cause; ring.energyAndGradient(...all); } }, 'custom');
  calls = 2e9;
  await assert.rejects(later.train(), (error) => error.code === 'custom-energy' && error.cause === cause);
  calls = -1e12;
  assert.ok((await later.train()).step > 0);
  // What is left undefined is dropped, not believed.
  const nothing = await create({ ...QUICK, w_ml: 0, range: [[-1, 1], [-1, 1]], energyAndGradient() {} }, 'custom').catch((error) => error);
  if (nothing instanceof BoltzmannError) assert.notEqual(nothing.code, 'panic');
  else await refused(nothing.freeEnergy(), 'invalid-data');
});

test('what makes no sense is refused in a sentence', async () => {
  const generator = await create(QUICK);
  const cases = [
    [() => create({ lerning_rate: 1 }), 'bad-option'],
    [() => create({ system: 'triple-well' }), 'unknown-system'],
    [() => create({ temperature: -1 }), 'bad-option'],
    [() => create({ temperature: 'warm' }), 'bad-option'],
    [() => create({ hidden: [] }), 'bad-option'],
    [() => create({ workers: 0 }), 'bad-option'],
    [() => create({ workers: 2 }), 'unsupported'],
    [() => create({ examples: [1, 2, 3] }), 'dimension-mismatch'],
    [() => create({ examples: [] }), 'bad-option'],
    [() => create({ coordinate: 'x9' }), 'bad-option'],
    [() => create(null), 'bad-option'],
    [() => create({ formula: 'x^2 +' }, 'custom'), 'invalid-data'],
    [() => create({}, 'custom'), 'bad-option'],
    [() => create({ energyAndGradient: 1, range: [[0, 1]] }, 'custom'), 'bad-option'],
    [() => create({ energyAndGradient() {}, range: [[1, 0]] }, 'custom'), 'bad-option'],
    [() => create(new Uint8Array(100), 'load'), 'checkpoint'],
    [() => create('model', 'load'), 'bad-option'],
    [() => generator.sample(0), 'bad-option'],
    [() => generator.sample(2 ** 40), 'bad-option'],
    [() => generator.sample(5, { seed: -1 }), 'bad-option'],
    [() => generator.map([1, 2, 3]), 'dimension-mismatch'],
    [() => generator.map('z'), 'bad-option'],
    [() => generator.freeEnergy({ along: 'd' }), 'bad-option'],
    [() => generator.freeEnergy({ bins: 0 }), 'bad-option'],
    [() => generator.train({ steps: 1.5 }), 'bad-option'],
  ];
  for (const [call, code] of cases) await refused(call(), code).catch((error) => assert.fail(`${call}: ${error.message}`));
  generator.dispose();
  generator.dispose();
  await refused(generator.sample(1), 'disposed');
});

const more = (value, most) => typeof value === 'number' && value > most;

test('thousands of random options: an error in words, or a generator', async (t) => {
  const known = (await systems())[0].options.map(({ key }) => key);
  let state = 1;
  const random = (n) => (state = (state * 48271) % 2147483647) % n;
  const values = [() => random(1000) - 500, () => random(100) / 7, () => NaN, () => Infinity, () => '', () => 'tanh', () => 'R2', () => [1, 2], () => [], () => [[1, 2]], () => null, () => undefined, () => ({}), () => true, () => 10n, () => () => 1, () => Symbol('s'), () => 1e300, () => -0, () => '😀', () => 'x'.repeat(500), () => new Float32Array(3)];
  // BOLTZFLOW_INPUTS=1000000 tries as many.
  const [most, codes] = [Number(process.env.BOLTZFLOW_INPUTS ?? 5000), new Set()];
  let accepted = 0;
  for (let i = 0; i < most; i++) {
    const options = { iterations: 1, batch: 8, example_chains: 1, example_steps: 20, hidden: [4] };
    for (let k = random(3) + 1; k > 0; k--) {
      const key = random(8) === 0 ? `key${random(9)}` : known[random(known.length)];
      // Values that may be right and cost much are not what is asked here.
      if (!['hidden', 'flow', 'batch', 'example_chains', 'example_steps', 'example_burn_in', 'smc_runs'].includes(key) || random(3)) options[key] = values[random(values.length)]();
    }
    try {
      const generator = await BoltzmannGenerator.create({ ...options, ...(more(options.batch, 64) && { batch: 8 }), ...(more(options.example_steps, 500) && { example_steps: 20 }), ...(more(options.example_chains, 50) && { example_chains: 1 }), ...(more(options.example_burn_in, 500) && { example_burn_in: 0 }) });
      accepted += 1;
      generator.dispose();
    } catch (error) {
      assert.ok(error instanceof BoltzmannError && error.code !== 'panic', `${Object.keys(options)}: ${error.stack}`);
      codes.add(error.code);
    }
  }
  t.diagnostic(`${most} of options: ${accepted} accepted, the others ${[...codes].join(', ')}`);
  assert.ok(accepted > 100 && accepted < most - 100);
});
