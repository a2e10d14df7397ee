// The loader: which module it picks, that both run, and what it says when none can.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isSupported } from '../../www/engine.js';
import { address, onPage, settledStatus } from './browser.mjs';

const version = /^version = "(.+)"$/m.exec(readFileSync('Cargo.toml', 'utf8'))[1];
const bytes = (flavour) => readFileSync(`www/pkg/${flavour}.wasm`);

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
  test(`Chromium runs the ${flavour} module`, () =>
    onPage(async (page) => {
      await page.goto(address);
      const found = await page.evaluate(async (flavour) => {
        const bytes = await (await fetch(`pkg/${flavour}.wasm`)).arrayBuffer();
        const { compileEngine, loadEngine } = await import('./engine.js');
        const loaded = await loadEngine(await compileEngine(flavour));
        return { valid: WebAssembly.validate(bytes), flavour: loaded.flavour, version: loaded.engine.version() };
      }, flavour);
      assert.deepEqual(found, { valid: true, flavour, version });
    }));
}

test('the engine starts once, and after a failure a new call tries again', () =>
  onPage(async (page) => {
    let broken = true;
    await page.route('**/*.wasm', (route) => (broken ? route.fulfill({ status: 503 }) : route.continue()));
    await page.goto(address);
    assert.match(await settledStatus(page), /answered 503/);
    broken = false;
    const found = await page.evaluate(async () => {
      const { loadEngine } = await import('./engine.js');
      const [first, second] = await Promise.all([loadEngine(), loadEngine()]);
      return { version: first.engine.version(), once: first === second };
    });
    assert.deepEqual(found, { version, once: true });
  }));

test('a worker runs a module that the page compiled', () =>
  onPage(async (page) => {
    await page.goto(address);
    const found = await page.evaluate(async () => {
      const { compileEngine } = await import('./engine.js');
      const source = `import { loadEngine } from '${location.href}engine.js';
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

test('without relaxed SIMD the simd module is taken', () =>
  onPage(async (page) => {
    await page.addInitScript(() => {
      const { validate } = WebAssembly;
      // The only probe whose code holds an opcode of relaxed SIMD, 0xfd 0x80 0x02.
      WebAssembly.validate = (bytes) => !bytes.join().includes('253,128,2') && validate(bytes);
    });
    await page.goto(address);
    assert.equal(await settledStatus(page), `Engine ${version}, module simd`);
  }));

const served = (pattern, answer) => (page) => page.route(pattern, (route) => route.fulfill(answer));
const failures = [
  ['a browser without SIMD', (page) => page.addInitScript(() => { WebAssembly.validate = () => false; }), 'unsupported', /lacks WebAssembly with 128-bit SIMD.*Chrome/],
  ['a browser without WebAssembly', (page) => page.addInitScript(() => { delete globalThis.WebAssembly; }), 'unsupported', /lacks WebAssembly/],
  ['a server that answers HTML', served('**/*.wasm', { contentType: 'text/html', body: '<!doctype html>' }), 'missing', /sent text\/html instead of a wasm module.*cargo demo/],
  ['a server without the modules', served('**/*.wasm', { status: 404 }), 'missing', /answered 404 for .*relaxed\.wasm.*cargo demo/],
  ['a server without the glue', served('**/glue.js', { status: 404 }), 'missing', /pkg\/glue\.js could not be loaded/],
  ['a damaged module', served('**/*.wasm', { contentType: 'application/wasm', body: '\0asm damaged' }), 'compile', /refused the engine's relaxed module.*Reload/],
  ['a module of another build', served('**/*.wasm', { contentType: 'application/wasm', body: '\0asm\x01\0\0\0' }), 'mismatch', /do not belong together.*without its cache/],
  ['a server that went away', (page) => page.route('**/*.wasm', (route) => route.abort()), 'network', /could not be fetched/],
];
for (const [what, prepare, code, message] of failures) {
  test(`${what} is told plainly`, () =>
    onPage(async (page) => {
      await prepare(page);
      await page.goto(address);
      assert.match(await settledStatus(page), message);
      const found = await page.evaluate(() => import('./engine.js').then(({ loadEngine }) => loadEngine()).catch(({ code }) => code));
      assert.equal(found, code);
    }));
}

test('a server that sends another type for the right bytes is forgiven', () =>
  onPage(async (page) => {
    await served('**/*.wasm', { contentType: 'application/octet-stream', body: bytes('relaxed') })(page);
    await page.goto(address);
    assert.equal(await settledStatus(page), `Engine ${version}, module relaxed`);
  }));
