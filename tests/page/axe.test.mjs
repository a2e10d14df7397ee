// Every view in every theme and width: what axe-core finds, what is cut off, what is too small to hit.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { VIEWS } from '../../www/src/views.js';
import { address, onPage, trained } from './browser.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const quick = `${address}#iterations=30&batch=64`;

const screens = [
  { what: '320 px', viewport: { width: 320, height: 640 } },
  { what: '360 px', viewport: { width: 360, height: 640 } },
  { what: '768 px', viewport: { width: 768, height: 1024 } },
  { what: '1280 px', viewport: { width: 1280, height: 720 } },
  // Twice as large: as many pixels, half as many of the page's own.
  { what: '1280 px at 200 %', viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
];

for (const { what, ...screen } of screens) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing and nothing is cut off, ${what}, ${colorScheme}`, () =>
      onPage(async (page) => {
        await page.goto(quick);
        await trained(page);
        await page.addScriptTag({ path: axe });
        const found = {};
        for (const { name, load } of VIEWS) {
          await page.locator(`#view-${name}`).click();
          await page.waitForFunction((view) => document.body.dataset.view === view, name);
          if (load) await page.waitForFunction((view) => globalThis.boltzflowPage.views[view], name);
          await openFolds(page);
          const faults = await page.evaluate(examine);
          if (faults.length > 0) found[name] = faults;
        }
        assert.deepEqual(found, {});
        // Without motion, or a button that has just been enabled would be on its way to its colour.
      }, { colorScheme, reducedMotion: 'reduce', ...screen }));
  }
}

/** Opens what is folded: it is part of the page too. */
async function openFolds(page) {
  const more = page.locator('#more');
  if (await more.isVisible() && (await more.getAttribute('aria-expanded')) === 'false') await more.click();
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) if (fold.checkVisibility()) fold.open = true;
  });
}

/** Runs in the page: what is wrong, in words. */
async function examine() {
  const { violations } = await globalThis.axe.run();
  const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`${scrollWidth - clientWidth} px wider than the screen`);
  const small = [...document.querySelectorAll('button, select, input, summary')]
    .filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 24)
    .map((target) => target.id || target.textContent);
  if (small.length > 0) faults.push(`lower than 24 px: ${small.join(', ')}`);
  return faults;
}
