// How much a visitor downloads of the page as it is published.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { onPage } from './browser.mjs';
import { publishedPage } from './host.mjs';
import { compressed, total, transferred } from './transfer.mjs';

const MODULE = 250_000;
const FIRST_STEP = 300_000;

for (const flavour of ['simd', 'relaxed', 'views-simd', 'views-relaxed', 'files', 'charts']) {
  test(`the ${flavour} module has at most ${MODULE / 1000} kB`, (t) => {
    const { brotli, gzip } = compressed(readFileSync(`www/pkg/${flavour}.wasm`));
    t.diagnostic(`${brotli} bytes with brotli, ${gzip} with gzip`);
    assert.ok(brotli <= MODULE, `${brotli} bytes with brotli`);
  });
}

test('the module that the page begins with has no system of particles and no workload of the benchmarks', () => {
  const [first, views] = ['simd', 'views-simd'].map((name) => readFileSync(`www/pkg/${name}.wasm`, 'latin1'));
  for (const words of ['bistable dimer', 'workload']) {
    assert.ok(!first.includes(words), words);
    assert.ok(views.includes(words), words);
  }
});

test(`up to the first step of training a visitor downloads at most ${FIRST_STEP / 1000} kB`, (t) =>
  onPage(async (page) => {
    const host = await publishedPage();
    const files = await transferred(page, host.address).finally(host.close);
    assert.ok(files.some(({ name }) => name.endsWith('.wasm')), 'the engine is among the files');
    const [brotli, gzip] = ['brotli', 'gzip'].map((column) => total(files, column));
    t.diagnostic(`${files.length} files, ${brotli} bytes with brotli, ${gzip} with gzip`);
    const list = () => files.toSorted((a, b) => b.brotli - a.brotli).map(({ name, brotli: size }) => `${name} ${size}`).join(', ');
    assert.ok(brotli <= FIRST_STEP, `${brotli} bytes: ${list()}`);
  }));
