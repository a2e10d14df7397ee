// The folder that `cargo xtask page` writes: in any folder of any host, and without the host once it has been opened.
import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { VIEWS } from '../../www/src/views.js';
import { onPage, trained } from './browser.mjs';

const folder = process.env.BOLTZFLOW_PUBLISHED ?? 'target/page';
const BELOW = '/some/folder/';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' };

let host;
let requests = [];
before(async () => {
  assert.ok(existsSync(join(folder, 'index.html')), `${folder} holds no page: run \`cargo xtask page\``);
  host = createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://host');
    requests.push(pathname);
    const file = join(folder, pathname.slice(BELOW.length) || 'index.html');
    if (!pathname.startsWith(BELOW) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => { host.listen(0, '127.0.0.1', resolve); });
});
after(() => host.close());

test('once it has been opened, all of the page works without its host', () =>
  onPage(async (page, errors) => {
    const address = `http://127.0.0.1:${host.address().port}${BELOW}`;
    await page.goto(`${address}#iterations=20&batch=64`);
    await trained(page);
    // The worker that keeps the page has all files.
    await page.evaluate(() => navigator.serviceWorker.ready);
    assert.deepEqual(errors, []);
    requests = [];
    await new Promise((resolve) => { host.close(resolve); host.closeAllConnections(); });

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
