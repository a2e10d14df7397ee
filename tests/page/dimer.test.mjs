// The dimer: a trained flow from one small file, its draws, a way through latent space, F(d) by annealing, training that goes on.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as files from '../../www/pkg/files.js';
import * as engine from '../../www/pkg/views.js';
import { openFlow, readFlow } from '../../www/src/dimer/flow.js';
import { strains } from '../../www/src/draw/particles.js';
import { address, onPage } from './browser.mjs';

const FILE = 'www/assets/dimer.safetensors';
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

engine.initSync({ module: readFileSync('www/pkg/views-simd.wasm') });
files.initSync({ module: readFileSync('www/pkg/files.wasm') });
const file = () => new Uint8Array(readFileSync(FILE));

/** Opens the view by its link and waits for the first particles. */
async function openDimer(page, hash = '') {
  await page.goto(`${address}#iterations=5&batch=64${hash}`);
  await page.locator('#view-dimer').click();
  await page.waitForFunction(() => globalThis.boltzflowPage?.views.dimer?.state.batch);
}

/** The pixels of a canvas as a text. */
const picture = (page, name) => page.evaluate((id) => document.getElementById(id).toDataURL(), name);

test('the file is small, says where it comes from, and its reference is that of the tests', () => {
  assert.ok(statSync(FILE).size <= 1e6, `${statSync(FILE).size} bytes`);
  const { source, about } = readFlow(files, file());
  const flow = openFlow(engine, source);
  for (const key of ['settings', 'seed', 'step', 'version', 'digest', 'training_evaluations', 'data_evaluations', 'nll', 'tilt']) {
    assert.ok(about[key], `the file does not tell its ${key}`);
  }
  assert.match(about.settings, /system = "dimer"/);
  assert.ok(Number(about.nll) - Number(about.nll_in_single_precision) < 0.05, 'rounding spoils the flow');
  // −ln of the mean of e^−F over each bin, from the table of the reference.
  const { d_grid: d, systems } = JSON.parse(readFileSync('tests/reference/dimer_free_energy.json', 'utf8'));
  const { F: free } = systems['slope_2.0'].per_temperature['1'] ?? systems['slope_2.0'].per_temperature['1.0'];
  const { center, value } = about.reference;
  const rough = center.map((c) => {
    const inside = d.map((x, i) => [x, free[i]]).filter(([x]) => Math.abs(x - c) < 0.05);
    return -Math.log(inside.reduce((sum, [, f]) => sum + Math.exp(-f), 0) / inside.length);
  });
  const shown = center.map((_, i) => i).filter((i) => rough[i] < 22);
  const offset = shown.reduce((sum, i) => sum + value[i] - rough[i], 0) / shown.length;
  for (const i of shown) assert.ok(Math.abs(value[i] - rough[i] - offset) < 0.15 + 0.02 * rough[i], `bin ${center[i]}: ${value[i] - offset}, table ${rough[i]}`);
  flow.free();
});

test('a damaged file is an error in one sentence, never a panic', () => {
  const good = file();
  const said = (bytes) => {
    try {
      openFlow(engine, readFlow(files, bytes).source).free();
    } catch ({ code, message, hint }) {
      return `${code}: ${message} ${hint}`;
    }
    return undefined;
  };
  assert.equal(said(good), undefined);
  const flipped = good.slice();
  flipped[flipped.length - 1000] ^= 4;
  const other = new TextEncoder().encode('<!doctype html><title>Not found</title>');
  for (const [what, damaged] of [
    ['empty', new Uint8Array()], ['cut', good.slice(0, good.length - 5000)], ['cut in the header', good.slice(0, 500)],
    ['a flipped bit', flipped], ['a page', other],
  ]) {
    const words = said(damaged);
    assert.match(words ?? 'nothing was said', /^checkpoint: .*(cannot be used).*\. .+\.$/s, what);
  }
});

