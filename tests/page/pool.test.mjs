// Helping workers: when there are any, and that a run does not depend on them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { after, before, test } from 'node:test';
import { onPage, told, trained } from './browser.mjs';

// Playwright does not see what a worker's own workers ask for, so these tests have a server that can change their script.
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' };
const helper = readFileSync('www/src/helper.js', 'utf8');
let script;
let asked;
let faults;
const server = createServer(({ url }, response) => {
  const path = url === '/' ? '/index.html' : url.replace(/[?#].*/, '');
  let body;
  if (path === '/src/helper.js') {
    asked += 1;
    body = script;
  }
  if (path === '/fault') faults += 1;
  try {
    body ??= readFileSync(`www${path}`);
    response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
let address;
before(() => new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => {
    address = `http://127.0.0.1:${server.address().port}/`;
    resolve();
  });
}));
after(() => server.close());

/** The state's digest after a run with this script for helpers, how many were asked for, and how many told of a fault. */
async function run(hash, helperScript = helper) {
  [script, asked, faults] = [helperScript, 0, 0];
  let digest;
  await onPage(async (page) => {
    await page.goto(`${address}${hash}`);
    await trained(page);
    ({ digest } = await told(page));
  });
  return { digest, asked, faults };
}

const large = '#hidden=128,128&batch=1024&iterations=30';

test('small networks train in one worker', async () => {
  const { asked } = await run('#iterations=5');
  assert.equal(asked, 0);
});

test('large networks train with helpers, to the same bits as when those do not start or stop midway', async () => {
  const shared = await run(large);
  if (availableParallelism() > 1) assert.ok(shared.asked > 0, 'helpers are started');
  const fault = (name, calls) => `${helper}
    let calls = 0;
    const { ${name} } = answer;
    answer.${name} = (message) => {
      if (++calls <= ${calls}) return ${name}(message);
      fetch('/fault');
      throw new Error('no luck');
    };`;
  for (const script of [`fetch('/fault'); throw new Error('no luck');`, fault('start', 0), fault('map', 2), fault('vjp', 2)]) {
    const { digest, faults } = await run(large, script);
    if (availableParallelism() > 1) assert.ok(faults > 0, script.slice(-200));
    assert.equal(digest, shared.digest, script.slice(-200));
  }
});

test('weights that change while helpers take part reach them too', () =>
  onPage(async (page, errors) => {
    script = helper;
    await page.goto(`${address}#hidden=128,128&batch=1024&iterations=4000`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 3);
    await page.locator('#set-w_kl').fill('0.5');
    const before = await page.evaluate(() => globalThis.boltzflowPage.state.step);
    await page.waitForFunction((step) => globalThis.boltzflowPage.state.step > step + 2, before);
    assert.notEqual(await page.locator('#notice').getAttribute('data-level'), 'bad');
    assert.deepEqual(errors, []);
  }));

test('a run with helpers goes on after its end', () =>
  onPage(async (page) => {
    script = helper;
    await page.goto(`${address}#hidden=128,128&batch=1024&iterations=20`);
    await trained(page);
    await page.locator('#step').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step === 21);
    assert.notEqual(await page.locator('#notice').getAttribute('data-level'), 'bad');
  }));
