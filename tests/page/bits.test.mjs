// The wasm modules against the native bits of tests/golden/bits.json, which tests/tests/training/bits.rs writes and checks.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isWorkload, measured } from './bits.mjs';
import { address, onPage } from './browser.mjs';
import { fuses } from './machine.mjs';

const golden = JSON.parse(readFileSync('tests/golden/bits.json', 'utf8'));

test('the simd module is within 1e-5 of native code in Node', async (t) => {
  const engine = await import('../../www/pkg/views.js');
  engine.initSync({ module: readFileSync('www/pkg/views-simd.wasm') });
  // Sixty steps are not compared: training magnifies every rounding.
  for (const [name, { steps, gradient }] of Object.entries(golden).filter(([, { steps }]) => steps <= 3)) {
    const found = await measured(engine, name, steps);
    const scale = Math.max(...gradient.map(Math.abs));
    const error = Math.max(...found.gradient.map((g, i) => Math.abs(g - gradient[i]))) / scale;
    assert.ok(error < 1e-5, `${name}: ${error}`);
    t.diagnostic(`${name}: ${error.toExponential(1)} of the largest element`);
  }
});

test('the relaxed modules have the native bits in Node', { skip: !fuses }, () => {
  const script = `import { readFileSync } from 'node:fs';
    import * as engine from './www/pkg/glue.js';
    import * as views from './www/pkg/views.js';
    import { isWorkload, measured } from './tests/page/bits.mjs';
    engine.initSync({ module: readFileSync('www/pkg/relaxed.wasm') });
    views.initSync({ module: readFileSync('www/pkg/views-relaxed.wasm') });
    const found = {};
    for (const [name, { steps }] of Object.entries(${JSON.stringify(golden)})) found[name] = (await measured(isWorkload(name) ? views : engine, name, steps)).digest;
    console.log(JSON.stringify(found));`;
  const output = execFileSync(process.execPath, ['--experimental-wasm-relaxed-simd', '--input-type=module', '--eval', script]);
  assert.deepEqual(JSON.parse(output), digests());
});

for (const workers of [1, 2, 3]) {
  test(`the relaxed modules have the native bits in Chromium on ${workers} workers`, { skip: !fuses }, () =>
    onPage(async (page) => {
      await page.goto(`${address}engine.js`);
      const found = await page.evaluate(`(async () => {
        const { compileEngine, loadEngine } = await import('./engine.js');
        const { compileViews, loadViews } = await import('./src/views-engine.js');
        const { Pool } = await import('./src/pool.js');
        const { workloadPool } = await import('./src/bench.js');
        const [compiled, compiledViews] = [await compileEngine('relaxed'), await compileViews('relaxed')];
        const [{ engine }, { engine: views }] = [await loadEngine(compiled), await loadViews(compiledViews)];
        const makePool = async (share) => {
          const pool = share.workload ? workloadPool(compiledViews, share.workload, ${workers - 1}) : new Pool(compiled, share, ${workers - 1});
          if (await pool.ready() !== ${workers - 1}) throw new Error('a helping worker could not start');
          return pool;
        };
        const found = {};
        for (const [name, { steps }] of Object.entries(${JSON.stringify(golden)})) found[name] = (await (${measured})((${isWorkload})(name) ? views : engine, name, steps, makePool)).digest;
        return found;
      })()`);
      assert.deepEqual(found, digests());
    }));
}

function digests() {
  return Object.fromEntries(Object.entries(golden).map(([name, { digest }]) => [name, isWorkload(name) ? digest : { theta: digest.theta }]));
}