test('particles appear, move, and 1,000 more are drawn on demand', (t) =>
  onPage(async (page, errors) => {
    await openDimer(page);
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.simulated?.steps > 20);
    const { first, milliseconds, count } = await page.evaluate(() => {
      const { firstParticles, state: { batch } } = globalThis.boltzflowPage.views.dimer;
      return { first: firstParticles, milliseconds: batch.milliseconds, count: batch.d.length };
    });
    assert.equal(count, 1000);
    t.diagnostic(`click to particles: ${Math.round(first)} ms; 1,000 samples: ${Math.round(milliseconds)} ms`);
    const [walk, shot] = [await picture(page, 'simulation-box'), await picture(page, 'shot-box')];
    await page.waitForFunction(([a, b]) => document.getElementById('simulation-box').toDataURL() !== a && document.getElementById('shot-box').toDataURL() !== b, [walk, shot]);
    // Both states, and all particles where the walls let them be.
    const shares = await page.evaluate(() => {
      const { batch: { x, d }, system: { boundary, wall } } = globalThis.boltzflowPage.views.dimer.state;
      return { closed: d.filter((v) => v < boundary).length / d.length, inside: x.filter((v) => Math.abs(v) < wall + 0.5).length / x.length };
    });
    assert.ok(shares.closed > 0.2 && shares.closed < 0.8, `${shares.closed} closed`);
    assert.ok(shares.inside > 0.98, `${shares.inside} inside`);
    const before = await page.evaluate(() => globalThis.boltzflowPage.views.dimer.state.batch.d[0]);
    await page.locator('#dimer-draw').click();
    await page.waitForFunction((d) => globalThis.boltzflowPage.views.dimer.state.batch.d[0] !== d, before);
    assert.match(await page.locator('#simulation-words').innerText(), /not opened yet/);
    assert.deepEqual(errors, []);
  }));

test('a draw is found by its distance, with the pointer or by keys, and coloured by strain', () =>
  onPage(async (page, errors) => {
    await openDimer(page);
    const shown = () => page.locator('#shot-words').innerText().then((words) => Number(/d = ([\d.]+)/.exec(words)[1]));
    await page.locator('#dimer-at').focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => /d = 0\./.test(document.getElementById('shot-words').textContent));
    await page.keyboard.press('End');
    await page.waitForFunction(() => /d = 2\./.test(document.getElementById('shot-words').textContent));
    const { width, height } = await page.locator('#dimer-counts').boundingBox();
    await page.locator('#dimer-counts').hover({ position: { x: width / 2, y: height / 2 } });
    await page.waitForFunction(() => /d = 1\./.test(document.getElementById('shot-words').textContent));
    const nearest = await page.evaluate(() => {
      const { batch, system: { coordinate_range: [low, high] } } = globalThis.boltzflowPage.views.dimer.state;
      return batch.d.reduce((best, d) => (Math.abs(d - (low + high) / 2) < Math.abs(best - (low + high) / 2) ? d : best));
    });
    assert.ok(Math.abs(await shown() - nearest) < 0.02, `${await shown()}, nearest ${nearest}`);
    const grey = await picture(page, 'shot-box');
    await page.locator('#dimer-strain').check();
    await page.waitForFunction((was) => document.getElementById('shot-box').toDataURL() !== was, grey);
    assert.match(await page.locator('#dimer-legend').innerText(), /strain 0.*kT/s);
    assert.deepEqual(errors, []);
  }));

test('strain is half of the repulsion from all others, the dimer\'s own left out', () => {
  // Two particles of the dimer at (0, 0) and (1, 0), two of the fluid at distances of 1 and 2 from others.
  const found = strains([0, 0, 1, 0, 0, 2, 2, 0], 2);
  const half = (square) => (4 / square) ** 6 / 2;
  const expected = [half(4) + half(4), half(5) + half(1), half(4) + half(5) + half(8), half(4) + half(1) + half(8)];
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9 * expected[i], `${i}: ${value}, ${expected[i]}`));
});

