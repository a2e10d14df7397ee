// The past of a run: looked at, gone on from, and the next step in slow motion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, onPage, told, trained } from './browser.mjs';

const state = (page, pick) => page.evaluate(`(({ state }) => (${pick}))(globalThis.boltzflowPage)`);
const shows = (page, step) => page.waitForFunction((at) => globalThis.boltzflowPage.state.replay?.step === at && globalThis.boltzflowPage.picture.isCurrent, step);
const samples = (page) => page.evaluate(() => Array.from(globalThis.boltzflowPage.state.map.x));
const quick = `${address}#iterations=60&batch=64`;

test('looking back shows map, losses and estimate of that step, and the present comes back', () =>
  onPage(async (page, errors) => {
    await page.goto(quick);
    await trained(page);
    const now = await samples(page);
    const { digest } = await told(page);
    await page.locator('#past').fill('20');
    await shows(page, 20);
    assert.notDeepEqual(await samples(page), now);
    assert.match((await told(page)).digest, /^State at step 20: [0-9a-f]{16}$/);
    assert.match((await told(page)).notice, /^Looking back.*step 20\. The last step is 60\./m);
    assert.equal(await page.locator('#past-text').innerText(), 'Step 20 of 60');
    assert.match(await page.locator('#losses-chart').getAttribute('aria-label'), /^At step 20 the divergence/);
    // One keyframe back and forward, by the keys of the page and by the bar's own.
    await page.locator('body').press('ArrowLeft');
    await shows(page, 19);
    await page.locator('body').press('ArrowRight');
    await shows(page, 20);
    await page.locator('#past').press('ArrowLeft');
    await shows(page, 19);
    await page.locator('#past').fill('60');
    await page.waitForFunction(() => !globalThis.boltzflowPage.state.replay && globalThis.boltzflowPage.picture.isCurrent);
    assert.deepEqual(await samples(page), now);
    assert.equal((await told(page)).digest, digest);
    assert.deepEqual(errors, []);
  }));

test('a run goes on from a keyframe as it went on then, with the settings of that time', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    const { digest } = await told(page);
    // On with another rate: a dot in the chart, a line below it, another address.
    await page.evaluate(() => globalThis.boltzflowPage.controls.change('learning_rate', '0.0001'));
    await page.waitForFunction(() => /● step 60: learning rate 0\.002 → 0\.0001/.test(document.getElementById('changes').textContent));
    assert.match(page.url(), /learning_rate=0\.0001/);
    await page.locator('#step').click();
    await page.waitForFunction(() => /^State at step 61.*settings changed at step 60/.test(document.getElementById('digest').textContent));
    await page.locator('#past').fill('30');
    await shows(page, 30);
    await page.locator('#past-resume').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step === 30);
    assert.deepEqual(await state(page, '[state.replay, state.settings.learning_rate, state.total, state.history.changes.length]'), [null, 0.002, 60, 0].map((v) => v ?? undefined));
    assert.doesNotMatch(page.url(), /learning_rate/);
    await page.locator('#play').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step === 60);
    await trained(page);
    assert.equal((await told(page)).digest, digest);
  }));

for (const [name, button, first, last] of [
  ['energy', '#slow-energy', /^1 Sample\. z = \(/, /^4 Push\. Training step 31 changes all 9,488 parameters/],
  ['example', '#slow-examples', /^1 Take\. x = \(/, /^4 Push\. Training step 31 changes all 9,488 parameters/],
]) {
  test(`a step by ${name} goes through its four stages, and the run then takes it`, () =>
    onPage(async (page) => {
      await page.goto(`${address}#iterations=30&batch=64`);
      await trained(page);
      const words = page.locator('#slow-motion .words');
      await page.locator(button).click();
      await words.waitFor({ state: 'visible' });
      assert.match(await words.innerText(), first);
      for (const stage of [2, 3, 4]) {
        await page.keyboard.press('ArrowRight');
        assert.ok((await words.innerText()).startsWith(`${stage} `));
        assert.equal(await page.locator('#slow-motion [aria-current="step"]').count(), 1);
      }
      assert.match(await words.innerText(), last);
      assert.equal(await state(page, 'state.step'), 30, 'the run stands');
      const [, before, after] = (await words.innerText()).match(/: (−?[\d.]+) → (−?[\d.]+)\./);
      assert.ok(Number.isFinite(Number(before.replace('−', '-'))) && Number.isFinite(Number(after.replace('−', '-'))));
      await page.locator('#slow-motion [data-act="take"]').click();
      await page.waitForFunction(() => globalThis.boltzflowPage.state.step === 31);
      await page.waitForFunction(() => globalThis.boltzflowPage.past.slow.isOpen && globalThis.boltzflowPage.past.slow.step.step === 32);
      await page.locator('#slow-motion [data-act="next"]').press('Escape');
      assert.equal(await page.locator('#slow-motion').isVisible(), false);
    }, { reducedMotion: 'reduce' }));
}
