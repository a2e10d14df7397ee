// The loader: which module it picks, that both run, and what it says when none can.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isSupported } from '../../www/engine.js';
import { address, onPage } from './browser.mjs';

const version = /^version = "(.+)"$/m.exec(readFileSync('Cargo.toml', 'utf8'))[1];
const bytes = (flavour) => readFileSync(`www/pkg/${flavour}.wasm`);

/** A document beside the modules in which nothing has started an engine yet. */
const unstarted = `${address}engine.js`;

/** What a page gets from the loader: the engine's flavour and version, or the error's code and its words. */
async function outcome(page, flavour) {
  if (page.url() !== unstarted) await page.goto(unstarted);
  return page.evaluate(async (flavour) => {
    const { compileEngine, loadEngine } = await import('./engine.js');
    try {
      const loaded = await loadEngine(flavour && (await compileEngine(flavour)));
      return { flavour: loaded.flavour, version: loaded.engine.version() };
    } catch ({ code, message, hint }) {
      return { code, words: `${message} ${hint}` };
    }
  }, flavour);
}

test('Node runs the simd module', async () => {
  assert.ok(isSupported('simd'));
  assert.ok(WebAssembly.validate(bytes('simd')));
  const glue = await import('../../www/pkg/glue.js');
  glue.initSync({ module: bytes('simd') });
  assert.equal(glue.version(), version);
});

test('Node accepts the relaxed module wherever the probe says so', () => {
  assert.ok(!isSupported('relaxed') || WebAssembly.validate(bytes('relaxed')));
});

for (const flavour of ['simd', 'relaxed']) {
  test(`Chromium accepts and runs the ${flavour} module`, () =>
    onPage(async (page) => {
      assert.deepEqual(await outcome(page, flavour), { flavour, version });
      const validate = async (flavour) => WebAssembly.validate(await (await fetch(`pkg/${flavour}.wasm`)).arrayBuffer());
      assert.ok(await page.evaluate(validate, flavour));
    }));
}

test('the fastest module is taken', () =>
  onPage(async (page) => assert.deepEqual(await outcome(page), { flavour: 'relaxed', version })));

test('without relaxed SIMD the simd module is taken', () =>
  onPage(async (page) => {
    await page.addInitScript(() => {
      const { validate } = WebAssembly;
      // The only probe whose code holds an opcode of relaxed SIMD, 0xfd 0x80 0x02.
      WebAssembly.validate = (bytes) => !bytes.join().includes('253,128,2') && validate(bytes);
    });
    assert.deepEqual(await outcome(page), { flavour: 'simd', version });
  }));

test('the engine starts once, and after a failed download a new call tries again', () =>
  onPage(async (page) => {
    await page.route('**/*.wasm', (route) => route.fulfill({ status: 503 }));
    assert.match((await outcome(page)).words, /answered 503/);
    await page.unroute('**/*.wasm');
    assert.deepEqual(await outcome(page), { flavour: 'relaxed', version });
    const once = () => import('./engine.js').then(async ({ loadEngine }) => (await loadEngine()) === (await loadEngine()));
    assert.ok(await page.evaluate(once));
  }));

test('a worker runs a module that the page compiled', () =>
  onPage(async (page) => {
    await page.goto(unstarted);
    const found = await page.evaluate(async () => {
      const { compileEngine } = await import('./engine.js');
      const source = `import { loadEngine } from '${location.href}';
        onmessage = async ({ data }) => postMessage((await loadEngine(data)).engine.version());
        postMessage('ready');`;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
      const message = () => new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
      await message();
      worker.postMessage(await compileEngine());
      return message();
    });
    assert.equal(found, version);
  }));

test('a server that sends another type for the right bytes is forgiven', () =>
  onPage(async (page) => {
    await served('**/*.wasm', { contentType: 'application/octet-stream', body: bytes('relaxed') })(page);
    assert.deepEqual(await outcome(page), { flavour: 'relaxed', version });
  }));

function served(pattern, answer) {
  return (page) => page.route(pattern, (route) => route.fulfill(answer));
}

const failures = [
  {
    what: 'a browser without SIMD',
    prepare: (page) => page.addInitScript(() => { WebAssembly.validate = () => false; }),
    code: 'unsupported',
    words: /lacks WebAssembly with 128-bit SIMD.*Chrome/,
  },
  {
    what: 'a browser without WebAssembly',
    prepare: (page) => page.addInitScript(() => { delete globalThis.WebAssembly; }),
    code: 'unsupported',
    words: /lacks WebAssembly/,
  },
  {
    what: 'a server that answers HTML',
    prepare: served('**/*.wasm', { contentType: 'text/html', body: '<!doctype html>' }),
    code: 'missing',
    words: /sent text\/html instead of a wasm module.*cargo demo/,
  },
  {
    what: 'a server without the modules',
    prepare: served('**/*.wasm', { status: 404 }),
    code: 'missing',
    words: /answered 404 for .*relaxed\.wasm.*cargo demo/,
  },
  {
    what: 'a server without the glue',
    prepare: served('**/glue.js', { status: 404 }),
    code: 'missing',
    words: /pkg\/glue\.js could not be loaded/,
  },
  {
    what: 'a damaged module',
    prepare: served('**/*.wasm', { contentType: 'application/wasm', body: '\0asm damaged' }),
    code: 'compile',
    words: /refused the engine's relaxed module.*Reload/,
  },
  {
    what: 'a module of another build',
    prepare: served('**/*.wasm', { contentType: 'application/wasm', body: '\0asm\x01\0\0\0' }),
    code: 'mismatch',
    words: /do not belong together.*without its cache/,
  },
  {
    what: 'a server that went away',
    prepare: (page) => page.route('**/*.wasm', (route) => route.abort()),
    code: 'network',
    words: /could not be fetched/,
  },
];
for (const { what, prepare, code, words } of failures) {
  test(`${what} is told plainly, and told again`, () =>
    onPage(async (page) => {
      await prepare(page);
      for (const found of [await outcome(page), await outcome(page)]) {
        assert.equal(found.code, code);
        assert.match(found.words, words);
      }
    }));
}