test('the plane rests meanwhile and goes on afterwards; the address holds the view', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#speed=25&iterations=4000&batch=64&view=dimer`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.views.dimer?.state.batch);
    assert.equal(await page.locator('#panels').isVisible(), false);
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.step), 0);
    await page.locator('#view-lab').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step > 2);
    assert.equal(await page.locator('#dimer').isVisible(), false);
    assert.doesNotMatch(new URL(page.url()).hash, /view/);
    await page.keyboard.press('4');
    await page.waitForFunction(() => !globalThis.boltzflowPage.state.running && location.hash.includes('view=dimer'));
    await page.waitForFunction(() => document.getElementById('dimer').checkVisibility());
    assert.deepEqual(errors, []);
  }));

test('the file is fetched when the view is opened, not before', () =>
  onPage(async (page) => {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${address}#iterations=5&batch=64`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.isAtRest);
    assert.ok(!asked.some((url) => /dimer(\/|\.safetensors)/.test(url)), asked.join(' '));
    await page.locator('#view-dimer').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer?.state.batch);
    assert.ok(asked.some((url) => url.endsWith('assets/dimer.safetensors')));
    assert.ok(asked.every((url) => url.startsWith(address)), asked.join(' '));
  }));

test('the slider walks from closed to open', () =>
  onPage(async (page, errors) => {
    await openDimer(page);
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.path && /d = /.test(document.getElementById('path-words').textContent));
    const start = await picture(page, 'path-box');
    const words = () => page.locator('#path-words').innerText();
    const [, from] = /d = ([\d.]+)/.exec(await words());
    await page.locator('#path-at').focus();
    await page.keyboard.press('End');
    await page.waitForFunction((was) => document.getElementById('path-box').toDataURL() !== was, start);
    const [, to] = /d = ([\d.]+)/.exec(await words());
    assert.ok(Number(from) < 1.5 && Number(to) > 1.5, `${from} to ${to}`);
    assert.match(await page.locator('#path-chart').getAttribute('aria-label'), /kT at its start/);
    assert.deepEqual(errors, []);
  }));

// Eight runs are one draw: how many bins its band covers varies from set to set, which tests/bench/dimer.mjs counts. ΔF must agree.
test('annealing gives F(d) with a band beside the reference, and a ΔF that agrees with it', (t) =>
  onPage(async (page, errors) => {
    await openDimer(page);
    await page.locator('#anneal').click();
    await page.locator('#anneal-cancel').waitFor({ state: 'visible' });
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.annealing?.running === false);
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.estimate?.runs === 8);
    await page.waitForFunction(() => /in the 95 % band in/.test(document.getElementById('free-words').textContent));
    const words = await page.locator('#free-words').innerText();
    const [, inside, all] = /in (\d+) of (\d+) bins/.exec(words).map(Number);
    t.diagnostic(`${await page.locator('#anneal-words').innerText()} ΔF ${await page.locator('#dimer-delta-f').innerText()}; ${words}`);
    assert.ok(all >= 16, `only ${all} bins`);
    assert.ok(inside > 0, words);
    const { delta_f: value, delta_f_error: error } = await page.evaluate(() => globalThis.boltzflowPage.views.dimer.state.estimate);
    assert.ok(error < 0.6 && Math.abs(value - 6.744) < 4 * Math.hypot(error, 0.054), `ΔF ${value} ± ${error}`);
    assert.match(await page.locator('#free-chart').getAttribute('aria-label'), /reference.*agrees|reference/s);
    await page.locator('#dimer-free-energy summary').click();
    await page.waitForFunction((least) => document.querySelectorAll('#dimer-free-energy tbody tr').length >= least, all);
    assert.deepEqual(errors, []);
  }));

