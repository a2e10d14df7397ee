// The story from end to end: by keys alone, and by touch on a small screen. With PICTURES=folder each scene leaves a picture there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { GLOSSARY } from '../../www/src/story/glossary.js';
import { SCENES } from '../../www/src/story/scenes.js';
import { address, onPage } from './browser.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const words = (text) => text.replace(/<[^>]+>|[[\]]/g, '').split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

test('scenes have at most 45 words and cards at most 25, and every marked word has its card', () => {
  assert.equal(SCENES.length, 8);
  const marked = new Set();
  for (const { id, text } of SCENES) {
    assert.ok(words(text) <= 45, `${id} has ${words(text)} words`);
    for (const [, word] of text.matchAll(/\[(.+?)\]/g)) marked.add(word);
  }
  for (const [word, text] of Object.entries(GLOSSARY)) assert.ok(words(text) <= 25, `${word} has ${words(text)} words`);
  assert.deepEqual([...marked].sort(), Object.keys(GLOSSARY).sort());
});

test('the words that stand before scripts run are those of the first scene', () => {
  const html = readFileSync('www/index.html', 'utf8');
  const [{ title, text, task }] = SCENES;
  for (const standing of [`<h3>${title}</h3>`, `<p id="scene-text">${text.replace(/[[\]]/g, '')}</p>`, `<p id="scene-task">▸ ${task}</p>`]) assert.ok(html.includes(standing), standing);
});

const settings = (page) => page.evaluate(() => globalThis.boltzflowPage.state.settings);
const scene = (page) => page.evaluate(() => globalThis.boltzflowPage.state.settings.scene);
const done = (page) => page.locator('#scene-task.done').waitFor();

async function picture(page, name) {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
}

async function openStory(page, hash = '') {
  await page.goto(`${address}${hash}`);
  await page.waitForFunction(() => globalThis.boltzflowPage?.views.story && globalThis.boltzflowPage.state.map);
}

