// Memory of training in wasm: bounded, and constant after the first step.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as engine from '../../www/pkg/views.js';
import { address, onPage } from './browser.mjs';

const megabyte = 2 ** 20;
const { memory } = engine.initSync({ module: readFileSync('www/pkg/views-simd.wasm') });

test('the large workload trains in 250 MB, all of them taken in its first step', (t) => {
  for (const byExamples of [false, true]) {
    const training = engine.Training.of_workload('w2', byExamples);
    training.step();
    const after = memory.buffer.byteLength;
    for (let i = 0; i < 3; i++) training.step();
    assert.equal(memory.buffer.byteLength, after);
    training.free();
  }
  t.diagnostic(`${(memory.buffer.byteLength / megabyte).toFixed(0)} MB`);
  assert.ok(memory.buffer.byteLength <= 250 * megabyte);
});

test('with helpers each worker has less, and messages take no more in every step', (t) =>
  onPage(async (page) => {
    await page.goto(`${address}engine.js`);
    const sizes = await page.evaluate(async () => {
      const { compileViews, loadViews } = await import('./src/views-engine.js');
      const { workloadPool } = await import('./src/bench.js');
      const compiled = await compileViews();
      const { engine, memory } = await loadViews(compiled);
      const training = engine.Training.of_workload('w2', false);
      const pool = workloadPool(compiled, ['w2', false], 1);
      await pool.ready();
      const sizes = [];
      for (let i = 0; i < 5; i++) {
        await pool.step(training);
        const [{ theta, gradients }] = pool.helpers;
        sizes.push([memory.buffer.byteLength, theta.length, gradients.length]);
      }
      return sizes;
    });
    for (const size of sizes) assert.deepEqual(size, sizes[0]);
    t.diagnostic(`${(sizes[0][0] / megabyte).toFixed(0)} MB in the worker that trains`);
    assert.ok(sizes[0][0] < memory.buffer.byteLength);
  }));