test('from fewer than four runs there is no error bar, no band and no σ, but how many more are needed', () =>
  onPage(async (page) => {
    await openDimer(page);
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.about);
    const show = (runs) => page.evaluate(async (n) => {
      const { dimer } = globalThis.boltzflowPage.views;
      const { center } = dimer.state.about.reference;
      const line = (f) => Float64Array.from(center, f);
      const value = line((_, i) => i % 5);
      dimer.state.estimate = { center: line((c) => c), value, lower: value.map((v) => v - 0.1), upper: value.map((v) => v + 0.1), shift: 0, delta_f: 1.5, delta_f_error: 0.01, effective_runs: n, log_z: 0, log_z_error: 0, runs: n };
      dimer.mark('estimate');
      const words = { 2: /2 runs/, 3: /3 runs/, 4: /4 runs/ }[n];
      while (!words.test(document.getElementById('free-words').textContent)) await new Promise(requestAnimationFrame);
      return document.getElementById('dimer-free-energy').innerText;
    }, runs);
    assert.match(await show(2), /1\.50 kT\s.*error bar needs 2 more runs.*From 2 runs: a band needs 2 more runs/s);
    assert.match(await show(3), /error bar needs 1 more run\b/);
    for (const runs of [2, 3]) assert.doesNotMatch(await show(runs), /σ|± 0/);
    assert.match(await show(4), /1\.50 ± 0\.01 kT.*differs by [\d.]+ σ/s);
    assert.deepEqual(await page.evaluate(async () => (await import('./src/dimer/runs.js')).LEAST_RUNS), 4);
  }));

test('annealing can be cancelled', () =>
  onPage(async (page) => {
    await openDimer(page);
    await page.locator('#anneal').click();
    await page.locator('#anneal-cancel').click();
    await page.waitForFunction(() => /cancelled/.test(document.getElementById('anneal-words').textContent));
    assert.ok(await page.locator('#anneal').isEnabled());
  }));

test('annealing that is cancelled and begun anew at once runs once', () =>
  onPage(async (page, errors) => {
    await openDimer(page);
    const { workers, most } = await page.evaluate(async () => {
      const { dimer } = globalThis.boltzflowPage.views;
      for (const act of ['anneal', 'cancel', 'anneal']) dimer[act]();
      // The answer that comes after those to both of them.
      const { path } = dimer.state;
      dimer.walk();
      while (dimer.state.path === path || !dimer.annealers.length) await new Promise(requestAnimationFrame);
      const found = dimer.annealers.length;
      dimer.cancel();
      return { workers: found, most: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)) };
    });
    assert.equal(workers, most);
    assert.deepEqual(errors, []);
  }));

test('runs count once, in the annealing that they were begun for, and never with those of another flow', () =>
  onPage(async (page, errors) => {
    await openDimer(page);
    const found = await page.evaluate(() => {
      const { dimer } = globalThis.boltzflowPage.views;
      const { state } = dimer;
      const asked = [];
      dimer.ask = (message) => asked.push(message);
      const run = (number) => ({ type: 'run', run: number, d: new Float64Array(2), force: new Float64Array(2), log_weight: new Float64Array(2), log_z: 0, energy_evaluations: 1 });
      const done = () => state.annealing.done.map(({ run: number }) => number);
      dimer.anneal();
      const { token } = state.annealing;
      for (const number of [3, 3]) dimer.annealed(token, run(number));
      dimer.annealed(token - 1, run(5));
      const once = done();
      dimer.annealed(token, run(1));
      const pool = asked.findLast(({ type }) => type === 'pool');
      // Training in between: what comes is still of the flow before it.
      dimer.on.trained({ running: false, step: 25, total: 100, rate: 0, evaluations: 0, reports: [] });
      dimer.on.estimate({ token, runs: 2, estimate: {} });
      const { isOld, runs } = state.estimate;
      dimer.on.estimate({ token: token - 1, runs: 8, estimate: {} });
      const kept = state.estimate.runs;
      dimer.cancel();
      dimer.anneal();
      return { once, pooled: [pool.token === token, pool.runs, pool.d.length], isOld, runs, kept, anew: [done(), state.annealing.isOld] };
    });
    assert.deepEqual(found, { once: [3], pooled: [true, 2, 4], isOld: true, runs: 2, kept: 2, anew: [[], false] });
    assert.deepEqual(errors, []);
  }));

