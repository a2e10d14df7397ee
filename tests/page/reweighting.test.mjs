// Weights and what they are worth: the morph, the warning, other temperatures, the tables of the charts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandWords } from '../../www/src/band.js';
import { describe } from '../../www/src/panels/profile.js';
import { address, onPage, told, trained } from './browser.mjs';

const complete = async (page) => {
  await trained(page);
  await page.evaluate(() => globalThis.boltzflowPage.picture.complete);
};
const text = (page, id) => page.locator(`#${id}`).innerText();

test('the histogram goes from raw to reweighted, and the largest weight is told', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#iterations=100&batch=128`);
    await complete(page);
    await page.waitForFunction(() => /The largest weight carries [\d.]+ % of the total/.test(document.getElementById('weight-words').textContent));
    await page.locator('#trust').fill('0');
    await page.waitForFunction(() => /the effective size is 100 %/.test(document.getElementById('weight-words').textContent));
    assert.equal(await text(page, 'trust-text'), '0.00');
    await page.locator('#reweighting .as-table summary').click();
    // Without trust both columns are the same.
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll('#reweighting tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent));
      return rows.length === 50 && rows.every(([, raw, value]) => raw === value);
    });
    for (const id of ['profile', 'thermodynamics', 'losses']) {
      await page.locator(`#${id} .as-table summary`).click();
      await page.waitForFunction((panel) => document.querySelectorAll(`#${panel} tbody tr`).length > 10, id);
    }
    assert.match(await text(page, 'agreement'), /^(agrees: \d+\.\d σ|differs by)/);
    assert.match(await text(page, 'thermodynamics-words'), /F = −?\d+\.\d+ − .* the least possible is −log Z = −\d+\.\d+ kT.*KL/s);
    assert.deepEqual(errors, []);
  }));

test('a profile is told in words: its minimum, how much of the exact one its band holds, and where there is no answer', () => {
  const system = { coordinate: 'x0' };
  const estimate = { center: [-2, -1, 0, 1, 2], value: [0.5, 0, NaN, 3, 4], lower: [0.4, -0.1, NaN, 2, 3.8], upper: [0.6, 0.1, NaN, Infinity, 4.2], exact: [0.5, 0.2, 9, 3, 4.1] };
  assert.equal(
    describe({ system, estimate }),
    'Free energy along x0, in kT above its minimum at −1.00. The exact profile lies inside the 95 % band in 67 % of the bins. In 1 of 5 bins there are too few samples for an answer.',
  );
  assert.deepEqual([bandWords(-0.1, Infinity), bandWords(NaN, NaN)], ['−0.10 to ∞', '–']);
  const nothing = { ...estimate, value: [NaN, NaN, NaN, NaN, NaN] };
  assert.equal(describe({ system, estimate: nothing }), 'No part of x0 holds enough samples for a free energy.');
});

test('few effective samples are told, and the numbers that rest on them are marked', () =>
  onPage(async (page) => {
    // A cold target far from what an untrained network makes.
    await page.goto(`${address}#preset=mueller-brown&iterations=1&batch=8&w_ml=0&w_kl=1&temperature=0.3`);
    await complete(page);
    const ess = await page.evaluate(() => globalThis.boltzflowPage.state.estimate.ess);
    assert.ok(ess < 0.05, `ESS ${ess}`);
    assert.match((await told(page)).notice, /Few samples carry all the weight|misses the state/);
    for (const id of ['result', 'profile', 'reweighting']) assert.ok(await page.locator(`#${id}.doubtful, #${id} .doubtful`).count(), id);
  }));

test('numbers of the run before go when another begins', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=100&batch=128`);
    await complete(page);
    const words = () => page.evaluate(() => ['other-delta-f', 'other-exact', 'other-words', 'weight-words'].map((id) => document.getElementById(id).textContent));
    await page.waitForFunction(() => ['other-words', 'weight-words'].every((id) => document.getElementById(id).textContent));
    await page.evaluate(async () => {
      const { run, session, state } = globalThis.boltzflowPage;
      const { send } = session;
      // The new run stays without an estimate.
      session.send = (type, content) => type !== 'view' && send.call(session, type, content);
      run.restart({ train: false });
      while (!state.system) await new Promise(requestAnimationFrame);
    });
    await page.waitForFunction(() => document.getElementById('other-delta-f').textContent === '–');
    await page.waitForFunction(() => document.getElementById('weight-words').textContent === '');
    assert.deepEqual(await words(), ['–', '', '', '']);
    assert.equal(await text(page, 'other-chip'), 'wait');
  }));

test('one flow answers at another temperature, and training there is another run', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=200&batch=256`);
    await complete(page);
    await page.locator('#other-kt').fill('1.5');
    await page.waitForFunction(() => /reweighted for kT = 1\.50/.test(document.getElementById('other-words').textContent));
    const [, exact] = /exact ([\d.]+)/.exec(await text(page, 'other-exact'));
    assert.ok(Number(exact) < 3, exact);
    assert.match(await text(page, 'other-chip'), /^agrees/);
    await page.locator('#retrain').click();
    await page.waitForFunction(() => /temperature=1\.5/.test(location.hash));
    await trained(page);
    const retrained = await page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f_exact);
    assert.ok(Math.abs(retrained - Number(exact)) < 0.006, `${retrained} and ${exact}`);
  }));
