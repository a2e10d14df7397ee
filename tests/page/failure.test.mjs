// What can break while the page runs, and what it says then. How the engine fails to load is in engine.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { History } from '../../www/src/history.js';
import { address, onPage, trained } from './browser.mjs';

const notice = (page) => page.locator('#notice').innerText();

test('a server that answers HTML for the engine leaves text and figure, and says what is wrong', () =>
  onPage(async (page) => {
    await page.route('**/*.wasm', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto(address);
    await page.waitForFunction(() => document.getElementById('notice').dataset.level === 'bad');
    assert.match(await notice(page), /sent text\/html instead of a wasm module.*live training is off/s);
    assert.ok(await page.locator('#still').isVisible());
    assert.ok(await page.locator('#notice button', { hasText: 'Reload' }).isVisible());
  }));

test('a worker that cannot start is told, and starting over works', () =>
  onPage(async (page) => {
    let broken = true;
    await page.route('**/src/worker.js', (route) => (broken
      ? route.fulfill({ contentType: 'text/javascript', body: 'throw new Error("no luck");' })
      : route.continue()));
    await page.goto(`${address}#iterations=20&batch=64`);
    await page.waitForFunction(() => document.getElementById('notice').dataset.level === 'bad');
    assert.match(await notice(page), /worker/i);
    broken = false;
    await page.locator('#notice button', { hasText: 'Start over' }).click();
    await trained(page);
  }));

test('asking for too much is an error in words, not a crash', async () => {
  const engine = await import('../../www/pkg/glue.js');
  engine.initSync({ module: readFileSync('www/pkg/simd.wasm') });
  const run = new engine.Engine(['preset'], ['double-well']);
  const said = (ask) => {
    try { ask(); } catch ({ code, message, hint }) { return { code, message, hint }; }
    return undefined;
  };
  const hint = 'Change the value or leave it out to take the default.';
  assert.deepEqual(said(() => run.map_view(2 ** 31, 8, 1)), { code: 'invalid-setting', message: 'points = 2147483648 is not allowed: it must be a whole number from 1 to 100000.', hint });
  assert.equal(said(() => run.estimate(0)).code, 'invalid-setting');
  assert.equal(said(() => run.probe(true, Float64Array.of(1))).code, 'dimension-mismatch');
  assert.equal(said(() => run.training.adjust('seed', '3')).code, 'invalid-setting');
  assert.equal(said(() => run.training.adjust('learning_rate', 'fast')).code, 'invalid-setting');
  assert.equal(said(() => new engine.Engine(['preset'], ['triple-well'])).code, 'unknown-name');
  assert.match(said(() => new engine.Engine(['preset', 'w_ml', 'w_kl'], ['double-well', '0', '0'])).message, /not all zero/);
  assert.equal(engine.last_panic(), undefined);
  run.training.step();
  assert.equal(run.training.step_count, 1);
});

test('a crash in the worker is told with a way to start over', () =>
  onPage(async (page) => {
    let crash = true;
    await page.route('**/src/worker.js', (route) => {
      const fault = crash ? "\nanswer.step = () => { throw new WebAssembly.RuntimeError('unreachable'); };" : '';
      return route.fulfill({ contentType: 'text/javascript', body: `${readFileSync('www/src/worker.js', 'utf8')}${fault}` });
    });
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    await page.locator('#step').click();
    await page.waitForFunction(() => document.getElementById('notice').dataset.level === 'bad');
    assert.match(await notice(page), /internal error: unreachable/);
    crash = false;
    await page.locator('#notice button', { hasText: 'Start over' }).click();
    await trained(page);
    assert.notEqual(await page.locator('#notice').getAttribute('data-level'), 'bad');
  }));

test('training that blows up goes back, with half the rate, and says so', () =>
  onPage(async (page) => {
    await page.goto(`${address}#learning_rate=1&batch=64&iterations=100`);
    await page.waitForFunction(() => /Training blew up at step \d+; it went back to step \d+ with half the learning rate/.test(document.getElementById('notice').innerText));
    await trained(page);
    const told = await page.evaluate(() => globalThis.boltzflowPage.state.history.interventions.map(({ words }) => words));
    assert.ok(told.some((words) => /where training blew up: half the learning rate/.test(words)), told.join());
  }));

test('without what draws charts training goes on, and a second try draws them', () =>
  onPage(async (page) => {
    await page.route('**/pkg/charts.wasm', (route) => route.abort());
    await page.goto(`${address}#view=lab&iterations=30&batch=64`);
    await trained(page);
    assert.match(await page.locator('#notice').innerText(), /What draws the charts could not be loaded: check the connection\./);
    const isBlank = () => page.evaluate(() => {
      const canvas = document.getElementById('losses-chart');
      return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.every((byte) => byte === 0);
    });
    assert.equal(await isBlank(), true);
    await page.unroute('**/pkg/charts.wasm');
    await page.locator('#notice button', { hasText: 'Try again' }).click();
    await page.waitForFunction(() => !/could not be loaded/.test(document.getElementById('notice').innerText));
    await page.waitForFunction(() => {
      const canvas = document.getElementById('losses-chart');
      return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0);
    });
  }));

test('a rewind is found among the reports and kept out of the curves', () => {
  const history = new History();
  const row = (step, rewound) => ({ step, kl: 0.5, nll: 2, rewound });
  assert.equal(history.add([row(1, NaN), row(2, NaN)]), undefined);
  assert.deepEqual(history.add([row(812, 760)]), { at: 812, to: 760 });
  assert.deepEqual([...history.step], [1, 2]);
});

test('nothing is asked from anyone else', () =>
  onPage(async (page) => {
    const strangers = [];
    page.on('request', (request) => request.url().startsWith(address) || request.url().startsWith('data:') || strangers.push(request.url()));
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    assert.deepEqual(strangers, []);
  }));

test('the page works below any folder of a site', () =>
  onPage(async (page, errors) => {
    const folder = 'some/folder/';
    await page.route(`**/${folder}**`, (route) => {
      const [, file] = new URL(route.request().url()).pathname.split(folder);
      return route.fulfill({ path: `www/${file || 'index.html'}` });
    });
    await page.goto(`${address}${folder}#iterations=20&batch=64`);
    await trained(page);
    assert.deepEqual(errors, []);
  }));