test('what the view says waits while another one is seen', () =>
  onPage(async (page) => {
    let answer = () => {};
    const asked = new Promise((resolve) => { answer = resolve; });
    await page.route('**/dimer.safetensors', async (route) => {
      await asked;
      await route.fulfill({ status: 404, body: '' });
    });
    await page.goto(`${address}#iterations=5&batch=64&view=dimer`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.views.dimer);
    await page.locator('#view-lab').click();
    answer();
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.notes.has('dimer-failed'));
    assert.doesNotMatch(await page.locator('#notice').innerText(), /trained flow/);
    await page.locator('#view-dimer').click();
    await page.waitForFunction(() => /answered 404 for the trained flow/.test(document.getElementById('notice').innerText));
  }));

test('training goes on from the file, and the parameters change', (t) =>
  onPage(async (page, errors) => {
    await openDimer(page);
    await page.locator('#dimer-train').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.training.step >= 12);
    const rate = await page.evaluate(() => globalThis.boltzflowPage.views.dimer.state.training.rate);
    await page.locator('#dimer-train').click();
    await page.waitForFunction(() => /^Parameters after \d+ steps/.test(document.getElementById('dimer-digest').textContent));
    t.diagnostic(`${rate.toFixed(1)} steps/s`);
    const flow = openFlow(engine, readFlow(files, file()).source);
    const digest = (await page.locator('#dimer-digest').innerText()).match(/[0-9a-f]{16}$/)[0];
    assert.notEqual(digest, flow.digest());
    flow.free();
    const { f, nll } = await page.evaluate(() => ({ ...globalThis.boltzflowPage.views.dimer.state.training.history.rows.at(-1) }));
    assert.ok(Number.isFinite(f) && Number.isFinite(nll), `F ${f}, −⟨log p⟩ ${nll}`);
    await page.waitForFunction(() => document.getElementById('dimer-train').textContent.includes('Keep training'));
    assert.deepEqual(errors, []);
  }));

for (const [what, answer, words] of [
  ['missing', { status: 404, body: '' }, /answered 404 for the trained flow.*Publish the whole folder/s],
  ['a web page', { contentType: 'text/html', body: '<!doctype html><title>no</title>' }, /file of the trained flow cannot be used: it is truncated or not a checkpoint.*Reload/s],
]) {
  test(`a file that is ${what} is told in a sentence, and trying again works`, () =>
    onPage(async (page) => {
      let broken = true;
      await page.route('**/dimer.safetensors', (route) => (broken ? route.fulfill(answer) : route.continue()));
      await page.goto(`${address}#view=dimer`);
      await page.waitForFunction(() => document.getElementById('notice').dataset.level === 'bad');
      assert.match(await page.locator('#notice').innerText(), words);
      broken = false;
      await page.locator('#notice button', { hasText: 'Try again' }).click();
      await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.batch);
      assert.notEqual(await page.locator('#notice').getAttribute('data-level'), 'bad');
    }));
}

test('with reduced motion the particles stand until they are asked to move', () =>
  onPage(async (page) => {
    await openDimer(page);
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.views.dimer.state.simulated), undefined);
    await page.locator('#dimer-move').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.simulated);
  }, { reducedMotion: 'reduce' }));

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 720 }, phone: { width: 360, height: 640 } })) {
    test(`axe finds nothing in the dimer's view, and nothing is too wide, ${colorScheme} and ${size}`, () =>
      onPage(async (page) => {
        await openDimer(page);
        await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.path);
        for (const summary of await page.locator('#dimer details summary').all()) await summary.click();
        await page.addScriptTag({ path: axe });
        const found = await page.evaluate(async () => {
          const { scrollWidth, clientWidth } = document.documentElement;
          const small = [...document.querySelectorAll('#dimer button, #dimer input, #dimer summary, .views a')]
            .filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 24).map(({ id, textContent }) => id || textContent);
          const violations = (await globalThis.axe.run()).violations
            .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
          return { over: scrollWidth - clientWidth, small, violations };
        });
        assert.deepEqual(found, { over: 0, small: [], violations: [] });
      }, { colorScheme, viewport }));
  }
}