/** Presses Tab until an element has the focus, once it is there. */
async function reach(page, selector) {
  await page.locator(selector).first().waitFor();
  for (let i = 0; i < 90; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${selector} is not reached by Tab`);
}

/** Presses a key until a condition holds, as a reader would. */
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

test('all eight scenes by keys alone', () =>
  onPage(async (page, errors) => {
    await openStory(page);
    const deeds = [
      async () => { await reach(page, '#molecule-at'); await press(page, 'End'); },
      async () => { await reach(page, '#walk-start'); await press(page, 'Enter'); },
      async () => { await reach(page, '#layer'); await press(page, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft'); },
      async () => {
        await reach(page, '#reverse');
        await press(page, 'Enter');
        await done(page);
        // Training goes on meanwhile, and yet the point comes back to where it was.
        assert.match(await page.locator('#trip dd').last().innerText(), /^(0|\d × 10⁻[⁵⁶⁷⁸⁹])/);
      },
      async () => {},
      async () => {},
      async () => { await reach(page, '#trust'); await press(page, 'Home', 'End'); },
      async () => {},
    ];
    for (const [i, deed] of deeds.entries()) {
      assert.equal(await scene(page), i + 1);
      await deed();
      await done(page);
      await picture(page, `keys-${i + 1}`);
      if (i + 1 === deeds.length) break;
      // The keys of scenes rest while a slider has the focus only if they mean something there.
      await reach(page, '#scene-next');
      await press(page, i % 2 ? 'Enter' : '.');
      await page.waitForFunction((next) => globalThis.boltzflowPage.state.settings.scene === next, i + 2);
      // A scene that begins a run is not done by what the one before has reached.
      const [isDone, step] = await page.evaluate(() => [document.getElementById('scene-task').className === 'done', globalThis.boltzflowPage.state.step]);
      if ([5, 6, 8].includes(i + 2)) assert.ok(!isDone || step >= 250, `scene ${i + 2} is done at step ${step}`);
    }
    assert.equal(await page.locator('.scenes .done').count(), 8);
    assert.ok(await page.locator('#scene-next').isDisabled());
    // Leaving keeps the state of the machine, and coming back the scene.
    const before = await settings(page);
    await press(page, '2');
    await page.waitForFunction(() => document.body.dataset.view === 'lab');
    assert.ok(await page.locator('#losses').isVisible());
    assert.deepEqual(await settings(page), { ...before, view: 'lab' });
    await press(page, '1');
    await page.waitForFunction(() => document.body.dataset.view === 'story');
    assert.deepEqual(await settings(page), before);
    await press(page, ',');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.scene === 7);
    assert.deepEqual(errors, []);
  }));

test('all eight scenes by touch at 360 × 640', () =>
  onPage(async (page, errors) => {
    await openStory(page);
    /** Taps a slider at a part of its width. */
    const tapAt = async (selector, part) => {
      const slider = page.locator(selector);
      await slider.scrollIntoViewIfNeeded();
      const { x, y, width, height } = await slider.boundingBox();
      await page.touchscreen.tap(x + 8 + part * (width - 16), y + height / 2);
    };
    const deeds = [
      () => tapAt('#molecule-at', 1),
      () => page.locator('#walk-start').tap(),
      async () => { for (const part of [0, 0.5, 0.75]) await tapAt('#layer', part); },
      () => page.locator('#reverse').tap(),
      async () => {},
      async () => {},
      async () => { for (const part of [0, 1]) await tapAt('#trust', part); },
      async () => {},
    ];
    for (const [i, deed] of deeds.entries()) {
      assert.equal(await scene(page), i + 1);
      await picture(page, `touch-${i + 1}`);
      await deed();
      await done(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, `scene ${i + 1} is wider than the screen`);
      if (i + 1 < deeds.length) await page.locator('#scene-next').tap();
    }
    const play = await page.locator('#play').boundingBox();
    assert.ok(play.y + play.height <= 640, 'the play button stays within reach');
    assert.deepEqual(errors, []);
  }, { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true }));

test('a marked word opens its card, which Escape closes', () =>
  onPage(async (page) => {
    await openStory(page);
    await reach(page, '.term');
    await press(page, 'Enter');
    const card = page.locator('#card');
    await card.waitFor({ state: 'visible' });
    assert.match(await card.innerText(), /^energy U\(x\)/);
    const { x, y, width, height } = await card.boundingBox();
    assert.ok(x >= 0 && y >= 0 && x + width <= 1280 && y + height <= 720, 'the card is on the screen');
    await press(page, 'Escape');
    await card.waitFor({ state: 'hidden' });
  }, { viewport: { width: 1280, height: 720 } }));

test('the last scene leads on with the run as it is by then', () =>
  onPage(async (page) => {
    await openStory(page, '#view=story&scene=8');
    const link = page.locator('#scene-figure a', { hasText: 'Lab' });
    await link.waitFor();
    await page.evaluate(() => globalThis.boltzflowPage.controls.change('seed', '77'));
    await page.waitForFunction(() => /seed=77/.test(document.querySelector('#scene-figure a').href));
    await link.click();
    await page.waitForFunction(() => document.body.dataset.view === 'lab');
    assert.equal((await settings(page)).seed, 77);
  }));

test('an address names a scene, and its run', () =>
  onPage(async (page) => {
    await openStory(page, '#view=story&scene=5');
    await page.waitForFunction(() => globalThis.boltzflowPage.state.settings.preset === 'double-well-by-energy');
    assert.equal(await page.locator('#scene-title').innerText(), SCENES[4].title);
  }));

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing in any scene, ${colorScheme}`, () =>
    onPage(async (page) => {
      await openStory(page);
      await page.addScriptTag({ path: axe });
      for (let i = 0; i < SCENES.length; i++) {
        await page.locator('.scenes button').nth(i).click();
        await page.waitForFunction((title) => document.getElementById('scene-title').textContent === title, SCENES[i].title);
        await page.waitForFunction((figure) => !figure || document.getElementById('scene-figure').childElementCount > 0, Boolean(SCENES[i].figure));
        const violations = await page.evaluate(async () => (await globalThis.axe.run()).violations
          .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`));
        assert.deepEqual(violations, [], SCENES[i].id);
      }
    }, { colorScheme, viewport: { width: 1280, height: 720 } }));
}
