// The folder that `cargo xtask page` writes: in any folder of any host, and without the host once it has been opened.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VIEWS } from '../../www/src/views.js';
import { onPage, trained } from './browser.mjs';
import { publishedPage } from './host.mjs';

let host;
before(async () => { host = await publishedPage('/some/folder/'); });
after(() => host.close());

test('the page keeps itself only when training has begun', () =>
  onPage(async (page) => {
    const { address, requests } = host;
    const isKept = () => requests.some((path) => path.endsWith('/src/offline.js'));
    let held = false;
    await page.route('**/src/worker.js', async (route) => {
      // Longer than the page waits after the first step.
      await new Promise((resolve) => { setTimeout(resolve, 5000); });
      held = !isKept();
      await route.continue();
    });
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    assert.ok(held, 'it was fetched while the worker was still on its way');
    await page.evaluate(() => navigator.serviceWorker.ready);
    assert.ok(isKept());
  }));

test('once it has been opened, all of the page works without its host', () =>
  onPage(async (page, errors) => {
    const { address, requests } = host;
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    // The worker that keeps the page has all files.
    await page.evaluate(() => navigator.serviceWorker.ready);
    assert.deepEqual(errors, []);
    requests.length = 0;
    await host.close();

    await page.reload();
    await trained(page);
    for (const { name } of VIEWS) {
      await page.locator(`#view-${name}`).click();
      await page.waitForFunction((view) => globalThis.boltzflowPage.screen.shown === view, name);
    }
    // The dimer's flow is the last to be fetched: its particles are drawn from it.
    await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer?.firstParticles);
    assert.deepEqual(errors, []);
    assert.deepEqual(requests, []);
  }));
