// What the planes show: layers and what lies between them, one point, one region, what can be laid over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, onPage, trained } from './browser.mjs';

const quick = `${address}#iterations=40&batch=64`;
const current = (page) => page.waitForFunction(() => globalThis.boltzflowPage.picture.isCurrent);
const words = (page, name) => page.locator(`#${name}`).innerText();

test('layers go by one at a key, all of them at a button, and end at whole ones', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    await page.locator('body').press('[');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.layer === 7);
    await page.locator('body').press(']');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.layer === 8);
    await page.evaluate(() => {
      // A clock that goes on by a frame's time from frame to frame, however long a frame takes.
      const { requestAnimationFrame: frame } = globalThis;
      let clock = performance.now();
      globalThis.requestAnimationFrame = (draw) => frame(() => draw(clock += 16));
      globalThis.seen = [];
      const watch = () => {
        const { layer } = globalThis.boltzflowPage.state;
        if (layer !== globalThis.seen.at(-1)) globalThis.seen.push(layer);
        requestAnimationFrame(watch);
      };
      watch();
    });
    await page.locator('#layer-play').click();
    await page.waitForFunction(() => globalThis.seen.length > 3 && globalThis.seen.at(-1) === 8);
    const seen = await page.evaluate(() => globalThis.seen);
    assert.ok(seen.some((layer) => layer !== Math.round(layer)), 'it passes between the layers');
    assert.equal(await words(page, 'layer-text'), 'all 8');
  }));

test('with reduced motion layers do not glide', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    await page.locator('#layer-play').click();
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.layer), 0);
    await page.locator('#layer-play').click();
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.layer), 1);
    assert.equal(await words(page, 'layer-text'), '1 of 8');
  }, { reducedMotion: 'reduce' }));

test('the sliders of a point move it in either plane, by 0.05 and by 0.5', () =>
  onPage(async (page) => {
    const found = () => page.evaluate(() => globalThis.boltzflowPage.state.probe);
    await page.goto(quick);
    await trained(page);
    await page.locator('#probe-z1').press('ArrowRight');
    // What the sliders show follows in the next frame.
    const shown = (z) => page.waitForFunction((value) => {
      const { probe } = globalThis.boltzflowPage.state;
      return probe?.z[0] === value && document.getElementById('probe-x2').getAttribute('aria-valuetext') === probe.x[1].toFixed(2).replace('-', '−');
    }, z);
    await shown(0.05);
    await page.locator('#probe-z1').press('Shift+ArrowRight');
    await shown(0.55);
    const before = await found();
    await page.locator('#probe-x2').press('Shift+ArrowUp');
    await page.waitForFunction((x) => Math.abs(globalThis.boltzflowPage.state.probe.x[1] - x - 0.5) < 0.01, before.x[1]);
    assert.notEqual((await found()).z[1], before.z[1]);
  }));

test('a point on the bridge between the states is told to be there', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=150&batch=128`);
    await trained(page);
    const found = await page.evaluate(async () => {
      const it = globalThis.boltzflowPage;
      for (let y = -3; y <= 3; y += 0.1) {
        it.state.probe = undefined;
        it.probe('x', [0.05, y]);
        while (!it.state.probe) await new Promise(requestAnimationFrame);
        if (it.state.probe.is_bridge) return it.state.probe;
      }
      return undefined;
    });
    assert.ok(found && found.log_weight < -1.6 && Math.hypot(...found.z) < 3);
    await page.waitForFunction(() => /This is the bridge between the states/.test(document.getElementById('probe-text').textContent));
  }));

test('a region is marked by keys, by sliders and by the pointer, and its share and weight are told', () =>
  onPage(async (page, errors) => {
    const region = () => page.evaluate(() => globalThis.boltzflowPage.state.overlays.region);
    await page.goto(quick);
    await trained(page);
    await page.locator('body').press('b');
    await page.waitForFunction(() => /samples lie in the region/.test(document.getElementById('brush-text')?.textContent));
    assert.match(await words(page, 'brush-text'), /^\d+ of [\d,]+ samples lie in the region: [\d.]+ ± [\d.]+ % of what the flow makes, [\d.]+ ± [\d.]+ % of the Boltzmann probability\.$/);
    // All of the Gaussian that is shown holds everything: the two shares are one.
    for (const [edge, value] of [['left', -4], ['right', 4], ['bottom', -4], ['top', 4]]) await page.locator(`#brush-${edge}`).fill(String(value));
    await page.waitForFunction(() => globalThis.boltzflowPage.state.overlays?.region?.share > 0.99);
    await page.locator('#brush-left').press('Shift+ArrowRight');
    assert.equal(await page.locator('#brush-left').getAttribute('aria-valuetext'), '−3.50');
    await page.locator('#brush-left').fill('0');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.overlays.region.share < 0.7);
    // The pointer draws one in the other plane; it is seen in both.
    await page.locator('#real').hover();
    const box = await page.locator('#real').boundingBox();
    await page.mouse.move(box.x + 60, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 140, box.y + 180, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() => document.getElementById('brush-plane').value === 'x');
    await current(page);
    const { count, n, chosen, outline, latent_outline: latent } = await region();
    assert.equal(Object.values(chosen).reduce((sum, one) => sum + one, 0), count);
    assert.ok(count > 0 && count < n);
    assert.equal(Object.keys(outline).length, Object.keys(latent).length);
    await page.locator('body').press('b');
    await current(page);
    assert.equal(await region(), undefined);
    assert.deepEqual(errors, []);
  }));

test('density and gradients are computed while they are shown', () =>
  onPage(async (page) => {
    const overlays = () => page.evaluate(() => Object.entries(globalThis.boltzflowPage.state.overlays).filter(([, value]) => value).map(([name]) => name));
    await page.goto(quick);
    await trained(page);
    assert.deepEqual(await overlays(), []);
    await page.locator('#show-density').check();
    await page.locator('#show-gradients').check();
    await page.locator('#show-weights').check();
    await current(page);
    assert.deepEqual(await overlays(), ['density', 'pulls']);
    await page.locator('#show-density').uncheck();
    await page.locator('#show-gradients').uncheck();
    await page.locator('#show-samples').uncheck();
    await page.evaluate(() => globalThis.boltzflowPage.renewMap());
    await current(page);
    assert.deepEqual(await overlays(), []);
  }));

test('drawing that takes too long spares points first, then charts, then says so', () =>
  onPage(async (page) => {
    await page.goto(quick);
    await trained(page);
    const stages = (milliseconds) => page.evaluate(async (cost) => {
      const { Pace } = await import(new URL('src/pace.js', document.baseURI).href);
      let told = 0;
      const pace = new Pace(1400, () => { told += 1; });
      const seen = [];
      for (let now = 0; now < 10_000; now += 17) {
        pace.frame(now, cost);
        const stage = [pace.points, pace.chartsEvery, told].join(' ');
        if (stage !== seen.at(-1)) seen.push(stage);
      }
      return seen;
    }, milliseconds);
    assert.deepEqual(await stages(20), ['1400 100 0', '700 100 0', '350 100 0', '350 200 0', '350 200 1']);
    assert.deepEqual(await stages(5), ['1400 100 0']);
  }));
