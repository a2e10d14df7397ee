// The race: costs with bounds, never a bare number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, independent, rough } from '../../www/src/race/speed-up.js';
import { address, onPage, trained } from './browser.mjs';

const flow = { count: 1000, ess: 0.8, cost: 1000 };

test('a chain that has not crossed gives a bound that holds with 95 % confidence', () => {
  // Rule of three: at most 2.97 crossings were to be expected.
  const walk = { steps: 1e6, crossings: 0, time: 30, cost: 1e6 };
  const { atMost } = independent(walk, 0.5);
  assert.ok(Math.abs(atMost - 2.97) < 0.03, `${atMost}`);
  const it = compare({ walk, flow, training: 5e5, share: 0.5 });
  assert.ok(it.isBound && it.high === Infinity);
  assert.ok(Math.abs(it.speedUp - 1e6 / atMost / 1.25) < 1);
  assert.ok(Math.abs(it.breakEven - 5e5 / (it.walkCost - 1.25)) < 1e-9);
  // A rare state takes more crossings for the same number of independent samples.
  assert.ok(independent(walk, 0.03).atMost > 8 * atMost);
  // There are never more independent samples than steps.
  assert.equal(independent({ steps: 2, crossings: 0, time: NaN }, 0.001).atMost, 2);
});

test('a chain that crosses often is counted by its autocorrelation time', () => {
  const walk = { steps: 1e6, crossings: 400, time: 500, cost: 1e6 };
  const it = compare({ walk, flow, training: 1e6, share: 0.5 });
  assert.equal(it.isBound, false);
  assert.equal(it.walkCost, 500);
  assert.equal(it.speedUp, 400);
  assert.ok(it.low < 400 && it.high > 400 && Math.abs(it.low * it.high / 400 ** 2 - 1) < 1e-9);
  // A series of fewer than fifty correlation times is a bound, too.
  assert.ok(compare({ walk: { ...walk, time: 30_000 }, flow, training: 0, share: 0.5 }).isBound);
  // Training that never pays.
  assert.equal(compare({ walk: { ...walk, time: 1 }, flow, training: 1e6, share: 0.5 }).breakEven, Infinity);
  assert.deepEqual([3412, 0.4178, 12.6, Infinity].map(rough), ['3,400', '0.42', '13', '∞']);
});

const words = (page) => page.locator('#compare .verdict').innerText();

test('both lanes pay the same number of energies, and the speed-up comes with its bound and the training', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#view=compare&iterations=150&batch=256`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.run.finished && globalThis.boltzflowPage.views.compare?.found?.trained === 150);
    // Until both lanes begin anew, since training has ended, the chain is ahead.
    await page.waitForFunction(() => (({ walk, flow: drawn }) => walk.steps === drawn.count)(globalThis.boltzflowPage.views.compare.found));
    await page.waitForFunction(() => /At step σ = 0\.24 an independent sample costs/.test(document.getElementById('speed-up-words').textContent));
    // A number against a step that may be a bad one would flatter the flow.
    assert.match(await words(page), /^.*\s+–\s+best step not measured yet\s+At step σ = 0\.24 an independent sample costs the chain at least [\d,.]+ energy evaluations, the flow [\d.]+\. A badly tuned chain flatters the flow: measure the best step/s);
    assert.match(await words(page), /Training has cost [\d,]+ evaluations; .* against the best step/);
    const { walk, flow: drawn } = await page.evaluate(() => globalThis.boltzflowPage.views.compare.found);
    assert.equal(walk.steps, drawn.count);
    assert.match(await page.locator('#lane-walk canvas').getAttribute('aria-label'), /Markov chain on the energy landscape of double-well/);

    await page.locator('#race-measure').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.views.compare.trials.best);
    const best = await page.evaluate(() => globalThis.boltzflowPage.views.compare.trials.best.stepSize);
    assert.ok(best > 1 && best < 5, `best step ${best}`);
    await page.waitForFunction(() => /With its best step, σ = .* the chain is/.test(document.getElementById('speed-up-words').textContent));
    assert.match(await words(page), /Training included \([\d,]+ evaluations\): breaks even .*; against the best step (after|never)/);
    assert.match(await words(page), /[\d,.]+×\s+([\d,.]+ to [\d,.]+, 95 %, at the best step|at the best step: a bound)/);
    await page.locator('#race-use').click();
    await page.waitForFunction(() => document.getElementById('speed-up-chip').dataset.level === 'good');
    assert.match(await words(page), /[\d,.]+×\s+[\d,.]+ to [\d,.]+, 95 %, at the best step/);

    await page.locator('#race-equal').selectOption('time');
    await page.waitForFunction(() => /costs the chain .* ms/.test(document.getElementById('speed-up-words').textContent));
    await page.locator('#race-third summary').click();
    await page.waitForFunction(() => /draws. (Worth|It misses)/.test(document.getElementById('lane-gaussian').innerText));
    await page.locator('#race-run').click();
    await page.waitForFunction(() => !globalThis.boltzflowPage.views.compare.racing);
    await page.locator('#view-lab').click();
    await trained(page);
    assert.deepEqual(errors, []);
  }));

test('a flow that misses a state has no speed-up', () =>
  onPage(async (page) => {
    await page.goto(`${address}#preset=double-well-by-energy&iterations=250&view=compare`);
    await page.waitForFunction(() => /misses “right”/.test(document.getElementById('speed-up-chip')?.textContent ?? ''));
    assert.equal(await page.locator('#speed-up').innerText(), 'no speed-up');
  }));
