// Everyone can use it: keys, narrow screens, reduced motion. What axe-core finds is in axe.test.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, onPage, trained } from './browser.mjs';

const quick = `${address}#iterations=30&batch=64`;

for (const width of [320, 360, 761, 1100]) {
  test(`the play button is on a screen of ${width} pixels`, () =>
    onPage(async (page) => {
      await page.goto(quick);
      await trained(page);
      const play = await page.locator('#play').boundingBox();
      assert.ok(play.y >= 0 && play.y + play.height <= 640);
    }, { viewport: { width, height: 640 } }));
}

test('keys train, pause, step, reset, switch and explain', () =>
  onPage(async (page) => {
    const step = () => page.evaluate(() => globalThis.boltzflowPage.state.step);
    const running = (expected) => page.waitForFunction((on) => globalThis.boltzflowPage.state.running === on, expected);
    await page.goto(`${address}#speed=5&iterations=4000&batch=64`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 0);
    await page.keyboard.press('Space');
    await running(false);
    await page.waitForFunction(() => document.getElementById('digest').textContent !== '');
    const before = await step();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((at) => globalThis.boltzflowPage.state.step === at + 1, before);
    await page.keyboard.press('g');
    await page.waitForFunction(() => !document.getElementById('show-grid').checked);
    await page.keyboard.press('s');
    await page.waitForFunction(() => !document.getElementById('show-samples').checked);
    await page.keyboard.press('+');
    await page.waitForFunction(() => document.getElementById('speed').value === '25');
    await page.keyboard.press('-');
    await page.waitForFunction(() => document.getElementById('speed').value === '5');
    await page.keyboard.press('-');
    await page.waitForFunction(() => /speed=1(&|$)/.test(location.hash));
    await page.keyboard.press('n');
    await page.waitForFunction(() => location.hash.includes('seed='));
    await page.keyboard.press('Space');
    await page.keyboard.press('?');
    await page.locator('#help').waitFor({ state: 'visible' });
    await page.locator('#keys-on').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    assert.equal(await page.locator('#show-grid').isChecked(), false, 'single keys are off');
    await page.locator('#help').waitFor({ state: 'hidden' });
  }));

test('a key that is held down acts once, unless it moves by steps', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    const run = () => page.evaluate(() => globalThis.boltzflowPage.state.run);
    const first = await run();
    // A second press without a release is how a browser repeats a key.
    for (let i = 0; i < 4; i++) await page.keyboard.down('r');
    await page.keyboard.up('r');
    assert.equal(await run(), first + 1);
    await trained(page);
    for (let i = 0; i < 3; i++) await page.keyboard.down('-');
    await page.keyboard.up('-');
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.settings.speed), '5');
  }));

test('single keys rest behind any dialog', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    await page.keyboard.press('e');
    await page.locator('#keep').waitFor({ state: 'visible' });
    const run = () => page.evaluate(() => globalThis.boltzflowPage.state.run);
    const before = await run();
    for (const key of ['r', 'n', 'g', '2']) await page.keyboard.press(key);
    assert.equal(await run(), before);
    assert.ok(await page.locator('#show-grid').isChecked());
    assert.ok(await page.locator('#keep').isVisible());
  }));

test('typing a seed is not a key press', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    await page.locator('#seed').fill('42');
    await page.locator('#seed').press('s');
    assert.ok(await page.locator('#show-samples').isChecked());
    await page.locator('#seed').press('Enter');
    await page.waitForFunction(() => location.hash.includes('seed=42'));
  }));

test('with reduced motion nothing moves until training is done', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=600&batch=64`);
    await page.waitForFunction(() => (globalThis.early = globalThis.boltzflowPage?.state.map));
    const moved = await page.evaluate(async () => {
      const { boltzflowPage: it, early } = globalThis;
      while (!it.run.finished) {
        if (it.state.running && it.state.map !== early) return true;
        await new Promise(requestAnimationFrame);
      }
      return false;
    });
    assert.equal(moved, false);
    await trained(page);
    assert.ok(await page.evaluate(() => globalThis.boltzflowPage.state.map !== globalThis.early));
  }, { reducedMotion: 'reduce' }));

test('a hidden tab pauses, and goes on when it is seen again', () =>
  onPage(async (page) => {
    const hide = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await page.goto(`${address}#speed=25&iterations=4000&batch=64`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 2);
    await hide(true);
    await page.waitForFunction(() => document.getElementById('digest').textContent !== '');
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.running), false);
    await hide(false);
    await page.waitForFunction(() => globalThis.boltzflowPage.state.running);
  }));

test('without scripts the article and the still figure are there', () =>
  onPage(async (page) => {
    await page.goto(address);
    assert.ok(await page.locator('#how').isVisible());
    assert.ok(await page.locator('#still img').evaluate((image) => image.complete && image.naturalWidth > 0));
    for (const name of ['transport', 'views', 'story', 'notice', 'status']) assert.equal(await page.locator(`#${name}`).isVisible(), false, name);
  }, { javaScriptEnabled: false }));

for (const [device, options] of [['a desktop', { viewport: { width: 1280, height: 800 } }], ['a phone', { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true }]]) {
  test(`on ${device} what stands there first stays where it is`, () =>
    onPage(async (page) => {
      await page.addInitScript(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(address);
      await page.waitForFunction(() => globalThis.boltzflowPage?.state.estimate);
      await page.locator('#molecule').waitFor();
      const moved = await page.evaluate(() => globalThis.shifts.reduce((sum, value) => sum + value, 0));
      // A shift of 0.1 is what Core Web Vitals call good; ours are single lines of text.
      assert.ok(moved < 0.05, `cumulative layout shift ${moved}`);
    }, options));
}
