// What can break while the page runs, and what it says then. How the engine fails to load is in engine.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { History } from '../../www/src/history.js';
import { Trials } from '../../www/src/race/trials.js';
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

test('an engine that cannot start in the worker is told, and starting over works', () =>
  onPage(async (page) => {
    let asked = 0;
    await page.route('**/pkg/glue.js', (route) => ((asked += 1) === 2 ? route.fulfill({ status: 404, body: '' }) : route.continue()));
    await page.goto(`${address}#iterations=20&batch=64`);
    await page.waitForFunction(() => document.getElementById('notice').dataset.level === 'bad');
    assert.match(await notice(page), /glue\.js/);
    await page.locator('#notice button', { hasText: 'Start over' }).click();
    await trained(page);
    assert.ok(asked > 2);
  }));

test('what nobody waits for fails in words', () =>
  onPage(async (page) => {
    await page.route('**/src/map/slow-motion.js', (route) => route.abort());
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    await page.locator('#slow-energy').click();
    await page.waitForFunction(() => /slow-motion\.js/.test(document.getElementById('notice').innerText));
  }));

test('walks with many step sizes end when one of them is refused', async () => {
  const refusing = { session: { ask: () => Promise.reject(new Error('refused')) } };
  let changes = 0;
  const trials = new Trials(refusing, () => { changes += 1; });
  await assert.rejects(trials.measure('metropolis', 6), /refused/);
  assert.equal(trials.isMeasuring, false);
  assert.equal(changes, 2);
});

test('news of a run that the engine refuses goes with it', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    await page.evaluate(() => {
      const { run, notices, state: { settings } } = globalThis.boltzflowPage;
      run.restart({ settings: { ...settings, flow: 'X7' } });
      notices.tell('Started anew.');
    });
    await page.waitForFunction(() => /flow = X7 is not allowed/.test(document.getElementById('notice').innerText));
    assert.doesNotMatch(await notice(page), /Started anew/);
  }));

test('a view that could not be loaded is told only while it is chosen', () =>
  onPage(async (page) => {
    await page.route('**/src/race/view.js', (route) => route.abort());
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    await page.locator('#view-compare').click();
    await page.waitForFunction(() => /“Compare” could not be loaded/.test(document.getElementById('notice').innerText));
    await page.locator('#view-lab').click();
    await page.waitForFunction(() => !/could not be loaded/.test(document.getElementById('notice').textContent));
    // One that fails when another is chosen already says nothing there.
    await page.evaluate(() => {
      for (const name of ['compare', 'lab']) document.getElementById(`view-${name}`).click();
      return import('./src/race/view.js').catch(() => {});
    });
    assert.doesNotMatch(await notice(page), /could not be loaded/);
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
